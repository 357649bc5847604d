"""Bringing what is in the outbox to what it is for: in order, by one process at a time, as often as it takes.

An item is taken when its target has it, and not before. What can't be brought now waits; a crash between the target's
answer and the mark in the store brings it twice, so every taker recognises what it has.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from types import TracebackType
from typing import Protocol

from opsctl.core.context import Context
from opsctl.core.errors import OpsctlError, StoreUnusable, Unreachable
from opsctl.core.outbox import Item
from opsctl.core.store import Transaction

DUTY = "outbox"
"""The lock that the process holds which brings things. Keys of operations have a slash, or are an operation's id."""

DUTY_SECONDS = 30.0
BATCH = 256


class Taker(Protocol):
    """Something that items of the outbox are for."""

    def take(self, operation: str, items: Sequence[Item]) -> None:
        """Take what is new about an operation, oldest first; some of it may have been taken before.

        Raises Unreachable where it can't be reached, ActionFailed where it will not have it.
        """
        ...


@dataclass(slots=True)
class Patience:
    """When what failed is tried again: after a second, then twice as long each time, up to a minute."""

    _failures: dict[str, tuple[int, float]] = field(default_factory=dict)

    def is_due(self, *keys: str) -> bool:
        """Whether none of these has to wait."""
        now = time.monotonic()
        return all(now >= self._failures[key][1] for key in keys if key in self._failures)

    def failed(self, key: str, again_seconds: float = 0.0) -> None:
        """It has to wait longer than before; as long as it asked for itself, where it did."""
        count = self._failures.get(key, (0, 0.0))[0] + 1
        self._failures[key] = (count, time.monotonic() + (again_seconds or min(60.0, 2.0 ** (count - 1))))

    def succeeded(self, key: str) -> None:
        """It does not have to wait any more."""
        self._failures.pop(key, None)


def bring(context: Context, takers: Mapping[str, Taker], patience: Patience) -> int:
    """Bring what is in the outbox, the operation that waits longest first; returns how many items were taken.

    Does nothing where another process is at it. One operation's refusal keeps no other waiting; a target out of
    reach keeps its own. Raises StoreUnusable.
    """
    if not context.store.outbox(limit=1) or not _is_on_duty(context):
        return 0
    taken = 0
    for operation, target, items in _parcels(context.store.outbox(limit=BATCH)):
        if target in takers and patience.is_due(target, f"{target} {operation}"):
            if not _is_on_duty(context):
                break
            taken += _hand_over(context, takers[target], operation, items, patience)
    return taken


def _hand_over(context: Context, taker: Taker, operation: str, items: Sequence[Item], patience: Patience) -> int:
    target, ids = items[0].target, [item.id for item in items]
    try:
        taker.take(operation, items)
    except StoreUnusable:
        raise
    except OpsctlError as error:
        why = error.happened
        if isinstance(error, Unreachable):
            patience.failed(target, error.again_seconds)
        else:
            patience.failed(f"{target} {operation}")
        context.store.write(lambda tx: tx.refused(ids, why))
        return 0
    patience.succeeded(target)
    patience.succeeded(f"{target} {operation}")
    context.store.write(lambda tx: tx.taken(ids))
    return len(ids)


class Courier:
    """Brings things in a thread of its own while it is entered, and once more when it is left.

    `takers` makes what takes them, once there is something to take: that is long in coming, and they take long to load.
    """

    def __init__(
        self, context: Context, takers: Callable[[], Mapping[str, Taker]], pause_seconds: float = 0.25
    ) -> None:
        self._context = context
        self._takers = takers
        self._pause_seconds = pause_seconds
        self._is_over = threading.Event()
        self._patience = Patience()
        self._thread = threading.Thread(target=self._keep_bringing, name="courier", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether its thread is at work."""
        return self._thread.is_alive()

    def __enter__(self) -> "Courier":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        # Not for ever: what it could not bring by then, the next one brings.
        self._thread.join(timeout=5.0)
        if not self._thread.is_alive():
            leave_duty(self._context)

    def _keep_bringing(self) -> None:
        takers: Mapping[str, Taker] = {}
        is_last = False
        while not is_last:
            is_last = self._is_over.wait(self._pause_seconds)
            try:
                takers = takers or (self._takers() if self._context.store.outbox(limit=1) else {})
                # What is taken may lead to more: how an incident's page went is told to the team.
                while takers and bring(self._context, takers, self._patience):
                    pass
            except StoreUnusable:
                continue  # whoever needs the store for more than this is told by it


def leave_duty(context: Context) -> None:
    """Let the next one bring things at once."""

    def work(tx: Transaction) -> None:
        lock = tx.lock(DUTY)
        if lock is not None and lock.holder == context.holder:
            tx.release(DUTY, DUTY)

    context.store.write(work)


def _is_on_duty(context: Context) -> bool:
    """Whether it is this process that brings things; takes the duty where nobody has it, and renews it."""

    def work(tx: Transaction) -> bool:
        lock = tx.lock(DUTY)
        if lock is not None and lock.holder != context.holder:
            if not lock.is_over:
                return False
            tx.release(DUTY, DUTY)
        tx.take(DUTY, DUTY, context.holder, DUTY_SECONDS)
        return True

    return context.store.write(work)


def _parcels(items: Sequence[Item]) -> Iterator[tuple[str, str, list[Item]]]:
    """(operation, target, items) in the order in which each operation's first item was put in."""
    first: dict[tuple[str, str], int] = {}
    for item in items:
        first.setdefault((item.operation, item.target), item.id)
    ordered = sorted(items, key=lambda item: (first[item.operation, item.target], item.id))
    for (operation, target), some in groupby(ordered, key=lambda item: (item.operation, item.target)):
        yield operation, target, list(some)
