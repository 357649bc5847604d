"""The published site: services, environments, people, rules.

What is published counts, and nothing else. It was validated when it was published; reading it back checks nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opsctl.core.canonical import JSON, canonical, digest_of
from opsctl.core.errors import UsageError
from opsctl.core.identity import Person, Team, Workspace
from opsctl.core.nearest import did_you_mean
from opsctl.core.plan import Rule

if TYPE_CHECKING:
    from opsctl.core.custom import CustomCommand
    from opsctl.core.health_check import HealthCheck
    from opsctl.core.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Environment:
    """Where services run. `is_protected` asks for confirmation; `channel` is where its changes are announced.

    `rolls_back` where a deploy that failed, and left its release in service, is rolled back at once.
    """

    name: str
    is_protected: bool = False
    channel: str | None = None
    rolls_back: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A thing that is deployed.

    `deployers` maps each environment it runs in to its deployer's settings, with the key "kind" naming the adapter.
    `migrate` is the argument vector that `migrate` runs, empty where there is none. `health` is what has to answer once
    a release is in service.
    """

    name: str
    team: str
    deployers: Mapping[str, Mapping[str, Any]]
    aliases: tuple[str, ...] = ()
    dashboard: str | None = None
    migrate: tuple[str, ...] = ()
    health: "HealthCheck | None" = None


