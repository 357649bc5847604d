"""What is in service, what is wanted, and the release history: one state file a service and environment."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from opsctl.adapters.deployers.local.durable import write_durably
from opsctl.adapters.deployers.local.launch import Launch
from opsctl.adapters.local_layout import Placement, file_mode, make_folder
from opsctl.core.errors import ActionFailed
from opsctl.core.ports import Release

FORMAT = 1
_KEPT_RELEASES = 200


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica that is in service, or about to be. `supervisor` is the circusd that was asked to run it."""

    name: str
    port: int
    supervisor: str
    launch: Launch

    @property
    def endpoint(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def watcher(self, placement: Placement) -> str:
        """Its name for circus. The port makes it unique: a replacement runs beside the one that it replaces."""
        return f"{placement.name}/{self.name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Placed:
    """What a state file says. `releases` are newest first, `current` is the number of the one in service."""

    wanted: int = 0
    current: int | None = None
    replicas: tuple[Replica, ...] = ()
    releases: tuple[Release, ...] = ()
    scaled_by: str = ""

    @property
    def release(self) -> Release | None:
        """The release in service."""
        return next((one for one in self.releases if one.number == self.current), None)

    def attempt_of(self, operation: str) -> Release | None:
        """The release that an operation made, or began to make."""
        return next((one for one in self.releases if one.operation == operation), None)

    def with_attempt(self, release: Release) -> "Placed":
        """A release that is about to be started: not healthy until it is listed."""
        others = (one for one in self.releases if one.number != release.number)
        return replace(self, releases=(release, *others)[:_KEPT_RELEASES])

    def with_release(self, number: int, replicas: tuple[Replica, ...], wanted: int) -> "Placed":
        """A release that became healthy takes over."""
        releases = tuple(replace(one, is_healthy=True) if one.number == number else one for one in self.releases)
        return replace(self, current=number, replicas=replicas, wanted=wanted, releases=releases)


def load(placement: Placement) -> Placed:
    """Read the state file; an absent one says that nothing was ever deployed."""
    try:
        facts = json.loads(placement.state_file.read_bytes())
    except FileNotFoundError:
        return Placed()
    except (OSError, ValueError) as error:
        raise _unreadable(placement, str(error)) from error
    try:
        if facts["format"] > FORMAT:
            raise _unreadable(placement, "it was written by a newer opsctl")
        return _placed(facts)
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(placement, f"unexpected content ({error!r})") from error


def save(placement: Placement, placed: Placed) -> None:
    """Write the state file, then the endpoints file that follows from it; on disk when this returns."""
    make_folder(placement.root, placement.folder)
    facts = asdict(placed) | {"format": FORMAT}
    facts["releases"] = [one | {"at": one["at"].isoformat()} for one in facts["releases"]]
    write_durably(placement.state_file, facts, file_mode(placement.root))
    write_endpoints(placement, placed)


def write_endpoints(placement: Placement, placed: Placed) -> None:
    """Write the endpoints file alone, for a state file whose writer was killed in between."""
    release = placed.release
    content = {
        "service": placement.service,
        "environment": placement.environment,
        "version": release.version if release else None,
        "release": release.number if release else None,
        "endpoints": [replica.endpoint for replica in placed.replicas],
    }
    write_durably(placement.endpoints_file, content, file_mode(placement.root))


def _placed(facts: Mapping[str, Any]) -> Placed:
    return Placed(
        wanted=facts["wanted"],
        current=facts["current"],
        replicas=tuple(Replica(**{**one, "launch": Launch.from_json(one["launch"])}) for one in facts["replicas"]),
        releases=tuple(Release(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in facts["releases"]),
        scaled_by=facts["scaled_by"],
    )


def _unreadable(placement: Placement, why: str) -> ActionFailed:
    return ActionFailed(
        f"{placement.state_file} cannot be read: {why}.",
        means="Nothing was changed.",
        do="Put the file right or restore it; what runs goes on running.",
    )
