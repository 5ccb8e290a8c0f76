# Two commands do all set-up: `make run` serves Metwith, `make test` tests it. The rest is for developers.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test lint check fast slow browser format lock messages bench fuzz

# Works from any folder: `make -C checkout run`, `make -f checkout/Makefile run`.
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
BIN := $(ROOT)/.venv/bin
# The first that runs: pyenv's shims stand on the PATH without running.
PYTHON ?= $(shell for name in python3 python /usr/bin/python3; do $$name -c '' 2>/dev/null && echo $$name && break; done)
SETUP = $(if $(PYTHON),$(PYTHON),python3) "$(ROOT)/tools/bootstrap.py"
IN := cd "$(ROOT)" &&
# What `make run` passes on: make run ARGS="--port 9000"
ARGS ?=

# Compiled files make every start several times quicker; they stay within the checkout.
unexport PYTHONDONTWRITEBYTECODE
# A developer's shell may name modules of other projects.
unexport PYTHONPATH
unexport PYTHONHOME
unexport DJANGO_SETTINGS_MODULE

help:
	@echo "make run      serve Metwith on http://127.0.0.1:8000 (ARGS=\"--port 9000\" for another port)"
	@echo "make test     all tests but the browser's: the fast ones, the thorough ones, those against real servers"
	@echo "make lint     lint, format, types, import contract"
	@echo "make check    the same and the fast tests: what to run all day"
	@echo "make slow     measure which tests are slow: make fast leaves them out"
	@echo "make browser  the tests that drive a browser (Chromium must be installed)"
	@echo "make format   put the code, the templates and the stylesheets into shape"
	@echo "make setup    only set up .venv; the others begin with it"
	@echo "make lock     choose the newest versions and write the lock files"
	@echo "make messages collect the strings to translate and compile the translations"
	@echo "make bench    run the benchmarks"
	@echo "make fuzz     fuzz the readers for a minute (ARGS=\"--minutes 60\" for longer; Linux)"

setup:
	@$(SETUP)

setup-dev:
	@$(SETUP) --dev

run: setup
	@$(IN) exec "$(BIN)/metwith" serve $(ARGS)

test: setup-dev
	@$(IN) "$(BIN)/python" -m pytest -q -n auto --dist worksteal -m "not browser" $(ARGS)

fast: setup-dev
	@$(IN) "$(BIN)/python" -m pytest -q -n auto --dist worksteal -m "not browser and not server and not thorough" $(ARGS)

slow: setup-dev
	@$(IN) "$(BIN)/python" -m pytest -q -n auto --dist worksteal -m "not browser and not server" --junitxml=.test-home/slow.xml $(ARGS); "$(BIN)/python" tools/slow_tests.py .test-home/slow.xml

lint: setup-dev
	@$(IN) "$(BIN)/ruff" check .
	@$(IN) "$(BIN)/ruff" format --check .
	@$(IN) "$(BIN)/djlint" --lint --quiet metwith
	@$(IN) "$(BIN)/djangofmt" --check metwith
	@$(IN) "$(BIN)/python" tools/page_shape.py --check
	@$(IN) "$(BIN)/mypy" metwith tests benchmarks tools
	@$(IN) "$(BIN)/lint-imports" --no-cache

check: lint fast

browser: setup-dev
	@$(IN) "$(BIN)/python" -m pytest -q -n auto --dist worksteal -m browser $(ARGS)

format: setup-dev
	@$(IN) "$(BIN)/ruff" check --fix --quiet . ; "$(BIN)/ruff" format --quiet .
	@$(IN) "$(BIN)/djangofmt" --quiet metwith
	@$(IN) "$(BIN)/python" tools/page_shape.py

# No download address and no comment of the tool gets into the files.
COMPILE = "$(BIN)/uv" pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header --no-emit-index-url --upgrade

lock: setup-dev
	@$(IN) "$(BIN)/uv" --version >/dev/null 2>&1 || "$(BIN)/python" -m pip install --quiet --require-hashes -r requirements-setup.lock
	@$(IN) $(COMPILE) requirements-setup.in -o requirements-setup.lock
	@$(IN) $(COMPILE) requirements.in -o requirements.lock
	@$(IN) $(COMPILE) requirements-dev.in -o requirements-dev.lock

messages: setup-dev
	@$(IN) "$(BIN)/python" tools/messages.py

fuzz: setup-dev
	@$(IN) "$(BIN)/python" -m tests.fuzz $(ARGS)

bench: setup-dev
	@$(IN) for name in parse expand first_sync calendar_tab search providers many hostile scan; do echo "== $$name"; "$(BIN)/python" -m benchmarks.$$name || exit 1; done
