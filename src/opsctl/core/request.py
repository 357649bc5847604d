"""A request: a command, plus who asks and from where; and the journal entry of one that is answered at once."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from opsctl.core.canonical import JSON
from opsctl.core.command import Command
from opsctl.core.errors import Denied, OpsctlError
from opsctl.core.identity import TERMINAL, Caller
from opsctl.core.operation import Operation
from opsctl.core.store import RecordKeys, Store, Transaction

ANSWERED = "answered"
"""The journal kind of a command that was answered at once; it holds the whole record."""

# Without the letters and digits that are easily mistaken for one another when read out at night.
_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_id(store: Store, draw: Callable[[int], bytes] = os.urandom) -> str:
    """A new operation id, such as op-7f3k9q, that no operation of the store has."""
    # Short enough to be typed from a telephone; after some millions of operations one in a hundred is taken.
    while True:
        # `secrets` would spread them more evenly by a hair, and takes longer to load than a read takes to answer.
        operation = "op-" + "".join(_ID_ALPHABET[byte % len(_ID_ALPHABET)] for byte in draw(6))
        if not store.entries(operation):
            return operation


@dataclass(frozen=True, slots=True)
class Request:
    """A command as somebody asked for it. `text` is its canonical chat form, `at` when it was asked (UTC).

    `caused_by` is the operation that led to it, where nobody typed it.
    """

    id: str
    command: Command
    text: str
    caller: Caller
    at: datetime
    is_dry_run: bool = False
    caused_by: str | None = None


def answered(
    tx: Transaction, request: Request, error: OpsctlError | None = None, about: Operation | None = None
) -> None:
    """Record a request that ends here: reads, dry runs, and decisions, which are `about` somebody's operation."""
    service, environment = (about.service, about.environment) if about else request.command.place
    result = _result(error)
    is_announced = about is not None and request.caller.channel == TERMINAL
    facts: dict[str, JSON] = {
        "at": request.at.isoformat(),
        "command": request.text,
        "person": request.caller.handle,
        "origin": request.caller.origin.value,
        "channel": about.channel if about and is_announced else request.caller.channel,
        "service": service,
        "environment": environment,
        "result": result,
        "reason": error.reason if error else "",
        "error": " ".join(error.lines) if error else "",
    }
    tx.append(request.id, ANSWERED, facts)
    keys = RecordKeys(request.at, request.caller.handle, service, environment, result)
    tx.record(request.id, keys)


def _result(error: OpsctlError | None) -> str:
    if error is None:
        return "success"
    return "denied" if isinstance(error, Denied) else "failure"
