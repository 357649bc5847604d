import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from opsctl.core.errors import UsageError
from opsctl.settings.local import VARIABLES, Settings, load
from opsctl.settings.mistakes import InvalidSettings

GOOD = """\
site = "acme"
output = "json"
[store]
path = "data/opsctl.db"
"""

Write = Callable[[str], Path]


def wrong(text: str, config: Write, environment: dict[str, str]) -> list[str]:
    path = config(text)
    with pytest.raises(InvalidSettings) as raised:
        load(environment, path)
    return [str(mistake).removeprefix(f"{path}:") for mistake in raised.value.mistakes]


def test_a_relative_store_is_beside_its_settings_file_and_local_processes_are_beside_the_store(
    config: Write, environment: dict[str, str], tmp_path: Path
) -> None:
    settings = load(environment, config(GOOD))
    assert settings == Settings(
        file=tmp_path / "opsctl.toml",
        site="acme",
        store=tmp_path / "data/opsctl.db",
        store_id=None,
        folder=tmp_path / "data/local",
        colour="auto",
        output="json",
        origins=settings.origins,
    )


def test_the_environment_wins_value_by_value_and_every_value_tells_where_it_came_from(
    config: Write, environment: dict[str, str], tmp_path: Path
) -> None:
    path = config(GOOD)
    settings = load(environment | {"OPSCTL_STORE_ID": "s1", "OPSCTL_OUTPUT": "text", "OPSCTL_COLOUR": ""}, path)
    assert settings.shown() == (
        ("site", "acme", f"{path}:1"),
        ("colour", "auto", "default"),
        ("output", "text", "OPSCTL_OUTPUT"),
        ("store.path", str(tmp_path / "data/opsctl.db"), f"{path}:4"),
        ("store.url", "", "default"),
        ("store.id", "s1", "OPSCTL_STORE_ID"),
        ("runtime.folder", str(tmp_path / "data/local"), "default"),
        ("relay.listen", "127.0.0.1:8719", "default"),
        ("relay.url", "http://127.0.0.1:8719", "default"),
        ("relay.grace_seconds", "30", "default"),
        ("chat.kind", "room", "default"),
        ("slack.url", "https://slack.com/api/", "default"),
        ("slack.receive", "socket", "default"),
        ("slack.command", "/ops", "default"),
        ("slack.prefix", "", "default"),
    )


def test_every_variable_is_read(config: Write, environment: dict[str, str]) -> None:
    values = {
        "site": "other",
        "colour": "never",
        "output": "text",
        "store.path": "/var/o.db",
        "store.id": "s2",
        "runtime.folder": "/run/o",
        "relay.listen": "127.0.0.1:9000",
        "relay.url": "https://ops.example.com",
        "relay.grace_seconds": "60",
        "chat.kind": "slack",
        "slack.url": "https://slack-gov.com/api/",
        "slack.receive": "http",
        "slack.command": "/opsctl",
        "slack.prefix": "ops-",
    }
    variables = {VARIABLES[setting]: value for setting, value in values.items()}
    settings = load(environment | variables, config(GOOD))
    shown = [(name, value, VARIABLES[name]) for name, value in values.items()]
    assert [row for row in settings.shown() if row[0] != "store.url"] == shown
    settings = load(environment | {"OPSCTL_STORE_URL": "postgresql:///o"}, config(GOOD))
    assert ("store.url", "postgresql:///o", "OPSCTL_STORE_URL") in settings.shown()


def test_the_environment_can_give_what_the_file_leaves_out(config: Write, environment: dict[str, str]) -> None:
    settings = load(environment | {"OPSCTL_SITE": "acme", "OPSCTL_STORE_PATH": "~/o.db"}, config(""))
    assert settings.store == Path(environment["HOME"], "o.db")


def test_every_mistake_is_told_at_once_with_its_line_and_the_nearest_right_name(
    config: Write, environment: dict[str, str]
) -> None:
    text = 'sit = "acme"\ncolour = "blue"\noutput = 3\n\n[store]\npath = ""\npaht = "x"\n[runtime]\nfolder = ["x"]\n'
    assert wrong(text, config, environment) == [
        "1:1: site is missing",
        "1:1: there is no setting 'sit' here. Did you mean site?",
        "2:1: colour must be auto, always or never, not 'blue'",
        "3:1: output must be text or json, not 3",
        "6:1: a path must not be empty",
        "7:1: there is no setting 'paht' here. Did you mean path?",
        "9:1: folder must be text in quotes, not ['x']",
    ]


def test_a_mistake_in_the_environment_names_the_variable(config: Write, environment: dict[str, str]) -> None:
    path = config(GOOD)
    with pytest.raises(InvalidSettings) as raised:
        load(environment | {"OPSCTL_COLOUR": "blue", "OPSCTL_SITE": "A B"}, path)
    assert [str(mistake) for mistake in raised.value.mistakes] == [
        "OPSCTL_COLOUR: colour must be auto, always or never, not 'blue'",
        "OPSCTL_SITE: 'A B' can't be a name: use at most 63 of a-z, 0-9 and -, with a letter or digit at both ends",
    ]


