"""Carrying out a line that was understood: settings, store, caller, request, dialogue."""

import sys
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from functools import partial
from typing import TYPE_CHECKING

from opsctl.commands.reading import read
from opsctl.core.command import Command, Question
from opsctl.core.context import Context, Interruption, utc_now
from opsctl.core.errors import OpsctlError, StoreUnusable
from opsctl.core.line import Line, chat_form
from opsctl.core.published_site import PublishedSite
from opsctl.core.request import Request, new_id
from opsctl.terminal.display import Display
from opsctl.terminal.errors import show_traceback
from opsctl.terminal.ink import colour_in, standard_inks
from opsctl.terminal.options import Options
from opsctl.terminal.own import HandIn, OwnCommand, Terminal
from opsctl.terminal.reading import answer, shown
from opsctl.terminal.signals import interrupting
from opsctl.terminal.streams import OutputLostError, let_go, unheard
from opsctl.terminal.text_display import TextDisplay

if TYPE_CHECKING:
    from opsctl.settings.local import Settings


def carry_out(line: Line, options: Options, environment: Mapping[str, str]) -> int:
    """Carry out a line and return its exit code. Raises any OpsctlError that ended it."""
    terminal = Terminal(environment, options, sys.stdin.isatty() and sys.stderr.isatty())
    if isinstance(line.command, OwnCommand):
        display = _display(line.command, options.output, environment)
        try:
            for _ in shown(line.command.run(terminal), display, line.command):
                pass
        finally:
            _close(display)
        return 0
    return _ask(line, terminal)


def _ask(line: Line, terminal: Terminal) -> int:
    from opsctl import wiring

    options = terminal.options
    settings = wiring.settings_of(terminal.environment, options.config)
    display = _display(line.command, options.output or settings.output, terminal.environment, settings.colour)
    try:
        return _ask_with(settings, line, terminal, display)
    except OutputLostError:
        raise
    except OpsctlError as error:
        with unheard():
            display.fail(error)
        if options.debug:
            show_traceback(error)
        return error.exit_code
    finally:
        _close(display)


def _ask_with(settings: "Settings", line: Line, terminal: Terminal, display: Display) -> int:
    from opsctl import wiring
    from opsctl.wiring import setting_up

    options = terminal.options
    with closing(wiring.open_store(settings)) as store:
        command, first_site = line.command, None
        if isinstance(command, HandIn):
            command, first_site = command.hand_in(store)
        interruption = Interruption()
        context = wiring.open_context(settings, store, read, interruption, first_site, terminal.environment)
        learn = partial(setting_up.renew_names, terminal.environment, options.config, context)
        try:
            caller = wiring.caller_of(store, _site_for(context, command), options.as_handle)
            now = utc_now()
            command = command.settled(now)
            text = chat_form(Line(command, line.is_dry_run))
            request = Request(new_id(store), command, text, caller, now, line.is_dry_run)
            with interrupting(interruption):
                return _seen_to(context.acting_for(caller.handle), request, display, terminal, learn)
        finally:
            learn()


def _site_for(context: Context, command: Command) -> PublishedSite | None:
    try:
        return context.published()
    except OpsctlError:
        if command.needs_site:
            raise
        return None


def _seen_to(
    context: Context, request: Request, display: Display, terminal: Terminal, learn: Callable[[], None]
) -> int:
    try:
        return _carry_through(context, request, display, terminal, learn)
    finally:
        with suppress(StoreUnusable):  # whoever meets it first tells it
            if context.store.deliveries.open(limit=1):
                from opsctl.terminal.unanswered import tell_what_waits

                tell_what_waits(context, terminal.options.as_handle, display)


def _carry_through(
    context: Context, request: Request, display: Display, terminal: Terminal, learn: Callable[[], None]
) -> int:
    if isinstance(request.command, Question):
        code = answer(context, request, display)
        _bring_what_waits(context)
        return code
    from opsctl.terminal.announcing import announced  # a change takes more than most questions do
    from opsctl.terminal.dialogue import Dialogue
    from opsctl.terminal.prompt import ask_person

    question = ask_person if terminal.is_interactive else None
    dialogue = Dialogue(context, display, question, terminal.options.yes, learn)
    request = dialogue.having_seen(request)
    with announced(context, request, display):
        return dialogue.carry_through(request)


def _bring_what_waits(context: Context) -> None:
    """What others could not tell the team goes out with the next command, whatever it is."""
    if context.store.outbox(limit=1):
        from opsctl import wiring
        from opsctl.core.courier import Patience, bring, leave_duty

        takers, patience = wiring.takers_of(context), Patience()
        while bring(context, takers, patience):
            pass
        leave_duty(context)


def _display(command: Command, output: str, environment: Mapping[str, str], colour: str = "") -> Display:
    is_repeated = isinstance(command, Question) and command.is_repeated
    if is_repeated:
        from opsctl.terminal.changes import Changes
    if (output or environment.get("OPSCTL_OUTPUT")) == "json":
        from opsctl.terminal.json_display import JsonDisplay

        return Changes(JsonDisplay(sys.stdout), sys.stdout) if is_repeated else JsonDisplay(sys.stdout)
    colour = colour or colour_in(environment)
    out, err = standard_inks(colour)
    if output == "csv":
        from opsctl.terminal.csv_display import CsvDisplay

        return CsvDisplay(sys.stdout, err)
    if is_repeated and out.is_terminal:
        from opsctl.terminal.live import LiveDisplay

        return LiveDisplay(sys.stdout, err, colour)
    if is_repeated:
        return Changes(TextDisplay(out, err), sys.stdout, out)
    return TextDisplay(out, err, is_answer=isinstance(command, Question))


def _close(display: Display) -> None:
    try:
        display.close()
    except BrokenPipeError:
        let_go(sys.stdout)
