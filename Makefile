# Every verb sets up what it needs. PYTHON: the interpreter to start from; VENV: where it installs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
# Looks for running nodes, and must not find those of other tests.
ALONE := test/ros/test_doctor.py
DIR ?= runs/demo-$(shell date +%Y%m%d-%H%M%S)

# A sourced ROS shell puts the modules of another Python in front of those of the environment.
unexport PYTHONPATH

.PHONY: help setup demo test lint docs clean
.DEFAULT_GOAL := help

help: ## Show the verbs
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(STAMP) ## Install everything into .venv (about 8 GB, some minutes)

# torch and torchvision fit each other only when they are resolved together: one call for all.
$(STAMP): setup.py
	@$(PYTHON) .ci/check_machine.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -e '.[train,ros,viz,dev]'
	@$(BIN)/python -c 'import rclpy, torchvision' \
	    || { echo "error: $(VENV) is broken: remove it and run make setup again" >&2; exit 2; }
	@touch $@

demo: $(STAMP) ## Train, localise and report, on a synthetic room or on RECORDING=path, into DIR=path
	@$(BIN)/vmloc demo --output '$(DIR)' $(if $(RECORDING),'$(RECORDING)')

# Two processes of one thread each; test/ros measures times, and its nodes hear each other.
test: $(STAMP) ## Run all tests
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal --ignore=test/ros
	@$(BIN)/python -m pytest -q test/ros --ignore=$(ALONE)
	@$(BIN)/python -m pytest -q $(ALONE)

lint: $(STAMP) ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(STAMP) ## Write the generated pages anew
	$(BIN)/python -m training.docs

clean: ## Remove caches and builds, keep .venv and runs/
	rm -rf build install log dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find vmloc_ros training test launch -name __pycache__ -prune -exec rm -rf {} +
