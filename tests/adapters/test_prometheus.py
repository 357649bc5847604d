"""Measurements, from a real Prometheus and a real Alertmanager that scrape and alert on a service of the test."""

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema
import pytest

from opsctl.adapters.monitors.prometheus import Prometheus
from opsctl.core.metrics import RATE, Metrics, Queries
from opsctl.core.ports import Measured

PROGRAMS = ("prometheus", "prometheus-alertmanager", "prometheus-node-exporter")
SCRAPE = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{alertmanager}']}}]}}]}}
scrape_configs:
  - {{job_name: node, static_configs: [{{targets: ['{node}'], labels: {{service: host, environment: staging}}}}]}}
  - job_name: app
    static_configs: [{{targets: ['{app}'], labels: {{service: order-service, environment: staging}}}}]
"""
RULES = """
groups:
  - name: g
    rules:
      - {alert: ErrorsHigh, expr: 'http_requests_total{code="500"} > 0', labels: {severity: page}}
      - {alert: Elsewhere, expr: 'up{service="host"} == 1', labels: {severity: page}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def answering(answer: Callable[[str, bytes], tuple[int, str]]) -> Iterator[str]:
    """A server whose answers are the function's of path and body; yields its host and port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, text = answer(self.path, body)
            self.send_response(status)
            self.send_header(
                "Content-Type", "text/plain" if "json" not in self.headers.get("Accept", "") else "application/json"
            )
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815  # the standard library looks for that name

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def counters(_path: str, _body: bytes) -> tuple[int, str]:
    """A service with 100 requests a second, one in ten of which fails, all of them within 100 ms."""
    count = int(time.monotonic() * 100)
    lines = [
        "# TYPE http_requests_total counter",
        f'http_requests_total{{code="200"}} {count * 9 // 10}',
        f'http_requests_total{{code="500"}} {count // 10}',
        "# TYPE http_request_duration_seconds histogram",
        f'http_request_duration_seconds_bucket{{le="0.1"}} {count}',
        f'http_request_duration_seconds_bucket{{le="+Inf"}} {count}',
    ]
    return 200, "\n".join(lines) + "\n"


@contextmanager
def running(folder: Path, *words: str) -> Iterator[None]:
    with (folder / f"{words[0]}.log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Metrics]:
    """The real ones, with some seconds of samples and an alert that fires."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt install {' '.join(PROGRAMS)}")
    folder = tmp_path_factory.mktemp("prometheus")
    node, alerts, server = (f"127.0.0.1:{free_port()}" for _ in PROGRAMS)
    (folder / "rules.yml").write_text(RULES)
    (folder / "am.yml").write_text("route: {receiver: none, group_wait: 1s}\nreceivers: [{name: none}]\n")
    with ExitStack() as stack:
        app = stack.enter_context(answering(counters))
        (folder / "prometheus.yml").write_text(SCRAPE.format(alertmanager=alerts, node=node, app=app))
        stack.enter_context(running(folder, PROGRAMS[2], f"--web.listen-address={node}"))
        arguments = ("--config.file=am.yml", "--storage.path=am", "--cluster.listen-address=")
        stack.enter_context(running(folder, PROGRAMS[1], *arguments, f"--web.listen-address={alerts}"))
        arguments = ("--config.file=prometheus.yml", "--storage.tsdb.path=tsdb")
        stack.enter_context(running(folder, PROGRAMS[0], *arguments, f"--web.listen-address={server}"))
        metrics = Metrics(f"http://{server}", f"http://{alerts}")
        deadline = time.monotonic() + 60
        while not (
            settled(Prometheus(metrics).measured("order-service", "staging"))
            and Prometheus(metrics).measured("host", "staging").alerts
        ):
            assert time.monotonic() < deadline, Prometheus(metrics).measured("order-service", "staging")
            time.sleep(0.5)
        yield metrics


def settled(measured: Measured) -> bool:
    return bool(measured.rate and measured.errors is not None and measured.p95_ms is not None and measured.alerts)


def test_the_default_queries_fit_the_common_names(servers: Metrics) -> None:
    measured = Prometheus(servers).measured("order-service", "staging")
    assert measured.rate
    assert measured.errors == pytest.approx(0.1, abs=0.03)
    assert measured.p95_ms == pytest.approx(95, abs=5)
    assert measured.missing == ""


def test_the_rate_is_that_of_the_service(servers: Metrics) -> None:
    # Five minutes are longer than the test: their average still holds the time before it began.
    lately = Prometheus(replace(servers, queries=Queries(rate=RATE.replace("[5m]", "[5s]"))))
    deadline = time.monotonic() + 20
    while lately.measured("order-service", "staging").rate != pytest.approx(100, rel=0.25):
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_only_alerts_that_fire_for_the_service_are_told(servers: Metrics) -> None:
    assert Prometheus(servers).measured("order-service", "staging").alerts == ("ErrorsHigh",)
    assert Prometheus(servers).measured("host", "staging").alerts == ("Elsewhere",)
    assert Prometheus(servers).measured("order-service", "production").alerts == ()


