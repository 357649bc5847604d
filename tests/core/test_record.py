"""The audit record: the published shape, and that it tells the truth about every way in which an operation can end."""

import time
from dataclasses import replace

import pytest
from tests.core.team import Colleagues, Mortal, operation_of, until

from opsctl.core.errors import Denied, StoreUnusable
from opsctl.core.events import Started
from opsctl.core.operation import FINAL, State
from opsctl.core.record import record_of
from opsctl.core.recovery import close
from opsctl.core.transition import EXIT_CODES, RESULTS

SEVEN = ["timestamp", "user", "command", "approved_by", "result", "duration_seconds", "channel"]
WORDS = {"success", "failure", "rejected", "denied", "expired", "cancelled", "interrupted"}


def test_the_seven_published_keys_come_first_and_in_order(team: Colleagues) -> None:
    operation = team.deployed("v2.4.1")
    record = team.record(operation)
    requested_at = team.row(operation).requested_at
    assert list(record)[:7] == SEVEN
    assert {key: record[key] for key in SEVEN} == {
        "timestamp": requested_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "user": "@alice",
        "command": "/deploy order-service v2.4.1 production",
        "approved_by": "@bob",
        "result": "success",
        "duration_seconds": 0,
        "channel": "#deployments",
    }
    assert record["executed_by"] == "@alice"
    assert record["id"] == operation
    assert record["hash"] == team.store.entries(operation)[-1].hash


def test_every_final_state_has_a_word_of_the_published_ones_and_an_exit_code() -> None:
    assert {RESULTS.get(state, state.value) for state in FINAL} == WORDS
    assert set(EXIT_CODES) == FINAL


def test_the_command_is_recorded_in_its_canonical_form_however_it_was_typed(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "  Deploy `order-service`  v2.4.1 staging", "#ops"))
    assert team.record(operation)["command"] == "/deploy order-service v2.4.1 staging"


