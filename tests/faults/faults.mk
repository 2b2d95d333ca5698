# The fault matrix; docs/faults.md says what it breaks and what it promises.
.PHONY: faults
REPORTS ?= 200
faults: setup ## servers, workers and API fail while 200 reports run: none is lost or paid for twice (REPORTS, FAULT)
	$(BIN)/pytest tests/faults --reports $(REPORTS) $(if $(FAULT),-k '$(FAULT)')