def test_an_alert_that_is_silenced_is_not_told(servers: Metrics) -> None:
    now = time.time()
    moments = {
        key: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + after))
        for key, after in (("startsAt", -1), ("endsAt", 60))
    }
    matcher = {"name": "service", "value": "host", "isRegex": False}
    silence = {"matchers": [matcher], "createdBy": "@alice", "comment": "a test", **moments}
    answer = httpx.post(f"{servers.alertmanager}/api/v2/silences", json=silence, trust_env=False)
    assert answer.status_code == 200
    deadline = time.monotonic() + 20
    while Prometheus(servers).measured("host", "staging").alerts:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_nothing_is_measured_of_has_no_figures_and_nothing_is_missing(servers: Metrics) -> None:
    assert Prometheus(servers).measured("api-gateway", "staging") == Measured()


def test_a_service_may_have_queries_of_its_own(servers: Metrics) -> None:
    own = Queries(
        rate='sum(rate(node_cpu_seconds_total{service="{service}"}[5m])) * 0 + 7', errors="scalar(vector(0.5))"
    )
    measured = Prometheus(Metrics(servers.prometheus, own={"host": own})).measured("host", "staging")
    assert (measured.rate, measured.errors) == (7, 0.5)


def test_no_requests_at_all_have_no_error_rate(servers: Metrics) -> None:
    own = Queries(errors="vector(0) / vector(0)")
    assert Prometheus(Metrics(servers.prometheus, own={"a": own})).measured("a", "staging") == Measured()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sum(", "Prometheus refuses a query: "),
        ("up", "values where one is wanted"),
        ('label_replace(up, "x", "y", "z", "(")', "refuses"),
    ],
)
def test_a_query_that_cannot_be_used_is_told_and_the_others_are_answered(
    servers: Metrics, query: str, words: str
) -> None:
    own = Queries(rate=query, latency="vector(0.2)")
    measured = Prometheus(Metrics(servers.prometheus, own={"a": own})).measured("a", "staging")
    assert (measured.rate, measured.p95_ms) == (None, 200)
    assert words in measured.missing


def test_prometheus_away_leaves_the_alerts_and_is_told(servers: Metrics) -> None:
    away = f"127.0.0.1:{free_port()}"
    measured = Prometheus(Metrics(f"http://{away}", servers.alertmanager)).measured("order-service", "staging")
    assert measured == Measured(alerts=("ErrorsHigh",), missing=f"Prometheus does not answer at {away}.")


def test_alertmanager_away_leaves_the_figures_and_is_told(servers: Metrics) -> None:
    away = f"127.0.0.1:{free_port()}"
    measured = Prometheus(Metrics(servers.prometheus, f"http://{away}")).measured("order-service", "staging")
    assert measured.rate
    assert measured.missing == f"Alertmanager does not answer at {away}."


@pytest.mark.parametrize(("status", "text", "words"), [(503, "", "answers 503"), (200, "<html>", "is no Prometheus")])
def test_what_is_no_prometheus_is_told(status: int, text: str, words: str) -> None:
    with answering(lambda _path, _body: (status, text)) as address:
        assert words in Prometheus(Metrics(f"http://{address}")).measured("a", "b").missing


def test_the_requests_are_as_the_vendors_describe_them() -> None:
    contracts = os.environ.get("OPSCTL_CONTRACTS")
    if not contracts:
        pytest.skip("OPSCTL_CONTRACTS does not say where the vendors' descriptions are")
    prometheus, alertmanager = (
        json.loads((Path(contracts) / f"{name}.json").read_text()) for name in ("prometheus", "alertmanager")
    )
    seen: list[tuple[str, bytes]] = []

    def answer(path: str, body: bytes) -> tuple[int, str]:
        seen.append((path, body))
        return 200, "[]" if "alerts" in path else '{"status":"success","data":{"resultType":"vector","result":[]}}'

    with answering(answer) as address:
        Prometheus(Metrics(f"http://{address}", f"http://{address}")).measured("order-service", "staging")
    queries = [body for path, body in seen if path == "/api/v1/query"]
    schema: dict[str, Any] = {"$ref": "#/components/schemas/QueryPostInputBody", "components": prometheus["components"]}
    for body in queries:
        jsonschema.validate(
            {key: value for key, (value,) in parse_qs(body.decode(), strict_parsing=True).items()}, schema
        )
    assert len(queries) == 3
    (asked,) = [urlsplit(path) for path, _ in seen if path != "/api/v1/query"]
    assert asked.path == alertmanager["basePath"] + "alerts"
    known = {one.get("name"): one for one in alertmanager["paths"]["/alerts"]["get"]["parameters"]}
    for key, values in parse_qs(asked.query, strict_parsing=True).items():
        assert key in known
        assert known[key]["type"] == "array" or values[0] in ("true", "false")
