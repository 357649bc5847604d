"""`make bench`: all rows, with ratio, budget and verdict. `python -m benchmarks NAME …`: those of some parts."""

import sys

from benchmarks import audit, completion, imports, journal, logs, pages, relay, slack, startup

PARTS = {
    "startup": startup,
    "completion": completion,
    "audit": audit,
    "journal": journal,
    "logs": logs,
    "relay": relay,
    "slack": slack,
    "pages": pages,
}
wanted = sys.argv[1:] or list(PARTS)

print(f"{'measured over its reference':<66}  ratio  budget  verdict")
for name in wanted:
    for row in PARTS[name].rows():
        print(row.line, flush=True)
if wanted == list(PARTS):
    print(f"\n{imports.chart()}")
