"""A team at work on a site whose platform lives in memory: the engine, the store and the journal are the real ones."""

import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from opsctl.adapters.monitors.prometheus import Prometheus
from opsctl.adapters.stores.sqlite.clock import SystemClock
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.commands.reading import chat_grammar, read
from opsctl.core import admission, engine
from opsctl.core.context import Context, Interruption, utc_now
from opsctl.core.errors import ActionFailed, CancelRequested, OpsctlError
from opsctl.core.events import (
    Approved,
    AwaitingApproval,
    AwaitingConfirmation,
    CancelAsked,
    Event,
    Finished,
    LeftRunning,
    Locked,
    PlanChanged,
    Requested,
    Started,
    Stepped,
    Voted,
    VoteRefused,
)
from opsctl.core.execution import run
from opsctl.core.facts import Note, Records
from opsctl.core.holder import Holder
from opsctl.core.identity import Caller, Origin, Person, Team
from opsctl.core.line import Line, chat_form
from opsctl.core.metrics import Metrics
from opsctl.core.operation import Operation, State
from opsctl.core.plan import Plan, Rule
from opsctl.core.ports import (
    Cause,
    Health,
    LogQuery,
    LogSource,
    Metering,
    Monitor,
    Progress,
    Release,
    ServiceState,
    Steps,
)
from opsctl.core.published_site import Environment, PublishedSite, Service
from opsctl.core.record import record_of
from opsctl.core.request import Request, new_id
from opsctl.core.shelf import StoreShelf
from opsctl.core.store import Store
from opsctl.core.watching import see_through

Told: TypeAlias = Event | OpsctlError
"""An event, or the error that ended a stream and stands last in it."""

T = TypeVar("T")


@dataclass
class Platform:
    """A deployer in memory. `on_step` is called before each outside call; `sick` versions never become healthy.

    `keeps` is what a cancelled change could not put back, `unscalable` why it can't be scaled.
    """

    versions_known: tuple[str, ...] = ("v2.4.2", "v2.4.1", "v2.4.0", "v2.3.9")
    history: list[Release] = field(default_factory=list)
    current: Release | None = None
    wanted: int | None = 2
    most: int | None = None
    keeps: str = ""
    unscalable: str = ""
    sick: frozenset[str] = frozenset()
    busy_for: int = 0
    on_step: Callable[[str], None] = lambda _: None
    done: list[str] = field(default_factory=list)

    def state(self) -> ServiceState:
        self.on_step("state")
        self.busy_for = max(0, self.busy_for - 1)
        ready = (self.wanted or 0) if self.current else 0
        wanted = self.wanted if self.current else None
        is_busy = self.busy_for > 0
        return ServiceState(self.current, wanted, ready, is_busy=is_busy, most=self.most, unscalable=self.unscalable)

    def versions(self) -> tuple[str, ...]:
        return self.versions_known

    def releases(self) -> tuple[Release, ...]:
        return tuple(reversed(self.history))

    def deploy(self, version: str, cause: Cause) -> Steps:
        yield from self._release(version, cause, None)

    def rollback(self, to: Release, cause: Cause) -> Steps:
        yield from self._release(to.version, cause, to.restores or to.number)

    def scale(self, replicas: int, cause: Cause) -> Steps:
        yield Progress("scaling", 0, replicas)
        self.on_step("scale")
        self.wanted = replicas
        self.done.append(f"scale {replicas} {cause.operation}")

    def has(self, *versions: str, because_of: str = "") -> "Platform":
        """What was deployed past the test's own requests, oldest first; `because_of` an operation, if one is named."""
        for number, version in enumerate(versions, len(self.history) + 1):
            at = datetime(2026, 3, 4, 15, number, tzinfo=UTC)
            self.current = Release(number, version, at, "@bob", because_of or f"op-given{number}", is_healthy=True)
            self.history.append(self.current)
        return self

    @property
    def version(self) -> str | None:
        return self.current.version if self.current else None

    def _release(self, version: str, cause: Cause, restores: int | None) -> Steps:
        if self.current and self.current.operation == cause.operation:
            return
        number = len(self.history) + 1
        release = Release(number, version, datetime.now(UTC), cause.person, cause.operation, True, restores)
        try:
            yield Progress("starting", 0, self.wanted or 0)
            self.on_step("start")
            yield Progress("waiting", 0, self.wanted or 0)
            self.on_step("wait")
            if version in self.sick:
                self.history.append(replace(release, is_healthy=False))
                raise ActionFailed(f"{version} did not become healthy.", means="The old one stays.", log_tail=("boom",))
            yield Progress("switching")
            self.on_step("switch")
        except CancelRequested as cancel:
            self.done.append(f"undone {version} {cause.operation}")
            raise CancelRequested(cancel.by, cancel.because, left=self.keeps) from cancel
        self.history.append(release)
        self.current = release
        self.done.append(f"{version} {cause.operation}")


