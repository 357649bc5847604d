"""How long a line takes from the shell and back, over a bare Typer program of the same Typer, run in turn."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.row import Row
from benchmarks.site import make_site
from opsctl.adapters.stores.sqlite.store import SqliteStore

ROUNDS = 25

BARE = """
import typer
app = typer.Typer(add_completion=False, rich_markup_mode=None)
@app.command()
def one(number: int): print(number)
@app.command()
def two(number: int, text: str = "x"): print(number)
app()
"""

REFUSED = ("scale", "my-service", "2", "nowhere")
"""In the journal first, then found to be wrong: nothing but opsctl is measured."""


def rows() -> list[Row]:
    """All rows; takes about a minute."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        place = Path(folder)
        environment = make_site(place)
        bare = bare_program(place, environment)

        def over(*words: str) -> float:
            return ratio(partial(whole, opsctl(*words), environment), bare)

        first_entry = partial(_to_first_entry, place / "opsctl.db", environment)
        return [
            Row("opsctl --help / bare Typer program", over("--help"), 1.3, True),
            Row("a usage error / bare Typer program", over("deplyo"), 1.3, True),
            Row("operations / bare Typer program", over("operations"), 2.0, True),
            Row("audit / bare Typer program", over("audit"), 2.0, True),
            Row("approvals / bare Typer program", over("approvals"), 2.0, True),
            Row("a change up to its first entry / bare Typer program", ratio(first_entry, bare), 2.0, True),
        ]


def bare_program(place: Path, environment: dict[str, str]) -> Callable[[], float]:
    """A run of a bare Typer program, made in that folder; returns how long it took in seconds."""
    (place / "bare.py").write_text(BARE)
    return partial(whole, [sys.executable, str(place / "bare.py"), "one", "1"], environment)


def opsctl(*words: str) -> list[str]:
    """The argument vector of a line."""
    return [sys.executable, "-m", "opsctl", *words]


def ratio(ours: Callable[[], float], bare: Callable[[], float]) -> float:
    """How many times as long ours takes, as the median of pairs of runs."""
    ours()  # validates the settings, which are remembered
    return median(ours() / bare() for _ in range(ROUNDS))


def whole(vector: list[str], environment: dict[str, str]) -> float:
    """Run it; returns how long it took in seconds, from the outside."""
    start = time.perf_counter()
    subprocess.run(vector, env=environment, check=False, capture_output=True)
    return time.perf_counter() - start


def _to_first_entry(path: Path, environment: dict[str, str]) -> float:
    """Until the second entry is written, since by then the first is durable."""
    start = time.time()
    subprocess.run(opsctl(*REFUSED), env=environment, check=False, capture_output=True)
    store = SqliteStore.open(path)
    (operation,) = store.operations(limit=1)
    second = store.entries(operation.id)[1]
    store.close()
    return datetime.fromisoformat(second.at).timestamp() - start
