"""Errors of SQLite and of the file system, told as what happened, what it means, what to do next. None gets out."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opsctl.core.errors import StoreUnusable

_CODES = {
    errno.EACCES: sqlite3.SQLITE_CANTOPEN,
    errno.EPERM: sqlite3.SQLITE_CANTOPEN,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EFBIG: sqlite3.SQLITE_FULL,
    errno.EIO: sqlite3.SQLITE_IOERR,
}
_NOT_DONE = "Nothing was recorded, and nothing was done that needed recording."


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise StoreUnusable for what SQLite or the file system could not do."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning, OSError) as error:
        raise unusable(error, path) from error


def unusable(error: Exception, path: Path) -> StoreUnusable:
    """What an error of SQLite or of the file system means for the person."""
    happened, means, do, reason = _told(_primary(error), path, error)
    return StoreUnusable(happened, means=means, do=do, reason=reason)


def is_code(error: sqlite3.Error, *codes: int) -> bool:
    """Whether SQLite's result code of an error, or the primary one behind it, is one of these."""
    return bool({_code(error), _code(error) & 0xFF} & set(codes))


def _primary(error: Exception) -> int:
    if isinstance(error, OSError):
        return _CODES.get(error.errno or 0, sqlite3.SQLITE_ERROR)
    # There was no room for a file that others share: that is nothing broken.
    code = _code(error)
    return sqlite3.SQLITE_FULL if code == sqlite3.SQLITE_IOERR_SHMSIZE else code & 0xFF


def _code(error: Exception) -> int:
    code = getattr(error, "sqlite_errorcode", None)
    return code if isinstance(code, int) else sqlite3.SQLITE_ERROR


def _told(code: int, path: Path, error: Exception) -> tuple[str, str, str, str]:
    happened, means, do, reason = _TROUBLES.get(code, _OTHER)
    known = {"path": path, "folder": path.parent, "error": error}
    return happened.format_map(known), means, do.format_map(known), reason


_LOCKED = (
    "The store {path} is locked by another process for too long.",
    _NOT_DONE,
    "Try again; see who holds it: fuser -v {path}",
    "store_locked",
)
_DAMAGED = (
    "{path} is not a store, or is damaged: {error}.",
    _NOT_DONE,
    "Check the path in opsctl.toml; if it is right, bring the store back from its last backup.",
    "store_damaged",
)
_NOT_OPENED = (
    "The store {path} can't be opened.",
    _NOT_DONE,
    "Your user needs to read and write it and its folder; see: ls -la {folder}",
    "store_not_opened",
)
_OTHER = (
    "The store {path} does not work: {error}.",
    _NOT_DONE,
    "Check that it is the file of an opsctl store, and that opsctl is the newest you have.",
    "store_unusable",
)
_TROUBLES = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: (
        "The store {path} can't be written: it is read-only for you.",
        _NOT_DONE,
        "Give your user the right to write it, or mount its file system writable; see: ls -l {path}",
        "store_read_only",
    ),
    sqlite3.SQLITE_FULL: (
        "The disk of the store {path} is full.",
        _NOT_DONE,
        "Free some space, then try again; see: df -h {folder}",
        "disk_full",
    ),
    sqlite3.SQLITE_IOERR: (
        "The store {path} can't be read or written: {error}.",
        "Whether the last step was recorded is not certain.",
        "Look after the disk (full, broken?), then see what was recorded: opsctl audit verify; df -h {folder}",
        "store_io",
    ),
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _NOT_OPENED,
    sqlite3.SQLITE_PERM: _NOT_OPENED,
    sqlite3.SQLITE_AUTH: _NOT_OPENED,
}
"""What happened, what it means, what to do, and the reason, by SQLite's primary result code."""
