"""Secrets are masked before anything is appended to the journal, where nothing can be taken back.

What this process knows as a secret, what names itself one (a key, a flag, a header) and what can be nothing else (the
tokens of vendors, private keys) is masked. Whatever merely looks random stays: hashes, digests and ids are what the
journal is about.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from opsctl.core.canonical import JSON

MASK = "***"

SECRET_VARIABLE = "OPSCTL_SECRET_"  # noqa: S105 (the name of a variable, not what is in it)
"""What the environment variable of every secret begins with."""

SHORTEST_KNOWN = 6
"""Characters of a secret from which on it is masked wherever it stands. A shorter one stands in too many words."""


@cache
def _known() -> list[str]:
    """The secrets that this process knows: those in its environment, and those it has been told of since."""
    known: list[str] = []  # which other threads may look through while it grows
    for name, value in os.environ.items():
        if name.startswith(SECRET_VARIABLE):
            _add(known, value)
    return known


def know(secret: str) -> None:
    """From now on this process masks that secret wherever it stands."""
    _add(_known(), secret)


def _add(known: list[str], secret: str) -> None:
    # Each line of it by itself: a text may hold one without the others.
    lines = (line for line in (secret, *secret.splitlines()) if len(line.strip()) >= SHORTEST_KNOWN)
    known.extend(line for line in lines if line not in known)


_WORD = (
    r"(?:password|passwd|passphrase|secret|token|credentials?|(?<![a-z])pwd(?![=:]/)"
    r"|(?:api|access|account|auth|encryption|private|secret|shared|signing)[_\- ]?key|connection[_\- ]?string)"
)
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|\\"(?:[^"\\]|\\[^"])*\\"|'[^']*'|[^\s,;&"'<>(){}\[\]]+)"""

_DISCORD = r"[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"


# Compiled when a text first looks as if it held a secret: most runs never come to that, and it takes milliseconds.
@cache
def _named() -> tuple[re.Pattern[str], ...]:
    return (
        # password=x, "apiKey": "x", DB_PASSWORD: x
        re.compile(rf"""({_WORD}\\?["']?\s*[=:]\s*){_VALUE}""", re.IGNORECASE),
        # --db-password x
        re.compile(rf"(--[\w-]{{0,40}}?{_WORD}\s+)(?!-){_VALUE}", re.IGNORECASE),
        # ?sig=x&key=x
        re.compile(r"([?&](?:[\w-]{0,40}(?:signature|credential)|sig|key|code|auth)=)[^\s&#\"'<>]+", re.IGNORECASE),
        re.compile(
            r"""((?:(?:proxy-)?authorization|x-[\w-]{0,40}(?:key|token))\\?["']?\s*[=:]\s*)[^\r\n"',;]+""",
            re.IGNORECASE,
        ),
        re.compile(r"""((?<![\w-])(?:set-)?cookie\\?["']?\s*:\s*)[^\r\n"']+""", re.IGNORECASE),
        re.compile(r"(\b(?:bearer|basic)\s+)(?=[\w.~+/=-]*\d|[\w.~+/=-]{20})[\w.~+/=-]{6,}", re.IGNORECASE),
        # postgres://user:x@host; a port is no password
        re.compile(r"""(://[^\s:/?#@"'<>]*:)(?!\d{1,5}(?:[/?#]|$))[^\s"'<>]+(?=@)"""),
        re.compile(r"(hooks\.slack\.com/(?:services|workflows|triggers)/)[\w/-]+"),
        re.compile(r"(discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d+/)[\w-]+"),
    )


@cache
def _whole() -> re.Pattern[str]:
    return re.compile(
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|.*)"
        r"|(?<![A-Za-z0-9])(?:"
        r"gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl[a-z]{2,5}-[\w-]{20,}"
        r"|xox[a-z]-[\w-]{10,}|xapp-[\w-]{10,}|xwfp-[\w-]{10,}"
        r"|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}"
        r"|sk-[\w-]{20,}|[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,}"
        r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
        r"|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|do[opr]_v1_[a-f0-9]{40,}|hf_[A-Za-z0-9]{30,}"
        r"|hv[bsr]\.[\w-]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{50,}|\d{8,10}:AA[\w-]{30,}"
        rf"|{_DISCORD}"
        r")",
        re.DOTALL,
    )


