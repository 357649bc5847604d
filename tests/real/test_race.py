"""Twenty processes approve, reject, cancel and deploy the same thing at once: one outcome, each loser told why."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.core.file_platform import FileAdapters, FilePlatform
from tests.core.team import Colleagues, operation_of
from tests.real.racers import RACERS
from tests.soak import times

from opsctl.core.operation import FINAL, State
from opsctl.core.ports import Cause

ROOT = Path(__file__).parents[2]

WINS = {"succeeded", "cancelled", "rejected", "Voted", "Approved"}
"""How a stream ends in which the word that was said counted, or what was waited for came to an end."""


@pytest.mark.parametrize("seed", range(1, 1 + times(4)))
def test_of_twenty_at_once_one_decides_and_each_loser_is_told_why(seed: int, tmp_path: Path) -> None:
    team = Colleagues.at(tmp_path)
    team.adapters = FileAdapters(tmp_path / "platform")
    staging = team.adapters.platform("order-service", "staging")
    for version in ("v2.3.9", "v2.4.0"):
        list(staging.deploy(version, Cause(f"op-given-{version}", "@bob")))
    waiting = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))

    results = race(tmp_path, waiting, seed)

    assert len(results) == RACERS
    for result in results:
        assert result["ended"] in WINS or result["why"], result
    check_one_decision(team, waiting, results)
    for row in team.store.operations():
        kinds = team.kinds(row.id)
        assert len([kind for kind in kinds if kind in FINAL]) == row.state.is_final
        assert kinds.count(State.RUNNING) <= 1
    check_one_change_at_a_time(staging)
    check_one_change_at_a_time(team.adapters.platform("order-service", "production"))
    assert team.store.locks() == []
    assert team.store.verify().faults == ()
    team.store.close()


def race(folder: Path, operation: str, seed: int) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.real.racers", str(folder), operation, str(seed)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stderr == ""
    return [json.loads(line) for line in ran.stdout.splitlines()]


def check_one_decision(team: Colleagues, operation: str, results: list[dict[str, Any]]) -> None:
    """One word decided about the waiting operation; every other one was refused with a reason, or joined in."""
    kinds = team.kinds(operation)
    ends = {State.REJECTED, State.CANCELLED, State.SUCCEEDED, State.APPROVED}
    assert team.state(operation) in ends
    assert kinds.count("approved") + kinds.count("rejected") <= 1
    decided = [result for result in results if operation in result["line"] and not result["line"].startswith("run")]
    for result in decided:
        if result["ended"] in ("Conflict", "Denied"):
            assert operation in result["why"]
    platform = team.adapters.platform("order-service", "production")
    ran = [call for call in platform.calls() if call.startswith("switch")]
    assert ran == ([f"switch v2.4.1 {operation}"] if team.state(operation) is State.SUCCEEDED else [])


def check_one_change_at_a_time(platform: FilePlatform) -> None:
    """The platform's own log: every start is followed by its own end before anything else begins; nothing twice."""
    calls = platform.calls()
    assert len(set(calls)) == len(calls)
    going = ""
    for what, operation in ((call.split()[0], call.split()[-1]) for call in calls):
        assert what != "meanwhile", calls
        assert going in ("", operation), calls
        going = operation if what == "start" else ""
    assert going == ""
