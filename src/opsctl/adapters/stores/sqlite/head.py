"""The head file: a witness outside the database of how far the journal had come.

It is made with the journal's first entries. One that is gone later is not made again unless somebody says so: it may
have been taken away together with the end of the journal, and a new one would know nothing of that.

It is written in place, one short line inside one disk sector, under a lock on itself. A rename would be no safer for
a file that is not synced, and makes some file systems flush it: that alone takes as long as the commit.
"""

import fcntl
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opsctl.adapters.stores.sql.database import Head
from opsctl.adapters.stores.sqlite.place import make_beside

BEGINNING = 1
"""The seq up to which a journal is so young that its head file may be missing: a playground's begins with an entry."""

_LINE_BYTES = 128
_READ_BYTES = 1024
_NOTHING = b"\0\n "


class HeadError(Exception):
    """What stands in the file is no head."""


class HeadFile:
    """The head file of one database."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(f"{database.name}.head")
        self._database = database
        self._mutex = threading.Lock()
        self._descriptor = -1

    def advance(self, before: Head, after: Head, is_in_journal: Callable[[Head], bool]) -> None:
        """Note that the journal came from `before` to `after`; never backwards, and never over a head that it lost.

        It may lag: what can't be written here is not an error of the operation.
        """
        is_young = before.seq <= BEGINNING
        with self._mutex:
            try:
                self._lock(makes=is_young)
                try:
                    content = os.pread(self._descriptor, _READ_BYTES, 0)
                    noted = _parse(content) if content != _line(before) else before
                    if is_young if noted is None else noted == before or _may_follow(noted, after, is_in_journal):
                        os.pwrite(self._descriptor, _line(after), 0)
                finally:
                    fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            except (OSError, HeadError):
                return

    def renew(self, head: Head) -> None:
        """Make the file anew, where it is missing: it witnesses from that head on. Raises OSError."""
        with self._mutex:
            self._lock(makes=True)
            try:
                if not os.pread(self._descriptor, _READ_BYTES, 0).strip(_NOTHING):
                    os.pwrite(self._descriptor, _line(head), 0)
            finally:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def read(self) -> Head | None:
        """The head that was noted last, None where there is none. Raises OSError, or HeadError where it is none."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return _parse(os.pread(descriptor, _READ_BYTES, 0))
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Let go of it."""
        with self._mutex:
            self._let_go()

    def _let_go(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _lock(self, *, makes: bool) -> None:
        if self._descriptor < 0 or not os.fstat(self._descriptor).st_nlink:
            self._let_go()
            if makes:
                self._descriptor = make_beside(self.path, self._database)
            else:
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)


def _line(head: Head) -> bytes:
    # Padded, so that the next one covers it all.
    return f'{{"seq":{head.seq},"hash":"{head.hash}"}}'.ljust(_LINE_BYTES - 1).encode() + b"\n"


def _may_follow(noted: Head, after: Head, is_in_journal: Callable[[Head], bool]) -> bool:
    return noted.seq < after.seq and is_in_journal(noted)


def _parse(content: bytes) -> Head | None:
    if not content.strip(_NOTHING):
        return None
    try:
        facts: Any = json.loads(content)
        head = Head(facts["seq"], facts["hash"])
    except (ValueError, TypeError, KeyError) as error:
        raise HeadError("it does not hold a head") from error
    if not (isinstance(facts["seq"], int) and isinstance(facts["hash"], str)):
        raise HeadError("it does not hold a head")
    return head