def test_what_is_typed_in_chat_is_recorded_where_it_was_typed(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production", "#random"))
    team.ask("@bob", f"approve {operation}", "#elsewhere")
    team.run(operation)
    assert (team.record(operation)["channel"], team.record(operation)["origin"]) == ("#random", "room")
    assert team.audit()[0]["channel"] == "#elsewhere"


def test_what_is_typed_in_a_terminal_is_recorded_where_it_is_announced(team: Colleagues) -> None:
    production = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    staging = operation_of(team.ask("@alice", "deploy order-service v2.4.1 staging"))
    team.ask("@bob", f'reject {production} "no"')
    team.ask("@erin", "status")
    channels = {record["command"].split()[0]: record["channel"] for record in team.audit()}
    assert channels["/reject"] == "#deployments"
    assert channels["/status"] == "terminal"
    assert team.record(staging)["channel"] == "#ops"


def test_dry_runs_are_recorded_as_reads(team: Colleagues) -> None:
    team.ask("@alice", "deploy order-service v2.4.1 production --dry-run")
    (record,) = team.audit()
    assert record["command"] == "/deploy order-service v2.4.1 production --dry-run"
    assert (record["result"], record["channel"], record["approved_by"]) == ("success", "terminal", None)
    assert [entry.kind for entry in team.store.entries(record["id"])] == ["answered"]


def test_reads_are_one_entry_and_are_not_announced(team: Colleagues) -> None:
    before = len(team.store.outbox())
    team.ask("@erin", "status")
    (record,) = team.audit()
    assert [entry.kind for entry in team.store.entries(record["id"])] == ["answered"]
    assert len(team.store.outbox()) == before


def test_every_arrow_is_announced_where_the_change_belongs(team: Colleagues) -> None:
    operation = team.deployed("v2.4.1")
    told = [(item.channel, item.body["kind"]) for item in team.store.outbox(operation)]
    assert told == [("#deployments", entry.kind) for entry in team.store.entries(operation)]


def test_approve_reject_and_cancel_are_records_too(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    team.ask("@dave", f"approve {operation}")
    team.ask("@bob", f"approve {operation}")
    team.ask("@carol", f'reject {operation} "late"')
    team.ask("@alice", f"cancel {operation}")
    records = [(one["user"], one["command"].split()[0], one["result"]) for one in reversed(team.audit())]
    assert records == [
        ("@alice", "/deploy", "cancelled"),
        ("@dave", "/approve", "denied"),
        ("@bob", "/approve", "success"),
        ("@carol", "/reject", "failure"),
        ("@alice", "/cancel", "success"),
    ]


def test_the_duration_is_from_running_to_its_end_in_whole_seconds(team: Colleagues, mortal: Mortal) -> None:
    dying = team.elsewhere(holder=mortal.holder)
    events = dying.asking("@alice", "deploy order-service v2.4.1 staging")
    operation = until(events, Started).operation
    mortal.die()
    started = team.store.entries(operation)[-1]
    assert started.kind == "running"
    close(team.context("@alice"), team.row(operation), State.FAILED, since=time.monotonic() - 127.4)
    assert team.record(operation)["duration_seconds"] == 127


def test_a_void_approval_is_not_in_the_record(team: Colleagues) -> None:
    team.platform().has("v2.4.0")
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    team.ask("@bob", f"approve {operation}")
    team.platform().has("v2.4.2")
    team.run(operation)
    team.ask("@alice", f"cancel {operation}")
    assert team.record(operation)["approved_by"] is None


def test_an_approval_that_was_given_is_in_the_record_of_what_was_then_rejected(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "migrate order-service production"))
    team.ask("@bob", f"approve {operation}")
    team.ask("@carol", f'reject {operation} "no"')
    record = team.record(operation)
    assert (record["approved_by"], record["result"], record["reason"]) == ("@bob", "rejected", "no")


def test_what_has_no_outcome_yet_has_no_record(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    assert record_of(team.store.entries(operation)) is None
    assert record_of([]) is None
    assert team.audit() == []


def test_audit_finds_who_did_what_when(team: Colleagues) -> None:
    team.deployed("v2.4.1")
    team.deployed("v2.4.0", "staging")
    team.ask("@bob", "deploy order-service v9 staging")

    def found(options: str) -> list[str]:
        return [one["command"] for one in reversed(team.audit(f"audit {options}")) if "deploy" in one["command"]]

    assert found("--who @bob") == ["/deploy order-service v9 staging"]
    assert found("--who bob --result success") == []
    assert found("--environment production") == ["/deploy order-service v2.4.1 production"]
    assert found("--service order-service --result failure") == ["/deploy order-service v9 staging"]
    assert found("--service api-gateway") == []
    assert len(found("--last 1h")) == 3


def test_a_refused_decision_names_its_reason_in_the_record(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    (*_, error) = team.ask("@alice", f"approve {operation}")
    assert isinstance(error, Denied)
    assert team.audit()[0]["reason"] == "own_request"
    assert team.audit()[1]["error"].startswith("You asked for")


@pytest.mark.parametrize("line", ["approve", "reject {} no", "cancel", "run"])
@pytest.mark.parametrize("who", ["mallory", "@erin"])
def test_a_refused_word_on_an_operation_is_recorded_where_that_operation_is(
    team: Colleagues, who: str, line: str
) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    refused = team.ask(who, line.format(operation) if "{}" in line else f"{line} {operation}")
    assert isinstance(refused[-1], Denied)
    (record,) = team.audit("audit --service order-service --result denied")
    assert (record["user"], record["channel"]) == (who, "#deployments")


def test_a_word_on_an_operation_that_can_t_be_trusted_is_recorded(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    row = team.row(operation)
    team.store.write(lambda tx: tx.update(replace(row, state=State.APPROVED), row.state))
    assert isinstance(team.ask("@bob", f"approve {operation}")[-1], StoreUnusable)
    (record,) = team.audit("audit --who @bob")
    assert (record["result"], record["reason"]) == ("failure", "journal_distrusted")
