"""`secrets list`: the names of the secrets, and where each is."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.events import Event
from opsctl.core.facts import HelpText
from opsctl.terminal.commands.secrets_of_site import secrets_of_site
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class SecretsList(OwnCommand):
    """List the secrets and where each is kept; never a value."""

    name = "secrets list"
    examples = ("secrets list",)

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """One line a secret."""
        rows = [f"{name}  {where}" for name, where in secrets_of_site(terminal).list()]
        yield HelpText("\n".join(rows) or "No secrets are kept for this site.")
