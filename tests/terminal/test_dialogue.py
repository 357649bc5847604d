"""What the terminal asks, waits for and exits with; the engine is real, the platform is in memory."""

import io
import threading
import time

import pytest
from tests.core.team import Colleagues

from opsctl.core.errors import NotConfirmed, Undecided
from opsctl.core.operation import State
from opsctl.terminal.dialogue import Dialogue
from opsctl.terminal.ink import Ink
from opsctl.terminal.text_display import TextDisplay


class Screen:
    """What a person sees, and what they type."""

    def __init__(
        self,
        team: Colleagues,
        handle: str,
        *answers: str | KeyboardInterrupt,
        is_interactive: bool = True,
        says_yes: bool = False,
    ):
        self.out, self.err = io.StringIO(), io.StringIO()
        self.team, self.handle = team, handle
        self.asked: list[str] = []
        self._answers = list(answers)
        self.context = team.context(handle)
        self.dialogue = Dialogue(
            self.context,
            TextDisplay(Ink(self.out), Ink(self.err)),
            self._answer if is_interactive else None,
            says_yes,
        )

    def type(self, line: str) -> int:
        return self.dialogue.carry_through(self.team.request(self.handle, line))

    def _answer(self, question: str) -> str:
        self.asked.append(question)
        answer = self._answers.pop(0)
        if isinstance(answer, KeyboardInterrupt):
            raise answer
        return answer


def test_a_change_in_production_runs_once_the_services_name_is_typed(team: Colleagues) -> None:
    screen = Screen(team, "@alice", "order-service")
    team.platform().current = None
    assert Screen(team, "@alice").type("deploy order-service v2.4.0 staging") == 0
    deploy_to_production(team, "v2.4.0")
    assert screen.type("scale order-service 4 production") == 0
    assert "Type order-service to confirm" in screen.asked[0]
    assert "2 → 4" in screen.err.getvalue()
    assert "succeeded" in screen.out.getvalue()


def test_anything_else_leaves_it_undone_with_exit_code_2(team: Colleagues) -> None:
    deploy_to_production(team, "v2.4.0")
    screen = Screen(team, "@alice", "yes")
    assert screen.type("scale order-service 4 production") == 2
    assert team.platform().wanted == 2
    assert "cancelled" in screen.out.getvalue()


def test_without_a_terminal_and_without_yes_it_is_refused(team: Colleagues) -> None:
    deploy_to_production(team, "v2.4.0")
    with pytest.raises(NotConfirmed, match="no terminal to ask at"):
        Screen(team, "@alice", is_interactive=False).type("scale order-service 4 production")
    assert team.store.operations(states=[State.CANCELLED])


def test_yes_skips_the_question(team: Colleagues) -> None:
    deploy_to_production(team, "v2.4.0")
    screen = Screen(team, "@alice", is_interactive=False, says_yes=True)
    assert screen.type("scale order-service 4 production") == 0
    assert screen.asked == []


def test_the_requesters_terminal_waits_and_carries_out_what_another_approves(team: Colleagues) -> None:
    screen = Screen(team, "@alice")
    exit_codes: list[int] = []
    waiting = threading.Thread(
        target=lambda: exit_codes.append(screen.type("deploy order-service v2.4.1 production")), daemon=True
    )
    waiting.start()
    operation = wait_for_a_question(team)
    assert Screen(team, "@bob").type(f"approve {operation}") == 0
    waiting.join(10)
    assert exit_codes == [0]
    assert "Needs 1 approval by a lead: @bob, @carol" in screen.err.getvalue()
    assert "@bob approved (1 of 1)" in screen.err.getvalue()
    assert team.platform().done == [f"v2.4.1 {operation}"]


def test_ctrl_c_while_waiting_leaves_the_request_standing(team: Colleagues) -> None:
    screen = Screen(team, "@alice")
    threading.Timer(0.3, screen.context.interruption.ask, ["interrupted"]).start()
    with pytest.raises(Undecided) as left:
        screen.type("deploy order-service v2.4.1 production")
    (operation,) = team.store.operations(states=[State.AWAITING_APPROVAL])
    assert f"opsctl run {operation.id}" in left.value.do
    assert f"opsctl cancel {operation.id}" in left.value.do


def deploy_to_production(team: Colleagues, version: str) -> None:
    events = team.ask("@alice", f"deploy order-service {version} production")
    team.approve("@bob", events[0].operation)


def wait_for_a_question(team: Colleagues) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for operation in team.store.operations(states=[State.AWAITING_APPROVAL]):
            return operation.id
        time.sleep(0.01)
    raise AssertionError("nothing came to wait for approval")


def test_ctrl_c_at_the_question_cancels_it_with_exit_code_130(team: Colleagues) -> None:
    deploy_to_production(team, "v2.4.0")
    screen = Screen(team, "@alice", KeyboardInterrupt())
    assert screen.type("scale order-service 4 production") == 130
    assert team.platform().wanted == 2
    assert team.store.operations(states=[State.CANCELLED])
