"""Becomes the circusd of a state root: `python -P -m opsctl.adapters.deployers.local.daemon ROOT`.

Holds the root's `alive.lock` for as long as it lives, so that everybody can see whether it does, and says in
`supervisor.json` who it is and where it listens. Speaks over unix sockets only.
"""

import os
import sys
from pathlib import Path

from opsctl.adapters.deployers.local.durable import open_file, try_lock, write_durably
from opsctl.adapters.deployers.local.processes import identity
from opsctl.adapters.deployers.local.runtime import ALIVE, CONTROL, EVENTS, RECORD, run_folder, socket_folder
from opsctl.adapters.local_layout import file_mode, is_shared
from opsctl.core.errors import OpsctlError

CHECK_SECONDS = 0.5
"""How often circus looks for replicas that died."""


def main(root: Path) -> None:
    """Lock, detach, then run circus until it is told to quit."""
    with open_file(run_folder(root) / ALIVE, file_mode(root)) as alive:
        if not try_lock(alive):
            return
        sockets = socket_folder(root)
        for left in (run_folder(root) / RECORD, sockets / CONTROL, sockets / EVENTS):
            # Of a supervisor that was killed: nobody must take them for ours.
            left.unlink(missing_ok=True)
        if os.fork():
            # Leaving before circus starts hands the lock to the child; whoever started us waits no longer.
            os._exit(0)
        os.umask(0o007 if is_shared(root) else 0o077)
        endpoint = f"ipc://{sockets / CONTROL}"
        record = {"id": identity(os.getpid()), "pid": os.getpid(), "endpoint": endpoint}
        write_durably(run_folder(root) / RECORD, record, file_mode(root))
        _run_circus(endpoint, f"ipc://{sockets / EVENTS}")


def _run_circus(endpoint: str, events: str) -> None:
    from circus import logger
    from circus.arbiter import Arbiter
    from circus.util import configure_logger

    configure_logger(logger, "INFO", "-")
    arbiter = Arbiter([], endpoint, events, check_delay=CHECK_SECONDS, multicast_endpoint=None)
    arbiter.start().result()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except OpsctlError as error:
        sys.exit("\n".join(error.lines))
