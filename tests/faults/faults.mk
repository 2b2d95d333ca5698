# The fault matrix; docs/faults.md says what it breaks and what it promises.
.PHONY: faults
REPORTS ?= 200
faults: setup ## 23 faults of servers, workers and API while 200 reports run: none lost, none paid twice (REPORTS, FAULT)
	$(BIN)/pytest tests/faults --reports $(REPORTS) $(if $(FAULT),-k '$(FAULT)')
