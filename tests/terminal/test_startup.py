"""Starting is fast because what a line does not need is not loaded: asked of a fresh interpreter."""

import json
import os
import subprocess
import sys

import pytest
from tests.terminal.window import Window

HEAVY = {
    "asyncio",
    "circus",
    "httpx",
    "keyring",
    "pydantic",
    "pydantic_settings",
    "pygments",
    "rich",
    "slack_sdk",
    "tornado",
    "zmq",
}

PROBE = """
import json, sys
from opsctl.terminal.app import run
code = run(sys.argv[1:])
sys.stdout.flush()
print("\\n" + json.dumps([code, sorted(name for name in sys.modules if "." not in name or name.startswith("opsctl"))]))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "OPSCTL_CONFIG": str(folder / "opsctl.toml")}
    opsctl = [sys.executable, "-m", "opsctl"]
    subprocess.run([*opsctl, "init", "--yes", "--folder", str(folder)], env=environment, check=True)
    subprocess.run([*opsctl, "site", "publish", str(folder / "site.toml")], env=environment, check=True)
    return environment


def loaded(environment: dict[str, str], *words: str) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words], env=environment, capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    return code, set(modules)


ENGINE = {"opsctl.core.engine", "opsctl.core.execution", "opsctl.wiring"}


@pytest.mark.parametrize("words", [["deploy", "--help"], ["help", "audit"], ["scale", "x", "-1", "production"]])
def test_help_and_usage_errors_of_built_in_commands_do_not_look_at_the_site(
    site: dict[str, str], words: list[str]
) -> None:
    code, modules = loaded(site, *words)
    assert code in (0, 2)
    assert not modules & HEAVY
    assert not modules & (ENGINE | {"opsctl.glance", "sqlite3", "opsctl.core.completion", "opsctl.core.known_names"})


@pytest.mark.parametrize("words", [["--help"], ["help"], ["deplyo"], ["help", "deplyo"], ["deplyo", "--help"]])
def test_what_looks_at_the_site_loads_neither_engine_nor_libraries(site: dict[str, str], words: list[str]) -> None:
    loaded(site, *words)  # the first run validates the settings and remembers them
    code, modules = loaded(site, *words)
    assert code in (0, 2)
    assert not modules & HEAVY
    assert not modules & ENGINE
    assert "opsctl.adapters.stores.sqlite.store" not in modules


@pytest.mark.parametrize("words", [["operations"], ["audit"], ["approvals"]])
def test_local_reads_load_no_library_that_they_do_not_need(site: dict[str, str], words: list[str]) -> None:
    loaded(site, *words)  # the first run validates the settings and remembers them
    code, modules = loaded(site, *words)
    assert code == 0
    assert not modules & HEAVY
    assert not {name for name in modules if name.startswith("opsctl.adapters.deployers")}
    assert "opsctl.core.execution" not in modules
    assert "tempfile" not in modules  # nothing was learned, so nothing is written


@pytest.mark.parametrize(
    "words", [["operations"], ["audit"], ["deplyo"], ["--help"], ["scale", "my-service", "2", "staging"]]
)
def test_drawing_on_a_terminal_takes_no_library_either(site: dict[str, str], words: list[str]) -> None:
    loaded(site, *words)
    with Window([sys.executable, "-c", PROBE, *words], columns=80, environment=site) as window:
        window.ends()
    _, modules = json.loads(window.written.decode().splitlines()[-1])
    assert not set(modules) & {"rich", "wcwidth", "pygments"}


@pytest.mark.parametrize(("output", "is_drawn"), [("text", True), ("json", False)])
def test_what_is_watched_takes_rich_only_where_it_is_drawn(site: dict[str, str], output: str, is_drawn: bool) -> None:
    words = ["operations", "--watch", "--output", output]
    with Window([sys.executable, "-c", PROBE, *words], columns=200, environment=site) as window:
        window.shows("Ctrl-C ends." if is_drawn else '"rows"')
        window.press("\x03")
        window.ends()
    _, modules = json.loads(window.written.decode().splitlines()[-1])
    assert ("rich" in modules) == is_drawn


def test_a_change_reaches_its_first_entry_without_a_library_that_it_does_not_need(site: dict[str, str]) -> None:
    words = ["rollback", "my-service", "nowhere"]
    loaded(site, *words)
    code, modules = loaded(site, *words)
    assert code == 2
    assert not modules & HEAVY


def test_nothing_is_searched_for_garbage_when_it_ends() -> None:
    probe = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count()))"
    code = f"{probe}; from opsctl.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "help"], capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) > 10_000
