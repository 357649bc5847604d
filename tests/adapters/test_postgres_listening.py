"""Hearing of what others write, without asking the server again and again."""

import threading
import time
from contextlib import closing

import pytest
from tests.adapters.contract_store import ending
from tests.adapters.postgres_server import started_server, stopped

from opsctl.adapters.stores.postgresql.store import PostgresStore
from opsctl.core.news import News


@pytest.fixture(scope="module")
def server():
    server = started_server()
    yield server
    stopped(server)


@pytest.fixture
def url(server):
    return server.new_database()


def wait_until(claim, seconds=10):
    until = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < until
        time.sleep(0.01)


def quiet(store):
    """News of it, once it listens and nothing came for a while."""
    news = News(store)
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        if news.is_due():
            until = time.monotonic() + 0.5
        time.sleep(0.02)
    return news


def test_what_another_process_writes_is_heard_within_a_second_and_nothing_is_asked_meanwhile(server, url):
    with closing(PostgresStore.create(url, "the-site")) as store, closing(PostgresStore.open(url)) as other:
        news = quiet(store)
        database = url.rsplit("/", 1)[1]
        asked = f"SELECT xact_commit FROM pg_stat_database WHERE datname = '{database}'"
        time.sleep(1.2)  # the server counts once a second
        before = server.sql(asked)
        looks = [news.is_due() for _ in range(100) if not time.sleep(0.01)]
        assert not any(looks)
        time.sleep(1.2)
        assert server.sql(asked) == before
        other.write(ending("op-1"))
        began = time.monotonic()
        wait_until(news.is_due)
        assert time.monotonic() - began < 1


def test_what_was_written_while_the_connection_was_lost_is_looked_for(server, url):
    with closing(PostgresStore.create(url, "the-site")) as store, closing(PostgresStore.open(url)) as other:
        news = quiet(store)
        server.restart()
        other.write(ending("op-1"))
        wait_until(lambda: news.is_due() and store.newest_seq() == 2, seconds=4)
        news = quiet(store)
        other.write(ending("op-2"))
        wait_until(news.is_due, seconds=1)


def test_a_store_that_is_closed_listens_no_more(url):
    store = PostgresStore.create(url, "the-site")
    store.heard()
    store.close()
    assert "listening" not in {thread.name for thread in threading.enumerate()}
