"""Where the supervisor of a state root keeps its own files, and its sockets when their path would be too long there."""

import hashlib
import os
import stat
from pathlib import Path

from opsctl.adapters.local_layout import is_shared
from opsctl.core.errors import ActionFailed

ALIVE = "alive.lock"
RECORD = "supervisor.json"
CONTROL = "control.sock"
EVENTS = "events.sock"
# sun_path takes 107 bytes and a zero; zeromq binds without a word of warning to a path that it cut off.
_LONGEST_SOCKET_PATH = 107


def run_folder(root: Path) -> Path:
    """Where the supervisor of a root keeps its own files."""
    return root / "run"


def socket_folder(root: Path) -> Path:
    """The root's own folder; where its path is too long for a socket, a private folder with a short one."""
    own = run_folder(root)
    if len(os.fsencode(own / CONTROL)) <= _LONGEST_SOCKET_PATH:
        return own
    # Not Path.resolve(): `root` was resolved by whoever started us, and everybody must get the same name.
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    private = os.environ.get("XDG_RUNTIME_DIR", "")
    if not private or is_shared(root) or len(private) > 80:
        private = "/tmp"  # noqa: S108 (the folder made in it is refused unless it is ours alone)
    folder = Path(private) / f"opsctl-{os.geteuid()}-{name}"
    make_private(folder, root)
    return folder


def remove_sockets(root: Path) -> None:
    """Remove the sockets of a supervisor that ended, with their folder where it is not the root's own."""
    folder = socket_folder(root)
    for name in (CONTROL, EVENTS):
        (folder / name).unlink(missing_ok=True)
    if folder != run_folder(root):
        folder.rmdir()


def make_private(folder: Path, root: Path) -> None:
    """Make a folder that only we can enter, or the group of a shared root; refuse one that others had a hand in."""
    shared = is_shared(root)
    mode, group = (0o2770, root.stat().st_gid) if shared else (0o700, os.getegid())
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        os.chown(folder, -1, group)
        folder.chmod(mode)
    found = folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if not is_ours or stat.S_IMODE(found.st_mode) != mode or (shared and found.st_gid != group):
        raise ActionFailed(
            f"{folder} belongs to somebody else or is open to others.",
            means="The supervisor of the local services was not started.",
            do="Find out who made it, remove it, then try again.",
        )
