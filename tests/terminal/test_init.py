"""A newcomer's first minutes: the questions, the files, and what the files let them do."""

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.terminal.at_a_terminal import AtATerminal

from opsctl.settings.templates import Answers, site_toml
from opsctl.terminal.commands.init_questions import Question, defaults, questions
from opsctl.terminal.commands.site_file import read_site_file
from opsctl.wiring.setting_up import stop_local_processes

OPSCTL = [sys.executable, "-m", "opsctl"]


@dataclass(frozen=True)
class Newcomer:
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    @property
    def folder(self) -> Path:
        return self.home / ".config/opsctl"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*OPSCTL, *words], env=self.environment, capture_output=True, text=True, check=False, stdin=-3
        )

    def at_a_terminal(self, *words: str) -> AtATerminal:
        return AtATerminal(*words, environment=self.environment)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    newcomer = Newcomer(tmp_path / "home")
    yield newcomer
    stop_local_processes(newcomer.folder / "local")


def test_what_init_writes_is_deployed_as_it_is_by_following_what_it_says(newcomer: Newcomer) -> None:
    made = newcomer.run("init", "--yes")
    assert made.returncode == 0
    steps = [line.strip() for line in made.stdout.splitlines() if line.startswith("  opsctl ")]
    assert [step.split()[1] for step in steps] == ["site", "deploy", "status"]
    for step in steps:
        done = newcomer.run(*step.split()[1:])
        assert done.returncode == 0, done.stderr
    assert "v1" in done.stdout
    assert "1/1" in done.stdout
    assert "healthy" in done.stdout
    comments = (newcomer.folder / "site.toml").read_text()
    assert "opsctl deploy my-service v1 development" in comments


def test_a_version_of_ones_own_is_deployed_as_the_comments_say(newcomer: Newcomer) -> None:
    assert newcomer.run("init", "--yes").returncode == 0
    site = newcomer.folder / "site.toml"
    lines = (
        line.replace("# versions =", "versions =")
        for line in site.read_text().splitlines(keepends=True)
        if not line.startswith(("known_versions", "command ="))
    )
    site.write_text("".join(lines))
    run = newcomer.folder / "versions/my-service/v7/run"
    run.parent.mkdir(parents=True)
    (run.parent / "healthz").write_text("ok")
    run.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m http.server --bind 127.0.0.1 "$PORT"\n')
    run.chmod(0o700)
    assert newcomer.run("site", "publish", str(site)).returncode == 0
    done = newcomer.run("deploy", "my-service", "v7", "development")
    assert done.returncode == 0, done.stderr


def test_whoever_began_alone_can_publish_a_second_lead(newcomer: Newcomer) -> None:
    assert newcomer.run("init", "--yes").returncode == 0
    site = newcomer.folder / "site.toml"
    assert newcomer.run("site", "publish", str(site)).returncode == 0
    text = site.read_text().replace("# [people.bob]", "[people.bob]").replace("# uid = 1001", "uid = 4001")
    site.write_text(text.replace("\nleads = [", '\nleads = ["@bob", '))
    assert newcomer.run("site", "publish", str(site)).returncode == 0
    asked = newcomer.run("deploy", "my-service", "v1", "production", "--dry-run")
    assert asked.returncode == 0
    assert "@bob" in asked.stdout + asked.stderr


def test_five_questions_are_answered_and_become_the_site(newcomer: Newcomer) -> None:
    with newcomer.at_a_terminal("init") as terminal:
        terminal.answer("site called? [my-site]", "acme")
        terminal.answer("handle? [@", "alice")
        terminal.answer("team called?", "orders")
        terminal.answer("service called?", "order-service")
        terminal.answer("protected environment last? [development staging production]", "test, live")
        assert terminal.exit_code() == 0
    site = tomllib.loads((newcomer.folder / "site.toml").read_text())
    assert site["id"] == "acme"
    assert site["people"] == {"@alice": {"uid": os.getuid()}}
    assert site["environments"] == {"test": {}, "live": {"protected": True}}
    assert site["services"]["order-service"]["environments"] == ["test", "live"]
    assert newcomer.run("config", "check").returncode == 0


def test_a_wrong_answer_is_asked_for_again_with_the_reason_and_nothing_is_lost(newcomer: Newcomer) -> None:
    with newcomer.at_a_terminal("init") as terminal:
        terminal.answer("site called?", "My Site")
        terminal.wait_for("'My Site' can't be a name")
        terminal.answer("site called?", "acme")
        terminal.answer("handle?", "")
        terminal.answer("team called?", "")
        terminal.answer("service called?", "")
        terminal.answer("last?", "test protected")
        terminal.wait_for("has a meaning in rules")
        terminal.answer("last?", "test test")
        terminal.wait_for("Test stands there twice.")
        terminal.answer("last?", "test live")
        assert terminal.exit_code() == 0
    assert tomllib.loads((newcomer.folder / "site.toml").read_text())["id"] == "acme"


