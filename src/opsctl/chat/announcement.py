"""What the team channel sees of an operation, drawn from its journal entries.

One message tells how it stands and is edited as it goes; a request for approval and a failure are messages of their
own, since an edit notifies nobody. Votes, log lines and the journal's head are answers to the first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsctl.chat import incident
from opsctl.chat.times import clock
from opsctl.chat.titles import Title, title_of
from opsctl.chat.wording import changes, rule_words
from opsctl.core.announcing import MAIN, Announced
from opsctl.core.approval import APPROVAL, WITHDRAWN
from opsctl.core.command import Command
from opsctl.core.identity import Origin
from opsctl.core.incident_report import report_of
from opsctl.core.journal import Entry
from opsctl.core.operation import FINAL, State
from opsctl.core.plan import Plan
from opsctl.core.post import Action, Button, Post
from opsctl.core.published_site import PublishedSite
from opsctl.core.request import ANSWERED
from opsctl.core.shown import listed, span


def draw(entries: Sequence[Entry], command: Command | None, site: PublishedSite, now: datetime) -> Sequence[Announced]:
    """All messages about the operation whose entries these are, oldest first, the main one before its answers."""
    if entries[-1].kind == ANSWERED:
        return (Announced(MAIN, _question(entries[-1], now), is_final=True),)
    story = _Story(entries, site, now, title_of(command, entries[0].facts["command"]))
    return (
        Announced(MAIN, Post("\n".join(story.lines()), links=story.links)),
        *story.requests(),
        *story.confirmations(),
        *story.details(),
        *story.by_hand(),
        *story.endings(),
    )


@dataclass(frozen=True, slots=True)
class _Story:
    entries: Sequence[Entry]
    site: PublishedSite
    now: datetime
    title: Title

    @property
    def asked(self) -> Entry:
        return self.entries[0]

    @property
    def plan(self) -> Plan | None:
        told = next((entry for entry in reversed(self.entries) if "plan" in entry.facts), None)
        return Plan.from_json(told.facts["plan"]) if told else None

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses in the main message."""
        dashboard = self.newest.facts.get("dashboard")
        return (dashboard,) if dashboard else ()

    @property
    def newest(self) -> Entry:
        """The entry of the state it is in."""
        return next(entry for entry in reversed(self.entries) if entry.kind in frozenset(State))

    def lines(self) -> Iterator[str]:
        """The main message."""
        report = report_of(self.entries)
        if report:
            yield from incident.lines(report)
            yield self._asked()
            return
        plan = self.plan
        what = f"   ({changes(plan)})" if plan else ""
        yield f"{self.title.icon} {self.title.wish}{what}"
        yield self._asked()
        yield from self._how_it_stands(self.newest)

    def _asked(self) -> str:
        cause = self.asked.facts.get("caused_by")
        if cause:
            return f"Since {cause} failed, {clock(self.asked.at, self.now)}; that was {self.asked.facts['person']}'s."
        return f"Asked for by {self.asked.facts['person']} {_place(self.asked)}, {clock(self.asked.at, self.now)}."

    def by_hand(self) -> Iterator[Announced]:
        """What has to be done by hand for an incident, each a message that calls somebody."""
        report = report_of(self.entries)
        for step, post in incident.by_hand(report) if report else ():
            yield Announced(f"by_hand/{step}", post, is_final=True)

    def requests(self) -> Iterator[Announced]:
        """One message for each time that approval was asked for, edited when it is decided."""
        asking = [entry for entry in self.entries if entry.kind == State.AWAITING_APPROVAL]
        for entry in asking:
            is_open = entry is self.newest
            yield Announced(f"approval/{entry.seq}", self._request(entry, is_open=is_open))

    def confirmations(self) -> Iterator[Announced]:
        """For what was asked in chat: a private question for each time that confirmation was asked for."""
        if self.asked.facts["origin"] == Origin.TERMINAL:
            return
        person = self.asked.facts["person"]
        for entry in self.entries:
            if entry.kind == State.AWAITING_CONFIRMATION:
                post = self._confirmation(entry, is_open=entry is self.newest)
                yield Announced(f"confirm/{entry.seq}", post, audience=person)

    def details(self) -> Iterator[Announced]:
        """What stands in the thread."""
        for entry in self.entries:
            text = self._detail(entry)
            if text:
                post = Post(f"{clock(entry.at, self.now)}  {text}")
                yield Announced(f"detail/{entry.seq}", post, is_answer=True, is_final=True)

    def endings(self) -> Iterator[Announced]:
        """A failure, and the head of the journal once it is over."""
        end = self.newest
        if end.kind not in FINAL:
            return
        tail = end.facts["log_tail"]
        if tail:
            yield Announced("log", Post("Its last lines:", block="\n".join(tail)), is_answer=True, is_final=True)
        head = Post(f"Journal: entry {end.seq}, {end.hash}")
        yield Announced("head", head, is_answer=True, is_final=True)
        # What failed before it ran is seen by who asked, as they asked; what a dead process left is not.
        if end.kind == State.INTERRUPTED or (end.kind == State.FAILED and self._has_run):
            yield Announced("failure", self._failure(end), is_final=True)

    @property
    def _has_run(self) -> bool:
        return any(entry.kind == State.RUNNING for entry in self.entries)

    def _how_it_stands(self, entry: Entry) -> Iterator[str]:
        facts = entry.facts
        match entry.kind:
            case State.AWAITING_CONFIRMATION:
                yield f"Waits until {self.asked.facts['person']} confirms it."
            case State.AWAITING_APPROVAL:
                yield f"{_requires(Plan.from_json(facts['plan']))}"
            case State.APPROVED | State.RUNNING if facts["by"]:
                yield f"✅ Approved by {listed(facts['by'])}. {self.title.doing}"
            case State.RUNNING:
                yield self.title.doing
        if entry.kind == State.RUNNING:
            yield from self._progress()
        if entry.kind in FINAL:
            yield from self._approved()
            yield from self._outcome(entry)

    def _approved(self) -> Iterator[str]:
        ran = next((entry.facts for entry in self.entries if entry.kind == State.RUNNING), None)
        if ran and ran["by"]:
            yield f"✅ Approved by {listed(ran['by'])}."

    def _progress(self) -> Iterator[str]:
        cancelling = next((entry.facts for entry in reversed(self.entries) if entry.kind == "cancel_asked"), None)
        if cancelling:
            yield f"🛑 {cancelling['person']} asked to cancel it; putting back what can be."
        step = next((entry.facts for entry in reversed(self.entries) if entry.kind == "step"), None)
        if step:
            count = f" {step['done']}/{step['of']}" if step["of"] else ""
            yield f"⏳ {step['step']}{count}"

    def _outcome(self, end: Entry) -> Iterator[str]:
        facts = end.facts
        took = f" after {span(facts['duration_seconds'])}" if facts["duration_seconds"] else ""
        by = f" by {facts['by']}" if facts["by"] else ""
        match end.kind:
            case State.SUCCEEDED:
                yield f"✅ {self.title.done}" + (f" ({span(facts['duration_seconds'])})" if took else "")
                if facts["dashboard"]:
                    yield f"Dashboard: {facts['dashboard']}"
            case State.FAILED | State.INTERRUPTED:
                yield f"❌ {end.kind.capitalize()}{took}: {facts['happened']}"
            case State.REJECTED:
                yield f"❌ Rejected{by}{_because(facts['reason'], 'rejected')}"
            case State.DENIED:
                yield f"⛔ Denied: {facts['happened']}"
            case _:
                yield f"🛑 {end.kind.capitalize()}{by}{took}{_because(facts['reason'], end.kind)}"

    def _request(self, entry: Entry, *, is_open: bool) -> Post:
        plan = Plan.from_json(entry.facts["plan"])
        head = f"{self.title.icon} {self.title.wish}   ({changes(plan)})"
        asked = f"{self.asked.facts['person']} asks, {clock(entry.at, self.now)}"
        if not is_open:
            return Post(f"{head}\n{asked}. {self._decided(entry)}")
        until = clock(entry.facts["until"], self.now)
        text = f"{head}\n{asked}. {_requires(plan)}\nReact with ✅ to approve or ❌ to reject, until {until}."
        return Post(
            text,
            calls=tuple(entry.facts["approvers"]),
            buttons=(
                Button("Approve", Action.APPROVE, self.asked.operation, plan.digest),
                Button("Reject", Action.REJECT, self.asked.operation, plan.digest),
            ),
        )

    def _confirmation(self, entry: Entry, *, is_open: bool) -> Post:
        plan = Plan.from_json(entry.facts["plan"])
        head = f"{self.title.icon} {self.title.wish}   ({changes(plan)})"
        if not is_open:
            return Post(f"{head}\n{self._after(entry).kind.replace('_', ' ').capitalize()}.")
        until = clock(entry.facts["until"], self.now)
        return Post(
            f"{head}\nDo you mean it? Only you are asked, until {until}.",
            buttons=(
                Button("Confirm", Action.CONFIRM, self.asked.operation, plan.digest),
                Button("Cancel", Action.DECLINE, self.asked.operation, plan.digest),
            ),
        )

    def _after(self, asking: Entry) -> Entry:
        """The entry of the state that a question led to."""
        return next(entry for entry in self.entries if entry.seq > asking.seq and entry.kind in frozenset(State))

    def _decided(self, asking: Entry) -> str:
        after = self._after(asking)
        match after.kind:
            case State.APPROVED if "was" not in after.facts:
                return f"✅ Approved by {listed(after.facts['by'])}."
            case State.REJECTED:
                return f"❌ Rejected by {after.facts['by']}{_because(after.facts['reason'], 'rejected')}"
            case _:
                return f"Nothing to decide any more: {after.kind.replace('_', ' ')}."

    def _detail(self, entry: Entry) -> str:
        facts = entry.facts
        if "was" in facts:
            was, now = changes(Plan.from_json(facts["was"])), changes(Plan.from_json(facts["plan"]))
            return f"The plan changed (was {was}, is {now}); earlier answers no longer count."
        if entry.kind == APPROVAL:
            if facts["is_yes"]:
                return f"✅ {facts['person']} approved ({facts['have']} of {facts['need']})."
            return f"❌ {facts['person']} rejected{_because(facts['reason'], '')}"
        if entry.kind == WITHDRAWN:
            return f"↩️ {facts['person']} took their approval back ({facts['have']} of {facts['need']})."
        if entry.kind == State.RUNNING:
            return f"Carried out by {facts['executed_by']}."
        return ""

    def _failure(self, end: Entry) -> Post:
        facts, who = end.facts, self.asked.facts["person"]
        lines = [
            f"❌ {self.title.wish} {end.kind}, {clock(end.at, self.now)}",
            facts["happened"],
            facts["means"],
            f"Still changed: {facts['left']}." if facts["left"] else "",
            facts["do"],
        ]
        return Post("\n".join(line for line in lines if line), calls=(who,))


def _question(entry: Entry, now: datetime) -> Post:
    facts = entry.facts
    return Post(f"🔎 {facts['person']} asked {_place(entry)}, {clock(entry.at, now)}: {facts['command']}")


def _place(asked: Entry) -> str:
    is_typed_in_chat = asked.facts["origin"] != Origin.TERMINAL
    return f"in {asked.facts['channel']}" if is_typed_in_chat else "in a terminal"


def _requires(plan: Plan) -> str:
    return f"Requires {rule_words(plan)}."


def _because(reason: str, usual: str) -> str:
    return f": {reason.replace('_', ' ')}" if reason and reason != usual else "."
