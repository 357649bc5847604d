"""The model of the site file: every table and key that may stand in it.

`docs/configuration.md` is written from it; the `examples` of a table of tables are the names that stand for one there.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from opsctl.core.metrics import ERRORS, LATENCY, RATE
from opsctl.core.policy import PUBLISH
from opsctl.settings.command_model import CommandTable, approvals_have_roles
from opsctl.settings.site_values import (
    Address,
    Alias,
    Argument,
    Channel,
    CommandName,
    EnvironmentName,
    Handle,
    HealthAddress,
    KnownCommand,
    KnownEnvironment,
    KnownPerson,
    KnownPlace,
    KnownRole,
    KnownTeam,
    KnownTrait,
    Limit,
    Name,
    Plain,
    Query,
    Role,
    SlackGroup,
    SlackTeam,
    SlackUser,
    TimeZone,
    Uid,
)

_CONFIG = ConfigDict(extra="forbid", strict=True)


class EnvironmentTable(BaseModel):
    """Where services run."""

    model_config = _CONFIG

    protected: bool = Field(
        default=False, description="Ask for confirmation; the default rules ask for approvals.", examples=[True]
    )
    channel: Channel | None = Field(
        default=None,
        description="Where its changes are announced; by default the site's channel.",
        examples=["#deployments"],
    )
    on_failure: Literal["stop", "rollback"] = Field(
        default="stop",
        description="Where a deploy failed and left its release in service: leave it there, or roll back at once.",
        examples=["rollback"],
    )


class PersonTable(BaseModel):
    """Someone who may ask for changes. The key is the handle, with or without its @."""

    model_config = _CONFIG

    uid: Uid | None = Field(
        default=None, description="The operating system's user, as `id -u` tells it.", examples=[1000]
    )
    roles: list[Role] = Field(
        default_factory=list, description="Roles for the whole site, such as dba.", examples=[["dba"]]
    )
    slack: SlackUser | None = Field(
        default=None,
        description="Their Slack account, by its member id: profile, ⋮, Copy member ID.",
        examples=["U012AB3CD"],
    )


class TeamTable(BaseModel):
    """The people that services belong to."""

    model_config = _CONFIG

    members: list[KnownPerson] = Field(
        default_factory=list, description="Handles of people of the site.", examples=[["@alice"]]
    )
    leads: list[KnownPerson] = Field(
        default_factory=list, description="Handles; leads are members, too.", examples=[["@alice"]]
    )


class QueriesTable(BaseModel):
    """PromQL for one number each. In it, `{service}` and `{environment}` stand for the names of the site."""

    model_config = _CONFIG

    rate: Query = Field(default=RATE, description="Requests a second.", examples=["sum(rate(requests_total[5m]))"])
    errors: Query = Field(default=ERRORS, description="The part of them that fails, 0 to 1.")
    latency: Query = Field(default=LATENCY, description="Seconds that 95 of 100 of them stay below.")


class ServiceTable(BaseModel):
    """A thing that is deployed."""

    model_config = _CONFIG

    team: KnownTeam = Field(description="The team it belongs to.", examples=["orders"])
    environments: Annotated[list[KnownEnvironment], Field(min_length=1)] = Field(
        description="Where it runs.", examples=[["production"]]
    )
    dashboard: Address | None = Field(
        default=None, description="A link that `status` shows.", examples=["https://grafana.example/d/order-service"]
    )
    aliases: list[Alias] = Field(default_factory=list, description="Other names for it.", examples=[["orders"]])
    migrate: list[Argument] = Field(
        default_factory=list,
        description="What `migrate` runs: a program, its arguments.",
        examples=[["alembic", "upgrade", "head"]],
    )
    health_url: HealthAddress | None = Field(
        default=None,
        description="What has to answer with 2xx once a release is in service, or the deploy has failed. May hold "
        "`{service}` and `{environment}`.",
        examples=["https://order-service.{environment}.example/healthz"],
    )
    health_within: Limit = Field(
        default="1m", description="How long that may take: 30s, 5m; up to 1d.", examples=["2m"]
    )
    queries: QueriesTable | None = Field(
        default=None, description="Its own queries, where those of `metrics` do not fit."
    )
    deployer: dict[str, Plain] = Field(
        default_factory=dict,
        description="How it is run: its `kind` names the deployer, the rest are that deployer's settings.",
        examples=[
            {
                "kind": "local",
                "versions": "versions/order-service",
                "command": ["{folder}/bin/serve", "--port", "{port}"],
            }
        ],
    )
    deployers: dict[KnownEnvironment, dict[str, Plain]] = Field(
        default_factory=dict,
        description="What differs from `deployer` in one environment.",
        examples=[{"production": {"replicas": 2}}],
    )


class RuleTable(BaseModel):
    """A row of the approval matrix. The first row that matches decides."""

    model_config = _CONFIG

    command: KnownCommand = Field(description="A command, or * for any.", examples=["scale"])
    environment: KnownPlace = Field(
        default="*",
        description="An environment, protected for every protected one, or * for any.",
        examples=["production"],
    )
    when: KnownTrait | None = Field(
        default=None, description="What the plan must do; shrinks: fewer replicas than now.", examples=["shrinks"]
    )
    approvals: int = Field(default=0, ge=0, le=10, description="How many people must agree.", examples=[1])
    roles: list[KnownRole] = Field(
        default_factory=list,
        description="Who may approve: lead or member of the service's team, any-lead, or a role of a person.",
        examples=[["lead"]],
    )
    requesters: list[KnownRole] = Field(
        default_factory=list, description="Who may ask; by default any person.", examples=[["member"]]
    )

    _checked = model_validator(mode="after")(approvals_have_roles)

    @model_validator(mode="after")
    def _publishing_keeps_its_own(self) -> Self:
        """What would not count must not stand there: `policy.publish_rule` only lets itself be raised."""
        if self.command == PUBLISH.partition(" ")[0]:
            raise ValueError(f'a rule for publishing the site is written command = "{PUBLISH}"')
        if self.command != PUBLISH:
            return self
        if not self.approvals:
            raise ValueError(f"{PUBLISH} always needs an approval by a lead of any team: write approvals = 1, or more")
        if self.roles != ["any-lead"]:
            raise ValueError(f'{PUBLISH} is approved by leads of any team alone: write roles = ["any-lead"]')
        if self.environment != "*" or self.when:
            raise ValueError(f"{PUBLISH} concerns the whole site: leave out environment and when")
        return self


class MetricsTable(BaseModel):
    """Where measurements come from; `status` shows them."""

    model_config = _CONFIG

    prometheus: Address = Field(
        description="The base address of Prometheus.", examples=["http://prometheus.example:9090"]
    )
    alertmanager: Address | None = Field(
        default=None,
        description="That of Alertmanager: alerts with the labels `service` and `environment` are shown.",
        examples=["http://alertmanager.example:9093"],
    )
    queries: QueriesTable = Field(default_factory=QueriesTable, description="The queries of every service.")


class AnnounceTable(BaseModel):
    """What the team is told besides changes."""

    model_config = _CONFIG

    reads: bool = Field(
        default=False, description="Tell the team about questions too, such as `status` and `logs`.", examples=[True]
    )


class WorkspaceTable(BaseModel):
    """The Slack workspace in which the people are who they are."""

    model_config = _CONFIG

    team: SlackTeam = Field(
        description="Its id, as `opsctl slack check` tells it. Nobody from another one counts.", examples=["T012AB3CD"]
    )
    groups: dict[SlackGroup, Role] = Field(
        default_factory=dict,
        description="The role that the members of a user group hold for the whole site.",
        examples=[{"S012AB3CD": "dba"}],
    )


class SiteFile(BaseModel):
    """The site file: what one team runs. It counts when it is published, not before."""

    model_config = _CONFIG

    id: Name = Field(description="The id of the site.", examples=["acme"])
    channel: Channel = Field(
        description="Where changes are announced that belong to no environment with a channel.", examples=["#ops"]
    )
    timezone: TimeZone = Field(
        default="UTC", description="Where the team is, such as Europe/Berlin.", examples=["Europe/Berlin"]
    )
    on_call: KnownTeam | None = Field(
        default=None, description="The team that is paged for an incident of no one service.", examples=["orders"]
    )
    environments: dict[EnvironmentName, EnvironmentTable] = Field(
        default_factory=dict, description="Where services run.", examples=["production"]
    )
    people: dict[Handle, PersonTable] = Field(
        default_factory=dict, description="Who may ask for changes.", examples=["alice"]
    )
    teams: dict[Name, TeamTable] = Field(
        default_factory=dict, description="Who services belong to.", examples=["orders"]
    )
    services: dict[Name, ServiceTable] = Field(
        default_factory=dict, description="What is deployed.", examples=["order-service"]
    )
    slack: WorkspaceTable | None = Field(default=None, description="Where its people are in Slack.")
    announce: AnnounceTable = Field(default_factory=AnnounceTable, description="What the team is told.")
    metrics: MetricsTable | None = Field(default=None, description="Where measurements come from.")
    rules: list[RuleTable] = Field(default_factory=list, description="Replaces the default approval matrix.")
    commands: dict[CommandName, CommandTable] = Field(
        default_factory=dict,
        description="Commands of the site's own, beside the built-in ones.",
        examples=["flush-cache"],
    )
