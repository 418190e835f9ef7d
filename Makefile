# `make run` and `make test` set up all they need in .venv, and do nothing twice.
UV_VERSION := 0.13.9
BIN := .venv/bin
PENSTOCK := $(BIN)/penstock
PIPELINE := automl_scoring
PYTEST_ARGS ?=

# The first Python on PATH that is 3.11 or 3.12 and really runs (a pyenv shim may not).
PYTHON ?= $(shell for candidate in python3.12 python3.11 python3 python; do \
	$$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null \
	&& echo $$candidate && break; done)

.PHONY: help run test lint types unit test-long bench lock clean

help:
	@echo "make run    compile, deploy and execute the pipeline on this machine"
	@echo "make test   lint, type check and test; make test-long runs the tests that take long"
	@echo "make bench  the benchmarks of benchmarks/README.md"
	@echo "make lock   resolve the dependencies anew into locks/"
	@echo "make clean  remove .venv, the emulator's state and the reports"

# The first run registers baselines; the next ones compare with those of the latest approved model.
BASELINES := .penstock/has-baselines
CHECKS := DataQuality DataBias ModelQuality ModelBias ModelExplainability
COMPARE = $(if $(wildcard $(BASELINES)),$(foreach check,$(CHECKS),-p Skip$(check)Check=false))

run: .venv/ready-run
	@$(PENSTOCK) compile $(PIPELINE)
	@$(PENSTOCK) emulate -- sh -ec '\
		$(PENSTOCK) bootstrap --env local; \
		$(PENSTOCK) sample-data --env local; \
		$(PENSTOCK) deploy $(PIPELINE) --env local --wait $(COMPARE)'
	@touch $(BASELINES)
	@page=$$(ls -t reports/*/*.html | head -n 1); if [ -t 1 ]; then \
		if [ "$$(uname)" = Darwin ]; then open "$$page"; \
		elif [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then xdg-open "$$page" >/dev/null 2>&1 || true; fi; fi

test: lint types unit

lint: .venv/ready-dev
	@echo "lint: ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .

types: .venv/ready-dev
	@echo "types: mypy"
	@$(BIN)/mypy

unit: .venv/ready-dev
	@echo "test: pytest"
	@$(BIN)/pytest -n 2 --dist loadgroup -m "not long" $(PYTEST_ARGS)

# What takes long: restarts, real Spark jobs, checks through whole executions.
test-long: .venv/ready-dev
	@echo "test: pytest, the long tests"
	@$(BIN)/pytest -n 2 --dist loadgroup -m long $(PYTEST_ARGS)

bench: .venv/ready-dev
	@for benchmark in benchmarks/bench_*.py; do $(BIN)/python $$benchmark || exit 1; done

.venv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Penstock needs Python 3.11 or 3.12 on PATH; none was found." >&2; exit 1; }
	@echo "set-up: creating .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/ready-%: locks/%.lock pyproject.toml | .venv/bin/uv
	@echo "set-up: installing $< (about a gigabyte the first time)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r $<
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# The development lock is resolved first; the others are held to its versions.
lock: | .venv/bin/uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		pyproject.toml --all-extras --upgrade --output-file locks/dev.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		pyproject.toml --extra compile --extra emulator --constraint locks/dev.lock --output-file locks/run.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
		pyproject.toml --constraint locks/dev.lock --output-file locks/deploy.lock
	@wc -l locks/*.lock

clean:
	rm -rf .venv .penstock reports
