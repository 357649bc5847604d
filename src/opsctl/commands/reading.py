"""The grammar of a site: what may be typed in its chat, and how what was recorded is read back."""

from typing import TYPE_CHECKING

from opsctl.commands.table import commands_of
from opsctl.core.command import Command, Surface
from opsctl.core.grammar import Grammar, NoOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.core.published_site import PublishedSite
    from opsctl.core.topic import Topic


def chat_grammar(site: "PublishedSite", topics: "Sequence[Topic]" = (), start: str = "") -> Grammar[NoOptions]:
    """All that may be typed in chat: the built-in commands, the site's own, and what help tells beside them.

    `start` is what people type before a command there, "/" where it is empty.
    """
    return Grammar(commands_of(site), Surface.CHAT, NoOptions, topics, start)


def read(text: str, site: "PublishedSite") -> Command:
    """The command whose canonical text this is, among those of the site. Raises UsageError where it has none."""
    return chat_grammar(site).read(text).command
