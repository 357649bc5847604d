"""Which module draws what a line is answered with."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsctl.core.facts import Fact
    from opsctl.terminal.ink import Ink

DRAWERS: Mapping[str, str] = {
    "opsctl.core.facts": "opsctl.terminal.answers",
    "opsctl.core.status_facts": "opsctl.terminal.status_answers",
    "opsctl.core.log_facts": "opsctl.terminal.log_answers",
    "opsctl.core.audit_facts": "opsctl.terminal.audit_answers",
    "opsctl.core.incident_facts": "opsctl.terminal.incident_answers",
    "opsctl.core.room_facts": "opsctl.terminal.room_answers",
    "opsctl.core.setup_facts": "opsctl.terminal.setup_answers",
}
"""By the module of the facts. Each is loaded with the first fact that it draws, as most lines tell those of one."""


def draw(answer: "Fact", out: "Ink", err: "Ink") -> None:
    """Draw an answer: the facts on `out`, words about them on `err`."""
    import_module(DRAWERS[type(answer).__module__]).draw(answer, out, err)
