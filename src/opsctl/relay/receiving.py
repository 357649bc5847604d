"""Storing what comes in over HTTP: what comes together shares a commit, and one thread does it.

Nothing is acknowledged before it is on disk.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool

from opsctl.core.store import Store, Transaction

T = TypeVar("T")

Work = Callable[[Transaction], Any]
_LARGEST = 256


class Receiver:
    """The store's `write` for the event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a durable transaction and return what it returns; what it raises undoes it alone."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._writer is None:
            self._writer = asyncio.create_task(self._keep_writing(), name="receiver")
        result: T = await future
        return result

    async def _keep_writing(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:_LARGEST], self._waiting[_LARGEST:]
                outcomes = await run_in_threadpool(self._commit, [work for work, _ in together])
                for (_, future), (result, raised) in zip(together, outcomes, strict=True):
                    if future.cancelled():
                        continue  # nobody waits for the answer any more; it is stored all the same
                    if raised is None:
                        future.set_result(result)
                    else:
                        future.set_exception(raised)
        finally:
            self._writer = None

    def _commit(self, works: list[Work]) -> list[tuple[Any, Exception | None]]:
        try:
            return [(result, None) for result in self._store.write(lambda tx: [work(tx) for work in works])]
        except Exception as error:  # noqa: BLE001  # handed to whose work it is
            if len(works) == 1:
                return [(None, error)]
            # It may be the fault of one: each gets its own chance.
            return [outcome for work in works for outcome in self._commit([work])]
