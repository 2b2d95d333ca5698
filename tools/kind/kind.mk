# Targets of tools/kind; docs/kind.md says what they do.
.PHONY: kind-up kind-down kind-images
kind-up: ## a kind cluster with the images loaded, by the fastest way this machine allows
	@$(PYTHON) -m tools.kind up

kind-down: ## delete the kind cluster
	@$(PYTHON) -m tools.kind down

kind-images: ## build the images that kind-up loads
	@$(PYTHON) -m tools.kind images
