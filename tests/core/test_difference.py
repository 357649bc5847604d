from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsctl.core.canonical import canonical
from opsctl.core.custom import CustomCommand, Input, InputKind
from opsctl.core.difference import difference
from opsctl.core.identity import Person, Team
from opsctl.core.plan import Rule
from opsctl.core.published_site import Environment, PublishedSite, Service
from opsctl.core.rule_difference import in_words

SITE = PublishedSite(
    id="acme",
    channel="#ops",
    environments={"staging": Environment("staging"), "production": Environment("production", is_protected=True)},
    teams={"orders": Team("orders", ("@alice",), ("@bob",)), "payments": Team("payments")},
    people={"@alice": Person("@alice", 1000), "@bob": Person("@bob", 1001)},
    services={
        "order-service": Service(
            "order-service", "orders", {"production": {"kind": "local", "replicas": 2, "ports": "24000-24099"}}
        )
    },
)
LEAD = Rule("deploy", "production", approvals=1, roles=("lead",))


def with_service(**changes: Any) -> PublishedSite:
    return replace(SITE, services={"order-service": replace(SITE.services["order-service"], **changes)})


@pytest.mark.parametrize(
    ("new", "facts"),
    [
        (SITE, ()),
        (
            replace(SITE, teams={**SITE.teams, "payments": Team("payments", (), ("@alice",))}),
            ("@alice would become lead of payments",),
        ),
        (
            replace(SITE, teams={**SITE.teams, "orders": Team("orders", ("@alice",))}),
            ("@bob would no longer be lead of orders",),
        ),
        (
            with_service(deployers={"production": {"kind": "local", "replicas": 3, "ports": "24000-24099"}}),
            ("order-service would run in production with 3 replicas instead of 2",),
        ),
        (
            with_service(deployers={"production": {"kind": "local", "replicas": 2, "grace_seconds": 5}}),
            (
                "order-service would run in production with grace_seconds 5",
                "order-service would run in production without ports 24000-24099",
            ),
        ),
        (
            with_service(deployers={"staging": {"kind": "local", "replicas": 1}}),
            (
                "order-service would no longer be changed in production, and what runs of it there would go on running:"
                " scale it to 0 first",
                "order-service would run in staging with kind local, 1 replica",
            ),
        ),
        (
            replace(SITE, services={}),
            (
                "the service order-service would be gone",
                "order-service would no longer be changed in production, and what runs of it there would go on running:"
                " scale it to 0 first",
            ),
        ),
        (with_service(team="payments"), ("order-service would belong to the team payments instead of orders",)),
        (
            replace(SITE, timezone="Europe/Berlin", on_call="orders"),
            ("the time zone would be Europe/Berlin instead of UTC", "on call would be orders"),
        ),
        (
            with_service(aliases=("orders",), dashboard="https://d", migrate=("m", "up 1")),
            (
                "order-service would also be called orders",
                "order-service would have https://d as its dashboard",
                'order-service would migrate by ["m","up 1"]',
            ),
        ),
        (
            replace(SITE, environments={**SITE.environments, "production": Environment("production", channel="#live")}),
            (
                "production would no longer be protected",
                "changes in production would be announced in #live",
            ),
        ),
        (
            replace(SITE, people={"@bob": Person("@bob", 1002, ("dba",))}),
            (
                "the person @alice would be gone",
                "@bob would be uid 1002 instead of uid 1001",
                "@bob would get the role dba",
            ),
        ),
        (
            replace(SITE, rules=(LEAD, Rule("*", when="shrinks"))),
            (
                "these rules would replace the default approval matrix",
                "the rule would be new, number 1 of 2: deploy in production needs 1 approval by lead",
                "the rule would be new, number 2 of 2: any change anywhere that shrinks needs no approval",
            ),
        ),
        (replace(SITE, announces_reads=True), ("questions would be announced",)),
    ],
)
def test_a_change_is_told_in_words(new: PublishedSite, facts: tuple[str, ...]) -> None:
    assert difference(SITE, new) == facts


