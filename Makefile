# Everything a person or CI runs. The environment lies in .venv, what the service writes in noa-data.
PYTHON ?= python3.11
BIN := .venv/bin
PART ?= service
# Parts of `make bench` that are commands of one module.
BENCH_crisis := load crisis
BENCH_slow-connections := load slow-connections

.PHONY: install serve test test-slow test-postgresql states lint messages coverage map pictures format accessibility eval bench \
  encoder verifier calibrate follow-ups extracts distress scope hostile lock clean

# The environment, htmx, the communes of France, the model and the base; nothing is served. `make install HASHED=1` takes
# only files whose hashes are known, but for PyTorch with its libraries and Noa itself.
install: .venv/installed
	$(BIN)/noa setup

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
ifdef HASHED
	$(BIN)/pip install --quiet --no-deps --require-hashes --requirement hashes.txt
	$(BIN)/pip install --quiet --constraint constraints.txt 'torch>=2.9'
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch .venv/hostile
else
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
endif
	touch $@

# `noa serve` prepares by itself what is missing.
serve: .venv/installed
	$(BIN)/python -m noa_rag.service.downloads
	$(BIN)/noa serve

# Two processes, each with whole files in the order of tests/conftest.py, and one thread each for the model: more threads
# than cores are slower.
test: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 15 -m "not slow"

# The others: the whole pack, PostgreSQL, faults and kills, every state in a browser, packaging, training for a moment.
test-slow: .venv/installed
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 15 -m slow

# Everything on the PostgreSQL of Debian's package, started for the tests; what is about SQLite's file is skipped.
test-postgresql: .venv/installed
	NOA_TEST_DATABASE=postgresql OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 15

# The life of entries and drafts under random hands, other ones each time: as many steps as 500 sequences of 50 have
# (some sequences end early). Then 10,000 races of two verdicts, half from threads and half from processes.
states: .venv/installed
	NOA_STATE_SEQUENCES=650 NOA_RACES=10000 $(BIN)/pytest -s tests/review/test_review_states.py tests/review/test_races.py

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config pyproject.toml
	$(BIN)/noa knowledge check knowledge
	$(BIN)/noa knowledge check knowledge --rule year-without-end --strict

# The tables of docs/knowledge.md, from the entries; `make test` fails while they are not those of the pack.
coverage: .venv/installed
	$(BIN)/noa knowledge coverage knowledge --write docs/knowledge.md

# The map of docs/architecture.md, from the imports between packages; `make test` fails while it is another one.
map: .venv/installed
	$(BIN)/python -m tests.docs.import_map

# The catalogue of the public pages' English, from the messages of code and templates: new messages wait there for their
# English, and those that nothing shows any more go. Run it again once they are translated, which compiles it. `make test`
# fails while the catalogue is another one, lacks a translation or is not compiled.
messages: .venv/installed
	mkdir -p build
	$(BIN)/pybabel --quiet extract --mapping pyproject.toml --add-location file --output build/noa_rag.pot noa_rag
	$(BIN)/pybabel --quiet update --input-file build/noa_rag.pot --output-dir noa_rag/locale --width 120 \
	  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel --quiet compile --directory noa_rag/locale

# The pictures of the docs, from the pages as they are. Needs Debian's chromium; two minutes where the model is unpacked.
pictures: .venv/installed
	$(BIN)/python -m tests.review_ui.pictures

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Every state of the public pages and of the widget through axe, light and dark, wide, at 320 pixels and at 400 %; the
# journeys by keyboard alone and without JavaScript. Needs Debian's chromium. `make test` runs it too.
accessibility: .venv/installed
	$(BIN)/pytest -v tests/browser

# Quality, on the bundled suites and, where it is present, on the shared French material; fails on a broken gate.
eval: .venv/installed
	$(BIN)/python -m evals

# Speed and memory, in one run on this machine. PART=scale: 1,000, 10,000 and 100,000 entries. PART=crisis: the questions of
# 20 March 2020 at fifty a second for two minutes. PART=slow-connections: 1,000 connections that send byte by byte.
# PART=peers: the same texts and questions in LlamaIndex, Haystack, txtai and a small reader, in an environment of their own.
bench: .venv/installed $(if $(filter peers,$(PART)),build/peers/installed)
	$(BIN)/python -m evals.lab.benches.$(or $(BENCH_$(PART)),$(PART))

build/peers/installed: evals/lab/benches/peers/requirements.txt
	$(PYTHON) -m venv build/peers
	build/peers/bin/pip install --quiet --requirement $<
	@touch $@

# Train the adapter of the bundled model further on what was written (goes on where it was interrupted;
# `python -m evals.lab.encoder.train --anew`: from none, on all of it); writes noa_rag/retrieval/bundled_model/adapter.safetensors (23 minutes on two cores). Then the verifier, or `python -m evals.lab.verifier --carry-over`; then calibrate.
encoder: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,training]'
	$(BIN)/python -m evals.lab.encoder.train

# Train the verifier anew (an hour beside other work: asking and reading 13,615 lessons, then 14 minutes of training); writes
# noa_rag/retrieval/verifier/aligner.onnx. Then calibrate, then follow-ups.
verifier: .venv/installed
	$(BIN)/python -m evals.lab.verifier

# Learns which questions are none of the base's business, on one half of the shared ones, and reports on the other; fetches
# titles with npm. `python -m evals.lab.scope` alone reports on the model in use.
scope: .venv/installed
	$(BIN)/python -m evals.lab.scope --learn

# Hostile input: 5,000 requests from the API's description, every string of our list through every field, and 2,000 scripts
# through the forms in a real browser. `make test` sends a few of each.
hostile: .venv/hostile
	NOA_HOSTILE=1 $(BIN)/pytest -s --timeout 7200 tests/review_ui/hostile

# Learn order, confidence and thresholds anew; writes noa_rag/retrieval/calibration.json.
calibrate: .venv/installed
	$(BIN)/noa eval calibrate

# Learn which entry a follow-up is about (18 minutes beside other work); writes answering/conversation/weights.json.
follow-ups: .venv/installed
	$(BIN)/python -m evals.lab.follow_ups

# Learn which passage of an entry answers a message (two minutes), and report on entries apart; writes
# noa_rag/retrieval/extracts.json. `python -m evals.lab.extracts` alone reports on what is in use.
extracts: .venv/installed
	$(BIN)/python -m evals.lab.extracts --learn

# Train the recognition of messages of distress, and say what it would miss; writes answering/distress/weights.npz.
distress: .venv/installed
	$(BIN)/python -m evals.lab.distress

# Pin what is installed now, with the hashes of each file. PyTorch stays a range: its CPU build differs between machines.
lock: .venv/hostile
	$(BIN)/pip freeze --exclude-editable | grep -viE '^(torch|nvidia-|cuda-|triton|noa)' > constraints.txt
	$(BIN)/uv pip compile --quiet --no-deps --generate-hashes --no-header --no-annotate constraints.txt -o hashes.txt

.venv/hostile: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev,hostile]'
	touch $@

clean:
	rm -rf .venv build noa-data .mypy_cache .ruff_cache .pytest_cache
