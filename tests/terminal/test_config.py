"""`config check`, `config show` and `site diff` as a person meets them."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from opsctl.terminal.app import run


@dataclass(frozen=True)
class Typed:
    code: int
    out: str
    err: str

    @property
    def facts(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Type = Callable[..., Typed]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config/opsctl"


@pytest.fixture
def type_(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Type:
    own = {f"XDG_{kind.upper()}_HOME": str(tmp_path / kind) for kind in ("config", "cache", "state")}
    base = {name: value for name, value in os.environ.items() if not name.startswith("OPSCTL_")} | own

    def type_line(*words: str, **variables: str) -> Typed:
        code = run(words, base | variables)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Typed(code, out, err)

    assert type_line("init", "--yes").code == 0
    return type_line


def edit(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text)


def test_what_is_right_is_told_part_by_part(type_: Type, folder: Path) -> None:
    typed = type_("config", "check")
    assert typed.code == 0
    assert typed.out.splitlines() == [
        f"✓ settings   {folder}/opsctl.toml",
        "- variables  none of opsctl's is set",
        f"✓ site file  {folder}/site.toml",
        f"✓ store      {folder}/opsctl.db (nothing is published in it yet)",
        "- secrets    none are kept",
        "✓ chat       room",
    ]


def test_every_mistake_of_every_part_is_told_at_once(type_: Type, folder: Path) -> None:
    edit(folder / "opsctl.toml", ("\nsite =", '\ncolor = "red"\nsite ='), ('"opsctl.db"', '"other.db"'))
    edit(folder / "site.toml", ("uid = 0" if os.getuid() == 0 else f"uid = {os.getuid()}", 'uid = "x"'))
    edit(folder / "site.toml", ('kind = "local"', 'kind = "loca"'), ('id = "my-site"', 'id = "other"'))
    edit(folder / "site.toml", ('channel = "#ops"', 'chanel = "#ops"'))
    broken = {"OPSCTL_OUTPUT": "xml", "OPSCTL_STORE_ID": "s 1", "OPSCTL_COLOR": "never", "OPSCTL_SECRET_x": "1"}
    typed = type_("config", "check", **broken)
    assert typed.code == 2
    assert [line.strip() for line in typed.out.splitlines()] == [
        f"✗ settings   {folder}/opsctl.toml",
        "6:1: there is no setting 'color' here. Did you mean colour?",
        "✗ variables  environment (OPSCTL_OUTPUT, OPSCTL_STORE_ID)",
        "OPSCTL_COLOR: there is no such variable. Did you mean OPSCTL_COLOUR?",
        "OPSCTL_OUTPUT: output must be text or json, not 'xml'",
        "OPSCTL_SECRET_x: this names no secret; slack-token is OPSCTL_SECRET_SLACK_TOKEN",
        "OPSCTL_STORE_ID: an id has at most 100 letters, digits and signs, without spaces",
        f"✗ site file  {folder}/site.toml",
        "1:1: channel is missing",
        "7:1: this is the site 'other', but the settings are those of 'my-site'",
        "8:1: there is no setting 'chanel' here. Did you mean channel?",
        "26:1: uid must be a whole number, not 'x'",
        "60:1: There is no deployer of the kind 'loca'. Did you mean local?",
        f"✗ store      {folder}/other.db",
        f"There is no store at {folder}/other.db. Make it with: opsctl init;"
        " or correct the path of the store in opsctl.toml.",
        "- secrets    none are kept",
        "✓ chat       room",
    ]
    assert "There are 11 mistakes." in typed.err


def test_mistakes_are_data_for_programs(type_: Type, folder: Path) -> None:
    edit(folder / "opsctl.toml", ("\nsite =", "\nsit ="))
    *parts, error = type_("config", "check", "--output", "json").facts
    assert parts[0]["mistakes"] == [
        {"file": f"{folder}/opsctl.toml", "line": 1, "column": 1, "what": "site is missing"},
        {
            "file": f"{folder}/opsctl.toml",
            "line": 6,
            "column": 1,
            "what": "there is no setting 'sit' here. Did you mean site?",
        },
    ]
    assert [part["part"] for part in parts] == ["settings", "variables", "site file", "store", "secrets", "chat"]
    assert (error["event"], error["reason"], error["exit_code"]) == ("error", "settings", 2)


def test_a_file_that_is_no_toml_does_not_keep_the_rest_from_being_checked(type_: Type, folder: Path) -> None:
    edit(folder / "opsctl.toml", ("[store]", "[store"))
    edit(folder / "site.toml", ('channel = "#ops"', 'channel = "ops"'))
    typed = type_("config", "check", OPSCTL_COLOUR="red")
    assert re.search(r"^  \d+:7: this is not TOML", typed.out, re.MULTILINE)
    assert "OPSCTL_COLOUR: colour must be auto, always or never, not 'red'" in typed.out
    assert "8:1: 'ops' can't be a channel" in typed.out
    assert "- store      not looked at: the settings have to be right first" in typed.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--site", "nowhere.toml"), "/nowhere.toml\n  can't be read: no such file"),
        (("--site", "/dev/null"), "can't be read: it is not a regular file"),
    ],
    ids=str,
)
def test_a_site_file_that_is_named_must_be_there(type_: Type, words: tuple[str, ...], says: str) -> None:
    typed = type_("config", "check", *words)
    assert typed.code == 2
    assert says in typed.out


def test_where_there_is_no_site_file_the_option_is_named(type_: Type, folder: Path) -> None:
    (folder / "site.toml").unlink()
    typed = type_("config", "check")
    assert typed.code == 0
    assert f"- site file  there is no {folder}/site.toml; check another one with --site FILE" in typed.out


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda store: store.write_bytes(b"no database" * 500), "opsctl.db"),
        (lambda store: store.unlink(), "There is no store at"),
        (lambda store: (store.unlink(), store.mkdir()), "opsctl.db"),
    ],
    ids=["no database", "missing", "a folder"],
)
def test_a_store_that_cannot_be_used_is_one_mistake_among_others(
    type_: Type, folder: Path, break_it: Callable[[Path], object], says: str
) -> None:
    for name in ("opsctl.db-wal", "opsctl.db-shm"):
        (folder / name).unlink(missing_ok=True)
    break_it(folder / "opsctl.db")
    edit(folder / "site.toml", ('channel = "#ops"', 'channel = "ops"'))
    typed = type_("config", "check")
    assert typed.code == 2
    assert "There are 2 mistakes." in typed.err
    assert says in typed.out.partition("✗ store")[2]


def test_a_store_with_another_id_is_told(type_: Type) -> None:
    typed = type_("config", "check", OPSCTL_STORE_ID="st-other")
    assert typed.code == 2
    assert "the settings say st-other" in typed.out


def test_a_wrong_taste_does_not_keep_the_store_from_being_looked_at(type_: Type, folder: Path) -> None:
    edit(folder / "opsctl.toml", ("\nsite =", '\ncolour = "red"\nsite ='))
    assert f"✓ store      {folder}/opsctl.db" in type_("config", "check").out


def test_a_secret_that_the_keyring_no_longer_has_is_told(type_: Type, tmp_path: Path) -> None:
    index = tmp_path / "state/opsctl/secrets.json"
    index.parent.mkdir(parents=True)
    index.write_text('{"my-site": ["slack-token"]}')
    typed = type_("config", "check")
    assert typed.code == 2
    assert "✗ secrets    keyring (slack-token)" in typed.out
    assert "OPSCTL_SECRET_SLACK_TOKEN" in typed.out
    assert type_("config", "check", OPSCTL_SECRET_SLACK_TOKEN="x").code == 0


def test_where_there_are_no_settings_at_all_the_next_step_is_named(type_: Type, folder: Path) -> None:
    (folder / "opsctl.toml").unlink()
    typed = type_("config", "check")
    assert typed.code == 2
    assert "opsctl init" in typed.err


def test_every_setting_is_shown_with_where_it_comes_from(type_: Type, folder: Path) -> None:
    typed = type_("config", "show", "--output", "json", OPSCTL_COLOUR="never")
    (shown,) = typed.facts
    assert shown["event"] == "settings_shown"
    assert {row["name"]: row["origin"] for row in shown["rows"]} == {
        "site": f"{folder}/opsctl.toml:6",
        "colour": "OPSCTL_COLOUR",
        "output": "default",
        "store.path": f"{folder}/opsctl.toml:12",
        "store.url": "default",
        "store.id": "default",
        "runtime.folder": "default",
        "relay.listen": "default",
        "relay.url": "default",
        "relay.grace_seconds": "default",
        "chat.kind": "default",
        "slack.url": "default",
        "slack.receive": "default",
        "slack.command": "default",
        "slack.prefix": "default",
    }
    assert shown["secrets"] == []


def test_what_publishing_would_change_is_said_in_words(type_: Type, folder: Path) -> None:
    site = str(folder / "site.toml")
    assert "published for the first time" in type_("site", "diff", site).out
    assert type_("site", "publish", site).code == 0
    same = type_("site", "diff", site)
    assert (same.code, same.out, same.err) == (0, "", "Nothing would change.\n")
    edit(folder / "site.toml", ("# [people.bob]", "[people.bob]"), ("# uid = 1001", "uid = 1001"))
    edit(folder / "site.toml", ("\nleads = [", '\nleads = ["@bob", '))
    assert type_("site", "diff", site).out.splitlines() == [
        "the person @bob would be new",
        "@bob would be uid 1001",
        "@bob would become lead of my-team",
    ]
    (shown,) = type_("site", "diff", site, "--output", "json").facts
    assert shown["event"] == "site_difference"
    assert len(shown["facts"]) == 3


def test_a_site_file_of_another_site_is_told_with_its_line(type_: Type, folder: Path) -> None:
    edit(folder / "site.toml", ('id = "my-site"', 'id = "other"'))
    for command in ("diff", "publish"):
        typed = type_("site", command, str(folder / "site.toml"))
        assert typed.code == 2
        assert "site.toml:7:1: this is the site 'other', but the settings are those of 'my-site'" in typed.err
