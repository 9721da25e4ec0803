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
# make release-check: all tests with the newest versions of everything, the quick ones with the lowest that are allowed, docs-check;
#   then what would be released: archives that an index takes, quick tests from the source, and both install and run a study
PYTHON ?= python3
VENV ?= .venv
LOWEST_PYTHON ?= python3.11
RESULTS ?= results
BIN := $(VENV)/bin
TEST := --numprocesses auto --dist loadfile

.PHONY: study studies figures basins slices trainability stuck published throughput report readme docs docs-check test test-fast release-check lint clean

study: $(VENV)/installed
	$(BIN)/landscape study posted_program --out $(RESULTS)
	$(BIN)/landscape figure --study posted_program --results $(RESULTS)

studies: $(VENV)/installed
	$(BIN)/landscape study all --out $(RESULTS)

figures: $(VENV)/installed
	$(BIN)/landscape figure --results $(RESULTS)

basins: $(VENV)/installed
	$(BIN)/landscape study basins --out $(RESULTS)
	$(BIN)/landscape figure --study basins --results $(RESULTS)

slices: $(VENV)/installed
	$(BIN)/landscape study loss_slices --out $(RESULTS)
	$(BIN)/landscape figure --study loss_slices --results $(RESULTS)

trainability: $(VENV)/installed
	$(BIN)/landscape study trainability --out $(RESULTS)
	$(BIN)/landscape figure --study trainability --results $(RESULTS)

stuck: $(VENV)/installed
	$(BIN)/landscape study local_minima --out $(RESULTS)
	$(BIN)/landscape study published_surfaces --out $(RESULTS)

published: $(VENV)/installed
	$(BIN)/landscape study published_rates --out $(RESULTS)
	$(BIN)/landscape figure --study published_rates --results $(RESULTS)

throughput: $(VENV)/installed
	$(BIN)/landscape study throughput --out $(RESULTS)
	$(BIN)/landscape figure --study throughput --results $(RESULTS)

report: $(VENV)/installed-report
	$(BIN)/landscape report --results $(RESULTS)

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
	rm -rf .venv-newest .venv-lowest build
	$(MAKE) test VENV=.venv-newest
	$(LOWEST_PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python tests/lowest.py > .venv-lowest/constraints.txt
	.venv-lowest/bin/pip install --quiet --constraint .venv-lowest/constraints.txt --editable '.[dev]'
	.venv-lowest/bin/python -m pytest $(TEST) -m "not slow"
	$(MAKE) docs-check VENV=.venv-newest
	.venv-newest/bin/python -m build --outdir .venv-newest/archives
	.venv-newest/bin/twine check --strict .venv-newest/archives/*
	mkdir .venv-newest/source
	tar --extract --file .venv-newest/archives/*.tar.gz --directory .venv-newest/source --strip-components 1
	cd .venv-newest/source && ../bin/python -m pytest $(TEST) -m fast
	for archive in $(CURDIR)/.venv-newest/archives/*; do \
		rm -rf .venv-archive && $(PYTHON) -m venv .venv-archive && .venv-archive/bin/pip install --quiet "$$archive[report]" && \
		cd .venv-archive && bin/landscape run tiny activation=tanh hidden=2 lr=1 budget=200 --runs 50 --quiet && \
		bin/landscape study posted_program --quick && bin/landscape figure --study posted_program && bin/landscape report && \
		cd .. || exit 1; \
	done

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/installed: pyproject.toml setup.py
	$(call install,.)
	touch $@

$(VENV)/installed-report: pyproject.toml setup.py
	$(call install,.[report])
	touch $@ $(VENV)/installed

$(VENV)/installed-docs: pyproject.toml setup.py
	$(call install,.[docs])
	touch $@ $(VENV)/installed

$(VENV)/installed-dev: pyproject.toml setup.py
	$(call install,.[dev])
	touch $@ $(VENV)/installed $(VENV)/installed-report

define install
	@echo "creating the environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@echo "installing the package and what it needs: half a minute to some minutes, 800 MB"
	@$(BIN)/pip install --quiet --editable '$(1)'
endef

clean:
	rm -rf $(VENV) .venv-newest .venv-lowest .venv-archive $(RESULTS) build *.egg-info
	rm -rf docs/_build docs/gallery docs/reference/generated docs/reference/examples
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
