"""The right to act: a lease on a lock, renewed by a thread, checked before every outside call."""

import threading
import time
from types import TracebackType

from opsctl.core.context import Context
from opsctl.core.errors import CancelRequested, Interrupting, LeaseLost, StoreUnusable
from opsctl.core.operation import Operation
from opsctl.core.store import Transaction


class Lease:
    """Holds the lock of an operation while it is entered; the lock must already be taken.

    Leaving it only stops renewing: who finishes the operation gives the lock back in the same transaction.
    """

    def __init__(self, context: Context, operation: Operation) -> None:
        self._context = context
        self._operation = operation
        self._renewed_at = _boot_seconds()
        self._is_lost = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{operation.id}", daemon=True)
        self._seen = 0

    def __enter__(self) -> "Lease":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def trouble(self) -> Interrupting | None:
        """Why the operation must stop now: its lease is gone, or somebody asked to cancel it; None to go on."""
        return self.loss() or self._cancellation()

    def loss(self) -> LeaseLost | None:
        """Why nothing more may be touched; None while the lease is held."""
        age = _boot_seconds() - self._renewed_at
        if self._is_lost:
            return self.lost("Its lock is somebody else's now.")
        return self.lost(f"It could not be renewed for {age:.0f} s.") if age >= self._context.lease_seconds else None

    def lost(self, why: str) -> LeaseLost:
        """The error that says why the lease is gone."""
        return LeaseLost(
            f"The lease of {self._operation.id} was lost. {why}",
            means="This process stopped where it was; whoever finds the operation next looks what became of it.",
            do=f"See what it came to: opsctl operations {self._operation.id}",
        )

    def _cancellation(self) -> CancelRequested | None:
        for entry in self._context.store.entries(self._operation.id, after=self._seen):
            self._seen = entry.seq
            if entry.kind == "cancel_asked":
                facts = entry.facts
                return CancelRequested(facts["person"], facts["reason"])
        return None

    def _keep(self) -> None:
        context = self._context
        while not self._done.wait(context.lease_seconds / 3):
            before = _boot_seconds()
            try:
                is_held = context.store.write(self._renew)
            except StoreUnusable:
                # The next try may succeed; `loss` says so when the lease is over before it does.
                continue
            if not is_held:
                self._is_lost = True
                return
            self._renewed_at = before

    def _renew(self, tx: Transaction) -> bool:
        """Never takes the lock: who finished the operation, or took it over, must not have it put back."""
        operation, context = self._operation, self._context
        if not is_held(context, tx, operation):
            return False
        tx.take(operation.lock, operation.id, context.holder, context.lease_seconds)
        return True


def is_held(context: Context, tx: Transaction, operation: Operation) -> bool:
    """Whether this process has the lock of the operation, also where its lease is over and nobody took it yet."""
    lock = tx.lock(operation.lock)
    return lock is not None and (lock.operation, lock.holder) == (operation.id, context.holder)


def _boot_seconds() -> float:
    # Goes on while the machine sleeps, so that a closed lid loses its lease.
    return time.clock_gettime(time.CLOCK_BOOTTIME)
