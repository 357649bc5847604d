"""How long TAB takes in bash, over a bare bash that reads the same file, run in turn; loading the script counts."""

import subprocess
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.row import Row
from benchmarks.startup import whole
from opsctl.adapters.stores.sqlite.store import SqliteStore
from opsctl.core.command import Command
from opsctl.core.context import Context
from opsctl.core.known_names import known_names
from opsctl.core.operation import Operation, State
from opsctl.core.published_site import Environment, PublishedSite, Service
from opsctl.core.shelf import StoreShelf
from opsctl.core.store import Transaction
from opsctl.core.telling import request_facts
from opsctl.core.transition import move
from opsctl.settings.names_file import names_file, renew
from opsctl.wiring.services import Adapters

ROUNDS = 101
SERVICES = 60
VERSIONS = 40
OPERATIONS = 100
SCRIPT = Path(__file__).parent.parent / "completions/opsctl.bash"
CONFIG = "/etc/bench.toml"

BARE = 'mapfile -t lines <"$1"; :'
TAB = 'source "$1"; COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=9; __opsctl opsctl "${2##* }"; ((${#COMPREPLY[@]}))'

LINES = {
    "commands": "opsctl ",
    "services": "opsctl deploy serv",
    "versions": f"opsctl deploy service-{SERVICES - 1} ",
    "operation ids": "opsctl approve op-",
}


def rows() -> list[Row]:
    """All rows; takes a few seconds."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        place = Path(folder)
        environment = {"HOME": folder, "OPSCTL_CONFIG": CONFIG, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        file = names_file(environment)
        renew(file, partial(_known, place))
        bare = ["bash", "--norc", "--noprofile", "-c", BARE, "bash", str(file)]
        return [
            Row(f"TAB on {what} / a bash that reads the file", _ratio(line, bare, environment), 5.0, True)
            for what, line in LINES.items()
        ]


def _ratio(line: str, bare: list[str], environment: dict[str, str]) -> float:
    tab = ["bash", "--norc", "--noprofile", "-c", TAB, "bash", str(SCRIPT), line]
    subprocess.run(tab, env=environment, check=True)  # which fails where nothing is offered
    return median(whole(tab, environment) / whole(bare, environment) for _ in range(ROUNDS))


def _known(place: Path, before: str) -> str:
    """What is known of a large site after a while."""
    environments = {name: Environment(name) for name in ("development", "staging", "production")}
    services = {
        name: Service(name, "team", {where: {"kind": "local"} for where in environments})
        for name in (f"service-{number}" for number in range(SERVICES))
    }
    store = SqliteStore.create(place / "store.db", "bench")
    StoreShelf(store).publish(PublishedSite("bench", "#ops", environments, {}, {}, services).text, "op-0")
    for number in range(OPERATIONS):
        store.write(partial(_let_wait, operation=_operation(number)))
    context = Context(store, Adapters(place), _no_command, holder="", executed_by="")
    versions = tuple(f"v{number}.0" for number in range(VERSIONS, 0, -1))
    context.listed.update({(service, environment): versions for service in services for environment in environments})
    text = known_names(context, before)
    store.close()
    return text


def _let_wait(tx: Transaction, operation: Operation) -> None:
    tx.append(operation.id, operation.state.value, request_facts(operation))
    tx.insert(operation)
    move(tx, operation, State.AWAITING_APPROVAL, {}, deadline=tx.deadline(3600))


def _operation(number: int) -> Operation:
    return Operation(
        id=f"op-{number:06}",
        command=f"/deploy service-{number % SERVICES} v1.0 production",
        person="@alice",
        origin="terminal",
        channel="#ops",
        service=f"service-{number % SERVICES}",
        environment="production",
        state=State.REQUESTED,
        requested_at=datetime(2026, 3, 4, tzinfo=UTC),
    )


def _no_command(text: str) -> Command:
    raise AssertionError(text)  # nothing is read back here
