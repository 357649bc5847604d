"""What the core needs from outside, each as a narrow promise. Adapters keep them; one contract test per port says so.

The port to the store has a file of its own: store.py; so has what a chat outside offers beside the chat: platform.py.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from opsctl.core.post import Post
    from opsctl.core.public import PublicPage


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is asked of a platform: it goes along, makes a repeat recognisable and stands in its history."""

    operation: str
    person: str


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a service that was made to run.

    `number` counts up by one for each release of a service in an environment; `restores` is the number of the
    release that a rollback went back to, None for a deploy. `is_healthy` tells whether it ever became healthy.
    """

    number: int
    version: str
    at: datetime
    by: str
    operation: str
    is_healthy: bool
    restores: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What a platform says is there now.

    `release` is None before the first deploy. `replicas` is None where the platform cannot tell how many are wanted.
    `endpoints` are the base URLs of the replicas in service. `problem` is what is wrong with the platform itself
    and what puts it right ("supervisor not running; the next change starts it"), empty when nothing is. `is_busy` while
    the platform itself still carries something out. `most` is how many replicas it could run, None where it can't tell;
    `unscalable` why it can't be brought to another number of them through opsctl, empty where it can.
    """

    release: Release | None
    replicas: int | None
    ready: int
    endpoints: tuple[str, ...] = ()
    problem: str = ""
    is_busy: bool = False
    most: int | None = None
    unscalable: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a running change: `done` of `of`, 0 of 0 where it can't be counted; `detail` in its own words.

    `process` is the leader of a process group of this host that works on it, as `Holder` tells it: it is journalled
    before the change goes on, so that whoever comes after a crash can see whether it is still at work.
    """

    step: str
    done: int = 0
    of: int = 0
    detail: str = ""
    process: str = ""


Steps: TypeAlias = Generator[Progress, None, None]
"""A change being carried out: it stops at every yield, and goes on, or has an error thrown in, from there."""


class Deployer(Protocol):
    """Runs the releases of one service in one environment.

    `deploy`, `rollback` and `scale` yield before every outside call and at least once a second while they wait, and
    end when the wanted state holds and is healthy. At a yield the engine may throw `CancelRequested`: put back what
    can be put back and let it through, or, where it is too late for that, go on to the end; or `LeaseLost`: let it
    through and touch nothing. Called again with the same
    cause, they recognise what was already done. They raise `Unreachable` when the platform does not answer and
    `ActionFailed` when it answers and could not; then what was in service before still is, or `left` says otherwise.
    """

    def state(self) -> ServiceState:
        """What is there now, asked from the platform. Raises Unreachable."""
        ...

    def versions(self) -> tuple[str, ...]:
        """The versions that can be deployed, newest first; empty where the platform cannot list them."""
        ...

    def releases(self) -> tuple[Release, ...]:
        """The release history, newest first."""
        ...

    def deploy(self, version: str, cause: Cause) -> Steps:
        """Replace the release in service by `version`; what is in service stays until the new one is healthy."""
        ...

    def rollback(self, to: Release, cause: Cause) -> Steps:
        """Bring an earlier release back; recorded as a new release that restores it."""
        ...

    def scale(self, replicas: int, cause: Cause) -> Steps:
        """Bring the service to `replicas` running copies."""
        ...


class LogLine(NamedTuple):
    """One line: `at` in RFC 3339 UTC with six decimals and Z (sorts as text), where from, and what was written."""

    at: str
    service: str
    environment: str
    replica: str
    text: str


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Lines from `since` up to `until` (None: open end) that contain `grep`."""

    since: datetime | None = None
    until: datetime | None = None
    grep: str = ""


class LogSource(Protocol):
    """The log of one service in one environment. Its methods raise Unreachable."""

    def lines(self, query: LogQuery) -> Iterator[LogLine]:
        """Oldest first, merged over replicas, in constant memory."""
        ...

    def tail(self, query: LogQuery, limit: int) -> Sequence[LogLine]:
        """The newest `limit` lines that match, oldest first."""
        ...

    def follow(self, query: LogQuery) -> Iterator[Sequence[LogLine]]:
        """What is written from now on, as it comes; never ends, never blocks: an empty batch means nothing new yet."""
        ...


