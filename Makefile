# The README's two commands are `make study` and `make test`; both set up their own environment first.
# A second set-up costs nothing: .venv/.ready is newer than what it was made from.

PYTHON ?= python3
SCENARIO ?= studies/scenarios/support_bot.toml
QUOTES ?= studies/quotes/*.toml
BIN := .venv/bin

.PHONY: help setup study quotes test quick long check format docs lowest fuzz mutants advisories bench lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

# Scripts inside a virtual environment hold its path, so a moved or copied folder is set up again.
ifneq ($(shell cat .venv/.ready 2>/dev/null),$(CURDIR))
.PHONY: .venv/.ready
endif

setup: .venv/.ready ## make .venv with the pinned versions

# Wheels only: building a package from source would fetch build tools that no hash pins.
.venv/.ready: constraints.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
	  { echo "breakeven: '$(PYTHON)' is not installed; Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "breakeven: $$($(PYTHON) --version) is too old; Python 3.11 or newer is needed" \
	    "(name another one with: make PYTHON=python3.12)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "breakeven: $(PYTHON) cannot make virtual environments; install the package python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --only-binary :all: --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@pwd > .venv/.ready

study: .venv/.ready ## answer the main question for the support bot (or SCENARIO=...) into outputs/
	$(BIN)/breakeven run $(SCENARIO)

quotes: .venv/.ready ## the worked vendor quotes in the support bot's futures (or SCENARIO=..., QUOTES=...)
	$(BIN)/breakeven quotes $(SCENARIO) $(QUOTES)

# Compiled once, before several processes at a time would each compile the same; and kept as bytecode, whatever the
# environment says, since the tests start many processes.
TESTS := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist worksteal

test: .venv/.ready ## all tests (a quarter of an hour on two cores)
	$(BIN)/breakeven warm
	$(TESTS) $(PYTEST)

quick: .venv/.ready ## the tests that take less than half a second each, which is most of them (two minutes)
	$(BIN)/breakeven warm
	$(TESTS) -q -m "not slow" $(PYTEST)

long: .venv/.ready ## thousands of random examples, and what is too slow for every change (hours)
	$(BIN)/breakeven warm
	$(TESTS) --hypothesis-profile=long -m "long or hypothesis" $(PYTEST)

check: .venv/.ready ## style, types and import rules
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

format: .venv/.ready ## put the code into shape
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

# Aside, from a copy of what there is: a manual that cannot be built leaves the one before as it was.
docs: .venv/.ready ## build the manual into build/docs, warnings being errors
	rm -rf build/docs.new
	if [ -d build/docs ]; then cp -a build/docs build/docs.new; fi
	$(BIN)/sphinx-build -W --keep-going -n -q docs build/docs.new
	rm -rf build/docs
	mv build/docs.new build/docs

bench: .venv/.ready .cache/bench-venv/.ready ## measure the speed, against peers too, into docs/benchmarks.md
	$(BIN)/python -m benchmarks $(BENCH)

# The peers have an environment of their own: nothing here depends on them.
.cache/bench-venv/.ready: benchmarks/requirements.txt benchmarks/environment.py
	$(BIN)/python -m benchmarks.environment .cache/bench-venv
	@touch .cache/bench-venv/.ready

# Not every test: those that meet the libraries' own interfaces.
LOWEST := tests/distributions tests/sim/kernel/test_kernel.py tests/sim/scenario/test_scenario.py tests/sim/scenario/test_market.py \
  tests/sim/engine/test_chunks.py tests/studies/shared/test_folder.py tests/studies/probability_of_cheaper/test_figures.py tests/studies/drivers/test_analysis.py

lowest: .cache/lowest-venv/.ready ## a part of the tests with the lowest versions that pyproject.toml allows
	.cache/lowest-venv/bin/breakeven warm
	.cache/lowest-venv/bin/python -m pytest -q -n auto --dist worksteal -m "not slow" -p no:cacheprovider $(LOWEST)

.cache/lowest-venv/.ready: tests/lowest.txt
	$(PYTHON) -m venv .cache/lowest-venv
	.cache/lowest-venv/bin/python -m pip install --quiet --only-binary :all: --require-hashes -r $<
	.cache/lowest-venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

FUZZ_SECONDS ?= 600

fuzz: .cache/fuzz-venv/.ready ## feed the readers of files with what covers most of their code (FUZZ_SECONDS=600)
	@mkdir -p .cache/corpus
	.cache/fuzz-venv/bin/python -m tests.fuzz.seeds .cache/corpus
	.cache/fuzz-venv/bin/python tests/fuzz/loaders.py .cache/corpus -max_total_time=$(FUZZ_SECONDS) -timeout=20 \
	  -max_len=6000 -artifact_prefix=tests/fuzz/found/

.cache/fuzz-venv/.ready: constraints.txt tests/fuzz/requirements.txt
	$(PYTHON) -m venv .cache/fuzz-venv
	.cache/fuzz-venv/bin/python -m pip install --quiet --only-binary :all: --require-hashes -r constraints.txt
	.cache/fuzz-venv/bin/python -m pip install --quiet --only-binary :all: --require-hashes -r tests/fuzz/requirements.txt
	@touch $@

mutants: .venv/.ready ## deliberate faults, each of which has to turn a test red (about ten minutes)
	$(BIN)/python -m tests.mutants

advisories: .venv/.ready ## look the pinned versions up among known advisories (needs a network)
	$(BIN)/pip-audit --requirement constraints.txt --require-hashes --disable-pip

LOCK := --generate-hashes --universal --fork-strategy fewest \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links

# Without any address in it, and one version of each package for every Python, so that runs stay comparable.
lock: ## pin the dependencies again (needs uv)
	uv pip compile pyproject.toml --extra dev --output-file constraints.txt --quiet --upgrade \
	  $(LOCK)
	grep -oE '^(numba|numpy|scipy)==[^ ]+' constraints.txt | \
	  uv pip compile benchmarks/requirements.in - --output-file benchmarks/requirements.txt --quiet --upgrade \
	  --no-build $(LOCK)
	uv pip compile pyproject.toml tests/lowest.in --resolution lowest-direct --python-version 3.11 \
	  --output-file tests/lowest.txt --quiet --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links

clean: ## remove the environment and every cache, not the runs in outputs/
	rm -rf .venv .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
