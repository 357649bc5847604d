"""What a run of opsctl leaves behind for the shells."""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.core.team import Colleagues

from opsctl.core.errors import Undecided
from opsctl.core.known_names import known_names
from opsctl.settings.names_file import names_file
from opsctl.terminal.app import run
from opsctl.terminal.dialogue import Dialogue
from opsctl.terminal.ink import Ink
from opsctl.terminal.text_display import TextDisplay

Type = Callable[..., int]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    own = {"OPSCTL_CONFIG": str(tmp_path / "opsctl.toml"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    return {**os.environ, **own}


@pytest.fixture
def opsctl(tmp_path: Path, environment: dict[str, str]) -> Type:
    """A site with a service that has two versions; nothing is published yet."""

    def type_line(*words: str) -> int:
        return run(words, environment)

    assert type_line("init", "--yes", "--folder", str(tmp_path)) == 0
    return type_line


def publish(opsctl: Type, tmp_path: Path) -> None:
    assert opsctl("site", "publish", str(tmp_path / "site.toml")) == 0


def test_help_a_wrong_line_and_settings_teach_nothing(opsctl: Type, environment: dict[str, str]) -> None:
    for words in ((), ("--help",), ("deplyo",), ("scale", "x", "-1", "staging"), ("config", "show")):
        opsctl(*words)
    assert not names_file(environment).exists()


def test_the_first_publishing_teaches_the_site(opsctl: Type, environment: dict[str, str], tmp_path: Path) -> None:
    publish(opsctl, tmp_path)
    lines = names_file(environment).read_text().splitlines()
    assert "service\t*\tmy-service" in lines
    assert "environment\tmy-service\tdevelopment\tstaging\tproduction" in lines


@pytest.mark.parametrize("words", [["v2", "staging", "--dry-run"], ["v9", "staging"]])
def test_a_deploy_that_asks_for_the_versions_teaches_them_even_where_it_goes_no_further(
    opsctl: Type, environment: dict[str, str], tmp_path: Path, words: list[str]
) -> None:
    publish(opsctl, tmp_path)
    assert "version\t" not in names_file(environment).read_text()
    opsctl("deploy", "my-service", *words)
    assert "version\tmy-service/staging\tv2\tv1\n" in names_file(environment).read_text()
    assert opsctl("operations") == 0
    assert "version\tmy-service/staging\tv2\tv1\n" in names_file(environment).read_text()


def test_a_read_writes_nothing_that_is_known_already(opsctl: Type, environment: dict[str, str], tmp_path: Path) -> None:
    publish(opsctl, tmp_path)
    before = names_file(environment).stat().st_ino
    for words in (["operations"], ["audit"], ["approvals"]):
        assert opsctl(*words) == 0
    assert names_file(environment).stat().st_ino == before  # it would be put in the place of the old one


def test_names_that_cannot_be_written_are_no_error(
    opsctl: Type, environment: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(opsctl, tmp_path)
    capsys.readouterr()
    environment["XDG_CACHE_HOME"] = "/proc/nowhere"
    assert opsctl("operations") == 0
    assert capsys.readouterr().err == ""


def test_settings_named_on_the_line_have_their_own_names(
    opsctl: Type, environment: dict[str, str], tmp_path: Path
) -> None:
    publish(opsctl, tmp_path)
    link = tmp_path / "link.toml"
    link.symlink_to("opsctl.toml")
    assert opsctl("operations", "--config", str(link)) == 0
    assert names_file(environment, str(link)).read_text() == names_file(environment).read_text()


def test_an_operation_is_known_to_await_approval_while_its_requester_still_waits(team: Colleagues) -> None:
    learned = []
    context = team.context("@alice")

    def learn() -> None:
        learned.append(known_names(context, ""))
        context.interruption.hang_up()  # the requester waits no longer than the test has to

    display = TextDisplay(Ink(io.StringIO()), Ink(io.StringIO()))
    request = team.request("@alice", "deploy order-service v2.4.1 production")
    with pytest.raises(Undecided):
        Dialogue(context, display, None, says_yes=True, learn=learn).carry_through(request)
    assert f"awaiting-operation\t*\t{request.id}\x1f" in learned[0]


def test_an_operation_is_known_while_it_runs(team: Colleagues) -> None:
    learned = []
    context = team.context("@alice")
    display = TextDisplay(Ink(io.StringIO()), Ink(io.StringIO()))
    request = team.request("@alice", "deploy order-service v2.4.1 staging")
    learn = lambda: learned.append(known_names(context, ""))  # noqa: E731
    assert Dialogue(context, display, None, says_yes=True, learn=learn).carry_through(request) == 0
    assert f"open-operation\t*\t{request.id}\x1fdeploy order-service v2.4.1 staging, running, by @alice" in learned[0]
