"""The shelf that sites are published from: the store, as far as that takes it."""

from dataclasses import dataclass

from opsctl.core.journal import SITE_PUBLISHED
from opsctl.core.outbox import STATUS_PAGE
from opsctl.core.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class StoreShelf:
    """The store, as far as publishing a site needs it."""

    store: Store

    def document(self, digest: str) -> str | None:
        """The canonical text of a site that was handed in, by its SHA-256."""
        return self.store.document(digest)

    def published(self) -> str | None:
        """The canonical text that is published now."""
        return self.store.published()

    def publish(self, text: str, operation: str) -> None:
        """Make it the published site: the journal says so, and nothing else does."""

        def work(tx: Transaction) -> None:
            entry = tx.append(operation, SITE_PUBLISHED, {"digest": tx.keep(text)})
            # Its components are the site's services.
            tx.announce(operation, "", {"kind": entry.kind, "seq": entry.seq}, target=STATUS_PAGE)

        self.store.write(work)