@dataclass(frozen=True, slots=True)
class Health:
    """What a check saw: how many endpoints answered well, the slowest good answer, and what was wrong first."""

    healthy: int
    of: int
    latency_ms: float | None = None
    detail: str = ""


class Monitor(Protocol):
    """Looks at a running service from outside."""

    def health(self, endpoints: Sequence[str]) -> Health:
        """Check every endpoint side by side, each with a time limit; never raises for a sick service."""
        ...

    def look(self, url: str) -> Health:
        """Check that address alone, in the same way."""
        ...


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured of a service: requests a second, the part of them that fails (0 to 1), milliseconds at p95.

    None where nothing is measured. `alerts` are the names of those that fire now. `missing` says what could not be
    asked, empty where all could.
    """

    rate: float | None = None
    errors: float | None = None
    p95_ms: float | None = None
    alerts: tuple[str, ...] = ()
    missing: str = ""


class Metering(Protocol):
    """Where measurements of services are kept."""

    def measured(self, service: str, environment: str) -> Measured:
        """What is measured now; never raises where something does not answer: `missing` says it."""
        ...


class Chat(Protocol):
    """Where the team talks. Its methods raise Unreachable when it does not answer, ActionFailed when it refuses."""

    @property
    def knows_keys(self) -> bool:
        """Whether it recognises a key by itself, so that nobody has to note that something is about to be posted."""
        ...

    def open_channel(self, channel: str, topic: str, people: Sequence[str] = ()) -> None:
        """Make a channel where there is none, give it that topic, and have the people of those handles in it."""
        ...

    def post(
        self,
        channel: str,
        post: "Post",
        *,
        key: str,
        thread: str = "",
        audience: str = "",
        tried: datetime | None = None,
    ) -> str:
        """Post a message, as an answer to another one if `thread` names it; returns its id there.

        Only the person with the handle `audience` can see it, where one is named.

        `key` is ours for it. Where the platform has no idempotency, what was posted under that key since `tried` is
        found by reading back, not posted twice; None says that nobody has tried yet.
        """
        ...

    def edit(self, channel: str, message: str, post: "Post") -> None:
        """Put another content in place of a message's own; notifies nobody.

        Raises ActionFailed with the reason `message_gone` where somebody deleted it.
        """
        ...

    def tell(self, channel: str, person: str, post: "Post", *, key: str = "", thread: str = "") -> None:
        """A private word to a person, where they are; nothing where they were told under that `key` before."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """A team that is called to an incident. `key` makes a repeat recognisable.

    `people` are the handles of the team; `channel` is where they are needed, `reach_in` where they usually are.
    `asked_at` is since when they may have been called already.
    """

    key: str
    team: str
    people: tuple[str, ...]
    severity: str
    title: str
    channel: str
    reach_in: str
    asked_at: datetime


class Pager(Protocol):
    """Calls people who are not looking."""

    def page(self, page: Page) -> None:
        """Call the team; the same key again calls nobody twice.

        Raises Unreachable where the pager does not answer, ActionFailed where it answers and will not.
        """
        ...


class StatusPage(Protocol):
    """Where everybody reads what runs and what does not."""

    def publish(self, page: "PublicPage", changed: str) -> None:
        """Show this. `changed` is the id of the incident that is new or has changed, empty where it is none of them.

        The same again changes nothing. Raises Unreachable where it does not answer, ActionFailed where it will not.
        """
        ...


@dataclass(frozen=True, slots=True)
class Meeting:
    """Something to come to. `key` makes a repeat recognisable; `draft` is a Markdown document that belongs to it."""

    key: str
    title: str
    at: datetime
    minutes: int
    about: str
    draft: str


class Calendar(Protocol):
    """Where people find what they have to come to."""

    def book(self, meeting: Meeting) -> None:
        """Put it there, once for a key; a draft that somebody has worked on since stays as it is.

        Raises Unreachable where the calendar does not answer, ActionFailed where it answers and will not.
        """
        ...
