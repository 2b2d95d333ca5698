# The chaos suite on the kind cluster of `make kind-up`.
.PHONY: chaos
chaos: setup kind-up ## what a pool depends on fails while reports run, half an hour (FAULT="redis-killed lease-lost" for some)
	$(BIN)/python -m tests.chaos $(FAULT)
