# Commands every reader can rely on. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help
help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: setup
setup: .venv/.complete ## .venv with everything that the commands below need from Python

.venv/.complete: requirements/dev.txt pyproject.toml worker/pyproject.toml worker/revrx-worker/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "setup: $(PYTHON) is not Python 3.11 or later; call: make setup PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -m venv .venv 2>/dev/null || { echo "setup: $(PYTHON) lacks venv; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e worker/revrx-worker -e worker
	@touch $@

.PHONY: test
test: setup ## unit and integration tests: real Redis and Celery, no Docker; about a quarter of an hour on two cores
	$(BIN)/pytest

.PHONY: mutation
mutation: setup ## faults put into operator/plan, of which its tests find nine in ten; MODULES="scaling targets" for some
	$(BIN)/python -m tools.mutation $(MODULES)

.PHONY: lint
lint: setup ## format, style, strict types, import contracts, generated files, chart
	$(BIN)/ruff format --check src/revrx_operator worker tools bench tests
	$(BIN)/ruff check src/revrx_operator worker tools bench tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.generate --check
	"$$($(BIN)/python -m tools.kind tool helm)" lint --strict charts/revrx-worker

.PHONY: crds
crds: setup ## write the generated files: CRD; values, schema, README of the chart; tables and figures of the documentation
	$(BIN)/python -m tools.generate

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

# The images' locks are held to the versions that the tests ran with.
.PHONY: lock
lock: ## resolve the dependencies anew into requirements/*.txt
	@test -x $(BIN)/uv || { $(PYTHON) -m venv .venv && $(BIN)/pip install --quiet uv; }
	$(LOCK) --no-emit-package revrx-worker --group dev pyproject.toml worker/pyproject.toml worker/revrx-worker/pyproject.toml -o requirements/dev.txt
	$(LOCK) --constraints requirements/dev.txt pyproject.toml -o requirements/operator.txt
	$(LOCK) --constraints requirements/dev.txt --no-emit-package revrx-worker --extra flower worker/pyproject.toml -o requirements/worker.txt
	echo 'setuptools>=80' | $(LOCK) --constraints requirements/dev.txt - -o requirements/build.txt

include tools/kind/kind.mk
include tests/e2e/e2e.mk
include tests/faults/faults.mk
include tests/chaos/chaos.mk
include tests/integration/chart/chart.mk
include tests/fuzz/fuzz.mk
include tools/demo/demo.mk
include tools/site/site.mk
include tools/release.mk
include bench/bench.mk