@dataclass
class MemoryAdapters:
    watches: Monitor = field(default_factory=lambda: NoMonitor())
    platforms: dict[tuple[str, str], Platform] = field(default_factory=dict)

    def deployer(self, service: Service, environment: str) -> Platform:
        return self.platforms.setdefault((service.name, environment), Platform())

    def logs(self, _service: Service, _environment: str) -> LogSource:
        return NoLogs()  # type: ignore[return-value]

    def monitor(self, _service: Service, _environment: str) -> Monitor:
        return self.watches

    def metering(self, metrics: Metrics) -> Metering:
        return Prometheus(metrics)


class NoLogs:
    def lines(self, _query: LogQuery) -> Iterator[object]:
        return iter(())

    def tail(self, _query: LogQuery, _limit: int) -> tuple[()]:
        return ()

    def follow(self, _query: LogQuery) -> Iterator[tuple[()]]:
        while True:
            yield ()


class NoMonitor:
    def look(self, _url: str) -> Health:
        return Health(0, 1, None, "nothing looks")

    def health(self, _endpoints: Sequence[str]) -> Health:
        return Health(0, 0)


ENVIRONMENTS = {
    "staging": Environment("staging"),
    "production": Environment("production", is_protected=True, channel="#deployments"),
}

MEMORY: Mapping[str, object] = {"kind": "memory"}


def a_site(
    rules: tuple[Rule, ...] = (),
    migrate: tuple[str, ...] = ("true",),
    without: str = "",
    deployer: Mapping[str, object] = MEMORY,
) -> PublishedSite:
    """The site of the tests; `without` is a person who has left."""
    people = {handle: Person(handle, uid) for handle, uid in (("@alice", 1001), ("@bob", 1002), ("@carol", 1003))}
    people["@dave"] = Person("@dave", 1004, ("dba",))
    people["@erin"] = Person("@erin", 1005)
    people.pop(without, None)
    return PublishedSite(
        id="acme",
        channel="#ops",
        environments=ENVIRONMENTS,
        teams={
            "orders": Team("orders", members=("@alice", "@bob", "@carol"), leads=("@bob", "@carol")),
            "gateways": Team("gateways", members=("@dave",), leads=()),
        },
        people=people,
        services={
            name: Service(name, team, dict.fromkeys(ENVIRONMENTS, deployer), migrate=migrate)
            for name, team in (("order-service", "orders"), ("api-gateway", "gateways"))
        },
        rules=rules,
    )


def publish(store: Store, site: PublishedSite) -> None:
    """Put a site in force without asking anybody, or telling anybody."""
    StoreShelf(store).publish(site.text, "op-setup0")
    store.write(lambda tx: tx.taken([item.id for item in store.outbox()]))


