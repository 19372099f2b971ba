# Liankong 联控. `make run` starts the platform, `make test` proves it, `make help` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/sh

# A node is many processes and a test run starts hundreds: what Python compiles is kept, apart from the sources.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/bytecode

.DEFAULT_GOAL := help
.PHONY: help env run test lint shots messages bench docs lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

env: ## make the environment (.venv), and nothing else
	@$(PYTHON) tools/env.py

run: env ## start database, web, worker and clocks; load the demo city the first time
	@$(BIN)/liankong serve $(ARGS)

test: ## every test, against real PostgreSQL and real Chromium
	@$(PYTHON) tools/env.py --browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: env ## style, types, import contracts, security, vendored files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	LIANKONG_DATA=build/lint $(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/bandit -q -ll -r liankong
	$(BIN)/python tools/vendor_check.py

shots: ## a picture of every page, in both languages and three widths, in build/shots
	@$(PYTHON) tools/env.py --browser
	@$(BIN)/python -m tools.shots $(ARGS)

messages: env ## collect the words of the console and compile its Chinese (needs GNU gettext)
	@$(BIN)/python tools/messages.py $(ARGS)

bench: env ## run the benchmarks and write bench/RESULTS.md
	@$(BIN)/python -m bench $(ARGS)

docs: env ## build the documentation in site
	@$(BIN)/mkdocs build --strict

lock: env ## choose versions anew and write requirements.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra server --group dev \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -o requirements.lock

clean: ## remove what was built; the data and the environment stay
	rm -rf build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
