"""What a store says about itself, and whether it is the one that the settings name."""

from collections.abc import Mapping

from opsctl.adapters.stores.sql.database import Connection
from opsctl.core.errors import StoreUnusable
from opsctl.core.journal import COLUMNS, GENESIS, Entry

PLAYGROUND_MADE = "playground_made"
SEALED = "sealed"


def write_meta(connection: Connection, key: str, value: str) -> None:
    """Note something about the store itself."""
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def version_of(meta: Mapping[str, str]) -> int:
    """The schema version that the rows of `meta` tell."""
    return int(meta.get("schema", "0"))


def is_newest(version: int, newest: int, place: object) -> bool:
    """Whether there is nothing to migrate. Raises StoreUnusable for a version that this opsctl does not know."""
    if version > newest:
        raise StoreUnusable(
            f"The store {place} was written by a newer opsctl (its schema is {version}, this opsctl knows {newest}).",
            means="Nothing was read or changed.",
            do="Install that opsctl version or a newer one: pipx upgrade opsctl",
            reason="newer_store",
        )
    return version == newest


def check_meta(meta: Mapping[str, str], place: object) -> None:
    """Raise StoreUnusable where these rows are none of a store."""
    if not {"schema", "store", "site"} <= meta.keys():
        raise StoreUnusable(
            f"{place} is a database, but not an opsctl store.",
            means="Nothing was read or changed.",
            do="Check the path of the store in opsctl.toml; make a new store with: opsctl init",
            reason="not_a_store",
        )


def check_identity(meta: Mapping[str, str], place: object, site_id: str | None, store_id: str | None) -> None:
    """Raise StoreUnusable where it is not the store that was named, or not the site's any more."""
    for what, wanted in (("site", site_id), ("store", store_id)):
        if wanted is not None and meta[what] != wanted:
            raise StoreUnusable(
                f"The store {place} has the {what} id {meta[what]}, the settings say {wanted}.",
                means="Nothing was read or changed: this is not the store of your site.",
                do=f"Correct where the store is, or the {what} id, in opsctl.toml.",
                reason=f"other_{what}",
            )
    if SEALED in meta:
        raise StoreUnusable(
            f"The store {place} is sealed: its site moved to {meta[SEALED]}.",
            means="Nothing was read or changed; what is recorded here is recorded there too.",
            do="Name the new store in opsctl.toml, under [store].",
            reason="sealed",
        )


def is_playground(connection: Connection) -> bool:
    """Whether `demo` made the store: then that is what its journal begins with."""
    first = connection.execute(f"SELECT {COLUMNS} FROM journal WHERE seq = 1").fetchone()  # noqa: S608 - constants
    entry = Entry(*first) if first else None
    return entry is not None and (entry.kind, entry.previous) == (PLAYGROUND_MADE, GENESIS) and entry.is_whole
