"""`config show`: what counts, and where it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.events import Event
from opsctl.core.setup_facts import Secret, Setting, SettingsShown
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class ConfigShow(OwnCommand):
    """Show every setting that counts, and where it comes from."""

    name = "config show"
    examples = ("config show",)

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """The settings; of secrets their names, and where they are."""
        from opsctl import wiring
        from opsctl.wiring import setting_up

        settings = wiring.settings_of(terminal.environment, terminal.options.config)
        secrets = setting_up.secrets_of(settings, terminal.environment).list()
        yield SettingsShown(
            file=str(settings.file),
            rows=tuple(Setting(*row) for row in settings.shown()),
            secrets=tuple(Secret(*secret) for secret in secrets),
        )
