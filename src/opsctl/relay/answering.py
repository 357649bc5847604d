"""What was heard, carried out: votes, confirmations, and what they come to."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from opsctl.chat.ballot_box import NAMES
from opsctl.chat.emoji import Meant, meant_by
from opsctl.chat.refusals import NOT_A_VOTE, lost_for_words, refusal
from opsctl.commands.approve import Approve
from opsctl.commands.reject import Reject
from opsctl.core import admission, engine
from opsctl.core.command import Decision
from opsctl.core.context import Context
from opsctl.core.errors import Conflict, Denied, UsageError
from opsctl.core.events import VoteRefused
from opsctl.core.identity import Caller
from opsctl.core.line import Line, chat_form
from opsctl.core.operation import State
from opsctl.core.plan import Plan
from opsctl.core.ports import Chat
from opsctl.core.post import Action, Post
from opsctl.core.request import Request
from opsctl.core.voting import Ballot, withdraw
from opsctl.relay.heard import Pressed, Reacted
from opsctl.relay.work import UnderWay

_REQUEST_MESSAGE = re.compile(r"(?P<operation>[^/]+)/approval/(?P<seq>\d+)")


@dataclass(frozen=True, slots=True)
class Answering:
    """Takes answers to what opsctl asked. Everything may be told to it again under the same request id."""

    context: Context
    chat: Chat
    under_way: UnderWay

    def reacted(self, heard: Reacted, request: str, at: datetime) -> None:
        """A reaction to a request for approval is a vote; to anything else it is nothing."""
        found = _REQUEST_MESSAGE.fullmatch(heard.key)
        plan = self._asked(found["operation"], int(found["seq"])) if found else None
        if found is None or plan is None:
            return
        match meant_by(heard.emoji), heard.is_on:
            case Meant.YES, True:
                self.decide(self._request(Approve(found["operation"], plan[:NAMES]), heard.caller, request, at))
            case Meant.YES, False:
                self._withdrawn(heard.caller, Ballot(found["operation"], is_yes=True, plan=plan), request)
            case Meant.NO, True:
                self.decide(self._request(Reject(found["operation"], "", plan[:NAMES]), heard.caller, request, at))
            case Meant.NEAR, True:
                self.tell(heard.caller, NOT_A_VOTE, request)

    def pressed(self, heard: Pressed, request: str, at: datetime) -> None:
        """A vote, or the requester's word that they mean it."""
        plan = heard.plan[:NAMES]
        match heard.action:
            case Action.APPROVE:
                self.decide(self._request(Approve(heard.operation, plan), heard.caller, request, at))
            case Action.REJECT:
                self.decide(self._request(Reject(heard.operation, heard.reason, plan), heard.caller, request, at))
            case Action.CONFIRM | Action.DECLINE:
                self._confirmed(heard, request)
            case _ as never:
                assert_never(never)

    def decide(self, request: Request, thread: str = "") -> None:
        """Carry out a word on somebody's operation; told in private where it does not count."""
        store, decision = self.context.store, request.command
        assert isinstance(decision, Decision)
        operation: str = decision.operation  # type: ignore[attr-defined]  # every decision is about one
        said = store.entries(request.id)
        if said:
            error = said[0].facts["error"]
            if error:
                self.tell(request.caller, lost_for_words(error), request.id, thread)
        else:
            try:
                for event in engine.ask(self.context, request):
                    # What comes after is the operation's own story: it is announced, and nobody waits for it here.
                    if not isinstance(event, VoteRefused) and store.entries(request.id):
                        break
            except (Denied, Conflict, UsageError) as error:
                self.tell(request.caller, refusal(error), request.id, thread)
        self.under_way.take_up(operation)

    def tell(self, caller: Caller, post: Post, request: str, thread: str = "") -> None:
        """A private word, once for each request."""
        self.chat.tell(caller.channel, caller.handle, post, key=f"{request}/told", thread=thread)

    def _confirmed(self, heard: Pressed, request: str) -> None:
        operation, caller = heard.operation, heard.caller
        try:
            if any(entry.facts.get("request") == request for entry in self.context.store.entries(operation)):
                self.under_way.take_up(operation)
            elif heard.action is Action.CONFIRM:
                events = admission.confirm(self.context, operation, caller, heard.plan, request)
                self.under_way.go_on(operation, events)
            else:
                for _ in admission.decline(self.context, operation, caller, request=request):
                    pass
        except (Denied, Conflict) as error:
            self.tell(caller, refusal(error), request)

    def _withdrawn(self, caller: Caller, ballot: Ballot, request: str) -> None:
        try:
            withdraw(self.context, request, caller, ballot)
        except Conflict as error:
            self.tell(caller, refusal(error), request)

    def _asked(self, operation: str, seq: int) -> str | None:
        """The digest of the plan that was shown in a request for approval."""
        for entry in self.context.store.entries(operation, after=seq - 1)[:1]:
            if entry.seq == seq and entry.kind == State.AWAITING_APPROVAL:
                return Plan.from_json(entry.facts["plan"]).digest
        return None

    @staticmethod
    def _request(decision: Decision, caller: Caller, request: str, at: datetime) -> Request:
        return Request(request, decision, chat_form(Line(decision)), caller, at)
