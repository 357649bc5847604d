"""The manifest of the Slack app, written from the table of commands: what Slack has to know of opsctl, and no more.

docs.slack.dev/reference/app-manifest
"""

from collections.abc import Iterator, Mapping, Sequence

from opsctl.core.canonical import JSON
from opsctl.core.command_table import Row
from opsctl.core.grammar import Grammar, NoOptions

SCOPES: Mapping[str, str] = {
    "app_mentions:read": "hear what is said to @opsctl in a channel",
    "channels:history": "find a message again whose answer was lost (public channels)",
    "channels:manage": "open incident channels, set their topic, invite the responders",
    "channels:read": "find public channels by their name",
    "chat:write": "announce, ask for approval, answer",
    "chat:write.public": "announce in a public channel that nobody invited it to",
    "commands": "offer the slash commands",
    "files:write": "give long logs as a file",
    "groups:history": "find a message again whose answer was lost (private channels)",
    "groups:read": "find private channels that it was invited to",
    "im:history": "hear what is said to it alone",
    "im:write": "answer alone who is not where opsctl is",
    "metadata.message:read": "know its own messages again",
    "reactions:read": "read ✅ and ❌",
    "reactions:write": "prove that it hears, with a reaction to a message of its own",
    "usergroups:read": "know who is in a user group that the site gives a role",
    "users:read": "tell members from guests, bots, other workspaces and deactivated users",
}
"""What the bot's token may do, and what for."""

EVENTS = ("app_mention", "message.im", "reaction_added", "reaction_removed")

SLACKS_OWN = frozenset(
    [
        "active",
        "apps",
        "archive",
        "away",
        "call",
        "collapse",
        "dm",
        "dnd",
        "expand",
        "feed",
        "feedback",
        "giphy",
        "help",
        "invite",
        "invite_people",
        "join",
        "kick",
        "leave",
        "me",
        "mpim",
        "msg",
        "mute",
        "mute_people",
        "open",
        "part",
        "prefs",
        "remind",
        "remove",
        "rename",
        "search",
        "shortcuts",
        "shrug",
        "star",
        "status",
        "todo",
        "topic",
        "unarchive",
        "unmute",
        "who",
    ]  # forty lines of one word each would say no more
)
"""The slash commands that Slack has itself: a manifest with one of them is refused as a whole."""

MOST_COMMANDS = 50
MOST_HINT = 1000
HELP = "help"


def manifest(grammar: Grammar[NoOptions], command: str, prefix: str, posted_to: str = "") -> dict[str, JSON]:
    """The manifest for the commands of a site. `posted_to` is the relay's address; empty for Socket Mode."""
    url = f"{posted_to}/slack/" if posted_to else ""
    everything = _command(command, "Whatever opsctl can do: deploy, approve, look.", "COMMAND …", url)
    short = [_command(f"/{prefix}{name}", about, hint, url) for name, about, hint in _short(grammar, prefix)]
    names = [one for one in short if one["command"] != command]
    return {
        "_metadata": {"major_version": 1},
        "display_information": {"name": "opsctl", "description": "Operations: asked for, approved, done, recorded."},
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "opsctl", "always_online": True},
            "slash_commands": [everything, *names][:MOST_COMMANDS],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {
                **({"request_url": f"{url}events"} if url else {}),
                "bot_events": list(EVENTS),
            },
            "interactivity": {"is_enabled": True, **({"request_url": f"{url}interactivity"} if url else {})},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }


def _short(grammar: Grammar[NoOptions], prefix: str) -> Iterator[tuple[str, str, str]]:
    """Name, summary and hint of each short command; a first word is one command, whatever stands behind it."""
    groups: dict[str, list[Row]] = {}
    for row in grammar:
        groups.setdefault(row.name.partition(" ")[0], []).append(row)
    for name, rows in groups.items():
        if f"{prefix}{name}" not in SLACKS_OWN:
            yield name, rows[0].summary, _hint(grammar, name, rows)
    if f"{prefix}{HELP}" not in SLACKS_OWN:
        yield HELP, "What may be asked, and how.", "[COMMAND]"


def _hint(grammar: Grammar[NoOptions], name: str, rows: Sequence[Row]) -> str:
    if rows[0].name == name:
        return grammar.usage(rows[0].load()).removeprefix(f"/{name}").strip()[:MOST_HINT]
    return f"{'|'.join(row.name.split()[1] for row in rows)} …"


def _command(command: str, about: str, hint: str, url: str) -> dict[str, JSON]:
    return {
        **({"url": f"{url}commands"} if url else {}),
        "command": command,
        "description": about,
        **({"usage_hint": hint} if hint else {}),
        # People and channels come as their ids, which nobody can choose.
        "should_escape": True,
    }
