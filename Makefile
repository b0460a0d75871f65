# make demo   train the two-tower net of 2012 on photographs, minutes on two cores
# make test   the checks of every change; CI also runs programs, oracles, beam, installed
PYTHON ?= python3
VENV ?= .venv
PYTHONS ?= $(PYTHON)
BIN := $(VENV)/bin
# Bytecode is written, whatever the shell says: tests start many processes, each of which would
# compile our modules again.
export PYTHONDONTWRITEBYTECODE =

# The files that have tests with a marker: reading all others takes ten seconds.
marked = $(shell grep -rl 'mark\.$(1)\b' tests --include='test_*.py')

.PHONY: help demo test checks programs chaos newest lint format types oracles slow fuzz beam aot \
  dist packed installed wheel sdist site clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: $(VENV)/.installed
	$(BIN)/alexnet-jax train --config configs/photos.py --workdir runs/photos

test: format
	@$(MAKE) --no-print-directory -j 2 types checks

checks: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -n 2 --dist worksteal $(COVERAGE) \
	  -m "not programs and not oracle and not slow and not beam and not aot and not fuzz"

# make programs   whole programs killed, stopped and repeated, also in pairs: minutes
programs: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -n 2 --dist worksteal -m programs $(call marked,programs)

# make chaos   runs killed, stopped, cut off and out of disk space, a hundred times, and a long one
# (CHAOS="--disturbances 500 --seed 7")
chaos: $(VENV)/.installed-dev
	PYTHONPATH=tests:. $(BIN)/python -m chaos $(CHAOS)

# make newest   make test on Python 3.13, in an environment of its own, with coverage
# (Before Python 3.12 it doubles the time.)
newest:
	COVERAGE_CORE=sysmon $(MAKE) test PYTHON=python3.13 VENV=.venv-newest \
	  COVERAGE="--cov --cov-report=term"

lint: format types

format: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

# make oracles   the comparisons with an independent PyTorch implementation (torch is gigabytes)
oracles: $(VENV)/.installed-oracles
	$(BIN)/python -m pytest -q -m oracle $(call marked,oracle)

# make slow   tests of minutes
slow: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -m slow $(call marked,slow)

# make fuzz   files damaged in all ways that come to mind, FUZZ_SECONDS (60) for each of five kinds
fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -q -m fuzz $(call marked,fuzz)

# make beam   the preparation as a Beam pipeline, in an environment of its own
beam: .venv-beam/.installed
	.venv-beam/bin/python -m pytest -q -m beam $(call marked,beam)

# make aot   the training step compiled for GPUs and TPUs that are not here, in an environment of its
#            own (2 GB of compilers)
aot: .venv-aot/.installed
	JAX_PLATFORMS=cpu .venv-aot/bin/python -m pytest -q -m aot $(call marked,aot)

# make packed   the wheel tried outside of the checkout, with this environment's packages: minutes
packed: dist
	BORROWED=$(VENV) .ci/installed $(BIN)/python dist/*.whl

# make installed   wheel and sdist installed like that, and begun: half a minute
installed: dist
	for file in dist/*; do BORROWED=$(VENV) .ci/installed $(BIN)/python $$file --quick || exit 1; done

# make wheel   wheel and sdist of what is committed, in dist/; the wheel installed and tried outside of
#              the checkout, in new environments (PYTHONS="python3.11 python3.12 python3.13")
wheel: dist
	for python in $(PYTHONS); do .ci/installed $$python dist/*.whl || exit 1; done

# make sdist   the same with the sdist
sdist: dist
	for python in $(PYTHONS); do .ci/installed $$python dist/*.tar.gz || exit 1; done

# Of an archive, which names its commit: a result of an installed package says what it was made with.
dist: $(VENV)/.installed-dev
	rm -rf build/archive dist
	mkdir -p build/archive
	git archive HEAD | tar -x -C build/archive
	$(BIN)/python -m build -o dist build/archive > build/dist.log 2>&1 || { cat build/dist.log; exit 1; }

# make site   docs/ as a site in build/site; runs the code of the tutorials, in minutes
site: $(VENV)/.installed-docs
	rm -rf runs/tutorials
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/mkdocs build --strict -q

clean:
	rm -rf build dist .venv .venv-newest .venv-beam .venv-aot .coverage* .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "alexnet_jax needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml constraints.txt
	$(BIN)/pip install -q -c constraints.txt -e .
	@touch $@

# With all of .installed, which is not made first: pip would run twice.
$(VENV)/.installed-dev: $(VENV)/.python pyproject.toml constraints.txt
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	@touch $(VENV)/.installed $@

$(VENV)/.installed-docs: $(VENV)/.installed-dev
	$(BIN)/pip install -q -c constraints.txt -e '.[docs]'
	@touch $@

$(VENV)/.installed-oracles: $(VENV)/.installed-dev
	$(BIN)/pip install -q -c constraints.txt -e '.[oracles]'
	@touch $@

# apache-beam 2.77.0 takes only older versions of these than constraints.txt has.
OLDER_FOR_BEAM := beartype|numpy|pillow|protobuf|pyarrow|python-dateutil

.venv-beam/.installed: $(VENV)/.python pyproject.toml constraints.txt
	$(BIN)/python -m venv .venv-beam
	grep -vE '^($(OLDER_FOR_BEAM))==' constraints.txt > .venv-beam/constraints.txt
	.venv-beam/bin/pip install -q -c .venv-beam/constraints.txt -e '.[dev,beam]'
	@touch $@

.venv-aot/.installed: $(VENV)/.python pyproject.toml constraints.txt
	$(BIN)/python -m venv .venv-aot
	.venv-aot/bin/pip install -q -c constraints.txt -e '.[dev,aot-cuda,aot-tpu]'
	@touch $@
