"""The secrets of the site that the settings name."""

from typing import TYPE_CHECKING

from opsctl.terminal.own import Terminal

if TYPE_CHECKING:
    from opsctl.settings.secrets import Secrets


def secrets_of_site(terminal: Terminal) -> "Secrets":
    """Where they are kept. Raises UsageError where there are no settings."""
    from opsctl import wiring
    from opsctl.wiring import setting_up

    settings = wiring.settings_of(terminal.environment, terminal.options.config)
    return setting_up.secrets_of(settings, terminal.environment)
