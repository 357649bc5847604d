"""Running an argument vector: no shell, live output, a time limit, the whole process group ended with it."""

import math
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from opsctl.core.errors import ActionFailed, CancelRequested
from opsctl.core.held_program import HeldProgram, started
from opsctl.core.masking import SECRET_VARIABLE
from opsctl.core.pipe import Pipe
from opsctl.core.ports import Cause, Progress, Steps

TAIL_LINES = 20
DETAIL_SECONDS = 1.0
"""How often the newest line is told at most: each one that is, is journalled."""

LOOK_SECONDS = 0.2
LAST_WORDS_SECONDS = 1.0
GRACE_SECONDS = 10.0


def told(cause: Cause, service: str | None, environment: str | None) -> dict[str, str]:
    """The environment variables in which a program finds what it is run for."""
    about = {"OPSCTL_OPERATION": cause.operation, "OPSCTL_PERSON": cause.person}
    if service:
        about["OPSCTL_SERVICE"] = service
    if environment:
        about["OPSCTL_ENVIRONMENT"] = environment
    return about


def run_vector(
    vector: Sequence[str],
    environment: Mapping[str, str],
    *,
    step: str,
    folder: str | None = None,
    limit_seconds: float = math.inf,
    grace_seconds: float = GRACE_SECONDS,
) -> Steps:
    """Run `vector` to change something, as `output_of` does; yields its newest output line as detail.

    It does not act before its process is told, at the first yield, and who drives this has come back from there.
    Raises ActionFailed with its last lines where it fails, takes too long, or cannot be started. It is ended where
    anything else is thrown in, too; one that was cancelled and yet ended well is done.
    """
    program = HeldProgram(vector, _within(environment), folder)
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    run = _Run(program.process, vector, limit_seconds, grace_seconds)
    # Closed with this generator, and so with whatever is thrown into it: the process does not outlive it.
    with closing(run.output()) as output:
        try:
            yield Progress(step, process=program.leader)
            program.let_go()
            yield from _told_line_by_line(output, tail, Progress(step, process=program.leader))
        except ActionFailed as failure:
            raise _left_changed(failure, tail) from failure
        except CancelRequested:
            output.close()
            if program.process.returncode != 0:
                raise
        finally:
            program.give_up()
    if tail:
        yield Progress(step, detail=tail[-1], process=program.leader)


def _told_line_by_line(output: Iterable[list[str]], tail: deque[str], progress: Progress) -> Steps:
    """Put the lines into `tail`, and tell the newest at most once in `DETAIL_SECONDS`."""
    detail, told_at = "", -math.inf
    for lines in output:
        tail.extend(lines)
        if tail and time.monotonic() - told_at >= DETAIL_SECONDS:
            detail, told_at = tail[-1], time.monotonic()
        yield replace(progress, detail=detail)


def output_of(
    vector: Sequence[str],
    environment: Mapping[str, str],
    *,
    folder: str | None = None,
    limit_seconds: float = math.inf,
    grace_seconds: float = GRACE_SECONDS,
    errors: int = subprocess.STDOUT,
) -> Generator[list[str], None, None]:
    """Run `vector`, in `folder`, with `environment` added to this process's; yields its output lines as they come.

    At least five times a second; an empty batch means nothing new. Where this generator is closed, or the time limit
    is over, the process group gets SIGTERM, then SIGKILL after `grace_seconds`. Raises ActionFailed when it exits
    with anything but 0, takes too long, or cannot be started. What it writes to standard error goes to the descriptor
    `errors`, by default among its lines.
    """
    process = started(vector, _within(environment), folder, errors=errors)
    yield from _Run(process, vector, limit_seconds, grace_seconds).output()


@dataclass(frozen=True, slots=True)
class _Run:
    """A program that runs, and what it is held to."""

    process: "subprocess.Popen[bytes]"
    vector: Sequence[str]
    limit_seconds: float
    grace_seconds: float

    def output(self) -> Generator[list[str], None, None]:
        """Its lines, as `output_of` promises."""
        process = self.process
        assert process.stdout is not None
        give_up_at = time.monotonic() + self.limit_seconds
        with process.stdout as stdout:
            pipe = Pipe(stdout.fileno())
            try:
                while process.poll() is None:
                    yield pipe.lines(LOOK_SECONDS)
                    if time.monotonic() > give_up_at:
                        raise _too_long(self.vector, self.limit_seconds)
                # What it started may live on and hold its output open: that is not waited for.
                give_up_at = time.monotonic() + LAST_WORDS_SECONDS
                while pipe.is_open and not pipe.is_idle and time.monotonic() < give_up_at:
                    yield pipe.lines(LOOK_SECONDS)
                yield pipe.rest()
            finally:
                if process.returncode is None:
                    _end(process, pipe, self.grace_seconds)
        if process.returncode != 0:
            raise ActionFailed(
                f"{self.vector[0]} ended with {_how_it_ended(process.returncode)}.",
                do="Read its last lines, mend the cause, and ask again.",
                reason="exit_code",
            )


def _within(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process and that; without opsctl's own secrets, which no program has to know."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(SECRET_VARIABLE)}
    return {**own, **environment}


def _end(process: "subprocess.Popen[bytes]", pipe: Pipe, grace_seconds: float) -> None:
    """End the process group. Its leader is reaped last, so that its number can't be somebody else's meanwhile."""
    give_up_at = time.monotonic() + grace_seconds
    try:
        with suppress(PermissionError):  # it became another user (sudo): it can only be left
            os.killpg(process.pid, signal.SIGTERM)
        # Whoever in the group still holds the output is still busy ending.
        while (pipe.is_open or _is_running(process.pid)) and time.monotonic() < give_up_at:
            pipe.lines(LOOK_SECONDS / 4)
    finally:
        with suppress(PermissionError, subprocess.TimeoutExpired):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(grace_seconds)


def _is_running(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def _how_it_ended(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code} ({signal.Signals(-code).name})"


def _too_long(vector: Sequence[str], limit_seconds: float) -> ActionFailed:
    return ActionFailed(
        f"{vector[0]} was not done in {limit_seconds:g} seconds, and was ended.",
        do="Read its last lines; publish a longer limit for it, if it needs one.",
        reason="time_limit",
    )


def _left_changed(failure: ActionFailed, tail: Sequence[str]) -> ActionFailed:
    """The failure of a change: what it means beyond that of something that only reads."""
    if failure.reason == "not_started":
        return failure
    return ActionFailed(
        failure.happened,
        means="What it changed before that stays changed.",
        do=failure.do,
        reason=failure.reason,
        log_tail=tuple(tail),
        left="whatever it did before it ended",
    )
