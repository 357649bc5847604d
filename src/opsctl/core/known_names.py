"""The names of a site that shells complete: gathered from what a run has at hand, never asked for.

Only what a person may see anyway: services, environments, people, versions, and operations with what they do.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from opsctl.core.command import Names
from opsctl.core.completion import EVERYWHERE, choice, is_offered, line
from opsctl.core.context import Context
from opsctl.core.masking import masked
from opsctl.core.operation import FINAL, Operation, State
from opsctl.core.published_site import PublishedSite

RECENT = 30
"""Operations that are offered where any of them will do."""

MOST_OPEN = 100
MOST_VERSIONS = 100
LONGEST = 80
"""Characters of a command that describe an operation."""

OPEN = tuple(state for state in State if state not in FINAL)

Listed: TypeAlias = Mapping[tuple[str, str], tuple[str, ...]]
"""The versions that deployers listed, newest first, by (service, environment)."""


def known_names(context: Context, before: str, commands: Sequence[str] = ()) -> str:
    """All lines that are known after this run; `before` are those that were known, `commands` those of the site's own.

    What only a deployer can tell is kept from before, where no deployer was asked this time. Raises any OpsctlError.
    """
    published, store = context.published(), context.store
    recent = store.operations(limit=RECENT)
    is_open = store.operations(states=OPEN, limit=MOST_OPEN)
    lines = (
        *commands,  # first, so that a shell need not look further for them
        *_site_lines(published),
        *_version_lines(published, {**_listed_in(before), **context.listed}, (*is_open, *recent)),
        *_operation_lines(is_open, recent),
    )
    return "".join(f"{one}\n" for one in lines)


def _site_lines(site: PublishedSite) -> Iterator[str]:
    yield from _names(Names.SERVICE, EVERYWHERE, dict.fromkeys(site.services, ""))
    yield from _names(Names.PERSON, EVERYWHERE, dict.fromkeys(site.people, ""))
    yield from _names(Names.ENVIRONMENT, EVERYWHERE, dict.fromkeys(site.environments, ""))
    for service in site.services.values():
        here = [name for name in site.environments if name in service.deployers]
        yield from _names(Names.ENVIRONMENT, service.name, dict.fromkeys(here, ""))


def _version_lines(site: PublishedSite, listed: Listed, operations: Sequence[Operation]) -> Iterator[str]:
    """What deployers listed; of a service whose deployers list nothing, what was in service or came there."""
    for service in site.services.values():
        environments: dict[tuple[str, ...], list[str]] = {}
        for where in site.environments:
            if versions := listed.get((service.name, where)):
                environments.setdefault(versions[:MOST_VERSIONS], []).append(where)
        for versions, where_all in environments.items():
            yield from _names(Names.VERSION, f"{service.name}/{' '.join(where_all)}", dict.fromkeys(versions, ""))
        if not environments:
            yield from _names(Names.VERSION, service.name, dict.fromkeys(_released(service.name, operations), ""))


def _released(service: str, operations: Sequence[Operation]) -> Iterator[str]:
    for operation in operations:
        if operation.service != service or operation.plan is None:
            continue
        for change in operation.plan.changes:
            if change.name == "release":
                came = (change.to,) if operation.state is State.SUCCEEDED else ()
                yield from (str(version) for version in (*came, change.was) if version)


def _operation_lines(is_open: Sequence[Operation], recent: Sequence[Operation]) -> Iterator[str]:
    awaiting = [one for one in is_open if one.state is State.AWAITING_APPROVAL]
    for names, some in (
        (Names.AWAITING_OPERATION, awaiting),
        (Names.OPEN_OPERATION, is_open),
        (Names.OPERATION, recent),
    ):
        yield from _names(names, EVERYWHERE, {one.id: _about(one) for one in some})


def _about(operation: Operation) -> str:
    command, state = str(masked(operation.command)).removeprefix("/"), operation.state.replace("_", " ")
    short = command if len(command) <= LONGEST else f"{command[: LONGEST - 1]}…"
    return f"{short}, {state}, by {operation.person}"


def _names(names: Names, of: str, found: Mapping[str, str]) -> Iterator[str]:
    """The line of these names with their descriptions, if there are any."""
    choices = [choice(name, about) for name, about in found.items() if is_offered(name)]
    if choices and is_offered(of):
        yield line(names.value, of, *choices)


def _listed_in(text: str) -> Listed:
    """The versions in lines that were written here."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in text.split("\n"):
        kind, _, rest = one.partition("\t")
        of, *versions = rest.split("\t")
        service, _, environments = of.partition("/")
        if kind == Names.VERSION:
            found |= {(service, environment): tuple(versions) for environment in environments.split()}
    return found
