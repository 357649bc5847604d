"""Canonical JSON (RFC 8785): the one text of a value, for digests and for the journal."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import rfc8785

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"


def canonical(value: JSON) -> str:
    """The RFC 8785 text of a value. Integers beyond 2**53 - 1 and unpaired surrogates raise ValueError."""
    return rfc8785.dumps(value).decode()


def digest_of(value: JSON) -> str:
    """SHA-256 of the canonical text, lower-case hex."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
