"""`secrets remove`: take a secret out of the keyring."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.events import Event
from opsctl.core.setup_facts import SecretRemoved
from opsctl.terminal.commands.secrets_of_site import secrets_of_site
from opsctl.terminal.commands.secrets_set import SecretName
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class SecretsRemove(OwnCommand):
    """Remove a secret from the keyring."""

    name = "secrets remove"
    examples = ("secrets remove slack-token",)

    secret: SecretName

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Say that it is gone."""
        secrets_of_site(terminal).remove(self.secret)
        yield SecretRemoved(self.secret)