@pytest.mark.parametrize(
    ("key", "code", "says"), [("\x03", 130, "Stopped."), ("\x04", 2, "The input ended")], ids=["ctrl-c", "ctrl-d"]
)
def test_leaving_a_question_writes_nothing(newcomer: Newcomer, key: str, code: int, says: str) -> None:
    with newcomer.at_a_terminal("init") as terminal:
        terminal.answer("site called?", "acme")
        terminal.wait_for("handle?")
        terminal.type(key)
        assert terminal.exit_code() == code
    assert f"\n{'! ' if code == 130 else '✗ '}{says}" in terminal.seen
    assert "Nothing was written." in terminal.seen
    assert "Traceback" not in terminal.seen
    assert not newcomer.folder.exists()


def test_sigterm_at_a_question_writes_nothing(newcomer: Newcomer) -> None:
    with newcomer.at_a_terminal("init") as terminal:
        terminal.wait_for("site called?")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.exit_code() == 130
    assert not newcomer.folder.exists()


def test_nothing_is_asked_where_there_is_a_file_already(newcomer: Newcomer) -> None:
    newcomer.folder.mkdir(parents=True)
    (newcomer.folder / "site.toml").write_text("mine")
    with newcomer.at_a_terminal("init") as terminal:
        assert terminal.exit_code() == 2
    assert "site.toml exists already" in terminal.seen
    assert "?" not in terminal.seen
    assert [file.name for file in newcomer.folder.iterdir()] == ["site.toml"]


def test_without_a_terminal_the_way_without_questions_is_named(newcomer: Newcomer) -> None:
    done = newcomer.run("init")
    assert done.returncode == 2
    assert "opsctl init --yes" in done.stderr
    assert not newcomer.home.exists()


def test_the_store_of_another_site_is_neither_taken_nor_touched(newcomer: Newcomer) -> None:
    assert newcomer.run("init", "--yes").returncode == 0
    for name in ("opsctl.toml", "site.toml"):
        (newcomer.folder / name).unlink()
    with newcomer.at_a_terminal("init") as terminal:
        terminal.answer("site called?", "other")
        for question in ("handle?", "team called?", "service called?", "last?"):
            terminal.answer(question, "")
        assert terminal.exit_code() == 2
    assert "is the store of another site" in terminal.seen
    assert not (newcomer.folder / "opsctl.toml").exists()
    assert newcomer.run("init", "--yes").returncode == 0


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/dev/null/ops"])
def test_a_folder_that_cannot_be_made_is_told_in_words(newcomer: Newcomer, folder: str) -> None:
    done = newcomer.run("init", "--yes", "--folder", folder)
    assert done.returncode == 2
    assert f"{folder} can't be used: no" in done.stderr
    assert "Choose another --folder." in done.stderr


def test_one_protected_environment_is_told_to_need_a_second_lead(newcomer: Newcomer) -> None:
    with newcomer.at_a_terminal("init") as terminal:
        for question, text in (("site", ""), ("handle?", ""), ("team", ""), ("service called?", ""), ("last?", "live")):
            terminal.answer(question, text)
        assert terminal.exit_code() == 0
    assert "A deploy to live needs a second lead's yes" in terminal.seen


@pytest.mark.parametrize(
    ("user", "handle"), [("alice", "@alice"), ("Jane.Doe", "@jane.doe"), ("svc$", "@svc"), ("ÄÖ", "@me"), ("", "@me")]
)
def test_whatever_the_user_is_called_there_is_a_handle_like_it(user: str, handle: str) -> None:
    assert defaults(user, 1000).handle == handle


def acceptable(question: Question) -> st.SearchStrategy[object]:
    def is_acceptable(text: str) -> bool:
        try:
            return bool(question.read(text))
        except ValueError:
            return False

    texts = st.text("a0-._ ,@", min_size=1, max_size=8) | st.sampled_from(["protected", "a", "@b.c", "x, y"])
    return texts.filter(is_acceptable).map(question.read)


@given(st.fixed_dictionaries({one.answer: acceptable(one) for one in questions("alice")}))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_whatever_answers_are_taken_make_a_site_without_a_mistake(answers: dict[str, object]) -> None:
    from tempfile import TemporaryDirectory

    whole = Answers(uid=1000, **answers)  # type: ignore[arg-type]
    with TemporaryDirectory() as folder:
        file = Path(folder, "site.toml")
        file.write_text(site_toml(whole))
        assert read_site_file(file, whole.site).people[whole.handle].uid == 1000
