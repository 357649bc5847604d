"""`slack manifest`: what to give to Slack when the app is made."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.events import Event
from opsctl.core.setup_facts import SlackManifest
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class ShowSlackManifest(OwnCommand):
    """Print the manifest to make the Slack app from: commands, scopes, events; written for this site."""

    name = "slack manifest"
    examples = ("slack manifest", "slack manifest > opsctl.json")

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """It as JSON. Raises UsageError without settings, a published site, or an address that Slack posts to."""
        from opsctl import wiring
        from opsctl.chat.slack_manifest import manifest
        from opsctl.commands.reading import chat_grammar
        from opsctl.core.context import nothing_published
        from opsctl.core.errors import UsageError
        from opsctl.core.published_site import PublishedSite

        settings = wiring.settings_of(terminal.environment, terminal.options.config)
        store = wiring.open_store(settings)
        try:
            text = store.published()
        finally:
            store.close()
        if text is None:
            raise nothing_published()
        slack = settings.slack
        posted_to = settings.relay.url if slack.receive == "http" else ""
        if posted_to and not posted_to.startswith("https://"):
            raise UsageError(
                f"Slack posts to https:// alone, and the relay's address is {posted_to}.",
                means="A manifest that names it would be refused.",
                do='Write [relay] url = "https://…" into opsctl.toml; or [slack] receive = "socket", which needs none.',
                reason="no_https",
            )
        grammar = chat_grammar(PublishedSite.from_text(text))
        yield SlackManifest(manifest(grammar, slack.command, slack.prefix, posted_to))
