"""What a line's start-up time goes into, import by import: Python's own account of it (-X importtime), added up."""

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.site import make_site
from benchmarks.startup import opsctl

ROUNDS = 9
WIDTH = 40
LINES = (("--help",), ("operations",))
LIBRARIES = ("typer", "sqlite3", "hashlib", "json", "wcwidth", "rfc8785", "pydantic", "httpx", "keyring")
PYTHON = "starting Python"
STANDARD = "the standard library"
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|( +)(\S+)")
_OWN = re.compile(r"opsctl\.(?:adapters\.\w+|\w+)|opsctl")


def chart() -> str:
    """A bar for each part of opsctl and each library, with what it loads for itself."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        environment = make_site(Path(folder))
        return "\n\n".join(_chart(words, environment) for words in LINES)


def _chart(words: tuple[str, ...], environment: dict[str, str]) -> str:
    runs = [_imports(words, environment) for _ in range(ROUNDS)]
    # The quickest of several: nothing makes an import faster than it is.
    costs = {name: min(run[name] for run in runs) for name in runs[0]}
    total = sum(costs.values())
    lines = [f"imports of `opsctl {' '.join(words)}`"]
    for name, cost in sorted(costs.items(), key=lambda item: -item[1]):
        share = cost / total
        if share >= 0.01:
            lines.append(f"  {name:<24} {share:4.0%}  {'█' * max(1, round(share * WIDTH * 2))}")
    return "\n".join(lines)


def _imports(words: tuple[str, ...], environment: dict[str, str]) -> dict[str, int]:
    """Microseconds by part; what a library loads for itself counts as the library's."""
    vector = [sys.executable, "-X", "importtime", *opsctl(*words)[1:]]
    told = subprocess.run(vector, env=environment, capture_output=True, text=True, check=True).stderr
    costs: dict[str, int] = defaultdict(int)
    above: list[tuple[int, str]] = []
    # A module is told after those that it imports: backwards, each comes right below its importer.
    for cost, indent, module in reversed(_IMPORT.findall(told)):
        while above and above[-1][0] >= len(indent):
            above.pop()
        importer = above[-1][1] if above else PYTHON
        part = importer if importer in LIBRARIES else _part(module, importer)
        above.append((len(indent), part))
        costs[part] += int(cost)
    return costs


def _part(module: str, importer: str) -> str:
    own = _OWN.match(module)
    name = own[0] if own else module.partition(".")[0]
    if own or name in LIBRARIES:
        return name
    return PYTHON if importer == PYTHON else STANDARD
