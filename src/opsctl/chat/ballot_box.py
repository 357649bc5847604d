"""The answers that stand below a request for approval, read where no relay hears them, or heard them all."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from opsctl.chat.emoji import Meant, meant_by
from opsctl.chat.refusals import NOT_A_VOTE, refusal
from opsctl.commands.approve import Approve
from opsctl.commands.reject import Reject
from opsctl.core.approval import APPROVAL
from opsctl.core.context import Context, utc_now
from opsctl.core.errors import Conflict, Denied, OpsctlError, StoreUnusable
from opsctl.core.identity import Caller
from opsctl.core.journal import Entry
from opsctl.core.line import Line, chat_form
from opsctl.core.operation import State
from opsctl.core.outbox import Posted
from opsctl.core.plan import Plan
from opsctl.core.ports import Platform
from opsctl.core.post import Post
from opsctl.core.request import Request, new_id
from opsctl.core.voting import APPROVAL_REFUSED, Ballot, vote, withdraw

NAMES = 16
"""Characters of a plan's digest that name it in a record."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A request for approval as it stands in the chat, and the entries since."""

    operation: str
    plan: str
    posted: Posted
    since: Sequence[Entry]

    def was_answered(self, handle: str, *, is_yes: bool) -> bool:
        """Whether that answer of theirs was counted, or refused, already: by this process or by another."""
        return any(
            entry.kind in (APPROVAL, APPROVAL_REFUSED)
            and (entry.facts["person"], entry.facts["is_yes"]) == (handle, is_yes)
            for entry in self.since
        )


@dataclass(frozen=True, slots=True)
class BallotBox:
    """Counts what stands below requests. Looked into again, it counts what is new, and takes back what is gone."""

    context: Context
    platform: Platform
    _counted: dict[tuple[str, str], Caller] = field(default_factory=dict)
    _told: set[tuple[str, str]] = field(default_factory=set)

    def look(self, operation: str) -> None:
        """Count the answers to what that operation asks now; nothing where it asks nothing, or not in the chat yet.

        A no goes before a yes, whoever gave it first. Raises what store and chat raise.
        """
        question = self._question(operation)
        if question is None:
            return
        found = self.platform.reactions.below(question.posted.channel, question.posted.message)
        answers = [(meant_by(one.emoji), one.caller) for one in found]
        self._take_back(question, {caller.handle for meant, caller in answers if meant is Meant.YES})
        for meant in (Meant.NO, Meant.YES, Meant.NEAR):
            for caller in (who for what, who in answers if what is meant):
                self._count(question, meant, caller)

    def _question(self, operation: str) -> _Question | None:
        row = self.context.store.operation(operation)
        if row is None or row.state is not State.AWAITING_APPROVAL:
            return None
        entries = self.context.store.entries(operation)
        asked = next(entry for entry in reversed(entries) if entry.kind == State.AWAITING_APPROVAL)
        posted = self.context.store.posts(operation).get(f"approval/{asked.seq}")
        if posted is None or not posted.message:
            return None
        since = [entry for entry in entries if entry.seq > asked.seq]
        return _Question(operation, Plan.from_json(asked.facts["plan"]).digest, posted, since)

    def _count(self, question: _Question, meant: Meant, caller: Caller) -> None:
        if meant is Meant.NEAR:
            self._tell(caller, NOT_A_VOTE, f"{question.posted.message}/near/{caller.handle}")
            return
        is_yes = meant is Meant.YES
        if question.was_answered(caller.handle, is_yes=is_yes):
            return
        name, plan = question.operation, question.plan[:NAMES]
        command = Approve(name, plan) if is_yes else Reject(name, "", plan)
        request = Request(new_id(self.context.store), command, chat_form(Line(command)), caller, utc_now())
        try:
            for _ in vote(self.context, request, Ballot(name, is_yes=is_yes, plan=plan)):
                pass
        except (Denied, Conflict) as error:
            self._tell(caller, refusal(error), f"{request.id}/told")
            return
        if is_yes:
            self._counted[question.posted.message, caller.handle] = caller

    def _take_back(self, question: _Question, standing: set[str]) -> None:
        for (message, handle), caller in list(self._counted.items()):
            if message == question.posted.message and handle not in standing:
                request = new_id(self.context.store)
                withdraw(self.context, request, caller, Ballot(question.operation, is_yes=True, plan=question.plan))
                del self._counted[message, handle]

    def _tell(self, caller: Caller, post: Post, key: str) -> None:
        """A private word, once; who can't be told has it in the journal all the same."""
        if (caller.handle, key) in self._told:
            return
        self._told.add((caller.handle, key))
        try:
            self.platform.chat.tell(caller.channel, caller.handle, post, key=key)
        except StoreUnusable:
            raise
        except OpsctlError:
            return
