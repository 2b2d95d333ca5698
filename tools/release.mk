# What the images are made of; docs/building.md says more. Of these only `sbom` needs no network.
.PHONY: audit sbom wheels
SERVICE ?= pypi
IMAGE_LOCKS = requirements/operator.txt requirements/worker.txt requirements/build.txt
# A package that could not be looked up fails the audit too.
audit: setup ## known vulnerabilities of what the images hold (SERVICE=pypi or osv, AUDIT="--ignore-vuln ID")
	$(BIN)/pip-audit --strict --disable-pip --progress-spinner off --vulnerability-service $(SERVICE) $(AUDIT) $(IMAGE_LOCKS:%=--requirement %)

sbom: setup ## what is in each image, as CycloneDX: dist/sbom
	@mkdir -p dist/sbom
	$(BIN)/cyclonedx-py requirements requirements/operator.txt --pyproject pyproject.toml --output-reproducible --output-file dist/sbom/operator.cdx.json
	$(BIN)/cyclonedx-py requirements requirements/worker.txt --pyproject worker/pyproject.toml --output-reproducible --output-file dist/sbom/worker.cdx.json

WHEELS = $(BIN)/uv pip install --dry-run --quiet --target dist/none --python-version 3.13 --only-binary :all: --no-deps --require-hashes
wheels: setup ## whether every locked dependency of the images has a wheel for amd64 and arm64
	for lock in $(IMAGE_LOCKS); do for machine in x86_64 aarch64; do \
	  $(WHEELS) --python-platform $$machine-manylinux_2_28 --requirement $$lock && echo "$$lock: all there for $$machine" || exit 1; \
	done; done
