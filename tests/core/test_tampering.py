"""Whoever can write the store edits its rows. The journal's triggers hold; everything else can be made anything."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.core.team import (
    Colleagues,
    MemoryAdapters,
    Mortal,
    Told,
    a_site,
    collected,
    last,
    operation_of,
    publish,
    story,
    until,
)

from opsctl import wiring
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.commands.site_publish import SitePublish
from opsctl.core import engine
from opsctl.core.context import utc_now
from opsctl.core.errors import OpsctlError, StoreUnusable, UsageError
from opsctl.core.events import AwaitingApproval, Started
from opsctl.core.facts import Operations
from opsctl.core.holder import Holder
from opsctl.core.identity import Caller, Origin, Person
from opsctl.core.incident import OPENED
from opsctl.core.journal import SITE_PUBLISHED
from opsctl.core.operation import State
from opsctl.core.outbox import Posted
from opsctl.core.post import Post
from opsctl.core.published_site import PublishedSite
from opsctl.core.request import Request
from opsctl.core.signing_in import new_key, person_of, sign_in

DEPLOY = "deploy order-service v2.4.1 production"
LATER = (datetime.now(UTC) + timedelta(days=3650)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
HOSTILE = ("@alice", "@bob", "approved", "running", "staging", "yes", "", LATER, 7, None)
"""What somebody might write into a column; besides it, whatever it holds in other rows."""

KNOWN_NOWHERE_ELSE = {
    *("locks", "posts", "room_channels", "room_messages", "room_reactions", "room_keys", "deliveries"),
    *("meta.value", "meta.key", "operations.holder"),
    *("outbox.id", "outbox.body", "outbox.at", "outbox.taken_at", "outbox.trouble"),
}
"""What is no copy of anything in the journal: editing it has to be harmless, and can't be proved."""


@dataclass(frozen=True)
class Scene:
    """A team in the middle of its work, and the ids of what is going on."""

    team: Colleagues
    waiting: str
    rejected: str
    unconfirmed: str

    @property
    def store(self) -> SqliteStore:
        assert isinstance(self.team.store, SqliteStore)
        return self.team.store

    def edit(self, statement: str, *values: Any) -> bool:
        """Whether anything is different afterwards."""
        with closing(sqlite3.connect(self.store.path, isolation_level=None)) as raw:
            before = list(raw.iterdump())
            raw.execute(statement, values)
            return before != list(raw.iterdump())

    def faults(self) -> list[str]:
        return [fault.what for fault in self.store.verify().faults]

    def is_untouched(self) -> bool:
        """Whether nothing ran that nobody agreed to: of the honest scene, one deploy ran and one site was published."""
        ran = [self.team.platform(where).done for where in ("production", "staging")]
        kinds = [entry.kind for entry in self.store.journal()]
        return ran == [[], []] and (kinds.count("running"), kinds.count(SITE_PUBLISHED)) == (1, 1)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, str, str]]:
    """A closed store, and the ids of what is going on in it."""
    path = tmp_path_factory.mktemp("honest")
    team = Colleagues.at(path)
    waiting, rejected = [last_asked(team.ask("@alice", DEPLOY)) for _ in range(2)]
    team.ask("@bob", f'reject {rejected} "not now"')
    team.platform().has("v2.4.0")
    unconfirmed = operation_of(team.ask("@alice", "scale order-service 3 production"))
    team.deployed("v2.4.0", "staging")
    team.ask("@alice", "operations")
    team.store.write(filled(team))
    new_key(team.store, "@erin")
    assert team.store.verify().faults == ()
    team.store.close()
    return path / "store", (waiting, rejected, unconfirmed)


def filled(team: Colleagues) -> Callable[[Any], None]:
    """Work that leaves a row in every table which the scene would not have touched."""

    def work(tx: Any) -> None:
        tx.keep(of_alice_alone())
        tx.room.react(tx.room.post("#ops", "@bob", Post("Hello.")), "@bob", "eyes")
        tx.deliveries.receive("slack", "1", "{}")
        tx.posted("op-zzzzzz", "main", Posted("#ops", "1", "aa"))
        entry = tx.append("op-zzzzzz", OPENED, {"incident": "inc-1", "channel": "#inc-1"})
        tx.incidents.add(1, "#inc-1", entry)
        tx.take("api-gateway/staging", "op-zzzzzz", team.holder, 30)

    return work


