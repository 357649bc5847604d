"""Which commands the published site brings, found out without loading what carries commands out.

Beside wiring.py the only importer of settings and adapters. Asked where help lists all commands, and where a line
begins with a word that no built-in command begins with.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from opsctl.adapters.stores.sqlite.glance import published
from opsctl.settings import local


def declared_commands(environment: Mapping[str, str], config: str = "") -> list[Any]:
    """The site's own commands, in the JSON form of the published site; none before it is published.

    Raises UsageError where there are no settings or they are wrong, StoreUnusable where the store can't be read.
    """
    settings = local.load(environment, Path(config) if config else None)
    text = published(settings.store) if isinstance(settings.store, Path) else _published_elsewhere(settings)
    declared: list[Any] = json.loads(text).get("commands", []) if text else []
    return declared


def _published_elsewhere(settings: local.Settings) -> str | None:
    from opsctl.wiring import open_store  # a server takes longer to be reached than all of that to be loaded

    with closing(open_store(settings)) as store:
        return store.published()