@dataclass(frozen=True, slots=True)
class PublishedSite:
    """What one team runs, as it stands in the store. `rules` empty means the default approval matrix.

    `commands` are those that the site brings beyond the built-in ones, by name.
    `announces_reads` where the team is told about questions as it is about changes.
    `timezone` is the IANA name of the zone that it lives in; `on_call` the team that is paged for what is nobody's.
    `granted` are the roles that people hold by groups of the chat now; they are found out, never published.
    """

    id: str
    channel: str
    environments: Mapping[str, Environment]
    teams: Mapping[str, Team]
    people: Mapping[str, Person]
    services: Mapping[str, Service]
    rules: tuple[Rule, ...] = ()
    commands: "Mapping[str, CustomCommand]" = field(default_factory=dict)
    announces_reads: bool = False
    timezone: str = "UTC"
    on_call: str | None = None
    slack: Workspace | None = None
    granted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    metrics: "Metrics | None" = None

    def person_of_uid(self, uid: int) -> Person | None:
        """The person that an operating system's user is, if the site knows one."""
        return next((person for person in self.people.values() if person.uid == uid), None)

    def person_of_slack(self, user: str) -> Person | None:
        """The person that a user of its Slack workspace is, if the site knows one."""
        return next((person for person in self.people.values() if person.slack == user), None) if user else None

    @property
    def leads(self) -> frozenset[str]:
        """The handles of those who lead any team."""
        return frozenset(handle for team in self.teams.values() for handle in team.leads)

    def roles_of(self, handle: str, service: str | None) -> frozenset[str]:
        """The roles a person holds for a service: site roles, "member" and "lead" of its team, "any-lead"."""
        person = self.people.get(handle)
        roles = {*person.roles, *self.granted.get(handle, ())} if person else set()
        if handle in self.leads:
            roles.add("any-lead")
        known = self.services.get(service) if service else None
        team = self.teams.get(known.team) if known else None
        if team and handle in team.leads:
            roles.add("lead")
        if team and handle in (*team.members, *team.leads):
            roles.add("member")
        return frozenset(roles)

    def service(self, name: str) -> Service:
        """The service of that name. Raises UsageError with the nearest one."""
        if name in self.services:
            return self.services[name]
        raise UsageError(
            f"There is no service {name!r} in the site {self.id}.",
            means="Nothing was done.",
            do=did_you_mean(name, self.services),
            reason="unknown_service",
        )

    def service_called(self, name: str) -> Service:
        """The service of that name or alias. Raises UsageError with the nearest name."""
        aliased = next((one for one in self.services.values() if name in one.aliases), None)
        return aliased or self.service(name)

    def person(self, handle: str) -> Person:
        """The person of that handle, with or without its "@". Raises UsageError with the nearest one."""
        handle = handle if handle.startswith("@") else f"@{handle}"
        if handle in self.people:
            return self.people[handle]
        raise UsageError(
            f"There is no person {handle!r} in the site {self.id}.",
            means="Nothing was done.",
            do=did_you_mean(handle, self.people),
            reason="unknown_person",
        )

    def environment(self, name: str) -> Environment:
        """The environment of that name. Raises UsageError with the nearest one."""
        if name in self.environments:
            return self.environments[name]
        raise UsageError(
            f"There is no environment {name!r} in the site {self.id}.",
            means="Nothing was done.",
            do=did_you_mean(name, self.environments),
            reason="unknown_environment",
        )

    def channel_for(self, environment: str | None) -> str:
        """Where a change is announced: the environment's channel, else the site's."""
        known = self.environments.get(environment) if environment else None
        return (known.channel if known else None) or self.channel

    def as_json(self) -> dict[str, JSON]:
        """Its canonical content; `from_json` reads it back."""
        return {
            "id": self.id,
            "channel": self.channel,
            # Only where they are set, so that the digest of a site that says nothing about them stays what it was.
            **({"timezone": self.timezone} if self.timezone != "UTC" else {}),
            **({"on_call": self.on_call} if self.on_call else {}),
            **({"slack": self.slack.as_json()} if self.slack else {}),
            # Lists, since canonical JSON sorts the keys of an object, and the order of the site file is the people's.
            "environments": [
                {
                    "name": one.name,
                    "protected": one.is_protected,
                    "channel": one.channel,
                    **({"rolls_back": True} if one.rolls_back else {}),
                }
                for one in self.environments.values()
            ],
            "teams": {
                name: {"members": list(one.members), "leads": list(one.leads)} for name, one in self.teams.items()
            },
            "people": {name: one.as_json() for name, one in self.people.items()},
            "services": [
                {
                    "name": one.name,
                    "team": one.team,
                    "deployers": {where: dict(settings) for where, settings in one.deployers.items()},
                    "aliases": list(one.aliases),
                    "dashboard": one.dashboard,
                    "migrate": list(one.migrate),
                    **({"health": one.health.as_json()} if one.health else {}),
                }
                for one in self.services.values()
            ],
            "rules": [rule.as_json() for rule in self.rules],
            "commands": [one.as_json() for one in self.commands.values()],
            # Only where it is so, so that the digest of a site that says nothing about it stays what it was.
            **({"metrics": self.metrics.as_json()} if self.metrics else {}),
            **({"announces_reads": True} if self.announces_reads else {}),
        }

    @property
    def text(self) -> str:
        """Its canonical text (RFC 8785), the form in which it is published."""
        return canonical(self.as_json())

    @property
    def digest(self) -> str:
        """SHA-256 of that text."""
        return digest_of(self.as_json())

    @classmethod
    def from_json(cls, value: Any) -> "PublishedSite":
        """The site that `as_json` wrote."""
        return cls(
            id=value["id"],
            channel=value["channel"],
            environments={
                one["name"]: Environment(one["name"], one["protected"], one["channel"], one.get("rolls_back", False))
                for one in value["environments"]
            },
            teams={
                name: Team(name, tuple(one["members"]), tuple(one["leads"])) for name, one in value["teams"].items()
            },
            people={name: Person.from_json(name, one) for name, one in value["people"].items()},
            services={
                one["name"]: Service(
                    one["name"],
                    one["team"],
                    one["deployers"],
                    tuple(one["aliases"]),
                    one["dashboard"],
                    tuple(one["migrate"]),
                    _health(one.get("health")),
                )
                for one in value["services"]
            },
            rules=tuple(Rule.from_json(rule) for rule in value["rules"]),
            commands=_commands(value.get("commands", ())),
            announces_reads=value.get("announces_reads", False),
            timezone=value.get("timezone", "UTC"),
            on_call=value.get("on_call"),
            slack=Workspace.from_json(value["slack"]) if "slack" in value else None,
            metrics=_metrics(value.get("metrics")),
        )

    @classmethod
    def from_text(cls, text: str) -> "PublishedSite":
        """The site whose canonical text this is."""
        import json

        return cls.from_json(json.loads(text))


# Most sites bring none of these, and every answer comes by here: they are loaded for those that do.


def _health(value: Any) -> "HealthCheck | None":
    if value is None:
        return None
    from opsctl.core.health_check import HealthCheck

    return HealthCheck.from_json(value)


def _metrics(value: Any) -> "Metrics | None":
    if value is None:
        return None
    from opsctl.core.metrics import Metrics

    return Metrics.from_json(value)


def _commands(values: Sequence[Any]) -> "dict[str, CustomCommand]":
    if not values:
        return {}
    from opsctl.core.custom import CustomCommand

    return {one["name"]: CustomCommand.from_json(one) for one in values}
