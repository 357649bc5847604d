"""A program that was started and is held: it may not act before it is let go.

So it can first be written down which process will act. Who starts it may die at any moment: the program then either
was never let go, and ends without having done anything, or stands in the journal.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from opsctl.core.errors import ActionFailed
from opsctl.core.holder import Holder

# What runs first in the new process waits for a byte, then becomes the program. Where the pipe ends without one, who
# would have sent it is gone. Python ignores two signals, which a program that it becomes would inherit.
_WAIT = """
import os, signal, sys
go, failed = int(sys.argv[1]), int(sys.argv[2])
if not os.read(go, 1):
    sys.exit(1)
os.set_inheritable(go, False)
os.set_inheritable(failed, False)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
try:
    os.execvp(sys.argv[3], sys.argv[3:])
except OSError as error:
    os.write(failed, str(error.errno).encode())
    sys.exit(127)
"""


class HeldProgram:
    """A program in a process group of its own, with its output in a pipe and nothing to read.

    Raises ActionFailed where it cannot be started.
    """

    def __init__(self, vector: Sequence[str], environment: Mapping[str, str], folder: str | None) -> None:
        self._name = vector[0]
        go, self._go = os.pipe()
        self._failed, failed = os.pipe()
        waiting = (sys.executable, "-I", "-S", "-c", _WAIT, str(go), str(failed), *vector)
        try:
            self.process = started(waiting, environment, folder, name=self._name, pass_fds=(go, failed))
        except BaseException:
            self._close()
            raise
        finally:
            os.close(go)
            os.close(failed)
        self.leader = str(Holder.of(self.process.pid))
        """The process that leads its group, as `Holder` tells it."""

    def let_go(self) -> None:
        """From now on it acts. Raises ActionFailed where it turns out that there is no such program."""
        with suppress(BrokenPipeError):  # somebody has killed it; how it ended tells so
            os.write(self._go, b"g")
        errno = os.read(self._failed, 16)  # ends without a byte as soon as it has become the program
        if errno:
            self.give_up()
            raise _not_started(self._name, os.strerror(int(errno)))
        self._close()

    def give_up(self) -> None:
        """End it where it was not let go, which is as if it had never been started."""
        if self._go >= 0:
            self._close()
            self.process.wait()  # it ends by itself at the end of the pipe
            assert self.process.stdout is not None
            self.process.stdout.close()

    def _close(self) -> None:
        os.close(self._go)
        os.close(self._failed)
        self._go = -1


def started(
    vector: Sequence[str],
    environment: Mapping[str, str],
    folder: str | None,
    *,
    name: str = "",
    pass_fds: Sequence[int] = (),
    errors: int = subprocess.STDOUT,
) -> "subprocess.Popen[bytes]":
    """Start `vector` in a process group of its own. Raises ActionFailed, which calls it `name`, where it can't be."""
    try:
        return subprocess.Popen(
            list(vector),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=environment,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(name or vector[0], error.strerror) from error


def _not_started(name: str, why: str | None) -> ActionFailed:
    return ActionFailed(
        f"{name} could not be started: {why}.",
        means="Nothing was changed.",
        do="Check the argument vector in the published site: opsctl site show",
        reason="not_started",
    )
