"""`completion install` and `completion show`: what they write and say, and that the shells then find it."""

import os
import pty
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.terminal.shells import SCRIPTS

OPSCTL = str(Path(sysconfig.get_path("scripts"), "opsctl"))
PLACES = {
    "bash": (".local/share/bash-completion/completions/opsctl", "opsctl.bash"),
    "zsh": (".local/share/zsh/site-functions/_opsctl", "_opsctl"),
    "fish": (".config/fish/completions/opsctl.fish", "opsctl.fish"),
}


@dataclass(frozen=True)
class Home:
    folder: Path

    def type(self, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return self.run([OPSCTL, *words], **variables)

    def run(self, vector: list[str], **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **variables}
        return subprocess.run(vector, env=environment, capture_output=True, text=True, check=False)

    def files(self) -> set[str]:
        return {str(one.relative_to(self.folder)) for one in self.folder.rglob("*") if one.is_file()}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder)


@pytest.mark.parametrize("shell", PLACES)
def test_the_script_is_put_where_the_shell_looks_and_nothing_else_is_touched(home: Home, shell: str) -> None:
    place, script = PLACES[shell]
    done = home.type("completion", "install", shell)
    assert done.returncode == 0, done
    assert done.stdout.startswith(f"Wrote {home.folder / place}\n")
    assert home.files() == {place}
    assert (home.folder / place).read_text() == (SCRIPTS / script).read_text()
    assert (home.folder / place).stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("shell", PLACES)
def test_a_second_time_nothing_is_written_and_that_is_said(home: Home, shell: str) -> None:
    home.type("completion", "install", shell)
    file = home.folder / PLACES[shell][0]
    before = file.stat().st_ino
    done = home.type("completion", "install", shell)
    assert done.returncode == 0
    assert f"{file} is up to date; nothing was written." in done.stdout
    assert file.stat().st_ino == before  # it would be put in the place of the old one


def test_the_script_of_another_version_is_replaced(home: Home) -> None:
    home.type("completion", "install", "fish")
    file = home.folder / PLACES["fish"][0]
    file.write_text(file.read_text().replace("deploy", "old"))
    assert "Wrote" in home.type("completion", "install", "fish").stdout
    assert file.read_text() == (SCRIPTS / "opsctl.fish").read_text()


def test_a_file_that_opsctl_did_not_write_stays(home: Home) -> None:
    file = home.folder / PLACES["bash"][0]
    file.parent.mkdir(parents=True)
    file.write_text("mine\n")
    done = home.type("completion", "install", "bash")
    assert done.returncode == 2
    assert "opsctl did not write it" in done.stderr
    assert file.read_text() == "mine\n"


def test_a_link_into_somebodys_repository_of_settings_stays_a_link(home: Home) -> None:
    file, kept = home.folder / PLACES["fish"][0], home.folder / "dotfiles.fish"
    file.parent.mkdir(parents=True)
    file.symlink_to(kept)
    assert home.type("completion", "install", "fish").returncode == 0
    assert file.is_symlink()
    assert kept.read_text() == (SCRIPTS / "opsctl.fish").read_text()


def test_a_place_that_cannot_be_written_is_said_without_a_traceback(home: Home) -> None:
    done = home.type("completion", "install", "zsh", XDG_DATA_HOME="/proc/nowhere")
    assert done.returncode == 2
    assert "can't be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("shell", PLACES)
def test_the_shell_that_one_is_in_is_found(home: Home, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    done = home.run([shell, "-c", f"{shlex.quote(str(OPSCTL))} completion install; true"], SHELL="/bin/sh")
    assert home.files() >= {PLACES[shell][0]}, done


def test_else_it_is_the_persons_own_shell_and_else_one_is_asked_for(home: Home) -> None:
    started = [sys.executable, "-c", f"import subprocess; subprocess.run(['{OPSCTL}', 'completion', 'install'])"]
    assert "site-functions/_opsctl" in home.run(started, SHELL="/usr/bin/zsh").stdout
    assert "opsctl completion install bash|zsh|fish" in home.run(started, SHELL="/bin/ksh").stderr


@pytest.mark.parametrize("written", ["~/.local/share/zsh", "$HOME/.local/share/zsh", "{home}/.local/share/zsh"])
def test_zsh_is_told_what_to_do_until_its_settings_name_the_folder(home: Home, written: str) -> None:
    assert "fpath=(" in home.type("completion", "install", "zsh").stdout
    folder = written.format(home=home.folder)
    (home.folder / ".zshrc").write_text(f"fpath=({folder}/site-functions $fpath)\n")
    assert "fpath=(" not in home.type("completion", "install", "zsh").stdout


@pytest.mark.parametrize("shell", PLACES)
def test_show_prints_what_install_writes(home: Home, shell: str) -> None:
    assert home.type("completion", "show", shell).stdout == (SCRIPTS / PLACES[shell][1]).read_text()
    assert home.files() == set()


LOADED = "/usr/share/bash-completion/bash_completion"
AFTERWARDS = {
    "bash": (["--norc", "-i", "-c"], f"source {LOADED}; _completion_loader opsctl; complete -p opsctl"),
    "zsh": (["-i", "-c"], "echo ${_comps[opsctl]}"),
    "fish": (["-c"], "complete -C 'opsctl roll'"),
}
SEEN = {"bash": "-F __opsctl opsctl", "zsh": "_opsctl", "fish": "rollback"}


@pytest.mark.parametrize("shell", PLACES)
def test_a_new_shell_completes_once_that_is_done(home: Home, shell: str) -> None:
    if shutil.which(shell) is None or (shell == "bash" and not Path(LOADED).exists()):
        pytest.skip(f"needs {shell} with its completions")
    said = home.type("completion", "install", shell).stdout
    lines = [line for line in said.splitlines() if line.startswith("  ")]
    (home.folder / ".zshrc").write_text("\n".join(lines).replace("compinit", "compinit -u"))
    options, line = AFTERWARDS[shell]
    ours, terminal = pty.openpty()
    found = subprocess.run(
        [shell, *options, line],
        env={"HOME": str(home.folder), "PATH": f"{Path(OPSCTL).parent}:{os.environ['PATH']}"},
        stdin=terminal,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(ours)
    os.close(terminal)
    assert SEEN[shell] in found.stdout, found


def test_the_wheel_has_all_that_the_scripts_are_made_of(tmp_path: Path) -> None:
    top = Path(__file__).parents[2]
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(top)],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode:
        pytest.skip(f"needs the build system: {built.stderr[-500:]}")
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    show = f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r}); from opsctl.terminal.app import run; "
    show += "import opsctl; print(opsctl.__file__, file=sys.stderr); run(['completion', 'show', 'zsh'])"
    shown = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert str(tmp_path) in shown.stderr
    assert shown.stdout == (SCRIPTS / "_opsctl").read_text()
