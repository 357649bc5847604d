"""The site file becomes the site that is published: validated here once, and never again."""

from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from opsctl.core.custom import CustomCommand, Input, InputKind
from opsctl.core.fields import Span
from opsctl.core.health_check import HealthCheck
from opsctl.core.identity import Person, Team, Workspace
from opsctl.core.metrics import Metrics, Queries
from opsctl.core.plan import Rule
from opsctl.core.published_site import Environment, PublishedSite, Service
from opsctl.core.setup_facts import Mistake
from opsctl.settings.command_model import CommandTable, InputTable
from opsctl.settings.command_tables import command_mistakes
from opsctl.settings.deployer_tables import DeployerCheck, deployer_mistakes, merged
from opsctl.settings.explain import explained
from opsctl.settings.mistakes import InvalidSettings, shown
from opsctl.settings.site_model import QueriesTable, RuleTable, ServiceTable, SiteFile
from opsctl.settings.site_names import names_in
from opsctl.settings.text_file import read_bytes
from opsctl.settings.toml_file import TomlFile, parse

TRAITS = ("shrinks",)
PATH_KEYS = ("versions", "folder")


def read_site(
    path: Path,
    *,
    site_id: str | None = None,
    commands: Collection[str],
    check: DeployerCheck,
    taken: Collection[str] = (),
    options: Collection[str] = (),
    traits: Collection[str] = TRAITS,
    path_keys: Collection[str] = PATH_KEYS,
) -> PublishedSite:
    """The site that the file describes, which must have the id `site_id`, where that is known.

    `commands` and `traits` are what rules may name; `taken` are the words that no command of the site may be called,
    `options` those that none of its options may; `path_keys` are the deployer settings that name files, relative to
    the site file. Raises InvalidSettings with every mistake in the file, UsageError where it can't be read.
    """
    file = parse(path.absolute(), read_bytes(path))
    wrong = [
        *_other_site(file, site_id),
        *deployer_mistakes(file, check, path_keys),
        *command_mistakes(file, options),
    ]
    try:
        model = SiteFile.model_validate(file.data, context=names_in(file.data, commands, traits, taken))
    except ValidationError as error:
        raise InvalidSettings([*_mistakes(error, file), *wrong]) from error
    if wrong:
        raise InvalidSettings(wrong)
    return _published(model, file.path.parent, path_keys)


def _mistakes(error: ValidationError, file: TomlFile) -> Iterator[Mistake]:
    for keys, what in explained(error, SiteFile):
        yield file.mistake(keys, what)


def _other_site(file: TomlFile, site_id: str | None) -> Iterator[Mistake]:
    found = file.data.get("id")
    if site_id is not None and isinstance(found, str) and found != site_id:
        yield file.mistake(("id",), f"this is the site {shown(found)}, but the settings are those of {shown(site_id)}")


def _published(model: SiteFile, base: Path, path_keys: Collection[str]) -> PublishedSite:
    return PublishedSite(
        id=model.id,
        channel=model.channel,
        environments={
            name: Environment(name, one.protected, one.channel, rolls_back=one.on_failure == "rollback")
            for name, one in model.environments.items()
        },
        teams={name: Team(name, _once(one.members), _once(one.leads)) for name, one in model.teams.items()},
        people={
            handle: Person(handle, one.uid, _once(one.roles), one.slack or "") for handle, one in model.people.items()
        },
        services={name: _service(name, one, base, path_keys) for name, one in model.services.items()},
        rules=tuple(_rule(one) for one in model.rules),
        commands={name: _command(name, one, base) for name, one in model.commands.items()},
        announces_reads=model.announce.reads,
        timezone=model.timezone,
        on_call=model.on_call,
        slack=Workspace(model.slack.team, model.slack.groups) if model.slack else None,
        metrics=_metrics(model),
    )


def _metrics(model: SiteFile) -> Metrics | None:
    if model.metrics is None:
        return None
    own = {name: _queries(one.queries) for name, one in model.services.items() if one.queries}
    alertmanager = (model.metrics.alertmanager or "").rstrip("/")
    return Metrics(model.metrics.prometheus.rstrip("/"), alertmanager, _queries(model.metrics.queries), own)


def _queries(one: QueriesTable) -> Queries:
    return Queries(one.rate, one.errors, one.latency)


def _service(name: str, one: ServiceTable, base: Path, path_keys: Collection[str]) -> Service:
    written = {"deployer": one.deployer, "deployers": one.deployers}
    return Service(
        name=name,
        team=one.team,
        deployers={where: merged(written, where, base, path_keys) for where in one.environments},
        aliases=_once(one.aliases),
        dashboard=one.dashboard,
        migrate=tuple(one.migrate),
        health=HealthCheck(one.health_url, Span.parse(one.health_within).seconds) if one.health_url else None,
    )


def _rule(one: RuleTable) -> Rule:
    return Rule(one.command, one.environment, one.when, one.approvals, _once(one.roles), _once(one.requesters))


def _command(name: str, one: CommandTable, base: Path) -> CustomCommand:
    program, *arguments = one.run
    return CustomCommand(
        name=name,
        help=one.help,
        is_change=one.effect == "change",
        vector=(str(base / program) if "/" in program else program, *arguments),
        inputs=(
            *(_input(key, each, is_option=False) for key, each in one.arguments.items()),
            *(_input(key, each, is_option=True) for key, each in one.options.items()),
        ),
        rules=tuple(
            Rule(name, row.environment, None, row.approvals, _once(row.roles), _once(row.requesters))
            for row in one.rules
        ),
        limit_seconds=Span.parse(one.limit).seconds,
    )


def _input(name: str, one: InputTable, *, is_option: bool) -> Input:
    return Input(
        name=name,
        kind=InputKind(one.kind),
        help=one.help,
        is_option=is_option,
        default=None if one.default is None else str(one.default),
        choices=tuple(one.choices),
        least=one.least,
        most=one.most,
        words=tuple(one.words),
    )


def _once(names: list[str]) -> tuple[str, ...]:
    """Each name once, in the order in which they were written."""
    return tuple(dict.fromkeys(names))
