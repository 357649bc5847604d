"""What has to fit together in a site's own commands: inputs, the vector that they fill, and rules.

Reads what was written, however wrong the rest of the file is, so that its mistakes are told together with the others;
values of a wrong shape are the model's to complain about, and are passed over here.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

from opsctl.core.nearest import did_you_mean
from opsctl.core.setup_facts import Mistake
from opsctl.core.vector import END_OF_OPTIONS, alone, placeholders
from opsctl.settings.command_inputs import Given, given_in, input_mistakes
from opsctl.settings.mistakes import shown
from opsctl.settings.positions import Keys
from opsctl.settings.site_names import table
from opsctl.settings.toml_file import TomlFile

Wrong: TypeAlias = Iterator[tuple[Keys, str]]
"""Where below the command's table, and what."""


def command_mistakes(file: TomlFile, options: Collection[str]) -> Iterator[Mistake]:
    """Everything in the file's own commands that does not fit together; `options` are taken by every command."""
    commands = table(file.data, "commands")
    ruled = [rule.get("command") for rule in _tables(file.data.get("rules"))]
    for name in commands:
        command = table(commands, name)
        given = given_in(command)
        is_change = command.get("effect") == "change"
        for keys, what in (
            *input_mistakes(command, given, options, is_change=is_change),
            *_vector(command, given),
            *_unused(command, given),
            *_rules(command, is_change=is_change, is_ruled=name in ruled or "*" in ruled),
        ):
            yield file.mistake(("commands", name, *keys), f"{name}: {what}")


def _vector(command: Mapping[str, Any], given: Mapping[str, Given]) -> Wrong:
    vector = _texts(command.get("run"))
    for at, word in vector:
        names = placeholders(word)
        for name in dict.fromkeys(names):
            if name not in given:
                yield ("run", at), f"there is no input {shown(name)}. {did_you_mean(name, given)}"
            elif given[name].kind == "switch" and alone(word) is None:
                yield ("run", at), f"the switch {name} stands for an option; give {{{name}}} a word of its own"
        if names and at == 0:
            yield ("run", at), "the program itself can't be typed; write its name"
        elif names and not any(before == END_OF_OPTIONS for _, before in vector[:at]):
            yield from (((("run", at)), what) for what in _as_option(word, given))
    for name, one in given.items():
        yield from ((one.keys + keys, what) for keys, what in _words(name, one))


def _words(name: str, one: Given) -> Wrong:
    words = _texts(one.table.get("words"))
    named = [other for _, word in words for other in placeholders(word)]
    for at, word in words:
        for other in placeholders(word):
            if other != name:
                yield ("words", at), f"only {{{name}}} can be filled in here, not {{{other}}}"
        yield from (((("words", at)), what) for what in _as_option(word, {name: one}))
    if words and one.kind == "switch" and named:
        yield ("words",), f"the switch {name} has no value; write the words without {{{name}}}"
    elif words and one.kind != "switch" and name not in named:
        yield ("words",), f"{{{name}}} does not stand in them, so that its value would be lost"


def _as_option(word: str, given: Mapping[str, Given]) -> Iterator[str]:
    """A value must not be able to choose which option a word is; what may be chosen, the site wrote itself."""
    first = next(iter(placeholders(word)), "")
    before = word.partition(f"{{{first}}}")[0]
    is_typed = first not in given or given[first].kind != "choice"
    if first and is_typed and "=" not in before and (before.startswith("--") or before == "-"):
        yield f"what is typed would choose an option of the program: write --name={{{first}}}"


def _unused(command: Mapping[str, Any], given: Mapping[str, Given]) -> Wrong:
    used = {name for _, word in _texts(command.get("run")) for name in placeholders(word)}
    told: set[str] = set()
    for name, one in given.items():
        # The first of each is what the program finds in its environment.
        is_told = one.kind in ("service", "environment") and one.kind not in told
        told.add(one.kind)
        if name not in used and not is_told:
            yield one.keys, f"{name} is asked for and never used: write {{{name}}} into run, or remove it"


def _rules(command: Mapping[str, Any], *, is_change: bool, is_ruled: bool) -> Wrong:
    rules = _tables(command.get("rules"))
    if is_change and not rules and not is_ruled:
        yield ("effect",), "no rule allows this change, so nobody could ask for it: add a row [[commands.NAME.rules]]"
    if command.get("effect") == "read":
        for at, rule in enumerate(rules):
            if rule.get("approvals"):
                yield ("rules", at, "approvals"), "what only reads needs no approval; its rules can name requesters"


def _texts(value: Any) -> list[tuple[int, str]]:
    """The texts in a list, each with its place."""
    return [(at, one) for at, one in enumerate(value) if isinstance(one, str)] if isinstance(value, list) else []


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
