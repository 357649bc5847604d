"""The local deployer: its contract, and what holds for real processes under circus."""

import json
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.adapters.contract_deployer import BETTER, GOOD, SICK, DeployerContract, a_cause, carried_out, truth, until

from opsctl.adapters.deployers.local import LocalDeployer, processes, stop_everything
from opsctl.adapters.deployers.local.launch import known_versions
from opsctl.adapters.deployers.local.runtime import run_folder
from opsctl.adapters.deployers.local.settings import LocalSettings
from opsctl.adapters.deployers.local.supervisor import Running, Supervisor
from opsctl.core.errors import ActionFailed, CancelRequested, Unreachable, UsageError
from opsctl.core.ports import Cause
from opsctl.playground import service

COMMAND = ["{python}", "-S", "-E", service.__file__]
CRASHING = "v0.9.0"
NUMBERS = count(1)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("versions")
    for version, behaviour in ((GOOD, {}), (BETTER, {}), (SICK, {"healthy": False})):
        (folder / version).mkdir()
        (folder / version / "release.json").write_text(json.dumps(behaviour))
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state root"
    yield folder
    stop_everything(folder)
    assert not processes.marked(folder.resolve())


@pytest.fixture(scope="module")
def ports() -> str:
    first = random.randrange(20000, 30000, 20)
    return f"{first}-{first + 19}"


def a_deployer(
    root: Path, versions: Path, ports: str, name: str = "order-service/staging", **more: object
) -> LocalDeployer:
    settings = {"kind": "local", "versions": str(versions), "command": COMMAND, "ports": ports, "replicas": 2}
    service_name, environment = name.split("/")
    return LocalDeployer.made({**settings, "deadline_seconds": 2, **more}, service_name, environment, root)


@pytest.fixture
def lone(root: Path, versions: Path, ports: str) -> LocalDeployer:
    """A deployer with a supervisor of its own, for tests that do something to it."""
    return a_deployer(root, versions, ports)


@pytest.fixture(scope="module")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("root")
    yield folder
    stop_everything(folder)


@pytest.fixture
def deployer(shared_root: Path, versions: Path, ports: str) -> Iterator[LocalDeployer]:
    """A deployer of a service that no other test has, under one supervisor for all."""
    deployer = a_deployer(shared_root, versions, ports, f"service-{next(NUMBERS)}/staging")
    yield deployer
    if deployer.state().release is not None:
        carried_out(deployer.scale(0, a_cause()))
    assert not alive(deployer)


class TestContract(DeployerContract):
    """What every Deployer promises."""


def supervisor_of(root: Path) -> Running:
    running = Supervisor(root.resolve()).running()
    assert running is not None
    return running


def alive(deployer: LocalDeployer) -> dict[int, str]:
    """The living processes of a deployer's replicas."""
    marked = processes.marked(deployer.placement.root)
    return {pid: name for pid, name in marked.items() if name.startswith(f"{deployer.placement.name}/")}


def version_at(endpoint: str) -> str:
    with urlopen(endpoint, timeout=2) as response:
        return str(json.load(response)["version"])


def test_a_killed_replica_comes_back(deployer: LocalDeployer) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    victim = next(iter(alive(deployer)))
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(alive(deployer)) == 2 and victim not in alive(deployer))
    until(lambda: deployer.state().ready == 2)


def test_a_version_that_crashes_fails_long_before_the_deadline(root: Path, ports: str, tmp_path: Path) -> None:
    (tmp_path / "crashing" / CRASHING).mkdir(parents=True)
    (tmp_path / "crashing" / CRASHING / "release.json").write_text('{"exit": 3, "reason": "no such table"}')
    deployer = a_deployer(root, tmp_path / "crashing", ports, deadline_seconds=600)
    with pytest.raises(ActionFailed, match="ended again and again") as failed:
        carried_out(deployer.deploy(CRASHING, a_cause()))
    assert "ERROR cannot go on: no such table" in failed.value.log_tail


