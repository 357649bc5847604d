"""The tables that are derived from the journal, held against it."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from opsctl.core.incident import KINDS
from opsctl.core.journal import timestamp
from opsctl.core.operation import State
from opsctl.core.transition import RESULTS
from opsctl.core.verification import Fault

# ruff: noqa: S608 - the statements are made of constants of this file
_STATES = ", ".join(f"'{state.value}'" for state in State)
_CLOSING = ", ".join(["'answered'", *(f"'{state.value}'" for state in State if state.is_final)])
_TOLD = ("person", "service", "environment", "result")
_PUBLISHED = "site_published"

_STATE_FAULTS = f"""
    SELECT coalesce(told.seq, 0), found.id, found.state, coalesce(told.kind, '') FROM (
        SELECT id, state, (
            SELECT max(seq) FROM journal WHERE operation = id AND kind IN ({_STATES})
        ) AS seq FROM operations
    ) AS found LEFT JOIN journal AS told ON told.seq = found.seq
    WHERE coalesce(told.kind, '') <> found.state
"""
_MISSING_OPERATIONS = """
    SELECT seq, operation FROM journal
    WHERE kind = 'requested' AND NOT EXISTS (SELECT 1 FROM operations WHERE id = journal.operation)
"""
_MISSING_RECORDS = f"""
    SELECT seq, operation FROM journal
    WHERE kind IN ({_CLOSING}) AND NOT EXISTS (SELECT 1 FROM records WHERE operation = journal.operation)
"""
_UNTOLD_RECORDS = f"""
    SELECT operation FROM records WHERE NOT EXISTS (
        SELECT 1 FROM journal WHERE operation = records.operation AND kind IN ({_CLOSING})
    )
"""
# Bodies are canonical JSON, in whose texts quotes are escaped: "name":"value" stands in one only as a member.
# Most records are found to agree by looking for just that; the others are read and compared.
_AGREES = """
    (instr(told, '"at":"' || substr(at, 1, 26)) OR instr(told, '"at":"' || replace(at, '.000000Z', '+'))
        OR NOT instr(told, '"at":'))
    AND (instr(told, '"person":"' || person || '"') OR NOT instr(told, '"person":'))
    AND (instr(told, coalesce('"service":"' || service || '"', '"service":null')) OR NOT instr(told, '"service":'))
    AND (instr(told, coalesce('"environment":"' || environment || '"', '"environment":null'))
        OR NOT instr(told, '"environment":'))
    AND CASE kind WHEN 'answered' THEN instr(told, '"result":"' || result || '"')
        WHEN 'succeeded' THEN result = 'success' WHEN 'failed' THEN result = 'failure' ELSE result = kind END
"""
_RECORDS = f"""
    SELECT seq, operation, kind, told, at, person, service, environment, result FROM (
        SELECT closing.seq, closing.operation, closing.kind, coalesce(request.body, closing.body) AS told,
            records.at, person, service, environment, result
        FROM records
        JOIN journal AS closing ON closing.operation = records.operation AND closing.kind IN ({_CLOSING})
        LEFT JOIN journal AS request ON request.operation = records.operation AND request.kind = 'requested'
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
    for seq, operation in connection.execute(_MISSING_OPERATIONS):
        yield Fault(seq, f"operation {operation} was requested, but is not among the operations")
    for seq, operation in connection.execute(_MISSING_RECORDS):
        yield Fault(seq, f"operation {operation} ended, but is not among the audit records")
    for (operation,) in connection.execute(_UNTOLD_RECORDS):
        yield Fault(0, f"operation {operation} is among the audit records, but its journal does not say that it ended")
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
    site = connection.execute("SELECT text FROM site ORDER BY number DESC LIMIT 1").fetchone()
    # The sum keeps SQLite from reading the table backwards instead of the index on (operation, seq, kind).
    seq = connection.execute("SELECT max(seq + 0) FROM journal WHERE kind = ?", (_PUBLISHED,)).fetchone()[0]
    if site is None and seq is None:
        return
    if site is None:
        yield Fault(seq, "published a site that is not in the store")
        return
    if seq is None:
        yield Fault(0, "the published site is not in the journal")
        return
    body = connection.execute("SELECT body FROM journal WHERE seq = ?", (seq,)).fetchone()[0]
    if _digest(site[0]) not in body:
        yield Fault(seq, "published another site than the one in the store")


def _document_faults(connection: sqlite3.Connection) -> Iterator[Fault]:
    for digest, text in connection.execute("SELECT digest, text FROM documents"):
        if _digest(text) != digest:
            yield Fault(0, f"the text kept as {digest} was changed")


def _digest(text: str | bytes) -> str:
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
