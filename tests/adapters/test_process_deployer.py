"""The process deployer: its contract, and what holds for a team's own tool, run for real."""

import json
import os
import re
import shlex
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.adapters import team_tool
from tests.adapters.contract_deployer import (
    BETTER,
    GOOD,
    SICK,
    DeployerContract,
    a_cause,
    carried_out,
    throw_on,
    truth,
    until,
)

from opsctl.adapters.deployers.process import ProcessDeployer
from opsctl.adapters.deployers.process.report import Report
from opsctl.core.errors import ActionFailed, CancelRequested, LeaseLost, Unreachable, UsageError
from opsctl.core.ports import Cause

DOCS = Path(__file__).parents[2] / "docs"
PAGE, SCHEMA = (DOCS / "process.md").read_text(), json.loads((DOCS / "process-state.schema.json").read_text())
TOOL = [sys.executable, team_tool.__file__]


def a_deployer(platform: Path, **more: Any) -> ProcessDeployer:
    tool = [*TOOL, str(platform)]
    settings = {
        "kind": "process",
        "deploy": [*tool, "deploy", "{version}", "{operation}", "{person}"],
        "rollback": [*tool, "rollback", "{release}", "{operation}", "{person}"],
        "scale": [*tool, "scale", "{replicas}"],
        "state": [*tool, "state"],
        "list_versions": [*tool, "versions"],
        "healthy_seconds": 1,
        "grace_seconds": 2,
    }
    wanted = {key: value for key, value in {**settings, **more}.items() if value is not None}
    return ProcessDeployer.made(wanted, "order-service", "staging", platform)


def sh(script: str, *arguments: str) -> list[str]:
    return ["sh", "-c", script, "sh", *arguments]


def misbehave(platform: Path, **how: Any) -> None:
    (platform / "behaviour.json").write_text(json.dumps(how))


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    folder = tmp_path / "platform"
    folder.mkdir()
    return folder


@pytest.fixture
def deployer(platform: Path) -> ProcessDeployer:
    return a_deployer(platform)


class TestContract(DeployerContract):
    """What every Deployer promises."""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_its_output_is_told_line_by_line_while_it_runs(platform: Path) -> None:
    script = f'echo 10 %; sleep 1.5; echo 90 %; sleep 1.5; exec {shlex.join(TOOL)} {platform} deploy "$@"'
    deployer = a_deployer(platform, deploy=sh(script, "{version}", "{operation}", "{person}"))
    started, told = time.monotonic(), {}
    for step in deployer.deploy(GOOD, a_cause()):
        told.setdefault(step.detail, time.monotonic() - started)
    assert told["10 %"] < told["90 %"] - 1
    assert {"10 %", "90 %", f"starting {GOOD}"} <= told.keys()


def test_a_failure_says_how_it_ended_and_that_nothing_was_left_changed(deployer: ProcessDeployer) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    with pytest.raises(ActionFailed) as failed:
        carried_out(deployer.deploy(SICK, a_cause()))
    assert failed.value.happened.endswith("ended with exit code 1.")
    assert failed.value.reason == "exit_code"
    assert failed.value.left == ""
    assert failed.value.log_tail[-1] == "ERROR not ready: the database schema is too old"


def test_a_failure_that_left_something_changed_says_what_is_there_now(platform: Path) -> None:
    deployer = a_deployer(platform)
    carried_out(deployer.deploy(GOOD, a_cause()))
    misbehave(platform, half_done=True, seconds=0)
    with pytest.raises(ActionFailed) as failed:
        carried_out(
            a_deployer(platform, deploy=sh(f"{shlex.join(TOOL)} {platform} deploy {SICK} op me; : {{version}}")).deploy(
                BETTER, a_cause()
            )
        )
    assert failed.value.left == f"{GOOD}, 1 of 2 ready"


