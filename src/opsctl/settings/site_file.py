"""The site file becomes the site that is published: validated here once, and never again."""

from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from opsctl.core.identity import Person, Team
from opsctl.core.plan import Rule
from opsctl.core.site import Environment, PublishedSite, Service
from opsctl.settings.deployer_tables import DeployerCheck, deployer_mistakes, merged
from opsctl.settings.explain import explained
from opsctl.settings.mistakes import InvalidSettings, Mistake
from opsctl.settings.site_model import RuleTable, ServiceTable, SiteFile
from opsctl.settings.site_names import names_in
from opsctl.settings.text_file import read_bytes
from opsctl.settings.toml_file import TomlFile, parse

TRAITS = ("shrinks",)
PATH_KEYS = ("versions",)


def read_site(
    path: Path,
    *,
    commands: Collection[str],
    check: DeployerCheck,
    traits: Collection[str] = TRAITS,
    path_keys: Collection[str] = PATH_KEYS,
) -> PublishedSite:
    """The site that the file describes.

    `commands` and `traits` are what rules may name; `path_keys` are the deployer settings that name files, relative
    to the site file. Raises InvalidSettings with every mistake in the file, UsageError where it can't be read.
    """
    file = parse(path.absolute(), read_bytes(path))
    wrong = list(deployer_mistakes(file, check, path_keys))
    try:
        model = SiteFile.model_validate(file.data, context=names_in(file.data, commands, traits))
    except ValidationError as error:
        raise InvalidSettings([*_mistakes(error, file), *wrong]) from error
    if wrong:
        raise InvalidSettings(wrong)
    return _published(model, file.path.parent, path_keys)


def _mistakes(error: ValidationError, file: TomlFile) -> Iterator[Mistake]:
    for keys, what in explained(error, SiteFile):
        yield file.mistake(keys, what)


def _published(model: SiteFile, base: Path, path_keys: Collection[str]) -> PublishedSite:
    return PublishedSite(
        id=model.id,
        channel=model.channel,
        environments={name: Environment(name, one.protected, one.channel) for name, one in model.environments.items()},
        teams={name: Team(name, _once(one.members), _once(one.leads)) for name, one in model.teams.items()},
        people={handle: Person(handle, one.uid, _once(one.roles)) for handle, one in model.people.items()},
        services={name: _service(name, one, base, path_keys) for name, one in model.services.items()},
        rules=tuple(_rule(one) for one in model.rules),
        timezone=model.timezone,
        on_call=model.on_call,
    )


def _service(name: str, one: ServiceTable, base: Path, path_keys: Collection[str]) -> Service:
    written = {"deployer": one.deployer, "deployers": one.deployers}
    return Service(
        name=name,
        team=one.team,
        deployers={where: merged(written, where, base, path_keys) for where in one.environments},
        aliases=_once(one.aliases),
        dashboard=one.dashboard,
        migrate=tuple(one.migrate),
    )


def _rule(one: RuleTable) -> Rule:
    return Rule(one.command, one.environment, one.when, one.approvals, _once(one.roles), _once(one.requesters))


def _once(names: list[str]) -> tuple[str, ...]:
    """Each name once, in the order in which they were written."""
    return tuple(dict.fromkeys(names))