@dataclass
class Colleagues:
    """What a test says to the engine, as one of several people, each in a process of their own if need be."""

    store: Store
    adapters: Any = field(default_factory=MemoryAdapters)
    holder: str = field(default_factory=lambda: str(Holder.me()))
    lease_seconds: float = 30.0
    approval_seconds: float = 3600.0
    confirmation_seconds: float = 120.0
    interruption: Interruption = field(default_factory=Interruption)
    first_site: PublishedSite | None = None
    folder: Path | None = None

    @classmethod
    def at(cls, path: Path, site: PublishedSite | None = None) -> "Colleagues":
        colleagues = cls(SqliteStore.create(path / "store" / "opsctl.db", "acme", is_demo=True))
        publish(colleagues.store, site or a_site())
        return colleagues

    def elsewhere(self, **changes: Any) -> "Colleagues":
        """The same people at another process that lives; `changes` say what else is different there."""
        return replace(self, **{"holder": "another process", "interruption": Interruption()} | changes)

    def tomorrow(self) -> "Colleagues":
        """The same people a day later, at a process of their own."""
        assert isinstance(self.store, SqliteStore)
        return self.elsewhere(store=SqliteStore.open(self.store.path, clock=Tomorrow()))

    def context(self, handle: str) -> Context:
        return Context(
            store=self.store,
            adapters=self.adapters,
            read=read,
            holder=self.holder,
            executed_by=handle,
            interruption=self.interruption,
            first_site=self.first_site,
            folder=self.folder or self.store.path.parent,  # type: ignore[attr-defined]  # it is the embedded one
            lease_seconds=self.lease_seconds,
            poll_seconds=0.005,
            approval_seconds=self.approval_seconds,
            confirmation_seconds=self.confirmation_seconds,
        )

    def caller(self, handle: str, channel: str = "terminal") -> Caller:
        person = self.context(handle).published().people.get(handle)
        return Caller(person, handle, Origin.TERMINAL if channel == "terminal" else Origin.ROOM, channel)

    def platform(self, environment: str = "production", service: str = "order-service") -> Platform:
        platform: Platform = self.adapters.platforms.setdefault((service, environment), Platform())
        return platform

    def request(self, handle: str, text: str, channel: str = "terminal") -> Request:
        line, now = chat_grammar(self.context(handle).published()).parse_chat(text), utc_now()
        assert isinstance(line, Line)
        line = replace(line, command=line.command.settled(now))
        return Request(
            new_id(self.store), line.command, chat_form(line), self.caller(handle, channel), now, line.is_dry_run
        )

    def asking(self, handle: str, text: str, channel: str = "terminal") -> Iterator[Event]:
        """A stream that the test draws from itself, with something else in between."""
        return engine.ask(self.context(handle), self.request(handle, text, channel))

    def ask(self, handle: str, text: str, channel: str = "terminal") -> list[Told]:
        """Everything that happens at once; an error that ended it stands last, as itself."""
        return collected(self.asking(handle, text, channel))

    def confirm(self, handle: str, operation: str) -> list[Told]:
        return collected(admission.confirm(self.context(handle), operation, self.caller(handle)))

    def decline(self, handle: str, operation: str) -> list[Told]:
        return collected(admission.decline(self.context(handle), operation, self.caller(handle)))

    def run(self, operation: str) -> list[Told]:
        """What the requester's waiting process does once nothing stands in its way."""
        return collected(run(self.context(self.row(operation).person), operation))

    def approve(self, handle: str, operation: str) -> list[Told]:
        """The yes, and what the requester's waiting process then does."""
        return [*self.yes(handle, operation), *self.run(operation)]

    def yes(self, handle: str, operation: str) -> list[Told]:
        """A yes to the plan as it is now, by its digest."""
        plan = self.row(operation).plan
        assert plan is not None
        return self.ask(handle, f"approve {operation} --plan {plan.digest[:12]}")

    def watch(self, operation: str, after: int = 0) -> list[Told]:
        return collected(see_through(self.context(self.row(operation).person), operation, after))

    def deployed(self, version: str, environment: str = "production") -> str:
        """A deploy from its request to its end, with the approval it takes; returns its id."""
        operation = operation_of(self.ask("@alice", f"deploy order-service {version} {environment}"))
        if self.row(operation).state is State.AWAITING_APPROVAL:
            self.approve("@bob", operation)
        return operation

    def row(self, operation: str) -> Operation:
        row = self.store.operation(operation)
        assert row is not None
        return row

    def state(self, operation: str) -> State:
        return self.row(operation).state

    def kinds(self, operation: str) -> list[str]:
        """The kinds of its journal entries, oldest first."""
        return [entry.kind for entry in self.store.entries(operation)]

    def record(self, operation: str) -> dict[str, Any]:
        record = record_of(self.store.entries(operation))
        assert record is not None
        return dict(record)

    def audit(self, line: str = "audit") -> list[dict[str, Any]]:
        """The records that `audit` shows to a person, newest first."""
        (answer,) = (event for event in self.ask("@erin", line) if isinstance(event, Records))
        return [dict(row) for row in answer.rows]


