"""Where the local deployer keeps things: shared by it and the log source. Makes no path of an unchecked name."""

import re
import stat
from dataclasses import dataclass
from pathlib import Path

from opsctl.core.errors import ActionFailed, UsageError

STAMP_LENGTH = 27
"""Every line of a log file starts with a time such as 2026-03-04T15:23:47.123456Z and a space."""

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def checked_name(what: str, name: str) -> str:
    """The name as it is, when it may become part of a path; `what` is "service" or "environment"."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{_shown(name)} is no name of a {what}.", do="Use small letters, digits and dashes, up to 63."
        )
    return name


@dataclass(frozen=True, slots=True)
class Placement:
    """One service in one environment, and its files below the state root."""

    root: Path
    service: str
    environment: str

    def __post_init__(self) -> None:
        checked_name("service", self.service)
        checked_name("environment", self.environment)

    @property
    def name(self) -> str:
        """Unique in a root."""
        return f"{self.environment}/{self.service}"

    @property
    def folder(self) -> Path:
        """What is in service, and the lock of whoever changes it."""
        return self.root / "services" / self.environment / self.service

    @property
    def state_file(self) -> Path:
        """What is in service, what is wanted, and the release history."""
        return self.folder / "state.json"

    @property
    def endpoints_file(self) -> Path:
        """The replicas in service, for whoever sends requests to them."""
        return self.folder / "endpoints.json"

    @property
    def lock_file(self) -> Path:
        """Locked while a change acts."""
        return self.folder / "change.lock"

    @property
    def logs(self) -> Path:
        """One file a replica, rotated ones beside it."""
        return self.root / "logs" / self.environment / self.service

    def log_file(self, replica: str) -> Path:
        """Where a replica's lines are being written; rotated ones end in ".1" (the newest), ".2" and so on."""
        return self.logs / f"{replica}.log"


def placed_in(folder: Path, service: str, environment: str) -> Placement:
    """The placement below a state root, which everybody must call by the same name."""
    return Placement(folder.resolve(), service, environment)


def placements(root: Path) -> tuple[Placement, ...]:
    """Everything that has ever been deployed below a state root."""
    found = sorted((root / "services").glob("*/*/state.json"))
    return tuple(Placement(root, path.parent.name, path.parent.parent.name) for path in found)


def is_shared(root: Path) -> bool:
    """Whether a group works in this state root: its folder hands the group on (2770), or will when it is made."""
    place = root if root.exists() else root.parent
    return place.exists() and bool(place.stat().st_mode & stat.S_ISGID)


def make_folder(root: Path, folder: Path) -> None:
    """Make a folder at or below the root, and those between: 0700, in a shared root 2770. Raises ActionFailed."""
    try:
        _make_folder(root, folder)
    except OSError as error:
        raise ActionFailed(
            f"{folder} cannot be made: {error.strerror}.",
            means="Nothing was changed.",
            do="Make room or mend the permissions, then try again.",
        ) from error


def _make_folder(root: Path, folder: Path) -> None:
    if folder.is_dir():
        return
    mode = 0o2770 if is_shared(root) else 0o700
    if folder != root:
        _make_folder(root, folder.parent)
    try:
        folder.mkdir(mode=mode, parents=folder == root)
    except FileExistsError:
        return
    # The umask took bits off, and a folder's setgid bit cannot be asked of mkdir.
    folder.chmod(mode)


def file_mode(root: Path) -> int:
    """The permissions of a file below the root."""
    return 0o660 if is_shared(root) else 0o600


def _shown(name: str) -> str:
    return repr(name if len(name) <= 40 else name[:40] + "…")
