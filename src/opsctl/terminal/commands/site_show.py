"""`site show`: what is published."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.errors import UsageError
from opsctl.core.events import Event
from opsctl.core.setup_facts import SiteShown
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class SiteShow(OwnCommand):
    """Show the published site, as JSON."""

    name = "site show"
    examples = ("site show",)

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """The text that counts."""
        from opsctl import wiring

        store = wiring.open_store(wiring.settings_of(terminal.environment, terminal.options.config))
        try:
            text = store.published()
        finally:
            store.close()
        if text is None:
            raise UsageError(
                "Nothing is published in this store yet.", do="Publish the site: opsctl site publish site.toml"
            )
        yield SiteShown(json.loads(text))
