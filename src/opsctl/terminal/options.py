"""The terminal's own options: the same on every command, before it or after it."""

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from opsctl.core.command import Names


@dataclass(frozen=True, slots=True)
class Options:
    """How to run and what to show; never what is done."""

    yes: Annotated[bool, typer.Option("--yes", "-y", help="Confirm without being asked.")] = False
    output: Annotated[
        Literal["", "text", "json", "csv"],
        typer.Option("--output", "-o", help="text, JSON lines as things happen, or CSV where there are rows."),
    ] = ""
    config: Annotated[
        str, typer.Option(metavar="FILE", help="Settings file (else OPSCTL_CONFIG, else yours)."), Names.FILE
    ] = ""
    as_handle: Annotated[
        str, typer.Option("--as", metavar="PERSON", help="Speak as this person; only in a playground."), Names.PERSON
    ] = ""
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False
