"""An incident from the terminal: real lines, real files, and what a person reads."""

import json
import os
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from opsctl.terminal.app import run

SITE = """\
id = "acme"
channel = "#ops"
on_call = "sre"
[environments.production]
[people.oncall]
uid = {uid}
[teams.payment-team]
members = ["@oncall"]
[teams.sre]
[services.payment-service]
team = "payment-team"
environments = ["production"]
[services.payment-service.deployer]
kind = "local"
versions = "versions"
command = ["true"]
ports = "24000-24009"
"""


class Terminal:
    """Lines, as they are typed one after the other."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._environment = {
            **os.environ,
            "OPSCTL_CONFIG": str(folder / "opsctl.toml"),
            "XDG_CACHE_HOME": str(folder / "cache"),
        }
        self._capture = capture

    def type(self, *words: str, code: int = 0) -> tuple[list[str], str]:
        """The lines on stdout, and all of stderr."""
        assert run(words, self._environment) == code
        out, err = self._capture.readouterr()
        return out.splitlines(), err


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    folder = tmp_path / "site"
    found = Terminal(folder, capsys)
    found.type("init", "--yes", "--folder", str(folder))
    with (folder / "opsctl.toml").open() as settings:
        site = next(line for line in settings if line.startswith("site = ")).partition('"')[2].partition('"')[0]
    (folder / "site.toml").write_text(SITE.replace('"acme"', f'"{site}"').format(uid=os.getuid()))
    found.type("site", "publish", str(folder / "site.toml"))
    return found


def test_the_first_transcript_comes_out_in_the_terminal(terminal: Terminal, tmp_path: Path) -> None:
    out, err = terminal.type("incident", "create", "Payment processing failures", "--severity", "sev1")
    today = out[2].partition("#inc-")[2][:8]
    assert out[1:] == [
        "🚨 SEV-1 Incident Created: Payment processing failures",
        f"  Incident channel: #inc-{today}-payment (inc-1)",
        "  Incident commander: @oncall",
        "  Status page updated: Investigating",
        "  Paged: payment-team (payment-service stands in the title)",
    ]
    assert err.endswith("Announced in #ops.\n")
    out, _ = terminal.type("incident", "update", "Root cause identified: Stripe API key expired")
    assert out[1:3] == ["📝 Update posted to status page", "  Status: Identified (as the text begins)"]
    out, _ = terminal.type("incident", "resolve", "Stripe API key rotated, payments flowing")
    assert out[1].startswith("✅ Incident resolved after ")
    assert out[2].startswith("  Duration: ")
    assert out[3] == "  Status page: Resolved"
    assert out[4].startswith("  Postmortem scheduled for ")
    folder = tmp_path / "site"
    assert "Stripe API key rotated" in (folder / "status" / "index.html").read_text()
    assert (folder / "incidents" / "inc-1" / "postmortem.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    assert terminal.type("audit", "verify")[0][0].startswith("✓")


def test_what_is_not_done_yet_is_told_and_done_with_the_next_command(terminal: Terminal, tmp_path: Path) -> None:
    in_the_way = tmp_path / "site" / "status"
    for file in sorted(in_the_way.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    in_the_way.rmdir()
    in_the_way.write_text("")
    out, _ = terminal.type("incident", "create", "Payment processing failures", "--severity", "sev1")
    assert out[4].startswith("  Status page not updated yet: ")
    assert out[4].endswith("; it goes out later")
    shown, _ = terminal.type("incident", "show")
    assert any("· not yet: update the status page" in line for line in shown)
    in_the_way.unlink()
    terminal.type("incident", "list")
    shown, _ = terminal.type("incident", "show")
    assert any("✓ update the status page" in line for line in shown)


def test_programs_read_the_same_facts(terminal: Terminal) -> None:
    words = ("incident", "create", "Payment failures", "--severity", "sev2", "--output", "json")
    lines = [json.loads(line) for line in terminal.type(*words)[0]]
    (told,) = (line for line in lines if line["event"] == "incident_told")
    report = told["report"]
    assert (report["incident"], report["team"], report["because"]) == ("inc-1", "payment-team", "title")
    assert {step["step"]: step["outcome"] for step in report["steps"]} == {
        "incident_channel": "done",
        "pager": "done",
        "status_page": "done",
    }
    (listed,) = (json.loads(line) for line in terminal.type("incident", "list", "-o", "json")[0])
    assert [one["title"] for one in listed["rows"]] == ["Payment failures"]


def test_a_list_and_a_story_are_read_by_people(terminal: Terminal) -> None:
    assert "No incidents." in terminal.type("incident", "list")[1]
    terminal.type("incident", "create", "No light", "--severity", "sev4")
    header, row = terminal.type("incident", "list")[0]
    assert header.split() == ["INCIDENT", "SEVERITY", "STATUS", "COMMANDER", "OPENED", "CHANNEL", "TITLE"]
    assert row.startswith("inc-1     sev4      investigating  @oncall    just now  #inc-")
    shown = terminal.type("incident", "show", "inc-1")[0]
    assert "  service    not known, team sre" in shown
    assert any(line.startswith("  ✋ to be done by hand: page the team (There is nobody in sre.)") for line in shown)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("incident",), 2, "incident needs one word more"),
        (("incident", "create"), 2, "TITLE and --severity are missing"),
        (("incident", "create", "x"), 2, "--severity is missing"),
        (("incident", "create", "", "--severity", "sev1"), 2, "TITLE can't be empty."),
        (("incident", "create", "x" * 201, "--severity", "sev1"), 2, "200 are the most"),
        (("incident", "create", "x", "--severity", "SEV1"), 2, "Did you mean sev1"),
        (("incident", "update", "x"), 2, "No incident is open."),
        (("incident", "update", "x", "--status", "resolved"), 2, "--status can't be 'resolved'"),
        (("incident", "show"), 2, "No incident is open."),
        (("incident", "show", "inc-99999999999"), 2, "There is no incident"),
        (("incident", "assign", "@nobody"), 2, "No incident is open."),
    ],
)
def test_a_wrong_line_is_told_what_is_wrong_with_it(
    terminal: Terminal, words: tuple[str, ...], code: int, says: str
) -> None:
    out, err = terminal.type(*words, code=code)
    assert says in err + "\n".join(out)


def test_a_title_cannot_move_the_cursor(terminal: Terminal) -> None:
    _, err = terminal.type("incident", "create", "x\x1b[2J", "--severity", "sev1", code=2)
    assert "\x1b" not in err


def test_a_day_that_is_over_is_told_with_its_name(terminal: Terminal, tmp_path: Path) -> None:
    """The postmortem is tomorrow, but for the end of a week."""
    terminal.type("incident", "create", "No light", "--severity", "sev4")
    out, _ = terminal.type("incident", "resolve", "There is light")
    (line,) = (one for one in out if "Postmortem" in one)
    with sqlite3.connect(tmp_path / "site" / "opsctl.db") as raw:
        (body,) = raw.execute("SELECT body FROM journal WHERE kind = 'incident_resolved'").fetchone()
    meeting = datetime.fromisoformat(json.loads(body)["postmortem_at"])
    day = "tomorrow" if meeting.date() - datetime.now(meeting.tzinfo).date() == timedelta(days=1) else f"{meeting:%A}"
    assert line == f"  Postmortem scheduled for {day} 2 PM ({meeting:%Y-%m-%d}, UTC)"
