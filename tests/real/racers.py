"""Twenty processes that do something to the same thing at the same moment.

Run as a program: "FOLDER OPERATION SEED". Each process opens the store for itself, waits for the start, acts as one
person, and says how it ended in a line of JSON.
"""

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from tests.core.file_platform import FileAdapters
from tests.core.team import Colleagues, Told, story

from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.errors import OpsctlError
from opsctl.core.events import Finished
from opsctl.core.holder import Holder

RACERS = 20
SPREAD_SECONDS = 0.05

ON_THE_WAITING = (
    ("@bob", "approve {operation}"),
    ("@carol", "approve {operation}"),
    ("@alice", "approve {operation}"),
    ("@erin", "approve {operation}"),
    ("@bob", 'reject {operation} "no"'),
    ("@carol", 'reject {operation} "no"'),
    ("@alice", "cancel {operation}"),
    ("@carol", "cancel {operation}"),
    ("@alice", "run {operation}"),
    ("@bob", "run {operation}"),
)
ON_THE_SERVICE = (
    ("@alice", "deploy order-service v2.4.1 staging"),
    ("@bob", "deploy order-service v2.4.2 staging"),
    ("@alice", "rollback order-service staging"),
    ("@bob", "scale order-service 5 staging"),
)


def acts(seed: int) -> list[tuple[str, str]]:
    """Who does what: everything about the waiting operation at least once, the rest as the seed will have it."""
    chance = random.Random(seed)
    both = (*ON_THE_WAITING[: 8 if seed % 2 else 4], *ON_THE_WAITING[8:], *ON_THE_SERVICE)
    chosen = [*both, *chance.choices(both, k=RACERS - len(both))]
    chance.shuffle(chosen)
    return chosen


def race(folder: Path, handle: str, line: str, delay: float, start: int) -> dict[str, Any]:
    store = SqliteStore.open(folder / "store" / "opsctl.db")
    team = Colleagues(store, FileAdapters(folder / "platform", step_seconds=0.02), holder=str(Holder.me()))
    os.read(start, 1)  # ends when the parent closes its end
    time.sleep(delay)
    events = team.ask(handle, line)
    store.close()
    return {"who": handle, "line": line, "story": story(events), "why": _why(events[-1]), "ended": _ended(events[-1])}


def _why(last: Told) -> str:
    return last.happened if isinstance(last, OpsctlError | Finished) else ""


def _ended(last: Told) -> str:
    return last.state.value if isinstance(last, Finished) else type(last).__name__


def main(folder: str, operation: str, seed: str) -> None:
    start, go = os.pipe()
    chance = random.Random(seed)
    ends = []
    for handle, line in acts(int(seed)):
        end, told = os.pipe()
        delay = chance.uniform(0, SPREAD_SECONDS)
        if os.fork() == 0:
            os.close(go)
            result = race(Path(folder), handle, line.format(operation=operation), delay, start)
            os.write(told, json.dumps(result).encode())
            os._exit(0)
        os.close(told)
        ends.append(end)
    os.close(go)
    for end in ends:
        with os.fdopen(end, encoding="utf-8") as answer:
            print(answer.read())
    for _ in ends:
        os.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
