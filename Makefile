# Everything installs what it needs into .venv: only Python >= 3.11, make and a package index are asked for.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup test check faults bench clean

setup: $(STAMP)

$(STAMP): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed; this is " + sys.version.split()[0] + ": call make PYTHON=python3.12")'
	@echo "Installing the locked packages into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock; \
	 else $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock; fi
	@touch $(STAMP)

# the tests, on real servers that they start themselves
test: setup
	@echo "Running the tests on a real mongod ..."
	$(BIN)/python -m pytest --ignore=tests/faults

# servers and processes killed in the middle of work
faults: setup
	@echo "Killing servers and processes in the middle of their work ..."
	$(BIN)/python -m pytest tests/faults

# ratios to raw driver calls, measured in the same run
bench: setup
	$(BIN)/python -m tests.benchmarks.append

# format, lint, types, walls
check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) .trama .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
