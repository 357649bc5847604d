"""What help tells about beside commands: exit codes, approvals, times."""

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from opsctl.core.command import Surface


class Topic(NamedTuple):
    """One topic; `where` is the "module:function" that writes its page, loaded where somebody reads it."""

    name: str
    summary: str
    where: str

    def page(self, surface: Surface) -> str:
        """Its text, with commands as they are typed there."""
        module, function = self.where.split(":")
        write: Callable[[Surface], str] = getattr(import_module(module), function)
        return write(surface)
