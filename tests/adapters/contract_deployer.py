"""What every Deployer promises; each adapter's test file runs this with its own `deployer`."""

import time
from collections.abc import Callable
from itertools import count

import pytest

from opsctl.core.errors import ActionFailed, CancelRequested, LeaseLost, OpsctlError, UsageError
from opsctl.core.ports import Cause, Deployer, Progress, Release, ServiceState, Steps

GOOD, BETTER, SICK = "v1.0.0", "v1.1.0", "v2.0.0"
"""Versions that each adapter's `deployer` has: two that get healthy, and one that never does."""

HOSTILE = (
    "",
    "../../etc",
    "v1; rm -rf /",
    "$(reboot)",
    "`id`",
    "v1\0",
    "v1\n",
    "-rf",
    ".",
    "..",
    "a/b",
    "v" * 9000,
    "v１",
)

_operations = count(1)


def a_cause(person: str = "@alice") -> Cause:
    """A cause that no other change has."""
    return Cause(f"op-{next(_operations)}", person)


def carried_out(steps: Steps) -> list[Progress]:
    """Every step of a change that ends well."""
    return list(steps)


def stopped_at(steps: Steps, stop: int, error: OpsctlError) -> bool:
    """Throw an error in at the step with this number; False when the change was over before."""
    for number, _ in enumerate(steps):
        if number == stop:
            with pytest.raises(type(error)):
                throw_on(steps, error)
            return True
    return False


def never_silent(steps: Steps) -> Steps:
    """The same steps, each of which must come within a second."""
    last = time.monotonic()
    for step in steps:
        assert time.monotonic() - last < 1.0, step
        yield step
        last = time.monotonic()


def throw_on(steps: Steps, error: OpsctlError) -> None:
    """Throw an error in, and let the change come to its end."""
    steps.throw(error)
    for _ in steps:
        pass


def truth(state: ServiceState) -> tuple[Release | None, int | None, int, tuple[str, ...]]:
    """What counts of a state: what is in service, and how."""
    return state.release, state.replicas, state.ready, state.endpoints


