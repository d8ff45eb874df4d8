# make run       everything up, with demo data, on http://127.0.0.1:8000 (PORT= for another)
# make test      every check and every test, on SQLite and on PostgreSQL, and in a browser
# make help      the rest

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
HASHED := $(BIN)/python -m pip install -qq --require-hashes
CATALOGUES := $(wildcard src/arvio/locale/*/LC_MESSAGES/*.po)

# What a check says is shown only when it fails.
quietly = @said=$$($(1) 2>&1) || { printf '%s\n' "$$said"; exit 1; }

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore
export PYTHONUTF8 := 1

.PHONY: help run install test lint types fmt pins messages clean test-sqlite test-postgresql test-browser

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile
	@echo 'make install   what a service runs on, into .venv: see docs/running.md'
	@echo 'make lint      ruff, types, the order of the rooms, templates'
	@echo 'make fmt       rewrite code and templates in the house style'
	@echo 'make pins      write requirements/*.txt anew from pyproject.toml (UPGRADE=1: newest releases)'
	@echo 'make messages  collect texts into locale/*.po (needs gettext)'
	@echo 'make clean     remove what was installed and built; var/ with its data stays'

run: install
	@$(BIN)/arvio demo --port $(PORT)

install: $(VENV)/.run $(CATALOGUES:.po=.mo)

test: lint test-sqlite test-postgresql test-browser
	@echo 'All tests passed.'

test-sqlite: $(VENV)/.dev $(CATALOGUES:.po=.mo)
	@echo 'Tests on SQLite:'
	@ARVIO_TEST_DATABASE=sqlite $(BIN)/python -m pytest -q -n 2 --dist worksteal -m 'not browser and not fuzz and not postgresql'

test-postgresql: $(VENV)/.dev $(CATALOGUES:.po=.mo)
	@$(BIN)/python -m tools.bring postgres
	@echo 'Tests on PostgreSQL:'
	@ARVIO_TEST_DATABASE=postgresql $(BIN)/python -m pytest -q -n 2 --dist worksteal -m 'not browser and not once'

test-browser: $(VENV)/.dev $(CATALOGUES:.po=.mo)
	@$(BIN)/python -m tools.bring browser
	@echo 'Stories in a browser:'
	@ARVIO_TEST_DATABASE=sqlite $(BIN)/python -m pytest -q -n 2 --dist worksteal -m browser

lint: $(VENV)/.dev $(CATALOGUES:.po=.mo)
	@echo 'Format, lint, the order of the rooms, types:'
	$(call quietly,$(BIN)/ruff check --quiet --output-format concise)
	@$(BIN)/ruff format --check >/dev/null 2>&1 || { echo 'Some files are not formatted: make fmt'; exit 1; }
	$(call quietly,find src -name '*.html' | xargs -r $(BIN)/djade --target-version 5.2 --check)
	$(call quietly,$(BIN)/lint-imports --no-logo)
	$(call quietly,$(BIN)/mypy)
	@echo 'all kept'

fmt: $(VENV)/.dev
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format --quiet
	@find src -name '*.html' | xargs -r $(BIN)/djade --target-version 5.2 || true

pins: $(VENV)/.dev
	@$(BIN)/python -m pip install -qq 'pip-tools~=7.6'
	@$(BIN)/python tools/pin.py $(if $(UPGRADE),--upgrade)

messages: $(VENV)/.dev
	@cd src/arvio && DJANGO_SETTINGS_MODULE=tests.settings PYTHONPATH=../.. ../../$(BIN)/python -m django \
		makemessages --locale ru --locale fi --no-obsolete --no-location --no-wrap
	@sed -E -i.bak '/^"(POT-Creation-Date|Report-Msgid-Bugs-To)/d' $(CATALOGUES) && rm -f $(CATALOGUES:.po=.po.bak)

clean:
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis dist
	@find src tests tools -name __pycache__ -prune -exec rm -rf {} +
	@find src -name '*.mo' -delete

# --- what the targets above stand on; a stamp says what was installed, so a second run is quick

$(VENV)/.made:
	@python=$$(tools/find-python) && echo "Making $(VENV) with $$($$python --version) ..." \
		&& rm -rf $(VENV) && $$python -m venv $(VENV) && touch $@

$(VENV)/.run: requirements/run.txt pyproject.toml $(VENV)/.made
	@echo 'Installing what Arvio runs on (once; about half a minute) ...'
	@$(HASHED) -r requirements/run.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo 'Installing what the tests need (once; about a minute) ...'
	@$(HASHED) -r requirements/dev.txt
	@touch $@

%.mo: %.po | $(VENV)/.run
	@$(BIN)/python -m arvio.config.catalogues $<
