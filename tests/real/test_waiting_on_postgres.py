"""Terminals at one PostgreSQL store: one waits, another decides, and the first hears of it."""

import json
import os
import subprocess
import sys
import time

import pytest
from tests.adapters.postgres_server import started_server, stopped


@pytest.fixture(scope="module")
def server():
    server = started_server()
    yield server
    stopped(server)


@pytest.fixture
def environment(server, tmp_path):
    """A playground with its real services, moved to the server."""
    folder = tmp_path / "playground"
    variables = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "OPSCTL_CONFIG": str(folder / "opsctl.toml")}
    opsctl(variables, "demo", "--no-tour", "--folder", str(folder))
    url = server.new_database()
    opsctl(variables, "store", "copy", f"sqlite:{folder}/opsctl.db", url)
    # The processes that run already are the playground's, wherever its store is.
    variables |= {"OPSCTL_STORE_URL": url, "OPSCTL_RUNTIME_FOLDER": str(folder / "local")}
    yield variables
    opsctl(variables, "demo", "stop", "--folder", str(folder))


def opsctl(environment, *words):
    done = subprocess.run(
        [sys.executable, "-m", "opsctl", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_terminal_that_waits_for_an_approval_goes_on_within_a_second_of_it(environment, server):
    words = ("deploy", "order-service", "v2.4.1", "production", "--as", "@alice", "--output", "json")
    vector = [sys.executable, "-m", "opsctl", *words]
    with subprocess.Popen(vector, env=environment, stdout=subprocess.PIPE, text=True) as waiting:
        asked = next(line for line in map(json.loads, waiting.stdout) if line["event"] == "awaiting_approval")
        time.sleep(1)
        opsctl(environment, "approve", asked["operation"], "--as", "@bob", "--yes")
        told = [json.loads(line) for line in waiting.stdout]
        assert waiting.wait() == 0
    assert "finished" in [line["event"] for line in told]
    database = environment["OPSCTL_STORE_URL"].rsplit("/", 1)[1]
    at = "extract(epoch FROM at::timestamptz)::float8"
    found = server.sql(f"SELECT kind, {at}, body FROM journal WHERE operation = '{asked['operation']}'", database)
    times, bodies = {kind: at for kind, at, _ in found}, {kind: body for kind, _, body in found}
    # It was the terminal that waited which went on, not the one that approved.
    assert json.loads(bodies["running"])["executed_by"] == "@alice"
    assert times["running"] - times["approved"] < 1
    opsctl(environment, "audit", "verify")
