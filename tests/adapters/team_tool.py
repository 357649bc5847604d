"""A tool as a team has one, for tests: it deploys to a "platform" that is a folder, and tells its state as JSON.

Run as `python team_tool.py FOLDER deploy VERSION OPERATION PERSON`, `… rollback NUMBER …`, `… scale REPLICAS`,
`… state`, `… versions`. The file FOLDER/behaviour.json makes it misbehave: it is merged over DEFAULTS.
"""

import fcntl
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

GOOD, BETTER, SICK = "v1.0.0", "v1.1.0", "v2.0.0"
EMPTY: dict[str, Any] = {"releases": [], "current": None, "replicas": 0, "ready": 0, "endpoints": [], "made": 0}
DEFAULTS: dict[str, Any] = {"seconds": 0.5, "forgets_to_act": False, "stays_unready": False, "half_done": False}


def main(folder: Path, what: str, *words: str) -> int:
    match what, words:
        case "state", ():
            print("asking the platform …", file=sys.stderr)
            print(json.dumps(told(folder)))
        case "versions", ():
            print("\n".join((SICK, BETTER, GOOD)))
        case "deploy", (version, operation, person):
            return release(folder, version, operation, person, None)
        case "rollback", (number, operation, person):
            target = next(one for one in now(folder)["releases"] if one["number"] == int(number))
            return release(folder, target["version"], operation, person, int(number))
        case "scale", (replicas,):
            return scale(folder, int(replicas))
        case _:
            print(f"no such thing: {what} {words}", file=sys.stderr)
            return 64
    return 0


def release(folder: Path, version: str, operation: str, person: str, restores: int | None) -> int:
    behaviour = behaviour_of(folder)
    with working(folder) as state:
        print(f"starting {version}", flush=True)
        if behaviour["half_done"]:
            state["ready"] = 1
            keep(folder, state)
        time.sleep(behaviour["seconds"])
        if behaviour["forgets_to_act"]:
            return 0
        made = {
            "number": 1 + max((one["number"] for one in state["releases"]), default=0),
            "version": version,
            "at": datetime.now(UTC).isoformat(),
            "by": person,
            "operation": operation,
            "healthy": version != SICK,
            "restores": restores,
        }
        state["releases"].append(made)
        if version != SICK:
            wanted = 2 if state["current"] is None else state["replicas"]
            state["current"] = made["number"]
            run(state, wanted, anew=True)
            state["ready"] -= bool(behaviour["stays_unready"])
        keep(folder, state)
    if version == SICK:
        print("ERROR not ready: the database schema is too old", file=sys.stderr)
        return 1
    return 0


def scale(folder: Path, replicas: int) -> int:
    with working(folder) as state:
        time.sleep(behaviour_of(folder)["seconds"])
        run(state, replicas, anew=False)
        keep(folder, state)
    return 0


def run(state: dict[str, Any], replicas: int, *, anew: bool) -> None:
    kept = [] if anew else state["endpoints"][:replicas]
    fresh = [f"http://127.0.0.1:{40_000 + state['made'] + number}" for number in range(replicas - len(kept))]
    state |= {"replicas": replicas, "ready": replicas, "endpoints": kept + fresh, "made": state["made"] + len(fresh)}


def told(folder: Path) -> dict[str, Any]:
    state = now(folder)
    current = next((one for one in state["releases"] if one["number"] == state["current"]), None)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            busy = True
        else:
            busy = False
    counts = {key: state[key] for key in ("replicas", "ready", "endpoints", "releases")}
    return {"release": current, "busy": busy, "most": 20, **counts}


def now(folder: Path) -> dict[str, Any]:
    file = folder / "state.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else json.loads(json.dumps(EMPTY))
    return found


def keep(folder: Path, state: dict[str, Any]) -> None:
    (folder / "beside").write_text(json.dumps(state))
    (folder / "beside").replace(folder / "state.json")


def behaviour_of(folder: Path) -> dict[str, Any]:
    file = folder / "behaviour.json"
    return {**DEFAULTS, **(json.loads(file.read_text()) if file.exists() else {})}


@contextmanager
def working(folder: Path) -> Iterator[dict[str, Any]]:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield now(folder)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
