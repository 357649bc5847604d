"""The relay without its web server: what takes deliveries, carries out, looks after, and tells the team."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from opsctl.core.context import Context
from opsctl.core.courier import Courier, Taker
from opsctl.core.ports import Chat
from opsctl.core.talking import PLATFORM as ROOM
from opsctl.relay import room_translator
from opsctl.relay.answering import Answering
from opsctl.relay.caretaker import Caretaker
from opsctl.relay.dialogue import Dialogue
from opsctl.relay.heard import Translator
from opsctl.relay.inbox import Inbox
from opsctl.relay.log import Log
from opsctl.relay.metrics import Metrics
from opsctl.relay.probe import Probe
from opsctl.relay.work import UnderWay

TRANSLATORS: Mapping[str, Translator] = {ROOM: room_translator.translate}
"""What understands each platform's deliveries, where nothing has to be asked of the platform; `of` takes others."""


@dataclass(frozen=True, slots=True)
class Relay:
    """All its workers. Made by `of`, begun by `start`, ended by `stop`."""

    context: Context
    inbox: Inbox
    under_way: UnderWay
    caretaker: Caretaker
    courier: Courier
    probe: Probe
    metrics: Metrics
    log: Log

    @classmethod
    def of(
        cls,
        context: Context,
        chat: Chat,
        takers: Mapping[str, Taker],
        translators: Mapping[str, Translator] = MappingProxyType({}),
    ) -> "Relay":
        """The relay of a store, not begun yet; `translators` understand what comes besides the room."""
        log, metrics = Log(), Metrics(context.store)
        under_way = UnderWay(context, log)
        answering = Answering(context, chat, under_way)
        dialogue = Dialogue(context, answering, under_way)
        probe = Probe(context)
        inbox = Inbox(context, chat, {**TRANSLATORS, **translators}, dialogue.deal, probe, metrics, log)
        caretaker = Caretaker(context, under_way, log)
        courier = Courier(context, lambda: takers)
        probe.wake = inbox.wake
        probe.workers |= {
            "workers": lambda: inbox.is_alive,
            "caretaker": lambda: caretaker.is_alive,
            "courier": lambda: courier.is_alive,
        }
        metrics.watch("opsctl_deliveries_in_hand", "Deliveries taken, not dealt with yet.", lambda: inbox.depth)
        metrics.watch("opsctl_running", "Operations that run in this relay.", lambda: len(under_way.operations))
        return cls(context, inbox, under_way, caretaker, courier, probe, metrics, log)

    def start(self) -> None:
        """Begin to work."""
        self.courier.__enter__()
        self.caretaker.start()
        self.inbox.start()

    def acknowledged(self, seconds: float) -> None:
        """Something came and was stored, after that long."""
        self.metrics.acknowledged(seconds)
        self.inbox.wake()

    def stop(self, grace_seconds: float) -> None:
        """Take nothing more; what runs may end within that time, and what does not is left to the next one."""
        if not self.inbox.stop(min(5.0, grace_seconds)):
            self.log.warning("deliveries are left to the next relay", count=self.inbox.depth)
        self.caretaker.stop()
        self.context.interruption.hang_up()
        left = self.under_way.stop(grace_seconds)
        if left:
            self.log.warning("left running; the next relay finds out what became of them", operations=sorted(left))
        self.courier.__exit__(None, None, None)