_HINTS = (
    *("password", "passwd", "passphrase", "pwd", "secret", "token", "key", "credential", "cookie", "authorization"),
    *("connection", "dsn", "bearer", "basic", "://", "?sig", "&sig", "signature", "?code", "&code", "?auth", "&auth"),
    *("discord", "slack.com", "gh", "gl", "xox", "xapp-", "xwfp-", "akia", "asia", "aiza", "ya29", "sk-", "k_live"),
    *("k_test", "whsec", "eyj", "sg.", "npm_", "github_pat", "pypi-", "_v1_", "hf_", "hv", ":aa"),
)
_DOTTED = re.compile(_DISCORD)
_SHORTEST = 5
_ROUNDS = 4

_FLAG = rf"--?[\w-]{{0,40}}?{_WORD}"
_KEY_END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY")
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
_SECRET_NAMES = (
    *("password", "passwd", "passphrase", "secret", "token", "credential", "credentials", "cookie", "authorization"),
    *("apikey", "accesskey", "accountkey", "authkey", "encryptionkey", "privatekey", "secretkey", "sharedkey"),
    *("signingkey", "connectionstring", "dsn", "pwd"),
)


def masked(value: JSON) -> JSON:
    """The value with its secrets replaced by `MASK`. Masking twice changes nothing more."""
    texts: list[str] = []
    _gather(value, texts)
    # One look at all of it: most values hold no secret, and are done with here.
    return _masked(value) if _may_hold_secrets("\n".join(texts)) else value


def _gather(value: JSON, texts: list[str]) -> None:
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, dict | Mapping):
        texts += value
        for item in value.values():
            _gather(item, texts)
    elif isinstance(value, list | Sequence):
        for item in value:
            _gather(item, texts)


def _masked(value: JSON) -> JSON:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        shown = ((_text(key), item) for key, item in value.items())
        return {key: _hidden(item) if _is_secret(key) else _masked(item) for key, item in shown}
    if isinstance(value, Sequence):
        return list(_items(value))
    return value


def _items(values: Sequence[JSON]) -> Iterator[JSON]:
    """What stands in a list may belong together: a flag and its value, the lines of a private key."""
    is_value = is_inside_key = False
    for value in values:
        if not isinstance(value, str):
            yield _masked(value)
            is_value = False
            continue
        is_end = is_inside_key and _KEY_END.search(value) is not None
        yield MASK if is_inside_key or (is_value and not value.startswith("-")) else _text(value)
        is_value = re.fullmatch(_FLAG, value, re.IGNORECASE) is not None
        begin = _KEY_BEGIN.search(value)
        is_inside_key = (is_inside_key and not is_end) or (
            begin is not None and _KEY_END.search(value, begin.start()) is None
        )


def _hidden(value: JSON) -> JSON:
    """A secret's value: every text in it is masked, whatever it says."""
    if isinstance(value, str):
        return MASK if value else value
    if isinstance(value, Mapping):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_hidden(item) for item in value]
    return value


@lru_cache(maxsize=512)
def _is_secret(key: str) -> bool:
    plain = "".join(letter for letter in key.lower() if letter.isalnum())
    return plain.endswith(_SECRET_NAMES)


def _text(text: str) -> str:
    if len(text) < _SHORTEST or not _may_hold_secrets(text):
        return text
    # Masking one may bring the next to light; it settles after a round or two.
    for _ in range(_ROUNDS):
        after = _once(text)
        if after == text:
            break
        text = after
    return text


def _may_hold_secrets(text: str) -> bool:
    """A cheap look, wrong in one direction only: most texts hold none and go no further."""
    lower = text.lower()
    for hint in _HINTS:  # any() takes twice as long, and every journal entry comes by here
        if hint in lower:
            return True
    for secret in _known():
        if secret in text:
            return True
    return _DOTTED.search(text) is not None


def _once(text: str) -> str:
    for secret in sorted(_known(), key=len, reverse=True):  # one may be a part of another
        text = text.replace(secret, MASK)
    text = _whole().sub(MASK, text)
    for pattern in _named():
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text
