"""What names may look like: of sites, services, environments and teams, of people, and of channels."""

import re

from opsctl.settings.mistakes import shown

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_HANDLE = re.compile(r"@[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_CHANNEL = re.compile(r"#[^\s#\x00-\x1f\x7f-\x9f]{1,80}")


def name(text: str) -> str:
    """The name, at most 63 lower-case letters, digits and dashes. Raises ValueError."""
    if len(text) <= 63 and _NAME.fullmatch(text):
        return text
    raise ValueError(
        f"{shown(text)} can't be a name: use at most 63 of a-z, 0-9 and -, with a letter or digit at both ends"
    )


def environment(text: str) -> str:
    """The name of an environment. Raises ValueError."""
    if text == "protected":
        raise ValueError(f"{shown(text)} has a meaning in rules; choose another name")
    return name(text)


def handle(text: str) -> str:
    """The handle, with its "@" put before it where that was left out. Raises ValueError."""
    whole = text if text.startswith("@") else f"@{text}"
    if len(whole) <= 64 and _HANDLE.fullmatch(whole):
        return whole
    raise ValueError(f"{shown(text)} can't be a handle: use at most 63 of a-z, 0-9, '.', '_' and -, such as @alice")


def channel(text: str) -> str:
    """The channel, with its "#". Raises ValueError."""
    if _CHANNEL.fullmatch(text):
        return text
    raise ValueError(f"{shown(text)} can't be a channel: write # and its name without spaces, such as #ops")
