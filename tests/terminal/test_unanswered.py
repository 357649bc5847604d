"""A relay that is away or deaf is noticed by every line that is typed in a terminal."""

import json
import os
from contextlib import closing
from pathlib import Path

import pytest
from tests.core.team import Colleagues, a_site, wait_until
from tests.relay.at_work import Room

from opsctl.chat.unanswered import unanswered
from opsctl.core.store import Store
from opsctl.core.talking import say
from opsctl.terminal.app import run

DEPLOY = "/deploy order-service v2.4.1 staging"


class Terminal:
    """Lines of several people in a site whose room nobody hears."""

    def __init__(self, team: Colleagues, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        (folder / "opsctl.toml").write_text('site = "acme"\n[store]\npath = "store/opsctl.db"\n')
        cache = str(folder / "cache")
        self._environment = {**os.environ, "OPSCTL_CONFIG": str(folder / "opsctl.toml"), "XDG_CACHE_HOME": cache}
        self._path = folder / "store" / "opsctl.db"
        self._team = team
        self._capture = capture

    def type(self, line: str, person: str = "@alice", code: int = 0) -> tuple[str, str]:
        """Both outputs of a line."""
        assert run([*line.split(), "--as", person], self._environment) == code
        return self._capture.readouterr()

    def age(self) -> None:
        """Let all that waits have waited since that morning."""
        import sqlite3

        with closing(sqlite3.connect(self._path)) as raw:
            raw.execute("UPDATE deliveries SET at = '2026-03-04T03:12:00.000000Z'")
            raw.commit()


@pytest.fixture
def terminal(team: Colleagues, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(team, tmp_path, capsys)


def test_who_asked_in_chat_is_told_what_to_type_here(team: Colleagues, terminal: Terminal) -> None:
    Room(team).say("@alice", DEPLOY)
    terminal.age()
    out, err = terminal.type("approvals")
    assert out == ""
    said, means, do = err.splitlines()[-3:]
    assert said.startswith("! 1 message in chat waits since 2026-03-04 ")
    assert said.endswith(", and no relay deals with it.")
    assert means == "  A terminal needs no relay."
    assert do.startswith("  Do it here: opsctl deploy order-service v2.4.1 staging --as @alice ")


def test_others_are_told_where_to_look(team: Colleagues, terminal: Terminal) -> None:
    Room(team).say("@alice", DEPLOY)
    Room(team).say("@erin", "opsctl: status")
    terminal.age()
    _, err = terminal.type("approvals", "@bob")
    assert "! 2 messages in chat wait since 2026-03-04 " in err
    assert "See what was asked for: opsctl room --channel deployments " in err
    assert "v2.4.1" not in err


def test_a_line_that_is_refused_says_so_too(team: Colleagues, terminal: Terminal) -> None:
    Room(team).say("@alice", DEPLOY)
    terminal.age()
    assert "1 message in chat waits" in terminal.type("cancel op-22222a", code=2)[1]


def test_programs_read_it_behind_the_answer(team: Colleagues, terminal: Terminal) -> None:
    Room(team).say("@alice", DEPLOY)
    terminal.age()
    out, _ = terminal.type("approvals --output json")
    answer, note = map(json.loads, out.splitlines())
    assert (answer["event"], note["event"]) == ("waiting", "note")


@pytest.mark.parametrize("text", ["shall we?", "I said /deploy", ""])
def test_talk_waits_for_nobody(team: Colleagues, terminal: Terminal, text: str) -> None:
    Room(team).say("@alice", text)
    terminal.age()
    assert "relay" not in terminal.type("approvals")[1]


@pytest.mark.parametrize("line", ["/deplyo", "/help", '/deploy "', "/deploy order-service"])
def test_what_is_no_command_is_not_offered_to_be_typed(team: Colleagues, terminal: Terminal, line: str) -> None:
    Room(team).say("@alice", line)
    terminal.age()
    assert "See what was asked for: opsctl room" in terminal.type("approvals")[1]


def test_a_relay_is_given_time(team: Colleagues, terminal: Terminal) -> None:
    team.store.write(say("@alice", "#ops", DEPLOY, "1"))
    assert found(team.store) == 0
    terminal.age()
    assert found(team.store) == 1


def test_reactions_count_where_opsctl_asked_and_its_own_probes_never(team: Colleagues, terminal: Terminal) -> None:
    room = Room(team)
    room.say("@alice", "well?")
    (talk,) = team.store.room.messages("#deployments", "@bob")
    room.react("@bob", talk, "✅")
    team.store.write(lambda tx: tx.deliveries.receive("probe", "1", "a process"))
    terminal.age()
    assert found(team.store) == 0
    team.ask("@alice", "deploy order-service v2.4.1 production")
    terminal.type("operations")
    wait_until(lambda: bool(room.seen()))
    room.react("@bob", room.seen()[0], "✅")
    terminal.age()
    assert found(team.store) == 1


def found(store: Store) -> int:
    waits = unanswered(store, a_site(), "@bob")
    return waits.count if waits else 0
