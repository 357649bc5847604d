"""A terminal that asks for one thing after another, to be killed. Run as a program: "FOLDER URL SEED"."""

import random
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.core.file_platform import FileAdapters
from tests.core.team import Colleagues

from opsctl.adapters.stores.postgresql.store import PostgresStore
from opsctl.core.errors import StoreUnusable
from opsctl.core.holder import Holder
from opsctl.core.operation import State

LINES = (
    "deploy order-service v2.4.1 staging",
    "deploy order-service v2.4.2 staging",
    "scale order-service 3 staging",
    "rollback order-service staging",
    "operations",
)


def main(folder: str, url: str, seed: str) -> None:
    dice = random.Random(seed)
    with closing(PostgresStore.open(url)) as store:
        adapters = FileAdapters(Path(folder, "platform"), step_seconds=0.02)
        team = Colleagues(store, adapters, holder=str(Holder.me()), folder=Path(folder))
        while True:
            try:
                team.ask(dice.choice(["@alice", "@bob"]), dice.choice(LINES))
                for waiting in store.operations(states=[State.AWAITING_APPROVAL], limit=3):
                    team.ask("@bob", dice.choice(["approve {}", 'reject {} "no"']).format(waiting.id))
            except StoreUnusable:
                pass  # told to the person, who tries again
            time.sleep(dice.uniform(0, 0.3))


if __name__ == "__main__":
    main(*sys.argv[1:])
