"""circusd as we use it: started when needed, one a state root, spoken to over its unix socket."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

from opsctl.adapters.deployers.local.durable import is_locked, lock_patiently, open_file
from opsctl.adapters.deployers.local.processes import is_alive
from opsctl.adapters.deployers.local.runtime import ALIVE, RECORD, run_folder
from opsctl.adapters.local_layout import file_mode, make_folder
from opsctl.core.errors import ActionFailed, Unreachable
from opsctl.core.ports import Progress

Answer: TypeAlias = dict[str, Any]

_ANSWER_SECONDS = 5.0
_LOOK_MILLISECONDS = 200
_START_SECONDS = 20.0
_BUSY = "arbiter is already running"
_HANDED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR")
_LARGEST_LOG = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Running:
    """A circusd that lives. `id` is different for every one that ever ran."""

    id: str
    pid: int
    endpoint: str


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The circusd of a state root."""

    root: Path

    def running(self) -> Running | None:
        """The circusd that lives now, seen without asking it."""
        if not is_locked(run_folder(self.root) / ALIVE):
            return None
        try:
            record = Running(**json.loads((run_folder(self.root) / RECORD).read_bytes()))
        except FileNotFoundError:
            # It starts just now.
            return None
        return record if is_alive(record.pid, record.id) else None

    def ensure(self) -> Generator[Progress, None, Running]:
        """Start circusd unless it runs; of several who try at once one starts it and the others wait for it."""
        if (running := self.running()) is not None:
            return running
        folder = run_folder(self.root)
        make_folder(self.root, folder)
        with open_file(folder / "starting.lock", file_mode(self.root)) as descriptor:
            yield from lock_patiently(descriptor, "The supervisor of the local services")
            if self.running() is None:
                yield Progress("starting the supervisor")
                self._start(folder / "supervisor.log")
            return (yield from self._until_it_answers())

    def _start(self, log: Path) -> None:
        if log.exists() and log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        with open_file(log, file_mode(self.root)) as output:
            # -P: nothing is imported from the folder that it runs in.
            ended = subprocess.run(
                [sys.executable, "-P", "-m", "opsctl.adapters.deployers.local.daemon", str(self.root)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.root,
                env=_environment(),
                start_new_session=True,
                check=False,
            )
        if ended.returncode:
            raise self._did_not_start()

    def _until_it_answers(self) -> Generator[Progress, None, Running]:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            running = self.running()
            if running is not None and Path(running.endpoint.removeprefix("ipc://")).exists():
                self.names()
                return running
            yield Progress("waiting for the supervisor")
            if not is_locked(run_folder(self.root) / ALIVE):
                break
            time.sleep(0.05)
        raise self._did_not_start()

    def _did_not_start(self) -> ActionFailed:
        log = run_folder(self.root) / "supervisor.log"
        tail = log.read_bytes()[-4096:].decode(errors="replace").splitlines()[-10:] if log.exists() else []
        return ActionFailed(
            "The supervisor of the local services did not start.",
            means="Nothing was changed.",
            do=f"Read {log}.",
            log_tail=tuple(tail),
        )

    def names(self) -> frozenset[str]:
        """All that circusd looks after."""
        return frozenset(self._ask("list")["watchers"])

    def pids(self, name: str) -> tuple[int, ...]:
        """The living processes under a name; none also when the name is unknown."""
        answer = self._ask("list", may_fail=True, name=name)
        return tuple(answer.get("pids", ()))

    def add(
        self,
        name: str,
        argv: Sequence[str],
        *,
        folder: str,
        variables: Mapping[str, str],
        stream: Mapping[str, Any],
        grace_seconds: float,
    ) -> None:
        """Have a process run under a name, and run again when it dies."""
        import shlex

        options = {
            "working_dir": folder,
            "env": dict(variables),
            "stdout_stream": dict(stream),
            "stderr_stream": dict(stream),
            "graceful_timeout": grace_seconds,
        }
        # circus splits `cmd` as a shell would, and takes `args` as they are.
        self._ask("add", name=name, cmd=shlex.quote(argv[0]), args=list(argv[1:]), options=options)
        self._ask("start", name=name)

    def end(self, name: str) -> None:
        """Ask the process to end, killed after its grace, and not to be run again. Returns at once."""
        # `stop` and `rm` would do both, but hold up every other command, and the respawning of everything else, until
        # the process is gone. `kill` does not; while it waits, 0 processes wanted only keep it from being respawned.
        self._ask("kill", may_fail=True, name=name)
        self._ask("set", may_fail=True, name=name, options={"numprocesses": 0})

    def forget(self, name: str) -> None:
        """Remove a name whose process is gone, and close its log."""
        self._ask("stop", may_fail=True, name=name)
        self._ask("rm", may_fail=True, name=name)

    def quit(self) -> None:
        """Tell circusd to end everything and itself. Returns at once."""
        self._ask("quit")

    def _ask(self, command: str, *, may_fail: bool = False, **properties: Any) -> Answer:
        running = self.running()
        if running is None:
            raise Unreachable(
                "The supervisor of the local services is not running.", do="Try again: a change starts it."
            )
        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            answer = _exchange(running, command, properties, lambda: self.running() == running)
            if answer["status"] == "ok":
                return answer
            if not str(answer.get("reason")).startswith(_BUSY) or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        if may_fail and not str(answer.get("reason")).startswith(_BUSY):
            return answer
        raise ActionFailed(f"The supervisor of the local services could not {command}: {answer.get('reason')}.")


def _environment() -> dict[str, str]:
    """What circusd gets of ours; no secret, so that none is handed on to those who may look into it."""
    environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    if "PYTHONPATH" in os.environ:
        # It runs in another folder, where a relative path would lead elsewhere.
        paths = os.environ["PYTHONPATH"].split(os.pathsep)
        environment["PYTHONPATH"] = os.pathsep.join(str(Path(path).absolute()) for path in paths if path)
    return environment


def _exchange(running: Running, command: str, properties: Mapping[str, Any], is_there: Callable[[], bool]) -> Answer:
    import zmq

    identifier = uuid4().hex
    message = json.dumps({"id": identifier, "command": command, "properties": properties})
    deadline = time.monotonic() + _ANSWER_SECONDS
    socket: zmq.Socket[bytes]
    with zmq.Context.instance().socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, _LOOK_MILLISECONDS)
        socket.connect(running.endpoint)
        socket.send(message.encode())
        while time.monotonic() < deadline and is_there():
            with suppress(zmq.Again):
                answer: Answer = json.loads(socket.recv())
                if answer.get("id") == identifier:
                    return answer
    raise Unreachable(
        "The supervisor of the local services does not answer.",
        means=f"Whether it could {command} is unknown.",
        do=f"Look at process {running.pid}; if it hangs, end it, and try again: a change starts it anew.",
    )
