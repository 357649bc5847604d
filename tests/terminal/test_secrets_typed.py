"""Secrets as people give them: typed unseen or piped in, and seen nowhere afterwards."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.terminal.at_a_terminal import AtATerminal

VALUE = "hunter2-ünd-nothing-else"
OPSCTL = [sys.executable, "-m", "opsctl"]


@dataclass(frozen=True)
class Machine:
    folder: Path
    environment: dict[str, str]

    def run(self, *words: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*OPSCTL, *words],
            env=self.environment | variables,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def kept(self) -> str:
        file = self.folder / "keyring.json"
        return file.read_text() if file.exists() else ""

    def files_with(self, value: str) -> list[str]:
        """The files that anybody wrote which hold the value, but for the keyring's own."""
        files = (file for file in self.folder.rglob("*") if file.is_file() and file.name != "keyring.json")
        return [str(file) for file in files if value.encode() in file.read_bytes()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    subprocess.run([*OPSCTL, "init", "--yes"], env={"HOME": str(folder)}, stdout=subprocess.DEVNULL, check=True)
    return folder


@pytest.fixture
def machine(home: Path, tmp_path: Path) -> Machine:
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    own = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parent),
        "PYTHON_KEYRING_BACKEND": "keyring_on_disk.Keyring",
        "KEYRING_FILE": str(tmp_path / "keyring.json"),
    }
    return Machine(tmp_path, own)


def test_a_typed_secret_is_not_shown_and_is_kept(machine: Machine) -> None:
    with AtATerminal("secrets", "set", "slack-token", environment=machine.environment) as terminal:
        terminal.wait_for("slack-token (is not shown): ")
        assert not terminal.shows_what_is_typed
        terminal.type(f"{VALUE}\r")
        assert terminal.exit_code() == 0
    assert "slack-token is in the keyring" in terminal.seen
    assert VALUE not in terminal.seen
    assert "hunter2-" in machine.kept


def test_it_is_typed_unseen_also_where_errors_go_to_a_file(machine: Machine) -> None:
    with (machine.folder / "errors").open("w") as errors:
        words = ("secrets", "set", "slack-token")
        with AtATerminal(*words, environment=machine.environment, stderr=errors.fileno()) as terminal:
            terminal.wait_for("slack-token (is not shown): ")
            assert not terminal.shows_what_is_typed
            terminal.type(f"{VALUE}\r")
            assert terminal.exit_code() == 0
    assert VALUE not in terminal.seen
    assert machine.files_with(VALUE) == []


@pytest.mark.parametrize(
    ("key", "code", "says"), [("\x03", 130, ""), ("\x04", 2, "is empty")], ids=["ctrl-c", "ctrl-d"]
)
def test_leaving_the_question_keeps_nothing_and_gives_the_terminal_back(
    machine: Machine, key: str, code: int, says: str
) -> None:
    with AtATerminal("secrets", "set", "slack-token", environment=machine.environment) as terminal:
        terminal.wait_for("shown): ")
        terminal.type(key)
        assert terminal.exit_code() == code
        assert terminal.shows_what_is_typed
    assert says in terminal.seen
    assert "Traceback" not in terminal.seen
    assert machine.kept == ""


def test_sigterm_at_the_question_gives_the_terminal_back(machine: Machine) -> None:
    with AtATerminal("secrets", "set", "slack-token", environment=machine.environment) as terminal:
        terminal.wait_for("shown): ")
        terminal.process.terminate()
        assert terminal.exit_code() == 130
        assert terminal.shows_what_is_typed


def test_a_piped_secret_is_kept_whole(machine: Machine) -> None:
    key = "-----BEGIN KEY-----\nline 2\n-----END KEY-----"
    assert machine.run("secrets", "set", "signing-key", given=f"{key}\n").returncode == 0
    assert json.loads(machine.kept) == {"opsctl/my-site signing-key": key}


