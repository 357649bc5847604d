"""The deployer settings of each service in each environment, put together and checked.

Reads what was written, however wrong the rest of the file is, so that its mistakes are told together with the others.
Which settings a kind of deployer takes is known to that deployer alone; its check is handed in.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from opsctl.core.errors import UsageError
from opsctl.core.setup_facts import Mistake
from opsctl.settings.mistakes import shown
from opsctl.settings.positions import Keys
from opsctl.settings.site_names import table
from opsctl.settings.toml_file import TomlFile

DeployerCheck: TypeAlias = Callable[[str, Mapping[str, Any], str, str], None]
"""Called with kind, settings, service and environment; raises UsageError for settings that the kind does not take."""


def merged(service: Mapping[str, Any], environment: str, base: Path, path_keys: Collection[str]) -> dict[str, Any]:
    """A service's deployer settings in one environment; what `path_keys` name is made absolute, from `base`."""
    settings = {**table(service, "deployer"), **table(table(service, "deployers"), environment)}
    for key in settings.keys() & set(path_keys):
        if isinstance(settings[key], str):
            settings[key] = str(base / settings[key])
    return settings


def deployer_mistakes(file: TomlFile, check: DeployerCheck, path_keys: Collection[str]) -> Iterator[Mistake]:
    """Everything that is wrong with the deployers of the file's services."""
    services = table(file.data, "services")
    for name in services:
        service = table(services, name)
        written = service.get("environments")
        environments = [one for one in written if isinstance(one, str)] if isinstance(written, list) else []
        yield from _misplaced(file, name, service, environments)
        told: set[Keys] = set()
        for environment in environments:
            settings = merged(service, environment, file.path.parent, path_keys)
            for key, what in _wrong(check, settings, name, environment):
                keys = _where(service, name, environment, key)
                # What all environments share is wrong once; that there is no deployer is told for each.
                if keys not in told or not settings.get("kind"):
                    yield file.mistake(keys, what)
                told.add(keys)


def _misplaced(
    file: TomlFile, name: str, service: Mapping[str, Any], environments: Collection[str]
) -> Iterator[Mistake]:
    known = table(file.data, "environments")
    for environment in table(service, "deployers"):
        if environment in known and environment not in environments:
            yield file.mistake(
                ("services", name, "deployers", environment),
                f"{name} does not run in {environment}: add it to the service's environments, or remove this",
            )


def _wrong(
    check: DeployerCheck, settings: Mapping[str, Any], service: str, environment: str
) -> Iterator[tuple[str, str]]:
    """(the setting, or nothing, and what is wrong) for each mistake."""
    kind = settings.get("kind")
    if kind is None:
        yield "", f"{service} has no deployer in {environment}: give [services.{service}.deployer] a kind"
    elif not isinstance(kind, str):
        yield "kind", f"kind must be text in quotes, not {shown(kind)}"
    else:
        yield from _found_by(check, kind, settings, service, environment)


def _found_by(
    check: DeployerCheck, kind: str, settings: Mapping[str, Any], service: str, environment: str
) -> Iterator[tuple[str, str]]:
    """A check ends at the first mistake that it finds; without the setting that is wrong, it finds the next one."""
    left = dict(settings)
    while True:
        try:
            check(kind, left, service, environment)
        except UsageError as error:
            key = _named(left, kind, error.happened)
            # With a setting taken out, a complaint that names none may be about the gap.
            if key or len(left) == len(settings):
                yield key, " ".join(" ".join((error.happened, error.do)).split())
            if not key:
                return
            del left[key]
        else:
            return


def _named(settings: Mapping[str, Any], kind: str, words: str) -> str:
    """The setting that the words name first, empty where they name none; a quoted kind stands for "kind"."""
    found = {key: re.search(rf"\b{re.escape(key)}\b", words) for key in settings if key != "kind"}
    places = {key: match.start() for key, match in found.items() if match}
    if places:
        return min(places, key=lambda key: places[key])
    return "kind" if "kind" in settings and repr(kind) in words else ""


def _where(service: Mapping[str, Any], name: str, environment: str, key: str) -> Keys:
    if not key:
        return ("services", name, "deployer")
    is_own = key in table(table(service, "deployers"), environment)
    return ("services", name, *(("deployers", environment) if is_own else ("deployer",)), key)
