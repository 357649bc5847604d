"""Removes the logs of replicas long gone; those of the last ones stay readable."""

from collections.abc import Collection

from opsctl.adapters.deployers.local.history import Replica
from opsctl.adapters.local_layout import Placement

_KEPT = 40


def remove_old_logs(placement: Placement, listed: Collection[Replica]) -> None:
    """Keep the log files of the replicas that are listed, and of the last 40 that wrote anything."""
    keep = {placement.log_file(replica.name) for replica in listed}
    files = sorted(placement.logs.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[_KEPT:]:
        if path not in keep:
            for rotated in placement.logs.glob(f"{path.name}.*"):
                rotated.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
