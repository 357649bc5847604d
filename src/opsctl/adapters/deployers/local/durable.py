"""Files that are whole or absent, and locks that a dying process lets go of."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opsctl.core.errors import ActionFailed, Unreachable
from opsctl.core.ports import Progress

_PATIENCE_SECONDS = 15.0


def write_durably(path: Path, content: Any, mode: int) -> None:
    """Replace a file by JSON in one step that a crash cannot halve; on disk when this returns."""
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_through(beside, text.encode(), mode)
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ActionFailed(
            f"{path} cannot be written: {error.strerror}.",
            do="Make room or mend the permissions, then try again.",
        ) from error


def _write_through(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def open_file(path: Path, mode: int) -> Iterator[int]:
    """Open a file to lock or to append to, made where it is missing; closing it unlocks. Raises ActionFailed."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)
        if os.fstat(descriptor).st_uid == os.geteuid():
            # The umask took bits off when it was made.
            os.fchmod(descriptor, mode)
    except OSError as error:
        raise ActionFailed(
            f"{path} cannot be opened: {error.strerror}.", do="Mend its permissions, then try again."
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock now. Raises Unreachable where we may not look."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Unreachable(f"{path} cannot be read: {error.strerror}.", do="Look at its permissions.") from error
    try:
        # Shared, so that two who only look do not take each other for the holder.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock it for ourselves alone, if nobody has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_patiently(descriptor: int, what: str) -> Generator[Progress, None, None]:
    """Lock it, waiting a while for whoever has it."""
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while not try_lock(descriptor):
        if time.monotonic() > give_up_at:
            raise ActionFailed(
                f"{what}: another change still acts there.",
                means="Nothing was changed.",
                do="Wait until it is over, then try again.",
                reason="busy",
            )
        yield Progress("waiting for another change to end")
        time.sleep(0.1)