class Tomorrow(SystemClock):
    """This host's clock, a day ahead."""

    def uptime(self) -> float:
        return super().uptime() + 86_400

    def now(self) -> datetime:
        return super().now() + timedelta(days=1)


class Mortal:
    """A real process to act in the name of, until it dies."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(["sleep", "300"])
        self.holder = str(Holder.of(self._process.pid))

    def die(self) -> None:
        self._process.kill()
        self._process.wait()


def collected(events: Iterable[Event]) -> list[Told]:
    found: list[Told] = []
    try:
        for event in events:
            found.append(event)  # noqa: PERF402  # what came before an error counts
    except OpsctlError as error:
        found.append(error)
    return found


def until(events: Iterator[Event], kind: type[T]) -> T:
    """Draw from a stream up to the first event of that kind, which is returned."""
    return next(event for event in events if isinstance(event, kind))


def wait_until(claim: Callable[[], bool], seconds: float = 5.0) -> None:
    """Give the others time until the claim holds."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.002)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def operation_of(events: Iterable[Told]) -> str:
    """The id of the operation that a request began."""
    return next(event.operation for event in events if isinstance(event, Requested))


def last(events: Sequence[Told], kind: type[T]) -> T:
    """The last event, which must be of that kind."""
    assert isinstance(events[-1], kind), story(events)
    return events[-1]


def change_of(plan: Plan) -> str:
    """The first change of a plan, as a person would write it."""
    first = plan.changes[0]
    return f"{first.was} → {first.to}"


def story(events: Iterable[Told]) -> list[str]:
    """Events as short lines, so that a whole stream can be compared at a glance."""
    return [_line(event) for event in events]


def _line(event: Told) -> str:
    match event:
        case Requested():
            return f"{event.person} asks: {event.command}"
        case AwaitingConfirmation():
            return f"confirm {event.subject}: {change_of(event.plan)}"
        case AwaitingApproval():
            return f"approve, {' or '.join(event.approvers)}: {change_of(event.plan)}"
        case Voted():
            return f"{event.person} says {'yes' if event.is_yes else 'no'} ({event.have} of {event.need})"
        case VoteRefused():
            return f"{event.person} does not count: {event.reason}"
        case PlanChanged():
            return f"no longer {change_of(event.was)}"
        case Approved():
            return f"approved by {', '.join(event.by) or 'nobody'}: {change_of(event.plan)}"
        case Locked():
            return f"waits for {event.person}: {event.command}"
        case Started():
            return f"{event.executed_by} runs: {change_of(event.plan)}"
        case Stepped():
            return f"- {event.step}"
        case CancelAsked():
            return f"{event.person} cancels: {event.reason}"
        case LeftRunning():
            return f"left running: {event.happened}"
        case Finished():
            return " ".join(part for part in (event.state.value, event.by and f"by {event.by}", event.reason) if part)
        case Note():
            return f"note: {event.happened}"
        case OpsctlError():
            return f"{type(event).__name__}: {event.reason}"
        case _:
            return type(event).__name__
