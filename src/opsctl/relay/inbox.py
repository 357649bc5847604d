"""Taking deliveries: each once, by one relay, a person's in the order in which they came.

A delivery is open until it is dealt with. What a relay had when it died is taken again, with the request id that it
got the first time.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from opsctl.chat.refusals import own_mistake
from opsctl.core.context import Context
from opsctl.core.delivery import PROBE, Delivery
from opsctl.core.errors import OpsctlError, StoreUnusable, Unreachable
from opsctl.core.holder import Holder
from opsctl.core.ports import Chat
from opsctl.core.request import new_id
from opsctl.core.store import Transaction
from opsctl.relay.heard import Heard, Translator
from opsctl.relay.lanes import Lanes
from opsctl.relay.log import Log
from opsctl.relay.metrics import Metrics
from opsctl.relay.probe import Probe

LOOK_SECONDS = 0.05
AGAIN_SECONDS = 1.0
"""After how long a delivery is tried again that could not be dealt with, since the store or the chat was away."""

AT_ONCE = 500
Deal = Callable[[Heard, Delivery], None]


@dataclass(frozen=True, slots=True)
class _Found:
    delivery: Delivery
    heard: Heard | None
    lane: str


class Inbox:
    """Takes open deliveries and has them dealt with, each in its person's lane."""

    def __init__(
        self,
        context: Context,
        chat: Chat,
        hear: Mapping[str, Translator],
        deal: Deal,
        probe: Probe,
        metrics: Metrics,
        log: Log,
    ) -> None:
        self._context = context
        self._chat = chat
        self._hear = hear
        self._deal = deal
        self._probe = probe
        self._metrics = metrics
        self._log = log
        self._lanes = Lanes(threads=8)
        self._in_hand: dict[int, float] = {}  # the number of each, and from when on it is tried again
        self._away: dict[str, float] = {}  # platforms that can't be asked who somebody is, and until when they wait
        self._mutex = threading.Lock()
        self._news = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._keep_looking, name="inbox", daemon=True)

    def start(self) -> None:
        """Begin to take."""
        self._lanes.start()
        self._thread.start()

    def wake(self) -> None:
        """Look at once: something may have come. From any thread, and cheap."""
        self._news.set()

    @property
    def is_alive(self) -> bool:
        """Whether its threads are at work."""
        return self._thread.is_alive() and self._lanes.is_alive

    @property
    def depth(self) -> int:
        """How many deliveries wait here or are being dealt with."""
        return self._lanes.depth

    def stop(self, seconds: float) -> bool:
        """Take nothing more, and deal with what was taken, within that time; whether all of it was."""
        self._is_over = True
        self._news.set()
        self._thread.join(seconds)
        return self._lanes.drain(seconds)

    def _keep_looking(self) -> None:
        while not self._is_over:
            self._news.clear()
            try:
                self._look()
            except StoreUnusable as error:
                self._log.warning("the store can't be used", why=error.happened)
                self._news.wait(AGAIN_SECONDS)
            except Exception as error:  # noqa: BLE001  # a thread's outermost function
                self._log.error("looking for deliveries failed", error)
                self._news.wait(AGAIN_SECONDS)
            self._news.wait(LOOK_SECONDS)

    def _look(self) -> None:
        wanted = list(self._takeable(self._context.store.deliveries.open(AT_ONCE)))
        if not wanted:
            return
        ids = [found.delivery.request or new_id(self._context.store) for found in wanted]

        def work(tx: Transaction) -> list[Delivery | None]:
            pairs = zip(wanted, ids, strict=True)
            return [tx.deliveries.take(found.delivery, self._context.holder, request) for found, request in pairs]

        for found, taken in zip(wanted, self._context.store.write(work), strict=True):
            if taken is not None:
                with self._mutex:
                    self._in_hand[taken.number] = float("inf")
                self._lanes.put(found.lane, partial(self._dealt_with, taken, found.heard))

    def _takeable(self, deliveries: Sequence[Delivery]) -> "Sequence[_Found]":
        """Those that nobody has who lives, up to the first of a person that somebody else has. Raises StoreUnusable."""
        found, held, alive = [], set(), dict[str, bool]()
        for delivery in deliveries:
            again_at = self._in_hand_until(delivery.number)
            if again_at == float("inf") or self._away.get(delivery.platform, 0.0) > time.monotonic():
                continue  # its lane keeps the order; where a platform is away, nothing of it is overtaken
            try:
                heard = self._heard(delivery)
            except Unreachable as error:
                self._log.warning("can't be asked", platform=delivery.platform, why=error.happened)
                self._away[delivery.platform] = time.monotonic() + AGAIN_SECONDS
                continue
            lane = heard.caller.handle if heard else f"{delivery.platform} {delivery.number}"
            # A probe is for the relay that sent it.
            holder = delivery.body if delivery.platform == PROBE else delivery.holder
            if holder and holder != self._context.holder and holder not in alive:
                alive[holder] = _lives(holder)
            if again_at > time.monotonic() or alive.get(holder):
                held.add(lane)
            if lane not in held:
                found.append(_Found(delivery, heard, lane))
        return found

    def _in_hand_until(self, number: int) -> float:
        with self._mutex:
            return self._in_hand.get(number, 0.0)

    def _heard(self, delivery: Delivery) -> Heard | None:
        translate = self._hear.get(delivery.platform)
        if translate is None:
            return None
        try:
            return translate(self._context, delivery.body)
        except (ValueError, OpsctlError) as error:
            if isinstance(error, StoreUnusable | Unreachable):
                raise
            self._log.warning("not understood", platform=delivery.platform, delivery=delivery.id, why=str(error))
            return None

    def _dealt_with(self, delivery: Delivery, heard: Heard | None) -> None:
        """Deal with it. Must not raise: it is the outermost function of a lane."""
        try:
            if delivery.platform == PROBE:
                self._context.store.write(lambda tx: tx.deliveries.forget(delivery.number))
                self._forget(delivery)
                self._probe.came_through(delivery.id)
                return
            outcome = self._try(delivery, heard)
            self._context.store.write(lambda tx: tx.deliveries.done(delivery.number))
        except (StoreUnusable, Unreachable) as error:
            self._log.warning("tried again later", delivery=delivery.id, request=delivery.request, why=error.happened)
            with self._mutex:
                self._in_hand[delivery.number] = time.monotonic() + AGAIN_SECONDS
            return
        except Exception as error:  # noqa: BLE001  # the outermost function of a lane
            self._log.error("a delivery was not dealt with", error, delivery=delivery.id)
            return
        self._forget(delivery)
        self._metrics.dealt_with(delivery, outcome)
        if outcome != "ignored":
            self._log.info("dealt with", delivery=delivery.id, request=delivery.request, outcome=outcome)

    def _forget(self, delivery: Delivery) -> None:
        with self._mutex:
            self._in_hand.pop(delivery.number, None)

    def _try(self, delivery: Delivery, heard: Heard | None) -> str:
        if heard is None:
            return "ignored"
        try:
            self._deal(heard, delivery)
        except (StoreUnusable, Unreachable):
            raise
        except OpsctlError as error:
            self._log.warning("not told", delivery=delivery.id, request=delivery.request, why=error.happened)
            return "failed"
        except Exception as error:  # noqa: BLE001  # the surface's outermost function
            number = self._log.error("failed", error, delivery=delivery.id, request=delivery.request)
            key = f"{delivery.request}/mistake"
            self._chat.tell(heard.caller.channel, heard.caller.handle, own_mistake(number), key=key)
            return "failed"
        return "done"


def _lives(text: str) -> bool:
    holder = Holder.parse(text)
    return holder is not None and not holder.is_dead()
