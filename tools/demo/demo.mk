# Targets of tools/demo; docs/demo.md says what they do.
.PHONY: demo demo-kind
DEMO_ON ?= auto

demo: setup ## 200 real reports in, watch the pool scale 0 -> N -> 0 (DEMO_ON=local or kind to choose where)
	@exec $(BIN)/python -m tools.demo --on $(DEMO_ON)

demo-kind: setup ## the demo on kind, whatever it takes to get one
	@exec $(BIN)/python -m tools.demo --on kind
