"""`opsctl relay` as a process: what it answers over HTTP, how it stops, where it listens."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.core.team import wait_until

OPSCTL = (sys.executable, "-m", "opsctl")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment variables that lead to a published site."""
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "OPSCTL_CONFIG": str(folder / "opsctl.toml")}
    subprocess.run([*OPSCTL, "init", "--yes", "--folder", str(folder)], env=environment, check=True)
    subprocess.run([*OPSCTL, "site", "publish", str(folder / "site.toml")], env=environment, check=True)
    return environment


def opsctl(site: dict[str, str], *words: str) -> str:
    done = subprocess.run([*OPSCTL, *words], env=site, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port: int = attempt.getsockname()[1]
        return port


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(site: dict[str, str]) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(address: str, **settings: str) -> "subprocess.Popen[str]":
        words = [*OPSCTL, "relay", "--listen", address]
        process = subprocess.Popen(words, env=site | settings, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stderr is not None
        first = process.stderr.readline()
        assert json.loads(first)["event"] == "listening", first
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def relay(start: Start) -> Iterator[httpx.Client]:
    port = free_port()
    start(f"127.0.0.1:{port}")
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
        yield client


def test_it_says_that_it_lives_and_that_it_hears(relay: httpx.Client) -> None:
    assert relay.get("/healthz").text == "ok\n"
    ready = relay.get("/readyz")
    assert ready.status_code == 200
    found = ready.json()
    assert found["is_ready"]
    assert 0 < found["round_trip_seconds"] < 3
    assert {found[part] for part in ("workers", "caretaker", "courier", "web", "store", "deliveries")} == {"ok"}


def test_what_is_said_on_the_page_is_answered_there(site: dict[str, str], relay: httpx.Client) -> None:
    base = str(relay.base_url).rstrip("/")
    key = re.search(r"#key=(\S+)", opsctl(site, "room", "open"))
    assert key is not None
    relay.headers["Origin"] = base
    person = relay.post("/room/session", json={"key": key[1]}).json()["person"]
    line = {"id": "1", "channel": "#ops", "text": "/status my-service"}
    assert relay.post("/room/messages", json=line).status_code == 200

    def answers() -> list[dict[str, object]]:
        messages = relay.get("/room/messages", params={"channel": "#ops"}).json()["messages"]
        return [one for one in messages if one["is_private"]]

    wait_until(lambda: bool(answers()))
    assert str(answers()[0]["block"]).startswith("SERVICE")
    assert any(person in row and row.endswith("/status my-service") for row in opsctl(site, "audit").splitlines())
    numbers = relay.get("/metrics").text
    assert 'opsctl_deliveries_total{outcome="done",platform="room"} 1.0' in numbers
    assert "opsctl_acknowledgement_seconds_count 2.0" in numbers
    assert re.search(r"^opsctl_outbox_items 0\.0$", numbers, re.MULTILINE)


def test_numbers_count_operations_by_outcome_whoever_ran_them(site: dict[str, str], relay: httpx.Client) -> None:
    relay.get("/metrics")
    opsctl(site, "deploy", "my-service", "v9", "staging")
    assert 'opsctl_operations_total{outcome="failed"} 1.0' in relay.get("/metrics").text


def test_a_foreign_name_is_not_served(relay: httpx.Client) -> None:
    assert relay.get("/room/", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_open_pages_with_it(start: Start, site: dict[str, str], number: int) -> None:
    port = free_port()
    process = start(f"127.0.0.1:{port}")
    key = re.search(r"#key=(\S+)", opsctl(site, "room", "open"))
    assert key is not None
    base = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=base, headers={"Origin": base}, trust_env=False, timeout=10) as client:
        client.post("/room/session", json={"key": key[1]})
        with client.stream("GET", "/room/events?after=0") as events:
            assert events.status_code == 200
            began = time.monotonic()
            process.send_signal(number)
            for _ in events.iter_raw():
                pass
        assert process.wait(10) == 0
        assert time.monotonic() - began < 4
    assert process.stderr is not None
    told = [json.loads(line)["event"] for line in process.stderr.read().splitlines()]
    assert told == ["stopping", "stopped"]


def test_a_second_signal_ends_it_at_once(start: Start) -> None:
    process = start(f"127.0.0.1:{free_port()}")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 128 + signal.SIGTERM


def test_an_address_that_is_taken_is_told_in_words(site: dict[str, str], start: Start) -> None:
    port = free_port()
    start(f"127.0.0.1:{port}")
    told = opsctl(site, "relay", "--listen", f"127.0.0.1:{port}")
    assert f"The relay can't listen at 127.0.0.1:{port}: Address already in use." in told
    assert "Traceback" not in told


def test_it_listens_at_a_unix_socket_and_takes_over_a_dead_ones(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "relay.sock"
    first = start(f"unix:{path}")
    first.kill()
    first.wait()
    assert path.exists()
    start(f"unix:{path}")
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://localhost") as client:
        assert client.get("/readyz").json()["is_ready"]
    assert path.stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:http", "256.1.1.1:80", "unix:/nowhere/at/all.sock"])
def test_an_address_that_is_none_is_told_in_words(site: dict[str, str], address: str) -> None:
    told = opsctl(site, "relay", "--listen", address)
    assert f"can't listen at {address}" in told
    assert "Traceback" not in told
