"""What several commands about incidents take."""

from typing import Annotated

import typer

from opsctl.core.command import Names

IncidentOption = Annotated[
    str,
    typer.Option(metavar="INCIDENT", help="Such as inc-7; else the channel's, else the only open one."),
    Names.INCIDENT,
]
