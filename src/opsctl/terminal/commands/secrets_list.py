"""`secrets list`: the names of the secrets, and where each is."""

from collections.abc import Iterator
from dataclasses import dataclass

from opsctl.core.events import Event
from opsctl.core.setup_facts import Secret, SecretsListed
from opsctl.terminal.commands.secrets_of_site import secrets_of_site
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class SecretsList(OwnCommand):
    """List the secrets and where each is kept; never a value."""

    name = "secrets list"
    examples = ("secrets list",)

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Their names, from the environment and from what `secrets set` noted; no keyring is asked."""
        secrets = secrets_of_site(terminal)
        yield SecretsListed(secrets.site, tuple(Secret(*row) for row in secrets.list()))
