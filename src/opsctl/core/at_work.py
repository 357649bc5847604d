"""Whether a program that was started for an operation outlived the process of opsctl that started it, on this host."""

import os
from pathlib import Path

from opsctl.core.errors import Undecided


def check_ended(operation: str) -> None:
    """Raise Undecided while a program that was run for the operation is still at work.

    Programs of other users are not seen, nor what a program left behind in the background.
    """
    found = _leader(f"OPSCTL_OPERATION={operation}".encode())
    if found is not None:
        raise Undecided(f"The program that {operation} runs is still at work (process {found}).")


def _leader(variable: bytes) -> int | None:
    """The process with that variable which leads a session, as every program that is run for an operation does."""
    for folder in Path("/proc").iterdir():
        try:
            if not folder.name.isdigit() or os.getsid(int(folder.name)) != int(folder.name):
                continue
            if variable in (folder / "environ").read_bytes().split(b"\0"):
                return int(folder.name)
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
    return None
