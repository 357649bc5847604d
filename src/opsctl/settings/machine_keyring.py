"""The keyring that this machine brings, and what is said where it can't be used.

A backend is foreign code that holds a secret in its hands: nothing of what it raises is passed on, not even to a
traceback, but the name of the error's class.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from opsctl.core.errors import OpsctlError, UsageError

_LOCKED = ("KeyringLocked", "LockedException", "PromptDismissedException")


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


def machine_keyring() -> Keyring:
    """The keyring that this machine brings. Raises keyring's NoKeyringError where it brings none, and whatever else."""
    import keyring
    from keyring.backends import fail, null
    from keyring.errors import NoKeyringError

    found = keyring.get_keyring()
    if isinstance(found, fail.Keyring | null.Keyring):
        raise NoKeyringError
    return found


@contextmanager
def telling(variable: str) -> Iterator[None]:
    """Turn what a keyring raises into our words, which name the variable that a secret may come from instead."""
    try:
        yield
    except OpsctlError:
        raise
    except Exception as error:  # noqa: BLE001  # what foreign code raises may quote the secret
        raise _unusable(error, variable) from None


def no_keyring(variable: str) -> UsageError:
    """There is none that keeps what it is given."""
    return _told(
        "There is no keyring on this machine that opsctl can use.",
        f"Without one, the secret comes from the environment: {variable}",
        "no_keyring",
    )


def _unusable(error: Exception, variable: str) -> UsageError:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "NoKeyringError" in kinds:
        return no_keyring(variable)
    if kinds & set(_LOCKED):
        return _told("The keyring is locked.", f"Unlock it and try again, or set {variable} instead.", "keyring_locked")
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return _told(
        f"The keyring can't be used ({kind}).",
        f"Mend it and try again, or set {variable} instead.",
        "keyring_failed",
    )


def _told(happened: str, do: str, reason: str) -> UsageError:
    return UsageError(happened, means="No secret was read, kept or removed.", do=do, reason=reason)
