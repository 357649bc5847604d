"""Puts right what a supervisor that was killed left behind: replicas that nobody brings back when they die."""

from contextlib import suppress
from dataclasses import replace

from opsctl.adapters.deployers.local.durable import open_file, try_lock
from opsctl.adapters.deployers.local.fleet import Fleet
from opsctl.adapters.deployers.local.history import load, save
from opsctl.adapters.deployers.local.probe import healthy_ports
from opsctl.adapters.local_layout import file_mode, placements
from opsctl.core.errors import ActionFailed
from opsctl.core.ports import Progress, Steps


def mend(fleet: Fleet) -> Steps:
    """Put a replacement in the place of every listed replica that an earlier supervisor ran.

    What still serves goes on serving until its replacement is healthy; where that never happens, it stays.
    The caller holds the lock of the placement.
    """
    placed = load(fleet.placement)
    lost = [one for one in placed.replicas if one.supervisor != fleet.supervisor_id]
    if not lost:
        return
    replacements = {}
    for done, old in enumerate(lost):
        yield Progress("restoring", done, len(lost), f"{fleet.placement.name}/{old.name}")
        (replacements[old.port],) = yield from fleet.start(old.launch, (old.name,))
    new = tuple(replacements.values())
    with suppress(ActionFailed):
        yield from fleet.until_healthy(new)
    sick = fleet.sick(new)
    serving = healthy_ports({one.port: one.launch.health for one in lost})
    worse = {old.port for old in lost if old.port in serving and replacements[old.port] in sick}
    listed = tuple(one if one.port in worse else replacements.get(one.port, one) for one in placed.replicas)
    save(fleet.placement, replace(placed, replicas=listed))
    yield from fleet.stop_all_but(listed)


def mend_others(fleet: Fleet) -> Steps:
    """Mend every other placement of the state root that nobody changes at this moment."""
    root = fleet.placement.root
    for placement in placements(root):
        other = replace(fleet, placement=placement)
        if placement == fleet.placement or not _is_lost(other):
            continue
        with open_file(placement.lock_file, file_mode(root)) as descriptor:
            if try_lock(descriptor):
                yield from mend(other)


def _is_lost(fleet: Fleet) -> bool:
    return any(one.supervisor != fleet.supervisor_id for one in load(fleet.placement).replicas)
