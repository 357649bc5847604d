"""Whether a service is well by its own address, once a release of it is in service."""

import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait

from opsctl.core.errors import ActionFailed, CancelRequested
from opsctl.core.health_check import HealthCheck
from opsctl.core.ports import Health, Progress, Steps
from opsctl.core.site import Site

STEP = "checking health"
_PAUSE_SECONDS = 0.5


def wait_until_well(site: Site, service: str, environment: str, version: str) -> Steps:
    """Wait until the service's health URL answers well; nothing where it has none.

    Raises ActionFailed where it does not in its time, and CancelRequested with what is in service.
    """
    check = site.published.service(service).health
    if check is None:
        return
    address = check.address(service, environment)
    monitor = site.monitor(service, environment)
    give_up_at = time.monotonic() + check.seconds
    try:
        while True:
            seen = yield from _meanwhile(lambda: monitor.look(address), Progress(STEP, detail=address))
            if seen.healthy:
                return
            if time.monotonic() > give_up_at:
                raise _unwell(check, seen, service, environment, version)
            time.sleep(_PAUSE_SECONDS)
    except CancelRequested as cancel:
        raise CancelRequested(cancel.by, cancel.because, left=_in_service(version)) from cancel


def is_well(site: Site, service: str, environment: str) -> bool:
    """Whether its health URL answers well now, or it has none."""
    check = site.published.service(service).health
    return check is None or site.monitor(service, environment).look(check.address(service, environment)).healthy > 0


def _meanwhile(look: Callable[[], Health], progress: Progress) -> Generator[Progress, None, Health]:
    """What the look comes to; yields while it takes its time."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(look)
        while not asked.done():
            yield progress
            wait((asked,), timeout=_PAUSE_SECONDS)
        return asked.result()


def _unwell(check: HealthCheck, seen: Health, service: str, environment: str, version: str) -> ActionFailed:
    return ActionFailed(
        f"{version} of {service} is in service in {environment}, but not well within {check.seconds} s: {seen.detail}.",
        means="So the change has failed.",
        do=f"Look at it: opsctl status {service}   Or go back: opsctl rollback {service} {environment}",
        reason="unhealthy",
        left=_in_service(version),
    )


def _in_service(version: str) -> str:
    return f"{version} is in service"
