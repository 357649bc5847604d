"""opsctl is killed while a program of the site runs: the program is known, keeps the lock, and can be ended."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.core.team import Colleagues, a_site, is_alive, publish, wait_until

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.holder import Holder

SLOW = 'echo "$$" >>{folder}/ran; echo migrating; sleep 300 & wait; echo done'
COMMANDS = """
[commands.rebuild]
help = "Rebuild the index."
effect = "change"
run = ["sh", "-c", '''{script}''']
[commands.rebuild.arguments]
service = {{ kind = "service" }}
environment = {{ kind = "environment" }}
[[commands.rebuild.rules]]
"""


@dataclass(frozen=True)
class Terminal:
    folder: Path

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "opsctl", *words],
            env={**os.environ, "OPSCTL_CONFIG": str(self.folder / "opsctl.toml")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def type(self, *words: str) -> tuple[int, str]:
        """The exit code, and all that was said."""
        process = self.start(*words)
        said = "".join(process.communicate(timeout=60))
        assert "Traceback" not in said
        return process.returncode, said

    def record(self) -> dict[str, Any]:
        """The newest record of a change."""
        _, said = self.type("audit", "--output", "json")
        records: list[dict[str, Any]] = json.loads(said.splitlines()[0])["rows"]
        return next(row for row in records if row["command"].startswith(("/migrate", "/rebuild")))

    def programs(self) -> list[int]:
        file = self.folder / "ran"
        return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    terminal = Terminal(tmp_path)
    assert terminal.type("init", "--yes", "--folder", str(tmp_path))[0] == 0
    script, site = SLOW.format(folder=tmp_path), tmp_path / "site.toml"
    text = site.read_text()
    service = text.index("[services.my-service]\n") + len("[services.my-service]\n")
    migrate = f"migrate = ['sh', '-c', '''{script}''']\n"
    site.write_text(text[:service] + migrate + text[service:] + COMMANDS.format(script=script))
    assert terminal.type("site", "publish", str(site))[0] == 0
    return terminal


def killed(terminal: Terminal, *line: str) -> int:
    """Start it, and kill opsctl as soon as its program runs; the program's process, which goes on."""
    running = terminal.start(*line)
    wait_until(lambda: bool(terminal.programs()), seconds=20)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    (program,) = terminal.programs()
    assert is_alive(program)
    return program


@pytest.mark.parametrize("command", ["migrate", "rebuild"])
def test_a_second_change_does_not_run_beside_what_a_killed_one_left(terminal: Terminal, command: str) -> None:
    line = (command, "my-service", "staging")
    program = killed(terminal, *line)
    code, said = terminal.type(*line)
    assert code == 3
    assert f"is still at work (process group {program}). Its lock stays." in said
    assert "Wait for it to end, or end it: opsctl cancel op-" in said
    assert terminal.programs() == [program]
    os.killpg(program, signal.SIGKILL)
    wait_until(lambda: not is_alive(program))
    again = terminal.start(*line)
    wait_until(lambda: len(terminal.programs()) == 2, seconds=20)
    again.send_signal(signal.SIGTERM)
    again.communicate()
    assert terminal.type("audit", "verify")[0] == 0


def test_the_lock_stays_though_only_a_child_of_the_program_lives(terminal: Terminal) -> None:
    program = killed(terminal, "migrate", "my-service", "staging")
    os.kill(program, signal.SIGKILL)
    wait_until(lambda: not is_alive(program))
    code, said = terminal.type("migrate", "my-service", "staging")
    assert (code, terminal.programs()) == (3, [program])
    assert "is still at work" in said
    os.killpg(program, signal.SIGKILL)


