"""A change that was said in chat and heard late: somebody may have acted in a terminal meanwhile."""

from opsctl.core.command import Change
from opsctl.core.errors import Conflict
from opsctl.core.identity import Origin
from opsctl.core.operation import Operation
from opsctl.core.request import Request
from opsctl.core.shown import shown
from opsctl.core.store import Store


def check_not_overtaken(store: Store, request: Request, change: Change) -> None:
    """Raise Conflict where its place was changed from a terminal since it was said, or the same was asked for there.

    What a relay finds when it is back may be hours old. A rollback that was made meanwhile must stay one.
    """
    service, environment = change.place
    for other in store.operations(service=service, environment=environment):
        if other.requested_at <= request.at:
            return
        if other.origin == Origin.TERMINAL and (service or other.command == request.text):
            raise _overtaken(request, other)


def _overtaken(request: Request, other: Operation) -> Conflict:
    return Conflict(
        f"You said {shown(request.text)} at {request.at:%H:%M} UTC, and opsctl hears it only now. Since then "
        f"{other.person} asked for {other.command} in a terminal ({other.id}, {other.state}).",
        means="Nothing was done.",
        do="Say it again if it is still wanted.",
        reason="overtaken",
    )
