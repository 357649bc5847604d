"""Ends everything that the local deployer runs below a state root, and nothing else."""

import time
from pathlib import Path

from opsctl.adapters.deployers.local import processes
from opsctl.adapters.deployers.local.durable import lock_patiently, open_file
from opsctl.adapters.deployers.local.runtime import remove_sockets, run_folder
from opsctl.adapters.deployers.local.supervisor import Supervisor
from opsctl.adapters.local_layout import file_mode
from opsctl.core.errors import ActionFailed, Unreachable

_QUIT_SECONDS = 15.0
_GRACE_SECONDS = 5.0


def stop_everything(root: Path) -> None:
    """End the supervisor and all replicas of this state root; nothing happens where nothing runs."""
    root = root.resolve()
    if not run_folder(root).is_dir():
        return
    with open_file(run_folder(root) / "starting.lock", file_mode(root)) as descriptor:
        for _ in lock_patiently(descriptor, "The supervisor of the local services"):
            pass
        _quit(Supervisor(root))
        remove_sockets(root)
        for _ in processes.end(root, processes.marked(root), _GRACE_SECONDS):
            pass


def _quit(supervisor: Supervisor) -> None:
    running = supervisor.running()
    if running is None:
        return
    try:
        supervisor.quit()
    except (Unreachable, ActionFailed):
        # It hangs, or is busy for too long: its replicas are ended below all the same.
        processes.kill(running.pid, running.id)
    deadline = time.monotonic() + _QUIT_SECONDS
    while processes.is_alive(running.pid, running.id):
        if time.monotonic() > deadline:
            processes.kill(running.pid, running.id)
        time.sleep(0.05)
