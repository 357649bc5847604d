"""Work in lanes: what one person says begins in the order in which they said it, while people wait for nobody else."""

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeAlias

Work: TypeAlias = Callable[[], None]
"""Must not raise."""


class Lanes:
    """A bounded number of threads; of each lane, one piece of work at a time. All threads are daemons."""

    def __init__(self, threads: int) -> None:
        self._mutex = threading.Lock()
        self._idle = threading.Condition(self._mutex)
        self._waiting: dict[str, deque[Work]] = {}
        self._ready: SimpleQueue[str | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._keep, name=f"lane-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether all threads are at work."""
        return all(thread.is_alive() for thread in self._threads)

    @property
    def depth(self) -> int:
        """How many pieces wait or are being worked on."""
        with self._mutex:
            return sum(map(len, self._waiting.values()))

    def put(self, lane: str, work: Work) -> None:
        """Work to do once everything before it in its lane is done."""
        with self._mutex:
            waiting = self._waiting.setdefault(lane, deque())
            waiting.append(work)
            if len(waiting) == 1:
                self._ready.put(lane)

    def drain(self, seconds: float) -> bool:
        """Wait until nothing is left to do, but no longer than that; whether nothing is left. Then end the threads."""
        with self._idle:
            is_idle = self._idle.wait_for(lambda: not self._waiting, seconds)
        for _ in self._threads:
            self._ready.put(None)
        return is_idle

    def _keep(self) -> None:
        while (lane := self._ready.get()) is not None:
            with self._mutex:
                work = self._waiting[lane][0]
            try:
                work()
            finally:
                self._step(lane)

    def _step(self, lane: str) -> None:
        """A lane that has more goes to the end of the queue, so that who says much holds up nobody else."""
        with self._idle:
            self._waiting[lane].popleft()
            if self._waiting[lane]:
                self._ready.put(lane)
            else:
                del self._waiting[lane]
                self._idle.notify_all()
