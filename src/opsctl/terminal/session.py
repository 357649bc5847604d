"""Carrying out a line that was understood: settings, store, caller, request, dialogue."""

import sys
from collections.abc import Mapping

from opsctl.commands.reading import read
from opsctl.core.command import Command, Question
from opsctl.core.context import Context, Interruption, utc_now
from opsctl.core.errors import OpsctlError
from opsctl.core.line import Line, chat_form
from opsctl.core.request import Request, new_id
from opsctl.core.site import PublishedSite
from opsctl.terminal.display import Display
from opsctl.terminal.ink import standard_inks
from opsctl.terminal.json_display import JsonDisplay
from opsctl.terminal.options import Options
from opsctl.terminal.own import HandIn, OwnCommand, Terminal
from opsctl.terminal.reading import answer
from opsctl.terminal.signals import interrupting
from opsctl.terminal.streams import let_go
from opsctl.terminal.text_display import TextDisplay


def carry_out(line: Line, options: Options, environment: Mapping[str, str]) -> int:
    """Carry out a line and return its exit code. Raises any OpsctlError that ended it."""
    terminal = Terminal(environment, options, sys.stdin.isatty() and sys.stderr.isatty())
    if isinstance(line.command, OwnCommand):
        display = _display(options.output, environment)
        try:
            for event in line.command.run(terminal):
                display.show(event)
        finally:
            _close(display)
        return 0
    return _ask(line, terminal)


def _ask(line: Line, terminal: Terminal) -> int:
    from opsctl import wiring

    options = terminal.options
    settings = wiring.settings_of(terminal.environment, options.config)
    display = _display(options.output or settings.output, terminal.environment, settings.colour)
    store = wiring.open_store(settings)
    try:
        command, first_site = line.command, None
        if isinstance(command, HandIn):
            command, first_site = command.hand_in(store)
        interruption = Interruption()
        context = wiring.open_context(settings, store, read, interruption, first_site)
        caller = wiring.caller_of(store, _site_for(context, command), options.as_handle)
        text = chat_form(Line(command, line.is_dry_run))
        request = Request(new_id(store), command, text, caller, utc_now(), line.is_dry_run)
        context = context.acting_for(caller.handle)
        with interrupting(interruption):
            if isinstance(command, Question):
                code = answer(context, request, display)
                _bring_what_waits(context)
                return code
            from opsctl.terminal.announcing import announced  # a change takes more than most questions do
            from opsctl.terminal.dialogue import Dialogue
            from opsctl.terminal.prompt import ask_person

            question = ask_person if terminal.is_interactive else None
            with announced(context, request, display):
                return Dialogue(context, display, question, options.yes).carry_through(request)
    finally:
        _close(display)
        store.close()


def _site_for(context: Context, command: Command) -> PublishedSite | None:
    try:
        return context.published()
    except OpsctlError:
        if command.needs_site:
            raise
        return None


def _bring_what_waits(context: Context) -> None:
    """What others could not tell the team goes out with the next command, whatever it is."""
    if context.store.outbox(limit=1):
        from opsctl import wiring
        from opsctl.core.courier import Patience, bring, leave_duty

        bring(context, wiring.takers_of(context), Patience())
        leave_duty(context)


def _display(output: str, environment: Mapping[str, str], colour: str = "auto") -> Display:
    if (output or environment.get("OPSCTL_OUTPUT")) == "json":
        return JsonDisplay(sys.stdout)
    return TextDisplay(*standard_inks(colour))


def _close(display: Display) -> None:
    try:
        display.close()
    except BrokenPipeError:
        let_go(sys.stdout)