def test_a_program_that_cannot_be_run_is_refused_before_anything_starts(root: Path, versions: Path, ports: str) -> None:
    deployer = a_deployer(root, versions, ports, command=["no-such-program", "{port}"])
    with pytest.raises(UsageError, match="no such program"):
        carried_out(deployer.deploy(GOOD, a_cause()))
    assert Supervisor(root.resolve()).running() is None


def test_what_ran_before_and_is_gone_is_no_mistake_of_who_rolls_back_or_scales(
    root: Path, versions: Path, ports: str, tmp_path: Path
) -> None:
    own = tmp_path / "versions"
    shutil.copytree(versions, own)
    deployer = a_deployer(root, own, ports, replicas=1)
    for version in (GOOD, BETTER):
        carried_out(deployer.deploy(version, a_cause()))
    shutil.rmtree(own / GOOD)
    with pytest.raises(ActionFailed, match="no version") as failed:
        carried_out(deployer.rollback(deployer.releases()[1], a_cause()))
    assert failed.value.do.endswith("opsctl deploy order-service VERSION staging")
    shutil.rmtree(own / BETTER)
    with pytest.raises(ActionFailed, match="no version"):
        carried_out(deployer.scale(2, a_cause()))
    assert (deployer.state().ready, deployer.state().replicas) == (1, 1)


def test_it_tells_how_many_replicas_it_has_ports_for(root: Path, versions: Path) -> None:
    assert a_deployer(root, versions, "20000-20059").state().most == 60


def test_arguments_reach_the_program_as_they_are(root: Path, versions: Path, ports: str) -> None:
    odd = ["$HOME `id` $(id)", "a'b\"c", "{not_a_placeholder", "*", "$WID", ""]
    deployer = a_deployer(root, versions, ports, command=[*COMMAND, *odd[:5]], replicas=1)
    carried_out(deployer.deploy(GOOD, a_cause()))
    (pid,) = processes.marked(root.resolve())
    assert Path(f"/proc/{pid}/cmdline").read_text().split("\0")[-6:-1] == odd[:5]


