"""The HTTP monitor and the client factory, against real sockets."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from opsctl.adapters.http import RepeatingTransport, client
from opsctl.adapters.monitors.http import HttpMonitor
from opsctl.core.ports import Health

Answer = Callable[[socket.socket], None]


def answering(status: int, after: float = 0.0) -> Answer:
    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        time.sleep(after)
        connection.sendall(f"HTTP/1.1 {status} .\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".encode())

    return answer


def silent(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.recv(4096)


def trickling(connection: socket.socket) -> None:
    try:
        for _ in range(40):
            connection.sendall(b"H")
            time.sleep(0.1)
    except OSError:
        return


class Servers:
    """Small servers that end with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def start(self, answer: Answer) -> str:
        listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        threading.Thread(target=self._serve, args=(listener, answer), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def _serve(self, listener: socket.socket, answer: Answer) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    answer(connection)
                except OSError:
                    continue


@pytest.fixture
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)


def a_closed_endpoint() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_every_good_answer_counts_and_the_slowest_is_told(servers: Servers) -> None:
    health = HttpMonitor().health([servers.start(answering(200)), servers.start(answering(204, after=0.1))])
    assert (health.healthy, health.of, health.detail) == (2, 2, "")
    assert health.latency_ms is not None
    assert health.latency_ms >= 100


def test_a_bad_status_is_not_healthy_and_is_told(servers: Servers) -> None:
    sick = servers.start(answering(503))
    health = HttpMonitor().health([servers.start(answering(200)), sick])
    assert (health.healthy, health.of, health.detail) == (1, 2, f"{sick} answered 503")


def test_a_redirect_is_not_healthy_and_is_not_followed(servers: Servers) -> None:
    assert HttpMonitor().health([servers.start(answering(302))]).healthy == 0


def test_nobody_listening_is_told() -> None:
    health = HttpMonitor().health([a_closed_endpoint()])
    assert (health.healthy, health.of, health.latency_ms) == (0, 1, None)
    assert "cannot be reached" in health.detail


@pytest.mark.parametrize("answer", [silent, trickling])
def test_an_endpoint_that_never_comes_to_an_end_takes_no_longer_than_the_limit(
    servers: Servers, answer: Answer
) -> None:
    started = time.monotonic()
    health = HttpMonitor(seconds=0.4).health([servers.start(answer) for _ in range(5)])
    assert time.monotonic() - started < 1.5
    assert (health.healthy, health.of) == (0, 5)
    assert "within 0.4 s" in health.detail


def test_endpoints_are_asked_side_by_side(servers: Servers) -> None:
    started = time.monotonic()
    health = HttpMonitor().health([servers.start(answering(200, after=0.3)) for _ in range(8)])
    assert health.healthy == 8
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("endpoint", ["", "http://", "http://[", "no scheme", "http://127.0.0.1:99999"])
def test_an_address_that_is_none_is_sick_and_raises_nothing(endpoint: str) -> None:
    assert HttpMonitor().health([endpoint]).healthy == 0


def test_no_endpoints_are_no_trouble() -> None:
    assert HttpMonitor().health([]) == Health(0, 0)


class Script(httpx.BaseTransport):
    """Answers from a list; None breaks the connection."""

    def __init__(self, *answers: httpx.Response | None) -> None:
        self._answers = list(answers)
        self.asked = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        answer = self._answers.pop(0)
        if answer is None:
            raise httpx.ConnectError("broken", request=request)
        return answer


def sent(method: str, script: Script, pauses: list[float], repeats: int = 2) -> int:
    transport = RepeatingTransport(script, repeats, pauses.append)
    with httpx.Client(transport=transport) as http:
        return http.request(method, "http://vendor.example/").status_code


def test_what_changes_nothing_is_repeated() -> None:
    pauses: list[float] = []
    assert sent("GET", Script(None, httpx.Response(503), httpx.Response(200)), pauses) == 200
    assert len(pauses) == 2
    assert pauses[1] > pauses[0]


def test_what_changes_something_is_never_repeated() -> None:
    script = Script(None, httpx.Response(200))
    with pytest.raises(httpx.ConnectError):
        sent("POST", script, [])
    assert script.asked == 1


def test_a_refusal_is_an_answer_and_not_repeated() -> None:
    script = Script(httpx.Response(404), httpx.Response(200))
    assert sent("GET", script, []) == 404


def test_the_vendor_says_how_long_to_wait() -> None:
    pauses: list[float] = []
    slow_down = httpx.Response(429, headers={"Retry-After": "7"})
    long_ago = httpx.Response(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert sent("GET", Script(slow_down, long_ago, httpx.Response(200)), pauses) == 200
    assert pauses[0] == 7.0
    assert 0 < pauses[1] < 1


def test_the_last_answer_is_given_as_it_is() -> None:
    assert sent("GET", Script(*[httpx.Response(503)] * 3), []) == 503


def test_a_client_always_has_time_limits() -> None:
    with client() as http:
        assert None not in (http.timeout.connect, http.timeout.read, http.timeout.write, http.timeout.pool)
