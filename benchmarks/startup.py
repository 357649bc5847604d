"""How long a line takes from the shell and back, over a bare Typer program of the same Typer, run in turn."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.row import Row

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
        environment = _site(place)
        bare = _command([sys.executable, str(place / "bare.py"), "one", "1"], environment)
        return [
            Row("opsctl --help / bare Typer program", _over(bare, environment, "--help"), 1.3, True),
            Row("a usage error / bare Typer program", _over(bare, environment, "deplyo"), 1.3, True),
            Row("operations / bare Typer program", _over(bare, environment, "operations"), 2.0, True),
            Row("audit / bare Typer program", _over(bare, environment, "audit"), 2.0, True),
            Row("approvals / bare Typer program", _over(bare, environment, "approvals"), 2.0, True),
            Row("a change, refused after its first entry / bare Typer", _over(bare, environment, *REFUSED), 2.0, True),
        ]


REFUSED = ("scale", "my-service", "2", "staging")
"""Nothing was ever deployed, so it ends where it would first ask the platform."""


def _site(place: Path) -> dict[str, str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(place / "cache"), "OPSCTL_CONFIG": str(place / "opsctl.toml")}
    opsctl = [sys.executable, "-m", "opsctl"]
    subprocess.run([*opsctl, "init", "--yes", "--folder", str(place)], env=environment, check=True, capture_output=True)
    publish = [*opsctl, "site", "publish", str(place / "site.toml")]
    subprocess.run(publish, env=environment, check=True, capture_output=True)
    return environment


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
