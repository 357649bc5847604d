"""The tables that are derived from the journal, held against it."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from opsctl.adapters.stores.sqlite.documents import LAST_PUBLISHING
from opsctl.core.incident import KINDS
from opsctl.core.journal import SITE_PUBLISHED, timestamp
from opsctl.core.operation import State
from opsctl.core.outbox import CHAT, STATUS_PAGE
from opsctl.core.transition import RESULTS
from opsctl.core.verification import Fault

# ruff: noqa: S608 - the statements are made of constants of this file
_STATES = ", ".join(f"'{state.value}'" for state in State)
_CLOSING = ", ".join(["'answered'", *(f"'{state.value}'" for state in State if state.is_final)])
_TOLD = ("person", "service", "environment", "result")

_STATE_FAULTS = f"""
    SELECT coalesce(told.seq, 0), found.id, found.state, coalesce(told.kind, '') FROM (
        SELECT id, state, (
            SELECT max(seq) FROM journal WHERE operation = id AND kind IN ({_STATES})
        ) AS seq FROM operations
    ) AS found LEFT JOIN journal AS told ON told.seq = found.seq
    WHERE coalesce(told.kind, '') <> found.state
"""
# Bodies are canonical JSON, in whose texts quotes are escaped: "name":"value" stands in one only as a member.
_NAMES_SERVICE = "instr(told, coalesce('\"service\":\"' || service || '\"', '\"service\":null'))"
_NAMES_ENVIRONMENT = "instr(told, coalesce('\"environment\":\"' || environment || '\"', '\"environment\":null'))"
_MISPLACED = f"""
    SELECT seq, id, service, environment FROM (
        SELECT operations.*, request.body AS told FROM operations
        LEFT JOIN journal AS request
            ON request.seq = operations.seq AND request.operation = id AND request.kind = 'requested'
    ) WHERE told IS NULL OR NOT {_NAMES_SERVICE} OR NOT {_NAMES_ENVIRONMENT}
"""
_MISSING_OPERATIONS = """
    SELECT seq, operation FROM journal
    WHERE kind = 'requested' AND NOT EXISTS (SELECT 1 FROM operations WHERE id = journal.operation)
"""
_MISSING_RECORDS = f"""
    SELECT seq, operation FROM journal
    WHERE kind IN ({_CLOSING}) AND NOT EXISTS (SELECT 1 FROM records WHERE operation = journal.operation)
"""
_UNTOLD_STATES = f"""
    SELECT seq, operation FROM journal WHERE seq IN (
        SELECT seq FROM journal WHERE kind IN ({_STATES}) EXCEPT SELECT seq FROM outbox WHERE target = '{CHAT}'
    )
"""
# Of what waits only: what was taken is where it belongs.
_MISLED = f"""
    SELECT outbox.seq, outbox.operation, outbox.channel FROM outbox
    JOIN journal ON journal.seq = outbox.seq AND journal.kind IN ({_STATES})
    LEFT JOIN journal AS request ON request.operation = outbox.operation AND request.kind = 'requested'
    WHERE outbox.target = '{CHAT}' AND outbox.taken_at IS NULL AND (
        journal.operation <> outbox.operation
        OR NOT coalesce(instr(request.body, '"channel":"' || outbox.channel || '"'), 0)
    )
"""
# CROSS JOIN: the tables are gone through in this order, where SQLite without statistics would guess a slower one.
_MISDIRECTED = f"""
    SELECT journal.seq, outbox.target FROM journal CROSS JOIN outbox ON outbox.seq = journal.seq
    WHERE journal.kind = '{SITE_PUBLISHED}' AND outbox.target IS NOT '{STATUS_PAGE}'
"""
_MISNUMBERED_RECORDS = """
    SELECT records.seq, records.operation FROM records
    WHERE seq IS NOT (SELECT min(seq) FROM journal WHERE operation = records.operation)
"""
_UNTOLD_RECORDS = f"""
    SELECT operation FROM records WHERE NOT EXISTS (
        SELECT 1 FROM journal WHERE operation = records.operation AND kind IN ({_CLOSING})
    )
"""
# Most records are found to agree by looking for just that; the others are read and compared.
_AGREES = f"""
    length(at) = 27 AND substr(at, 27) = 'Z'
    AND (instr(told, '"at":"' || substr(at, 1, 26)) OR instr(told, '"at":"' || replace(at, '.000000Z', '+'))
        OR NOT instr(told, '"at":'))
    AND (instr(told, '"person":"' || person || '"') OR NOT instr(told, '"person":'))
    AND ({_NAMES_SERVICE} OR NOT instr(told, '"service":'))
    AND ({_NAMES_ENVIRONMENT} OR NOT instr(told, '"environment":'))
    AND CASE kind WHEN 'answered' THEN instr(told, '"result":"' || result || '"')
        WHEN 'succeeded' THEN result = 'success' WHEN 'failed' THEN result = 'failure' ELSE result = kind END
