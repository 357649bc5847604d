"""The types of the values in a site file: names that must be known, and text that must be of a certain form.

Each check raises ValueError with the words that a person reads, and finds what is known in the validation's context.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo

from opsctl.core.canonical import canonical
from opsctl.core.fields import Span
from opsctl.core.nearest import did_you_mean
from opsctl.core.vector import placeholders
from opsctl.settings import names
from opsctl.settings.mistakes import shown
from opsctl.settings.site_names import BUILT_IN_ROLES, SiteNames

LONGEST_HELP = 100
LONGEST_COMMAND = 32
"""What the smallest of the chats takes: https://discord.com/developers/docs/interactions/application-commands"""

LONGEST_RUN = Span(86_400)
PLACES = ("service", "environment")
_CHOICE = r"[A-Za-z0-9._][A-Za-z0-9._-]{0,99}"


def _known(what: str, kind: str) -> Callable[[str, ValidationInfo], str]:
    """A check that the name is one of the context's `kind`."""

    def check(name: str, info: ValidationInfo) -> str:
        known = getattr(info.context, kind)
        if name not in known:
            raise ValueError(f"there is no {what} {shown(name)}. {did_you_mean(name, known)}")
        return name

    return check


def _person(text: str, info: ValidationInfo) -> str:
    return _known("person", "people")(names.handle(text), info)


def _place(name: str, info: ValidationInfo) -> str:
    return name if name in ("*", "protected") else _known("environment", "environments")(name, info)


def _handle(text: str, info: ValidationInfo) -> str:
    handle = names.handle(text)
    if _site(info).handles[handle] > 1:
        raise ValueError(f"{handle} stands here twice, once with and once without @")
    return handle


def _uid(uid: int, info: ValidationInfo) -> int:
    people = _site(info).uids.get(uid, ())
    if len(set(people)) > 1:
        raise ValueError(f"uid {uid} belongs to {' and '.join(people)}; one user is one person")
    return uid


def _slack(what: str, begins: str) -> Callable[[str], str]:
    """A check that the text is an id that Slack gives to one of those."""

    def check(text: str) -> str:
        if not re.fullmatch(rf"[{begins}][A-Z0-9]{{2,30}}", text):
            raise ValueError(
                f"{shown(text)} is no id of a Slack {what}: it begins with {' or '.join(begins)}, in capitals"
            )
        return text

    return check


def _slack_user(text: str, info: ValidationInfo) -> str:
    user = _slack("user", "UW")(text)
    people = _site(info).slack_users.get(user, ())
    if len(set(people)) > 1:
        raise ValueError(f"{user} belongs to {' and '.join(people)}; one user is one person")
    return user


def _role(text: str) -> str:
    if text in BUILT_IN_ROLES:
        raise ValueError(f"{text} comes from a team, not from here: write the person into the team's members or leads")
    return names.name(text)


def _alias(text: str, info: ValidationInfo) -> str:
    claimants = _site(info).service_names.get(text, ())
    if len(claimants) > 1:
        raise ValueError(f"{shown(text)} would mean {' and '.join(dict.fromkeys(claimants))}; one name is one service")
    return names.name(text)


def _site(info: ValidationInfo) -> SiteNames:
    assert isinstance(info.context, SiteNames)
    return info.context


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    is_plain = text.isprintable() and " " not in text and len(text) <= 2000
    if not is_plain or parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{shown(text)} is not an address; it must begin with https:// or http://")
    return text


