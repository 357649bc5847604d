"""The platforms behind the commands: whether each deployer answers, and what the monitors see."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from opsctl.core.context import Context
from opsctl.core.errors import OpsctlError
from opsctl.core.ports import Health
from opsctl.core.setup_facts import Examined
from opsctl.core.site import Site
from opsctl.doctor.findings import care, down, well


class _Seen(NamedTuple):
    place: str
    problem: str
    is_away: bool
    health: Health


def platforms(context: Context) -> Iterator[Examined]:
    """What the deployers and the monitors of all places say, asked side by side."""
    site = context.site()
    places = [(name, where) for name, one in site.published.services.items() for where in one.deployers]
    with ThreadPoolExecutor(max_workers=min(32, len(places) or 1)) as pool:
        seen = list(pool.map(lambda place: _look(site, *place), places))
    yield _deployers(seen)
    yield _monitors(seen)


def _look(site: Site, service: str, environment: str) -> _Seen:
    place = f"{service} in {environment}"
    try:
        state = site.deployer(service, environment).state()
    except OpsctlError as error:
        return _Seen(place, error.happened, True, Health(0, 0))
    return _Seen(place, state.problem, False, site.monitor(service, environment).health(state.endpoints))


def _deployers(seen: list[_Seen]) -> Examined:
    away = [one for one in seen if one.is_away]
    ill = [one for one in seen if one.problem and not one.is_away]
    if away:
        return down(
            "deployers",
            f"{len(away)} of {len(seen)} do not answer: {away[0].place}: {away[0].problem}",
            "The others can be changed. What runs there goes on as it was.",
            "Mend that platform, then: opsctl status",
        )
    if ill:
        return care(
            "deployers",
            f"{len(ill)} of {len(seen)} are not well: {ill[0].place}: {ill[0].problem}",
            "They can be changed; the next change puts right what it can.",
            "See all of it: opsctl status",
        )
    return well("deployers", f"all {len(seen)} answer")


def _monitors(seen: list[_Seen]) -> Examined:
    healthy, checked = sum(one.health.healthy for one in seen), sum(one.health.of for one in seen)
    if healthy == checked:
        return well("monitors", f"{checked} replicas are healthy")
    first = next(one for one in seen if one.health.healthy < one.health.of)
    return care(
        "monitors",
        f"{healthy} of {checked} replicas are healthy; {first.place}: {first.health.detail}",
        "Everything can be changed and rolled back.",
        f"Look at it: opsctl status {first.place.partition(' ')[0]}",
    )
