"""The draft of a postmortem: what the journal knows, in Markdown, for people to go on with."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from opsctl.core.approval import APPROVAL
from opsctl.core.incident import ASSIGNED, OPENED, RESOLVED, STEPPED, Incident, Outcome, Step
from opsctl.core.incident_time import zone_of
from opsctl.core.journal import Entry
from opsctl.core.operation import FINAL, State
from opsctl.core.published_site import PublishedSite
from opsctl.core.shown import listed
from opsctl.core.store import RecordQuery, Store

BEFORE = timedelta(hours=1)
"""How long before an incident was opened its causes are looked for."""

MOST_COMMANDS = 500

_HEAD = """\
# Postmortem: {title}

| | |
| --- | --- |
| Incident | {id}, {severity} |
| Service | {service} |
| Commander | {commander} |
| Opened | {opened} by {opened_by} |
| Resolved | {resolved} |
| Duration | {duration} |

## What happened

_One paragraph that somebody understands who was not there._

## What it meant for those who use it

## Timeline

What the journal knows, from an hour before. Times are {zone}.

"""

_FOOT = """
## Why it happened

## What went well, and what did not

## What will be done

| what | who | until |
| --- | --- | --- |
| | | |
"""


def draft_of(store: Store, incident: Incident, site: PublishedSite) -> str:
    """A Markdown document, with the commands, approvals and announcements of that time and service in its timeline."""
    zone = zone_of(site.timezone)
    end = incident.resolved_at
    head = _HEAD.format(
        title=_plain(incident.title),
        id=incident.id,
        severity=incident.severity.upper(),
        service=incident.service or "not known",
        commander=incident.commander,
        opened=_moment(incident.opened_at, zone),
        opened_by=incident.opened_by,
        resolved=_moment(end, zone) if end else "not yet",
        duration=str(end - incident.opened_at).partition(".")[0] if end else "",
        zone=site.timezone,
    )
    lines = "".join(f"- {_moment(at, zone)} {words}\n" for at, words in _timeline(store, incident))
    return head + lines + _FOOT


def _timeline(store: Store, incident: Incident) -> list[tuple[datetime, str]]:
    until = incident.resolved_at + timedelta(seconds=1) if incident.resolved_at else None
    query = RecordQuery(since=incident.opened_at - BEFORE, until=until, limit=MOST_COMMANDS)
    own = {update.operation for update in incident.updates}
    told: list[tuple[datetime, str]] = []
    for operation in store.records(query):
        entries = store.entries(operation)
        first = entries[0]
        if first.kind != State.REQUESTED or operation in own:
            continue
        if incident.service is None or first.facts["service"] == incident.service:
            told += _of_command(entries)
    number = int(incident.id.removeprefix("inc-"))
    told += [line for entry in store.incidents.entries(number) for line in _of_incident(store, entry)]
    return sorted(told, key=lambda line: line[0])


def _of_command(entries: Sequence[Entry]) -> Iterator[tuple[datetime, str]]:
    asked = entries[0].facts
    command = f"`{asked['command'].replace('`', chr(39))}`"
    for entry in entries:
        facts, at = entry.facts, datetime.fromisoformat(entry.at)
        if entry.kind == State.REQUESTED:
            yield at, f"{asked['person']} asked for {command} ({entry.operation}), announced in {asked['channel']}"
        elif entry.kind == APPROVAL:
            yield at, f"{facts['person']} {'approved' if facts['is_yes'] else 'rejected'} {command}"
        elif entry.kind in FINAL:
            yield at, f"{command} {entry.kind}" + (f": {_plain(facts['happened'])}" if facts["happened"] else "")


def _of_incident(store: Store, entry: Entry) -> Iterator[tuple[datetime, str]]:
    facts, at = entry.facts, datetime.fromisoformat(entry.at)
    match entry.kind:
        case k if k == OPENED:
            row = store.operation(entry.operation)
            channels = (*((row.channel,) if row else ()), facts["channel"])
            leads = f"{facts['commander']} leads"
            yield at, f"{facts['person']} opened the incident, announced in {listed(channels)}; {leads}"
        case k if k == ASSIGNED:
            yield at, f"{facts['person']} made {facts['commander']} commander"
        case k if k == RESOLVED:
            yield at, f"{facts['person']} resolved it: {_plain(facts['text'])}"
        case k if k == STEPPED:
            yield from ((at, words) for words in _of_step(facts))
        case _:
            yield at, f"{facts['person']}, {facts['status']}: {_plain(facts['text'])}"


def _of_step(facts: dict[str, Any]) -> Iterator[str]:
    """What goes without saying is not said."""
    if facts["outcome"] == Outcome.BY_HAND:
        yield f"{facts['step'].replace('_', ' ')}: left to be done by hand. {_plain(facts['why'])}"
    elif facts["outcome"] == Outcome.DONE and facts["step"] == Step.PAGER:
        yield "the team was paged"


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _plain(text: str) -> str:
    """Somebody's words on one line, in which Markdown finds nothing to act on."""
    one_line = " ".join(text.split())
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in one_line)
