# The site of the documentation; properdocs.yml says what it is made of.
.PHONY: docs docs-serve
docs: setup ## the documentation as a site in dist/site; a link that leads nowhere fails
	$(BIN)/properdocs build --strict

docs-serve: setup ## the same on http://127.0.0.1:8000, anew whenever a page changes
	$(BIN)/properdocs serve
