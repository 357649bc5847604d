import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from opsctl.core.identity import Person, Team
from opsctl.core.published_site import PublishedSite
from opsctl.settings.local import load
from opsctl.settings.templates import Answers, opsctl_toml, site_toml

ANSWERS = Answers(site="acme", handle="@alice", uid=1000, team="orders", service="order-service")


def uncommented(text: str) -> str:
    """The text with every suggestion taken: lines that are a table or a setting behind a `# `."""
    lines = (line.removeprefix("# ") if is_suggestion(line) else line for line in text.splitlines())
    return "\n".join(lines)


def is_suggestion(line: str) -> bool:
    rest = line.removeprefix("# ")
    return rest != line and (rest.startswith("[") or rest.split(" ")[1:2] == ["="])


def test_the_settings_that_init_writes_work(config: Callable[[str], Path], environment: dict[str, str]) -> None:
    path = config(opsctl_toml("acme"))
    settings = load(environment, path)
    assert (settings.site, settings.store) == ("acme", path.parent / "opsctl.db")


@pytest.mark.parametrize("store", ["/srv/a b/ö.db", 'a"b\\c\t.db', "\x7f.db"])
def test_a_store_with_any_name_is_the_one_that_was_meant(
    store: str, config: Callable[[str], Path], environment: dict[str, str]
) -> None:
    path = config(opsctl_toml("acme", store=store))
    assert load(environment, path).store == path.parent / store


def test_every_suggestion_in_the_settings_can_be_taken(
    config: Callable[[str], Path], environment: dict[str, str]
) -> None:
    text = uncommented(opsctl_toml("acme")).replace('id = ""', 'id = "s1"')
    by_path = "".join(line for line in text.splitlines(keepends=True) if not line.startswith('url = "postgresql'))
    by_url = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("path ="))
    for one, other in ((by_path, "store.url"), (by_url, "store.path")):
        settings = load(environment, config(one))
        assert [name for name, origin in settings.origins.items() if origin == "default"] == [other]


def test_the_site_that_init_writes_works(site: Callable[[str], PublishedSite]) -> None:
    read = site(site_toml(ANSWERS))
    assert read.people == {"@alice": Person("@alice", 1000)}
    assert read.teams == {"orders": Team("orders", ("@alice",), ("@alice",))}
    assert [name for name, one in read.environments.items() if one.is_protected] == ["production"]
    assert list(read.services["order-service"].deployers) == ["development", "staging", "production"]
    assert read.services["order-service"].deployers["staging"] == {
        "kind": "local",
        "ports": "24000-24099",
        "known_versions": ["v1", "v2"],
        "command": ["{python}", "-m", "opsctl.playground.service"],
    }
    assert read.rules == ()


def test_every_suggestion_in_the_site_can_be_taken(site: Callable[[str], PublishedSite], tmp_path: Path) -> None:
    read = site(uncommented(site_toml(ANSWERS)))
    assert read.people["@alice"].roles == ("dba",)
    assert read.people["@bob"].uid == 1001
    assert read.environments["production"].channel == "#deployments"
    assert read.services["order-service"].dashboard == "https://grafana.example/d/order-service"
    assert read.services["order-service"].deployers["production"]["replicas"] == 2
    assert read.services["order-service"].deployers["staging"]["versions"] == str(tmp_path / "versions/order-service")
    assert [rule.command for rule in read.rules] == ["deploy"]
    flush = read.commands["flush-cache"]
    assert flush.vector == ("redis-cli", "-h", "{service}.{environment}.example", "{database}", "flushdb")
    assert (flush.limit_seconds, [rule.environment for rule in flush.rules]) == (120, ["protected", "*"])


def test_one_environment_is_enough(site: Callable[[str], PublishedSite]) -> None:
    read = site(site_toml(Answers("a", "@b.c_d", 0, "t", "s", ("live",))))
    assert read.environments["live"].is_protected
    assert tomllib.loads(site_toml(ANSWERS))["people"] == {"@alice": {"uid": 1000}}
