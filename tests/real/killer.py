"""Starts the processes that die."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
KILLED = -9


@dataclass
class Killer:
    """A process that forks those which die, so that none of them has to load anything."""

    process: subprocess.Popen[str]

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Killer"]:
        command = [sys.executable, "-m", "tests.real.crash_points"]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield cls(process)
            assert process.stdin is not None
            process.stdin.close()

    def kill(self, folder: Path, step: int, point: int) -> int:
        """Carry out a step up to that point, and die there; returns the exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{folder} {step} {point}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())
