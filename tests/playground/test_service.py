"""The service of the playground, run as it is in one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from opsctl.playground import service
from opsctl.playground.flush_cache import flushed


@contextmanager
def a_service(folder: Path, **behaviour: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    (folder / "release.json").write_text(json.dumps(behaviour))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {"SERVICE": "order-service", "VERSION": "v2.4.1", "ENVIRONMENT": "staging", "PORT": str(port)}
    command = [sys.executable, service.__file__]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def status(url: str) -> int:
    """The status of the answer, waiting for the service to listen."""
    for _ in range(100):
        try:
            with urlopen(url, timeout=5) as response:
                return int(response.status)
        except HTTPError as error:
            error.close()
            return error.code
        except OSError:
            time.sleep(0.05)
    raise AssertionError("it never listened")


def test_it_says_who_it_is_and_that_it_is_healthy(tmp_path: Path) -> None:
    with a_service(tmp_path) as (_, url):
        assert status(f"{url}/healthz") == 200
        with urlopen(url, timeout=5) as response:
            facts = json.load(response)
        assert (facts["service"], facts["version"], facts["environment"]) == ("order-service", "v2.4.1", "staging")
        assert status(f"{url}/elsewhere") == 404


def test_its_cache_can_be_emptied_and_the_log_says_so(tmp_path: Path) -> None:
    with a_service(tmp_path) as (process, url):
        assert status(f"{url}/cache") == 405
        assert flushed(url) > 0
        process.terminate()
        assert process.stdout is not None
        assert "INFO 'DELETE' '/cache' 200\n" in process.stdout.read()


def test_a_sick_version_answers_503_and_says_why_on_its_log(tmp_path: Path) -> None:
    with a_service(tmp_path, healthy=False, reason="no such table", note="for people") as (process, url):
        assert status(f"{url}/healthz") == 503
        assert process.stdout is not None
        assert process.stdout.readline().startswith("INFO order-service v2.4.1 starts in staging, port ")
        assert process.stdout.readline() == "ERROR not ready: no such table\n"


def test_a_slow_version_becomes_healthy_after_its_time(tmp_path: Path) -> None:
    with a_service(tmp_path, start_seconds=0.4) as (_, url):
        assert status(f"{url}/healthz") == 503
        time.sleep(0.5)
        assert status(f"{url}/healthz") == 200


def test_a_crashing_version_ends_with_its_code(tmp_path: Path) -> None:
    with a_service(tmp_path, exit=3) as (process, _):
        assert process.wait(timeout=10) == 3


def test_it_ends_in_order_when_told_to(tmp_path: Path) -> None:
    with a_service(tmp_path) as (process, url):
        assert status(f"{url}/healthz") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stdout is not None
        assert process.stdout.read().endswith("INFO order-service v2.4.1 ends\n")


def test_it_serves_on_when_nobody_reads_its_log_any_more(tmp_path: Path) -> None:
    with a_service(tmp_path) as (process, url):
        assert status(f"{url}/healthz") == 200
        assert process.stdout is not None
        process.stdout.close()
        assert [status(url) for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("request_line", [b"\r\n\r\n", b"\xff\xfe\r\n\r\n", b"GET\r\n\r\n", b"A" * 100_000])
def test_a_broken_request_breaks_nothing(tmp_path: Path, request_line: bytes) -> None:
    with a_service(tmp_path) as (_, url):
        assert status(f"{url}/healthz") == 200
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
            connection.sendall(request_line)
            connection.shutdown(socket.SHUT_WR)
        assert status(f"{url}/healthz") == 200


def test_it_is_small(tmp_path: Path) -> None:
    with a_service(tmp_path) as (process, url):
        assert status(f"{url}/healthz") == 200
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        assert pages * os.sysconf("SC_PAGE_SIZE") < 40 * 1024**2