def of_alice_alone() -> str:
    """What @alice would like to be published."""
    teams = {name: replace(one, leads=("@alice",), members=()) for name, one in a_site().teams.items()}
    return replace(a_site(), teams=teams).text


def last_asked(events: list[Told]) -> str:
    return last(events, AwaitingApproval).operation


@pytest.fixture
def scene(honest: tuple[Path, tuple[str, str, str]], tmp_path: Path) -> Scene:
    return copied(honest, tmp_path / "store")


def copied(honest: tuple[Path, tuple[str, str, str]], to: Path) -> Scene:
    folder, operations = honest
    shutil.copytree(folder, to)
    team = Colleagues(SqliteStore.open(to / "opsctl.db"), MemoryAdapters(), holder=str(Holder.me()))
    team.platform().has("v2.4.0")
    return Scene(team, *operations)


COLUMNS = [
    (table, column)
    for table, columns in {
        "operations": "seq id state service environment holder",
        "records": "seq operation at person service environment result",
        "documents": "digest text",
        "locks": "key operation holder lease_mark lease_at",
        "outbox": "id seq operation channel body at taken_at target trouble",
        "posts": "operation key channel message digest",
        "meta": "key value",
        "incidents": "seq number kind channel",
        "room_channels": "name topic at",
        "room_messages": "id channel thread author at post key audience edited_at change",
        "room_reactions": "number message person emoji",
        "room_keys": "digest kind person until_mark until_at",
        "deliveries": "number platform id body at request holder done_at",
    }.items()
    for column in columns.split()
]


def test_every_column_of_every_table_is_walked(scene: Scene) -> None:
    with closing(sqlite3.connect(scene.store.path)) as raw:
        tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        there = {(table, row[1]) for table in tables for row in raw.execute(f"PRAGMA table_info({table})")}
    assert {one for one in there if one[0] not in ("journal", "sqlite_sequence")} == set(COLUMNS)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_whatever_is_written_into_a_column_nothing_unapproved_runs(
    honest: tuple[Path, tuple[str, str, str]], tmp_path: Path, table: str, column: str
) -> None:
    for number, value in enumerate((*HOSTILE, *values_of(honest, table, column))):
        scene = copied(honest, tmp_path / str(number))
        try:
            if not scene.edit(f"UPDATE OR IGNORE {table} SET {column} = ?", value):
                continue
        except sqlite3.IntegrityError:
            continue
        is_copy = not {table, f"{table}.{column}"} & KNOWN_NOWHERE_ELSE
        assert scene.faults() or not is_copy, value
        try_everything(scene)
        assert scene.is_untouched(), value
        scene.store.close()


def values_of(honest: tuple[Path, tuple[str, str, str]], table: str, column: str) -> list[Any]:
    with closing(sqlite3.connect(honest[0] / "opsctl.db")) as raw:
        return [row[0] for row in raw.execute(f"SELECT DISTINCT {column} FROM {table} LIMIT 4")]


@pytest.mark.parametrize("table", sorted({table for table, _ in COLUMNS}))
def test_whatever_is_deleted_nothing_unapproved_runs(scene: Scene, table: str) -> None:
    assert scene.edit(f"DELETE FROM {table}")
    if table != "meta":
        assert scene.faults() or table in KNOWN_NOWHERE_ELSE
        try_everything(scene)
    assert scene.is_untouched()


def try_everything(scene: Scene) -> None:
    """What @alice, who asked for all of it, could try without any other; and @erin, who may nothing."""
    team = scene.team
    document = team.store.write(lambda tx: tx.keep(of_alice_alone()))
    for who in ("@alice", "@erin"):
        for line in (
            f"approve {scene.waiting}",
            f"run {scene.rejected}",
            f"site publish {document}",
            "approvals",
        ):
            attempt(lambda who=who, line=line: team.ask(who, line))  # type: ignore[misc]
    for operation in (scene.waiting, scene.rejected, scene.unconfirmed):
        attempt(lambda operation=operation: team.run(operation))  # type: ignore[misc]
    attempt(lambda: team.confirm("@erin", scene.unconfirmed))


def a_request(document: str) -> Request:
    """@alice publishes it, as `site publish FILE` would ask."""
    caller = Caller(Person("@alice"), "alice", Origin.TERMINAL)
    return Request("op-forged", SitePublish(document), f"/site publish {document}", caller, utc_now())


def attempt(what: Callable[[], object]) -> None:
    """It may end in any error that a person is told, and in no other."""
    with suppress(OpsctlError):
        what()


