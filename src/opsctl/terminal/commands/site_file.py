"""Reading a site file for publishing it, or for seeing what that would change."""

from pathlib import Path

from opsctl.commands.table import COMMANDS
from opsctl.core.command_table import Kind
from opsctl.core.grammar import ON_CHANGES
from opsctl.core.site import PublishedSite

CHANGES = frozenset(row.name for row in COMMANDS if row.kind is Kind.CHANGE)
"""What the rules of a site may name."""


def read_site_file(file: Path, site: str | None) -> PublishedSite:
    """The site in the file. Raises UsageError with all that is wrong in it, or where it is another site's.

    `site` None does not ask whose it is.
    """
    from opsctl import wiring
    from opsctl.terminal.grammar import grammar_of_terminal

    grammar = grammar_of_terminal()
    taken = {"help", *(row.name.partition(" ")[0] for row in (*COMMANDS, *grammar))}
    options = {flag for one in (*ON_CHANGES, *grammar.everywhere) for flag in one.flags}
    return wiring.read_site_file(file, site, CHANGES, taken, options)
