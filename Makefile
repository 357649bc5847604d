# What a newcomer runs (demo, test) and what keeps the tree in order. Everything happens in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check generate snapshots pictures bench format soak clean

demo: $(READY)
	@"$(BIN)/opsctl" demo

test: $(READY)-dev
	@"$(BIN)/python" -m pytest $(PYTEST)

check: $(READY)-dev
	"$(BIN)/ruff" format --check .
	"$(BIN)/ruff" check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"
	"$(BIN)/python" -m generate --check

# What is written from the code and committed.
generate: $(READY)-dev
	@"$(BIN)/python" -m generate

# The screens of the most used commands, as they are now; `git diff` tells what a person will see otherwise.
snapshots: $(READY)-dev
	@"$(BIN)/python" -m pytest --quiet --renew-snapshots tests/terminal/test_screens.py

# The screens of the README, taken by the tests that look at them.
pictures: $(READY)-dev
	@OPSCTL_PICTURES=1 "$(BIN)/python" -m pytest tests/relay/room/test_transcripts.py

bench: $(READY)-dev
	@"$(BIN)/python" -m benchmarks

# What every run searches for a moment, searched for long.
soak: $(READY)-dev
	OPSCTL_SOAK=1 "$(BIN)/python" -m pytest --timeout=3600 tests/core/test_engine_properties.py tests/adapters/test_sqlite_tampering.py tests/real/test_race.py tests/real/test_crash_incident.py tests/real/test_crash_heard.py tests/real/test_relays_on_postgres.py
	OPSCTL_BENCH_COMMANDS=100000 "$(BIN)/python" -m benchmarks relay

format: $(READY)-dev
	"$(BIN)/ruff" format .
	"$(BIN)/ruff" check --fix .

clean:
	rm -rf "$(VENV)" .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(READY): pyproject.toml
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "opsctl needs Python 3.11 or newer")'
	"$(PYTHON)" -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable .
	@touch "$@"

$(READY)-dev: $(READY)
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch "$@"
