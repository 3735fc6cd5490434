# Two commands for a fresh machine: `make demo` and `make test`. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-streaming lint format pins clean-demo soak \
	bench-pipeline bench-fetch bench-feeds bench-extraction bench-quality bench-enrichment \
	bench-syndication bench-dataset bench-scaling

help:  ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup: $(READY)  ## the environment in .venv, from the pinned and hashed requirements

$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "newsbeam needs Python 3.11 or newer; make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## the main job on sample data; what came out, and where
	@$(BIN)/python seeds/demo.py demo-data

clean-demo:  ## forget what the demo stored
	rm -rf demo-data

test: $(READY) lint  ## lint, types and all tests, as many files side by side as there are cores
	$(BIN)/python -m pytest -n auto --dist loadfile

test-streaming: $(READY)  ## windows and lateness on Beam's Prism, which Go builds
	prism=$$($(BIN)/python deploy/flink/packages.py prism) && PRISM=$$prism $(BIN)/python -m pytest -m prism

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)  ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench-pipeline: $(READY)  ## articles per CPU second, as a ratio to the bare libraries
	@$(BIN)/python -m benchmarks.pipeline

bench-fetch: $(READY)  ## fetching beside what politeness allows, and beside bare aiohttp
	@$(BIN)/python -m benchmarks.fetch

bench-extraction: $(READY)  ## the extract stage and the pipeline against bare process pools
	@$(BIN)/python -m benchmarks.extraction $(ARGS)

bench-quality: $(READY)  ## texts, dates and metadata against gold in $CORPORA, beside bare libraries
	@$(BIN)/python -m benchmarks.text_quality $(ARGS)
	@$(BIN)/python -m benchmarks.metadata_quality $(ARGS)

bench-scaling: $(READY)  ## growth with the number of pages; speed-up with workers
	@$(BIN)/python -m benchmarks.scaling

bench-enrichment: $(READY)  ## dates, names and languages against gold in $CORPORA
	@$(BIN)/python -m benchmarks.enrichment

bench-syndication: $(READY)  ## copies, stories and what they cost; BASIL and ECB+ in $CORPORA
	@$(BIN)/python -m benchmarks.syndication

bench-feeds: $(READY)  ## reading feeds, as a ratio to feedparser's defaults
	@$(BIN)/python -m benchmarks.feeds

soak: $(READY)  ## a day of the stream in minutes; its memory
	@$(BIN)/python -m benchmarks.soak

pins: $(READY)  ## renew requirements.txt and requirements-dev.txt from pyproject.toml
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	  --no-emit-find-links --strip-extras --no-header --allow-unsafe -o requirements.txt pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
	  --no-emit-find-links --strip-extras --no-header --allow-unsafe --extra dev -c requirements.txt \
	  -o requirements-dev.txt pyproject.toml
