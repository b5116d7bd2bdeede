# Everything works on a machine with Python 3.11 and pip; a C compiler, npm and Chromium are used
# when present, and what is lost without them is said.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where compiled modules are: see setup.py.
HOT := books dialects/evm dialects/uniswap_v2 dialects/uniswap_v3 dialects/uniswap_v4 execution/routing

.PHONY: run test check bench new-venue install dev web lock format clean

install: $(VENV)/.installed
dev: $(VENV)/.dev

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python requirements/run.txt pyproject.toml setup.py $(wildcard $(foreach folder,$(HOT),src/argosy/$(folder)/*.py src/argosy/$(folder)/*.pxd))
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

run: install web  ## sandbox, desk and terminal; prints the terminal's address
	$(BIN)/argosy up

web:  ## build the terminal where npm is present
	@sh scripts/build-web.sh

test: dev web check  ## everything that must hold
	sh scripts/test.sh

check: dev  ## format, lint, types, import contracts, tidy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/tidy

format: dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: dev  ## ratios against peers, as a table and in build/bench.json
	sh scripts/bench.sh

new-venue: dev  ## make new-venue NAME=bybit
	$(BIN)/python scripts/new_venue.py $(NAME)

lock:  ## pin and hash what is installed (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml requirements/build.in -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --group dev pyproject.toml requirements/build.in -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml requirements/build.in requirements/bench.in -o requirements/bench.txt

clean:
	rm -rf build dist *.egg-info src/*.egg-info src/argosy/web/static
	find src -name '*.so' -delete
