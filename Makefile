# One command for each job. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
OUT ?= out
ARGS ?=

# Stamps: a second run of `make setup` has nothing to do until pyproject.toml changes.
SETUP := $(VENV)/.setup
SETUP_TEST := $(VENV)/.setup-test

.PHONY: help setup course tour tour-real test test-fast conformance bench lint format labhost clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(SETUP) ## a virtual environment in .venv with dnetlab in it

$(PY):
	@[ -n "$(PYTHON)" ] || { echo "dnetlab needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3" >&2; exit 2; }
	@# Debian has the part of Python that makes environments in a package of its own.
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get -q -y install --no-install-recommends python3-venv >/dev/null 2>&1 || { apt-get -q update && apt-get -q -y install --no-install-recommends python3-venv; } >/dev/null; \
	  else echo "This Python cannot make virtual environments: apt-get install python3-venv, as root" >&2; exit 2; fi; }
	@$(PYTHON) -m venv $(VENV)

$(SETUP): pyproject.toml | $(PY)
	@echo "setup: installing dnetlab and what it needs into $(VENV)" >&2
	@$(PY) -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(SETUP_TEST): pyproject.toml | $(SETUP)
	@echo "setup: installing what the tests need into $(VENV)" >&2
	@$(PY) -m pip install -q --disable-pip-version-check -e '.[test]'
	@touch $@

course: $(SETUP) ## open the course in JupyterLab
	@$(BIN)/dnetlab course $(ARGS)

tour: $(SETUP) ## every network type and every claim, in the terminal; pictures in OUT (out)
	@$(BIN)/dnetlab tour --out $(OUT) $(ARGS)

tour-real: $(SETUP) ## the same on the test engine
	@$(PY) -m tests.labhost run -- $(BIN)/dnetlab tour --engine docker --out $(OUT) $(ARGS)

# Two workers, each with its files and, where they need one, a test engine of its own. An engine that is given
# is one engine: then the tests go one after the other.
JOBS ?= $(if $(DNETLAB_TEST_ENGINE),1,2)
PYTEST := $(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
test: $(SETUP_TEST) ## every test, with the test engine and a browser
	@$(PY) -m tests.labhost needs --bin .dnetlab/bin
	@$(MAKE) --no-print-directory lint
	@$(PYTEST) tests $(ARGS)

test-fast: $(SETUP_TEST) ## without the test engine and the browser
	@$(PYTEST) -q -m "not real and not browser" tests $(ARGS)

conformance: $(SETUP_TEST) ## the embedded engine against the test engine, fact by fact
	@$(PY) -m tests.conformance $(ARGS)

bench: $(SETUP_TEST) ## how long things take, as a table
	@$(PY) -m tests.labhost run --or-without -- $(PY) -m bench $(ARGS)

lint: $(SETUP_TEST) ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted as above: make format" >&2; exit 1; }
	@$(BIN)/mypy

format: $(SETUP_TEST) ## format the code
	@$(BIN)/ruff format .

labhost: ## start a test engine, print its DOCKER_HOST (end it: python3 -m tests.labhost down)
	@$(PYTHON) -m tests.labhost up $(ARGS)

clean: ## remove what was made here; the test engine's cache stays in ~/.cache/dnetlab
	@rm -rf $(VENV) out build dist .dnetlab .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	@find . -name __pycache__ -prune -exec rm -rf {} +