def test_the_order_of_rules_counts() -> None:
    other = Rule("deploy")
    (fact,) = difference(replace(SITE, rules=(LEAD, other)), replace(SITE, rules=(other, LEAD)))
    assert fact.startswith("the rules would be asked in another order: deploy anywhere needs no approval; deploy in")


def test_a_rule_is_told_whole() -> None:
    rule = Rule("migrate", "protected", "shrinks", 2, ("lead", "dba"), ("member",))
    assert in_words(rule) == (
        "migrate in a protected environment that shrinks needs 2 approvals by lead or dba,"
        " and may be asked for by member only"
    )


def test_a_site_that_was_never_published_is_told_whole() -> None:
    facts = difference(None, SITE)
    assert facts[0] == "the site acme would be published for the first time, with changes announced in #ops"
    assert "@bob would become lead of orders" in facts
    assert "the service order-service would be new" in facts


WORDS = st.sampled_from(["a", "b", "{}", "ü x"])
MAYBE = st.none() | WORDS
TUPLES = st.lists(WORDS, max_size=3).map(tuple)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 1) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


def named(make: Any, *fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def keyed(values: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
        return {name: make(name, *fields) for name, fields in values.items()}

    return st.dictionaries(WORDS, st.tuples(*fields), max_size=2).map(keyed)


RULES = st.lists(st.builds(Rule, WORDS, WORDS, MAYBE, st.integers(0, 2), TUPLES, TUPLES), max_size=3).map(tuple)
NUMBERS = st.none() | st.integers(0, 2)
VECTORS = st.lists(WORDS, min_size=1, max_size=3).map(tuple)
INPUTS = st.lists(
    st.builds(Input, WORDS, st.sampled_from(InputKind), WORDS, st.booleans(), MAYBE, TUPLES, NUMBERS, NUMBERS, TUPLES),
    max_size=3,
    unique_by=lambda one: one.name,
).map(tuple)

SITES = st.builds(
    PublishedSite,
    id=WORDS,
    channel=WORDS,
    environments=named(Environment, st.booleans(), MAYBE),
    teams=named(Team, TUPLES, TUPLES),
    people=named(Person, st.none() | st.integers(0, 2), TUPLES),
    services=named(
        Service,
        WORDS,
        st.dictionaries(WORDS, st.dictionaries(WORDS | st.just("replicas"), JSON, max_size=2), max_size=2),
        TUPLES,
        MAYBE,
        TUPLES,
    ),
    rules=RULES,
    commands=named(CustomCommand, WORDS, st.booleans(), VECTORS, INPUTS, RULES, st.integers(0, 2)),
)


@given(SITES, SITES)
def test_there_is_something_to_say_exactly_where_something_would_change(old: PublishedSite, new: PublishedSite) -> None:
    assert difference(old, old) == ()
    assert bool(difference(old, new)) == (old.digest != new.digest)


def places(value: Any, *keys: Any) -> Iterator[tuple[Any, ...]]:
    yield keys
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from places(one, *keys, key)


def changed(value: Any, keys: tuple[Any, ...], to: Any) -> Any:
    if not keys:
        return to(value)
    inside = value.copy()
    inside[keys[0]] = changed(inside[keys[0]], keys[1:], to)
    return inside


def another(value: Any) -> Any:
    """Something else of the same type."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}x"
        case list():
            return value[1:]
        case dict():
            return dict(list(value.items())[1:])
        case _:
            return value


@given(SITES, st.data())
def test_no_single_field_changes_unsaid(site: PublishedSite, data: st.DataObject) -> None:
    content = site.as_json()
    keys = data.draw(st.sampled_from([keys for keys in places(content) if keys and not is_record(content, keys)]))
    new = PublishedSite.from_json(changed(content, keys, another))
    assert bool(difference(site, new)) == (canonical(content) != canonical(new.as_json()))


def is_record(value: Any, keys: tuple[Any, ...]) -> bool:
    """Whether a table with fixed keys stands there, which can't lose one, or a word that can't be any other."""
    for key in keys:
        value = value[key]
    is_command = keys[0] == "commands"
    return (isinstance(value, dict) and (len(keys) == 2 or is_command)) or (is_command and keys[-1] == "kind")
