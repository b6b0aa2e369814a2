# Bare `make` prints the targets. Nothing is needed beforehand but make and Python 3.11 or newer.
.DEFAULT_GOAL := help
# The Python that .venv is made from: python3 if it fits, else the newest fit one on the PATH.
PYTHON ?=
BIN := .venv/bin
# What demo, up and rehearsal begin with; docs/rehearsal.md has the list.
SCENARIO ?= runbook
# Containers often forbid Python to keep what it has compiled. Each task of Airflow is a process of
# its own, and would compile this project anew: half a second of the processor each time.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo distributed up down rehearsal scenarios test long-runs losses browser crash-matrix fault-table check lock clean environment interpreter

help: ## print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: environment ## upgrade a rehearsal cluster through real Airflow and watch it; SCENARIO=fleet: twelve
	@$(BIN)/python -m include.local_airflow demo --scenario $(SCENARIO)

distributed: environment ## the demo on PostgreSQL and Redis, with two Celery workers and two triggerers
	@$(BIN)/python -m include.local_airflow demo --engine distributed --scenario $(SCENARIO)

up: environment ## leave Airflow and the rehearsal running in the background, at port 8080 if it is free
	@$(BIN)/python -m include.local_airflow up --scenario $(SCENARIO)

down: environment ## stop what `make up` started
	@$(BIN)/python -m include.local_airflow down

rehearsal: environment ## start the rehearsal alone and print the lines to use it with aws and kubectl
	@$(BIN)/python -m include.rehearsal --scenario $(SCENARIO)

scenarios: environment ## what the scenarios of demo, up and rehearsal show
	@$(BIN)/python -m include.rehearsal --list

LONG_RUNS := tests/airflow/real/test_real_messy.py tests/airflow/real/test_real_order.py tests/airflow/real/test_real_ended.py tests/airflow/real/test_real_fleet.py tests/airflow/real/test_real_hops.py tests/benchmarks/test_scale_command.py

test: environment ## the tests, real Airflow included; the five targets below have the long ones
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder --ignore tests/crash/test_real_crashes.py --ignore tests/faults --ignore tests/browser --ignore tests/distributed $(addprefix --ignore ,$(LONG_RUNS))

long-runs: environment ## real Airflow on a messy cluster, on node groups in order, and ended by hand at every moment; a fleet of twelve; three minors in a row; many drains at once
	@$(BIN)/python -m pytest $(LONG_RUNS)

losses: environment ## on PostgreSQL, Redis and Celery an upgrade loses a worker, a triggerer, Redis; a fleet of twelve
	@$(BIN)/python -m pytest tests/distributed

browser: environment ## what a person sees of a run, in Chromium; DOCS_PICTURES=write renews the pictures of the docs
	@$(BIN)/python -m pytest tests/browser

crash-matrix: environment ## an upgrade is killed at each change it makes; prints what came of it
	@PYTHONPATH=.:plugins $(BIN)/python -m tests.crash

fault-table: environment ## each fault of AWS and Kubernetes that an upgrade has to bear, a row each
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/faults

check: environment ## format, lint, types, and the doors between the rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy include plugins/eks_upgrade_airflow plugins/eks_upgrade_plugin.py dags
	PYTHONPATH=.:plugins $(BIN)/lint-imports

lock: interpreter ## write requirements.txt, the full pinned set, and production's part of it
	@PYTHON="$(PYTHON)" python3 include/local_airflow/bootstrap.py lock

clean: ## remove what the other targets made, runs and reports too
	@if [ -x $(BIN)/python ] && [ -e .local ]; then $(BIN)/python -m include.local_airflow down || exit 2; fi
	rm -rf .venv .local reports .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment: interpreter
	@PYTHON="$(PYTHON)" python3 include/local_airflow/bootstrap.py

interpreter:
	@command -v python3 >/dev/null || { \
	  echo "This project needs Python 3.11 or newer, and there is no python3 on the PATH." >&2; exit 2; }
