import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from opsctl.settings.local import load
from opsctl.settings.mistakes import InvalidSettings

GOOD = 'site = "acme"\n[store]\npath = "o.db"\n'
SLOW = ("pydantic", "pydantic_settings", "tomllib", "keyring", "typer", "tempfile")

Write = Callable[[str], Path]


def slow_modules_loaded(path: Path, environment: dict[str, str]) -> str:
    """The slow modules that loading the settings adds to a fresh interpreter, whatever its own start-up loads."""
    program = (
        "import sys; before = set(sys.modules); from pathlib import Path; from opsctl.settings.local import load;"
        f"load({environment!r}, Path({str(path)!r}));"
        f"print([name for name in {SLOW!r} if name in sys.modules.keys() - before])"
    )
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_the_first_look_at_a_file_is_seen_to_load_what_the_next_ones_spare(
    config: Write, environment: dict[str, str]
) -> None:
    assert "pydantic" in slow_modules_loaded(config(GOOD), environment)


def cached(environment: dict[str, str]) -> Path:
    (found,) = Path(environment["HOME"], ".cache/opsctl").iterdir()
    return found


def test_settings_that_did_not_change_are_read_without_pydantic_and_without_toml(
    config: Write, environment: dict[str, str]
) -> None:
    path = config(GOOD)
    first = load(environment, path)
    assert slow_modules_loaded(path, environment) == "[]"
    assert load(environment, path) == first


def test_the_cache_is_for_its_owner_alone(config: Write, environment: dict[str, str]) -> None:
    load(environment, config(GOOD))
    assert cached(environment).stat().st_mode & 0o777 == 0o600
    assert cached(environment).parent.stat().st_mode & 0o777 == 0o700


def test_a_changed_file_is_always_validated_even_where_size_and_time_stayed(
    config: Write, environment: dict[str, str]
) -> None:
    path = config(GOOD)
    load(environment, path)
    before = path.stat()
    path.write_text(GOOD.replace("acme", "ACME"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(InvalidSettings):
        load(environment, path)


def test_a_changed_variable_or_home_is_always_validated(config: Write, environment: dict[str, str]) -> None:
    path = config(GOOD.replace("o.db", "~/o.db"))
    load(environment, path)
    assert load(environment | {"OPSCTL_COLOUR": "never"}, path).colour == "never"
    assert load(environment | {"HOME": "/elsewhere"}, path).store == Path("/elsewhere/o.db")
    assert load(environment, path).colour == "auto"


def test_what_is_wrong_is_not_remembered(config: Write, environment: dict[str, str]) -> None:
    path = config("site = 1\n")
    for _ in range(2):
        with pytest.raises(InvalidSettings):
            load(environment, path)
    assert not Path(environment["HOME"]).exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 60_000, b'{"key": 1}', b"x" * 100_000])
def test_a_broken_cache_is_as_good_as_none(content: bytes, config: Write, environment: dict[str, str]) -> None:
    path = config(GOOD)
    first = load(environment, path)
    cached(environment).write_bytes(content)
    assert load(environment, path) == first
    assert slow_modules_loaded(path, environment) == "[]"


@pytest.mark.parametrize("value", [None, [], "x", {}, {"site": "evil"}])
def test_a_cache_with_the_right_key_and_another_shape_is_as_good_as_none(
    value: object, config: Write, environment: dict[str, str]
) -> None:
    path = config(GOOD)
    first = load(environment, path)
    found = json.loads(cached(environment).read_text())
    cached(environment).write_text(json.dumps(found | {"value": value}))
    assert load(environment, path) == first


def poison(environment: dict[str, str]) -> None:
    found = json.loads(cached(environment).read_text())
    found["value"]["store"] = "/tmp/evil.db"
    cached(environment).write_text(json.dumps(found))


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o666])
def test_a_cache_that_others_may_touch_is_not_believed(mode: int, config: Write, environment: dict[str, str]) -> None:
    path = config(GOOD)
    first = load(environment, path)
    poison(environment)
    cached(environment).chmod(mode)
    assert load(environment, path) == first


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_cache_of_somebody_else_is_not_believed_and_root_leaves_nothing_in_their_folder(
    config: Write, environment: dict[str, str]
) -> None:
    path = config(GOOD)
    first = load(environment, path)
    poison(environment)
    file = cached(environment)
    os.chown(file, 65534, 65534)
    os.chown(file.parent, 65534, 65534)
    assert load(environment, path) == first
    assert file.stat().st_uid == 65534


def test_a_linked_cache_is_not_followed(config: Write, environment: dict[str, str], tmp_path: Path) -> None:
    path = config(GOOD)
    first = load(environment, path)
    poison(environment)
    file = cached(environment)
    file.rename(tmp_path / "evil.json")
    file.symlink_to(tmp_path / "evil.json")
    assert load(environment, path) == first


@pytest.mark.parametrize("cache", ["/dev/null", "/proc/nowhere"])
def test_a_cache_that_cannot_be_written_is_no_error(cache: str, config: Write, environment: dict[str, str]) -> None:
    path = config(GOOD)
    for _ in range(2):
        assert load(environment | {"XDG_CACHE_HOME": cache}, path).site == "acme"
