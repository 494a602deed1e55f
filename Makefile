# Everything a person or CI runs. The environment lies in .venv, what the service writes in noa-data.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: install serve test lint format eval bench calibrate lock clean

# The environment, htmx, the model and the base; nothing is served.
install: .venv/installed
	$(BIN)/python -m noa_rag.assembly.htmx_file
	$(BIN)/noa setup

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

# `noa serve` prepares by itself what is missing.
serve: .venv/installed
	$(BIN)/python -m noa_rag.assembly.htmx_file
	$(BIN)/noa serve

test: .venv/installed
	$(BIN)/pytest

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config pyproject.toml
	$(BIN)/noa knowledge check knowledge

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Quality, on the bundled suites and, where it is present, on the shared French material.
eval: .venv/installed
	$(BIN)/python -m evals

# Speed and memory, in one run on this machine.
bench: .venv/installed
	$(BIN)/python -m evals.bench

# Learn order and confidence anew from the calibration suite; writes noa_rag/retrieval/calibration.json.
calibrate: .venv/installed
	$(BIN)/python -m evals.calibrate

# Pin what is installed now. PyTorch stays a range: its CPU build differs between machines.
lock: .venv/installed
	$(BIN)/pip freeze --exclude-editable | grep -viE '^(torch|nvidia-|triton|noa)' > constraints.txt

clean:
	rm -rf .venv build noa-data .mypy_cache .ruff_cache .pytest_cache
