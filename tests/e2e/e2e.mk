# The suite on the kind cluster of `make kind-up`.
.PHONY: e2e e2e-smoke killer
e2e: setup kind-up ## the end-to-end tests on kind, and docker compose
	$(BIN)/pytest tests/compose
	$(BIN)/pytest tests/e2e

e2e-smoke: setup kind-up ## those of them that show the main job, in a few minutes
	$(BIN)/pytest tests/e2e -m smoke

REPEAT ?= 10
PARALLEL ?= 3
killer: setup kind-up ## the killer test: 40 reports run, the pool shrinks, nothing is cut off (REPEAT, PARALLEL, SCENARIO)
	$(BIN)/python -m tests.e2e.killer --repeat $(REPEAT) --parallel $(PARALLEL) $(SCENARIO)