def test_an_operation_that_was_made_approved_in_its_row_is_refused_with_what_the_journal_shows(scene: Scene) -> None:
    scene.edit("UPDATE operations SET state = 'approved' WHERE id = ?", scene.waiting)
    for line in (f"run {scene.waiting}", f"approve {scene.waiting}"):
        refused = last(scene.team.ask("@bob", line), StoreUnusable)
        assert refused.exit_code == 6
        assert "its row in the store says approved in order-service/production" in refused.happened
        assert (
            "the journal shows awaiting approval in order-service/production, with 0 of 1 approvals" in refused.happened
        )
        assert "opsctl audit verify" in refused.do
    assert scene.is_untouched()


def test_what_was_altered_is_listed_as_the_journal_tells_it_and_can_be_given_up(scene: Scene) -> None:
    scene.edit("UPDATE operations SET state = 'succeeded' WHERE id = ?", scene.waiting)
    shown = last(scene.team.ask("@alice", f"operations {scene.waiting}")[:1], Operations).rows[0]
    assert shown.state is State.AWAITING_APPROVAL
    assert story(scene.team.ask("@alice", f"cancel {scene.waiting}"))[-1] == "cancelled by @alice cancelled"
    assert scene.faults() == []


def test_a_running_operation_whose_row_was_altered_still_makes_room_when_its_process_is_gone(
    scene: Scene, mortal: Mortal
) -> None:
    dying = scene.team.elsewhere(holder=mortal.holder)
    events = dying.asking("@alice", "deploy order-service v2.4.1 staging")
    operation = until(events, Started).operation
    mortal.die()
    events.close()  # type: ignore[attr-defined]
    scene.edit("UPDATE operations SET state = 'succeeded' WHERE id = ?", operation)
    assert story(scene.team.ask("@bob", "deploy order-service v2.4.2 staging"))[-1] == "succeeded"
    assert scene.team.state(operation) is State.INTERRUPTED
    assert scene.faults() == []


def test_who_asked_and_for_what_stands_in_the_journal_alone(scene: Scene) -> None:
    """No row says it, so none can be made to say that somebody else did, or that it was agreed to for longer."""
    with closing(sqlite3.connect(scene.store.path)) as raw:
        columns = {row[1] for row in raw.execute("PRAGMA table_info(operations)")}
    assert columns == {"seq", "id", "state", "service", "environment", "holder"}


def test_taking_the_published_site_away_does_not_make_the_next_publishing_the_first(scene: Scene) -> None:
    scene.edit("DELETE FROM documents")
    mine = scene.store.write(lambda tx: tx.keep(of_alice_alone()))
    published = scene.team.elsewhere(first_site=PublishedSite.from_text(of_alice_alone()))
    refused = last(collected(engine.ask(published.context("@alice"), a_request(mine))), StoreUnusable)
    assert (refused.exit_code, refused.reason) == (6, "store_changed")
    assert "opsctl site publish FILE" in refused.do
    assert scene.is_untouched()


def test_a_published_site_that_was_edited_does_not_count_and_handing_in_its_file_puts_it_right(scene: Scene) -> None:
    scene.edit("UPDATE documents SET text = ? WHERE text = ?", of_alice_alone(), a_site().text)
    with pytest.raises(StoreUnusable, match="was changed"):
        scene.store.published()
    scene.store.write(lambda tx: tx.keep(a_site().text))
    assert scene.store.published() == a_site().text
    assert scene.faults() == []


def test_a_store_does_not_become_a_playground_by_saying_so(tmp_path: Path) -> None:
    with closing(SqliteStore.create(tmp_path / "store" / "opsctl.db", "acme")) as store:
        publish(store, a_site())
        with closing(sqlite3.connect(store.path, isolation_level=None)) as raw:
            raw.execute("INSERT INTO meta VALUES ('demo', 'yes')")
        with pytest.raises(UsageError, match="only in a playground"):
            wiring.caller_of(store, a_site(), "@bob")


def test_a_session_does_not_become_somebody_elses(scene: Scene) -> None:
    session = sign_in(scene.store, new_key(scene.store, "@erin"))
    assert session is not None
    assert person_of(scene.store, session.secret) == "@erin"
    key = new_key(scene.store, "@erin")
    scene.edit("UPDATE room_keys SET person = '@bob'")
    assert person_of(scene.store, session.secret) is None
    assert sign_in(scene.store, key) is None
