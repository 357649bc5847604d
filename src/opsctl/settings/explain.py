"""pydantic's findings in the words of this project, with the nearest right name for a wrong key."""

from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from opsctl.core.nearest import did_you_mean
from opsctl.settings.mistakes import shown
from opsctl.settings.positions import Keys

_TYPES = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
}


def explained(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Keys, str]]:
    """(where, what is wrong) for everything that is wrong."""
    for detail in error.errors(include_url=False):
        keys = tuple(key for key in detail["loc"] if key != "[key]")
        yield keys, _words(detail, keys, model)


def _words(detail: ErrorDetails, keys: Keys, model: type[BaseModel]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    name = keys[-1] if keys else ""
    if kind == "extra_forbidden":
        return f"there is no setting {shown(name)} here. {did_you_mean(str(name), _known_keys(model, keys[:-1]))}"
    if kind == "missing":
        return f"{name} is missing"
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short":
        return f"{name} must not be empty"
    return f"{_subject(keys)} must be {_wanted(kind, context, detail['msg'])}, not {shown(detail['input'])}"


def _subject(keys: Keys) -> str:
    """The key's name; for an item of a list, the list's."""
    names = [key for key in keys if isinstance(key, str)]
    return names[-1] if names else "this"


def _wanted(kind: str, context: Mapping[str, Any], message: str) -> str:
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in _LIMITS:
        words, limit = _LIMITS[kind]
        return f"{words} {context[limit]}"
    if kind == "literal_error":
        return str(context["expected"]).replace("'", "")
    return message.removeprefix("Input should be ")


def _known_keys(model: type[BaseModel], keys: Iterable[str | int]) -> Iterable[str]:
    annotation: Any = model
    for key in keys:
        annotation = _inside(annotation, key)
    return annotation.model_fields if _is_model(annotation) else ()


def _inside(annotation: Any, key: str | int) -> Any:
    """The type of what stands under `key` in a value of that type."""
    if _is_model(annotation):
        field = annotation.model_fields.get(key)
        return _without_none(field.annotation) if field else None
    return get_args(annotation)[-1] if get_origin(annotation) in (dict, list) else None


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        return next(one for one in get_args(annotation) if one is not type(None))
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
