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
        """It as JSON. Raises UsageError where there are no settings, or nothing is published yet."""
        from opsctl import wiring
        from opsctl.chat.slack_manifest import manifest
        from opsctl.commands.reading import chat_grammar
        from opsctl.core.context import nothing_published
        from opsctl.core.site import PublishedSite

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
        grammar = chat_grammar(PublishedSite.from_text(text))
        yield SlackManifest(manifest(grammar, slack.command, slack.prefix, posted_to))
