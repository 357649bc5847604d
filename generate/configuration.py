"""docs/configuration.md: everything that can be set, from the models that check it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from importlib import import_module
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from opsctl.settings.local import OTHER_VARIABLES, VARIABLES
from opsctl.settings.local_file import LocalFile
from opsctl.settings.site_model import SiteFile
from opsctl.wiring.services import DEPLOYERS

_HEAD = """\
# Configuration

Three things are set in three places:

- **`opsctl.toml`** says which site, which store, and personal taste. Each person has one.
- **The site file** says what the team runs, who its people are and what they may do. It counts when it is published.
- **Secrets** are in the keyring or in the environment, never in a file.

`opsctl init` writes both files, with comments. `opsctl config check` tells everything that is wrong in all of it, at
once; `opsctl config show` tells what counts and where each value comes from.
"""

_LOCAL = """\
## opsctl.toml

It is `--config FILE`, else `OPSCTL_CONFIG`, else `~/.config/opsctl/opsctl.toml`, else `/etc/opsctl/opsctl.toml`; never
one in the working folder. A relative path is relative to the file; `~/` is your home.
"""

_VARIABLES = """\
## Environment variables

A variable wins over the file, value by value; an empty one is as good as none. Paths must begin with `/` or `~/`.
"""

_SITE = """\
## The site file

`opsctl site diff FILE` says in words what publishing it would change, `opsctl site publish FILE` publishes it: a change
like any other, which a lead approves from the second time on.
"""

_SECRETS = """\
## Secrets

`opsctl secrets set NAME` asks for the secret without showing it, or reads it from a pipe. It goes to the keyring of the
operating system (on Linux one that speaks Secret Service, such as GNOME Keyring); each site has its own. Where there is
no keyring, as on most servers, set `OPSCTL_SECRET_NAME`: capitals, with `_` for `-`, so that `slack-token` is
`OPSCTL_SECRET_SLACK_TOKEN`. The variable wins where both are there.

`opsctl secrets list` tells names and places, never a value; `opsctl secrets remove NAME` takes one out of the keyring.
Programs that opsctl starts do not get these variables.
"""


def page() -> str:
    """The whole page."""
    return "\n".join((_HEAD, *_local(), *_variables(), *_site(), *_deployers(), _SECRETS))


def _local() -> Iterator[str]:
    yield _LOCAL
    yield from _model(LocalFile, "", "")


def _variables() -> Iterator[str]:
    yield _VARIABLES
    rows = [(f"`{variable}`", f"The setting `{setting}`.") for setting, variable in VARIABLES.items()]
    rows += [(f"`{variable}`", what) for variable, what in OTHER_VARIABLES.items()]
    yield _table(("variable", "what it is for"), rows)


def _site() -> Iterator[str]:
    yield _SITE
    yield from _model(SiteFile, "", "")


def _deployers() -> Iterator[str]:
    for kind, where in DEPLOYERS.items():
        module, _, name = where.partition(":")
        settings = get_type_hints(getattr(import_module(module), name).checked)["return"]
        yield f'## The deployer with `kind = "{kind}"`\n\n{settings.__doc__}\n'
        yield _table(
            ("setting", "value", "by default", "what it is"),
            [
                (f"`{one.name}`", one.metadata["value"], _default(one.default), one.metadata["what"])
                for one in fields(settings)
                if one.default is not MISSING
            ],
        )


def _model(model: type[BaseModel], header: str, example_header: str) -> Iterator[str]:
    """The section of a table and, after it, of each table in it."""
    if header:
        yield f"### `{header}`\n\n{model.__doc__}\n"
    plain = {name: info for name, info in model.model_fields.items() if _inner(info) is None}
    if plain:
        yield _table(("setting", "value", "by default", "what it is"), [_row(*one) for one in plain.items()])
    example = {name: info.examples[0] for name, info in plain.items() if info.examples}
    if example:
        lines = "\n".join(_toml(example_header, example))
        yield f"```toml\n{lines.strip()}\n```\n"
    for name, info in model.model_fields.items():
        inner = _inner(info)
        if inner is not None:
            yield from _model(inner, _below(header, name, info, "NAME"), _below(example_header, name, info, None))


def _inner(info: FieldInfo) -> type[BaseModel] | None:
    """The model of the tables that the field holds, one or many; None where it holds values."""
    kind = _bare(info.annotation)
    candidate = get_args(kind)[-1] if get_origin(kind) in (dict, list) else kind
    candidate = _bare(candidate)
    return candidate if isinstance(candidate, type) and issubclass(candidate, BaseModel) else None


def _below(header: str, name: str, info: FieldInfo, placeholder: str | None) -> str:
    """The header of a table in a table; `placeholder` stands for its name where it is one of many, else an example."""
    path = f"{header.strip('[]')}.{name}".lstrip(".")
    origin = get_origin(_bare(info.annotation))
    if origin is list:
        return f"[[{path}]]"
    return f"[{path}.{placeholder or (info.examples or ['name'])[0]}]" if origin is dict else f"[{path}]"


def _row(name: str, info: FieldInfo) -> tuple[str, ...]:
    default = "must be given" if info.is_required() else _default(info.get_default(call_default_factory=True))
    return f"`{name}`", _value(info.annotation, info.metadata), default, info.description or ""


def _value(annotation: Any, limits: Iterable[Any] = ()) -> str:
    kind = _bare(annotation)
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in inside)
    if origin is list:
        return "a list of texts" if _bare(inside[0]) is str else "a list"
    if origin is dict:
        return "tables by environment" if get_origin(_bare(inside[1])) is dict else "a table"
    bounds = {key: getattr(limit, key) for limit in limits for key in ("ge", "le") if hasattr(limit, key)}
    words = {str: "text", int: "a whole number", bool: "true or false", float: "a number"}.get(kind, "a value")
    return f"{words}, {bounds['ge']} to {bounds['le']}" if len(bounds) == 2 else words


def _bare(annotation: Any) -> Any:
    """The type without what it is annotated with, and without None."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(one for one in get_args(annotation) if one is not type(None)))
    return annotation


def _default(value: Any) -> str:
    match value:
        case None | [] | () | {}:
            return ""
        case (int() as first, int() as last):
            return f'`"{first}-{last}"`'
        case float():
            return f"`{value:g}`"
        case _:
            return f"`{json.dumps(value, ensure_ascii=False)}`"


def _toml(header: str, values: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table, those of the tables in it below it."""
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    if header and plain:
        yield f"\n{header}"
    yield from (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items())
    for key, value in values.items():
        if key not in plain:
            yield from _toml(f"[{header.strip('[]')}.{key}]", value)


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (columns, ("---",) * len(columns), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
