# make study: environment, install, main study with its table and verdict, tables and figures in results/
# make stuck: where the runs end that fail, and what has been published about it, tried again
# make published: published success rates beside ours, under every reading of their texts
# make studies: every study, whole, with its tables and findings: most of an hour on two cores
# make figures: every figure whose study has been run
# make basins: the planes of starts of Kolen & Pollack (1990), under both update orders, and how rough their boundaries are
# make slices: the surface cut true: planes, paths of runs, ways between solutions, a plateau
# make trainability: success over learning rate and scale of the initial weights, three activations
# make report: results/report.html, one page of all that the studies found, from what they and the figures have stored
# make readme: README.md and docs/findings.md from docs/measured.json, refreshed first from the tables of whole studies in results/
# make docs: the documentation, docs/_build/html/index.html; every block is run, and a warning is an error
# make docs-check: the documentation, and what its blocks print against what is stored in docs/printed
# make test: environment, install, all tests, on all processors
# make test-fast: environment, install, what matters in under a minute
# make release-check: all tests with the newest versions of everything, the quick ones with the lowest that are allowed, docs-check
PYTHON ?= python3
VENV ?= .venv
LOWEST_PYTHON ?= python3.11
RESULTS ?= results
BIN := $(VENV)/bin
TEST := --numprocesses auto --dist loadfile

.PHONY: study studies figures basins slices trainability stuck published throughput report readme docs docs-check test test-fast release-check lint clean

study: $(VENV)/installed
	$(BIN)/python studies/posted_program.py --out $(RESULTS)
	$(BIN)/python -m figures --results $(RESULTS) posted_program_epochs posted_program_rates posted_program_widths

studies: $(VENV)/installed
	for study in $$($(BIN)/python -c "from figures.report.sections import SECTIONS; print(*SECTIONS)"); do \
		$(BIN)/python studies/$$study.py --out $(RESULTS) || exit 1; \
	done

figures: $(VENV)/installed
	$(BIN)/python -m figures --results $(RESULTS)

basins: $(VENV)/installed
	$(BIN)/python studies/basins.py --out $(RESULTS)
	$(BIN)/python -m figures --results $(RESULTS) basins basins_zooms

slices: $(VENV)/installed
	$(BIN)/python studies/loss_slices.py --out $(RESULTS)
	$(BIN)/python -m figures --results $(RESULTS) slices_planes slices_trajectories slices_paths plateau spectrum

trainability: $(VENV)/installed
	$(BIN)/python studies/trainability.py --out $(RESULTS)
	$(BIN)/python -m figures --results $(RESULTS) trainability

stuck: $(VENV)/installed
	$(BIN)/python studies/local_minima.py --out $(RESULTS)
	$(BIN)/python studies/published_surfaces.py --out $(RESULTS)

published: $(VENV)/installed
	$(BIN)/python studies/published_rates.py --out $(RESULTS)
	$(BIN)/python -m figures --results $(RESULTS) published_rates

throughput: $(VENV)/installed
	$(BIN)/python studies/throughput.py --out $(RESULTS)
	$(BIN)/python -m figures --results $(RESULTS) throughput

report: $(VENV)/installed-report
	$(BIN)/python -m figures.report --results $(RESULTS)

readme: $(VENV)/installed-report
	$(BIN)/python -m figures.readme $(if $(wildcard $(RESULTS)),--results $(RESULTS))

docs: $(VENV)/installed-docs
	rm -rf docs/_build docs/gallery docs/reference/generated docs/reference/examples
	$(BIN)/python -m sphinx -W --keep-going --quiet --jobs auto --builder html docs docs/_build/html

docs-check: docs
	$(BIN)/python docs/blocks.py

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(TEST)

test-fast: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(TEST) -m fast

release-check:
	rm -rf .venv-newest .venv-lowest
	$(MAKE) test VENV=.venv-newest
	$(LOWEST_PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python tests/lowest.py > .venv-lowest/constraints.txt
	.venv-lowest/bin/pip install --quiet --constraint .venv-lowest/constraints.txt --editable '.[dev]'
	.venv-lowest/bin/python -m pytest $(TEST) -m "not slow"
	$(MAKE) docs-check VENV=.venv-newest

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/installed-report: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[report]'
	touch $@ $(VENV)/installed

$(VENV)/installed-docs: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[docs]'
	touch $@ $(VENV)/installed

$(VENV)/installed-dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/installed $(VENV)/installed-report

clean:
	rm -rf $(VENV) .venv-newest .venv-lowest $(RESULTS) build *.egg-info docs/_build docs/gallery docs/reference/generated docs/reference/examples
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
