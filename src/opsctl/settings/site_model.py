"""The model of the site file: every table and key that may stand in it."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from opsctl.settings.site_values import (
    Address,
    Alias,
    Argument,
    Channel,
    EnvironmentName,
    Handle,
    KnownCommand,
    KnownEnvironment,
    KnownPerson,
    KnownPlace,
    KnownRole,
    KnownTeam,
    KnownTrait,
    Name,
    Plain,
    Role,
    TimeZone,
    Uid,
)

_CONFIG = ConfigDict(extra="forbid", strict=True)


class EnvironmentTable(BaseModel):
    """Where services run."""

    model_config = _CONFIG

    protected: bool = Field(default=False, description="Ask for confirmation; the default rules ask for approvals.")
    channel: Channel | None = Field(
        default=None, description="Where its changes are announced; by default the site's channel."
    )


class PersonTable(BaseModel):
    """Someone who may ask for changes. The key is the handle, with or without its @."""

    model_config = _CONFIG

    uid: Uid | None = Field(default=None, description="The operating system's user, as `id -u` tells it.")
    roles: list[Role] = Field(default_factory=list, description="Roles for the whole site, such as dba.")


class TeamTable(BaseModel):
    """The people that services belong to."""

    model_config = _CONFIG

    members: list[KnownPerson] = Field(default_factory=list, description="Handles.")
    leads: list[KnownPerson] = Field(default_factory=list, description="Handles; leads are members, too.")


class ServiceTable(BaseModel):
    """A thing that is deployed."""

    model_config = _CONFIG

    team: KnownTeam = Field(description="The team it belongs to.")
    environments: Annotated[list[KnownEnvironment], Field(min_length=1)] = Field(description="Where it runs.")
    dashboard: Address | None = Field(default=None, description="A link that `status` shows.")
    aliases: list[Alias] = Field(default_factory=list, description="Other names for it.")
    migrate: list[Argument] = Field(default_factory=list, description="What `migrate` runs: a program, its arguments.")
    deployer: dict[str, Plain] = Field(default_factory=dict, description="How it is run; `kind` names the deployer.")
    deployers: dict[KnownEnvironment, dict[str, Plain]] = Field(
        default_factory=dict, description="What differs from `deployer` in one environment."
    )


class RuleTable(BaseModel):
    """A row of the approval matrix. The first row that matches decides."""

    model_config = _CONFIG

    command: KnownCommand = Field(description="A command, or * for any.")
    environment: KnownPlace = Field(
        default="*", description="An environment, protected for every protected one, or * for any."
    )
    when: KnownTrait | None = Field(default=None, description="What the plan must do, such as shrinks: fewer replicas.")
    approvals: int = Field(default=0, ge=0, le=10, description="How many people must agree.")
    roles: list[KnownRole] = Field(default_factory=list, description="Who may approve.")
    requesters: list[KnownRole] = Field(default_factory=list, description="Who may ask; by default any person.")

    @model_validator(mode="after")
    def _approvals_have_roles(self) -> Self:
        if self.approvals and not self.roles:
            raise ValueError(f"this rule asks for {self.approvals} approvals and names no roles that may give them")
        return self


class SiteFile(BaseModel):
    """The site file: what one team runs. It counts when it is published, not before."""

    model_config = _CONFIG

    id: Name = Field(description="The id of the site.")
    channel: Channel = Field(description="Where changes are announced that belong to no environment with a channel.")
    timezone: TimeZone = Field(default="UTC", description="Where the team is, such as Europe/Berlin.")
    on_call: KnownTeam | None = Field(
        default=None, description="The team that is paged for an incident of no one service."
    )
    environments: dict[EnvironmentName, EnvironmentTable] = Field(
        default_factory=dict, description="Where services run."
    )
    people: dict[Handle, PersonTable] = Field(default_factory=dict, description="Who may ask for changes.")
    teams: dict[Name, TeamTable] = Field(default_factory=dict, description="Who services belong to.")
    services: dict[Name, ServiceTable] = Field(default_factory=dict, description="What is deployed.")
    rules: list[RuleTable] = Field(default_factory=list, description="Replaces the default approval matrix.")
