"""`audit show`: a command as the journal holds it, whether it holds, and what was meant by an id that is not there."""

import json
import sqlite3

import pytest
from tests.core.team import Colleagues, last, operation_of

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.audit_facts import Account
from opsctl.core.errors import StoreUnusable, UsageError
from opsctl.core.facts import Records
from opsctl.core.journal import entry_hash


def shown(team: Colleagues, operation: str) -> Account:
    return last(team.ask("@erin", f"audit show {operation}"), Account)


def changed_behind_its_back(team: Colleagues, seq: int, body: str) -> None:
    """As somebody would who can write the file, and passes over the triggers."""
    assert isinstance(team.store, SqliteStore)
    connection = sqlite3.connect(team.store.path)
    with connection:
        connection.execute("DROP TRIGGER journal_is_not_updated")
        connection.execute("UPDATE journal SET body = ? WHERE seq = ?", (body, seq))
    connection.close()


def test_the_account_of_a_change_is_all_of_its_entries_and_its_record(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "migrate order-service production"))
    team.ask("@alice", f"approve {operation}")
    team.yes("@bob", operation)
    team.approve("@dave", operation)
    account = shown(team, operation)
    entries = team.store.entries(operation)
    assert [(one.seq, one.kind, one.facts, one.hash) for one in account.entries] == [
        (entry.seq, entry.kind, entry.facts, entry.hash) for entry in entries
    ]
    assert {"awaiting_approval", "approval", "approval_refused", "running", "step"} < {
        one.kind for one in account.entries
    }
    assert account.record == team.record(operation)
    assert all(one.holds for one in account.entries)
    for one in account.entries:
        body = next(entry.body for entry in entries if entry.seq == one.seq)
        assert one.hash == entry_hash(one.previous, one.seq, one.at, operation, one.kind, body)


def test_what_still_waits_has_an_account_and_no_record_yet(team: Colleagues) -> None:
    operation = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    account = shown(team, operation)
    assert account.record is None
    assert account.entries[-1].facts["approvers"] == ["@bob", "@carol"]


@pytest.mark.parametrize("line", ["status", "approve op-nothere"])
def test_reads_and_decisions_have_one_too(team: Colleagues, line: str) -> None:
    request = team.request("@bob", line)
    team.ask("@bob", line)
    newest = team.audit("audit --limit 1")[0]["id"]
    account = shown(team, newest)
    assert account.record is not None
    assert account.record["command"] == request.text
    assert [one.kind for one in account.entries] == ["answered"]


@pytest.mark.parametrize("body", ['{"by":"@mallory"}', "no JSON at all"])
def test_an_entry_that_was_changed_is_named_and_not_believed(team: Colleagues, body: str) -> None:
    operation = team.deployed("v2.4.1")
    seq = team.store.entries(operation)[1].seq
    changed_behind_its_back(team, seq, body)
    *_, account, error = team.ask("@erin", f"audit show {operation}")
    assert isinstance(account, Account)
    assert isinstance(error, StoreUnusable)
    assert str(seq) in error.happened
    assert account.record is None
    assert [one.seq for one in account.entries if not one.holds] == [seq]
    assert json.dumps([dict(one.facts) for one in account.entries if not one.holds]) == "[{}]"


def test_audit_leaves_out_what_was_changed_and_says_so(team: Colleagues) -> None:
    wronged, other = team.deployed("v2.4.1", "staging"), team.deployed("v2.4.0", "staging")
    seq = team.store.entries(wronged)[0].seq
    changed_behind_its_back(team, seq, "no JSON at all")
    *_, found, error = team.ask("@erin", "audit")
    assert isinstance(found, Records)
    assert [row["id"] for row in found.rows] == [other]
    assert isinstance(error, StoreUnusable)
    assert f"Entry {seq} of {wronged}" in error.happened


@pytest.mark.parametrize("mistyped", ["{0}x", "{1}", "{2}", "{3}"])
def test_an_id_that_is_not_there_offers_the_one_that_was_meant(team: Colleagues, mistyped: str) -> None:
    operation = team.deployed("v2.4.1")
    letters = operation.removeprefix("op-")
    typed = mistyped.format(operation, letters, operation.upper(), f"op-{letters[:3]}1{letters[4:]}")
    for command in ("audit show", "operations"):
        refusal = last(team.ask("@erin", f"{command} {typed}"), UsageError)
        assert refusal.do == f"Did you mean {operation}?"


def test_an_id_like_no_other_is_told_where_to_look(team: Colleagues) -> None:
    team.deployed("v2.4.1")
    assert last(team.ask("@erin", "audit show op-000000"), UsageError).do.endswith("opsctl operations")


def test_the_story_of_what_was_no_change_is_told_elsewhere(team: Colleagues) -> None:
    team.ask("@erin", "status")
    read = team.audit("audit --limit 1")[0]["id"]
    assert last(team.ask("@erin", f"operations {read}"), UsageError).do.endswith(f"opsctl audit show {read}")
