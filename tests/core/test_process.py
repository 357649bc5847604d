"""Programs are run for real here: what they write, how long they may, and that nothing of them stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from tests.core.team import is_alive, wait_until

from opsctl.core.errors import ActionFailed, CancelRequested, LeaseLost
from opsctl.core.holder import Holder
from opsctl.core.pipe import LONGEST_LINE
from opsctl.core.ports import Cause
from opsctl.core.process import output_of, run_vector, told


def sh(script: str, *arguments: str) -> tuple[str, ...]:
    return ("sh", "-c", script, "sh", *arguments)


def written(vector: Sequence[str], **limits: float) -> list[str]:
    return [line for lines in output_of(vector, {}, **limits) for line in lines]


def pid_in(file: Path) -> int:
    wait_until(lambda: file.exists() and file.read_text().endswith("\n"))
    return int(file.read_text())


def test_lines_are_told_in_order_from_both_streams_and_a_last_one_without_its_end_too() -> None:
    assert written(sh("echo one; echo two >&2; printf three")) == ["one", "two", "three"]


def test_a_line_is_told_when_it_is_written_and_not_when_the_program_ends() -> None:
    with closing(output_of(sh("echo now; sleep 60"), {}, grace_seconds=1)) as output:
        start = time.monotonic()
        assert next(lines for lines in output if lines) == ["now"]
        assert time.monotonic() - start < 10


def test_a_progress_bar_is_one_line_a_step() -> None:
    assert written(sh(r"printf '10%%\r20%%\r\ndone\n'")) == ["10%", "20%", "done"]


def test_what_is_no_utf_8_is_told_with_replacements_and_a_character_cut_in_two_is_whole() -> None:
    script = r"printf 'a\377b\n\303'; sleep 0.3; printf '\244\n'"
    assert written(sh(script)) == ["a\ufffdb", "ä"]


def test_a_line_that_never_ends_is_told_in_pieces() -> None:
    lines = written((sys.executable, "-c", f"print('x' * {LONGEST_LINE * 20}, end='')"))
    assert "".join(lines) == "x" * LONGEST_LINE * 20
    assert max(map(len, lines)) < LONGEST_LINE + 65_536


def test_nothing_is_lost_of_what_is_written_just_before_the_end() -> None:
    lines = written((sys.executable, "-c", "print('\\n'.join(map(str, range(50_000))))"))
    assert lines == list(map(str, range(50_000)))


def test_a_program_finds_what_it_is_run_for_and_has_no_input() -> None:
    about = told(Cause("op-abc234", "@alice"), "order-service", "staging")
    script = 'echo "$OPSCTL_OPERATION $OPSCTL_PERSON $OPSCTL_SERVICE $OPSCTL_ENVIRONMENT"; pwd; cat'
    lines = [line for lines in output_of(sh(script), about, folder="/") for line in lines]
    assert lines == ["op-abc234 @alice order-service staging", "/"]
    assert "OPSCTL_SERVICE" not in told(Cause("op-abc234", "@alice"), None, None)


@pytest.mark.parametrize(("script", "how"), [("exit 3", "exit code 3"), ("kill -9 $$", "signal 9 (SIGKILL)")])
def test_a_program_that_fails_says_how(script: str, how: str) -> None:
    with pytest.raises(ActionFailed, match="ended with") as failed:
        written(sh(script))
    assert failed.value.happened == f"sh ended with {how}."


def test_a_program_that_is_not_there_changed_nothing() -> None:
    with pytest.raises(ActionFailed) as failed:
        list(run_vector(("/no/such/program",), {}, step="running"))
    assert failed.value.happened == "/no/such/program could not be started: No such file or directory."
    assert (failed.value.means, failed.value.left) == ("Nothing was changed.", "")


STUBBORN = 'trap "" TERM; sleep 300 & echo "$!" >"$1/child"; wait'
"""Neither it nor its child listens to a polite word: what is ignored stays so in what is started."""


def test_a_time_limit_ends_the_whole_process_group_also_who_does_not_listen(tmp_path: Path) -> None:
    with pytest.raises(ActionFailed) as failed:
        written(sh(STUBBORN, str(tmp_path)), limit_seconds=0.5, grace_seconds=0.5)
    assert failed.value.happened == "sh was not done in 0.5 seconds, and was ended."
    assert failed.value.reason == "time_limit"
    wait_until(lambda: not is_alive(pid_in(tmp_path / "child")))


def test_a_child_gets_its_grace_though_its_parent_ends_at_once(tmp_path: Path) -> None:
    script = (
        """(trap 'sleep 0.5; echo cleaned >"$1/cleaned"; exit' TERM; echo ready; while :; do sleep 0.1; done) & wait"""
    )
    with closing(output_of(sh(script, str(tmp_path)), {}, grace_seconds=10)) as output:
        next(lines for lines in output if lines)
    assert (tmp_path / "cleaned").read_text() == "cleaned\n"


def test_who_stops_listening_ends_the_program(tmp_path: Path) -> None:
    with closing(output_of(sh(STUBBORN, str(tmp_path)), {}, grace_seconds=0.2)) as output:
        next(output)
        child = pid_in(tmp_path / "child")
    wait_until(lambda: not is_alive(child))


def test_what_a_program_leaves_behind_is_neither_waited_for_nor_ended(tmp_path: Path) -> None:
    start = time.monotonic()
    assert written(sh('sleep 60 & echo $! >"$1/child"; echo started', str(tmp_path))) == ["started"]
    assert time.monotonic() - start < 10
    child = pid_in(tmp_path / "child")
    assert is_alive(child)
    os.kill(child, 9)


def test_what_is_left_behind_may_write_for_ever() -> None:
    start = time.monotonic()
    with pytest.raises(ActionFailed, match="exit code 7"):
        written(sh("(timeout 20 yes) & exit 7"))
    assert time.monotonic() - start < 10


def test_a_program_that_writes_faster_than_anybody_listens_has_to_wait_and_can_be_ended() -> None:
    with closing(output_of(("yes",), {}, grace_seconds=1)) as output:
        for _ in range(3):
            assert sum(map(len, next(output))) <= 65_536


@pytest.mark.parametrize("thrown", [CancelRequested("@alice", "wrong one"), LeaseLost("It is gone.")], ids=["c", "l"])
def test_a_change_that_is_interrupted_ends_its_program(thrown: Exception, tmp_path: Path) -> None:
    steps = run_vector(sh(STUBBORN, str(tmp_path)), {}, step="running", grace_seconds=0.2)
    assert next(steps).step == "running"
    next(steps)
    child = pid_in(tmp_path / "child")
    with pytest.raises(type(thrown)):
        steps.throw(thrown)
    wait_until(lambda: not is_alive(child))


def test_a_change_does_not_act_before_its_process_was_told_and_taken_note_of(tmp_path: Path) -> None:
    steps = run_vector(sh('echo "$$" >"$1/pid"; exec sleep 300', str(tmp_path)), {}, step="running", grace_seconds=0.2)
    told = next(steps)
    leader = Holder.parse(told.process)
    assert leader is not None
    assert leader.has_living_group()
    time.sleep(0.3)
    assert not (tmp_path / "pid").exists()
    next(steps)
    assert pid_in(tmp_path / "pid") == leader.pid
    steps.close()
    assert not leader.has_living_group()


@pytest.mark.parametrize("thrown", [CancelRequested("@alice", "wrong one"), LeaseLost("It is gone.")], ids=["c", "l"])
def test_a_change_that_is_stopped_before_it_was_let_go_never_acts(thrown: Exception, tmp_path: Path) -> None:
    steps = run_vector(("touch", f"{tmp_path}/acted"), {}, step="running")
    leader = Holder.parse(next(steps).process)
    with pytest.raises(type(thrown)):
        steps.throw(thrown)
    assert leader is not None
    assert not leader.has_living_group()
    assert not (tmp_path / "acted").exists()


def test_a_program_finds_its_signals_as_any_other_does() -> None:
    steps = run_vector(("grep", "SigIgn", "/proc/self/status"), {}, step="running")
    *_, last = steps
    ignored = int(last.detail.split()[1], 16)
    assert [one for one in signal.valid_signals() if ignored >> (one - 1) & 1] == []  # the rest is the C library's own


def test_a_change_that_was_cancelled_and_yet_came_to_its_end_is_done(tmp_path: Path) -> None:
    script = """trap '' TERM; echo ready >"$1/ready"; sleep 1; echo done >"$1/done" """
    steps = run_vector(sh(script, str(tmp_path)), {}, step="running", grace_seconds=20)
    next(steps)
    wait_until(lambda: next(steps).step == "running" and (tmp_path / "ready").exists())
    with suppress(StopIteration):
        steps.throw(CancelRequested("@alice", "wrong one"))
    assert (tmp_path / "done").exists()


def test_a_group_lives_as_long_as_any_of_it(tmp_path: Path) -> None:
    script = 'sleep 300 & echo "$!" >"$1/child"; wait'
    with subprocess.Popen(sh(script, str(tmp_path)), start_new_session=True) as process:
        leader = Holder.of(process.pid)
        child = pid_in(tmp_path / "child")
        os.kill(process.pid, signal.SIGKILL)
        wait_until(leader.is_dead)
        assert leader.has_living_group()
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: not leader.has_living_group())


def test_a_number_that_is_somebody_elses_by_now_is_no_living_group() -> None:
    me = Holder.me()
    assert not replace(me, started=me.started + 1).has_living_group()


def test_of_a_group_elsewhere_nobody_knows_that_it_is_dead_before_that_machine_has_started_anew() -> None:
    me = Holder.me()
    assert replace(me, host="another").has_living_group()
    assert replace(me, namespace="1").has_living_group()
    assert not replace(me, boot="earlier").has_living_group()


def test_a_change_tells_its_newest_line_at_most_once_a_second_and_at_its_end() -> None:
    script = "i=0; while [ $i -lt 150 ]; do i=$((i+1)); echo $i; sleep 0.01; done"
    details = list(dict.fromkeys(step.detail for step in run_vector(sh(script), {}, step="running")))
    assert details[:2] == ["", "1"]
    assert details[-1] == "150"
    assert len(details) < 10


def test_a_change_that_fails_shows_its_last_lines_and_that_it_may_have_changed_something() -> None:
    with pytest.raises(ActionFailed) as failed:
        list(run_vector(sh("seq 1 100; exit 1"), {}, step="running"))
    assert failed.value.log_tail == tuple(map(str, range(81, 101)))
    assert failed.value.means == "What it changed before that stays changed."
    assert failed.value.left == "whatever it did before it ended"
