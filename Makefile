# The same few commands for people and for CI. `make help` tells what they are.
#
# .venv holds labjournal as its users get it: the built wheel. It is installed again whenever a source changed, so what a test
# sees is what would be shipped. `make develop` puts the working tree there instead, until `make install` is asked for.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

PYTHON ?= python3
T ?= tests
ARGS ?=
# Of the Python tests as many at once as there are processors, up to four: each kernel of theirs wants one.
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null | awk '{ print $$1 > 4 ? 4 : $$1 }')

VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' server_ext/labjournal/_version.py)
WHEEL := dist/labjournal-$(VERSION)-py3-none-any.whl
BIN := .venv/bin
PACKERS := 'hatchling>=1.27' 'jupyter-builder>=1.2,<2'
DEVELOP := $(wildcard .venv/.develop)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# What the wheel is made of. The list itself counts too: a file that went away is a change as well.
PACKAGED := $(shell find server_ext ui labextension -name labextension -path '*/labjournal/*' -prune -o -name __pycache__ -prune -o -type f -print | sort) \
  pyproject.toml hatch_build.py package.json package-lock.json tsconfig.json tsconfig.base.json README.md LICENSE
LISTED := build/packaged.txt
$(shell mkdir -p build; echo "$(PACKAGED)" | cmp -s - $(LISTED) || echo "$(PACKAGED)" > $(LISTED))

# uv where there is one, else pip; pip's remarks about places it does not look at are no news.
define pip_install
if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python $(1); \
else $(BIN)/python -m pip install --quiet $(1) 2> >(grep -v 'Location .* is ignored' >&2); fi
endef

# The wheel of the tree as it is, again even though its version is the same, with the extra $(1): "[dev]", or nothing.
define install_wheel
if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --reinstall-package labjournal '$(WHEEL)$(1)'; \
else $(call pip_install,'$(WHEEL)$(1)'); $(call pip_install,--force-reinstall --no-deps '$(WHEEL)'); fi
endef

# `develop` links the installed panel to the tree; an installer that follows the link would write into the tree.
PANEL := .venv/share/jupyter/labextensions/labjournal-lab
unlink_panel = if [ -L $(PANEL) ]; then rm $(PANEL); fi

.PHONY: help
help:  ## This list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

# ---- what everything stands on

.venv/.made: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "labjournal needs Python 3.10 or newer; say which one to use: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv 2> >(grep -v 'Location .* is ignored' >&2) || echo "uv is not to be had; pip does it, slower." >&2
	@$(call pip_install,$(PACKERS))
	@touch $@

node_modules/.package-lock.json: package-lock.json package.json
	@command -v npm >/dev/null || { echo "The panel is built with Node.js 20.19 or newer and npm: please install them." >&2; exit 1; }
	@echo "Installing what the panel is built with"
	@npm ci --no-progress --loglevel=error
	@touch $@

$(WHEEL): .venv/.made node_modules/.package-lock.json $(PACKAGED) $(LISTED)
	@echo "Building the panel and the wheel"
	@rm -rf dist
	@$(BIN)/python -m hatchling build --target sdist --target wheel > build/wheel.log 2>&1 || { cat build/wheel.log >&2; exit 1; }
	@touch $@

.venv/.labjournal: $(WHEEL)
	@$(unlink_panel)
	@$(call install_wheel)
	@rm -f .venv/.develop
	@echo "Installed $(notdir $(WHEEL)) into .venv"
	@touch $@

# What is installed now: the wheel, or the working tree after `make develop`.
INSTALLED := $(if $(DEVELOP),.venv/.develop,.venv/.labjournal)
install_extra = $(if $(DEVELOP),$(install_tree),$(call install_wheel,[$(1)]))
define install_tree
$(unlink_panel); $(call pip_install,editables); $(call pip_install,--no-build-isolation --editable '.[dev]'); \
$(BIN)/jupyter-builder develop --overwrite . >build/develop.log 2>&1 || { cat build/develop.log >&2; exit 1; }
endef

.venv/.demo: pyproject.toml | $(INSTALLED)
	@$(call install_extra,demo)
	@touch $@

.venv/.dev: pyproject.toml | $(INSTALLED)
	@echo "Installing what the checks need"
	@$(call install_extra,dev)
	@touch $@

