"""`init`: the files and the store of a new site, made so that they work as they are."""

import grp
import os
import pwd
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.core.command import Names
from opsctl.core.errors import UsageError
from opsctl.core.events import Event
from opsctl.core.facts import HelpText, Note
from opsctl.core.setup_facts import FileMade
from opsctl.terminal.own import OwnCommand, Terminal

if TYPE_CHECKING:
    from opsctl.settings.templates import Answers


@dataclass(frozen=True, slots=True)
class Init(OwnCommand):
    """Make the settings, the site file and the store of a new site; asks five questions."""

    name = "init"
    examples = ("init", "init --yes --folder ops")

    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="Where to; else your configuration folder."),
        Names.FOLDER,
    ] = None
    group: Annotated[str, typer.Option(metavar="GROUP", help="Share the site with this group of the system.")] = ""

    def run(self, terminal: Terminal) -> Iterator[Event]:
        """Write what is not there yet; nothing is overwritten. Asks only where what is answered can be written."""
        from opsctl.wiring import setting_up

        folder = (self.folder or setting_up.own_folder(terminal.environment)).absolute()
        group = _group_id(self.group) if self.group else None
        setting_up.check_new_site(folder)
        try:
            answers = _answers(terminal)
        except KeyboardInterrupt:
            yield Note("Stopped.", means="Nothing was written.")
            raise
        for file in setting_up.make_site(folder, answers, group):
            yield FileMade(str(file))
        yield HelpText(_next(folder, answers, is_elsewhere=self.folder is not None))


def _answers(terminal: Terminal) -> "Answers":
    from opsctl.terminal.commands.init_questions import asked, defaults

    uid = os.getuid()
    if terminal.options.yes:
        return defaults(_user_name(uid), uid)
    if terminal.is_interactive:
        return asked(_user_name(uid), uid)
    raise UsageError(
        "init asks five questions, and there is no terminal to ask at.",
        means="Nothing was written.",
        do="Take the defaults with: opsctl init --yes",
    )


def _next(folder: Path, answers: "Answers", *, is_elsewhere: bool) -> str:
    first, protected = answers.environments[0], answers.environments[-1]
    lines = [
        "",
        "Next:",
        *([f"  export OPSCTL_CONFIG={quote(str(folder / 'opsctl.toml'))}"] if is_elsewhere else []),
        f"  opsctl site publish {quote(str(folder / 'site.toml'))}",
    ]
    if first == protected:
        return "\n".join((*lines, f"A deploy to {protected} needs a second lead's yes: add one in site.toml first."))
    return "\n".join(
        (
            *lines,
            f"  opsctl deploy {answers.service} v1 {first}",
            "  opsctl status",
            f"A small service of opsctl's runs as {answers.service} until yours does: see site.toml.",
        )
    )


def _user_name(uid: int) -> str:
    """By uid: $USER is whatever somebody wrote there. Empty for a user without a name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def _group_id(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise UsageError(
            f"There is no group {name!r} on this machine.", means="Nothing was written.", do="Make it: groupadd " + name
        ) from error
