"""What lines are answered with is drawn by the module that is named for it."""

from dataclasses import is_dataclass
from importlib import import_module
from typing import get_args, get_type_hints

import pytest

from opsctl.core.events import Happening
from opsctl.terminal.drawers import DRAWERS
from opsctl.terminal.parts import PARTS

FACTS = [kind for kind in PARTS.values() if is_dataclass(kind) and kind not in get_args(Happening)]


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
def test_every_fact_has_a_drawer_that_takes_it(kind: type) -> None:
    drawer = import_module(DRAWERS[kind.__module__])
    assert kind in get_args(get_type_hints(drawer.draw)["answer"])


def test_no_drawer_is_named_for_what_is_not_told() -> None:
    assert {kind.__module__ for kind in FACTS} == set(DRAWERS)
