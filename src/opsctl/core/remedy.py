"""What the site wants done at once about a change that failed: an operation of its own, under the same rules."""

from collections.abc import Generator
from dataclasses import replace

from opsctl.core.admission import admit, confirm
from opsctl.core.command import Change
from opsctl.core.context import Context, utc_now
from opsctl.core.errors import OpsctlError
from opsctl.core.events import AwaitingConfirmation, Event, Finished
from opsctl.core.facts import Note
from opsctl.core.identity import Caller, Origin
from opsctl.core.line import Line, chat_form
from opsctl.core.operation import Operation, State
from opsctl.core.ports import Cause
from opsctl.core.request import Request, new_id


def remedied(context: Context, failed: Finished) -> Generator[Event, None, Finished]:
    """Ask for what puts right a change that failed and left something changed; nothing where the site wants nothing.

    In the name of who asked for that change, and confirmed by the site, which says that it is to be done. Where it
    can't be asked for, a note says why. Returns the failure as it stands then.
    """
    operation = context.store.operation(failed.operation)
    assert operation is not None
    try:
        remedy = _remedy(context, operation)
        if remedy is None:
            return failed
        yield Note(f"{operation.id} failed: {failed.happened}", means="What the site wants done about it comes now.")
        request = _request(context, operation, remedy)
        for event in admit(context, request, remedy):
            yield event
            if isinstance(event, AwaitingConfirmation):
                yield from confirm(context, request.id, request.caller, request=operation.id)
        done = context.store.operation(request.id)
        if done is not None and done.state is State.SUCCEEDED:
            return replace(
                failed, means=f"{request.text.removeprefix('/')} ({request.id}) put it right.", do="", left=""
            )
    except OpsctlError as error:
        yield Note(f"It was not put right: {error.happened}", error.means, error.do)
    return failed


def _remedy(context: Context, operation: Operation) -> Change | None:
    assert operation.plan is not None
    site = context.site(operation)
    cause = Cause(operation.id, operation.person)
    return context.change(operation, site).remedy(site, operation.plan, cause)


def _request(context: Context, operation: Operation, remedy: Change) -> Request:
    person = context.published().people.get(operation.person)
    caller = Caller(person, operation.person, Origin(operation.origin), operation.channel)
    text = chat_form(Line(remedy))
    return Request(new_id(context.store), remedy, text, caller, utc_now(), caused_by=operation.id)
