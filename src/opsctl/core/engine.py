"""The one way a request is carried out: record, plan, rule, confirm, approve, lock, plan again, execute, record.

This file is its door, and answers what only reads; admission.py goes on with a change, and execution.py with one that
nothing stands in the way of.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from opsctl.core.command import Change, Decision, Question
from opsctl.core.context import Context
from opsctl.core.errors import OpsctlError, StoreUnusable
from opsctl.core.identity import TERMINAL
from opsctl.core.policy import check_known
from opsctl.core.recovery import take_up
from opsctl.core.request import ANSWERED, Request, answered
from opsctl.core.store import Transaction

if TYPE_CHECKING:
    from opsctl.core.events import Event


def ask(context: Context, request: Request) -> Iterator["Event"]:
    """Carry out a request as far as it goes without anybody else.

    A change ends in `Finished`, or in `AwaitingConfirmation` or `AwaitingApproval`, which `admission.confirm` or a
    vote and `run` go on from; or in `LeftRunning`. A question or a decision raises its OpsctlError once that is
    recorded.
    """
    match request.command:
        case Question() as question:
            yield from _recorded(context, request, question.answer(context, request))
        case Decision() as decision:
            yield from take_up(context)
            yield from _recorded_where_refused(context, request, _decided(context, request, decision))
        case Change() as change:
            yield from _changed(context, request, change)
        case command:
            raise TypeError(f"{command!r} is neither a change, nor a question, nor a decision")


def _recorded(context: Context, request: Request, facts: Iterator["Event"]) -> Iterator["Event"]:
    """A read is one entry at its end, however it ends."""
    error: OpsctlError | None = OpsctlError("opsctl met an error of its own.", reason="internal")
    try:
        yield from facts
        error = None
    except GeneratorExit:
        error = None  # who asked has seen enough
        raise
    except OpsctlError as caught:
        error = caught
        raise
    finally:
        _record_answer(context, request, error)


def _record_answer(context: Context, request: Request, error: OpsctlError | None) -> None:
    """Put it into the journal; where the site wants it, for the team to see."""
    # Where no site can be read, the question may be about just that, and nobody is to be told.
    published = None
    with suppress(OpsctlError):
        published = context.published() if context.store.published() else None

    def work(tx: Transaction) -> None:
        answered(tx, request, error)
        if published is not None and published.announces_reads:
            is_typed_in_chat = request.caller.channel != TERMINAL
            environment = getattr(request.command, "environment", None)
            channel = request.caller.channel if is_typed_in_chat else published.channel_for(environment)
            tx.announce(request.id, channel, {"kind": ANSWERED})

    context.store.write(work)


def _recorded_where_refused(context: Context, request: Request, events: Iterator["Event"]) -> Iterator["Event"]:
    """A decision that counts records itself, in the transaction in which it counts."""
    try:
        yield from events
    except OpsctlError as refusal:
        # A store that can't be written has said so already.
        with suppress(StoreUnusable):
            _record_refusal(context, request, refusal)
        raise


def _record_refusal(context: Context, request: Request, refusal: OpsctlError) -> None:
    about = getattr(request.command, "operation", "")

    def work(tx: Transaction) -> None:
        if not tx.entries(request.id):
            answered(tx, request, refusal, about=tx.operation(about))

    context.store.write(work)


def _decided(context: Context, request: Request, decision: Decision) -> Iterator["Event"]:
    check_known(context.published(), request.caller.handle)
    yield from decision.decide(context, request)


def _changed(context: Context, request: Request, change: Change) -> Iterator["Event"]:
    # Loading what carries out a change takes as long as answering a question does.
    from opsctl.core.admission import admit, dry_run

    if request.is_dry_run:
        yield from _recorded(context, request, dry_run(context, request, change))
    else:
        yield from admit(context, request, change)
