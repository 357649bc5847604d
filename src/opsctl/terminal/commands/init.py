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
from opsctl.core.facts import HelpText
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
        """Write what is not there yet; nothing is overwritten."""
        from opsctl import wiring

        folder = (self.folder or wiring.own_folder(terminal.environment)).absolute()
        group = _group_id(self.group) if self.group else None
        answers = _answers(terminal)
        for file in wiring.make_site(folder, answers, group):
            yield HelpText(f"Made {file}")
        config = f"--config {quote(str(folder / 'opsctl.toml'))} " if self.folder else ""
        site_file = quote(str(folder / "site.toml"))
        yield HelpText(
            f"\nNext: put your service, its people and its versions into {site_file}, then\n"
            f"  opsctl {config}site publish {site_file}\n  opsctl {config}status"
        )


def _answers(terminal: Terminal) -> "Answers":
    # By uid: $USER is whatever somebody wrote there.
    user = pwd.getpwuid(os.getuid()).pw_name
    defaults = {
        "site": "my-site",
        "handle": f"@{user}",
        "team": "team",
        "service": "my-service",
        "environments": "development staging production",
    }
    questions = {
        "site": "What is the site called",
        "handle": "What is your handle",
        "team": "What is your team called",
        "service": "What is your first service called",
        "environments": "Where does it run, the protected environment last",
    }
    if not terminal.options.yes:
        if not terminal.is_interactive:
            raise UsageError(
                "init asks five questions, and there is no terminal to ask at.",
                means="Nothing was written.",
                do="Take the defaults with: opsctl init --yes",
            )
        defaults = {
            key: input(f"{question} [{defaults[key]}]? ").strip() or defaults[key]
            for key, question in questions.items()
        }
    from opsctl.settings.templates import Answers

    return Answers(
        site=defaults["site"],
        handle=defaults["handle"] if defaults["handle"].startswith("@") else f"@{defaults['handle']}",
        uid=os.getuid(),
        team=defaults["team"],
        service=defaults["service"],
        environments=tuple(defaults["environments"].split()),
    )


def _group_id(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise UsageError(
            f"There is no group {name!r} on this machine.", means="Nothing was written.", do="Make it: groupadd " + name
        ) from error
