# The chart alone; `make test` runs these, too.
.PHONY: chart-test
chart-test: setup ## the chart: its suites, and what Helm 3 and 4 render shown to a real API server
	$(BIN)/pytest tests/unit/chart tests/integration/chart
