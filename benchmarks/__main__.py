"""`make bench`: all rows, with ratio, budget and verdict."""

from benchmarks import audit, completion, imports, journal, logs, startup

print(f"{'measured over its reference':<66}  ratio  budget  verdict")
for part in (startup, completion, audit, journal, logs):
    for row in part.rows():
        print(row.line, flush=True)
print(f"\n{imports.chart()}")
