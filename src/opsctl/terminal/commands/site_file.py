"""Reading a site file for publishing it, or for seeing what that would change."""

from pathlib import Path

from opsctl.commands.table import COMMANDS
from opsctl.core.command_table import Kind
from opsctl.core.custom import GrammarWords
from opsctl.core.grammar import ON_CHANGES
from opsctl.core.published_site import PublishedSite


def grammar_words() -> GrammarWords:
    """What a site file is held against."""
    from opsctl.terminal.grammar import grammar_of_terminal

    grammar = grammar_of_terminal()
    return GrammarWords(
        changes=frozenset(row.name for row in COMMANDS if row.kind is Kind.CHANGE),
        taken=frozenset({"help", *(row.name.partition(" ")[0] for row in (*COMMANDS, *grammar))}),
        options=frozenset(flag for one in (*ON_CHANGES, *grammar.everywhere) for flag in one.flags),
    )


def read_site_file(file: Path, site: str) -> PublishedSite:
    """The site in the file. Raises UsageError with all that is wrong in it, or where it is another site's."""
    from opsctl.wiring import setting_up

    return setting_up.read_site_file(file, site, grammar_words())