def test_cancel_by_another_process_ends_it_and_closes_the_operation(terminal: Terminal) -> None:
    program = killed(terminal, "migrate", "my-service", "staging")
    _, said = terminal.type("operations", "--output", "json")
    operation = next(json.loads(line) for line in said.splitlines() if '"operations"' in line)["rows"][0]["id"]
    code, said = terminal.type("cancel", operation, "it hangs")
    assert code == 0
    assert f"The program that {operation} ran was ended" in said
    assert not is_alive(program)
    record = terminal.record()
    assert (record["result"], record["reason"]) == ("cancelled", "it hangs")
    assert "whatever it did before it ended" in record["error"]
    assert terminal.type("audit", "verify")[0] == 0


DYING = """
import os, signal, sys
from pathlib import Path
from tests.core.team import Colleagues
from opsctl.adapters.stores.sqlite.store import SqliteStore

class Dying(SqliteStore):
    def write(self, work):
        reach()
        result = super().write(lambda tx: (work(tx), reach())[0])
        reach()
        return result

def reach():
    global passed
    passed += 1
    if passed == deadly:
        os.kill(os.getpid(), signal.SIGKILL)

for line in sys.stdin:
    path, point = line.split()
    deadly, passed = int(point), 0
    child = os.fork()
    if not child:
        Colleagues(Dying.open(Path(path))).ask("@alice", "migrate order-service staging")
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""For each line "STORE MOMENT" that it reads, @alice migrates and is killed then: before, within or after a write."""


def test_whatever_moment_it_is_killed_at_a_program_that_acts_stands_in_the_journal(tmp_path: Path) -> None:
    acted: list[bool] = []
    with subprocess.Popen(
        [sys.executable, "-c", DYING],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as dying:
        assert dying.stdin is not None
        assert dying.stdout is not None
        died = -signal.SIGKILL
        while died == -signal.SIGKILL:
            folder = tmp_path / str(len(acted))
            team = Colleagues.at(folder)
            assert isinstance(team.store, SqliteStore)
            publish(team.store, a_site(migrate=("sh", "-c", f"echo $$ >>{folder}/ran; sleep 0.1")))
            dying.stdin.write(f"{team.store.path} {len(acted) + 1}\n")
            dying.stdin.flush()
            died = int(dying.stdout.readline())
            acted.append(acts_and_is_known(team, folder / "ran"))
            team.ask("@erin", "operations")
            assert team.store.locks() == []
            assert team.store.verify().faults == ()
            team.store.close()
        dying.stdin.close()
    assert died == 0
    # Before it was let go it never acted, afterwards always.
    assert acted == sorted(acted)
    assert acted.count(False) > 10
    assert acted.count(True) > 3


def acts_and_is_known(team: Colleagues, ran: Path) -> bool:
    """Whether the program acted; then its process stands in the journal."""
    told = [entry.facts.get("process", "") for entry in team.store.journal() if entry.kind == "step"]
    leaders = [leader for leader in map(Holder.parse, told) if leader]
    time.sleep(0.2)  # for one that nobody knows of, too
    wait_until(lambda: not any(leader.has_living_group() for leader in leaders))
    pids = ran.read_text().split() if ran.exists() else []
    assert set(map(int, pids)) <= {leader.pid for leader in leaders}
    return bool(pids)


SEEN = """
import ctypes, os, sys
from opsctl.core.errors import Undecided
from opsctl.core.holder import Holder
from opsctl.core.left_behind import end
Holder.me()  # loads all that it takes: the other user may not be able to read this checkout
os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE: as any process is that was started by that user
leader = Holder.parse(sys.argv[1])
print(leader.has_living_group())
try:
    end("op-7f3k9q", leader, 1)
except Undecided as error:
    print(error.do)
"""
"""Run by another user: whether the group is seen, and what is said to who would end it."""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run something as another user")
def test_a_program_of_another_user_is_seen_and_who_can_t_end_it_is_told_who_can() -> None:
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as program:
        leader = Holder.of(program.pid)
        done = subprocess.run([sys.executable, "-c", SEEN, str(leader)], capture_output=True, text=True, check=False)
        assert program.poll() is None
        program.kill()
    told = f"As the user it runs as, or as root, on {leader.host}: kill -- -{leader.pid}"
    assert done.stdout.splitlines() == ["True", told], done.stderr
