"""The tables of opsctl.toml that say where the team talks, and how that is reached."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from opsctl.settings import names
from opsctl.settings.local import SlackSettings


def _api(text: str) -> str:
    parts = urlsplit(text)
    is_near = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or not (parts.scheme == "https" or is_near) or parts.query or parts.username:
        raise ValueError("the address of the Web API begins with https:// (http:// only on this machine)")
    return text.rstrip("/") + "/"


def _slash(text: str) -> str:
    names.name(text.removeprefix("/"))
    if not text.startswith("/") or len(text) > 32:
        raise ValueError("a slash command is / and a name of at most 31 characters, such as /ops")
    return text


def _prefix(text: str) -> str:
    names.name(f"{text}x")
    if len(text) > 10:
        raise ValueError("a prefix has at most 10 characters, such as ops-")
    return text


class ChatTable(BaseModel):
    """Where the team talks."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["room", "slack"] = Field(
        default="room", description="`room` is the embedded chat, which needs no account.", examples=["slack"]
    )


class SlackTable(BaseModel):
    """How Slack is spoken to, where it is the chat. Its tokens are secrets: `slack-token` and the relay's own."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: Annotated[str, AfterValidator(_api)] = Field(
        default=SlackSettings().url,
        description="Where its Web API is: another one for GovSlack or behind a proxy.",
        examples=["https://slack-gov.com/api/"],
    )
    receive: Literal["socket", "http"] = Field(
        default="socket",
        description="How the relay hears it: `socket` needs no public address, `http` takes what Slack posts to it.",
        examples=["http"],
    )
    command: Annotated[str, AfterValidator(_slash)] = Field(
        default=SlackSettings().command, description="The slash command that takes every line.", examples=["/opsctl"]
    )
    prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        default="",
        description="What stands before the name of each short slash command; `ops-` makes `/ops-deploy`.",
        examples=["ops-"],
    )
