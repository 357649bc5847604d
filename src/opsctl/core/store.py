"""The port to the store: operations, journal, locks, outbox, room and deliveries of one site, in transactions."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from opsctl.core.canonical import JSON
from opsctl.core.journal import Entry
from opsctl.core.operation import Deadline, Operation, State

if TYPE_CHECKING:
    from opsctl.core.delivery import DeliveryReader, DeliveryWriter
    from opsctl.core.incident import IncidentReader, IncidentWriter
    from opsctl.core.outbox import Item, Posted
    from opsctl.core.room import RoomReader, RoomWriter
    from opsctl.core.verification import Verification

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lock:
    """Who may change something now, such as a (service, environment).

    `is_over` when its lease ran out or its holder is known dead.
    """

    key: str
    operation: str
    holder: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """Which audit records; every given field must match, None matches all. Times are of the request."""

    person: str | None = None
    service: str | None = None
    environment: str | None = None
    result: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = 50


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """What audit records are looked up by."""

    at: datetime
    person: str
    service: str | None
    environment: str | None
    result: str


class Transaction(Protocol):
    """Everything here happens together, durably, or not at all. Nothing else writes meanwhile."""

    @property
    def now(self) -> datetime:
        """The wall-clock time, UTC."""
        ...

    def deadline(self, seconds: float) -> Deadline:
        """The moment `seconds` from now on the store's clock, which a changed wall clock does not move."""
        ...

    def has_passed(self, deadline: Deadline) -> bool:
        """Whether that moment is over on the store's clock."""
        ...

    def append(self, operation: str, kind: str, body: Mapping[str, JSON]) -> Entry:
        """Append an entry to the journal; secrets in the body are masked first."""
        ...

    def insert(self, operation: Operation) -> None:
        """Let an operation be found whose request was just appended. Raises Conflict where the id exists."""
        ...

    def update(self, operation: Operation, expected: State) -> None:
        """Let it be found as it is now. Raises Conflict where its journal tells another state than `expected`."""
        ...

    def operation(self, operation: str) -> Operation | None:
        """That operation as its journal tells it. Raises StoreUnusable where an entry is not what its hash says."""
        ...

    def entries(self, operation: str) -> tuple[Entry, ...]:
        """The journal entries of that operation, oldest first."""
        ...

    def lock(self, key: str) -> Lock | None:
        """The lock with that key, where one is held."""
        ...

    def take(self, key: str, operation: str, holder: str, lease_seconds: float) -> None:
        """Take the lock, or renew the lease on it. Raises Conflict where another operation or holder has it."""
        ...

    def release(self, key: str, operation: str) -> None:
        """Give the lock back, where that operation holds it."""
        ...

    def announce(self, operation: str, channel: str, body: Mapping[str, JSON], target: str = "chat") -> None:
        """Put an item for that target into the outbox, tied to the newest journal entry."""
        ...

    def taken(self, items: Collection[int]) -> None:
        """These items of the outbox were taken by what they were for."""
        ...

    def refused(self, items: Collection[int], trouble: str) -> None:
        """What these items were for did not take them, and why; they wait for the next try."""
        ...

    def posted(self, operation: str, key: str, post: "Posted") -> None:
        """Note what stands in the chat about an operation under that key."""
        ...

    @property
    def room(self) -> "RoomWriter":
        """The embedded chat."""
        ...

    @property
    def deliveries(self) -> "DeliveryWriter":
        """What chat platforms sent."""
        ...

    @property
    def incidents(self) -> "IncidentWriter":
        """Which entries tell about which incident."""
        ...

    def record(self, operation: str, record: RecordKeys) -> None:
        """Index the audit record of an operation, whose content stays in the journal."""
        ...

    def keep(self, document: str) -> str:
        """Keep a text under its SHA-256 (lower-case hex), which is returned."""
        ...


class Store(Protocol):
    """Where one site's operations, journal and outbox live. Every method raises StoreUnusable when it can't."""

    @property
    def id(self) -> str:
        """The store's own id, made when it was created."""
        ...

    @property
    def site_id(self) -> str:
        """The id of the site that it belongs to."""
        ...

    @property
    def is_demo(self) -> bool:
        """Whether `demo` made it, which its journal begins with; only there `--as` works."""
        ...

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one durable transaction and return what it returns; what it raises undoes it all.

        `work` must do nothing but speak to the transaction: it may share a commit with others, or be run again.
        """
        ...

    def has_passed(self, deadline: Deadline) -> bool:
        """Whether that moment is over, on the store's clock."""
        ...

    def operation(self, operation: str) -> Operation | None:
        """That operation as its journal tells it. Raises StoreUnusable where an entry is not what its hash says."""
        ...

    def operations(
        self,
        states: Collection[State] = (),
        service: str | None = None,
        environment: str | None = None,
        limit: int | None = 50,
    ) -> list[Operation]:
        """Operations, newest request first, whatever its clock said; empty `states` means all."""
        ...

    def entries(self, operation: str, after: int = 0) -> list[Entry]:
        """The journal entries of an operation with a seq greater than `after`, oldest first."""
        ...

    def journal(self, after: int = 0) -> Iterator[Entry]:
        """All entries with a seq greater than `after`, oldest first, in constant memory."""
        ...

    def newest_seq(self) -> int:
        """The seq of the journal's newest entry, 0 before the first."""
        ...

    def locks(self) -> list[Lock]:
        """All locks held now."""
        ...

    def records(self, query: RecordQuery) -> list[str]:
        """The ids of the operations whose audit records match, newest request first, whatever its clock said."""
        ...

    def published(self) -> str | None:
        """The canonical text that the journal says was published last, None before the first.

        Raises StoreUnusable where the text or the entry is not what its hash says, or the text is gone.
        """
        ...

    def document(self, digest: str) -> str | None:
        """A text that was kept, by its SHA-256."""
        ...

    def outbox(self, operation: str = "", limit: int = 100) -> "list[Item]":
        """What still has to be taken, oldest first; of one operation, if it is named."""
        ...

    def post_called(self, message: str) -> tuple[str, str] | None:
        """The operation and the key of what stands in the chat under that id of the platform; None for a stranger's."""
        ...

    def posts(self, operation: str) -> "Mapping[str, Posted]":
        """What stands in the chat about an operation, by key."""
        ...

    @property
    def room(self) -> "RoomReader":
        """The embedded chat."""
        ...

    @property
    def deliveries(self) -> "DeliveryReader":
        """What chat platforms sent."""
        ...

    @property
    def incidents(self) -> "IncidentReader":
        """Incidents, as their journal entries tell them."""
        ...

    def verify(self) -> "Verification":
        """Prove the whole journal, its head file and the indexes over it; what does not hold is in `faults`."""
        ...

    def renew_witness(self) -> None:
        """Make what witnesses the journal's head outside of the store anew, where it is missing."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
