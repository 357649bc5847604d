"""`config show`: what counts, and where it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.events import Event
from opsctl.core.facts import Setting, SettingsShown
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class ConfigShow(OwnCommand):
    """Show every setting that counts, and where it comes from."""

    name = "config show"
    examples = ("config show",)

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Secrets are not among them: they live in the keyring."""
        from opsctl import wiring

        settings = wiring.settings_of(terminal.environment, terminal.options.config)
        yield SettingsShown(tuple(Setting(*row) for row in settings.shown()))
