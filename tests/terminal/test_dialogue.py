"""What the terminal asks, waits for and exits with; the engine is real, the platform is in memory."""

import io
import os
import select
import threading
import time

import pytest
from tests.core.team import Colleagues, Mortal, operation_of

from opsctl.core.errors import Abandoned, Conflict, Denied, NotConfirmed, Undecided
from opsctl.core.events import Event, Finished
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
        return self.dialogue.carry_through(self.dialogue.having_seen(self.team.request(self.handle, line)))

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
    assert Screen(team, "@bob", says_yes=True).type(f"approve {operation}") == 0
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


def asked_to_deploy(team: Colleagues) -> str:
    return operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))


def test_who_approves_without_naming_a_plan_is_shown_it_and_asked_once(team: Colleagues) -> None:
    operation = asked_to_deploy(team)
    screen = Screen(team, "@bob", "y")
    assert screen.type(f"approve {operation}") == 0
    assert screen.asked == ["  Approve this? [y/N] "]
    assert screen.err.getvalue().count("nothing → v2.4.1") == 1
    plan = team.row(operation).plan
    assert plan is not None
    assert team.audit("audit --limit 1")[0]["command"] == f"/approve {operation} --plan {plan.digest[:16]}"


def test_who_does_not_mean_it_leaves_it_waiting(team: Colleagues) -> None:
    operation = asked_to_deploy(team)
    with pytest.raises(NotConfirmed, match="You did not approve"):
        Screen(team, "@bob", "").type(f"approve {operation}")
    with pytest.raises(Abandoned, match="You did not approve"):
        Screen(team, "@bob", KeyboardInterrupt()).type(f"approve {operation}")
    assert team.state(operation) is State.AWAITING_APPROVAL
    assert team.kinds(operation) == ["requested", "awaiting_approval"]


def test_a_plan_that_changed_while_it_was_looked_at_is_not_approved(team: Colleagues) -> None:
    operation = asked_to_deploy(team)
    team.platform().has("v2.4.0")

    class Slow(Screen):
        def _answer(self, question: str) -> str:
            if not self.asked:
                other = operation_of(team.ask("@carol", "deploy order-service v2.3.9 production"))
                team.approve("@bob", other)
                team.elsewhere().ask("@carol", f"approve {operation}")
                team.run(operation)  # plans again, and asks anew
            return super()._answer(question)

    with pytest.raises(Conflict) as refused:
        Slow(team, "@bob", "y").type(f"approve {operation}")
    assert refused.value.reason == "plan_changed"


@pytest.mark.parametrize("who", ["@alice", "@erin"])
def test_who_can_not_approve_is_told_so_and_not_asked(team: Colleagues, who: str) -> None:
    screen = Screen(team, who)
    with pytest.raises(Denied):
        screen.type(f"approve {asked_to_deploy(team)}")
    assert screen.asked == []


def test_a_second_ctrl_c_says_what_becomes_of_what_runs(team: Colleagues) -> None:
    def leave(step: str) -> None:
        if step == "wait":
            raise KeyboardInterrupt

    team.platform("staging").on_step = leave
    with pytest.raises(Abandoned) as left:
        Screen(team, "@alice").type("deploy order-service v2.4.1 staging")
    (operation,) = team.store.operations(states=[State.RUNNING])
    assert left.value.exit_code == 130
    assert "The next command" in left.value.means
    assert left.value.do == f"See what it came to: opsctl operations {operation.id}"


def test_a_second_ctrl_c_after_the_end_still_shows_how_it_ended(team: Colleagues) -> None:
    class Leaving(TextDisplay):
        def show(self, event: Event) -> None:
            if isinstance(event, Finished) and event not in shown:
                shown.append(event)
                raise KeyboardInterrupt
            super().show(event)

    shown: list[Finished] = []
    out = io.StringIO()
    dialogue = Dialogue(team.context("@alice"), Leaving(Ink(out), Ink(io.StringIO())), None, says_yes=False)
    assert dialogue.carry_through(team.request("@alice", "deploy order-service v2.4.1 staging")) == 130
    assert "succeeded" in out.getvalue()


def test_ctrl_c_before_there_is_a_plan_says_that_nothing_was_changed(team: Colleagues) -> None:
    def leave(_step: str) -> None:
        raise KeyboardInterrupt

    team.platform("staging").on_step = leave
    with pytest.raises(Abandoned, match="before it had a plan") as left:
        Screen(team, "@alice").type("deploy order-service v2.4.1 staging")
    assert left.value.means.startswith("Nothing was changed.")


def test_nothing_moves_over_a_question(team: Colleagues, mortal: Mortal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The requester's process is gone; the approver's terminal asks whether to run it here."""
    monkeypatch.setenv("TERM", "xterm")
    operation = operation_of(
        team.elsewhere(holder=mortal.holder).ask("@alice", "deploy order-service v2.4.1 production")
    )
    mortal.die()
    ours, theirs = os.openpty()
    written_over: list[bytes] = []

    def question(_words: str) -> str:
        while select.select([ours], [], [], 0.05)[0]:  # what was drawn before; what moves comes less often than that
            os.read(ours, 65536)
        if select.select([ours], [], [], 0.5)[0]:
            written_over.append(os.read(ours, 65536))
        return "y"

    with os.fdopen(theirs, "w") as terminal:
        display = TextDisplay(Ink(io.StringIO()), Ink(terminal))
        dialogue = Dialogue(team.context("@bob"), display, question, says_yes=False)
        plan = team.row(operation).plan
        assert plan is not None
        request = team.request("@bob", f"approve {operation} --plan {plan.digest[:12]}")
        assert dialogue.carry_through(request) == 0
        display.close()
    os.close(ours)
    assert written_over == []
    assert team.state(operation) is State.SUCCEEDED