@pytest.mark.parametrize("given", [b"", b"\xff\xfe", b"x" * 65537], ids=["empty", "no text", "too long"])
def test_what_is_no_secret_is_not_kept(machine: Machine, given: bytes) -> None:
    words = [*OPSCTL, "secrets", "set", "slack-token"]
    done = subprocess.run(words, env=machine.environment, input=given, capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Standard input is no secret" in done.stderr
    assert machine.kept == ""


@pytest.mark.parametrize("words", [["slack-token", VALUE], [f"--value={VALUE}", "slack-token"], ["x", f"-{VALUE}"]])
@pytest.mark.parametrize("more", [(), ("--debug",), ("--output", "json")], ids=str)
def test_a_secret_typed_on_the_line_is_not_repeated(machine: Machine, words: list[str], more: tuple[str, ...]) -> None:
    done = machine.run(*more, "secrets", "set", *words)
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr
    assert "asked for" in done.stdout + done.stderr


@pytest.mark.parametrize("error", ["RuntimeError", "KeyError", "OSError"])
@pytest.mark.parametrize("more", [(), ("--debug",), ("--output", "json", "--debug")], ids=str)
def test_a_keyring_that_fails_and_quotes_the_secret_is_not_quoted(
    machine: Machine, error: str, more: tuple[str, ...]
) -> None:
    done = machine.run(*more, "secrets", "set", "slack-token", given=VALUE, KEYRING_FAILS=error)
    assert done.returncode == 2
    assert error in done.stdout + done.stderr
    assert "OPSCTL_SECRET_SLACK_TOKEN" in done.stdout + done.stderr
    assert "hunter2" not in done.stdout + done.stderr


def test_a_secret_is_in_no_answer_and_in_no_file(machine: Machine) -> None:
    folder = machine.folder / ".config/opsctl"
    assert machine.run("site", "publish", str(folder / "site.toml")).returncode == 0
    assert machine.run("secrets", "set", "slack-token", given=VALUE).returncode == 0
    outside = {"OPSCTL_SECRET_PAGER_KEY": f"{VALUE}-outside"}
    said = ""
    for line in ("secrets list", "config show", "config check", "site show", "status", "audit", "operations"):
        for output in ("text", "json"):
            done = machine.run(*line.split(), "--output", output, "--debug", **outside)
            assert done.returncode == 0, done.stderr
            said += done.stdout + done.stderr
    assert "slack-token" in said
    assert "pager-key" in said
    assert "hunter2" not in said
    assert machine.files_with("hunter2") == []


def test_a_secret_is_in_no_process_list(machine: Machine) -> None:
    read, write = os.pipe()
    with subprocess.Popen([*OPSCTL, "secrets", "set", "slack-token"], env=machine.environment, stdin=read) as process:
        os.close(read)
        with os.fdopen(write, "w") as pipe:
            pipe.write(VALUE)
        looks = 0
        while process.poll() is None:
            assert not any(VALUE.encode() in line for line in command_lines())
            looks += 1
    assert process.returncode == 0
    assert looks
    assert "hunter2" in machine.kept


def command_lines() -> list[bytes]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found.append((folder / "cmdline").read_bytes())
        except OSError:
            continue
    return found


def test_a_program_that_opsctl_runs_does_not_get_the_secrets(machine: Machine) -> None:
    file = machine.folder / ".config/opsctl/site.toml"
    migrate = '["sh", "-c", "env; exit 1"]'
    file.write_text(file.read_text().replace('# migrate = ["alembic", "upgrade", "head"]', f"migrate = {migrate}"))
    assert machine.run("site", "publish", str(file)).returncode == 0
    outside = {"OPSCTL_SECRET_PAGER_KEY": VALUE, "OPSCTL_OUTPUT": "text"}
    done = machine.run("migrate", "my-service", "development", **outside)
    assert "OPSCTL_SERVICE=my-service" in done.stderr + done.stdout
    assert "hunter2" not in done.stderr + done.stdout
    assert machine.files_with("hunter2") == []


@pytest.mark.parametrize("backend", ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring"])
@pytest.mark.parametrize("words", ["secrets set slack-token", "secrets remove slack-token"])
def test_where_there_is_no_keyring_the_variable_is_named_before_anything_is_asked(
    machine: Machine, backend: str, words: str
) -> None:
    environment = machine.environment | {"PYTHON_KEYRING_BACKEND": backend}
    with AtATerminal(*shlex.split(words), environment=environment) as terminal:
        assert terminal.exit_code() == 2
    assert "There is no keyring on this machine" in terminal.seen
    assert "OPSCTL_SECRET_SLACK_TOKEN" in terminal.seen
    assert "shown)" not in terminal.seen


def test_a_keyring_that_is_not_installed_is_told_in_words(machine: Machine) -> None:
    done = machine.run("secrets", "set", "slack-token", given=VALUE, PYTHON_KEYRING_BACKEND="no.such.Keyring")
    assert done.returncode == 2
    assert "The keyring can't be used (ModuleNotFoundError)." in done.stderr


def test_a_variable_wins_over_the_keyring_and_says_so(machine: Machine) -> None:
    outside = {"OPSCTL_SECRET_SLACK_TOKEN": "other"}
    done = machine.run("secrets", "set", "slack-token", given=VALUE, **outside)
    assert done.returncode == 0
    assert "OPSCTL_SECRET_SLACK_TOKEN is set, and wins over it" in done.stderr
    assert "OPSCTL_SECRET_SLACK_TOKEN" in machine.run("secrets", "list", **outside).stdout
    assert machine.run("secrets", "remove", "slack-token", **outside).returncode == 0
    done = machine.run("secrets", "remove", "slack-token", **outside)
    assert "unset OPSCTL_SECRET_SLACK_TOKEN" in done.stderr


def test_config_show_names_secrets_and_masks_them(machine: Machine) -> None:
    machine.run("secrets", "set", "slack-token", given=VALUE)
    rows = [line.split() for line in machine.run("config", "show", OPSCTL_SECRET_PAGER_KEY="x").stdout.splitlines()]
    assert ["secret", "pager-key", "***", "OPSCTL_SECRET_PAGER_KEY"] in rows
    assert ["secret", "slack-token", "***", "keyring"] in rows


def test_listing_secrets_asks_no_keyring(machine: Machine) -> None:
    program = (
        "import sys; from opsctl.terminal.app import run; run(['secrets', 'list']); print('keyring' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=machine.environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["False"]


def test_a_secret_of_the_environment_that_gets_into_a_line_gets_no_further(machine: Machine) -> None:
    known = {"OPSCTL_SECRET_SLACK_TOKEN": VALUE}
    site = machine.folder / ".config" / "opsctl" / "site.toml"
    assert machine.run("site", "publish", str(site)).returncode == 0
    assert machine.run("logs", "my-service", "--grep", f"x{VALUE}y", **known).returncode == 0
    machine.run("reject", "op-7f3k9q", f"not with {VALUE}", **known)
    assert machine.files_with(VALUE) == []
    assert "/logs my-service --grep x***y" in machine.run("audit").stdout
