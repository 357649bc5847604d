"""docs/fallback.md: its own commands, one after the other, in a site where that is really down."""

import json
import os
import re
import secrets
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.core.team import wait_until
from tests.real.killer import ROOT

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.holder import Holder
from opsctl.core.room import Message
from opsctl.core.talking import react
from opsctl.playground.folder import Playground

PAGE = (ROOT / "docs" / "fallback.md").read_text()
EXAMPLE = "op-7f3k9q"
"""The operation that the page names, in whose place its reader puts their own."""


class Site:
    """A playground at night, and the people in it."""

    def __init__(self, folder: Path) -> None:
        self.files = Playground(folder)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.environment = {
            **os.environ,
            "PATH": path,
            "OPSCTL_CONFIG": str(self.files.config),
            "XDG_CACHE_HOME": f"{folder}-cache",
        }

    def shell(self, script: str, person: str = "@alice") -> "subprocess.CompletedProcess[str]":
        """A script in a shell in which `opsctl` is used by that person."""
        who = f'opsctl() {{ command opsctl "$@" --as {person}; }}\n'
        return subprocess.run(
            ["bash", "-c", who + script],
            cwd=self.files.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def rows(self, words: str) -> list[dict[str, Any]]:
        """The rows that a question answers."""
        lines = self.shell(f"opsctl {words} --output json").stdout.splitlines()
        return [row for line in lines for row in json.loads(line).get("rows", ())]

    def parts(self) -> dict[str, str]:
        """What doctor finds of each part."""
        lines = map(json.loads, self.shell("opsctl doctor --output json").stdout.splitlines())
        return {line["part"]: line["condition"] for line in lines if line["event"] == "examined"}

    def say(self, person: str, line: str) -> None:
        said = self.shell(f"opsctl room post '{line}' --channel deployments", person)
        assert said.returncode == 0, said.stderr

    def asked(self, line: str) -> str:
        """A change that is said in the room, and waits for approval there; its id."""
        self.say("@alice", line)

        def found() -> list[str]:
            rows = self.rows("operations --open")
            return [row["id"] for row in rows if row["command"] == line and row["state"] == "awaiting_approval"]

        wait_until(lambda: bool(found()), 30)
        return found()[0]

    def agree(self, person: str, operation: str) -> None:
        """Put a ✅ on its request in the room, as the page does."""
        with closing(SqliteStore.open(self.files.store)) as store:
            messages = store.room.messages("#deployments", person)
            request = next(one for one in messages if one.key.startswith(f"{operation}/approval/"))
            store.write(react(person, request, "✅", secrets.token_hex(4), is_on=True))

    def messages(self, channel: str, person: str = "@bob") -> list[Message]:
        with closing(SqliteStore.open(self.files.store)) as store:
            return store.room.messages(channel, person, limit=100)

    def kill_relay(self) -> None:
        holder = Holder.parse(self.files.relay_holder.read_text())
        assert holder is not None
        os.kill(holder.pid, signal.SIGKILL)
        wait_until(holder.is_dead)

    def end_relays(self) -> None:
        """End those that the page's commands started; `demo stop` knows its own alone."""
        for line in map(json.loads, (self.files.folder / "relay.log").read_text().splitlines()):
            command = Path(f"/proc/{line['process']}/cmdline") if line["event"] == "listening" else None
            if command and command.exists() and b"relay" in command.read_bytes():
                os.kill(line["process"], signal.SIGTERM)


class Night:
    """A section of the page, and its commands."""

    def __init__(self, title: str, site: Site) -> None:
        section = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        self._steps = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        self._site = site

    def step(self, begins: str, *, person: str = "@alice", operation: str = "", code: int = 0) -> str:
        """Type the next commands of the page; everything that they write."""
        script = self._steps.pop(0)
        assert script.startswith(begins)
        done = self._site.shell(script.replace(EXAMPLE, operation), person)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def is_over(self) -> bool:
        return not self._steps


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("night") / "playground"
    folder.mkdir()
    site = Site(folder)
    made = site.shell(f"command opsctl demo --no-tour --folder {folder}")
    assert made.returncode == 0, made.stderr
    yield site
    site.end_relays()
    site.shell(f"command opsctl demo stop --folder {folder}")


def test_the_night_in_which_the_relay_is_down(site: Site) -> None:
    night = Night("The relay is down", site)
    waiting = site.asked("/deploy order-service v2.4.1 production")
    other = site.asked("/deploy payment-service v2.4.1 production")
    site.kill_relay()
    site.say("@alice", "/scale order-service 3 staging")
    site.agree("@bob", other)
    site.say("@bob", "is anybody there?")
    told = "2 messages in chat wait since "
    wait_until(lambda: told in site.shell("opsctl approvals").stderr, 60)

    seen = night.step("opsctl doctor", code=5)
    assert "✗ relay" in seen
    assert told in seen
    assert "opsctl scale order-service 3 staging" in seen
    seen = night.step("opsctl operations --open")
    assert waiting in seen
    assert "/scale order-service 3 staging" in seen
    assert "Do it here: opsctl scale order-service 3 staging --as @alice" in seen
    assert "Announced in #ops." in night.step("opsctl scale order-service 3 staging")
    seen = night.step("opsctl approvals", person="@bob", operation=waiting)
    assert f"Nobody is left to run {waiting}." in seen
    assert "succeeded" in night.step("opsctl run", person="@bob", operation=waiting)

    night.step("nohup opsctl relay")
    wait_until(lambda: site.parts()["relay"] == "well", 60)
    assert "✓ relay" in night.step("opsctl doctor")

    wait_until(lambda: not site.rows("operations --open"), 60)
    ended = {row["id"]: row for row in site.rows("operations --limit 100")}
    assert ended[waiting]["state"] == ended[other]["state"] == "succeeded"
    assert [row["command"] for row in ended.values()].count("/scale order-service 3 staging") == 1
    private = [one.post.text for one in site.messages("#deployments", "@alice") if one.audience]
    assert any("Since then @alice asked for /scale order-service 3 staging in a terminal" in text for text in private)
    seen = night.step("opsctl operations --open")
    assert "wait since" not in seen
    assert "✓" in seen
    assert night.is_over


BREAK = """
CREATE TRIGGER no_post BEFORE INSERT ON room_messages BEGIN SELECT RAISE(ABORT, 'no room'); END;
CREATE TRIGGER no_edit BEFORE UPDATE ON room_messages BEGIN SELECT RAISE(ABORT, 'no room'); END;
"""
MEND = "DROP TRIGGER no_post; DROP TRIGGER no_edit;"


def test_the_night_in_which_chat_is_down(site: Site) -> None:
    night = Night("Chat is down", site)
    before = {one.id for one in site.messages("#ops")}
    store = sqlite3.connect(site.files.store, timeout=30)
    store.executescript(BREAK)

    seen = night.step("opsctl doctor", code=5)
    assert "✗ chat       The room can't be written: " in seen
    assert "#ops has not seen all of this yet" in night.step("opsctl scale order-service 4 staging")
    assert site.parts()["outbox"] == "care"
    night.step("opsctl approvals")
    seen = night.step("opsctl incident create")
    assert "Status page updated: Investigating" in seen
    assert "Not paged: " in seen
    assert [one for one in site.messages("#ops") if one.id not in before] == []

    store.executescript(MEND)
    store.close()
    night.step("opsctl operations")
    wait_until(lambda: site.parts()["outbox"] == "well", 90)
    seen = night.step("opsctl doctor")
    assert "✓ chat" in seen
    assert night.is_over
    new = [one for one in site.messages("#ops") if one.id not in before and one.key.endswith("/main")]
    asked = sorted(site.rows("operations --limit 2"), key=lambda row: row["requested_at"])
    assert [one.key for one in new] == [f"{row['id']}/main" for row in asked]
    for message, row in zip(new, asked, strict=True):
        moment = datetime.fromisoformat(row["requested_at"])
        assert f"Asked for by @alice in a terminal, {moment:%H:%M} UTC." in message.post.text
