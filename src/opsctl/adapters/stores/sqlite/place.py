"""Where a store lives on disk, and who may touch it."""

import os
import stat
from pathlib import Path

from opsctl.core.errors import StoreUnusable


def make_folder(folder: Path, group: int | None) -> None:
    """Make the store's folder: 0700, or 2770 for a group. One that exists is used as it is, if it fits.

    Raises StoreUnusable where it does not fit, OSError where it can't be made.
    """
    try:
        folder.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        _check_folder(folder, group)
        return
    if group is not None:
        os.chown(folder, -1, group)
    folder.chmod(0o700 if group is None else 0o2770)  # after chown, which takes the set-group-id bit away


def make_file(path: Path, group: int | None) -> None:
    """Make an empty file: 0600, or 0660 for a group, whatever the umask. SQLite gives its other files the same."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        if group is not None:
            os.fchown(descriptor, -1, group)
            os.fchmod(descriptor, 0o660)
        else:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def make_beside(path: Path, model: Path) -> int:
    """Open a file for reading and writing, made with the rights of `model` where it is missing; its descriptor."""
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        pass
    like = model.stat()
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if os.fstat(descriptor).st_uid == os.geteuid():
        if os.geteuid() == 0:
            os.fchown(descriptor, like.st_uid, like.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
    return descriptor


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_folder(folder: Path, group: int | None) -> None:
    found = folder.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise StoreUnusable(
            f"{folder} is not a folder.",
            means="The store was not made.",
            do="Name another folder for the store.",
            reason="no_folder",
        )
    if group is None or (found.st_gid == group and stat.S_IMODE(found.st_mode) & 0o2077 == 0o2070):
        return
    raise StoreUnusable(
        f"{folder} exists and is not open to the group {group} and it alone.",
        means="The store was not made: whoever is not in the group must not reach it, and whoever is must.",
        do=f"Run: chgrp {group} '{folder}' && chmod 2770 '{folder}'",
        reason="folder_rights",
    )