def test_a_relative_path_in_the_environment_is_refused(config: Write, environment: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings, match=r"OPSCTL_STORE_PATH: 'o\.db' must begin with / or ~/"):
        load(environment | {"OPSCTL_STORE_PATH": "o.db"}, config(GOOD))


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('site = "acme', "1:13: this is not TOML: unterminated string"),
        ('site = "acme"\n[store', "2:7: this is not TOML: expected ']' at the end of a table declaration"),
        ('site = "a"\nsite = "b"\n', "2:11: this is not TOML: cannot overwrite a value"),
        ("site\n", "1:5: this is not TOML: expected '=' after a key in a key/value pair"),
        (f"a = {'[' * 5000}{']' * 5000}", "1:1: lists or tables are nested too deeply"),
    ],
)
def test_a_half_written_file_is_one_line_with_its_place(
    text: str, mistake: str, config: Write, environment: dict[str, str]
) -> None:
    (found,) = wrong(text, config, environment)
    assert found.startswith(mistake.split(": ", 1)[0])
    assert found.split(": ")[1] == mistake.split(": ")[1]


def test_a_file_that_is_no_text_is_one_line_with_its_place(config: Write, environment: dict[str, str]) -> None:
    path = config("")
    path.write_bytes(b'site = "acme"\ncolour = "\xff"\n')
    with pytest.raises(InvalidSettings, match=r"opsctl.toml:2:11: this is not UTF-8 text"):
        load(environment, path)


def test_control_characters_and_long_values_do_not_reach_the_message(
    config: Write, environment: dict[str, str]
) -> None:
    found = wrong(f'site = "acme"\ncolour = "\\u001b[31m{"x" * 500}"\n[store]\npath="x"\n', config, environment)
    assert len(found) == 1
    assert "\x1b" not in found[0]
    assert len(found[0]) < 150


def test_the_settings_are_found_by_option_then_variable_then_home_then_system(
    environment: dict[str, str], tmp_path: Path
) -> None:
    places = [tmp_path / name for name in ("option", "variable", "home/.config/opsctl/opsctl.toml", "system")]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(GOOD)
    option, variable, user, system = places
    named = environment | {"OPSCTL_CONFIG": str(variable)}
    assert load(named, option, system).file == option
    assert load(named, None, system).file == variable
    assert load(environment, None, system).file == user
    user.unlink()
    assert load(environment, None, system).file == system


def test_nothing_is_looked_for_in_or_above_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "opsctl.toml").write_text(GOOD)
    inside = tmp_path / "clone" / "src"
    inside.mkdir(parents=True)
    program = (
        "from pathlib import Path\nfrom opsctl.core.errors import UsageError\nfrom opsctl.settings.local import load\n"
        f"try: load({{'HOME': {str(tmp_path / 'home')!r}}}, None, Path('/nowhere'))\n"
        "except UsageError as error: print(error.reason)"
    )
    for folder in (tmp_path, inside):
        ran = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
        assert ran.stdout == "no_settings\n"


def test_where_there_are_no_settings_the_next_step_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        load(environment, None, tmp_path / "nothing")
    assert raised.value.reason == "no_settings"
    assert "opsctl init" in raised.value.do
    assert "opsctl demo" in raised.value.do


@pytest.mark.parametrize("is_named", [True, False], ids=["named", "found"])
def test_a_file_that_may_be_there_and_can_not_be_reached_is_not_called_missing(
    is_named: bool, environment: dict[str, str], tmp_path: Path
) -> None:
    # Root may look into every folder; nobody can look through a loop.
    folder = tmp_path / "loop"
    folder.symlink_to(folder)
    own = {"OPSCTL_CONFIG": str(folder / "opsctl.toml")} if is_named else {"XDG_CONFIG_HOME": str(folder)}
    with pytest.raises(UsageError) as raised:
        load({**environment, **own})
    assert "can't be reached" in raised.value.happened
    assert "There" not in raised.value.happened


def test_a_named_file_that_is_missing_is_not_replaced_by_another(environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no settings file .*absent \(from OPSCTL_CONFIG\)"):
        load(environment | {"OPSCTL_CONFIG": str(tmp_path / "absent")})
    with pytest.raises(UsageError, match=r"There is no settings file .*absent \(from --config\)"):
        load(environment, tmp_path / "absent")


@pytest.mark.parametrize("kind", ["folder", "dangling link", "larger than 4 MiB"])
def test_what_is_no_readable_file_is_a_clear_error(kind: str, environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "it"
    if kind == "folder":
        path.mkdir()
    elif kind == "dangling link":
        path.symlink_to("nothing")
    else:
        path.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    with pytest.raises(UsageError, match="can't be read"):
        load(environment, path)
