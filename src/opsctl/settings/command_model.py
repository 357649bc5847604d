"""The model of a site's own commands: `[commands.NAME]` in the site file.

It says what may stand where. What has to fit together (placeholders, defaults, names) is looked at in
command_tables.py, so that one mistake does not hide another.
"""

from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from opsctl.core.custom import InputKind
from opsctl.settings.site_values import Argument, Choice, Default, KnownPlace, KnownRole, Limit, Name, OneLine

_CONFIG = ConfigDict(extra="forbid", strict=True)
_KINDS = tuple(kind.value for kind in InputKind)


class _Asking(Protocol):
    approvals: int
    roles: list[str]


Asking = TypeVar("Asking", bound=_Asking)


def approvals_have_roles(rule: Asking) -> Asking:
    """Check of a row of the approval matrix: somebody must be able to give what it asks for."""
    if rule.approvals and not rule.roles:
        raise ValueError(f"this rule asks for {rule.approvals} approvals and names no roles that may give them")
    return rule


class InputTable(BaseModel):
    """Something that is typed after the command's name. The key is its name."""

    model_config = _CONFIG

    kind: Literal[_KINDS] = Field(  # type: ignore[valid-type]  # written down once, in the core
        description=(
            "What may be given: text, integer, choice (one of choices), switch (an option without a value), span (a"
            " length of time such as 90s or 2h, handed on in seconds), service, environment, version or person."
        ),
        examples=["text"],
    )
    help: OneLine = Field(
        default="", description="What it is for, in one line; help shows it.", examples=["Which entries."]
    )
    default: Default = Field(
        default=None,
        description="What counts where it is not given. An argument without it has to be given; an option need not be.",
        examples=["*"],
    )
    choices: list[Choice] = Field(default_factory=list, description="What a choice may be.")
    least: int | None = Field(default=None, description="The smallest integer that may be given.")
    most: int | None = Field(default=None, description="The largest integer that may be given.")
    words: list[Argument] = Field(
        default_factory=list,
        description=(
            "What {NAME}, standing alone in `run`, becomes where it is given, such as ['-n', '{NAME}']; by default the"
            " value alone, and --NAME for a switch."
        ),
    )


class OwnRuleTable(BaseModel):
    """A row of the approval matrix for this command alone. They are asked before [[rules]]; the first match decides."""

    model_config = _CONFIG

    environment: KnownPlace = Field(
        default="*", description="An environment, protected for every protected one, or * for any.", examples=["*"]
    )
    approvals: int = Field(default=0, ge=0, le=10, description="How many people must agree.", examples=[1])
    roles: list[KnownRole] = Field(default_factory=list, description="Who may approve.", examples=[["any-lead"]])
    requesters: list[KnownRole] = Field(default_factory=list, description="Who may ask; by default any person.")

    _checked = model_validator(mode="after")(approvals_have_roles)


class CommandTable(BaseModel):
    """A command of the site. The key is its name."""

    model_config = _CONFIG

    help: Annotated[OneLine, Field(min_length=1)] = Field(
        description="What it does, in one line; help shows it.", examples=["Empty a cache."]
    )
    effect: Literal["change", "read"] = Field(
        description=(
            "change: planned, put under a rule, confirmed where the environment is protected, run under a lock and"
            " announced. read: answered at once with what the program writes."
        ),
        examples=["change"],
    )
    run: Annotated[list[Argument], Field(min_length=1)] = Field(
        description=(
            "A program and its arguments; no shell sees them. {NAME} is filled with the input of that name, and a word"
            " that names an option which is not given is left out. A program with a slash is relative to the site file."
            " It runs in the folder / and finds OPSCTL_OPERATION, OPSCTL_PERSON, OPSCTL_SERVICE and OPSCTL_ENVIRONMENT"
            " in its environment."
        ),
        examples=[["bin/flush-cache", "--cache={cache}", "{pattern}"]],
    )
    limit: Limit = Field(
        default="10m", description="How long it may take, such as 30s or 2h; then it is ended.", examples=["30s"]
    )
    arguments: dict[Name, InputTable] = Field(
        default_factory=dict,
        description="What is told by its place, in this order. The first service and environment are what is locked.",
        examples=["pattern"],
    )
    options: dict[Name, InputTable] = Field(
        default_factory=dict, description="What is told by its name: --NAME.", examples=["cache"]
    )
    rules: list[OwnRuleTable] = Field(
        default_factory=list, description="Who has to agree, and who may ask. A change that no rule allows is refused."
    )
