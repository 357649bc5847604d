"""Keys and sessions of the room. A key counts once, for two minutes; of both, the store has SHA-256 alone.

Both begin with the person's name: so what the store says about whose they are can't be changed there.
"""

import hashlib
import secrets
from dataclasses import dataclass

from opsctl.core.store import Store

KEY_SECONDS = 120.0
SESSION_SECONDS = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Session:
    """A session that has begun: whose, and its secret."""

    person: str
    secret: str


def new_key(store: Store, person: str) -> str:
    """A key with which this person can sign in."""
    key = _secret_of(person, 24)
    store.write(lambda tx: tx.room.hand_out(_digest(key), person, KEY_SECONDS))
    return key


def sign_in(store: Store, key: str) -> Session | None:
    """Use up a key; None where it is none, or none any more."""
    claimed = _claimed(key)
    secret = _secret_of(claimed, 32)
    person = store.write(lambda tx: tx.room.sign_in(_digest(key), _digest(secret), SESSION_SECONDS))
    return Session(person, secret) if person == claimed else None


def sign_out(store: Store, secret: str) -> None:
    """End a session."""
    store.write(lambda tx: tx.room.sign_out(_digest(secret)))


def person_of(store: Store, secret: str) -> str | None:
    """Whose session it is, None where there is none (any more)."""
    person = store.room.session(_digest(secret)) if secret else None
    return person if person == _claimed(secret) else None


def _secret_of(person: str, size: int) -> str:
    return f"{person.removeprefix('@')}.{secrets.token_urlsafe(size)}"


def _claimed(secret: str) -> str:
    return f"@{secret.rpartition('.')[0]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