"""
_RECORDS = f"""
    SELECT seq, operation, kind, told, at, person, service, environment, result FROM (
        SELECT closing.seq, closing.operation, closing.kind, coalesce(request.body, closing.body) AS told,
            records.at, person, service, environment, result
        FROM records
        CROSS JOIN journal AS closing ON closing.operation = records.operation AND closing.kind IN ({_CLOSING})
        LEFT JOIN journal AS request
            ON request.seq = records.seq AND request.operation = records.operation AND request.kind = 'requested'
    ) AS record WHERE NOT ({_AGREES})
"""
_INCIDENT = ", ".join(f"'{kind}'" for kind in sorted(KINDS))
_UNLISTED_INCIDENTS = f"""
    SELECT seq, operation FROM journal
    WHERE kind IN ({_INCIDENT}) AND NOT EXISTS (SELECT 1 FROM incidents WHERE incidents.seq = journal.seq)
"""
_UNTOLD_INCIDENTS = """
    SELECT listed.seq, listed.number FROM incidents AS listed LEFT JOIN journal ON journal.seq = listed.seq
    WHERE journal.kind IS NOT listed.kind
        OR NOT instr(journal.body, '"incident":"inc-' || listed.number || '"')
        OR NOT instr(journal.body, '"channel":"' || listed.channel || '"')
"""


def faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    """What the tables say and the journal does not, or the other way round."""
    for seq, operation, state, told in connection.execute(_STATE_FAULTS):
        yield Fault(seq, f"operation {operation} stands as {state!r}, its journal says {told or 'nothing'!r}")
    for seq, operation, service, environment in connection.execute(_MISPLACED):
        yield Fault(seq, f"did not ask for the operation {operation} in {service}/{environment}, as its row says")
    for seq, operation in connection.execute(_MISSING_OPERATIONS):
        yield Fault(seq, f"operation {operation} was requested, but is not among the operations")
    for seq, operation in connection.execute(_MISSING_RECORDS):
        yield Fault(seq, f"operation {operation} ended, but is not among the audit records")
    for (operation,) in connection.execute(_UNTOLD_RECORDS):
        yield Fault(0, f"operation {operation} is among the audit records, but its journal does not say that it ended")
    for seq, operation in connection.execute(_MISNUMBERED_RECORDS):
        yield Fault(seq, f"is not where the command {operation} began, as its audit record says")
    for seq, operation in connection.execute(_UNTOLD_STATES):
        yield Fault(seq, f"of the operation {operation} is not among what the team's channel is told")
    for seq, operation, channel in connection.execute(_MISLED):
        yield Fault(seq, f"would be told as one of the operation {operation}, in {channel}; its journal says otherwise")
    for seq, target in connection.execute(_MISDIRECTED):
        yield Fault(seq, f"published a site, of which {target!r} is told instead of the status page")
    for seq, operation in connection.execute(_UNLISTED_INCIDENTS):
        yield Fault(seq, f"tells about an incident (operation {operation}), but is not listed with it")
    for seq, number in connection.execute(_UNTOLD_INCIDENTS):
        yield Fault(seq, f"is listed with the incident inc-{number}, and does not tell about it")
    yield from _record_faults(connection)
    yield from _site_faults(connection)
    yield from _document_faults(connection)


def _record_faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    for seq, operation, kind, body, *found in connection.execute(_RECORDS):
        told = _told(kind, body)
        for name, value in zip(("at", "person", "service", "environment", "result"), found, strict=True):
            if name in told and told[name] != value:
                yield Fault(
                    seq,
                    f"operation {operation} has {name} {value!r} among the audit records, {told[name]!r} "
                    "in its journal",
                )


def _told(kind: str, body: str) -> dict[str, Any]:
    """What the journal says about the columns of a record, as far as it does."""
    try:
        facts: dict[str, Any] = json.loads(body)
        told: dict[str, Any] = {name: facts[name] for name in _TOLD if name in facts}
        if "at" in facts:
            told["at"] = timestamp(datetime.fromisoformat(facts["at"]))
    except (ValueError, TypeError):
        return {}  # a body that was changed is a fault of the chain
    return told if kind == "answered" else told | {"result": RESULTS.get(State(kind), kind)}


def _site_faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    last = connection.execute(LAST_PUBLISHING).fetchone()
    if last is None:
        return
    seq, _, _, _, body, *_ = last
    row = connection.execute(
        "SELECT digest, text FROM documents WHERE instr(?, '\"' || digest || '\"')", (body,)
    ).fetchone()
    if row is None:
        yield Fault(seq, "published a site whose text is not in the store")
        return
    of_store = connection.execute("SELECT value FROM meta WHERE key = 'site'").fetchone()
    of_site = _site_id(row[1])
    if of_site is not None and (of_store is None or of_store[0] != of_site):
        yield Fault(seq, f"published the site {of_site!r}, the store says that it is another one's")


def _site_id(text: str) -> str | None:
    try:
        return str(json.loads(text)["id"])
    except (ValueError, TypeError, KeyError):
        return None  # a text that was changed is a fault of its own


def _document_faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    for digest, text in connection.execute("SELECT digest, text FROM documents"):
        if _digest(text) != digest:
            yield Fault(0, f"the text kept as {digest} was changed")


def _digest(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
