"""What may be typed in the room, for the page to complete: the commands' grammar, and the names of the site."""

from collections.abc import Sequence
from typing import Any

from opsctl.commands.reading import chat_grammar
from opsctl.core.command import Command, Names
from opsctl.core.context import Context
from opsctl.core.errors import OpsctlError
from opsctl.core.grammar import Grammar, NoOptions
from opsctl.core.operation import STANDING, State
from opsctl.core.parameters import Parameter
from opsctl.core.site import Site


def completion_json(context: Context) -> dict[str, Any]:
    """The commands with their parameters, and what each kind of name may be."""
    grammar = chat_grammar(context.published())
    return {
        "commands": [_command_json(grammar, row.name, row.summary, row.load()) for row in grammar],
        "names": _names(context),
        "versions": _versions(context),
    }


def _command_json(grammar: Grammar[NoOptions], name: str, summary: str, command: type[Command]) -> dict[str, Any]:
    parameters = grammar.parameters(command)
    return {
        "name": name,
        "summary": summary,
        "usage": grammar.usage(command),
        "arguments": [_parameter_json(one) for one in parameters if one.is_positional],
        "options": [_parameter_json(one) for one in parameters if not one.is_positional],
    }


def _parameter_json(one: Parameter) -> dict[str, Any]:
    return {
        "label": one.label,
        "help": one.help,
        "is_switch": one.is_switch,
        "choices": [choice for choice in one.choices if choice],
        "names": one.names.value if one.names else "",
    }


def _names(context: Context) -> dict[str, list[str]]:
    site = context.published()
    alive = context.store.operations(states=(*STANDING, State.RUNNING), limit=50)
    return {
        Names.SERVICE: list(site.services),
        Names.ENVIRONMENT: list(site.environments),
        Names.PERSON: list(site.people),
        Names.OPERATION: [one.id for one in alive],
    }


def _versions(context: Context) -> dict[str, list[str]]:
    """What can be deployed of each service, as far as its deployer can tell."""
    site = context.site()
    return {
        name: list(dict.fromkeys(version for where in one.deployers for version in _known(site, name, where)))
        for name, one in site.published.services.items()
    }


def _known(site: Site, service: str, environment: str) -> Sequence[str]:
    try:
        return site.versions(service, environment)
    except OpsctlError:
        return ()  # a platform that is away keeps nobody from typing
