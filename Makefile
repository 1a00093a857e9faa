# `make serve` and `make test` are all that a fresh machine needs. Everything else builds on the same two environments.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMPS := .stamps
FITS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON := $(shell for name in python3.13 python3.12 python3.11 python3; do \
            "$$name" -c "$(FITS)" >/dev/null 2>&1 && echo "$$name" && break; done)
ARGS ?=
TIERS := e2e bench power
PYTEST := $(BIN)/python -m pytest -n auto $(TIERS:%=--ignore=tests/%)

.PHONY: help setup serve test test-postgres test-power test-e2e test-all lint format bench docs wheel clean

help:
	@echo "make serve          install and start Pulse on http://127.0.0.1:8100"
	echo "make test           install and run the tests on SQLite"
	echo "make test-postgres  run them on a PostgreSQL 15 of their own"
	echo "make test-power     cut the power below the database (needs gcc)"
	echo "make test-e2e       run the browser tests in Chromium"
	echo "make test-all       all four"
	echo "make lint           every static check"
	echo "make bench          print the measurements, on PostgreSQL too where version 15 is installed"
	echo "make docs           write the generated pages"
	echo "make setup          install everything and nothing else"

# pip follows the machine's index settings; uv is used where it is there and pip has none.
# One stamp per lock: `serve` needs the runtime set only, everything else the development set on top
$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then
	  echo "Python 3.11, 3.12 or 3.13 with its venv module is needed (Debian: apt install python3-venv)." >&2
	  exit 1
	fi
	$(PYTHON) -m venv $(VENV)

define install
	@if command -v uv >/dev/null && ! $(BIN)/python -m pip config list | grep -qE 'index|links' \
	    && VIRTUAL_ENV=$(VENV) uv pip install --quiet --require-hashes -r $(1); then :; else
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	fi
	mkdir -p $(STAMPS)
	touch $@
endef

$(STAMPS)/runtime: requirements.lock | $(BIN)/python
	$(call install,requirements.lock)

$(STAMPS)/dev: requirements-dev.lock requirements.lock | $(BIN)/python
	$(call install,requirements-dev.lock)
	touch $(STAMPS)/runtime

setup: $(STAMPS)/dev

serve: $(STAMPS)/runtime
	@exec $(BIN)/python manage.py serve $(ARGS)

test: $(STAMPS)/dev
	@exec env -u DATABASE_URL $(PYTEST) $(ARGS)

test-postgres: $(STAMPS)/dev
	@exec scripts/postgres.sh $(PYTEST) $(ARGS)

test-power: $(STAMPS)/dev
	@exec env -u DATABASE_URL $(BIN)/python -m pytest tests/power $(ARGS)

test-e2e: $(STAMPS)/dev
	@exec env -u DATABASE_URL $(BIN)/python -m pytest tests/e2e $(ARGS)

test-all: test test-postgres test-power test-e2e

lint: $(STAMPS)/dev
	@export PULSE_HOME="$$(mktemp -d)"
	trap 'rm -rf "$$PULSE_HOME"' EXIT
	unset DATABASE_URL
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check
	$(BIN)/python manage.py docs --check

format: $(STAMPS)/dev
	@$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(STAMPS)/dev
	@exec $(BIN)/python -m tests.bench --both $(ARGS)

docs: $(STAMPS)/dev
	@exec $(BIN)/python manage.py docs

wheel: $(STAMPS)/dev
	@rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation

clean:
	@rm -rf build dist $(STAMPS) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
