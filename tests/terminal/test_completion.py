"""What bash, zsh and fish make of a line when TAB is pressed, with nothing but the shell itself on the PATH."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import pytest
import typer
from tests.core.team import MEMORY, Colleagues, a_site, operation_of
from tests.terminal.shells import Shell

from opsctl.core.command import Change, EnvironmentName, ServiceName
from opsctl.core.command_table import row_of
from opsctl.core.completion import command_lines
from opsctl.core.known_names import known_names
from opsctl.core.published_site import Service
from opsctl.settings.names_file import names_file, renew
from opsctl.terminal.grammar import grammar_of_terminal

CONFIG, OTHER, EVIL, BROKEN = "/etc/acme.toml", "/etc/other.toml", "/etc/evil.toml", "/etc/broken.toml"

AWKWARD = [
    "b c", "a:b", "c@d", "e=f", "g+h", "i\"j", "k'l", "o#p", "q!r", "ölung",
    "$(touch x)", "`touch x`", "s;touch x", "t&touch x", "u>x", "v*", "w?[x]", "y{1,2}", "~root", "f\x1b[31mred", "-z",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FlushCache(Change):  # type: ignore[misc]  # its grammar is all that is asked for
    """Flush the cache of a service."""

    name = "flush-cache"

    service: ServiceName
    environment: EnvironmentName
    region: Annotated[str, typer.Option("--region", help="Only there.")] = ""


@dataclass(frozen=True)
class Known:
    """What the shells are told, and two operations in it."""

    cache: Path
    awaiting: str
    done: str


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    folder = tmp_path_factory.mktemp("known")
    site = a_site()
    cron = Service("cron", "orders", {"staging": MEMORY})
    team = Colleagues.at(folder, replace(site, services={**site.services, "cron": cron}))
    done = team.deployed("v2.4.0", "staging")
    awaiting = operation_of(team.ask("@alice", "deploy order-service v2.4.1 production"))
    context = team.context("@alice")
    context.site().versions("order-service", "staging")
    context.site().versions("order-service", "production")
    team.platform("staging", "cron").versions_known = ("v1", "v2 beta")
    context.site().versions("cron", "staging")
    commands = list(command_lines([row_of(FlushCache)], grammar_of_terminal().parameters))
    evil = "\t".join(AWKWARD)
    texts = {
        CONFIG: known_names(context, "", commands),
        OTHER: "service\t*\tother-service\n",
        EVIL: f"service\t*\t{evil}\noperation\t*\t\x1f\t\t\n\n\t\nservice\n",
        BROKEN: "command\t\t\noption\t*\t\n\x00\xff\x1f\noption\toption\nargument\tdeploy\n" + "x" * 100_000,
    }
    for config, text in texts.items():
        renew(names_file(environment(folder), config), lambda _, text=text: text)
    yield Known(folder, awaiting, done)
    team.store.close()


def environment(cache: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(cache), "OPSCTL_CONFIG": CONFIG}


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest, known: Known, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    shell = Shell(request.param, tmp_path_factory.mktemp(request.param), environment(known.cache))
    yield shell
    assert not re.search(rf"{request.param}: |_opsctl\w*:", shell.heard), "the shell complains"
    shell.close()


def test_commands_are_offered_in_the_order_of_help_with_what_they_do(shell: Shell) -> None:
    assert shell.offers("opsctl ")[:3] == ["deploy", "rollback", "scale"]
    assert "help" in shell.offers("opsctl ")
    assert any("audit" in one and "Show who did what when" in one for one in shell.describes("opsctl "))
    assert shell.complete("opsctl roll") == "opsctl rollback "


def test_the_second_word_of_a_command_is_offered(shell: Shell) -> None:
    assert shell.offers("opsctl site ") == ["publish", "show", "diff"]
    assert shell.complete("opsctl audit ver") == "opsctl audit verify "
    assert shell.offers("opsctl audit verify ") == []
    assert shell.offers("opsctl audit --last 2d ver") == []


def test_help_goes_on_with_the_names_of_commands_alone(shell: Shell) -> None:
    assert "deploy" in shell.offers("opsctl help ")
    assert shell.offers("opsctl help audit ") == ["show", "verify"]
    assert shell.offers("opsctl help deploy ") == []
    assert "--dry-run" not in shell.offers("opsctl help deploy --")


def test_options_are_offered_with_what_they_do_those_of_the_command_first(shell: Shell) -> None:
    found = shell.offers("opsctl audit --")
    assert found[:2] == ["--who", "--service"]
    assert found[-1] == "--help"
    assert "-o" in shell.offers("opsctl -")
    assert any("--who" in one and "Only what this person" in one for one in shell.describes("opsctl audit --"))
    assert "--dry-run" in shell.offers("opsctl deploy --")
    assert "--dry-run" not in shell.offers("opsctl audit --")


def test_an_option_that_was_given_is_not_offered_again(shell: Shell) -> None:
    found = shell.offers("opsctl -o json audit --who @alice --")
    assert "--output" not in found
    assert "--who" not in found
    assert "--service" in found


def test_choices_are_offered_for_an_option_and_behind_its_equals_sign(shell: Shell) -> None:
    assert shell.offers("opsctl --output ") == ["text", "json", "csv"]
    assert shell.complete("opsctl --output=j") == "opsctl --output=json "
    assert shell.complete("opsctl audit --result=succ") == "opsctl audit --result=success "
    assert shell.offers("opsctl completion show ") == ["bash", "zsh", "fish"]


def test_options_may_stand_before_the_command(shell: Shell) -> None:
    assert shell.complete("opsctl --output json dep") == "opsctl --output json deploy "
    assert shell.complete("opsctl --output=json -y audit ver") == "opsctl --output=json -y audit verify "
    assert "--dry-run" in shell.offers("opsctl --output json deploy --")


def test_behind_two_dashes_there_are_no_options(shell: Shell) -> None:
    assert shell.offers("opsctl deploy -- --d") == []
    assert "order-service" in shell.offers("opsctl deploy -- ")


def test_names_of_services_are_offered(shell: Shell) -> None:
    assert shell.offers("opsctl deploy ") == ["order-service", "api-gateway", "cron"]
    assert shell.complete("opsctl logs ap") == "opsctl logs api-gateway "
    assert shell.complete("opsctl audit --service=ord") == "opsctl audit --service=order-service "


def test_versions_are_those_of_the_service_each_once_and_the_newest_first(shell: Shell) -> None:
    assert shell.offers("opsctl deploy order-service ") == ["v2.4.2", "v2.4.1", "v2.4.0", "v2.3.9"]
    assert shell.complete("opsctl deploy order-service v2.3") == "opsctl deploy order-service v2.3.9 "
    assert shell.offers("opsctl deploy api-gateway ") == []


def test_environments_are_those_in_which_the_service_runs(shell: Shell) -> None:
    assert shell.offers("opsctl deploy order-service v2.4.1 ") == ["staging", "production"]
    assert shell.complete("opsctl rollback cron ") == "opsctl rollback cron staging "
    assert shell.complete("opsctl audit --service cron --environment ").endswith(" --environment staging ")
    assert shell.complete("opsctl audit --service=cron --environment ").endswith(" --environment staging ")
    assert shell.offers("opsctl audit --environment ") == ["staging", "production"]
    assert shell.offers("opsctl scale order-service 3 ") == ["staging", "production"]


def test_only_operations_are_offered_that_the_command_can_do_anything_with(shell: Shell, known: Known) -> None:
    for command in ("approve", "reject", "cancel", "run"):
        assert shell.complete(f"opsctl {command} ") == f"opsctl {command} {known.awaiting} "
    assert set(shell.offers("opsctl operations ")) == {known.awaiting, known.done}


def test_an_operation_is_offered_with_what_it_does(shell: Shell, known: Known) -> None:
    about = "deploy order-service v2.4.1 production, awaiting approval, by @alice"
    assert any(known.awaiting in one and about in one for one in shell.describes("opsctl operations "))


def test_people_are_offered_by_their_handles(shell: Shell) -> None:
    assert "@alice" in shell.offers("opsctl audit --who ")
    assert shell.complete("opsctl audit --who @al") == "opsctl audit --who @alice "
    assert shell.complete("opsctl audit --who=@al") == "opsctl audit --who=@alice "
    assert shell.complete("opsctl --as @b") == "opsctl --as @bob "


def test_a_quote_that_is_open_stays_and_is_closed(shell: Shell) -> None:
    assert shell.means("opsctl audit --who '@al") == ["audit", "--who", "@alice"]
    assert shell.means('opsctl audit --who "@al') == ["audit", "--who", "@alice"]
    assert shell.means('opsctl "deploy" order\\-service \'v2.4.2\' prod') == [
        "deploy", "order-service", "v2.4.2", "production",
    ]  # fmt: skip


def test_words_in_quotes_before_are_understood(shell: Shell) -> None:
    assert len(shell.offers("opsctl deploy 'cron' ")) == 2
    assert shell.complete("opsctl deploy cron 'v2 beta' ") == "opsctl deploy cron 'v2 beta' staging "
    assert shell.complete("opsctl deploy cron v2\\ beta ") == "opsctl deploy cron v2\\ beta staging "
    assert shell.means("opsctl deploy cron v2\\ b") == ["deploy", "cron", "v2 beta"]


def test_files_are_offered_where_a_file_is_named(shell: Shell) -> None:
    (shell.folder / "site.toml").touch()
    (shell.folder / "folder").mkdir(exist_ok=True)
    assert shell.complete("opsctl site publish si") == "opsctl site publish site.toml "
    assert shell.complete("opsctl --config si") == "opsctl --config site.toml "
    assert shell.complete("opsctl --config=si") == "opsctl --config=site.toml "
    assert shell.complete("opsctl init --folder fo") == "opsctl init --folder folder/"


def test_nothing_is_offered_for_free_text(shell: Shell) -> None:
    for line in ("opsctl scale order-service ", "opsctl logs cron --grep ", "opsctl nonsense ", "opsctl audit --nope="):
        assert shell.offers(line) == []
        assert shell.complete(line) == line


def test_commands_of_the_site_are_completed_like_any_other(shell: Shell) -> None:
    assert shell.complete("opsctl flu") == "opsctl flush-cache "
    assert any("flush-cache" in one and "Flush the cache" in one for one in shell.describes("opsctl "))
    assert shell.complete("opsctl flush-cache cron ") == "opsctl flush-cache cron staging "
    assert shell.offers("opsctl flush-cache --")[:2] == ["--region", "--dry-run"]
    assert shell.complete("opsctl help flu") == "opsctl help flush-cache "
    assert "flush-cache" not in shell.offers(f"opsctl --config {OTHER} ")


def test_the_names_are_those_of_the_settings_that_the_line_names(shell: Shell) -> None:
    assert shell.offers(f"opsctl --config {OTHER} deploy ") == ["other-service"]
    assert shell.offers(f"opsctl --config={OTHER} deploy ") == ["other-service"]
    assert shell.offers(f"opsctl audit --config '{OTHER}' --service ") == ["other-service"]


def test_where_nothing_is_known_commands_and_options_are_offered_all_the_same(shell: Shell) -> None:
    assert shell.offers("opsctl --config /etc/nobody.toml deploy ") == []
    assert shell.complete("opsctl --config /etc/nobody.toml dep") == "opsctl --config /etc/nobody.toml deploy "


@pytest.mark.parametrize("name", AWKWARD)
def test_a_name_is_inserted_so_that_the_command_is_given_just_that_name(shell: Shell, name: str) -> None:
    start = {"bash": f"'{name[0]}", "zsh": f"'{name[0]}", "fish": f"'{name[0]}"}[shell.name]
    plain = name[0] if name[0].isalpha() else start
    for typed in {start, plain}:
        if name[0] != "-":
            words = shell.means(f"opsctl --config {EVIL} logs {typed}")
            assert words == ["--config", EVIL, "logs", name], (typed, words)


def test_nothing_that_a_file_says_is_carried_out(shell: Shell) -> None:
    before = {one.name for one in shell.folder.iterdir()}
    for line in ("logs ", "logs $", "logs '", 'logs "', "audit --service ", "audit --service=", "operations ", ""):
        for tabs in (1, 2, 3):
            shell.complete(f"opsctl --config {EVIL} {line}", tabs)
    assert {one.name for one in shell.folder.iterdir()} == before


def test_a_file_that_makes_no_sense_takes_nothing_away(shell: Shell) -> None:
    assert shell.complete(f"opsctl --config {BROKEN} roll") == f"opsctl --config {BROKEN} rollback "
    assert shell.offers(f"opsctl --config {BROKEN} deploy ") == []
    assert "--who" in shell.offers(f"opsctl --config {BROKEN} audit --")
