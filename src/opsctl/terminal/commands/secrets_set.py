"""`secrets set`: keep a secret in the keyring. Never on a command line."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

import typer

from opsctl.core.errors import UsageError
from opsctl.core.events import Event
from opsctl.core.setup_facts import SecretKept
from opsctl.terminal.commands.secrets_of_site import secrets_of_site
from opsctl.terminal.own import OwnCommand, Terminal

SecretName = Annotated[str, typer.Argument(metavar="NAME", help="Such as slack-token.")]

MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class SecretsSet(OwnCommand):
    """Keep a secret in the keyring; asked for, or from standard input."""

    name = "secrets set"
    examples = ("secrets set slack-token", "secrets set slack-token < FILE")
    misread: ClassVar[str] = "A NAME and nothing else is taken; the secret itself is asked for, or read from a pipe."

    secret: SecretName

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Say that it is kept, never what."""
        secrets = secrets_of_site(terminal)
        secrets.check_keepable(self.secret)
        secrets.set_secret(self.secret, self._typed() if sys.stdin.isatty() else _piped())
        yield SecretKept(self.secret, secrets.given(self.secret))

    def _typed(self) -> str:
        from opsctl.terminal.prompt import ask_secret

        return ask_secret(f"{self.secret} (is not shown): ")


def _piped() -> str:
    """All that is piped in: a secret may have several lines."""
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > MOST_BYTES:
        raise UsageError(
            "Standard input is no secret: it is empty, no UTF-8 text, or longer than 64 KiB.",
            means="Nothing was kept.",
            do="Pipe the secret in, or type it at a terminal.",
        )
    return text
