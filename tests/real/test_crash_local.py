"""`kill -9` in the middle of a deploy of real processes: the record is true, and the next deploy works."""

import json
import random
from pathlib import Path

import pytest
from tests.core.team import Colleagues, a_site, story
from tests.real.crash_points import carry_out
from tests.real.killer import Killer

from opsctl.adapters.deployers.local import stop_everything
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.operation import State
from opsctl.playground import service
from opsctl.wiring.services import Adapters

PARTS = 6
DEPLOY_TO_STAGING = 0


def begun(folder: Path) -> Colleagues:
    """A site whose services are real processes, one release of one of which is in service."""
    for version in ("v2.3.9", "v2.4.0", "v2.4.2"):
        (folder / "versions" / version).mkdir(parents=True)
        (folder / "versions" / version / "release.json").write_text(json.dumps({}))
    first = random.randrange(20000, 30000, 20)
    deployer = {
        "kind": "local",
        "versions": str(folder / "versions"),
        "command": ["{python}", "-S", "-E", service.__file__],
        "ports": f"{first}-{first + 19}",
        "deadline_seconds": 10,
        "grace_seconds": 2,
    }
    team = Colleagues.at(folder, a_site(deployer=deployer))
    team.adapters = Adapters(folder)
    assert story(team.ask("@alice", "deploy order-service v2.3.9 staging"))[-1] == "succeeded"
    return team


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many points a deploy has that nothing disturbs; a little more or less with the machine's mood."""
    folder = tmp_path_factory.mktemp("clean")
    try:
        begun(folder).store.close()
        return carry_out(folder, DEPLOY_TO_STAGING)
    finally:
        stop_everything(folder)


@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_a_deploy_of_real_processes_that_dies_is_closed_truthfully(
    part: int, points: int, killer: Killer, tmp_path: Path
) -> None:
    try:
        begun(tmp_path).store.close()
        killer.kill(tmp_path, DEPLOY_TO_STAGING, points * part // (PARTS + 1))
        team = Colleagues(SqliteStore.open(tmp_path / "store" / "opsctl.db"), Adapters(tmp_path))
        deployer = team.context("@erin").site().deployer("order-service", "staging")
        team.ask("@erin", "operations")
        row = team.store.operations(limit=1)[0]
        done = [one.operation for one in deployer.releases() if one.is_healthy]
        assert (row.state is State.SUCCEEDED) == (done.count(row.id) == 1)
        assert row.state.is_final or row.state is State.APPROVED
        assert team.store.locks() == []
        assert story(team.ask("@bob", "deploy order-service v2.4.2 staging"))[-1] == "succeeded"
        now = deployer.state()
        assert now.release is not None
        assert (now.release.version, now.ready, now.is_busy) == ("v2.4.2", now.replicas, False)
        assert team.store.verify().faults == ()
        team.store.close()
    finally:
        stop_everything(tmp_path)
