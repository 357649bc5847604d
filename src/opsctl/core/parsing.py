"""From words to values: Typer says which word belongs to which parameter, and the parameter reads it.

Typer is given every value as text and asks nothing else of it, so that it is one sentence of ours that tells a person
what is wrong, the same in a terminal and in chat.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter as CallParameter
from inspect import Signature
from typing import Annotated, Any, NamedTuple, TypeAlias

import typer

from opsctl.core.nearest import did_you_mean, nearest
from opsctl.core.parameters import Parameter, ReadingError
from opsctl.core.shown import listed, shown

Texts: TypeAlias = Mapping[Parameter, tuple[str, ...]]
"""The texts given to each parameter that was given; a switch has one empty text."""


class Sorted(NamedTuple):
    """What was given to each parameter, and the words that belong to none."""

    given: Texts
    rest: tuple[str, ...]


def sort_words(
    words: Sequence[str], parameters: Sequence[Parameter], *, stops_early: bool = False, is_lenient: bool = False
) -> Sorted:
    """Sort words to parameters.

    `stops_early` leaves everything from the first word that is no option; `is_lenient` passes over unknown options.
    Raises ReadingError for an unknown option, and for one without its value or with one too many.
    """
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    settings = {
        "help_option_names": [],
        "allow_extra_args": True,
        "allow_interspersed_args": not stops_early,
        "ignore_unknown_options": is_lenient,
    }
    app.command(context_settings=settings)(_callback(parameters))
    # Calling the app itself would also set sys.excepthook, which belongs to the surface.
    command = typer.main.get_command(app)
    try:
        # complete_var: a variable of the environment must not turn parsing into shell completion.
        answer = command.main(args=list(words), prog_name="opsctl", complete_var="", standalone_mode=False)
    except typer.TyperException as error:
        raise ReadingError(_message(error, words, parameters)) from error
    if not isinstance(answer, Sorted):
        raise KeyboardInterrupt  # Typer answers an interrupt with its exit code
    return answer


def values_of(parameters: Sequence[Parameter], given: Texts) -> dict[str, object]:
    """The values by field name, of those that were given. Raises ReadingError for a missing, repeated or wrong one."""
    missing = [one.label for one in parameters if one.is_required and one not in given]
    if missing:
        raise ReadingError(f"{listed(missing)} {'is' if len(missing) == 1 else 'are'} missing.")
    return {one.field: _value(one, given[one]) for one in parameters if one in given}


def together(first: Texts, second: Texts) -> Texts:
    """What was given in either place."""
    return {one: first.get(one, ()) + second.get(one, ()) for one in (*first, *second)}


def _value(one: Parameter, texts: tuple[str, ...]) -> object:
    if one.is_switch:
        return True
    if one.is_many:
        return tuple(one.read(text) for text in texts)
    if len(texts) > 1:
        raise ReadingError(f"{one.label} is given more than once: {listed([shown(text) for text in texts])}.")
    return one.read(texts[0])


def _callback(parameters: Sequence[Parameter]) -> Callable[..., Sorted]:
    def sort(context: typer.Context, **texts: Any) -> Sorted:
        given = {one: _texts(texts[f"p{at}"]) for at, one in enumerate(parameters)}
        return Sorted({one: each for one, each in given.items() if each}, tuple(context.args))

    # Typer reads a command's grammar from its signature; this one is made of the parameters.
    signature = [CallParameter("context", CallParameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    for at, one in enumerate(parameters):
        signature.append(
            CallParameter(f"p{at}", CallParameter.KEYWORD_ONLY, default=_unset(one), annotation=_annotation(one))
        )
    sort.__signature__ = Signature(signature)  # type: ignore[attr-defined]  # read by inspect.signature, PEP 362
    sort.__annotations__ = {one.name: one.annotation for one in signature}
    return sort


def _annotation(one: Parameter) -> Any:
    if one.is_switch:
        return Annotated[bool, typer.Option(*one.flags)]
    if one.flags:
        return Annotated[list[str] | None, typer.Option(*one.flags)]
    return Annotated[list[str] | None if one.is_many else str | None, typer.Argument()]


def _unset(one: Parameter) -> bool | None:
    return False if one.is_switch else None


def _texts(value: bool | str | list[str] | None) -> tuple[str, ...]:
    match value:
        case None | False:
            return ()
        case True:
            return ("",)
        case str():
            return (value,)
        case _:
            return tuple(value)


def _message(error: typer.TyperException, words: Sequence[str], parameters: Sequence[Parameter]) -> str:
    option: str | None = getattr(error, "option_name", None)
    if option is None:
        return error.format_message()
    known = next((one for one in parameters if option in one.flags), None)
    if known is not None:
        return f"{option} takes no value." if known.is_switch else f"{option} needs a value: {option} {known.metavar}."
    typed = next((word for word in words if word.startswith(option)), option).partition("=")[0]
    number = next((one for one in parameters if one.is_positional and one.kind is int), None)
    if number is not None and typed[1:].isdecimal():
        return f"{number.label} can't be negative, and {typed} is."
    close = nearest(typed, (flag for one in parameters for flag in one.flags))
    known_names = close or [one.label for one in parameters if one.flags]
    return f"There is no option {shown(typed)}. {did_you_mean(typed, known_names)}"