class DeployerContract:
    """A test class of an adapter inherits this and has a fixture `deployer`, with 2 replicas at the first deploy."""

    def test_nothing_is_in_service_before_the_first_deploy(self, deployer: Deployer) -> None:
        state = deployer.state()
        assert (state.release, state.replicas, state.ready, state.problem) == (None, 0, 0, "")
        assert deployer.releases() == ()

    def test_the_versions_are_told_newest_first(self, deployer: Deployer) -> None:
        assert deployer.versions() == (SICK, BETTER, GOOD)

    def test_a_deployed_version_is_in_service_when_the_steps_end(self, deployer: Deployer) -> None:
        cause = a_cause()
        carried_out(deployer.deploy(GOOD, cause))
        state = deployer.state()
        assert state.release is not None
        assert (state.release.number, state.release.version, state.release.by) == (1, GOOD, "@alice")
        assert (state.release.operation, state.release.is_healthy, state.release.restores) == (
            cause.operation,
            True,
            None,
        )
        assert (state.replicas, state.ready, state.problem, state.is_busy) == (2, 2, "", False)
        assert deployer.releases() == (state.release,)

    def test_a_version_that_never_gets_healthy_never_takes_over(self, deployer: Deployer) -> None:
        carried_out(deployer.deploy(GOOD, a_cause()))
        before = truth(deployer.state())
        with pytest.raises(ActionFailed) as failed:
            carried_out(never_silent(deployer.deploy(SICK, a_cause("@bob"))))
        assert truth(deployer.state()) == before
        assert failed.value.log_tail
        assert failed.value.left == ""
        newest = deployer.releases()[0]
        assert (newest.number, newest.version, newest.by, newest.is_healthy) == (2, SICK, "@bob", False)

    def test_a_repeat_with_the_same_cause_makes_no_second_release(self, deployer: Deployer) -> None:
        cause = a_cause()
        carried_out(deployer.deploy(GOOD, cause))
        before = truth(deployer.state())
        carried_out(deployer.deploy(GOOD, cause))
        assert truth(deployer.state()) == before
        assert len(deployer.releases()) == 1

    def test_the_same_version_can_be_deployed_anew(self, deployer: Deployer) -> None:
        carried_out(deployer.deploy(GOOD, a_cause()))
        before = deployer.state().endpoints
        carried_out(deployer.deploy(GOOD, a_cause()))
        assert [release.number for release in deployer.releases()] == [2, 1]
        assert not set(deployer.state().endpoints) & set(before)

    def test_a_rollback_is_a_new_release_that_restores_an_old_one(self, deployer: Deployer) -> None:
        carried_out(deployer.deploy(GOOD, a_cause()))
        carried_out(deployer.deploy(BETTER, a_cause()))
        carried_out(deployer.rollback(deployer.releases()[-1], a_cause()))
        assert [(one.number, one.version, one.restores) for one in deployer.releases()] == [
            (3, GOOD, 1),
            (2, BETTER, None),
            (1, GOOD, None),
        ]
        assert deployer.state().release == deployer.releases()[0]

    @pytest.mark.parametrize("replicas", [3, 1, 0])
    def test_scaling_brings_exactly_that_many_replicas(self, deployer: Deployer, replicas: int) -> None:
        carried_out(deployer.deploy(GOOD, a_cause()))
        release = deployer.state().release
        carried_out(deployer.scale(replicas, a_cause()))
        state = deployer.state()
        assert (state.release, state.replicas, state.ready, len(state.endpoints)) == (release, *[replicas] * 3)

    def test_from_zero_replicas_a_service_comes_back(self, deployer: Deployer) -> None:
        carried_out(deployer.deploy(GOOD, a_cause()))
        carried_out(deployer.scale(0, a_cause()))
        carried_out(deployer.scale(2, a_cause()))
        assert (deployer.state().replicas, deployer.state().ready) == (2, 2)

    def test_at_zero_replicas_a_version_still_has_to_prove_itself(self, deployer: Deployer) -> None:
        carried_out(deployer.deploy(GOOD, a_cause()))
        carried_out(deployer.scale(0, a_cause()))
        with pytest.raises(ActionFailed):
            carried_out(deployer.deploy(SICK, a_cause()))
        carried_out(deployer.deploy(BETTER, a_cause()))
        state = deployer.state()
        assert state.release is not None
        assert (state.release.version, state.replicas, state.ready, state.endpoints) == (BETTER, 0, 0, ())

    def test_what_was_never_deployed_cannot_be_scaled(self, deployer: Deployer) -> None:
        with pytest.raises(ActionFailed):
            carried_out(deployer.scale(2, a_cause()))

    @pytest.mark.parametrize("replicas", [-1, 10**9])
    def test_an_absurd_number_of_replicas_is_refused(self, deployer: Deployer, replicas: int) -> None:
        with pytest.raises(UsageError):
            carried_out(deployer.scale(replicas, a_cause()))

    @pytest.mark.parametrize("version", ["v1.0.1", *HOSTILE], ids=lambda version: repr(version[:16]))
    def test_a_version_that_is_not_there_is_refused_and_changes_nothing(self, deployer: Deployer, version: str) -> None:
        with pytest.raises(UsageError):
            carried_out(deployer.deploy(version, a_cause()))
        assert deployer.releases() == ()

    def test_a_cancelled_deploy_leaves_in_service_what_was(self, deployer: Deployer) -> None:
        carried_out(deployer.deploy(GOOD, a_cause()))
        before = truth(deployer.state())
        for stop in range(4):
            assert stopped_at(deployer.deploy(BETTER, a_cause()), stop, CancelRequested("@bob", "not today"))
            assert truth(deployer.state()) == before

    def test_a_cancelled_scaling_leaves_in_service_what_was(self, deployer: Deployer) -> None:
        carried_out(deployer.deploy(GOOD, a_cause()))
        before = truth(deployer.state())
        for replicas in (4, 1):
            assert stopped_at(deployer.scale(replicas, a_cause()), 0, CancelRequested("@bob", ""))
            assert truth(deployer.state()) == before

    def test_who_lost_the_lease_touches_nothing_more(self, deployer: Deployer) -> None:
        carried_out(deployer.deploy(GOOD, a_cause()))
        before = truth(deployer.state())
        assert stopped_at(deployer.deploy(BETTER, a_cause()), 2, LeaseLost("gone"))
        assert truth(deployer.state()) == before
        carried_out(deployer.deploy(BETTER, a_cause()))
        assert (deployer.state().replicas, deployer.state().ready, deployer.state().is_busy) == (2, 2, False)

    def test_it_is_busy_while_a_change_acts(self, deployer: Deployer) -> None:
        steps = deployer.deploy(GOOD, a_cause())
        assert any(deployer.state().is_busy for _ in steps)
        carried_out(steps)
        assert not deployer.state().is_busy


def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that comes about by itself."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.05)
