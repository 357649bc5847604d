"""`completion install`: the script of a shell, put where that shell looks for it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from opsctl.core.errors import UsageError
from opsctl.core.events import Event
from opsctl.core.facts import HelpText
from opsctl.terminal.completion.script import TITLE, Shell, script
from opsctl.terminal.own import OwnCommand, Terminal


@dataclass(frozen=True, slots=True)
class CompletionInstall(OwnCommand):
    """Install completion for your shell."""

    name = "completion install"
    examples = ("completion install", "completion install zsh")

    shell: Annotated[Shell | None, typer.Argument(metavar="[SHELL]", help="Else the one you are in.")] = None

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """What was written, and what is left to do; no other file is touched."""
        from opsctl.wiring import setting_up

        shell = self.shell or _shell(terminal.environment)
        file, is_new = setting_up.install_script(terminal.environment, shell, script(shell), TITLE)
        yield HelpText(f"Wrote {file}" if is_new else f"{file} is up to date; nothing was written.")
        yield HelpText(_next(shell, file, terminal.environment))


def _shell(environment: Mapping[str, str]) -> Shell:
    """The shell that started this process, else the person's own."""
    for name in (_parent(), Path(environment.get("SHELL", "")).name):
        if name in tuple(Shell):
            return Shell(name)
    raise UsageError(
        "It can't be told which shell you use.",
        means="Nothing was written.",
        do=f"Name it: opsctl completion install {'|'.join(Shell)}",
    )


def _parent() -> str:
    try:
        return Path(f"/proc/{os.getppid()}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _next(shell: Shell, file: Path, environment: Mapping[str, str]) -> str:
    match shell:
        case Shell.BASH:
            return (
                "New shells find it where the package bash-completion is set up. In this one, or in ~/.bashrc where it "
                f"is not:\n  source {quote(str(file))}"
            )
        case Shell.ZSH if _mentions(environment, file.parent):
            return "Your .zshrc names that folder already: start a new shell."
        case Shell.ZSH:
            return (
                "Zsh has to be told of that folder: put these lines into ~/.zshrc, above any line with compinit, and "
                f"start a new shell.\n  fpath=({quote(str(file.parent))} $fpath)\n  autoload -Uz compinit && compinit"
            )
        case Shell.FISH:
            return "Fish finds it by itself."


def _mentions(environment: Mapping[str, str], folder: Path) -> bool:
    """Whether the person's .zshrc names the folder, in full or from the home folder on."""
    home = environment.get("HOME", "")
    try:
        text = Path(environment.get("ZDOTDIR") or home, ".zshrc").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    below = str(folder).removeprefix(f"{home}/")
    return any(f"{start}{below}" in text for start in ("~/", "$HOME/", "${HOME}/", f"{home}/"))
