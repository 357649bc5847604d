"""`make generate` writes every generated file anew; `make check` tells which of them are out of date."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from generate import commands, completions, configuration, manual, schema

FILES: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands.page,
    "docs/configuration.md": configuration.page,
    **completions.FILES,
    "docs/opsctl.1": manual.page,
    "docs/output.schema.json": schema.page,
}
"""Each file, from the top of the checkout, and what writes its text. A new one is one line here."""

TOP = Path(__file__).parent.parent


def stale() -> Iterator[tuple[Path, str]]:
    """(file, the text that belongs there) of each file whose content is another one, or that is missing."""
    for name, write in FILES.items():
        file, text = TOP / name, write()
        if not file.exists() or file.read_text() != text:
            yield file, text


def main() -> int:
    """0 where nothing had to be said."""
    found = list(stale())
    if "--check" in sys.argv[1:]:
        for file, _ in found:
            print(f"{file.relative_to(TOP)} is out of date; write it anew: make generate", file=sys.stderr)
        return int(bool(found))
    for file, text in found:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        print(f"wrote {file.relative_to(TOP)}")
    return 0


sys.exit(main())
