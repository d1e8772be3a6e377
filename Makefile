# Everything that is run in this repository; `make` alone lists the targets.
#
# One lock, requirements.lock, holds everything: what simkit runs on, the notebooks' tools and the
# tests' tools. A second, smaller lock for `make study` would save a minute once, and would have to
# be kept in step with the first for ever: figures, notebooks and tests are to come from one set of
# versions.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help study test lab bench validate luck trials data lock format clean

# The Python that .venv is built with: the first of these that will do, or the one that is named
# (`make study PYTHON=python3.12`). Named versions come first: for them every package of the lock
# has a wheel, while a bare python3 may be newer than that.
PYTHON ?=
CANDIDATES = $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3.14 python3 python)
SUITABLE = import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
define FIND_PYTHON
for python in $(CANDIDATES); do \
    if "$$python" -c "$(SUITABLE)" >/dev/null 2>&1; then break; fi; \
    python=; \
done; \
if [ -z "$$python" ]; then \
    echo 'simkit needs Python 3.11 or newer with its venv module' >&2; \
    echo '(on Debian and Ubuntu that module is a package of its own, python3-venv).' >&2; \
    echo 'None of these is one: $(subst ",,$(CANDIDATES)).' >&2; \
    echo 'Where yours has another name: make $(or $(MAKECMDGOALS),study) PYTHON=/path/to/python3' >&2; \
    exit 1; \
fi
endef

# Each of the two steps of building .venv leaves a stamp as its last act, so that an interrupted
# build is begun again. A changed lock builds .venv anew, without leftovers of the old one; a
# changed pyproject.toml only installs simkit again.
PACKAGES := .venv/.packages-complete
READY := .venv/.simkit-complete

help: ## list the targets
	@echo 'make TARGET, where TARGET is one of'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' Makefile

study: $(READY) ## the main job on the bundled simulated trial: prints the decision, writes the report
	@.venv/bin/simkit study $(ARGS)

test: $(READY) ## lint, format and type checks, then every test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/pytest --dist worksteal $(ARGS) \
	    -n "$$(.venv/bin/python -c 'import os; print(max(2, os.cpu_count() or 2))')"

lab: $(READY) ## JupyterLab on the notebooks
	.venv/bin/jupyter lab --notebook-dir=notebooks $(ARGS)

bench: $(READY) ## time the simulation, and the evaluation of large logs
	.venv/bin/python benchmarks/bench.py $(ARGS)

validate: $(READY) ## coverage and false adoptions over many regenerated trials (takes long)
	.venv/bin/python benchmarks/validate.py $(ARGS)

luck: $(READY) ## error rates of the selection, worth of common random numbers (takes long)
	.venv/bin/python benchmarks/selection.py
	.venv/bin/python benchmarks/variance.py

trials: $(READY) ## error rates of a trial's statistics: errors, looks, contrasts, models (takes long)
	.venv/bin/python benchmarks/cluster_errors.py
	.venv/bin/python benchmarks/sequential.py --trials 40000 --clustered 2000
	.venv/bin/python benchmarks/contrasts.py
	.venv/bin/python benchmarks/segments.py
	.venv/bin/python benchmarks/models.py
	.venv/bin/python benchmarks/checks.py
	.venv/bin/python benchmarks/design_power.py
	.venv/bin/python benchmarks/guardrails_of_accounts.py
	.venv/bin/python benchmarks/guardrails_of_amounts.py
	.venv/bin/python benchmarks/rehearsal.py

data: $(READY) ## make the bundled field trial in data/ again
	.venv/bin/python data/make_trial.py $(ARGS)

format: $(READY) ## format the code and mend what the linter can mend
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lock: ## make requirements.lock again from pyproject.toml (ARGS=--upgrade: newest versions)
	@$(FIND_PYTHON); \
	set -e; \
	tools=$$(mktemp -d); \
	trap 'rm -rf "$$tools"' EXIT; \
	trap 'exit 1' INT TERM; \
	"$$python" -m venv "$$tools/venv"; \
	"$$tools/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	if [ -f requirements.lock ]; then cp requirements.lock "$$tools/"; fi; \
	"$$python" -c "$(BUILD_REQUIREMENTS)" > "$$tools/build-requirements"; \
	"$$tools/venv/bin/uv" pip compile $(LOCK_OPTIONS) $(ARGS) pyproject.toml - \
	    --output-file "$$tools/requirements.lock" < "$$tools/build-requirements"; \
	cmp -s "$$tools/requirements.lock" requirements.lock \
	    || mv "$$tools/requirements.lock" requirements.lock; \
	echo "requirements.lock: $$(grep -c '==' requirements.lock) packages"

# simkit is installed without build isolation, so its build backend is locked like all the rest.
BUILD_REQUIREMENTS = import tomllib; \
    print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'], sep='\n')
# `fewest`: one version of a package for every Python version, so that all compute the same figures.
LOCK_OPTIONS = --quiet --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --no-header --all-extras

clean: ## remove .venv and caches (no data, no report)
	rm -rf .venv build dist simkit.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./.git -prune -o -type d \
	    \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

# Where .venv has no working Python (never built, or the Python that it was built with has gone),
# this empty rule counts as news and the next one builds .venv.
.venv/bin/python:

$(PACKAGES): requirements.lock .venv/bin/python
	@$(FIND_PYTHON); \
	echo "Building .venv with $$("$$python" --version)"; \
	"$$python" -m venv --clear .venv
	@echo "Installing $$(grep -c '==' requirements.lock) packages (once; a minute or a few)"
	@{ PYTHONUNBUFFERED=1 .venv/bin/python -m pip install --no-input --progress-bar off \
	       --disable-pip-version-check --require-hashes --requirement requirements.lock 2>&1 \
	       && touch $@; } \
	| tee .venv/install.log \
	| awk '/^ *(Collecting|Processing) / && ++n % 25 == 0 { print "  " n " found"; fflush() } \
	       /^Installing collected/ { print "  " n " found, unpacking"; fflush() }'; \
	if [ ! -f $@ ]; then tail -n 20 .venv/install.log >&2; exit 1; fi

$(READY): pyproject.toml $(PACKAGES)
	@.venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
	    --no-deps --no-build-isolation --editable .
	@touch $@
