"""Secrets: in the operating system's keyring, or in the environment where there is none. Never in a file, never shown.

keyring takes longer to load than most commands; it is loaded when a secret is asked for that the environment lacks.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from opsctl.core.errors import UsageError
from opsctl.core.nearest import did_you_mean
from opsctl.settings.mistakes import shown
from opsctl.settings.places import state_folder
from opsctl.settings.secret_index import forget, indexed, note

PREFIX = "OPSCTL_SECRET_"
KEYRING = "keyring"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class Keyring(Protocol):
    """The part of keyring's backends that is used here."""

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, None where there is none."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it, in place of an earlier one."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove it; an error where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one site. `keyring` None is the one that this machine brings."""

    environment: Mapping[str, str]
    site: str
    keyring: Keyring | None = None

    def get(self, name: str) -> str:
        """The secret; the environment wins over the keyring. Raises UsageError where neither has it."""
        found = self.environment.get(variable(name))
        if found:
            return found
        with _telling(name):
            found = self._backend().get_password(self._service, name)
        if found:
            return found
        raise UsageError(
            f"There is no secret {name} for the site {self.site}.",
            means="Nothing was done.",
            do=f"Give it with `opsctl secrets set {name}`, or set {variable(name)}.",
            reason="no_secret",
        )

    def set_secret(self, name: str, value: str) -> None:
        """Keep a secret in the keyring, in place of an earlier one; one line break at its end is taken off.

        Raises UsageError where it is empty, or the keyring did not take it.
        """
        secret = value.removesuffix("\n").removesuffix("\r")
        if not secret.strip() or "\0" in secret:
            raise UsageError(f"The secret {shown(name)} is empty, or no text.", means="Nothing was kept.")
        variable(name)
        with _telling(name):
            backend = self._backend()
            backend.set_password(self._service, name, secret)
            # A backend that only pretends to keep things raises nothing.
            is_kept = backend.get_password(self._service, name) == secret
        if not is_kept:
            raise _no_keyring(name, "it does not keep what it is given")
        note(state_folder(self.environment), self.site, name)

    def remove(self, name: str) -> None:
        """Remove a secret from the keyring. Raises UsageError where it is not there."""
        variable(name)
        with _telling(name):
            backend = self._backend()
            is_there = backend.get_password(self._service, name) is not None
            if is_there:
                backend.delete_password(self._service, name)
        is_known = forget(state_folder(self.environment), self.site, name)
        if not is_there and not is_known:
            names = indexed(state_folder(self.environment), self.site)
            raise UsageError(
                f"The keyring holds no secret {shown(name)} for the site {self.site}.",
                means="Nothing was removed.",
                do=did_you_mean(name, names),
                reason="no_secret",
            )

    def list(self) -> tuple[tuple[str, str], ...]:
        """(name, where it comes from: an environment variable or "keyring") of each, in alphabetical order."""
        found = dict.fromkeys(indexed(state_folder(self.environment), self.site), KEYRING)
        given = (name for name, value in self.environment.items() if name.startswith(PREFIX) and value)
        found |= {name.removeprefix(PREFIX).lower().replace("_", "-"): name for name in given}
        return tuple(sorted(found.items()))

    @property
    def _service(self) -> str:
        return f"opsctl/{self.site}"

    def _backend(self) -> Keyring:
        if self.keyring is not None:
            return self.keyring
        import keyring

        return keyring.get_keyring()


def variable(name: str) -> str:
    """The environment variable of a secret. Raises UsageError for a name that can't be one."""
    if _NAME.fullmatch(name):
        return PREFIX + name.upper().replace("-", "_")
    raise UsageError(
        f"{shown(name)} can't be the name of a secret.",
        means="Nothing was done.",
        do="Use at most 63 of a-z, 0-9 and -, such as slack-token.",
    )


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """Turn what a keyring raises into our words; its own may hold more than a person should see."""
    try:
        yield
    except _failures() as error:
        raise _no_keyring(name, type(error).__name__) from error


def _failures() -> tuple[type[Exception], ...]:
    """What a keyring raises: its own errors, and those of its backend that it lets through, where they are loaded."""
    named = (("keyring.errors", "KeyringError"), ("secretstorage.exceptions", "SecretStorageException"))
    loaded = (getattr(sys.modules[module], error) for module, error in named if module in sys.modules)
    return (OSError, RuntimeError, *loaded)


def _no_keyring(name: str, why: str) -> UsageError:
    return UsageError(
        f"There is no keyring that can be used here ({why}).",
        means="No secret was read or kept.",
        do=f"Set {variable(name)} in the environment instead, or unlock the keyring and try again.",
        reason="no_keyring",
    )
