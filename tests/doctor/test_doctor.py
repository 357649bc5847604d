"""`opsctl doctor` with each part really down: what it finds, what it says to do, its exit code."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.core.team import wait_until
from tests.terminal.window import Window

from opsctl import wiring
from opsctl.commands.reading import read
from opsctl.core import engine
from opsctl.core.context import Interruption, utc_now
from opsctl.core.request import Request, new_id

OPSCTL = (sys.executable, "-m", "opsctl")
PARTS = [
    "settings", "keyring", "disk", "store", "journal", "operations", "clock", "chat", "outbox", "incidents", "relay",
    "deployers", "monitors",
]  # fmt: skip


@dataclass
class Site:
    """A site of one's own in a folder, looked at from a terminal."""

    folder: Path
    port: int
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        own = {"OPSCTL_CONFIG": str(self.folder / "opsctl.toml"), "XDG_CACHE_HOME": str(self.folder / "cache")}
        return {**os.environ, **own, **self.variables}

    def type(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*OPSCTL, *words], env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    def doctor(self, code: int = 0) -> dict[str, dict[str, Any]]:
        """What is found of each part; what is not well says what to do."""
        done = self.type("doctor", "--output", "json")
        assert done.returncode == code, done.stdout + done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        found = {line["part"]: line for line in lines if line["event"] == "examined"}
        assert all(one["do"] for one in found.values() if one["condition"] != "well")
        assert (code != 0) == (lines[-1]["event"] == "error")
        return found

    def change(self, *statements: str) -> None:
        """Do something to the store behind its back."""
        with closing(sqlite3.connect(self.folder / "opsctl.db", timeout=30)) as raw:
            for statement in statements:
                raw.execute(statement)
            raw.commit()

    @contextmanager
    def relay(self) -> "Iterator[subprocess.Popen[str]]":
        with subprocess.Popen([*OPSCTL, "relay"], env=self.environment, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            assert "listening" in process.stderr.readline()
            yield process
            process.kill()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    site = Site(folder, 0)
    assert site.type("init", "--yes", "--folder", str(folder)).returncode == 0
    assert site.type("site", "publish", str(folder / "site.toml")).returncode == 0
    site.type("operations")  # takes what the publishing left
    return folder


def at(made: Path, folder: Path) -> Site:
    shutil.copytree(made, folder)
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        port = attempt.getsockname()[1]
    with (folder / "opsctl.toml").open("a") as settings:
        settings.write(f'\n[runtime]\nfolder = "local"\n\n[relay]\nlisten = "127.0.0.1:{port}"\n')
    return Site(folder, port)


@pytest.fixture
def site(made: Path, tmp_path: Path) -> Site:
    return at(made, tmp_path / "site")


def test_every_part_is_looked_at_and_a_relay_that_nobody_needs_yet_is_no_fault(site: Site) -> None:
    found = site.doctor()
    assert list(found) == PARTS
    not_well = {name for name, one in found.items() if one["condition"] != "well"}
    assert not_well <= {"keyring", "relay"}
    assert found["relay"]["condition"] == "care"
    assert f"No relay answers at http://127.0.0.1:{site.port}." in found["relay"]["found"]


def test_looking_leaves_nothing_behind(site: Site) -> None:
    with closing(sqlite3.connect(site.folder / "opsctl.db")) as raw:
        before = list(raw.iterdump())
    site.doctor()
    with closing(sqlite3.connect(site.folder / "opsctl.db")) as raw:
        assert list(raw.iterdump()) == before


def test_wrong_settings_are_told_as_everywhere(site: Site) -> None:
    (site.folder / "opsctl.toml").write_text("site = 7\n")
    done = site.type("doctor")
    assert done.returncode == 2
    assert "opsctl.toml:1:" in done.stderr


def test_without_a_store_nothing_can_be_recorded(site: Site) -> None:
    (site.folder / "opsctl.db").unlink()
    found = site.doctor(code=6)
    assert list(found) == ["settings", "keyring", "disk", "store"]
    assert found["store"]["condition"] == "down"
    assert found["store"]["works"] == "Nothing can be changed or recorded without it. What runs goes on."


def test_a_file_that_is_no_store_is_named(site: Site) -> None:
    (site.folder / "opsctl.db").write_bytes(b"not a store at all" * 400)
    assert "is not a store, or is damaged" in site.doctor(code=6)["store"]["found"]


def test_a_store_that_others_hold_for_too_long_is_down_and_what_is_read_is_told(site: Site) -> None:
    with closing(sqlite3.connect(site.folder / "opsctl.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = site.doctor(code=6)
    assert "is locked by another process" in found["store"]["found"]
    assert found["store"]["works"] == "What is recorded can be read; changes are refused."
    assert found["journal"]["condition"] == "well"


def test_a_journal_that_was_tampered_with_is_found(site: Site) -> None:
    site.change(
        "DROP TRIGGER journal_is_not_updated",
        """UPDATE journal SET body = '{"person":"@mallory"}' WHERE seq = 2""",
    )
    found = site.doctor(code=6)
    assert found["journal"]["condition"] == "down"
    assert "the first is entry 2" in found["journal"]["found"]
    assert "opsctl audit verify" in found["journal"]["do"]
    assert found["store"]["condition"] == "well"


def test_a_room_that_takes_nothing_is_a_chat_that_is_down_and_what_waits_is_counted(site: Site) -> None:
    site.change("CREATE TRIGGER t BEFORE INSERT ON room_messages BEGIN SELECT RAISE(ABORT, 'no room'); END")
    assert site.type("incident", "create", "No light", "--severity", "sev4").returncode == 0
    found = site.doctor(code=5)
    assert found["chat"]["condition"] == "down"
    assert found["outbox"]["condition"] == "care"
    assert "chat: The room can't be written." in found["outbox"]["found"]
    assert found["incidents"]["condition"] == "care"
    site.change("DROP TRIGGER t")
    site.type("operations")
    assert site.doctor()["outbox"]["found"] == "everything was taken"


def test_what_an_incident_leaves_to_be_done_by_hand_is_named(site: Site) -> None:
    site.type("incident", "create", "No light", "--severity", "sev4")
    found = site.doctor()["incidents"]
    assert found["condition"] == "care"
    assert found["found"].startswith("Left to be done by hand: 1. Tried again: 0. The first: page the team for inc-1")
    assert found["do"] == "See what and why: opsctl incident show inc-1"


def said_long_ago(site: Site, *words: str) -> None:
    assert site.type("room", "post", *words).returncode == 0
    site.change("UPDATE deliveries SET at = '2026-03-04T03:12:00.000000Z'")


def test_a_relay_that_is_away_while_somebody_waits_for_it_is_down(site: Site) -> None:
    said_long_ago(site, "/scale my-service 2 staging")
    found = site.doctor(code=5)["relay"]
    assert "1 message in chat waits since 2026-03-04 03:12 UTC, and no relay deals with it." in found["found"]
    assert found["do"].endswith("Until then, in a terminal: opsctl scale my-service 2 staging")


def test_talk_among_people_waits_for_nobody(site: Site) -> None:
    said_long_ago(site, "shall we scale my-service?")
    assert site.doctor()["relay"]["condition"] == "care"
    assert "no relay" not in site.type("operations").stderr


def test_a_relay_that_hears_is_well(site: Site) -> None:
    with site.relay():
        assert site.doctor()["relay"]["found"].startswith(f"hears at http://127.0.0.1:{site.port}; a message came")


def test_a_relay_that_lives_and_is_deaf_is_down(site: Site) -> None:
    with site.relay():
        site.change("CREATE TRIGGER t BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'deaf'); END")
        found = site.doctor(code=5)["relay"]
        assert "and does not hear. deliveries: a probe was not taken within 3 s." in found["found"]
        assert found["works"] == "The terminal does everything by itself."
        site.change("DROP TRIGGER t")
        assert site.doctor()["relay"]["condition"] == "well"


def test_a_relay_that_is_frozen_does_not_answer(site: Site) -> None:
    with site.relay() as process:
        process.send_signal(signal.SIGSTOP)
        assert site.doctor()["relay"]["condition"] == "care"
        said_long_ago(site, "/status")
        assert site.doctor(code=5)["relay"]["condition"] == "down"


def is_listened_at(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def test_something_else_at_the_relays_address_is_no_relay(site: Site, tmp_path: Path) -> None:
    (tmp_path / "readyz").write_text('{"is_ready": true}')
    words = [sys.executable, "-m", "http.server", str(site.port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as other:
        wait_until(lambda: is_listened_at(site.port), 20)
        assert "does not hear" in site.doctor(code=5)["relay"]["found"]
        other.kill()


def test_an_operation_that_was_left_running_is_named(site: Site) -> None:
    words = [*OPSCTL, "deploy", "my-service", "v1", "staging", "--output", "json"]
    with subprocess.Popen(words, env=site.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        operation = next(line for line in map(json.loads, process.stdout) if line["event"] == "stepped")["operation"]
        process.kill()
    found = site.doctor()["operations"]
    assert found["found"].startswith(f"{operation} was left running")
    assert found["do"] == f"Find out: opsctl run {operation}"


def test_a_platform_that_does_not_answer_is_down_and_the_others_are_not(site: Site) -> None:
    (site.folder / "local" / "services" / "staging" / "my-service" / "state.json").mkdir(parents=True)
    found = site.doctor(code=5)["deployers"]
    assert found["found"].startswith("1 of 3 do not answer: my-service in staging: ")
    assert found["works"].startswith("The others can be changed.")


def test_a_keyring_is_well_where_there_is_one_and_needs_care_where_there_is_none(site: Site) -> None:
    site.variables["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    found = site.doctor()["keyring"]
    assert (found["condition"], found["works"]) == ("care", "Whatever needs no secret works.")
    site.variables |= {
        "PYTHON_KEYRING_BACKEND": "keyring_on_disk.Keyring",
        "PYTHONPATH": str(Path(__file__).parents[1] / "terminal"),
        "KEYRING_FILE": str(site.folder / "keyring.json"),
    }
    assert site.doctor()["keyring"]["found"] == "usable; no secrets are kept"


def test_a_clock_behind_what_others_wrote_needs_care(site: Site) -> None:
    settings = wiring.settings_of(site.environment)
    with closing(wiring.open_store(settings)) as store:
        context = wiring.open_context(settings, store, read, Interruption())
        text = "/scale my-service 1 staging"
        caller, ahead = wiring.caller_of(store, context.published()), utc_now() + timedelta(hours=1)
        request = Request(new_id(store), read(text, context.published()), text, caller, ahead)
        list(engine.ask(context, request))
    found = site.doctor()["clock"]
    assert found["condition"] == "care"
    assert found["found"].endswith(" behind the newest operation.")


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A small file system of its own."""
    folder.mkdir()
    words: Sequence[str | Path] = ("mount", "-t", "tmpfs", *options, "tmpfs", folder)
    if os.geteuid() != 0 or subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount file systems, and not on every machine")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_disk_that_is_nearly_full_and_one_that_is_full(made: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "-o", "size=256m") as disk:
        site = at(made, disk / "site")
        assert site.doctor()["disk"]["condition"] == "care"
        with pytest.raises(OSError, match="No space"):
            (disk / "fill").write_bytes(bytes(256 * 1024 * 1024))
        found = site.doctor(code=6)
        assert found["disk"]["found"].startswith("Only 0 MiB free at ")
        assert found["store"]["condition"] == "down"
        (disk / "fill").unlink()
        assert site.doctor()["store"]["condition"] == "well"


def test_a_disk_that_is_read_only(made: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk") as disk:
        site = at(made, disk / "site")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        site.variables["XDG_CACHE_HOME"] = str(tmp_path)
        found = site.doctor(code=6)
        assert "read-only" in found["store"]["found"]
        assert found["journal"]["condition"] == "well"


def test_it_reads_well_in_sixty_columns(site: Site) -> None:
    said_long_ago(site, "/scale my-service 2 staging")
    with Window([*OPSCTL, "doctor"], 60, site.environment) as window:
        assert window.ends() == 5
        text = window.text
    assert all(len(line) <= 60 for line in text.splitlines())
    assert "✗ relay      No relay answers at" in text
    assert "opsctl scale my-service 2 staging" in text
    assert "✗ Down: relay." in text
    indents = [len(line) - len(line.lstrip()) for line in text.splitlines()]
    assert set(indents) <= {0, 2, 4, 13, 15}
