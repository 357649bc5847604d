from contextlib import closing

import psycopg
import pytest
from tests.adapters.contract_incidents import IncidentContract
from tests.adapters.contract_room import RoomContract
from tests.adapters.contract_store import StoreContract, ending
from tests.adapters.postgres_server import free_port, started_server, stopped

from opsctl.adapters.stores.postgresql.grants import RIGHTS, grants
from opsctl.adapters.stores.postgresql.store import PostgresStore
from opsctl.core.errors import StoreUnusable


@pytest.fixture(scope="module")
def server():
    server = started_server()
    yield server
    stopped(server)


@pytest.fixture
def url(server):
    return server.new_database()


@pytest.fixture
def postgres(url):
    store = PostgresStore.create(url, "the-site")
    yield store
    store.close()


class TestPostgresStore(StoreContract, RoomContract, IncidentContract):
    @pytest.fixture
    def store(self, postgres):
        return postgres

    @pytest.fixture
    def other(self, opened_again):
        return opened_again


@pytest.fixture
def opened_again(url, postgres):
    store = PostgresStore.open(url, store_id=postgres.id)
    yield store
    store.close()


@pytest.fixture
def raw(url):
    """A connection of the tables' owner, as anybody could make one who is."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


# the journal refuses


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET kind = 'x'",
        "UPDATE journal SET seq = 7 WHERE seq = 1",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE seq = 3",
        "TRUNCATE journal CASCADE",
        "INSERT INTO journal SELECT 5, at, operation, kind, body, previous, hash FROM journal WHERE seq = 3",
        "INSERT INTO journal SELECT 2, at, operation, kind, body, previous, hash FROM journal WHERE seq = 3",
        "INSERT INTO journal SELECT * FROM journal WHERE seq = 1 ON CONFLICT (seq) DO UPDATE SET kind = 'x'",
    ],
)
def test_the_journal_refuses_to_be_changed_even_by_its_owner(postgres, raw, statement):
    postgres.write(lambda tx: [tx.append("op-a", "step", {"n": n}) for n in range(3)])
    before = list(postgres.journal())
    with pytest.raises(psycopg.errors.IntegrityError, match="append-only"):
        raw.execute(statement)
    assert list(postgres.journal()) == before


def test_what_was_changed_past_all_that_is_found(postgres, raw):
    postgres.write(lambda tx: [tx.append("op-a", "step", {"n": n}) for n in range(5)])
    raw.execute("ALTER TABLE journal DISABLE TRIGGER ALL")
    raw.execute("UPDATE journal SET body = '{}' WHERE seq = 2")
    raw.execute("DELETE FROM journal WHERE seq = 4")
    assert [str(fault) for fault in postgres.verify().faults] == [
        "entry 2 was changed: its hash is not that of its columns",
        "entry 5 entry 4 is missing",
        "entry 5 does not follow the entry before it",
    ]


# the application's role


@pytest.fixture
def member(url, postgres, raw):
    """The store as the application's role has it, which owns nothing."""
    role = f"app_{raw.info.dbname}"
    raw.execute(f"CREATE ROLE {role} LOGIN")
    raw.execute(grants(role))
    store = PostgresStore.open(url.replace("owner@", f"{role}@"), site_id="the-site", store_id=postgres.id)
    yield store
    store.close()


class TestStoreOfTheApplicationsRole(StoreContract, RoomContract, IncidentContract):
    """It keeps all of the contract with the rights that `store grants` prints, and no more."""

    @pytest.fixture
    def store(self, member):
        return member

    @pytest.fixture
    def other(self, opened_again):
        return opened_again


