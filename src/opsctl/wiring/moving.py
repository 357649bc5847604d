"""A site moves from one store to another."""

from pathlib import Path

from opsctl.core.errors import StoreUnusable, UsageError
from opsctl.core.setup_facts import StoreCopied
from opsctl.wiring import postgres_store, store_at, store_password

SQLITE, POSTGRESQL = "sqlite:", ("postgresql:", "postgres:")


def copy_store(source: str, target: str) -> StoreCopied:
    """Copy all that is in one store into another, prove the copy, and seal the source.

    What fails leaves the source as it was, and can be done again. Raises UsageError and StoreUnusable.
    """
    if not source.startswith(SQLITE) or not target.startswith(POSTGRESQL):
        raise UsageError(
            f"A store is copied from {SQLITE}FILE to postgresql://USER@HOST/DATABASE.",
            means="Nothing was copied.",
            do="Such as: opsctl store copy sqlite:opsctl.db postgresql://opsctl@db.example.com/opsctl",
        )
    postgres_store()  # where that can't be loaded, it is told before anybody is kept from writing
    from opsctl.adapters.stores.postgresql.arriving import take_in
    from opsctl.adapters.stores.postgresql.place import shown_url
    from opsctl.adapters.stores.sql.tables import Identity
    from opsctl.adapters.stores.sqlite.leaving import leaving

    path = Path(source.removeprefix(SQLITE)).expanduser().absolute()
    store = store_at(path, None)
    try:
        if faults := store.verify().faults:
            raise _does_not_hold(str(path), str(faults[0]), "Nothing was copied: the copy would not hold either.")
    finally:
        store.close()
    place = shown_url(target)
    with leaving(path) as left:
        who = Identity(store.id, store.site_id, left.head)
        found = take_in(target, who, left.tables(), lambda: store_password(store.site_id))
        if found.faults or (found.head_seq, found.head_hash) != who.head:
            what = str(found.faults[0]) if found.faults else f"its journal ends at entry {found.head_seq}"
            raise _does_not_hold(place, what, f"{path} is not sealed: it is still the site's store.")
        left.seal(place)
    return StoreCopied(str(path), place, store.id, found.entries, found.head_seq, found.head_hash)


def _does_not_hold(place: str, what: str, means: str) -> StoreUnusable:
    return StoreUnusable(
        f"The journal of {place} does not hold: {what}.",
        means=means,
        do="See what else does not hold: opsctl audit verify",
        reason="not_verified",
    )
