"""The terminal surface: one line in, one exit code out.

Its outermost function is the only one that catches anything. What a line does not need is not imported: help and
wrong lines are answered before the engine is loaded.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from opsctl.core.errors import OpsctlError
from opsctl.core.grammar import Grammar
from opsctl.terminal.errors import show_error
from opsctl.terminal.grammar import grammar_of_terminal, listing, understood
from opsctl.terminal.ink import Ink, colour_in
from opsctl.terminal.options import Options
from opsctl.terminal.streams import OutputLostError, let_go

if TYPE_CHECKING:
    from opsctl.core.facts import Fact


def run(words: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Carry out one line of the terminal and return its exit code; shows every error, raises none."""
    grammar = grammar_of_terminal()
    options = grammar.options_in(words)
    is_json = (options.output or environment.get("OPSCTL_OUTPUT", "")) == "json"
    colour = colour_in(environment)
    try:
        return _run(grammar, words, environment, is_json=is_json)
    except OutputLostError as error:
        let_go(sys.stdout)
        show_error(error, is_json=False, colour=colour)
        return error.exit_code
    except OpsctlError as error:
        show_error(error, is_json=is_json, colour=colour, with_traceback=options.debug)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has seen enough (`| head`); what is still buffered goes nowhere.
        let_go(sys.stdout)
        return 0
    except Exception as error:  # noqa: BLE001  # the surface's outermost function
        show_error(_unexpected(error), is_json=is_json, colour=colour, with_traceback=options.debug)
        return 1


def _run(grammar: Grammar[Options], words: Sequence[str], environment: Mapping[str, str], *, is_json: bool) -> int:
    asked, options = understood(grammar, words, environment)
    if options.output == "csv":
        from opsctl.terminal.csv_display import check_rows

        check_rows(asked)
    if options.version:
        from importlib.metadata import version

        _show(f"opsctl {version('opsctl')}", _version_fact, is_json=is_json)
        return 0
    if isinstance(asked, str):
        _show(asked or listing(grammar, options, environment), _help_fact, is_json=is_json)
        return 0
    from opsctl.terminal.session import carry_out

    return carry_out(asked, options, environment)


def _show(text: str, as_fact: "Callable[[str], Fact]", *, is_json: bool) -> None:
    """Facts take longer to load than a page of help takes to write."""
    if is_json:
        from opsctl.terminal.json_display import JsonDisplay

        JsonDisplay(sys.stdout).show(as_fact(text))
    else:
        ink = Ink(sys.stdout)
        ink.page(text)
        ink.flush()


def _help_fact(text: str) -> "Fact":
    from opsctl.core.facts import HelpText

    return HelpText(text)


def _version_fact(text: str) -> "Fact":
    from opsctl.core.setup_facts import VersionShown

    return VersionShown(text.removeprefix("opsctl "))


def _unexpected(error: Exception) -> OpsctlError:
    import secrets

    ours = OpsctlError(
        f"opsctl met an error of its own ({type(error).__name__}, number {secrets.token_hex(3)}).",
        means="If a change was running, the next command finds out what became of it.",
        do="Look at it: opsctl operations --open   Report it with what --debug shows.",
        reason="internal",
    )
    ours.__cause__ = error
    return ours