def _timezone(text: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(text)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {shown(text)}. {_near(text, available_timezones())}") from error
    return text


def _near(text: str, zones: set[str]) -> str:
    """The zones of which that may be meant: people remember the city."""
    of_city = sorted(zone for zone in zones if zone.rpartition("/")[2].casefold() == text.casefold())
    return f"Did you mean {of_city[0]}?" if of_city else did_you_mean(text, zones)


def _argument(text: str) -> str:
    if "\0" in text:
        raise ValueError("an argument can't hold a NUL character")
    return text


def _one_line(text: str) -> str:
    if len(text) > LONGEST_HELP or not text.isprintable():
        raise ValueError(f"{shown(text)} must be one line of at most {LONGEST_HELP} characters")
    return text


def _command(text: str, info: ValidationInfo) -> str:
    if text in _site(info).taken:
        raise ValueError(f"{text} is a command of opsctl; choose another name")
    if len(text) > LONGEST_COMMAND:
        raise ValueError(f"{shown(text)} is too long: a command has at most {LONGEST_COMMAND} characters")
    return names.name(text)


def _choice(text: str) -> str:
    if not re.fullmatch(_CHOICE, text):
        raise ValueError(f"{shown(text)} can't be a choice: use letters, digits, '.', '_' and -, with no dash first")
    return text


def _default(value: Any) -> Any:
    if value is None or type(value) is int:
        return value
    if not isinstance(value, str):
        raise ValueError("default must be text in quotes, or a whole number")
    return _argument(value)


def _limit(text: str) -> str:
    span = Span.parse(text)
    if not 1 <= span.seconds <= LONGEST_RUN.seconds:
        raise ValueError(f"limit must be from 1s to {LONGEST_RUN}, not {shown(text)}")
    return text


def _plain(value: Any) -> Any:
    try:
        canonical(value)
    except ValueError as error:
        raise ValueError(f"{shown(value)} is a number too large to be kept exactly; put it in quotes") from error
    return value


def _no_dates(value: Any) -> Any:
    """TOML knows dates; the published site is JSON, which does not."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        _no_dates(one)
    if not isinstance(value, str | int | float | dict | list):
        raise ValueError(f'a date or time must stand in quotes here: "{value}"')
    return value


def _health_address(text: str) -> str:
    for name in placeholders(text):
        if name not in PLACES:
            raise ValueError(f"{{{name}}} stands for nothing here. {did_you_mean(name, PLACES)}")
    return _address(text)


Name: TypeAlias = Annotated[str, AfterValidator(names.name)]
EnvironmentName: TypeAlias = Annotated[str, AfterValidator(names.environment)]
Channel: TypeAlias = Annotated[str, AfterValidator(names.channel)]
Handle: TypeAlias = Annotated[str, AfterValidator(_handle)]
Uid: TypeAlias = Annotated[int, Field(ge=0, le=4_294_967_294), AfterValidator(_uid)]
SlackUser: TypeAlias = Annotated[str, AfterValidator(_slack_user)]
SlackTeam: TypeAlias = Annotated[str, AfterValidator(_slack("workspace", "TE"))]
SlackGroup: TypeAlias = Annotated[str, AfterValidator(_slack("user group", "S"))]
Role: TypeAlias = Annotated[str, AfterValidator(_role)]
Alias: TypeAlias = Annotated[str, AfterValidator(_alias)]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]
TimeZone: TypeAlias = Annotated[str, AfterValidator(_timezone)]
Argument: TypeAlias = Annotated[str, AfterValidator(_argument)]
OneLine: TypeAlias = Annotated[str, AfterValidator(_one_line)]
CommandName: TypeAlias = Annotated[str, AfterValidator(_command)]
Choice: TypeAlias = Annotated[str, AfterValidator(_choice)]
Default: TypeAlias = Annotated[Any, AfterValidator(_default)]
HealthAddress: TypeAlias = Annotated[str, AfterValidator(_health_address)]
Query: TypeAlias = Annotated[str, AfterValidator(_argument), Field(min_length=1)]
Limit: TypeAlias = Annotated[str, AfterValidator(_limit)]
Plain: TypeAlias = Annotated[Any, AfterValidator(_no_dates), AfterValidator(_plain)]

KnownPerson: TypeAlias = Annotated[str, AfterValidator(_person)]
KnownTeam: TypeAlias = Annotated[str, AfterValidator(_known("team", "teams"))]
KnownEnvironment: TypeAlias = Annotated[str, AfterValidator(_known("environment", "environments"))]
KnownPlace: TypeAlias = Annotated[str, AfterValidator(_place)]
KnownRole: TypeAlias = Annotated[str, AfterValidator(_known("role", "roles"))]
KnownCommand: TypeAlias = Annotated[str, AfterValidator(_known("command", "commands"))]
KnownTrait: TypeAlias = Annotated[str, AfterValidator(_known("trait of a plan", "traits"))]
