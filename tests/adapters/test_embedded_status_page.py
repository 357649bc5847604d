"""The status page as files: HTML, JSON in Statuspage's shape, Atom."""

import base64
import hashlib
import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.adapters.contract_status_page import INCIDENT, PAGE, RESOLVED, StatusPageContract

from opsctl.adapters.status_pages.embedded.adapter import StatusFiles
from opsctl.adapters.status_pages.embedded.html import POLICY
from opsctl.core.public import ComponentStatus, Impact

ATOM = "{http://www.w3.org/2005/Atom}"


class Reader(HTMLParser):
    """What a document holds: its elements, and its words outside of them."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "status"


@pytest.fixture
def status_page(folder: Path) -> StatusFiles:
    return StatusFiles(folder)


def document(folder: Path) -> str:
    return (folder / "index.html").read_text()


def api(folder: Path, name: str) -> Any:
    return json.loads((folder / "api" / "v2" / f"{name}.json").read_text())


class TestEmbeddedStatusPage(StatusPageContract):
    @pytest.fixture
    def shown(self, folder: Path) -> Any:
        def read() -> Any:
            return [
                (one["name"], one["status"], [update["body"] for update in one["incident_updates"]])
                for one in api(folder, "incidents")["incidents"]
            ]

        return read

    def test_the_page_and_the_feed_hold_hostile_words_as_words(self, status_page: Any, folder: Path) -> None:
        hostile = "</style><script>alert(1)</script> ]]> & <img src=x onerror=alert(1)>"
        status_page.publish(replace(PAGE, incidents=(replace(INCIDENT, title=hostile),)), "a1b2c3")
        page = Reader(document(folder))
        assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img"})
        assert hostile in page.words
        (title,) = ET.parse(folder / "feed.atom").getroot().findall(f"{ATOM}entry/{ATOM}title")
        assert title.text == f"Investigating: {hostile}"


def test_the_page_tells_components_and_incidents_in_words(status_page: StatusFiles, folder: Path) -> None:
    status_page.publish(replace(PAGE, incidents=(INCIDENT, replace(RESOLVED, id="d4", title="Older"))), "")
    words = [" ".join(word.split()) for word in Reader(document(folder)).words if word.strip()]
    for expected in ("Major Service Outage", "Incidents", "Past incidents", "payment-service", "Major outage", "Older"):
        assert any(expected in word for word in words), expected
    assert words.index("Incidents") < words.index("Payment processing failures") < words.index("Past incidents")
    assert "2026-03-04 16:23 CET" in words


def test_a_quiet_page_says_that_all_is_well(status_page: StatusFiles, folder: Path) -> None:
    well = tuple(replace(one, status=ComponentStatus.OPERATIONAL) for one in PAGE.components)
    status_page.publish(replace(PAGE, components=well, incidents=()), "")
    assert "All Systems Operational" in document(folder)
    assert '<h2 id="incidents">' not in document(folder)
    assert api(folder, "status")["status"] == {"indicator": "none", "description": "All Systems Operational"}


def test_everybody_can_use_it(status_page: StatusFiles, folder: Path) -> None:
    status_page.publish(PAGE, "")
    page = Reader(document(folder))
    assert page.all("html") == [{"lang": "en"}]
    assert [len(page.all(tag)) for tag in ("h1", "main", "header", "footer", "title")] == [1] * 5
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for section in page.all("section"):
        assert section["aria-labelledby"] in ids
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert "prefers-color-scheme: dark" in document(folder)
    assert all("datetime" in time for time in page.all("time"))


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, 1.4.3."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_its_colours_can_be_told_apart_by_day_and_by_night(status_page: StatusFiles, folder: Path) -> None:
    status_page.publish(PAGE, "")
    schemes = re.findall(r":root \{([^}]*)\}", document(folder))
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", scheme))
        for name in ("good", "bad", "quiet", "ink"):
            assert contrast(colours[name], colours["back"]) >= 4.5, (name, scheme)


def test_it_runs_nothing_and_loads_nothing(status_page: StatusFiles, folder: Path) -> None:
    status_page.publish(PAGE, "")
    page = Reader(document(folder))
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.tags for name in attributes)
    assert not any("src" in attributes for _, attributes in page.tags)
    (policy,) = (one["content"] for one in page.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy == POLICY
    assert policy.startswith("default-src 'none';")
    style = document(folder).partition("<style>")[2].partition("</style>")[0]
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy


def test_its_links_lead_somewhere_among_the_files(status_page: StatusFiles, folder: Path) -> None:
    status_page.publish(PAGE, "")
    page = Reader(document(folder))
    links = [str(one["href"]) for one in (*page.all("a"), *page.all("link"))]
    assert links
    assert all((folder / link).is_file() for link in links)


def test_the_summary_holds_what_is_open(status_page: StatusFiles, folder: Path) -> None:
    status_page.publish(replace(PAGE, incidents=(INCIDENT, replace(RESOLVED, id="d4"))), "")
    summary = api(folder, "summary")
    assert set(summary) == {"page", "components", "incidents", "scheduled_maintenances", "status"}
    assert [one["id"] for one in summary["incidents"]] == ["a1b2c3"]
    assert [one["id"] for one in api(folder, "incidents")["incidents"]] == ["a1b2c3", "d4"]
    assert summary["status"] == {"indicator": "critical", "description": "Major Service Outage"}
    assert [one["status"] for one in api(folder, "components")["components"]] == ["major_outage", "operational"]


def schemas() -> dict[str, Any]:
    contracts = os.environ.get("OPSCTL_CONTRACTS")
    if not contracts:
        pytest.skip("OPSCTL_CONTRACTS does not say where the vendors' descriptions are")
    found: dict[str, Any] = json.loads((Path(contracts) / "statuspage.json").read_text())["components"]["schemas"]
    return found


def test_the_json_has_the_shape_of_the_vendors(status_page: StatusFiles, folder: Path) -> None:
    known = schemas()
    status_page.publish(replace(PAGE, incidents=(INCIDENT, replace(RESOLVED, id="d4"))), "")
    types = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
    checked = 0
    incidents = api(folder, "incidents")["incidents"]
    updates = [update for one in incidents for update in one["incident_updates"]]
    for name, values in (
        ("Incident", incidents),
        ("IncidentUpdate", updates),
        ("Component", api(folder, "components")["components"]),
    ):
        for value in values:
            for key, about in known[name]["properties"].items():
                if value.get(key) is not None and about.get("type") in types:
                    assert isinstance(value[key], types[about["type"]]), (name, key)
                    assert "enum" not in about or value[key] in about["enum"], (name, key)
                    checked += 1
    assert checked > 40


def test_the_feed_is_an_atom_feed(status_page: StatusFiles, folder: Path) -> None:
    """RFC 4287, 4.1.1 and 4.1.2: what a feed and an entry must hold."""
    status_page.publish(replace(PAGE, incidents=(INCIDENT, replace(RESOLVED, id="d4"))), "")
    feed = ET.parse(folder / "feed.atom").getroot()
    assert feed.tag == f"{ATOM}feed"
    for parent in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"{ATOM}{name}")) == 1
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [one.text for one in feed.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids)) == 3


def test_the_worst_of_what_is_open_is_said_of_the_whole() -> None:
    minor = replace(INCIDENT, impact=Impact.MINOR)
    assert replace(PAGE, incidents=(minor, INCIDENT)).impact is Impact.CRITICAL
    assert replace(PAGE, incidents=(minor, RESOLVED)).impact is Impact.MINOR
    assert replace(PAGE, incidents=(RESOLVED,)).impact is Impact.NONE


def test_who_reads_while_it_is_written_sees_one_whole_page(status_page: StatusFiles, folder: Path) -> None:
    status_page.publish(PAGE, "")
    with (folder / "index.html").open() as reading:
        status_page.publish(replace(PAGE, incidents=(RESOLVED,)), "")
        old = reading.read()
    assert "Major Service Outage" in old
    assert old.endswith("</html>\n")
    assert "All Systems Operational" in document(folder)
    assert [one.name for one in folder.rglob(".*")] == []
