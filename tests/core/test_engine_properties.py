"""Whatever people do, in whatever order, and whichever processes die meanwhile: what the engine never does."""

import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.core.team import Colleagues, Mortal, Told, a_site, collected, publish, story
from tests.soak import times

from opsctl.core.context import Interruption
from opsctl.core.errors import OpsctlError, Unreachable
from opsctl.core.events import (
    AwaitingApproval,
    AwaitingConfirmation,
    Event,
    Finished,
    LeftRunning,
    Requested,
)
from opsctl.core.journal import Entry
from opsctl.core.operation import ARROWS, FINAL, Operation, State
from opsctl.core.plan import Plan, Rule
from opsctl.core.record import record_of
from opsctl.core.transition import RESULTS

WHICH = st.integers(0, 5)
PEOPLE = st.sampled_from(["@alice", "@bob", "@carol", "@dave", "@erin", "mallory"])
ENVIRONMENTS = st.sampled_from(["staging", "production"])
VERSIONS = st.sampled_from(["v2.4.0", "v2.4.1", "v2.4.2"])
CHANGES = st.one_of(
    st.builds("deploy order-service {} {}".format, VERSIONS, ENVIRONMENTS),
    st.builds("rollback order-service {}".format, ENVIRONMENTS),
    st.builds("scale order-service {} {}".format, st.integers(0, 4), ENVIRONMENTS),
)
SITES = [
    a_site(),
    a_site((Rule("deploy", approvals=2, roles=("lead", "dba")), Rule("*"))),
    a_site((Rule("deploy"), Rule("scale", approvals=1, roles=("member",)))),
    a_site(without="@bob"),
]
OUTCOMES = (Finished, AwaitingApproval, AwaitingConfirmation, LeftRunning, OpsctlError)


@dataclass
class Process:
    """One that lives, or dies in the middle of what it does. It never waits: the test is a single thread."""

    mortal: Mortal
    stream: Iterator[Event]
    told: list[Told]

    def die(self) -> None:
        self.mortal.die()
        self.stream.close()  # type: ignore[attr-defined]


