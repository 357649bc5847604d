"""Which process holds something, told so that another process can know when it is dead."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

_UNKNOWN = "-"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process, beyond the reuse of its pid: `started` is its start in clock ticks since the boot named by `boot`.

    `host` and `machine` (a digest of the machine id) tell a reboot of this host from another host; `namespace` is
    where the pid counts. What could not be read is "-", and nothing is concluded from it.
    """

    host: str
    machine: str
    boot: str
    namespace: str
    pid: int
    started: int

    def __str__(self) -> str:
        return f"{self.host}/{self.machine}/{self.boot}/{self.namespace}/{self.pid}/{self.started}"

    @classmethod
    def parse(cls, text: str) -> "Holder | None":
        """The holder that `str` wrote; None for any other text."""
        fields = text.split("/")
        if len(fields) != 6 or not all(fields):
            return None
        host, machine, boot, namespace, pid, started = fields
        if not (pid.isascii() and pid.isdecimal() and started.isascii() and started.isdecimal()):
            return None
        return cls(host, machine, boot, namespace, int(pid), int(started))

    @classmethod
    def me(cls) -> "Holder":
        """The process that asks."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> "Holder":
        """A process that lives now in this process's pid namespace. Raises ProcessLookupError where none does."""
        started = _start_of(pid)
        if started is None:
            raise ProcessLookupError(pid)
        return cls(
            host=os.uname().nodename.replace("/", "_") or _UNKNOWN,
            machine=_machine(),
            boot=_line("/proc/sys/kernel/random/boot_id"),
            namespace=_namespace(),
            pid=pid,
            started=started,
        )

    def is_dead(self) -> bool:
        """Whether it is known to be dead. False for one that lives, on another host, or out of sight."""
        if self._is_of_earlier_boot():
            return True
        return self.is_of_this_host() and (_is_gone(self.pid) or self._is_number_of_another())

    def has_living_group(self) -> bool:
        """Whether the process group that it leads may still act, also after its own death.

        False only where that is known: True for one on another host, or out of sight.
        """
        if not self.is_of_this_host():
            return not self._is_of_earlier_boot()
        # A number is not given again while a group has it.
        return not self._is_number_of_another() and _may_live(self.pid)

    def is_of_this_host(self) -> bool:
        """Whether its pid can be looked up from here: the same host, boot and pid namespace, and known to be."""
        here = Holder.me()
        mine = (here.host, here.boot, here.namespace)
        return (self.host, self.boot, self.namespace) == mine and _UNKNOWN not in (here.boot, here.namespace)

    def _is_of_earlier_boot(self) -> bool:
        here = Holder.me()
        if _UNKNOWN in (self.boot, here.boot) or self.host != here.host or self.boot == here.boot:
            return False
        # Cloned machines may share a machine id, hosts may share a name; nothing alive shares both.
        return self.machine == here.machine != _UNKNOWN

    def _is_number_of_another(self) -> bool:
        return _start_of(self.pid) not in (self.started, None)

    def is_alive(self) -> bool:
        """Whether it is known to live. False for one that is dead, on another host, or out of sight."""
        try:
            return Holder.of(self.pid) == self and not _is_zombie(self.pid)
        except ProcessLookupError:
            return False


def living(holder: str) -> int | None:
    """The pid of the process that `str` of a Holder names, where it is known to live."""
    known = Holder.parse(holder)
    return known.pid if known and known.is_alive() else None


def what_became_of(holder: str) -> str:
    """What is known of a process that was not heard of, as the end of a sentence about it."""
    pid = living(holder)
    return f"({pid}) lives but does not answer" if pid else "is gone"


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # /proc may hide other people's processes; this never does
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return _is_zombie(pid)


def _may_live(group: int) -> bool:
    """Whether a process group has a member that is no zombie, as far as can be seen."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    pids = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
    seen = [pid for pid in pids if _stat(pid)[2:3] == [str(group)]]
    return not all(map(_is_zombie, seen)) if seen else True


def _is_zombie(pid: int) -> bool:
    """Whether only its parent's wait is left of it, with no thread that could still act."""
    fields = _stat(pid)
    if not fields or fields[0] not in ("Z", "X"):
        return False
    try:
        return len(list(Path(f"/proc/{pid}/task").iterdir())) <= 1
    except OSError:
        return False


def _start_of(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third (state) on; empty where it can't be read. See proc_pid_stat(5)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text[text.rindex(")") + 1 :].split()


def _machine() -> str:
    """A name for this machine that does not tell its id, which machine-id(5) asks to keep."""
    machine_id = _line("/etc/machine-id")
    return _UNKNOWN if machine_id == _UNKNOWN else hashlib.sha256(f"opsctl {machine_id}".encode()).hexdigest()[:16]


def _namespace() -> str:
    try:
        return Path("/proc/self/ns/pid").readlink().name.strip("pid:[]") or _UNKNOWN
    except OSError:
        return _UNKNOWN


def _line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace").strip().replace("/", "_") or _UNKNOWN
    except OSError:
        return _UNKNOWN
