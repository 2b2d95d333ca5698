# The suite on the kind cluster of `make kind-up`.
.PHONY: e2e e2e-smoke
e2e: setup kind-up ## the end-to-end tests on kind
	$(BIN)/pytest tests/e2e

e2e-smoke: setup kind-up ## those of them that show the main job, in a few minutes
	$(BIN)/pytest tests/e2e -m smoke
