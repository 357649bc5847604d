"""A question asks nothing back and changes nothing, even where it tells of an operation that waits."""

import io

from tests.core.team import Colleagues

from opsctl.core.events import AwaitingConfirmation
from opsctl.core.operation import State
from opsctl.terminal.ink import Ink
from opsctl.terminal.reading import answer
from opsctl.terminal.text_display import TextDisplay


def test_the_story_of_an_operation_that_waits_for_confirmation_leaves_it_waiting(team: Colleagues) -> None:
    deployed = team.ask("@alice", "deploy order-service v2.4.0 production")
    team.approve("@bob", deployed[0].operation)
    asked = team.ask("@alice", "scale order-service 4 production")[-1]
    assert isinstance(asked, AwaitingConfirmation)
    out = io.StringIO()
    request = team.request("@alice", f"operations {asked.operation}")
    assert answer(team.context("@alice"), request, TextDisplay(Ink(out), Ink(io.StringIO()))) == 0
    assert asked.operation in out.getvalue()
    row = team.store.operation(asked.operation)
    assert row is not None
    assert row.state is State.AWAITING_CONFIRMATION


def test_an_interrupted_question_exits_with_130_and_is_recorded(team: Colleagues) -> None:
    context = team.context("@alice")
    context.interruption.ask("interrupted at the terminal")
    request = team.request("@alice", "operations")
    assert answer(context, request, TextDisplay(Ink(io.StringIO()), Ink(io.StringIO()))) == 130
    assert team.store.entries(request.id)[0].kind == "answered"
