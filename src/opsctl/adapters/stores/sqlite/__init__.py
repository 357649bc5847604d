"""The embedded store: one SQLite file on a local disk of one host, shared by any number of its processes."""

from opsctl.adapters.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
