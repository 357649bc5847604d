"""A port of its own for each replica: nobody else's, not even for the moment between choosing and using it."""

from collections.abc import Iterator
from contextlib import contextmanager

from opsctl.adapters.deployers.local.durable import open_file
from opsctl.adapters.deployers.local.history import load
from opsctl.adapters.deployers.local.processes import is_free
from opsctl.adapters.deployers.local.runtime import run_folder
from opsctl.adapters.deployers.local.supervisor import Supervisor
from opsctl.adapters.local_layout import file_mode, placements
from opsctl.core.errors import ActionFailed


@contextmanager
def free_port(supervisor: Supervisor, ports: tuple[int, int]) -> Iterator[int]:
    """A port that no replica of the state root has and nobody listens on.

    It is ours until the block ends; by then circus must know a replica by it. Raises ActionFailed when all are taken.
    """
    import fcntl

    root = supervisor.root
    with open_file(run_folder(root) / "ports.lock", file_mode(root)) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        taken = {int(name.rpartition(":")[2]) for name in supervisor.names()}
        taken |= {replica.port for placement in placements(root) for replica in load(placement).replicas}
        first, last = ports
        port = next((one for one in range(first, last + 1) if one not in taken and is_free(one)), None)
        if port is None:
            raise ActionFailed(
                f"No port is free from {first} to {last}.",
                do="Widen the ports of the deployer, or stop what listens there.",
                reason="no_port",
            )
        yield port