@pytest.mark.usefixtures("postgres")
def test_each_table_is_among_the_rights(raw):
    tables = {name for (name,) in raw.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert tables == set(RIGHTS)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET kind = 'x'",
        "DELETE FROM journal",
        "TRUNCATE journal CASCADE",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "DROP TABLE journal",
        "UPDATE meta SET value = 'x'",
        "UPDATE records SET person = '@mallory'",
        "CREATE TABLE more (id TEXT)",
    ],
)
def test_the_applications_role_can_only_read_and_append(member, url, raw, statement):
    member.write(lambda tx: tx.append("op-a", "step", {}))
    with (
        psycopg.connect(url.replace("owner@", f"app_{raw.info.dbname}@")) as theirs,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        theirs.execute(statement)


@pytest.mark.usefixtures("postgres")
def test_a_role_without_rights_is_told_what_to_do(url, raw):
    raw.execute(f"CREATE ROLE nobody_{raw.info.dbname} LOGIN")
    theirs = url.replace("owner@", f"nobody_{raw.info.dbname}@")
    assert "opsctl store grants" in refused("store_rights", lambda: PostgresStore.open(theirs)).do


# what a store is, and is not


def test_creating_it_where_it_is_opens_it(url, postgres):
    with closing(PostgresStore.create(url, "the-site")) as again:
        assert again.id == postgres.id


@pytest.mark.parametrize(
    ("expected", "reason"), [({"site_id": "another"}, "other_site"), ({"store_id": "another"}, "other_store")]
)
@pytest.mark.usefixtures("postgres")
def test_the_store_of_another_site_is_refused(url, expected, reason):
    refused(reason, lambda: PostgresStore.open(url, **expected))


@pytest.mark.usefixtures("postgres")
def test_a_site_is_not_created_over_anothers(url):
    refused("other_site", lambda: PostgresStore.create(url, "another"))


@pytest.mark.usefixtures("postgres")
def test_a_newer_store_is_refused_with_what_to_do(url, raw):
    raw.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    assert "upgrade" in refused("newer_store", lambda: PostgresStore.open(url)).do


def test_no_store_is_an_error_that_says_how_to_make_one(url):
    assert "opsctl store copy" in refused("no_store", lambda: PostgresStore.open(url)).do


def test_another_database_is_refused(url, raw):
    raw.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    raw.execute("INSERT INTO meta VALUES ('a', 'b')")
    refused("not_a_store", lambda: PostgresStore.open(url))


def test_a_server_that_is_not_there_is_told_at_once_and_without_a_password():
    url = f"postgresql://me:hunter2@127.0.0.1:{free_port()}/site"
    error = refused("store_not_opened", lambda: PostgresStore.open(url))
    assert "hunter2" not in str(error.lines)


def test_a_closed_store_refuses(postgres):
    postgres.close()
    postgres.close()
    refused("store_closed", lambda: postgres.write(ending()))
    refused("store_closed", postgres.operations)


def test_a_lease_is_on_the_servers_clock(postgres, raw):
    postgres.write(lambda tx: tx.take("k", "op-1", "elsewhere", 30))
    ahead = "SELECT split_part(lease_mark, ' ', 2)::float8 - extract(epoch FROM clock_timestamp()) FROM locks"
    assert 29 < raw.execute(ahead).fetchone()[0] <= 30
    raw.execute(
        "UPDATE locks SET lease_mark = 'server ' || extract(epoch FROM clock_timestamp() - interval '1 second')"
    )
    assert postgres.locks()[0].is_over


@pytest.mark.usefixtures("postgres")
def test_a_commit_is_durable_even_where_the_server_does_not_care(url, raw):
    raw.execute(f"ALTER DATABASE {raw.info.dbname} SET synchronous_commit = off")
    with closing(PostgresStore.open(url)) as store, store._connections.one() as link:
        assert link.execute("SHOW synchronous_commit").fetchone() == ("on",)


def refused(reason, run):
    """The error that `run` raises: StoreUnusable for that reason, with all three lines."""
    with pytest.raises(StoreUnusable) as raised:
        run()
    assert raised.value.reason == reason
    assert len(raised.value.lines) == 3
    return raised.value