class Histories(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.team = Colleagues.at(Path(self.folder.name))
        self.team.interruption.hang_up()
        for environment in ("staging", "production"):
            self.team.platform(environment).has("v2.3.9", "v2.4.0").on_step = partial(self.on_step, environment)
        self.away: set[str] = set()
        self.processes: list[Process] = []

    @rule(who=PEOPLE, line=CHANGES)
    def ask(self, who: str, line: str) -> None:
        self.check_stream(self.team.ask(who, line))

    @rule(who=PEOPLE, line=CHANGES, events=st.integers(1, 6))
    def begin_to_ask(self, who: str, line: str, events: int) -> None:
        self.begin_process(who, line, events)

    @precondition(lambda self: self.standing())
    @rule(which=WHICH, who=PEOPLE, events=st.integers(1, 6))
    def begin_to_run(self, which: int, who: str, events: int) -> None:
        self.begin_process(who, f"run {self.choose(which)}", events)

    @precondition(lambda self: self.processes)
    @rule(which=WHICH)
    def go_on(self, which: int) -> None:
        process = self.processes.pop(which % len(self.processes))
        self.check_stream([*process.told, *collected(process.stream)])
        process.die()

    @precondition(lambda self: self.processes)
    @rule(which=WHICH)
    def die(self, which: int) -> None:
        self.processes.pop(which % len(self.processes)).die()

    @precondition(lambda self: self.standing())
    @rule(which=WHICH, who=PEOPLE, word=st.sampled_from(["approve {}", 'reject {} "no"', "cancel {}", "run {}"]))
    def decide(self, which: int, who: str, word: str) -> None:
        self.team.ask(who, word.format(self.choose(which)))

    @precondition(lambda self: self.standing())
    @rule(which=WHICH, who=st.sampled_from(["@bob", "@carol", "@dave"]))
    def approve_and_run(self, which: int, who: str) -> None:
        operation = self.choose(which)
        self.team.ask(who, f"approve {operation}")
        self.check_stream(self.team.run(operation))

    @precondition(lambda self: self.standing())
    @rule(which=WHICH, who=PEOPLE, says_yes=st.booleans())
    def answer(self, which: int, who: str, says_yes: bool) -> None:
        operation = self.choose(which)
        (self.team.confirm if says_yes else self.team.decline)(who, operation)

    @rule(environment=ENVIRONMENTS, version=VERSIONS)
    def change_outside(self, environment: str, version: str) -> None:
        """Somebody goes round opsctl, between two changes."""
        if not self.running(environment):
            self.team.platform(environment).has(version)

    @rule(environment=ENVIRONMENTS, is_away=st.booleans(), sick=st.sets(VERSIONS))
    def trouble(self, environment: str, is_away: bool, sick: set[str]) -> None:
        self.team.platform(environment).sick = frozenset(sick)
        (self.away.add if is_away else self.away.discard)(environment)

    @rule(site=st.sampled_from(SITES))
    def publish(self, site: Any) -> None:
        publish(self.team.store, site)

    @invariant()
    def never(self) -> None:
        rows = self.team.store.operations(limit=None)
        running = Counter(row.lock for row in rows if row.state is State.RUNNING)
        assert all(count == 1 for count in running.values())
        for row in rows:
            entries = self.team.store.entries(row.id)
            check_arrows(entries)
            check_ran_rightly(row.person, entries)
            check_record(row.state, entries)
        for environment in ("staging", "production"):
            done = [call.split()[-1] for call in self.team.platform(environment).done if "undone" not in call]
            assert len(set(done)) == len(done)
            assert all("running" in self.team.kinds(operation) for operation in done)

    def teardown(self) -> None:
        """When all processes are gone and all platforms are there, whoever looks next closes everything."""
        if not hasattr(self, "team"):
            return
        for process in self.processes:
            process.die()
        self.away.clear()
        self.team.ask("@erin", "operations")
        assert self.team.store.locks() == []
        assert not self.team.store.operations(states=[State.RUNNING, State.REQUESTED])
        self.never()
        assert self.team.store.verify().faults == ()
        self.team.store.close()
        self.folder.cleanup()

    def running(self, environment: str) -> list[Operation]:
        return self.team.store.operations(states=[State.RUNNING], environment=environment)

    def on_step(self, environment: str, step: str) -> None:
        """What is about to change is what the plan says that it is."""
        if environment in self.away:
            raise Unreachable(f"The platform does not answer ({step}).")
        platform = self.team.platform(environment)
        now = {"start": platform.version, "scale": platform.wanted}
        if step in now:
            (row,) = self.running(environment)
            assert row.plan is not None
            assert row.plan.changes[0].was == now[step]

    def begin_process(self, who: str, line: str, events: int) -> None:
        mortal = Mortal()
        team = self.team.elsewhere(holder=mortal.holder, interruption=Interruption())
        team.interruption.hang_up()
        process = Process(mortal, team.asking(who, line), [])
        self.processes.append(process)
        for _ in range(events):
            try:
                process.told.append(next(process.stream))
            except StopIteration:
                return
            except OpsctlError as error:
                process.told.append(error)
                return

    def standing(self) -> list[str]:
        """Operations that are not over, and the last that is: words come too late, too."""
        rows = self.team.store.operations(limit=6)
        return [row.id for row in rows if not row.state.is_final] or [row.id for row in rows[:1]]

    def choose(self, which: int) -> str:
        found = self.standing()
        return found[which % len(found)]

    def check_stream(self, told: list[Told]) -> None:
        """Every stream that began a change ends in exactly one outcome or question."""
        if not told:
            return
        if isinstance(told[0], Requested):
            assert isinstance(told[-1], OUTCOMES), story(told)
            assert len([one for one in told if isinstance(one, OUTCOMES)]) == 1, story(told)
        finished = [one for one in told if isinstance(one, Finished)]
        assert len(finished) <= 1
        assert not finished or finished[0] is told[-1], story(told)


def check_arrows(entries: list[Entry]) -> None:
    states = [State(entry.kind) for entry in entries if entry.kind in frozenset(State)]
    assert states[0] is State.REQUESTED
    for was, to in itertools.pairwise(states):
        assert to in ARROWS[was], (was, to)


def check_ran_rightly(requester: str, entries: list[Entry]) -> None:
    """What ran, ran once, as the plan that was agreed to last, by as many of the right people as its rule asks for."""
    started = [entry for entry in entries if entry.kind == State.RUNNING]
    assert len(started) <= 1
    if not started:
        return
    plan = Plan.from_json(started[0].facts["plan"])
    before = [entry for entry in entries if entry.seq < started[0].seq]
    agreed = [entry for entry in before if entry.kind == State.APPROVED][-1]
    assert agreed.facts["plan"]["digest"] == plan.digest
    assert plan.rule is not None
    asked = [entry for entry in before if entry.kind in (State.AWAITING_APPROVAL, State.AWAITING_CONFIRMATION)]
    votes = [
        entry.facts for entry in before if entry.kind == "approval" and entry.seq > (asked[-1].seq if asked else 0)
    ]
    yes = {
        vote["person"]
        for vote in votes
        if vote["is_yes"] and vote["digest"] == plan.digest and set(vote["roles"]) & set(plan.rule.roles)
    }
    assert len(yes - {requester}) >= plan.rule.approvals
    assert all(vote["is_yes"] for vote in votes)
    if asked and asked[-1].kind == State.AWAITING_CONFIRMATION and asked[-1].facts["plan"]["digest"] == plan.digest:
        assert agreed.facts["confirmed_by"] == requester


def check_record(state: State, entries: list[Entry]) -> None:
    record = record_of(entries)
    assert (record is not None) == (state in FINAL)
    if record is not None:
        assert record["result"] == RESULTS.get(state, state.value)
        ran = [entry for entry in entries if entry.kind == State.RUNNING]
        assert not ran or (record["approved_by"] or "") == ", ".join(ran[0].facts["by"])


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=times(60),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
