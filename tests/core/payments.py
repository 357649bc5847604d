"""A team whose payments may fail, and what takes the outside steps of their incidents."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.core.team import ENVIRONMENTS, MEMORY, Colleagues, a_site, publish

from opsctl import wiring
from opsctl.adapters.stores.sqlite.clock import SystemClock
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.courier import Patience, Taker, bring, leave_duty
from opsctl.core.errors import OpsctlError
from opsctl.core.identity import Person, Team
from opsctl.core.incident import Incident, Step, fold
from opsctl.core.incident_steps import PagerStep, StepTaker
from opsctl.core.ports import Page
from opsctl.core.published_site import PublishedSite, Service
from opsctl.core.room import Message


class SetClock(SystemClock):
    """The wall clock is where the test puts it; deadlines go by the real one."""

    def __init__(self, wall: datetime) -> None:
        super().__init__()
        self.wall = wall

    def now(self) -> datetime:
        return self.wall

    def go_on(self, **span: float) -> None:
        self.wall += timedelta(**span)


MORNING = datetime(2026, 3, 4, 9, 12, tzinfo=UTC)


def a_payment_site(**changes: Any) -> PublishedSite:
    """@oncall is on call, @alice and @bob look after payments; nobody is in the empty team."""
    site = a_site()
    services = {
        name: Service(name, team, dict.fromkeys(ENVIRONMENTS, MEMORY), aliases)
        for name, team, aliases in (
            ("payment-service", "payment-team", ("billing", "card-terminal")),
            ("order-service", "orders", ()),
            ("api-gateway", "empty", ()),
        )
    }
    whole = replace(
        site,
        people=site.people | {"@oncall": Person("@oncall", 1009)},
        teams=site.teams
        | {
            "payment-team": Team("payment-team", ("@alice",), ("@bob",)),
            "sre": Team("sre", ("@oncall",)),
            "empty": Team("empty"),
        },
        services=services,
        on_call="sre",
    )
    return replace(whole, **changes)


def payments_at(path: Path, site: PublishedSite | None = None, clock: SystemClock | None = None) -> Colleagues:
    store = SqliteStore.create(path / "store" / "opsctl.db", "acme", is_demo=True, clock=clock)
    publish(store, site or a_payment_site())
    return Colleagues(store)


@dataclass
class MemoryPager:
    """A pager that may be away, or refuse."""

    error: OpsctlError | None = None
    pages: dict[str, Page] = field(default_factory=dict)

    def page(self, page: Page) -> None:
        if self.error:
            raise self.error
        self.pages[page.key] = page


def takers(team: Colleagues, pager: MemoryPager | None = None) -> Mapping[str, Taker]:
    """The real ones, or with that pager."""
    context = team.context("@oncall")
    found = dict(wiring.takers_of(context))
    if pager is not None:
        found[Step.PAGER] = StepTaker(context, Step.PAGER, PagerStep(context, pager))
    return found


def brought(team: Colleagues, pager: MemoryPager | None = None) -> None:
    """Everything that can be brought now is brought."""
    patience, those = Patience(), takers(team, pager)
    while bring(team.context("@oncall"), those, patience):
        pass
    leave_duty(team.context("@oncall"))


def seen(team: Colleagues, channel: str, start: str = "") -> list[Message]:
    """The messages in a channel that begin with those words, oldest first."""
    found = team.store.room.messages(channel, "@erin")
    return [one for one in found if one.post.text.startswith(start)]


def newest(team: Colleagues) -> Incident:
    (number,) = team.store.incidents.newest(1)
    return fold(team.store.incidents.entries(number))


def steps(incident: Incident) -> list[tuple[str, str]]:
    return [(one.step.value, one.outcome.value) for one in incident.steps]
