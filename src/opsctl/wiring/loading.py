"""Adapters are loaded when they are first needed: a table names each by its place."""

from importlib import import_module
from typing import Any


def loaded(where: str) -> Any:
    """What stands at "MODULE:NAME"."""
    module, name = where.split(":")
    return getattr(import_module(module), name)
