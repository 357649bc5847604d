"""The replicas of one service in one environment: started, waited for until healthy, taken down."""

import time
from collections import Counter
from collections.abc import Collection, Generator, Iterable
from dataclasses import dataclass, field

from opsctl.adapters.deployers.local import processes
from opsctl.adapters.deployers.local.history import Replica
from opsctl.adapters.deployers.local.launch import Launch
from opsctl.adapters.deployers.local.ports import free_port
from opsctl.adapters.deployers.local.probe import healthy_ports
from opsctl.adapters.deployers.local.supervisor import Supervisor
from opsctl.adapters.local_layout import STAMP_LENGTH, Placement, file_mode, make_folder
from opsctl.core.errors import ActionFailed
from opsctl.core.ports import Progress, Steps

_LOG_BYTES = 4 * 1024 * 1024
_LOG_FILES = 4
_TAIL_LINES = 20
_LOOK_SECONDS = 0.1
_MOST_PROCESSES = 2
# A replica that dies at once is seen missing rather than seen with another process id.
_MOST_LOOKS_WITHOUT_PROCESS = 8


@dataclass(frozen=True, slots=True)
class Fleet:
    """The replicas of a placement under a supervisor that runs."""

    placement: Placement
    supervisor: Supervisor
    supervisor_id: str

    def start(self, launch: Launch, names: Collection[str]) -> Generator[Progress, None, tuple[Replica, ...]]:
        """Start replicas; they need not be healthy, or even alive, when this ends."""
        make_folder(self.placement.root, self.placement.logs)
        started: list[Replica] = []
        for name in names:
            yield Progress("starting", len(started), len(names), name)
            with free_port(self.supervisor, launch.ports) as port:
                replica = Replica(name, port, self.supervisor_id, launch)
                self._add(replica)
            started.append(replica)
        return tuple(started)

    def _add(self, replica: Replica) -> None:
        watcher = replica.watcher(self.placement)
        marked = {processes.MARK: processes.mark(self.placement.root, watcher)}
        stream = {
            "class": "opsctl.adapters.deployers.local.stream.LineStream",
            "filename": str(self.placement.log_file(replica.name)),
            "max_bytes": _LOG_BYTES,
            "backup_count": _LOG_FILES,
            "mode": file_mode(self.placement.root),
        }
        self.supervisor.add(
            watcher,
            replica.launch.argv_for(replica.port),
            folder=replica.launch.folder,
            variables=replica.launch.variables_for(replica.port) | marked,
            stream=stream,
            grace_seconds=replica.launch.grace_seconds,
        )

    def until_healthy(self, replicas: tuple[Replica, ...]) -> Steps:
        """Wait until all are healthy. Raises ActionFailed when one crashes again and again, or at the deadline."""
        looks = _Looks()
        deadline = time.monotonic() + max((one.launch.deadline_seconds for one in replicas), default=0)
        while True:
            sick = self.sick(replicas)
            yield Progress("waiting until healthy", len(replicas) - len(sick), len(replicas))
            if not sick:
                return
            for replica in sick:
                looks.note(replica.name, self.supervisor.pids(replica.watcher(self.placement)))
                if looks.is_crashing(replica.name):
                    raise self._failed(f"{replica.name} ended again and again before it became healthy.", (replica,))
            if time.monotonic() > deadline:
                seconds = sick[0].launch.deadline_seconds
                raise self._failed(f"{len(sick)} of {len(replicas)} did not become healthy in {seconds:g} s.", sick)
            time.sleep(_LOOK_SECONDS)

    def sick(self, replicas: Iterable[Replica]) -> tuple[Replica, ...]:
        """Those that do not answer well, or in whose place another program answers."""
        replicas = tuple(replicas)
        answering = healthy_ports({one.port: one.launch.health for one in replicas})
        marked = processes.marked(self.placement.root) if answering else {}
        return tuple(one for one in replicas if one.port not in answering or not self._owns_port(one, marked))

    def _owns_port(self, replica: Replica, marked: processes.Marked) -> bool:
        watcher = replica.watcher(self.placement)
        own = self.supervisor.pids(watcher)
        return bool(own) and processes.may_listen(
            {*own, *(pid for pid in marked if marked[pid] == watcher)}, replica.port
        )

    def _failed(self, happened: str, sick: tuple[Replica, ...]) -> ActionFailed:
        tail = [line for replica in sick for line in self._log_tail(replica)]
        return ActionFailed(
            f"{self.placement.service} in {self.placement.environment}: {happened}",
            means="It was stopped; what was in service before still is.",
            do=f"Read its last lines: opsctl logs {self.placement.service} --environment {self.placement.environment}",
            reason="unhealthy",
            log_tail=tuple(tail[-_TAIL_LINES:]),
        )

    def _log_tail(self, replica: Replica) -> list[str]:
        path = self.placement.log_file(replica.name)
        if not path.exists():
            return []
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16 * 1024))
            lines = file.read().decode(errors="replace").splitlines()
        return [line[STAMP_LENGTH + 1 :] for line in lines[-_TAIL_LINES:]]

    def stop_all_but(self, listed: Collection[Replica]) -> Steps:
        """Take down every replica of the placement that is not listed, whoever runs it and however it was left."""
        keep = {replica.watcher(self.placement) for replica in listed}
        names = self.supervisor.names()
        doomed = sorted(one for one in names if one.startswith(f"{self.placement.name}/") and one not in keep)
        for done, name in enumerate(doomed):
            yield Progress("stopping", done, len(doomed), name.rpartition("/")[2])
            self.supervisor.end(name)
        yield from self._until_gone(doomed)
        for name in doomed:
            self.supervisor.forget(name)
        yield from self._end_strays(keep)

    def _until_gone(self, names: Collection[str]) -> Steps:
        left = set(names)
        while left := {name for name in left if self.supervisor.pids(name)}:
            yield Progress("stopping", len(names) - len(left), len(names))
            time.sleep(0.05)

    def _end_strays(self, keep: Collection[str]) -> Steps:
        prefix = f"{self.placement.name}/"
        marked = processes.marked(self.placement.root)
        strays = {pid: name for pid, name in marked.items() if name.startswith(prefix) and name not in keep}
        for left in processes.end(self.placement.root, strays, grace_seconds=10.0) if strays else ():
            yield Progress("stopping what nobody looks after", len(strays) - left, len(strays))


@dataclass(frozen=True, slots=True)
class _Looks:
    """What was seen of the processes of replicas that are not healthy yet."""

    _pids: dict[str, set[int]] = field(default_factory=dict)
    _missing: Counter[str] = field(default_factory=Counter)

    def note(self, replica: str, pids: Collection[int]) -> None:
        self._pids.setdefault(replica, set()).update(pids)
        if not pids:
            self._missing[replica] += 1

    def is_crashing(self, replica: str) -> bool:
        return len(self._pids[replica]) > _MOST_PROCESSES or self._missing[replica] > _MOST_LOOKS_WITHOUT_PROCESS
