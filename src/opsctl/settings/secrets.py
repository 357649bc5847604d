"""Secrets: in the operating system's keyring, or in the environment where there is none. Never in a file, never shown.

keyring takes longer to load than most commands; it is loaded when a secret is asked for that the environment lacks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from opsctl.core.errors import UsageError
from opsctl.core.masking import SECRET_VARIABLE, know
from opsctl.core.nearest import did_you_mean
from opsctl.settings.machine_keyring import Keyring, machine_keyring, no_keyring, telling
from opsctl.settings.mistakes import shown
from opsctl.settings.places import state_folder
from opsctl.settings.secret_index import forget, indexed, note

KEYRING = "keyring"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


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
        with telling(variable(name)):
            found = self._backend().get_password(self._service, name)
        if found:
            know(found)
            return found
        raise UsageError(
            f"There is no secret {name} for the site {self.site}.",
            means="Nothing was done.",
            do=f"Give it with `opsctl secrets set {name}`, or set {variable(name)}.",
            reason="no_secret",
        )

    def check_keepable(self, name: str) -> None:
        """Raise UsageError where the name can't be one, or there is no keyring: before anybody types the secret."""
        with telling(variable(name)):
            self._backend()

    def set_secret(self, name: str, value: str) -> None:
        """Keep a secret in the keyring, in place of an earlier one; one line break at its end is taken off.

        Raises UsageError where it is empty, or the keyring did not take it.
        """
        instead = variable(name)
        secret = value.removesuffix("\n").removesuffix("\r")
        if not secret.strip() or "\0" in secret:
            raise UsageError(
                f"The secret {name} is empty, or no text.", means="Nothing was kept.", do="Type it, or pipe it in."
            )
        with telling(instead):
            backend = self._backend()
            backend.set_password(self._service, name, secret)
            # A backend that only pretends to keep things raises nothing.
            if backend.get_password(self._service, name) != secret:
                raise no_keyring(instead)
        note(state_folder(self.environment), self.site, name)

    def remove(self, name: str) -> None:
        """Remove a secret from the keyring. Raises UsageError where it is not there."""
        given = self.given(name)
        with telling(variable(name)):
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
                do=f"It comes from the environment: unset {given}" if given else did_you_mean(name, names),
                reason="no_secret",
            )

    def given(self, name: str) -> str:
        """The variable, where it is set: then it wins over the keyring. Else empty. Raises UsageError for no name."""
        return variable(name) if self.environment.get(variable(name)) else ""

    def list(self) -> tuple[tuple[str, str], ...]:
        """(name, where it comes from: an environment variable or "keyring") of each, in alphabetical order."""
        found = dict.fromkeys(indexed(state_folder(self.environment), self.site), KEYRING)
        for key, value in self.environment.items():
            name = named_by(key)
            if name and value:
                found[name] = key
        return tuple(sorted(found.items()))

    @property
    def _service(self) -> str:
        return f"opsctl/{self.site}"

    def _backend(self) -> Keyring:
        return self.keyring if self.keyring is not None else machine_keyring()


def variable(name: str) -> str:
    """The environment variable of a secret. Raises UsageError for a name that can't be one."""
    if _NAME.fullmatch(name):
        return SECRET_VARIABLE + name.upper().replace("-", "_")
    raise UsageError(
        f"{shown(name)} can't be the name of a secret.",
        means="Nothing was done.",
        do="Use at most 63 of a-z, 0-9 and -, such as slack-token.",
    )


def named_by(key: str) -> str:
    """The name of the secret that an environment variable holds; empty for any other variable."""
    name = key.removeprefix(SECRET_VARIABLE).lower().replace("_", "-") if key.startswith(SECRET_VARIABLE) else ""
    return name if _NAME.fullmatch(name) and variable(name) == key else ""
