"""The incidents of a site, as commands read and write them.

What is written is one transaction: the journal entry, and what has to be done outside because of it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsctl.core.canonical import JSON
from opsctl.core.errors import Conflict, UsageError
from opsctl.core.incident import (
    ASSIGNED,
    OPENED,
    RESOLVED,
    STEPPED,
    TOLD,
    UPDATED,
    Incident,
    Outcome,
    Severity,
    Status,
    Step,
    fold,
)
from opsctl.core.incident_status import ToldBy
from opsctl.core.incident_team import Called, slug_of
from opsctl.core.incident_time import postmortem_after, zone_of
from opsctl.core.operation import State
from opsctl.core.published_site import PublishedSite
from opsctl.core.shown import shown
from opsctl.core.store import Store, Transaction
from opsctl.core.transition import note

_ID = re.compile(r"(?:inc-)?([0-9]{1,9})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IncidentBook:
    """The incidents of a site. `asked_in` is the channel where somebody asks, empty for a terminal."""

    store: Store
    site: PublishedSite
    asked_by: str = ""
    asked_in: str = ""

    def meant(self, name: str) -> Incident:
        """The incident with that id or channel; with no name, the one that is talked about here, or the only open one.

        Raises UsageError where that is none, or not clear.
        """
        number = self._number(name) if name else self.store.incidents.in_channel(self.asked_in) or self._only_open()
        entries = self.store.incidents.entries(number)
        if not entries:
            raise _unknown(name)
        return fold(entries)

    def open_one(self, name: str) -> Incident:
        """The same, where it is still open. Raises UsageError where it is resolved."""
        incident = self.meant(name)
        if incident.is_open:
            return incident
        raise UsageError(
            f"{incident.id} ({incident.title}) is resolved.",
            means="Nothing was changed.",
            do="If it is back, open another one: incident create",
            reason="resolved",
        )

    def was_told(self, operation: str) -> bool:
        """Whether that operation wrote what it wanted to."""
        return any(entry.kind in TOLD for entry in self.store.entries(operation))

    def channel_for(self, title: str, called: Called, moment: datetime) -> str:
        """The channel that an incident would have if it were opened then."""
        taken = self.store.incidents.in_channel
        return _free_channel(self._channel(title, called, moment), taken)

    def open(self, title: str, severity: Severity, called: Called, commander: str, operation: str) -> None:
        """Open an incident. Raises Conflict where the operation is not running any more."""

        def make(tx: Transaction) -> tuple[int, str, dict[str, JSON]]:
            number = tx.incidents.next_number()
            channel = _free_channel(self._channel(title, called, tx.now), tx.incidents.in_channel)
            facts: dict[str, JSON] = {
                "service": called.service,
                "team": called.team,
                "because": called.because.value,
                "commander": commander,
                "severity": severity,
                "title": title,
                "text": title,
                "steps": [Step.CHANNEL, Step.PAGER, Step.STATUS_PAGE],
            }
            return number, channel, facts

        self._tell(operation, OPENED, make)

    def update(self, incident: Incident, text: str, status: Status, told_by: ToldBy, operation: str) -> None:
        """Tell how it goes. Raises as `open` does, and where it is resolved meanwhile."""
        facts: dict[str, JSON] = {"text": text, "status": status.value, "told_by": told_by.value}
        self._tell(operation, UPDATED, self._about(incident, facts, [Step.CHANNEL, Step.STATUS_PAGE]))

    def assign(self, incident: Incident, commander: str, operation: str) -> None:
        """Give it another commander. Raises as `update` does."""
        facts: dict[str, JSON] = {"text": "", "commander": commander, "commander_before": incident.commander}
        self._tell(operation, ASSIGNED, self._about(incident, facts, [Step.CHANNEL]))

    def resolve(self, incident: Incident, text: str, operation: str) -> None:
        """Close it, and fix the time of its postmortem. Raises as `update` does."""

        def make(tx: Transaction) -> tuple[int, str, dict[str, JSON]]:
            zone = zone_of(self.site.timezone)
            meeting = postmortem_after(tx.now, zone)
            facts: dict[str, JSON] = {
                "text": text,
                "status": Status.RESOLVED.value,
                "duration_seconds": max(0, round((tx.now - incident.opened_at).total_seconds())),
                "postmortem_at": meeting.isoformat(),
                "postmortem_in_days": (meeting.date() - tx.now.astimezone(zone).date()).days,
                "timezone": self.site.timezone,
            }
            return self._about(incident, facts, [Step.CHANNEL, Step.STATUS_PAGE, Step.CALENDAR])(tx)

        self._tell(operation, RESOLVED, make)

    def _about(
        self, incident: Incident, facts: dict[str, JSON], steps: Sequence[Step]
    ) -> Callable[[Transaction], tuple[int, str, dict[str, JSON]]]:
        number = self._number(incident.id)

        def make(tx: Transaction) -> tuple[int, str, dict[str, JSON]]:
            if not fold(tx.incidents.entries(number)).is_open:
                raise Conflict(
                    f"{incident.id} was resolved by somebody else just now.",
                    means="Nothing was changed by this.",
                    do=f"See what was told: incident show {incident.id}",
                    reason="resolved",
                )
            # What is said in the incident's own channel is there already.
            asked = [step for step in steps if step is not Step.CHANNEL or self.asked_in != incident.channel]
            about: dict[str, JSON] = {"severity": incident.severity, "title": incident.title, "steps": [*asked]}
            return number, incident.channel, facts | about

        return make

    def _tell(self, operation: str, kind: str, make: Callable[[Transaction], tuple[int, str, dict[str, JSON]]]) -> None:
        def work(tx: Transaction) -> None:
            row = tx.operation(operation)
            if row is None or row.state is not State.RUNNING:
                raise Conflict(
                    f"{operation} was closed by somebody else before it was carried out.",
                    means="Nothing was changed.",
                    do=f"See what became of it: opsctl operations {operation}",
                )
            if any(entry.kind in TOLD for entry in tx.entries(operation)):
                return  # it was carried out before
            number, channel, facts = make(tx)
            about: dict[str, JSON] = {"incident": f"inc-{number}", "channel": channel, "person": row.person}
            entry = note(tx, row, kind, facts | about)
            tx.incidents.add(number, channel, entry)
            for step in entry.facts["steps"]:
                tx.announce(operation, row.channel, {"kind": kind, "seq": entry.seq}, target=step)

        self.store.write(work)

    def _channel(self, title: str, called: Called, moment: datetime) -> str:
        return f"#inc-{moment.astimezone(zone_of(self.site.timezone)):%Y%m%d}-{slug_of(title, called.service)}"

    def _number(self, name: str) -> int:
        match = _ID.fullmatch(name.strip())
        if match:
            return int(match.group(1))
        found = self.store.incidents.in_channel(f"#{name.strip().removeprefix('#').casefold()}")
        if found is None:
            raise _unknown(name)
        return found

    def _only_open(self) -> int:
        found = self.store.incidents.open()
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(
                "No incident is open.",
                means="Nothing was done.",
                do="All there were: incident list   A new one: incident create",
                reason="no_incident",
            )
        some = [fold(self.store.incidents.entries(number)) for number in found[-5:]]
        raise UsageError(
            f"{len(found)} incidents are open: {', '.join(f'{one.id} ({one.title})' for one in some)}.",
            means="Nothing was done.",
            do=f"Say which one, such as {some[-1].id}, or say it in its channel.",
            reason="which_incident",
        )


def note_step(tx: Transaction, operation: str, step: Step, outcome: Outcome, why: str) -> None:
    """Write down how an outside step of an operation about an incident went, once."""
    row, entries = tx.operation(operation), tx.entries(operation)
    told = next((entry.facts for entry in entries if entry.kind in TOLD), None)
    is_known = any(entry.kind == STEPPED and entry.facts["step"] == step for entry in entries)
    if row is None or told is None or is_known:
        return
    about: dict[str, JSON] = {"incident": told["incident"], "channel": told["channel"]}
    entry = note(tx, row, STEPPED, about | {"step": step.value, "outcome": outcome.value, "why": why})
    tx.incidents.add(int(told["incident"].removeprefix("inc-")), told["channel"], entry)


def _free_channel(name: str, taken: Callable[[str], int | None]) -> str:
    channel, count = name, 1
    while taken(channel) is not None:
        count += 1
        channel = f"{name}-{count}"
    return channel


def _unknown(name: str) -> UsageError:
    return UsageError(
        f"There is no incident {shown(name)}.",
        means="Nothing was done.",
        do="See what there is: incident list",
        reason="unknown_incident",
    )
