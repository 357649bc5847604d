"""Changes under way: each that runs has a thread of its own; what waits for somebody has none."""

import threading
import time
from collections.abc import Callable, Iterator

from opsctl.core import engine
from opsctl.core.context import Context
from opsctl.core.errors import Interrupting, OpsctlError, Undecided
from opsctl.core.events import Approved, AwaitingApproval, AwaitingConfirmation, Event, Finished
from opsctl.core.execution import run
from opsctl.core.operation import State
from opsctl.core.request import Request
from opsctl.core.serving import serve
from opsctl.core.store import Transaction
from opsctl.relay.log import Log


class UnderWay:
    """Carries out changes, and what others left approved."""

    def __init__(self, context: Context, log: Log) -> None:
        self._context = context
        self._log = log
        self._mutex = threading.Lock()
        self._running: dict[str, threading.Thread] = {}
        self._is_stopping = False

    def begin(self, request: Request) -> None:
        """Ask for a change; returns once it runs, or waits, or is over. Raises what the engine raises before that."""
        self.go_on(request.id, engine.ask(self._context, request))

    def go_on(self, operation: str, events: Iterator[Event]) -> None:
        """Draw events until it is known where the operation goes; where it runs, in a thread of its own."""
        for event in events:
            match event:
                case Approved():
                    self._start(operation, lambda: events)
                    return
                case AwaitingApproval() | AwaitingConfirmation() | Finished() if event.operation == operation:
                    return

    def take_up(self, operation: str) -> None:
        """Run it, where it is approved and no process that lives serves it."""
        row = self._context.store.operation(operation)
        if row is None or row.state is not State.APPROVED or operation in self.operations:
            return

        def work(tx: Transaction) -> bool:
            now = tx.operation(operation)
            return now is not None and now.state is State.APPROVED and serve(self._context, tx, now)

        if self._context.store.write(work):
            self._start(operation, lambda: run(self._context, operation))

    @property
    def operations(self) -> frozenset[str]:
        """What runs here now."""
        with self._mutex:
            return frozenset(self._running)

    def stop(self, seconds: float) -> frozenset[str]:
        """Start nothing more, and wait that long for what runs; returns what still does."""
        with self._mutex:
            self._is_stopping = True
            threads = list(self._running.values())
        until = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return self.operations

    def _start(self, operation: str, events: Callable[[], Iterator[Event]]) -> None:
        with self._mutex:
            if self._is_stopping or operation in self._running:
                return  # the next relay finds it approved, and takes it up
            name = f"run-{operation}"
            thread = threading.Thread(target=self._run, args=(operation, events), name=name, daemon=True)
            self._running[operation] = thread
            thread.start()

    def _run(self, operation: str, events: Callable[[], Iterator[Event]]) -> None:
        self._log.info("begins", operation=operation)
        try:
            for event in events():
                if isinstance(event, Finished):
                    self._log.info(
                        "ended", operation=operation, state=event.state.value, seconds=event.duration_seconds
                    )
        except (Undecided, Interrupting) as error:
            self._log.info("left to others", operation=operation, why=error.happened)
        except OpsctlError as error:
            self._log.warning("stopped", operation=operation, why=error.happened)
        except Exception as error:  # noqa: BLE001  # a thread's outermost function
            self._log.error("stopped by an error", error, operation=operation)
        finally:
            with self._mutex:
                del self._running[operation]
