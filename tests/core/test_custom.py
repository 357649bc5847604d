"""The commands of a site: under the same rules as the built-in ones, with real programs."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.core.team import (
    Colleagues,
    Mortal,
    Told,
    a_site,
    collected,
    is_alive,
    last,
    operation_of,
    publish,
    story,
    until,
    wait_until,
)

from opsctl.core.chat_text import quoted
from opsctl.core.custom import CustomCommand, Input, InputKind
from opsctl.core.errors import ActionFailed, Denied, OpsctlError, UsageError
from opsctl.core.events import AwaitingApproval, Finished, Started, Stepped
from opsctl.core.facts import Note
from opsctl.core.log_facts import OutputLines
from opsctl.core.operation import State
from opsctl.core.plan import Rule
from opsctl.core.published_site import PublishedSite

SERVICE = Input("service", InputKind.SERVICE)
ENVIRONMENT = Input("environment", InputKind.ENVIRONMENT)
FREE = Rule("flush-cache")
LEAD = Rule("flush-cache", "protected", approvals=1, roles=("lead",))


def sh(script: str, *words: str) -> tuple[str, ...]:
    return ("sh", "-c", script, "sh", *words)


FLUSH = CustomCommand(
    "flush-cache",
    "Empty the cache of a service.",
    is_change=True,
    vector=sh('echo "$OPSCTL_PERSON flushes $1"', "{service}/{environment}/{pattern}", "{quick}"),
    inputs=(
        SERVICE,
        ENVIRONMENT,
        Input("pattern", InputKind.TEXT, default="*"),
        Input("quick", InputKind.SWITCH, is_option=True),
    ),
    rules=(LEAD, FREE),
    limit_seconds=20,
)
LOOK = CustomCommand(
    "look",
    "Look at something.",
    is_change=False,
    vector=("printf", r"%s\n", "{what}", "{since}", "{who}"),
    inputs=(
        Input("what", InputKind.TEXT),
        Input("since", InputKind.SPAN, is_option=True),
        Input("who", InputKind.PERSON, is_option=True),
    ),
)

Publish = Callable[..., PublishedSite]


def site_with(*commands: CustomCommand, rules: tuple[Rule, ...] = ()) -> PublishedSite:
    return replace(a_site(rules), commands={one.name: one for one in commands})


@pytest.fixture
def site(team: Colleagues) -> Publish:
    def publish_with(*commands: CustomCommand, rules: tuple[Rule, ...] = ()) -> PublishedSite:
        publish(team.store, now := site_with(*commands, rules=rules))
        return now

    publish_with(FLUSH, LOOK)
    return publish_with


def lines(told: list[Told]) -> list[str]:
    return [line for event in told if isinstance(event, OutputLines) for line in event.lines]


def test_a_published_site_with_commands_is_read_back_as_it_was() -> None:
    site = site_with(FLUSH, LOOK)
    assert PublishedSite.from_json(site.as_json()) == site


@pytest.mark.usefixtures("site")
def test_a_command_of_the_site_is_a_change_like_any_other(team: Colleagues) -> None:
    told = team.ask("@alice", "flush-cache order-service staging --quick", channel="#ops")
    assert story(told) == [
        "@alice asks: /flush-cache order-service staging --quick",
        "approved by nobody: None → None",
        "@alice runs: None → None",
        "- running",
        "- running",
        "succeeded",
    ]
    assert [event.detail for event in told if isinstance(event, Stepped)][-1] == (
        "@alice flushes order-service/staging/*"
    )
    record = team.record(operation_of(told))
    assert (record["command"], record["result"], record["channel"]) == (
        "/flush-cache order-service staging --quick",
        "success",
        "#ops",
    )
    assert team.audit("audit --service order-service --environment staging")[0] == record


@pytest.mark.usefixtures("site")
def test_what_would_run_is_the_plan_word_by_word(team: Colleagues) -> None:
    (planned,) = team.ask("@alice", 'flush-cache order-service staging "a b" --dry-run')
    (change,) = planned.plan.changes  # type: ignore[union-attr]
    assert change.name == ("""run sh -c 'echo "$OPSCTL_PERSON flushes $1"' sh 'order-service/staging/a b'""")


@pytest.mark.usefixtures("site")
def test_its_own_rules_ask_for_approval_and_nobody_approves_their_own(team: Colleagues) -> None:
    told = team.ask("@bob", "flush-cache order-service production")
    asked = last(told, AwaitingApproval)
    assert asked.approvers == ("@carol",)
    assert story(team.yes("@bob", asked.operation))[-1] == "Denied: own_request"
    assert story(team.approve("@carol", asked.operation))[-1] == "succeeded"
    assert team.record(asked.operation)["approved_by"] == "@carol"


def test_a_change_that_no_rule_allows_is_refused(team: Colleagues, site: Publish) -> None:
    site(replace(FLUSH, rules=(LEAD,)))
    assert story(team.ask("@alice", "flush-cache order-service staging"))[-1] == "denied no_rule"


def test_the_sites_rules_may_allow_it_and_its_own_are_asked_first(team: Colleagues, site: Publish) -> None:
    site(replace(FLUSH, rules=()), rules=(Rule("flush-cache", "staging"),))
    assert story(team.ask("@alice", "flush-cache order-service staging"))[-1] == "succeeded"
    site(replace(FLUSH, rules=(LEAD,)), rules=(Rule("*"),))
    assert team.state(operation_of(team.ask("@alice", "flush-cache order-service production"))) is (
        State.AWAITING_APPROVAL
    )


def test_only_who_holds_a_role_of_the_rule_may_ask(team: Colleagues, site: Publish) -> None:
    only = replace(FREE, requesters=("dba",))
    site(replace(FLUSH, rules=(only,)), replace(LOOK, rules=(replace(only, command="look"),)))
    assert story(team.ask("@alice", "flush-cache order-service staging"))[-1] == "denied no_role"
    assert isinstance(team.ask("@alice", "look here")[-1], Denied)
    assert story(team.ask("@dave", "flush-cache order-service staging"))[-1] == "succeeded"
    assert lines(team.ask("@dave", "look here")) == ["here"]


def test_confirmation_is_asked_in_a_protected_environment(team: Colleagues, site: Publish) -> None:
    site(replace(FLUSH, rules=(FREE,)))
    operation = operation_of(team.ask("@alice", "flush-cache order-service production"))
    assert team.state(operation) is State.AWAITING_CONFIRMATION
    assert story(team.confirm("@alice", operation))[-1] == "succeeded"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("flush-cache order-servce staging", "unknown_service"),
        ("flush-cache order-service stagin", "unknown_environment"),
        ("look x --who @nobody", "unknown_person"),
        ("look -- --rm", "taken_for_option"),
    ],
)
@pytest.mark.usefixtures("site")
def test_a_value_that_names_nothing_or_would_be_an_option_is_refused(team: Colleagues, line: str, reason: str) -> None:
    end = team.ask("@alice", line)[-1]
    assert isinstance(end, Finished | OpsctlError)
    assert end.reason == reason


def test_a_version_is_one_that_the_service_has(team: Colleagues, site: Publish) -> None:
    version = Input("version", InputKind.VERSION)
    site(replace(FLUSH, vector=("true", "{version}"), inputs=(SERVICE, ENVIRONMENT, version)))
    assert story(team.ask("@alice", "flush-cache order-service staging v2.4.1"))[-1] == "succeeded"
    refused = team.ask("@alice", "flush-cache order-service staging v2.4.9")[-1]
    assert isinstance(refused, Finished)
    assert refused.do == "Did you mean v2.4.2 or v2.4.1 or v2.4.0?"


@pytest.mark.parametrize(
    "value",
    ["$(touch x)", "; rm -rf /", "{service}", "{pattern}", "a b", "*", "`x`", "--", "it's", "%s", "\\", "$HOME"],
)
@pytest.mark.usefixtures("site")
def test_a_hostile_value_is_text_and_nothing_else(team: Colleagues, value: str) -> None:
    told = team.ask("@alice", f"flush-cache order-service staging -- {quoted(value)}")
    details = [event.detail for event in told if isinstance(event, Stepped)]
    assert details[-1] == f"@alice flushes order-service/staging/{value}"


@pytest.mark.usefixtures("site")
def test_a_change_whose_line_the_journal_would_mask_is_refused(team: Colleagues) -> None:
    """What is carried out is what stands in the journal: with three stars in it, that would be something else."""
    events = team.ask("@alice", 'flush-cache order-service staging "password=hunter2"')
    refused = last(events, Finished)
    assert (refused.state, refused.reason, refused.exit_code) == (State.FAILED, "secret_in_line", 2)
    assert not [entry for entry in team.store.journal() if "hunter2" in entry.body]
    (error,) = team.ask("@alice", 'flush-cache order-service staging "password=hunter2" --dry-run')
    assert isinstance(error, UsageError)


def test_a_control_character_in_a_value_is_refused(team: Colleagues) -> None:
    with pytest.raises(UsageError, match="control character"):
        team.ask("@alice", 'look "a\x0bb"')


@pytest.mark.usefixtures("site")
def test_a_read_shows_what_the_program_writes_and_is_one_record(team: Colleagues) -> None:
    told = team.ask("@alice", 'look "a  b" --since 2m --who bob')
    assert lines(told) == ["a  b", "120", "@bob"]
    assert [row["command"] for row in team.audit("audit --limit 1")] == ['/look "a  b" --since 2m --who bob']


def test_a_read_that_fails_says_how_after_what_it_wrote(team: Colleagues, site: Publish) -> None:
    site(replace(LOOK, vector=sh("echo half; exit 4"), inputs=()))
    told = team.ask("@alice", "look")
    assert lines(told) == ["half"]
    failure = told[-1]
    assert isinstance(failure, ActionFailed)
    assert failure.happened == "sh ended with exit code 4."
    assert team.audit("audit --limit 1")[0]["result"] == "failure"


def test_a_read_that_writes_without_end_is_cut_and_ended(team: Colleagues, site: Publish) -> None:
    site(replace(LOOK, vector=("yes", "x" * 1000), inputs=()))
    told = team.ask("@alice", "look")
    assert 1_000_000 < sum(map(len, lines(told))) < 1_200_000
    assert isinstance(told[-1], Note)


def test_a_read_that_is_interrupted_ends_its_program(team: Colleagues, site: Publish, tmp_path: Path) -> None:
    site(replace(LOOK, vector=sh(f"echo $$; exec sleep 300 >{tmp_path}/out"), inputs=()))
    told = []
    for event in team.asking("@alice", "look"):
        told.append(event)
        team.interruption.ask("enough")
    (pid,) = lines(told)
    assert not Path(f"/proc/{pid}").exists()


def test_a_change_that_takes_too_long_fails_and_says_what_to_do(team: Colleagues, site: Publish) -> None:
    site(replace(FLUSH, vector=sh("echo begun; sleep 300"), limit_seconds=1))
    finished = last(team.ask("@alice", "flush-cache order-service staging"), Finished)
    assert (finished.state, finished.reason, finished.log_tail) == (State.FAILED, "time_limit", ("begun",))


def test_a_running_command_can_be_cancelled(team: Colleagues, site: Publish) -> None:
    site(replace(FLUSH, vector=sh("echo $$; sleep 300")))
    events = team.asking("@alice", "flush-cache order-service staging")
    step = next(event for event in events if isinstance(event, Stepped) and event.detail)
    team.interruption.ask("interrupted at the terminal")
    rest = collected(events)
    assert story(rest)[-1] == "cancelled by @alice interrupted at the terminal"
    assert not Path(f"/proc/{step.detail}").exists()


def test_one_runs_at_a_time_where_it_is_about_the_same_service_and_environment(team: Colleagues, site: Publish) -> None:
    site(replace(FLUSH, vector=sh("sleep 300")))
    events = team.asking("@alice", "flush-cache order-service staging")
    until(events, Started)
    other = team.elsewhere()
    assert story(other.ask("@bob", "deploy order-service v2.4.1 staging"))[-1] == "denied locked"
    team.interruption.ask("enough")
    collected(events)


def approved(team: Colleagues) -> str:
    operation = operation_of(team.ask("@alice", "flush-cache order-service production"))
    team.yes("@bob", operation)
    assert team.state(operation) is State.APPROVED
    return operation


def test_an_approval_does_not_outlive_the_vector_it_was_given_for(team: Colleagues, site: Publish) -> None:
    operation = approved(team)
    site(replace(FLUSH, vector=("rm", "-rf", "{service}")))
    told = team.run(operation)
    assert story(told) == ["no longer None → None", "approve, @bob or @carol: None → None"]
    asked = last(told, AwaitingApproval)
    assert asked.plan.changes[0].name == "run rm -rf order-service"


def test_a_command_that_is_gone_when_its_operation_should_run_is_told_and_nothing_runs(
    team: Colleagues, site: Publish
) -> None:
    operation = approved(team)
    site(LOOK)
    finished = last(team.run(operation), Finished)
    assert (finished.state, finished.reason) == (State.FAILED, "command_gone")
    assert finished.happened == "The published site no longer knows the change /flush-cache order-service production."
    assert finished.means == "Nothing was changed."


@pytest.mark.parametrize(
    "other",
    [
        replace(FLUSH, inputs=(ENVIRONMENT, Input("count", InputKind.INTEGER))),
        replace(FLUSH, is_change=False, rules=()),
    ],
    ids=["takes something else", "only reads"],
)
def test_a_command_that_became_another_is_gone(team: Colleagues, site: Publish, other: CustomCommand) -> None:
    operation = approved(team)
    site(other)
    assert last(team.run(operation), Finished).reason == "command_gone"


def test_an_operation_of_a_command_that_is_gone_can_still_be_looked_at_rejected_and_cancelled(
    team: Colleagues, site: Publish
) -> None:
    first, second = (operation_of(team.ask("@alice", "flush-cache order-service production")) for _ in range(2))
    site()
    assert story(team.ask("@carol", f"reject {first} no"))[-1] == "rejected by @carol no"
    assert story(team.ask("@alice", f"cancel {second}"))[-1].startswith("cancelled by @alice")
    assert len(team.audit("audit --result rejected")) == 1
    assert not any(isinstance(event, OpsctlError) for event in team.ask("@erin", f"operations {first}"))


def test_a_site_published_just_as_a_command_begins_stops_it(team: Colleagues, site: Publish, tmp_path: Path) -> None:
    events = team.asking("@alice", "flush-cache order-service staging")
    until(events, Started)
    site(replace(FLUSH, vector=("touch", f"{tmp_path}/done", "{service}")))
    finished = last(collected(events), Finished)
    assert (finished.state, finished.reason) == (State.FAILED, "site_changed")
    assert not (tmp_path / "done").exists()


def test_what_a_dead_process_ran_is_closed_though_its_command_is_gone(
    team: Colleagues, site: Publish, mortal: Mortal
) -> None:
    dead = team.elsewhere(holder=mortal.holder)
    site(replace(FLUSH, vector=sh("sleep 300")))
    events = dead.asking("@alice", "flush-cache order-service staging")
    operation = until(events, Started).operation
    mortal.die()
    site()
    assert "note: " in story(team.ask("@bob", "approvals"))[0]
    assert team.record(operation)["reason"] == "outcome_unknown"


def test_a_command_without_a_place_locks_the_site_and_is_announced_in_its_channel(
    team: Colleagues, site: Publish
) -> None:
    site(replace(FLUSH, vector=("true",), inputs=()))
    told = team.ask("@alice", "flush-cache")
    assert team.row(operation_of(told)).lock == "/"
    assert team.row(operation_of(told)).channel == "#ops"


def test_a_built_in_command_keeps_its_name_whatever_is_published(team: Colleagues, site: Publish) -> None:
    site(replace(FLUSH, name="audit", inputs=()))
    assert team.audit() == []


@pytest.mark.parametrize("is_gone", [False, True], ids=["command there", "command gone"])
def test_a_program_that_outlives_its_process_keeps_the_lock_until_it_ends(
    team: Colleagues, site: Publish, mortal: Mortal, is_gone: bool
) -> None:
    site(replace(FLUSH, vector=sh("echo $$; exec sleep 300")))
    events = team.elsewhere(holder=mortal.holder).asking("@alice", "flush-cache order-service staging")
    step = next(event for event in events if isinstance(event, Stepped) and event.detail)
    mortal.die()
    if is_gone:
        site()
    told = team.ask("@bob", "deploy order-service v2.4.1 staging")
    assert [event.means for event in told if isinstance(event, Note)] == [
        f"What became of it can't be found out now: The program that {step.operation} runs is still at work"
        f" (process group {step.detail}). Its lock stays."
    ]
    assert story(told)[-1] == "denied locked"
    assert "the program that it ran is still at work" in last(told, Finished).happened
    os.kill(int(step.detail), signal.SIGKILL)
    wait_until(lambda: not is_alive(int(step.detail)))
    assert story(team.ask("@bob", "deploy order-service v2.4.1 staging"))[-1] == "succeeded"
    assert team.record(step.operation)["reason"] == "outcome_unknown"
