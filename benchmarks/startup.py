"""How long a line takes from the shell and back, over a bare Typer program of the same Typer, run in turn."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.row import Row
from benchmarks.site import make_site

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


def rows() -> list[Row]:
    """All rows; takes about half a minute."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        place = Path(folder)
        (place / "bare.py").write_text(BARE)
        environment = make_site(place)
        bare = _command([sys.executable, str(place / "bare.py"), "one", "1"], environment)
        return [
            Row("opsctl --help / bare Typer program", _over(bare, environment, "--help"), 1.3, True),
            Row("a usage error / bare Typer program", _over(bare, environment, "deplyo"), 1.3, True),
            Row("operations / bare Typer program", _over(bare, environment, "operations"), 2.0, True),
            Row("audit / bare Typer program", _over(bare, environment, "audit"), 2.0, True),
            Row("approvals / bare Typer program", _over(bare, environment, "approvals"), 2.0, True),
            Row("a change, refused after its first entry / bare Typer", _over(bare, environment, *REFUSED), 2.0, True),
        ]


REFUSED = ("scale", "my-service", "2", "nowhere")
"""It is in the journal first, and then found to be wrong: nothing but opsctl is measured."""


def _over(bare: Callable[[], float], environment: dict[str, str], *words: str) -> float:
    ours = _command([sys.executable, "-m", "opsctl", *words], environment)
    ours()
    return median(ours() / bare() for _ in range(ROUNDS))


def _command(vector: list[str], environment: dict[str, str]) -> Callable[[], float]:
    def run() -> float:
        start = time.perf_counter()
        subprocess.run(vector, env=environment, check=False, capture_output=True)
        return time.perf_counter() - start

    return run
