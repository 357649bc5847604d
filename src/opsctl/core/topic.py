"""What help tells about beside commands: exit codes, approvals, times."""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple


class Topic(NamedTuple):
    """One topic; `where` is the "module:function" that writes its page, loaded where somebody reads it."""

    name: str
    summary: str
    where: str

    def page(self, start: str) -> str:
        """Its text; `start` is what is typed before a command where it is read."""
        module, function = self.where.split(":")
        write: Callable[[str], str] = getattr(import_module(module), function)
        return write(start)
