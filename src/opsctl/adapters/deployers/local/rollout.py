"""How a change of what is in service goes: start beside it, wait until healthy, list, and only then stop the old.

The state file is what counts. Whatever runs and is not listed in it was left by a change that was cancelled or
killed, and goes; so nothing has to be remembered to clean up. LeaseLost passes through untouched: nobody acts in a
`finally` here.
"""

from collections.abc import Collection, Generator
from contextlib import suppress
from dataclasses import dataclass, replace

from opsctl.adapters.deployers.local.durable import lock_patiently, open_file
from opsctl.adapters.deployers.local.fleet import Fleet
from opsctl.adapters.deployers.local.history import Placed, Replica, load, save, write_endpoints
from opsctl.adapters.deployers.local.launch import Launch
from opsctl.adapters.deployers.local.mending import mend, mend_others
from opsctl.adapters.deployers.local.old_logs import remove_old_logs
from opsctl.adapters.deployers.local.supervisor import Supervisor
from opsctl.adapters.local_layout import Placement, file_mode, make_folder
from opsctl.core.errors import ActionFailed, CancelRequested, Unreachable
from opsctl.core.ports import Progress, Release, Steps


def alone(placement: Placement, steps: Steps) -> Steps:
    """Go these steps while nobody else changes the placement."""
    make_folder(placement.root, placement.folder)
    with open_file(placement.lock_file, file_mode(placement.root)) as descriptor:
        yield from lock_patiently(descriptor, f"{placement.service} in {placement.environment}")
        yield from steps


@dataclass(frozen=True, slots=True)
class Rollout:
    """A change of one placement, by whoever holds its lock."""

    placement: Placement
    supervisor: Supervisor

    def release(self, how: Launch, attempt: Release, wanted: int) -> Steps:
        """Bring a release into service with `wanted` replicas; one proves it healthy also when none is wanted."""
        fleet, placed = yield from self._begin()
        placed = placed.with_attempt(attempt)
        save(self.placement, placed)
        names = [f"{attempt.number}-{index}" for index in range(1, max(wanted, 1) + 1)]
        new = yield from self._prove(fleet, placed, how, names)
        yield from self._take_over(fleet, placed, placed.with_release(attempt.number, new[:wanted], wanted))
        remove_old_logs(self.placement, new)

    def scale(self, how: Launch, replicas: int, operation: str) -> Steps:
        """Bring the placement to that many replicas of the release in service."""
        fleet, _ = yield from self._begin()
        yield from mend(fleet)
        placed = load(self.placement)
        more = replicas - len(placed.replicas)
        new = (yield from self._prove(fleet, placed, how, _free_names(placed, more))) if more > 0 else ()
        listed = (placed.replicas + new)[:replicas]
        yield from self._take_over(
            fleet, placed, replace(placed, replicas=listed, wanted=replicas, scaled_by=operation)
        )

    def settle(self) -> Steps:
        """Make what is listed true again, after a change that was already through."""
        fleet, _ = yield from self._begin()
        yield from mend(fleet)
        yield from fleet.until_healthy(load(self.placement).replicas)

    def _begin(self) -> Generator[Progress, None, tuple[Fleet, Placed]]:
        running = yield from self.supervisor.ensure()
        fleet = Fleet(self.placement, self.supervisor, running.id)
        placed = load(self.placement)
        if self.placement.state_file.exists():
            write_endpoints(self.placement, placed)
        yield from fleet.stop_all_but(placed.replicas)
        return fleet, placed

    def _prove(
        self, fleet: Fleet, placed: Placed, how: Launch, names: Collection[str]
    ) -> Generator[Progress, None, tuple[Replica, ...]]:
        try:
            new = yield from fleet.start(how, names)
            yield from fleet.until_healthy(new)
        except CancelRequested:
            yield from _if_it_can_be(fleet.stop_all_but(placed.replicas))
            raise
        except ActionFailed:
            yield from _uncancelled(fleet.stop_all_but(placed.replicas))
            yield from mend(fleet)
            raise
        return new

    def _take_over(self, fleet: Fleet, before: Placed, after: Placed) -> Steps:
        try:
            yield Progress("listing", len(after.replicas), len(after.replicas))
            save(self.placement, after)
            yield Progress("listed", len(after.replicas), len(after.replicas))
        except CancelRequested:
            # That it was healthy stays true.
            save(self.placement, replace(before, releases=after.releases))
            yield from _if_it_can_be(fleet.stop_all_but(before.replicas))
            raise
        except ActionFailed:
            yield from _uncancelled(fleet.stop_all_but(load(self.placement).replicas))
            raise
        # From the first old replica on that is told to end there is no way back: it is too late to cancel.
        yield from _uncancelled(fleet.stop_all_but(after.replicas))
        yield from _uncancelled(_if_it_can_be(mend_others(fleet)))


def _free_names(placed: Placed, count: int) -> list[str]:
    taken = {replica.name for replica in placed.replicas}
    every = (f"{placed.current}-{index}" for index in range(1, len(taken) + count + 1))
    return [name for name in every if name not in taken][:count]


def _uncancelled(steps: Steps) -> Steps:
    """Go on to the end although somebody cancels. LeaseLost still stops it."""
    for progress in steps:
        with suppress(CancelRequested):
            yield progress


def _if_it_can_be(steps: Steps) -> Steps:
    """What the next change does anyway must not hide why, or that, this one ends."""
    with suppress(ActionFailed, Unreachable):
        yield from steps