# ---- for people

.PHONY: install develop build demo lab format clean
install:  ## .venv with the built wheel and all tools, node_modules
	@rm -f .venv/.develop
	@$(MAKE) --silent .venv/.labjournal .venv/.dev

develop: .venv/.made node_modules/.package-lock.json  ## the working tree in .venv: edits are seen at once
	@$(install_tree)
	@rm -f .venv/.labjournal; touch .venv/.develop .venv/.demo .venv/.dev
	@echo "labjournal in .venv is now this tree; after a change to the panel: npm run build"

build: $(WHEEL)  ## panel, sdist and wheel, into dist/
	@ls dist

demo: .venv/.labjournal .venv/.demo  ## the main job on a small real analysis, from the wheel
	@$(BIN)/python examples/demo.py

lab: $(INSTALLED) .venv/.dev  ## JupyterLab on a copy of the example
	@mkdir -p build/lab && cp -n examples/cafe/* build/lab/ || true
	@$(BIN)/jupyter lab --ServerApp.root_dir=build/lab $(ARGS)

format: .venv/.dev node_modules/.package-lock.json  ## write every file as the formatters want it
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix . && npm run --silent format

clean:  ## remove what was built (.venv and node_modules stay)
	@rm -rf dist build lib server_ext/labjournal/labextension .venv/.labjournal .mypy_cache .ruff_cache .pytest_cache

# ---- checks, in the order in which they fail soonest

# What failed among others is run once more by itself, in the open: a test that only fails on a crowded machine is named, and one that is broken
# fails twice.
define pytest_and_alone
$(BIN)/python -m pytest $(1) $(2) && exit 0 || status=$$?; \
[ $$status = 1 ] || exit $$status; \
echo "== what failed, once more by itself"; \
$(BIN)/python -m pytest $(1) $(2) -n0 --maxfail=5 --last-failed --last-failed-no-failures none || exit $$?; \
echo "What failed at first passes by itself: it depends on how busy the machine is, and wants mending."
endef

.PHONY: test quick lint types python ui browser pace bench chromium
test: lint types python ui browser  ## every check: lint types python ui browser

quick: $(INSTALLED) .venv/.dev  ## Python tests that take moments (T=tests/journal ARGS=-x)
	@$(BIN)/python -m pytest -m 'not slow' -q $(T) $(ARGS)

lint: .venv/.dev node_modules/.package-lock.json  ## ruff, ESLint, formatting
	@echo "== lint"
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet . || { echo "make format puts most of this right." >&2; exit 1; }
	@npm run --silent lint

types: .venv/.dev node_modules/.package-lock.json  ## mypy --strict, tsc
	@echo "== types"
	@$(BIN)/mypy
	@npm run --silent types

python: $(INSTALLED) .venv/.dev  ## Python tests (T=tests/journal ARGS=-x)
	@echo "== python"
	@$(call pytest_and_alone,,-n $(or $(JOBS),2) --dist worksteal $(T) $(ARGS))

ui: node_modules/.package-lock.json  ## component tests
	@echo "== ui"
	@npm run --silent test

# In a process of its own: Playwright's event loop and pytest-jupyter's do not share one.
browser: $(INSTALLED) .venv/.dev chromium  ## the panel in a real JupyterLab and Chromium
	@echo "== browser"
	@$(call pytest_and_alone,--override-ini addopts= --import-mode=importlib -p no:unraisableexception -ra,tests/browser $(ARGS))

pace: $(INSTALLED) .venv/.dev  ## the limits of time that tests know, on a machine that does nothing else
	@LABJOURNAL_PACE=1 $(BIN)/python -m pytest -q $$(grep -rlE 'from tests.pace import' tests --include='*.py') $(ARGS)

bench: $(INSTALLED) .venv/.dev  ## what recording costs, against doing without
	@$(BIN)/python -m bench $(ARGS)

chromium:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } </dev/null >build/chromium.log 2>&1 \
	    || { tail -5 build/chromium.log >&2; exit 1; }; \
	else echo "The browser tests need Chromium or Chrome on PATH: please install one (Debian: apt-get install chromium)." >&2; exit 1; fi
