"""A day of a team, step by step; each step is what one process does from its start to its end."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.core.team import Colleagues, a_site

from opsctl.core.operation import STANDING, Operation, State
from opsctl.core.plan import Rule
from opsctl.core.published_site import PublishedSite

NEW_SITE = a_site(
    (
        Rule("deploy", "protected", approvals=1, roles=("lead",)),
        Rule("deploy"),
        Rule("rollback"),
        Rule("scale"),
        Rule("migrate", approvals=2, roles=("lead", "dba")),
    )
)


def open_operation(team: Colleagues) -> Operation:
    """The operation that waits for somebody."""
    return team.store.operations(states=STANDING)[0]


def ask(line: str) -> Callable[[Colleagues], None]:
    def act(team: Colleagues) -> None:
        team.ask("@alice", line)

    return act


def ask_and_confirm(line: str) -> Callable[[Colleagues], None]:
    def act(team: Colleagues) -> None:
        team.ask("@alice", line)
        team.confirm("@alice", open_operation(team).id)

    return act


def approve(team: Colleagues) -> None:
    team.ask("@bob", f"approve {open_operation(team).id}")


def run(team: Colleagues) -> None:
    team.ask("@alice", f"run {open_operation(team).id}")


def hand_in(team: Colleagues, site: PublishedSite = NEW_SITE) -> None:
    document = team.store.write(lambda tx: tx.keep(site.text))
    team.ask("@alice", f"site publish {document}")


def look(team: Colleagues) -> None:
    team.ask("@erin", "operations")


@dataclass(frozen=True)
class Step:
    """What a process does, and the states in which the newest operation may be left when it is not disturbed."""

    name: str
    act: Callable[[Colleagues], None]
    leaves: State


LOOK = Step("look", look, State.SUCCEEDED)
"""What the next process does: it finds what the dead one left, and may die of it too."""

STEPS = (
    Step("deploy to staging", ask("deploy order-service v2.4.0 staging"), State.SUCCEEDED),
    Step("ask for production", ask("deploy order-service v2.4.1 production"), State.AWAITING_APPROVAL),
    Step("approve it elsewhere", approve, State.APPROVED),
    Step("run it", run, State.SUCCEEDED),
    Step("scale up and confirm", ask_and_confirm("scale order-service 3 production"), State.SUCCEEDED),
    Step("roll back and confirm", ask_and_confirm("rollback order-service production"), State.SUCCEEDED),
    Step("ask to publish", hand_in, State.AWAITING_APPROVAL),
    Step("approve the publishing", approve, State.APPROVED),
    Step("publish", run, State.SUCCEEDED),
)
