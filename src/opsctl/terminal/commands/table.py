"""The table of the terminal's own commands, in the order in which help lists them."""

from opsctl.core.command import Surface
from opsctl.core.command_table import Kind, Row, row


def _own(name: str, where: str, summary: str) -> Row:
    return row(name, f"opsctl.terminal.commands.{where}", Kind.SETUP, summary, Surface.TERMINAL)


OWN_COMMANDS: tuple[Row, ...] = (
    _own("site publish", "site_publish:PublishFile", "Publish a site file: what it says counts from then on."),
    _own("site show", "site_show:SiteShow", "Show the published site, as JSON."),
    _own("site diff", "site_diff:SiteDiff", "Show what publishing a site file would change, in words."),
    _own("init", "init:Init", "Make the settings, the site file and the store of a new site; asks five questions."),
    _own("config check", "config_check:ConfigCheck", "Tell everything that is wrong in what is set, at once."),
    _own("config show", "config_show:ConfigShow", "Show every setting that counts, and where it comes from."),
    _own("doctor", "doctor:Doctor", "Look at every part: what is down, what still works, what to do."),
    _own("secrets set", "secrets_set:SecretsSet", "Keep a secret in the keyring; asked for, or from standard input."),
    _own("secrets list", "secrets_list:SecretsList", "List the secrets and where each is kept; never a value."),
    _own("secrets remove", "secrets_remove:SecretsRemove", "Remove a secret from the keyring."),
    _own("room", "room:Room", "Show what was said in the room, the embedded chat."),
    _own(
        "room open",
        "room_open:RoomOpen",
        "Print a link that opens the room's page as you; it works once, for two minutes.",
    ),
    _own(
        "room post",
        "room_post:RoomPost",
        "Say something in the room; a line that begins with / is a command, for the relay to carry out.",
    ),
    _own("room follow", "room_follow:RoomFollow", "Show what is said in the room as it is said, until Ctrl-C."),
    _own(
        "slack manifest",
        "slack_manifest:ShowSlackManifest",
        "Print the manifest to make the Slack app from: commands, scopes, events; written for this site.",
    ),
    _own(
        "slack check",
        "slack_check:SlackCheck",
        "Check Slack: the tokens, what they may do, channels, people, and that what happens there is heard.",
    ),
    _own("completion install", "completion_install:CompletionInstall", "Install completion for your shell."),
    _own("completion show", "completion_show:CompletionShow", "Print the completion script of a shell."),
    _own(
        "relay",
        "relay:Relay",
        "Carry what is said in chat to the action core and back, and serve the room; until it is stopped.",
    ),
    _own("demo", "demo:Demo", "Make a playground of real services and take a tour of it; needs no account."),
    _own("demo stop", "demo_stop:DemoStop", "End a playground's processes; its folder, with journal and logs, stays."),
)
