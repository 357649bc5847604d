"""Running an argument vector as a step-wise change: no shell, live output, the whole process group ended on cancel."""

import os
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO

from opsctl.core.errors import ActionFailed, CancelRequested
from opsctl.core.masking import SECRET_VARIABLE
from opsctl.core.ports import Progress, Steps

TAIL_LINES = 20


def run_vector(
    vector: Sequence[str], environment: Mapping[str, str], *, step: str, grace_seconds: float = 10.0
) -> Steps:
    """Run `vector` with `environment` added to this process's; yields its newest output line as detail.

    Cancelled: the process group gets SIGTERM, then SIGKILL after `grace_seconds`. Raises ActionFailed with the last
    lines when it exits with anything but 0, or cannot be started.
    """
    yield Progress(step)
    process = _start(vector, environment)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert process.stdout is not None
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    try:
        while process.poll() is None:
            yield Progress(step, detail=_newest(lines, tail, wait_seconds=0.2))
    except CancelRequested:
        _end(process, grace_seconds)
        raise
    reader.join(timeout=1.0)  # not for ever: what it started may live on and hold its output open
    _newest(lines, tail, wait_seconds=0.0)
    if process.returncode != 0:
        raise ActionFailed(
            f"{vector[0]} ended with exit code {process.returncode}.",
            means="What it changed before that stays changed.",
            do="Read its last lines, mend the cause, and ask again.",
            reason="exit_code",
            log_tail=tuple(tail),
            left="whatever it did before it failed",
        )


def _start(vector: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            list(vector),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**_handed_on(), **environment},
            start_new_session=True,
        )
    except OSError as error:
        raise ActionFailed(
            f"{vector[0]} could not be started: {error.strerror}.",
            means="Nothing was changed.",
            do="Check the argument vector in the published site: opsctl site show",
            reason="not_started",
        ) from error


def _handed_on() -> dict[str, str]:
    """The environment of this process without opsctl's own secrets, which no program that it runs has to know."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SECRET_VARIABLE)}


def _read(stream: IO[str], lines: "queue.SimpleQueue[str]") -> None:
    with stream:
        for line in stream:
            lines.put(line.rstrip("\n"))


def _newest(lines: "queue.SimpleQueue[str]", tail: deque[str], wait_seconds: float) -> str:
    try:
        tail.append(lines.get(block=wait_seconds > 0, timeout=wait_seconds))
        while True:
            tail.append(lines.get_nowait())
    except queue.Empty:
        return tail[-1] if tail else ""


def _end(process: subprocess.Popen[str], grace_seconds: float) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
