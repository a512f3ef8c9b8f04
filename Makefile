# Every target builds and uses .venv in this folder, so that .venv/bin/anpr is the command.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help demo test fuzz check format docs videos clean

help:  ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: $(VENV)/core  ## Two cars, a broker and a control room on the sample clips; ARGS="--headless --seconds 60"
	@$(BIN)/anpr demo $(ARGS)

test: $(VENV)/dev  ## Install what the tests need and run them all; ARGS="-k outbox"
	@$(BIN)/python -m pytest $(ARGS)

fuzz: $(VENV)/dev  ## Hours of nonsense for everything that reads bytes; EXAMPLES=20000 for each test
	@ANPR_FUZZ_EXAMPLES=$(or $(EXAMPLES),20000) $(BIN)/python -m pytest tests/fuzz --timeout 0 $(ARGS)

check: $(VENV)/dev  ## Formatting, lint, types, boundaries between rooms
	$(BIN)/ruff format --check anpr tests docs
	$(BIN)/ruff check anpr tests docs
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev  ## Put every file into the house's format
	$(BIN)/ruff format anpr tests docs
	$(BIN)/ruff check --fix anpr tests docs

docs: $(VENV)/dev  ## Write docs/reference anew from the code
	$(BIN)/python docs/generate.py

videos: $(VENV)/core  ## Render sample_videos/ anew (same seed, same frames)
	$(BIN)/anpr train drives --out sample_videos

clean:  ## Remove the virtual environment and the demo's data
	rm -rf $(VENV) .demo

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, and $(PYTHON) is not. Next step: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "No virtual environment could be made. Next step: sudo apt install python3-venv"; exit 1; }

# opencv-python wants libGL.so.1, which a machine without a screen may lack; the headless build of the same
# version writes the same folder and does not.
$(VENV)/core: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Patrol ANPR into $(VENV) (about 0.6 GB on disk, no torch) ..."
	@$(PIP) install --constraint constraints.txt --editable '.[collector]'
	@$(BIN)/python -c 'import cv2' 2>/dev/null || \
	  $(PIP) install --quiet --force-reinstall --no-deps --constraint constraints.txt opencv-python-headless
	@touch $@

$(VENV)/dev: $(VENV)/core
	@echo "Installing what the tests need (torch among it: several GB) ..."
	@$(PIP) install --constraint constraints.txt --editable '.[collector,openvino,train,dev]'
	@$(BIN)/python -c 'import cv2' 2>/dev/null || \
	  $(PIP) install --quiet --force-reinstall --no-deps --constraint constraints.txt opencv-python-headless
	@touch $@
