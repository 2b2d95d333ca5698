# Generated resources before a real API server, validate and the operator; docs/validate.md says what it promises.
.PHONY: fuzz
RESOURCES ?= 10000
SEED ?= 1
fuzz: setup ## 10,000 generated resources: refused by their field or reconciled whole (RESOURCES, SEED)
	$(BIN)/python -m tests.fuzz --resources $(RESOURCES) --seed $(SEED)
