"""The answers that stand below a request for approval, read where no relay hears them, or heard them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from opsctl.chat.emoji import Meant, meant_by
from opsctl.chat.refusals import NOT_A_VOTE, refusal
from opsctl.commands.approve import Approve
from opsctl.commands.reject import Reject
from opsctl.core.approval import APPROVAL, WITHDRAWN
from opsctl.core.context import Context, utc_now
from opsctl.core.errors import Conflict, Denied, OpsctlError, StoreUnusable
from opsctl.core.identity import Caller
from opsctl.core.journal import Entry
from opsctl.core.line import Line, chat_form
from opsctl.core.operation import State
from opsctl.core.outbox import Posted
from opsctl.core.plan import Plan
from opsctl.core.platform import Platform
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

    def answered_in(self, standing: Mapping[tuple[Meant, str], Caller]) -> dict[tuple[Meant, str], Caller]:
        """Those answers that were counted, or refused, before: by another process, or when they were said elsewhere."""
        known: set[tuple[Meant, str]] = set()
        for entry in self.since:
            if entry.kind in (APPROVAL, APPROVAL_REFUSED):
                known.add((Meant.YES if entry.facts["is_yes"] else Meant.NO, entry.facts["person"]))
            elif entry.kind == WITHDRAWN:
                known.discard((Meant.YES, entry.facts["person"]))
        return {answer: caller for answer, caller in standing.items() if answer in known}


@dataclass(frozen=True, slots=True)
class BallotBox:
    """Counts what stands below requests. Looked into again, it counts what is new, and takes back what is gone."""

    context: Context
    platform: Platform
    _seen: dict[str, dict[tuple[Meant, str], Caller]] = field(default_factory=dict)

    def look(self, operation: str) -> bool:
        """Count the answers to what that operation asks now; whether it asks anything, and that stands in the chat.

        A no goes before a yes, whoever gave it first. Raises what store and chat raise.
        """
        question = self._question(operation)
        if question is None:
            return False
        found = self.platform.reactions.below(question.posted.channel, question.posted.message)
        standing = {(meant_by(one.emoji), one.caller.handle): one.caller for one in found}
        seen = self._seen.setdefault(question.posted.message, question.answered_in(standing))
        for meant, handle in seen.keys() - standing.keys():
            caller = seen.pop((meant, handle))
            if meant is Meant.YES:
                self._take_back(question, caller)
        for wanted in (Meant.NO, Meant.YES, Meant.NEAR):
            for (meant, handle), caller in standing.items():
                if meant is wanted and (meant, handle) not in seen:
                    self._count(question, meant, caller)
                    seen[meant, handle] = caller
        return True

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
        name, plan, is_yes = question.operation, question.plan[:NAMES], meant is Meant.YES
        command = Approve(name, plan) if is_yes else Reject(name, "", plan)
        request = Request(new_id(self.context.store), command, chat_form(Line(command)), caller, utc_now())
        try:
            for _ in vote(self.context, request, Ballot(name, is_yes=is_yes, plan=plan)):
                pass
        except (Denied, Conflict) as error:
            self._tell(caller, refusal(error), f"{request.id}/told")

    def _take_back(self, question: _Question, caller: Caller) -> None:
        request = new_id(self.context.store)
        withdraw(self.context, request, caller, Ballot(question.operation, is_yes=True, plan=question.plan))

    def _tell(self, caller: Caller, post: Post, key: str) -> None:
        """A private word; who can't be told has it in the journal all the same."""
        try:
            self.platform.chat.tell(caller.channel, caller.handle, post, key=key)
        except StoreUnusable:
            raise
        except OpsctlError:
            return
