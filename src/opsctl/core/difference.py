"""What publishing a site would change, in words: for `site diff`, and for the eyes of those who approve."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import starmap
from typing import Any, TypeVar

from opsctl.core.canonical import canonical
from opsctl.core.command_difference import command_difference, new_command
from opsctl.core.health_check import HealthCheck
from opsctl.core.identity import Person, Team, Workspace
from opsctl.core.metrics import Metrics
from opsctl.core.plan import Rule
from opsctl.core.published_site import Environment, PublishedSite, Service
from opsctl.core.rule_difference import rules_difference
from opsctl.core.shown import listed, span

T = TypeVar("T")


def difference(old: PublishedSite | None, new: PublishedSite) -> tuple[str, ...]:
    """A sentence without its full stop for each thing that would change; empty only where nothing would.

    `old` None is a site that was never published. Order: the site, environments, people, teams, services, rules,
    commands.
    """
    was = old or PublishedSite(new.id, new.channel, {}, {}, {}, {})
    facts = (
        *_site(old, new),
        *_each(was.environments, new.environments, Environment, _environment, "environment"),
        *_each(was.people, new.people, Person, _person, "person"),
        *_each(was.teams, new.teams, Team, _team, "team"),
        *_each(was.services, new.services, lambda name: Service(name, "", {}), _service, "service", _left_running),
        *_metrics(was.metrics, new.metrics),
        *_rules(was.rules, new.rules),
        *_each(was.commands, new.commands, new_command, command_difference, "command"),
    )
    if not facts and was.digest != new.digest:
        return ("the site would be written in another way",)
    return facts


def _site(old: PublishedSite | None, new: PublishedSite) -> Iterator[str]:
    if old is None:
        yield f"the site {new.id} would be published for the first time, with changes announced in {new.channel}"
        yield from _workspace(None, new.slack)
        return
    if old.id != new.id:
        yield f"the site would be {new.id} instead of {old.id}"
    if old.channel != new.channel:
        yield f"changes would be announced in {new.channel} instead of {old.channel}"
    if old.announces_reads != new.announces_reads:
        yield "questions would be announced" if new.announces_reads else "questions would not be announced any more"
    if old.timezone != new.timezone:
        yield f"the time zone would be {new.timezone} instead of {old.timezone}"
    if old.on_call != new.on_call:
        yield f"on call would be {_or_none(new.on_call)}{_instead(old.on_call)}"
    yield from _workspace(old.slack, new.slack)


def _workspace(old: Workspace | None, new: Workspace | None) -> Iterator[str]:
    was, now = old or Workspace(""), new or Workspace("")
    if was.team != now.team:
        yield f"the Slack workspace would be {_or_none(now.team)}{_instead(was.team)}"
    for group in sorted(was.groups.keys() | now.groups.keys()):
        if was.groups.get(group) != now.groups.get(group):
            yield (
                f"the members of the Slack group {group} would hold {_or_none(now.groups.get(group))} as their role"
                f"{_instead(was.groups.get(group))}"
            )


def _each(
    old: Mapping[str, T],
    new: Mapping[str, T],
    blank: Callable[[str], T],
    changes: Callable[[T, T], Iterator[str]],
    kind: str,
    leaves: Callable[[T], Iterable[str]] = lambda _: (),
) -> Iterator[str]:
    """What comes and goes by name, then what changes; a new one is told as what it has beyond a blank one.

    `leaves` tells what stays behind of one that goes.
    """
    for name in sorted(old.keys() - new.keys()):
        yield f"the {kind} {name} would be gone"
        yield from leaves(old[name])
    for name in sorted(new):
        if name not in old:
            yield f"the {kind} {name} would be new"
        yield from changes(old.get(name) or blank(name), new[name])


def _environment(old: Environment, new: Environment) -> Iterator[str]:
    if old.is_protected != new.is_protected:
        yield f"{new.name} would {'be protected' if new.is_protected else 'no longer be protected'}"
    if old.channel != new.channel:
        was = f" instead of {old.channel}" if old.channel else ""
        yield f"changes in {new.name} would be announced in {new.channel or 'the channel of the site'}{was}"
    if old.rolls_back != new.rolls_back:
        fate = "rolled back at once" if new.rolls_back else "left as it is"
        yield f"what a failed deploy leaves in service in {new.name} would be {fate}"


def _person(old: Person, new: Person) -> Iterator[str]:
    if old.uid != new.uid:
        was = "" if old.uid is None else f" instead of uid {old.uid}"
        yield f"{new.handle} would be {'no user of the system' if new.uid is None else f'uid {new.uid}'}{was}"
    if old.slack != new.slack:
        yield f"{new.handle} would be {_or_none(new.slack)} in Slack{_instead(old.slack)}"
    yield from (f"{new.handle} would get the role {role}" for role in _without(new.roles, old.roles))
    yield from (f"{new.handle} would lose the role {role}" for role in _without(old.roles, new.roles))
    yield from _reordered(old.roles, new.roles, f"the roles of {new.handle}")


def _team(old: Team, new: Team) -> Iterator[str]:
    name = new.name
    yield from (f"{person} would become lead of {name}" for person in _without(new.leads, old.leads))
    yield from (f"{person} would no longer be lead of {name}" for person in _without(old.leads, new.leads))
    yield from (f"{person} would become member of {name}" for person in _without(new.members, old.members))
    yield from (f"{person} would no longer be member of {name}" for person in _without(old.members, new.members))
    yield from _reordered(old.leads, new.leads, f"the leads of {name}")
    yield from _reordered(old.members, new.members, f"the members of {name}")


def _service(old: Service, new: Service) -> Iterator[str]:
    name = new.name
    if old.team != new.team:
        yield f"{name} would belong to the team {new.team}" + (f" instead of {old.team}" if old.team else "")
    yield from (f"{name} would also be called {alias}" for alias in _without(new.aliases, old.aliases))
    yield from (f"{name} would no longer be called {alias}" for alias in _without(old.aliases, new.aliases))
    yield from _reordered(old.aliases, new.aliases, f"the aliases of {name}")
    if old.dashboard != new.dashboard:
        yield f"{name} would have {_or_none(new.dashboard)} as its dashboard{_instead(old.dashboard)}"
    if old.migrate != new.migrate:
        yield f"{name} would migrate by {_line(new.migrate)}{_instead(_line(old.migrate) if old.migrate else None)}"
    if old.health != new.health:
        yield f"{name} would be well where {_health(new.health)}{_instead(_health(old.health) if old.health else None)}"
    yield from _deployers(name, old.deployers, new.deployers)


def _left_running(gone: Service) -> Iterator[str]:
    return _deployers(gone.name, gone.deployers, {})


def _deployers(name: str, old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    gone = sorted(old.keys() - new.keys())
    if gone:
        yield (
            f"{name} would no longer be changed in {listed(gone)}, and what runs of it there would go on running:"
            " scale it to 0 first"
        )
    # What is the same in several environments is said once.
    places: dict[str, list[str]] = {}
    for environment in (*sorted(new.keys() - old.keys()), *sorted(new.keys() & old.keys())):
        facts = (
            _settings(old[environment], new[environment])
            if environment in old
            else (f"with {', '.join(starmap(_setting, sorted(new[environment].items()))) or 'no settings'}",)
        )
        for fact in facts:
            places.setdefault(fact, []).append(environment)
    for fact, environments in places.items():
        yield f"{name} would run in {listed(environments)} {fact}"


def _settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(old.keys() | new.keys()):
        if key not in new:
            yield f"without {_setting(key, old[key])}"
        elif key not in old:
            yield f"with {_setting(key, new[key])}"
        elif canonical(old[key]) != canonical(new[key]):  # True == 1, and is something else
            yield f"with {_setting(key, new[key])} instead of {_value(old[key])}"


def _setting(key: str, value: Any) -> str:
    return f"{value} replica{'s' * (value != 1)}" if key == "replicas" else f"{key} {_value(value)}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) and value.isprintable() and value else canonical(value)


def _metrics(old: Metrics | None, new: Metrics | None) -> Iterator[str]:
    if _source(old) != _source(new):
        yield f"measurements would come from {_source(new)}{_instead(_source(old) if old else None)}"
    was, now = old or Metrics(""), new or Metrics("")
    for name in sorted({"", *was.own, *now.own}):
        if was.of(name) != now.of(name):
            yield f"{name or 'services'} would be measured by {canonical(now.of(name).as_json())}"


def _source(metrics: Metrics | None) -> str:
    return " and ".join(one for one in (metrics.prometheus, metrics.alertmanager) if one) if metrics else "nowhere"


def _rules(old: tuple[Rule, ...], new: tuple[Rule, ...]) -> Iterator[str]:
    if old and not new:
        yield "the default approval matrix would apply again"
    if new and not old:
        yield "these rules would replace the default approval matrix"
    yield from rules_difference(old, new)


def _without(names: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in others)


def _reordered(old: tuple[str, ...], new: tuple[str, ...], what: str) -> Iterator[str]:
    if old != new and set(old) == set(new):
        yield f"{what} would be listed as {', '.join(new)}"


def _line(arguments: tuple[str, ...]) -> str:
    return canonical(arguments) if arguments else "nothing"


def _health(check: HealthCheck | None) -> str:
    return f"{check.url} answers within {span(check.seconds)}" if check else "its deployer says so"


def _or_none(value: str | None) -> str:
    return value or "nothing"


def _instead(value: str | None) -> str:
    return f" instead of {value}" if value else ""