def test_a_service_gets_no_secret_of_who_deploys_it(deployer: LocalDeployer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSCTL_TEST_TOKEN", "hunter2")
    carried_out(deployer.deploy(GOOD, a_cause()))
    for pid in (*alive(deployer), supervisor_of(deployer.placement.root).pid):
        assert b"hunter2" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_the_endpoints_file_lists_what_is_in_service(deployer: LocalDeployer) -> None:
    file = deployer.placement.root / "services" / "staging" / deployer.placement.service / "endpoints.json"
    carried_out(deployer.deploy(GOOD, a_cause()))
    carried_out(deployer.deploy(BETTER, a_cause()))
    listed = json.loads(file.read_text())
    assert listed == {
        "service": deployer.placement.service,
        "environment": "staging",
        "version": BETTER,
        "release": 2,
        "endpoints": list(deployer.state().endpoints),
    }
    assert {version_at(endpoint) for endpoint in listed["endpoints"]} == {BETTER}


def test_something_listed_serves_at_every_moment_of_a_deploy(deployer: LocalDeployer) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    for _ in deployer.deploy(BETTER, a_cause()):
        assert all(version_at(endpoint) in (GOOD, BETTER) for endpoint in deployer.state().endpoints)


def test_too_late_to_cancel_is_carried_through(deployer: LocalDeployer) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    steps = deployer.deploy(BETTER, a_cause())
    next(step for step in steps if step.step == "stopping")
    steps.throw(CancelRequested("@bob", ""))
    carried_out(steps)
    assert {version_at(endpoint) for endpoint in deployer.state().endpoints} == {BETTER}
    assert len(alive(deployer)) == 2


def test_a_killed_supervisor_is_noticed_and_put_right_without_a_gap(root: Path, lone: LocalDeployer) -> None:
    carried_out(lone.deploy(GOOD, a_cause()))
    os.kill(supervisor_of(root).pid, signal.SIGKILL)
    until(lambda: lone.state().problem == "supervisor not running; the next change starts it")
    assert lone.state().ready == 2
    for _ in lone.scale(3, a_cause()):
        assert all(version_at(endpoint) == GOOD for endpoint in lone.state().endpoints)
    state = lone.state()
    assert (state.problem, state.ready, state.replicas) == ("", 3, 3)
    assert len(alive(lone)) == 3
    assert state.release is not None
    assert state.release.number == 1


def test_after_a_killed_supervisor_the_next_change_brings_every_service_back(
    root: Path, versions: Path, ports: str
) -> None:
    orders = a_deployer(root, versions, ports)
    payments = a_deployer(root, versions, ports, "payment-service/production")
    for deployer in (orders, payments):
        carried_out(deployer.deploy(GOOD, a_cause()))
    killed = supervisor_of(root).pid
    for pid in (killed, *processes.marked(root.resolve())):
        os.kill(pid, signal.SIGKILL)
    until(lambda: payments.state().problem != "")
    assert payments.state().ready == 0
    carried_out(orders.deploy(BETTER, a_cause()))
    assert [(one.state().problem, one.state().ready) for one in (orders, payments)] == [("", 2)] * 2
    assert len(processes.marked(root.resolve())) == 4


def test_a_failed_deploy_after_a_killed_supervisor_puts_the_old_release_right(root: Path, lone: LocalDeployer) -> None:
    carried_out(lone.deploy(GOOD, a_cause()))
    os.kill(supervisor_of(root).pid, signal.SIGKILL)
    until(lambda: lone.state().problem != "")
    with pytest.raises(ActionFailed):
        carried_out(lone.deploy(SICK, a_cause()))
    assert (lone.state().problem, lone.state().ready) == ("", 2)
    assert len(alive(lone)) == 2


def test_several_who_start_the_supervisor_at_once_get_one(root: Path, versions: Path, ports: str) -> None:
    names = [f"service-{number}/staging" for number in range(4)]
    deployers = [a_deployer(root, versions, ports, name, deadline_seconds=10) for name in names]
    threads = [threading.Thread(target=lambda one=one: carried_out(one.deploy(GOOD, a_cause()))) for one in deployers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    endpoints = [endpoint for one in deployers for endpoint in one.state().endpoints]
    assert len(set(endpoints)) == len(endpoints) == 8
    assert {one.state().problem for one in deployers} == {""}
    assert sum("deployers.local.daemon" in line for line in command_lines(root)) == 1


def command_lines(root: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_text(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if str(root.resolve()) in line:
            found.append(line)
    return found


@pytest.mark.parametrize("stop", range(9))
def test_whoever_is_killed_at_any_step_leaves_nothing_that_the_next_change_cannot_put_right(
    deployer: LocalDeployer, stop: int
) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    before = truth(deployer.state())
    killed_while_deploying(deployer, BETTER, stop)
    after = deployer.state()
    assert truth(after) == before or (after.release is not None and after.release.version == BETTER)
    assert after.ready == 2
    assert not after.is_busy
    carried_out(deployer.deploy(BETTER, a_cause()))
    assert {version_at(endpoint) for endpoint in deployer.state().endpoints} == {BETTER}
    assert len(alive(deployer)) == 2


def killed_while_deploying(deployer: LocalDeployer, version: str, stop: int) -> None:
    """Another process deploys, and is killed when it stands at that step."""
    place = deployer.placement
    settings = {"versions": str(deployer.settings.versions), "command": COMMAND, "replicas": 2}
    settings |= {"ports": "{}-{}".format(*deployer.settings.ports)}
    script = f"""
from pathlib import Path
from opsctl.adapters.deployers.local import LocalDeployer
from opsctl.core.ports import Cause
deployer = LocalDeployer.made({settings!r}, {place.service!r}, {place.environment!r}, Path({str(place.root)!r}))
for number, step in enumerate(deployer.deploy({version!r}, Cause("op-killed", "@bob"))):
    print(number, flush=True)
    if number == {stop}:
        input()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == stop:
                break
        process.kill()


def test_a_killed_deploy_can_be_repeated_with_its_cause(deployer: LocalDeployer) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    killed_while_deploying(deployer, BETTER, 2)
    assert [(one.number, one.is_healthy) for one in deployer.releases()] == [(2, False), (1, True)]
    carried_out(deployer.deploy(BETTER, Cause("op-killed", "@bob")))
    assert [(one.number, one.is_healthy) for one in deployer.releases()] == [(2, True), (1, True)]


def test_a_port_that_another_program_has_is_skipped(root: Path, versions: Path, ports: str) -> None:
    first = int(ports.partition("-")[0])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", first))
        other.listen()
        deployer = a_deployer(root, versions, f"{first}-{first + 2}")
        carried_out(deployer.deploy(GOOD, a_cause()))
        assert deployer.state().endpoints == (f"http://127.0.0.1:{first + 1}", f"http://127.0.0.1:{first + 2}")
        with pytest.raises(ActionFailed, match="No port is free"):
            carried_out(deployer.scale(3, a_cause()))
        assert (deployer.state().replicas, deployer.state().ready) == (2, 2)


def test_stopping_ends_what_is_below_one_root_and_nothing_else(
    root: Path, versions: Path, ports: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    deployers = [a_deployer(folder, versions, ports, replicas=1) for folder in (root, other)]
    try:
        for deployer in deployers:
            carried_out(deployer.deploy(GOOD, a_cause()))
        stop_everything(root)
        stop_everything(root)
        assert command_lines(root) == []
        assert not alive(deployers[0])
        assert (deployers[0].state().ready, deployers[0].state().problem) == (
            0,
            "supervisor not running; the next change starts it",
        )
        assert (deployers[1].state().ready, deployers[1].state().problem) == (1, "")
    finally:
        stop_everything(other)


def test_stopping_ends_replicas_whose_supervisor_was_killed(root: Path, lone: LocalDeployer) -> None:
    carried_out(lone.deploy(GOOD, a_cause()))
    os.kill(supervisor_of(root).pid, signal.SIGKILL)
    until(lambda: Supervisor(root.resolve()).running() is None)
    stop_everything(root)
    assert not alive(lone)


def test_the_supervisor_listens_on_private_unix_sockets_alone(root: Path, lone: LocalDeployer) -> None:
    carried_out(lone.deploy(GOOD, a_cause()))
    running = supervisor_of(root)
    sockets = {link for link in Path(f"/proc/{running.pid}/fd").iterdir() if str(link.readlink()).startswith("socket:")}
    inodes = {str(link.readlink())[8:-1] for link in sockets}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        rows = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        assert not inodes & {row.split()[9] for row in rows}
    control = Path(running.endpoint.removeprefix("ipc://"))
    assert control.is_socket()
    assert [stat.S_IMODE(one.stat().st_mode) for one in (control.parent, root)] == [0o700] * 2
    assert stat.S_IMODE(control.stat().st_mode) & 0o077 == 0


def test_a_shared_root_is_open_to_its_group_and_nobody_else(root: Path, lone: LocalDeployer) -> None:
    root.mkdir()
    root.chmod(0o2770)
    carried_out(lone.deploy(GOOD, a_cause()))
    for path in root.rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        assert mode & 0o007 == 0, path
        assert mode & 0o060 == 0o060, path
        assert not path.is_dir() or mode == 0o2770, path


def test_a_root_with_a_long_path_gets_its_sockets_elsewhere(tmp_path: Path, versions: Path, ports: str) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    deployer = a_deployer(deep, versions, ports, replicas=1)
    try:
        carried_out(deployer.deploy(GOOD, a_cause()))
        folder = Path(supervisor_of(deep).endpoint.removeprefix("ipc://")).parent
        assert run_folder(deep) != folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert deployer.state().ready == 1
    finally:
        stop_everything(deep)
    assert not folder.exists()


def test_logs_of_replicas_long_gone_are_removed(deployer: LocalDeployer) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    for number in range(60):
        for name in (f"0-{number}.log", f"0-{number}.log.1"):
            (deployer.placement.logs / name).touch()
            os.utime(deployer.placement.logs / name, (number, number))
    carried_out(deployer.deploy(BETTER, a_cause()))
    kept = {path.name for path in deployer.placement.logs.iterdir()}
    assert kept >= {"1-1.log", "2-2.log", "0-59.log", "0-59.log.1"}
    assert len([name for name in kept if name.endswith(".log")]) == 40
    assert not {"0-0.log", "0-0.log.1"} & kept


def test_a_root_that_cannot_be_made_is_told(tmp_path: Path, versions: Path, ports: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ActionFailed, match="cannot be made: Not a directory"):
        carried_out(a_deployer(tmp_path / "file" / "root", versions, ports).deploy(GOOD, a_cause()))


def test_a_half_written_state_file_is_told_and_nothing_is_touched(deployer: LocalDeployer) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    before = alive(deployer)
    file = deployer.placement.state_file
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    with pytest.raises(ActionFailed, match=r"state\.json cannot be read"):
        carried_out(deployer.deploy(BETTER, a_cause()))
    with pytest.raises(Unreachable):
        deployer.state()
    assert alive(deployer) == before
    file.write_bytes(whole)
    assert deployer.state().ready == 2


def test_versions_sort_as_people_count(tmp_path: Path) -> None:
    for version in ("v1.9.0", "v1.10.0", "v1.2.0", ".hidden", "not a version"):
        (tmp_path / version).mkdir()
    settings = LocalSettings.from_mapping(
        {"versions": str(tmp_path), "known_versions": ["v2", "hotfix-*"]}, service="a", environment="b"
    )
    assert known_versions(settings) == ("v2", "v1.10.0", "v1.9.0", "v1.2.0")


def test_a_command_template_runs_versions_that_have_no_folder(root: Path, ports: str) -> None:
    settings = {"command": COMMAND, "known_versions": ["v1.*"], "ports": ports}
    deployer = LocalDeployer.made(settings, "order-service", "staging", root)
    carried_out(deployer.deploy("v1.7", a_cause()))
    assert [version_at(endpoint) for endpoint in deployer.state().endpoints] == ["v1.7"]
    with pytest.raises(UsageError):
        carried_out(deployer.deploy("v2.0", a_cause()))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"comand": ["x"]}, "Did you mean command?"),
        ({"command": "run {port}"}, "command must be a list"),
        ({"command": ["run", "{prot}"]}, "Did you mean port?"),
        ({"ports": "80-90"}, "ports must be a range"),
        ({"ports": "9000"}, "ports must be a range"),
        ({"replicas": -1}, "replicas must be a whole number"),
        ({"replicas": True}, "replicas must be a whole number"),
        ({"replicas": 90, "ports": "9000-9001"}, "more than the 2 ports"),
        ({"deadline_seconds": 0}, "deadline_seconds must be"),
        ({"health": "healthz"}, "health must be"),
        ({"versions": "relative"}, "versions must be an absolute path"),
        ({"versions": "/a\0b"}, "versions must be"),
    ],
)
def test_wrong_settings_are_told_with_what_is_right(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError) as error:
        LocalDeployer.checked({"kind": "local", "versions": "/srv/versions", **wrong}, "order-service", "staging")
    assert told in " ".join(error.value.lines)


@pytest.mark.parametrize("settings", [{}, {"known_versions": ["v1"]}, {"command": ["x"]}])
def test_settings_that_do_not_say_what_to_run_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        LocalDeployer.checked(settings, "order-service", "staging")


@pytest.mark.parametrize("name", ["", "..", "../x", "A", "a b", "a/b", "-a", "a" * 64, "a\n"])
def test_a_name_that_could_be_a_path_makes_no_deployer(tmp_path: Path, name: str) -> None:
    for service_name, environment in ((name, "staging"), ("order-service", name)):
        with pytest.raises(UsageError):
            LocalDeployer.made({"versions": "/srv"}, service_name, environment, tmp_path)
