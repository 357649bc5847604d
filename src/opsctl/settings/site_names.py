"""What a site file refers to by name, gathered before its values are checked, to find every wrong one at once.

It is read from what was written, however wrong the rest of that is; it judges nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

BUILT_IN_ROLES = ("lead", "any-lead", "member")


@dataclass(frozen=True, slots=True)
class SiteNames:
    """Every name that may be referred to, and who claims what.

    `uids`, `slack_users` and `service_names` map to their claimants.

    `taken` are the words that no command of the site may be called.
    """

    environments: Collection[str]
    people: Collection[str]
    teams: Collection[str]
    roles: Collection[str]
    commands: Collection[str]
    traits: Collection[str]
    uids: Mapping[int, tuple[str, ...]]
    slack_users: Mapping[str, tuple[str, ...]]
    handles: Mapping[str, int]
    service_names: Mapping[str, tuple[str, ...]]
    taken: Collection[str]


def names_in(
    data: Mapping[str, Any], commands: Collection[str], traits: Collection[str], taken: Collection[str]
) -> SiteNames:
    """The names in a site file as tomllib read it, beside those that opsctl itself has."""
    people = table(data, "people")
    handles = Counter(with_at(key) for key in people)
    groups = {command.split(" ", 1)[0] for command in commands}
    return SiteNames(
        environments=tuple(table(data, "environments")),
        people=tuple(handles),
        teams=tuple(table(data, "teams")),
        roles=(*BUILT_IN_ROLES, *dict.fromkeys((*_roles(people), *_group_roles(data)))),
        commands=("*", *dict.fromkeys((*commands, *sorted(groups), *_changes(table(data, "commands"))))),
        traits=traits,
        uids=_claims(_accounts(people, "uid", int)),
        slack_users=_claims(_accounts(people, "slack", str)),
        handles=handles,
        service_names=_claims(_service_names(table(data, "services"))),
        taken=taken,
    )


def table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The table of that name; an empty one where there is none, or something else."""
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def with_at(handle: str) -> str:
    """The handle, with its "@" put before it where that was left out."""
    return handle if handle.startswith("@") else f"@{handle}"


def _changes(commands: Mapping[str, Any]) -> Iterator[str]:
    return (name for name in commands if table(commands, name).get("effect") != "read")


def _roles(people: Mapping[str, Any]) -> Iterator[str]:
    for handle in people:
        roles = table(people, handle).get("roles")
        yield from (role for role in roles if isinstance(role, str)) if isinstance(roles, list) else ()


def _group_roles(data: Mapping[str, Any]) -> Iterator[str]:
    groups = table(table(data, "slack"), "groups")
    return (role for role in groups.values() if isinstance(role, str))


def _accounts(people: Mapping[str, Any], key: str, kind: type) -> Iterator[tuple[Any, str]]:
    for handle in people:
        account = table(people, handle).get(key)
        if type(account) is kind:  # a bool is an int, too
            yield account, with_at(handle)


def _service_names(services: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in services:
        yield name, name
        aliases = table(services, name).get("aliases")
        for alias in aliases if isinstance(aliases, list) else ():
            if isinstance(alias, str):
                yield alias, name


def _claims(pairs: Iterator[tuple[Any, str]]) -> dict[Any, tuple[str, ...]]:
    claims: dict[Any, tuple[str, ...]] = {}
    for claimed, claimant in pairs:
        claims[claimed] = (*claims.get(claimed, ()), claimant)
    return claims
