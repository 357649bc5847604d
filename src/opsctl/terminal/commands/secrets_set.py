"""`secrets set`: keep a secret in the keyring. Never on a command line."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from opsctl.core.errors import UsageError
from opsctl.core.events import Event
from opsctl.core.facts import HelpText
from opsctl.terminal.commands.secrets_of_site import secrets_of_site
from opsctl.terminal.own import OwnCommand, Terminal

SecretName = Annotated[str, typer.Argument(metavar="NAME", help="Such as slack-token.")]


@dataclass(frozen=True, slots=True)
class SecretsSet(OwnCommand):
    """Keep a secret in the keyring; asked for, or from standard input."""

    name = "secrets set"
    examples = ("secrets set slack-token",)

    secret: SecretName

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Say that it is kept, never what."""
        from getpass import getpass

        secrets = secrets_of_site(terminal)
        value = getpass(f"{self.secret}: ") if terminal.is_interactive else sys.stdin.readline().rstrip("\n")
        if not value:
            raise UsageError("An empty secret is no secret.", means="Nothing was kept.", do="Type it, or pipe it in.")
        secrets.set_secret(self.secret, value)
        yield HelpText(f"{self.secret} is in the keyring.")
