"""The way to a PostgreSQL server: TLS as libpq has it, and where the password comes from."""

import os
import shutil
import subprocess
from contextlib import closing

import psycopg
import pytest
from tests.adapters.postgres_server import started_server, stopped

from opsctl.adapters.stores.postgresql.store import PostgresStore
from opsctl.core.errors import StoreUnusable


@pytest.fixture(scope="module")
def server():
    """One that speaks TLS with a certificate for localhost, and asks people who come over TCP for a password."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed: apt install openssl")
    server = started_server()
    certificate, key = server.data / "server.crt", server.data / "server.key"
    new = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*new.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    owner = server.data.stat()
    for file in (certificate, key):
        os.chown(file, owner.st_uid, owner.st_gid)
    key.chmod(0o600)
    server.sql("CREATE ROLE member LOGIN PASSWORD 'hunter22'")
    rules = "hostssl all member all scram-sha-256\nhostnossl all member all reject\n"
    file = server.data / "pg_hba.conf"
    file.write_text(rules + file.read_text())
    server.settings = ("ssl=on",)
    server.restart()
    server.certificate = certificate
    yield server
    stopped(server)


@pytest.fixture
def url(server):
    """The store's database, as the member reaches it: TLS with a proved certificate."""
    owners = server.new_database()
    with psycopg.connect(owners, autocommit=True) as owner:
        owner.execute("GRANT ALL ON SCHEMA public TO member")
    far = owners.replace("owner@127.0.0.1", "member@localhost")
    return f"{far}?sslmode=verify-full&sslrootcert={server.certificate}"


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch, tmp_path):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))


def test_a_password_is_asked_for_only_where_the_server_wants_one(server, url):
    asked = []

    def password():
        asked.append(1)
        return "hunter22"

    with closing(PostgresStore.create(url, "the-site", password=password)) as store:
        assert store.newest_seq() == 0
        with store._connections.one() as link:
            assert link.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == (True,)
    assert asked
    asked.clear()
    with closing(PostgresStore.create(server.new_database(), "the-site", password=password)):
        assert not asked


def test_libpqs_own_password_comes_first(url, monkeypatch, tmp_path):
    (tmp_path / "pgpass").write_text("localhost:*:*:member:hunter22\n")
    (tmp_path / "pgpass").chmod(0o600)
    with closing(PostgresStore.create(url, "the-site", password=never)):
        pass
    (tmp_path / "pgpass").unlink()
    monkeypatch.setenv("PGPASSWORD", "hunter22")
    with closing(PostgresStore.open(url, password=never)):
        pass


def never():
    raise AssertionError("nobody is to be asked")


def test_a_wrong_password_is_told_and_not_shown(url):
    with pytest.raises(StoreUnusable, match="password authentication failed") as raised:
        PostgresStore.create(url, "the-site", password=lambda: "hunter23")
    assert "hunter23" not in str(raised.value.lines)


def test_a_server_whose_certificate_is_for_another_name_is_refused(url):
    wrong = url.replace("localhost", "127.0.0.1")
    with pytest.raises(StoreUnusable, match="certificate"):
        PostgresStore.create(wrong, "the-site", password=lambda: "hunter22")


def test_what_comes_without_tls_is_refused_by_the_server(url):
    plain = url.replace("sslmode=verify-full", "sslmode=disable")
    with pytest.raises(StoreUnusable, match="rejects connection"):
        PostgresStore.create(plain, "the-site", password=lambda: "hunter22")