def test_a_tool_that_claims_success_and_did_nothing_has_failed(platform: Path, deployer: ProcessDeployer) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    misbehave(platform, forgets_to_act=True)
    with pytest.raises(ActionFailed, match=f"its state shows: {GOOD}, 2 of 2 ready") as failed:
        carried_out(deployer.deploy(BETTER, a_cause()))
    assert (failed.value.reason, failed.value.left) == ("not_proven", "")


def test_what_never_becomes_ready_has_failed_though_the_tool_ended_well(
    platform: Path, deployer: ProcessDeployer
) -> None:
    misbehave(platform, stays_unready=True)
    with pytest.raises(ActionFailed) as failed:
        carried_out(deployer.deploy(GOOD, a_cause()))
    assert failed.value.left == f"{GOOD}, 1 of 2 ready"


def test_cancelling_ends_the_whole_process_group(platform: Path, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = 'sleep 600 & echo $! >"$0"; sleep 600 & echo $! >>"$0"; echo done >>"$0"; wait; : "$1"'
    deployer = a_deployer(platform, deploy=["sh", "-c", script, str(pids), "{version}"])
    steps = deployer.deploy(GOOD, a_cause())
    for _ in steps:
        if pids.exists() and "done" in pids.read_text():
            break
    with pytest.raises(CancelRequested) as cancelled:
        throw_on(steps, CancelRequested("@bob", "not today"))
    assert cancelled.value.left == ""
    until(lambda: not any(is_alive(int(pid)) for pid in pids.read_text().split()[:2]))


def test_a_cancelled_deploy_says_what_it_could_not_put_back(platform: Path, deployer: ProcessDeployer) -> None:
    carried_out(deployer.deploy(GOOD, a_cause()))
    misbehave(platform, half_done=True, seconds=30)
    steps = deployer.deploy(BETTER, a_cause())
    for _ in steps:
        if deployer.state().ready == 1:
            break
    with pytest.raises(CancelRequested) as cancelled:
        throw_on(steps, CancelRequested("@bob", "not today"))
    assert cancelled.value.left == f"{GOOD}, 1 of 2 ready"


def test_it_is_too_late_to_cancel_once_the_tool_is_done(platform: Path, deployer: ProcessDeployer) -> None:
    misbehave(platform, seconds=0)
    waiting = False
    steps = a_deployer(platform, state=sh(f"sleep 0.5; exec {shlex.join(TOOL)} {platform} state")).deploy(
        GOOD, a_cause()
    )
    for step in steps:
        if step.step == "asking" and deployer.state().release is not None:
            waiting = True
            break
    assert waiting
    steps.throw(CancelRequested("@bob", ""))
    carried_out(steps)
    assert deployer.state().release is not None


def test_who_lost_the_lease_ends_the_tool_and_asks_nothing_more(platform: Path, tmp_path: Path) -> None:
    pid, asked = tmp_path / "pid", tmp_path / "asked"
    state = sh(f'echo asked >>"$1"; exec {shlex.join(TOOL)} {platform} state', str(asked))
    deployer = a_deployer(
        platform, state=state, deploy=["sh", "-c", 'echo $$ >"$0"; exec sleep 600; : $1', str(pid), "{version}"]
    )
    steps = deployer.deploy(GOOD, a_cause())
    for _ in steps:
        if pid.exists() and pid.read_text().endswith("\n"):
            break
    before = asked.read_text()
    with pytest.raises(LeaseLost):
        steps.throw(LeaseLost("gone"))
    until(lambda: not is_alive(int(pid.read_text())))
    assert asked.read_text() == before


def test_a_tool_that_takes_too_long_is_ended(platform: Path) -> None:
    deployer = a_deployer(platform, deploy=sh("exec sleep 600", "{version}"), limit_seconds=0.5)
    with pytest.raises(ActionFailed) as failed:
        carried_out(deployer.deploy(GOOD, a_cause()))
    assert (failed.value.reason, failed.value.left) == ("time_limit", "")


def test_no_shell_sees_what_was_typed_and_the_tool_finds_what_it_is_run_for(platform: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    show = (
        "import json, os, sys; about = {k: v for k, v in os.environ.items() if k.startswith('OPSCTL_')};"
        "json.dump([sys.argv[1:], about], open(sys.argv[1], 'w')); sys.exit(3)"
    )
    deployer = a_deployer(
        platform,
        deploy=[sys.executable, "-c", show, str(out), "{service}@{environment}", "--to={version}", "$HOME; id"],
    )
    with pytest.raises(ActionFailed, match="exit code 3"):
        carried_out(deployer.deploy(GOOD, Cause("op-7f3k9q", "@alice")))
    words, variables = json.loads(out.read_text())
    assert words[1:] == ["order-service@staging", f"--to={GOOD}", "$HOME; id"]
    told = {name: value for name, value in variables.items() if name not in os.environ}
    assert told == {
        "OPSCTL_OPERATION": "op-7f3k9q",
        "OPSCTL_PERSON": "@alice",
        "OPSCTL_SERVICE": "order-service",
        "OPSCTL_ENVIRONMENT": "staging",
    }


def test_programs_beside_the_site_file_run_in_their_folder(platform: Path) -> None:
    script = platform / "state.sh"
    script.write_text('#!/bin/sh\necho "{\\"release\\": null, \\"ready\\": 0, \\"problem\\": \\"in $PWD\\"}"\n')
    script.chmod(0o755)
    deployer = a_deployer(platform, state=["./state.sh"], folder=str(platform))
    assert deployer.state().problem == f"in {platform}"


def test_without_a_vector_for_it_a_rollback_deploys_the_earlier_version(platform: Path) -> None:
    deployer = a_deployer(platform, rollback=None)
    for version in (GOOD, BETTER):
        carried_out(deployer.deploy(version, a_cause()))
    carried_out(deployer.rollback(deployer.releases()[-1], a_cause()))
    assert truth(deployer.state())[0] == deployer.releases()[0]
    assert [one.version for one in deployer.releases()] == [GOOD, BETTER, GOOD]


def test_without_a_vector_for_it_scaling_is_plainly_not_offered(platform: Path) -> None:
    deployer = a_deployer(platform, scale=None)
    carried_out(deployer.deploy(GOOD, a_cause()))
    with pytest.raises(UsageError, match="can't be scaled: the tool") as refused:
        carried_out(deployer.scale(3, a_cause()))
    assert deployer.state().unscalable in refused.value.happened


def test_without_a_list_any_version_is_tried(platform: Path) -> None:
    deployer = a_deployer(platform, list_versions=None)
    assert deployer.versions() == ()
    carried_out(deployer.deploy("v7", a_cause()))
    release = deployer.state().release
    assert release is not None
    assert release.version == "v7"


def test_a_program_that_is_not_there_changes_nothing(platform: Path) -> None:
    with pytest.raises(ActionFailed, match="could not be started") as failed:
        carried_out(a_deployer(platform, deploy=["no-such-program", "{version}"]).deploy(GOOD, a_cause()))
    assert (failed.value.means, failed.value.left) == ("Nothing was changed.", "")


GOOD_RELEASE = {"number": 1, "version": "v1", "at": "2026-03-04T15:23:47Z"}
WRONG_STATES = {
    "nothing": " ",
    "no JSON": "all is well",
    "no object": "[]",
    "nothing known of ready": json.dumps({"release": None}),
    "nothing known of release": json.dumps({"ready": 0}),
    "a typing mistake": json.dumps({"release": None, "ready": 0, "replica": 2}),
    "a negative count": json.dumps({"release": None, "ready": -1}),
    "a truth as a count": json.dumps({"release": None, "ready": True}),
    "no time": json.dumps({"release": {**GOOD_RELEASE, "at": "yesterday"}, "ready": 0}),
    "a time without its offset": json.dumps({"release": {**GOOD_RELEASE, "at": "2026-03-04T15:23:47"}, "ready": 0}),
    "a number as a time": json.dumps({"release": {**GOOD_RELEASE, "at": 17}, "ready": 0}),
    "no version": json.dumps({"release": {**GOOD_RELEASE, "version": ""}, "ready": 0}),
    "an endpoint that is none": json.dumps({"release": None, "ready": 0, "endpoints": ["file:///etc/passwd"]}),
    "releases that are none": json.dumps({"release": None, "ready": 0, "releases": {"v1": True}}),
}


@pytest.mark.parametrize("text", WRONG_STATES.values(), ids=WRONG_STATES)
def test_a_state_that_cannot_be_read_is_no_state(platform: Path, text: str) -> None:
    with pytest.raises(Unreachable, match="wrote no state that can be read"):
        a_deployer(platform, state=["printf", "%s", text]).state()


@pytest.mark.parametrize("text", WRONG_STATES.values(), ids=WRONG_STATES)
def test_the_published_schema_refuses_what_is_refused(text: str) -> None:
    try:
        state = json.loads(text)
    except ValueError:
        return
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(state, SCHEMA)


@pytest.mark.parametrize("text", re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
def test_the_states_on_the_page_are_of_the_schema_and_can_be_read(text: str) -> None:
    jsonschema.validate(json.loads(text), SCHEMA)
    report = Report.read(text)
    assert report.state.release is not None
    assert report.releases[0].number == 7


def test_the_settings_on_the_page_are_ones_that_work(tmp_path: Path) -> None:
    settings = tomllib.loads(PAGE.partition("```toml")[2].partition("```")[0])["services"]["order-service"]["deployer"]
    ProcessDeployer.checked({**settings, "folder": str(tmp_path)}, "order-service", "staging")


def test_the_tool_of_these_tests_keeps_to_the_schema(platform: Path, deployer: ProcessDeployer) -> None:
    jsonschema.validate(team_tool.told(platform), SCHEMA)
    carried_out(deployer.deploy(GOOD, a_cause()))
    jsonschema.validate(team_tool.told(platform), SCHEMA)


def test_what_the_tool_says_of_its_own_failure_is_told(platform: Path) -> None:
    with pytest.raises(Unreachable, match=r"exit code 2\. It said: the token has expired"):
        a_deployer(platform, state=sh("echo half; echo the token has expired >&2; exit 2")).state()


def test_a_state_that_takes_too_long_is_given_up(platform: Path) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"not done in 0\.3 seconds"):
        a_deployer(platform, state=["sleep", "600"], state_seconds=0.3).state()
    assert time.monotonic() - started < 5


def test_a_state_without_end_is_given_up(platform: Path) -> None:
    with pytest.raises(Unreachable, match="wrote more than"):
        a_deployer(platform, state=["yes", "x" * 1000]).state()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"deploy": None}, "has no deploy"),
        ({"state": None}, "has no state"),
        ({"deploy": ["deploy"]}, "says nothing about the version"),
        ({"deploy": "deploy {version}"}, "deploy must be a list of texts"),
        ({"deploy": ["deploy", "{version}", "{replicas}"]}, r"\{replicas\} in deploy stands for nothing"),
        ({"scael": ["scale"]}, "scael is no setting"),
        ({"limit_seconds": 0}, "limit_seconds must be a number of seconds"),
        ({"state": ["./state"]}, "nothing says where that is"),
        ({"health": "healthz"}, "health must be the path"),
    ],
)
def test_settings_that_are_wrong_are_refused(platform: Path, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        a_deployer(platform, **wrong)


def test_the_leader_of_its_processes_is_told_before_it_acts(platform: Path, tmp_path: Path) -> None:
    acted = tmp_path / "acted"
    script = f'touch "$1"; shift; exec {shlex.join(TOOL)} {platform} deploy "$@"'
    vector = sh(script, str(acted), "{version}", "{operation}", "{person}")
    steps = a_deployer(platform, deploy=vector).deploy(GOOD, a_cause())
    first = next(step for step in steps if step.process)
    assert first.step == "deploying"
    assert not acted.exists()
    carried_out(steps)
    assert acted.exists()
