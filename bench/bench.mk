# Targets of bench; docs/bench.md says what they do.
.PHONY: bench
BENCH ?= all

bench: setup kind-up ## the figures of the README, side by side with the alternatives (BENCH=NAME for one of them)
	@exec $(BIN)/python -m bench $(BENCH)
