"""What happens in the room, told to every open page within a moment.

One look at the store serves all pages: what it finds is kept for a while, and each page goes on from where it is. A
page that is further behind than that reads for itself.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from starlette.concurrency import run_in_threadpool

from opsctl.core.errors import StoreUnusable
from opsctl.core.news import News
from opsctl.core.room import Message
from opsctl.core.store import Store

LOOK_SECONDS = 0.1
QUIET_SECONDS = 15.0
"""After so long without news a page gets a sign of life, so that nothing between takes the connection for dead."""

KEPT = 1000


class Live:
    """The changes of one store's room. Runs while `watching` is entered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: deque[Message] = deque()
        self._before_kept = 0
        self._seen = 0
        self._news = asyncio.Event()
        self._is_over = False

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look for changes until the block ends."""
        self._seen = self._before_kept = await run_in_threadpool(self._store.room.newest_change)
        task = asyncio.create_task(self._watch(), name="live")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self.end()

    def end(self) -> None:
        """Let every page go. A server that stops waits for its answers to end, and these end by nothing else."""
        self._is_over = True
        self._rouse()

    async def changes(self, after: int, reader: str) -> AsyncIterator[Message | None]:
        """Messages that came or changed after `after`, as far as `reader` may see them; None after a quiet while.

        Raises StoreUnusable.
        """
        while not self._is_over:
            news = self._news
            fresh = await self._after(after)
            for message in fresh:
                after = message.change
                if message.may_be_seen_by(reader):
                    yield message
            if not fresh:
                try:
                    await asyncio.wait_for(news.wait(), QUIET_SECONDS)
                except TimeoutError:
                    yield None

    async def _after(self, change: int) -> Sequence[Message]:
        if change >= self._before_kept:
            return [message for message in self._kept if message.change > change]
        return await run_in_threadpool(self._store.room.changes, change)

    async def _watch(self) -> None:
        news = News(self._store)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not news.is_due():
                continue
            # Where the store is out of reach, readyz says so; pages go on when it is back.
            with suppress(StoreUnusable):
                if fresh := await run_in_threadpool(self._store.room.changes, self._seen):
                    self._keep(fresh)

    def _keep(self, fresh: Sequence[Message]) -> None:
        self._kept.extend(fresh)
        self._seen = fresh[-1].change
        while len(self._kept) > KEPT:
            self._before_kept = self._kept.popleft().change
        self._rouse()

    def _rouse(self) -> None:
        """Wake every page that waits; those that come now wait for the next news."""
        self._news.set()
        self._news = asyncio.Event()
