# `make demo` shows it, `make test` proves it. PYTHON=python3.12 picks the interpreter, ARGS=… goes to the command.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
ARGS   ?=
# Two torch threads on two busy cores were 7 to 13 times slower than one.
export OMP_NUM_THREADS ?= 1
# Hundreds of processes are started: where this is set, each of them would compile every module anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install demo test check faults fuzz soak bench bench-ui bench-chart bench-trainer bench-large-table bench-preflight broken-variants separation docs clean
.DEFAULT_GOAL := install

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
ifdef UV
	uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	uv pip install --quiet --python $(BIN)/python -e '.[train,data,dev]'
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -e '.[train,data,dev]'
endif
	touch $@

demo: install
	$(BIN)/amn-tui launch $(ARGS)

# The quick part, then the part that trains for real and drives real terminals, which waits half of its time: three at
# once; then what both of them reached.
test: install
	rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -m 'not slow' -n 2 --cov --cov-report= $(ARGS)
	$(BIN)/python -m pytest -m 'slow and not fault' -n 3 --dist worksteal --cov --cov-append --cov-report= $(ARGS)
	$(BIN)/coverage report --fail-under=90 --include='amn_tui/run/*'
	$(BIN)/coverage report --fail-under=90 --include='checks/*'
	$(BIN)/coverage report --fail-under=90 --include='trainer/events.py,trainer/config.py,trainer/flags.py,trainer/recorder.py,trainer/stop.py,trainer/header.py,trainer/datasets/__init__.py'

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m 'not slow' -n 2 -q

# Bring about every fault of tests/faults/catalogue.toml; print what must happen and what happened, row by row.
faults: install
	$(BIN)/python -m pytest tests/faults --fault-table -q $(ARGS)

# Search for inputs that break a reader, guided by coverage; ARGS='--seconds 600 --target plan'. Needs the extra: pip install -e '.[fuzz]'.
fuzz: install
	$(BIN)/python -m benchmarks.fuzz_parsers $(ARGS)

# A run of half an hour in a few minutes: memory of monitor and guard, CPU of the guard, every epoch counted.
soak: install
	$(BIN)/python -m benchmarks.soak $(ARGS)

bench: install
	$(BIN)/python -m benchmarks $(ARGS)

# How quick the monitor is, against a Textual hello, toolong, lnav, W&B LEET and tensorboard's loader; ARGS='--no-peers'.
bench-ui: install
	$(BIN)/python -m benchmarks.ui_speed $(ARGS)

# What the full chart costs to draw, and a log's steps to keep, each beside the naive way.
bench-chart: install
	$(BIN)/python -m benchmarks.chart_drawing $(ARGS)

# Samples per second against the original way and the bare limit, side by side; under four minutes.
bench-trainer: install
	$(BIN)/python -m benchmarks.trainer_speed $(ARGS)

# Memory and time of one epoch on 790,391 vectors; ARGS='--rows 50000' for a small try.
bench-large-table: install
	$(BIN)/python -m benchmarks.large_table $(ARGS)

# Seconds and memory of preflight at 200,000 and 790,391 rows, against the naive way and the bare limit; five minutes.
bench-preflight: install
	$(BIN)/python -m benchmarks.preflight_speed $(ARGS)

# Every broken kind of data or loss is stopped, by preflight or by a gate at epoch 1, and the healthy run is not.
broken-variants: install
	$(BIN)/python -m benchmarks.broken_variants $(ARGS)

# How far those runs are apart after one epoch, over seeds: the gates of the demo plan come from this table.
separation: install
	$(BIN)/python -m benchmarks.separation $(ARGS)

# Write what is made of the program itself: docs/checks.md, and every picture with its page, docs/screens.md.
docs: install
	$(BIN)/python -m checks explain --markdown > docs/checks.md
	$(BIN)/python -m docs.take_pictures $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage .coverage.* .import_linter_cache
