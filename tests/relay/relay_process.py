"""A relay in a process of its own, to be killed: the store and a platform that live in a folder.

Run as a program: "FOLDER STEP_SECONDS [URL]"; the URL is that of a store on a server.
Says "at work" once it is; ends gracefully when its standard input ends.
"""

import sys
from pathlib import Path

from tests.core.file_platform import FileAdapters
from tests.core.team import Colleagues
from tests.relay.at_work import relay_of

from opsctl.adapters.stores.postgresql.store import PostgresStore
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.store import Store


def main(folder: Path, step_seconds: float, url: str = "") -> None:
    store: Store = PostgresStore.open(url) if url else SqliteStore.open(folder / "store" / "opsctl.db")
    files = folder if url else folder / "store"
    relay = relay_of(Colleagues(store, FileAdapters(folder / "platform", step_seconds), folder=files))
    relay.start()
    print("at work", flush=True)
    sys.stdin.read()
    relay.stop(0.5)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:])
