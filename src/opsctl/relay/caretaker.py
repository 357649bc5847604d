"""What nobody else sees to: leases that ran out, deadlines that passed, approved operations that nobody serves.

And answers that the chat did not bring.
"""

import threading
import time

from opsctl.core.context import Context
from opsctl.core.courier import Patience
from opsctl.core.errors import OpsctlError, StoreUnusable
from opsctl.core.operation import STANDING, Operation, State
from opsctl.core.recovery import recover, take_up_one
from opsctl.relay.log import Log
from opsctl.relay.missed_answers import MissedAnswers
from opsctl.relay.work import UnderWay

BEAT_SECONDS = 1.0
LATE_SECONDS = 60.0
"""A beat that takes longer is no beat any more. Asking a platform what is true may take several seconds."""

_UNFINISHED = (*STANDING, State.REQUESTED, State.RUNNING)


class Caretaker:
    """Looks after what is unfinished, once a second, in a thread of its own."""

    def __init__(self, context: Context, under_way: UnderWay, log: Log, beat_seconds: float = BEAT_SECONDS) -> None:
        self._context = context
        self._under_way = under_way
        self._log = log
        self._beat_seconds = beat_seconds
        self._patience = Patience()
        self._missed = MissedAnswers(context)
        self._is_over = threading.Event()
        self._newest_beat = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="caretaker", daemon=True)

    def start(self) -> None:
        """Begin; the first look is at once, at what the dead left."""
        self._thread.start()

    def stop(self) -> None:
        """End; what it is at now is left to the next one."""
        self._is_over.set()

    @property
    def is_alive(self) -> bool:
        """Whether it is at work, and not stuck."""
        return self._thread.is_alive() and time.monotonic() - self._newest_beat < LATE_SECONDS

    def _keep(self) -> None:
        while not self._is_over.is_set():
            try:
                self._look()
            except StoreUnusable as error:
                self._log.warning("the store can't be used", why=error.happened)
            except Exception as error:  # noqa: BLE001  # a thread's outermost function
                self._log.error("looking after operations failed", error)
            self._newest_beat = time.monotonic()
            self._is_over.wait(self._beat_seconds)

    def _look(self) -> None:
        store = self._context.store
        unfinished = store.operations(states=_UNFINISHED, limit=None)
        known = {one.id for one in unfinished}
        for lock in store.locks():
            if lock.is_over and lock.operation not in known and "/" in lock.key:
                for note in recover(self._context, lock.operation):
                    self._log.info("recovered", operation=lock.operation, what=note.happened)
        for operation in unfinished:
            if self._patience.is_due(operation.id):
                self._look_after(operation)

    def _look_after(self, operation: Operation) -> None:
        try:
            notes = tuple(take_up_one(self._context, operation))
            for note in notes:
                self._log.info("taken up", operation=operation.id, what=note.happened, means=note.means)
            if operation.state is State.AWAITING_APPROVAL:
                self._missed.look(operation.id)
            if operation.state is State.APPROVED:
                self._under_way.take_up(operation.id)
            now = self._context.store.operation(operation.id) if notes else None
            if now is not None and not now.state.is_final:
                self._patience.failed(operation.id)  # its platform can't be asked: less and less often
            else:
                self._patience.succeeded(operation.id)
        except StoreUnusable:
            raise
        except OpsctlError as error:
            self._patience.failed(operation.id)
            self._log.warning("could not be looked after", operation=operation.id, why=error.happened)
