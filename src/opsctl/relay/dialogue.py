"""From what was heard to what is done and told. Knows no platform: it hears `Heard`, and speaks through `Chat`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from opsctl.chat.answers import answer
from opsctl.chat.help import what_you_may
from opsctl.chat.refusals import refusal
from opsctl.commands.logs import Logs
from opsctl.commands.operations import ListOperations
from opsctl.commands.reading import chat_grammar
from opsctl.commands.status import Status
from opsctl.core import engine
from opsctl.core.admission import dry_run
from opsctl.core.command import Change, Command, Decision, Question
from opsctl.core.context import Context
from opsctl.core.delivery import Delivery
from opsctl.core.errors import OpsctlError, StoreUnusable, UsageError
from opsctl.core.events import Event
from opsctl.core.grammar import Grammar, HelpAsked, NoOptions
from opsctl.core.incident_time import zone_of
from opsctl.core.line import Line, chat_form, terminal_form
from opsctl.core.post import Post
from opsctl.core.request import Request
from opsctl.relay.answering import Answering
from opsctl.relay.heard import Heard, Pressed, Reacted, Said
from opsctl.relay.overtaken import check_not_overtaken
from opsctl.relay.work import UnderWay
from opsctl.topics.table import TOPICS


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Deals with what was heard. What a killed relay had begun is gone on with under the same request id."""

    context: Context
    answering: Answering
    under_way: UnderWay

    def deal(self, heard: Heard, delivery: Delivery) -> None:
        """Do what was asked, as far as it goes without anybody else. Raises what store and chat raise."""
        match heard:
            case Said():
                self._said(heard, delivery)
            case Reacted():
                self.answering.reacted(heard, delivery.request, delivery.at)
            case Pressed():
                self.answering.pressed(heard, delivery.request, delivery.at)
            case _ as never:
                assert_never(never)

    def _grammar(self, said: Said) -> Grammar[NoOptions]:
        """What may be typed where that was said, as the site is published now."""
        return chat_grammar(self.context.published(), TOPICS, said.start)

    def _said(self, said: Said, delivery: Delivery) -> None:
        try:
            asked = self._grammar(said).parse_chat(said.line, said.people)
            post = self._help(asked, said) if isinstance(asked, HelpAsked) else None
        except UsageError as error:
            post = refusal(error)
        if post is not None:
            self.answering.tell(said.caller, post, delivery.request, said.thread)
            return
        assert isinstance(asked, Line)
        try:
            # Where a platform does not tell where its people are, the site's clock is theirs.
            command = asked.command.settled(delivery.at, zone_of(self.context.published().timezone))
        except UsageError as error:
            self.answering.tell(said.caller, refusal(error), delivery.request, said.thread)
            return
        text = chat_form(Line(command, asked.is_dry_run))
        request = Request(delivery.request, command, text, said.caller, delivery.at, asked.is_dry_run)
        match asked.command:
            case Change() as change if not asked.is_dry_run:
                self._change(request, change, said.thread)
            case Decision():
                self.answering.decide(request, said.thread)
            case _:
                post = self._answer(request, terminal_form(asked))
                self.answering.tell(said.caller, post, request.id, said.thread)

    def _change(self, request: Request, change: Change, thread: str) -> None:
        """What becomes of it is announced; only what keeps it from being asked at all is told in private."""
        if self.context.store.entries(request.id):
            self.under_way.take_up(request.id)
            return
        try:
            check_not_overtaken(self.context.store, request, change)
            self.under_way.begin(request)
        except StoreUnusable:
            raise
        except OpsctlError as error:
            self.answering.tell(request.caller, refusal(error), request.id, thread)

    def _answer(self, request: Request, whole: str) -> Post:
        try:
            return answer(self._events(request), whole)
        except StoreUnusable:
            raise
        except OpsctlError as error:
            return refusal(error)

    def _events(self, request: Request) -> Iterator[Event]:
        """The answer; recorded once, also where a relay that was killed did not come to tell it."""
        ending = replace(request, command=_without_end(request.command))
        if not self.context.store.entries(request.id):
            return engine.ask(self.context, ending)
        match ending.command:
            case Question() as question:
                return question.answer(self.context, ending)
            case Change() as change:
                return dry_run(self.context, ending, change)
            case command:
                raise TypeError(f"{command!r} has no answer")

    def _help(self, asked: HelpAsked, said: Said) -> Post:
        grammar = self._grammar(said)
        text = grammar.help(asked.words)
        if asked.words:
            return Post("", block=text)
        may = what_you_may(self.context.published(), said.caller.handle, tuple(grammar))
        return Post(may, block=text)


def _without_end(command: Command) -> Command:
    """In a chat every answer has an end: who wants to follow or to watch does so in a terminal."""
    match command:
        case Logs():
            return replace(command, follow=False)
        case Status() | ListOperations():
            return replace(command, watch=False)
        case _:
            return command
