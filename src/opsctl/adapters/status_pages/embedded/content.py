"""Everything that the status page consists of, as names and bytes: for the files, and for the relay that serves it."""

import json
from collections.abc import Mapping

from opsctl.adapters.status_pages.embedded.api import documents
from opsctl.adapters.status_pages.embedded.feed import feed
from opsctl.adapters.status_pages.embedded.html import html
from opsctl.core.public import PublicPage

INDEX = "index.html"


def files_of(page: PublicPage) -> Mapping[str, bytes]:
    """The content of each file by its name; they refer to each other by their names. The first to be read is last."""
    api = {
        f"api/v2/{name}.json": json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
        for name, document in documents(page).items()
    }
    return api | {"feed.atom": feed(page).encode(), INDEX: html(page).encode()}
