"""Files that people read beside a store: whole or absent, and readable for whoever may use the store."""

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from opsctl.core.errors import Unreachable


def replace(path: Path, content: bytes) -> None:
    """Put the content in place of the file in one step; makes its folder. Raises Unreachable where it can't.

    Folders get the rights of the one that they are made in, files the same without those to enter.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _make_folder(path.parent)
        if path.is_file() and path.read_bytes() == content:
            return
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, stat.S_IMODE(path.parent.stat().st_mode) & 0o666)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise Unreachable(
            f"{path} can't be written: {(error.strerror or 'unknown reason').lower()}.",
            do="Make room, or mend the rights of its folder.",
        ) from error


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    if folder.exists():
        raise NotADirectoryError(errno.ENOTDIR, "something that is not a folder is in the way")
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(stat.S_IMODE(folder.parent.stat().st_mode))  # whatever the umask
