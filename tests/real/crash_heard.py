"""What people say in the room and a relay hears, step by step; each step is one relay's life, until all is quiet."""

from collections.abc import Callable

from tests.core.team import Colleagues, wait_until
from tests.real.crash_incident import INCIDENT_LINES
from tests.real.crash_scenario import Step
from tests.relay.at_work import Room, at_work

from opsctl.core.operation import FINAL, State

CHANNEL = "#ops"
DEPLOY = "deploy order-service v2.4.1 production"


def heard(line: str) -> Callable[[Colleagues], None]:
    """The line is there when the relay begins: where it is killed, that is while it carries out the line."""

    def act(team: Colleagues) -> None:
        room = Room(team, CHANNEL)
        room.say("@oncall", f"/{line}")
        with at_work(team):
            until_over(room)

    return act


def deployed(team: Colleagues) -> None:
    """A deploy that needs a yes, from its line to its end."""
    room = Room(team, CHANNEL)
    room.say("@alice", f"/{DEPLOY}")
    with at_work(team):
        agreed_to(room)
        until_over(room)


def agreed_to(room: Room) -> None:
    """Once the deploy waits for it, @bob says yes to it, if he has not yet."""
    rows = room.team.store.operations
    asked = lambda: next((one for one in rows() if one.command == f"/{DEPLOY}"), None)  # noqa: E731  # looked at again
    wait_until(lambda: (row := asked()) is not None and row.state is not State.REQUESTED, 15)
    row = asked()
    assert row is not None
    if row.state is State.AWAITING_APPROVAL:
        room.react("@bob", room.request(row), "✅")


def until_over(room: Room) -> None:
    """Wait until everything that was said came to its end, and that is told."""
    rows = room.team.store.operations
    wait_until(lambda: all(one.state in FINAL for one in rows()) and room.is_quiet(), 30)


HEARD_STEPS = (
    *(Step(f"hear {name}", heard(line), State.SUCCEEDED) for name, line in INCIDENT_LINES.items()),
    Step("hear deploy", deployed, State.SUCCEEDED),
)
