"""Which names a shell offers depends on which settings count: it follows the same rule as a run of opsctl."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.terminal.shells import SCRIPTS, Shell

from opsctl.settings.names_file import names_file, renew

SHELLS = ["bash", "zsh", "fish"]

Start = Callable[..., Shell]


@pytest.fixture(params=SHELLS)
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts a shell in a folder of its own, below which are its home and everything that it may write."""
    started = []

    def new(wrapper: tuple[str, ...] = (), **environment: str) -> Shell:
        started.append(Shell(request.param, tmp_path / "shell", environment, wrapper))
        return started[-1]

    yield new
    for shell in started:
        shell.close()


def know(name: str, home: Path, config: str = "", **environment: str) -> Path:
    """Let a run with that environment have learned of one service."""
    file = names_file({"HOME": str(home), **environment}, config)
    renew(file, lambda _: f"service\t*\t{name}\n")
    return file


def test_the_persons_own_settings_count_where_none_are_named(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "shell/home"
    shell = start()
    assert shell.offers("opsctl logs ") == []
    own = home / ".config/opsctl/opsctl.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    know("own", home)
    assert shell.offers("opsctl logs ") == ["own"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_folders_that_variables_name_count(start: Start, tmp_path: Path, slash: str) -> None:
    config = tmp_path / "config"
    (config / "opsctl").mkdir(parents=True)
    (config / "opsctl/opsctl.toml").touch()
    variables = {"XDG_CONFIG_HOME": f"{config}{slash}", "XDG_CACHE_HOME": f"{tmp_path}/cache{slash}"}
    know("elsewhere", tmp_path / "shell/home", **variables)
    assert start(**variables).offers("opsctl logs ") == ["elsewhere"]


def test_relative_folders_in_variables_do_not_count(start: Start, tmp_path: Path) -> None:
    know("system", tmp_path / "shell/home")  # where nothing is named and the person has none
    shell = start(XDG_CONFIG_HOME="config", XDG_CACHE_HOME="cache")
    assert shell.offers("opsctl logs ") == ["system"]


@pytest.mark.parametrize(
    "config", ["site.toml", "./site.toml", "../shell/site.toml", "a b%/s$(x).toml", "//x/./y.toml"]
)
def test_settings_that_are_named_from_here_count_from_here(start: Start, tmp_path: Path, config: str) -> None:
    home, here = tmp_path / "shell/home", str(tmp_path / "shell")
    know("named", home, f"{config}" if config.startswith("/") else f"{here}/{config}")
    assert start(OPSCTL_CONFIG=config).offers("opsctl logs ") == ["named"]
    shell = start()
    quoted = f"'{config}'"
    assert shell.offers(f"opsctl --config {quoted} logs ") == ["named"]
    assert shell.offers(f"opsctl logs --config={quoted} ") == ["named"]
    assert shell.offers("opsctl logs ") == []


def test_settings_below_the_home_folder_may_be_named_by_a_tilde(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "shell/home"
    know("mine", home, f"{home}/site.toml")
    assert start().offers("opsctl --config ~/site.toml logs ") == ["mine"]


def test_a_site_or_store_that_a_variable_names_has_its_own_names(start: Start, tmp_path: Path) -> None:
    home, variables = tmp_path / "shell/home", {"OPSCTL_SITE": "other", "OPSCTL_STORE_PATH": "/var/other store.db"}
    know("usual", home, "/etc/site.toml")
    know("other", home, "/etc/site.toml", **variables)
    assert start(OPSCTL_CONFIG="/etc/site.toml").offers("opsctl logs ") == ["usual"]
    assert start(OPSCTL_CONFIG="/etc/site.toml", **variables).offers("opsctl logs ") == ["other"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_names_that_somebody_else_wrote_are_not_offered(start: Start, tmp_path: Path) -> None:
    file = know("theirs", tmp_path / "shell/home", "/etc/site.toml")
    os.chown(file, 65534, 65534)
    assert start(OPSCTL_CONFIG="/etc/site.toml").offers("opsctl logs ") == []


def test_a_pipe_in_place_of_the_file_holds_nothing_up(start: Start, tmp_path: Path) -> None:
    file = know("gone", tmp_path / "shell/home", "/etc/site.toml")
    file.unlink()
    os.mkfifo(file)
    assert start(OPSCTL_CONFIG="/etc/site.toml").complete("opsctl dep") == "opsctl deploy "


def test_no_process_is_started(start: Start, tmp_path: Path) -> None:
    calls, log = "trace=execve,fork,vfork,clone,clone3", tmp_path / "trace"
    # zsh makes 200,000 system calls to start; stopped at each of them, it takes half a minute on a busy machine
    traced = ("strace", "-D", "-f", "--seccomp-bpf", "-qq", "-e", calls)
    if shutil.which("strace") is None or subprocess.run([*traced, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs strace, and to be allowed to trace")
    know("order-service", tmp_path / "shell/home", "/etc/site.toml")
    shell = start((*traced, "-o", str(log)), OPSCTL_CONFIG="/etc/site.toml")
    shell.complete("opsctl dep")  # zsh and fish load functions of theirs
    before = len(log.read_text().splitlines())
    assert before >= 1
    assert shell.complete("opsctl deploy or") == "opsctl deploy order-service "
    for line in ("opsctl ", "opsctl audit --", "opsctl audit --who=", "opsctl site publish ", "opsctl init --folder "):
        shell.complete(line, tabs=3)
    processes = [one for one in log.read_text().splitlines()[before:] if "CLONE_THREAD" not in one]
    assert processes == []


@pytest.mark.parametrize(("script", "check"), [("opsctl.bash", "bash"), ("_opsctl", "zsh"), ("opsctl.fish", "fish")])
def test_a_script_is_right_by_its_own_shell(script: str, check: str) -> None:
    if shutil.which(check) is None:
        pytest.skip(f"needs {check}")
    subprocess.run([check, "-n", str(SCRIPTS / script)], check=True)


def test_shellcheck_finds_nothing_in_the_script_for_bash() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("needs shellcheck")
    subprocess.run(["shellcheck", "--shell=bash", str(SCRIPTS / "opsctl.bash")], check=True)
