# What can be done here: run, check, test, lint, bench, torture, mutants, assets, screenshots, translations.
.PHONY: run check test lint bench torture mutants assets screenshots translations system
PYTHON ?= python3
BIN := .venv/bin
FLASK := $(BIN)/flask --app app
NODE_TOOLS := node_modules/.package-lock.json
# What needs no browser, PostgreSQL or demonstration; 100,000 wages by formula are left to `make test`.
QUICK := tests/rules/test_every_rule.py tests/rules/test_subjects.py tests/test_house.py tests/test_docs.py \
	tests/test_translations.py tests/values tests/cnss/test_file_check.py
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/*.po))

.venv/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Awrash needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing: install Debian's package python3-venv, then try again."; exit 1; }
	@echo "Installing what Awrash needs: a minute or two, this once."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/test: .venv/run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

%.mo: %.po .venv/run
	$(BIN)/pybabel --quiet compile -i $< -o $@

# What checks and builds style and script; the office runs without it.
$(NODE_TOOLS): package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "Style and script are checked and built by Node 20 or newer: install Debian's packages nodejs and npm, then try again."; exit 1; }
	npm ci --silent
	@touch $@

run: .venv/run $(CATALOGUES)
	@$(FLASK) setup
	@exec $(BIN)/python app.py

test: .venv/test $(CATALOGUES) system $(if $(shell command -v npm),$(NODE_TOOLS))
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# For every save: under a minute on two cores.
check: lint $(CATALOGUES)
	$(BIN)/python -m pytest -n 2 --dist worksteal -k "not postgres" --ignore tests/values/test_pay_formula.py $(QUICK)

lint: .venv/test $(NODE_TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --check awrash/templates
	$(BIN)/djlint --quiet --lint awrash/templates
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-logo
	npm run --silent check

bench: .venv/test $(CATALOGUES)
	$(BIN)/python -m benchmarks

# Eight people at once on the real server, then hard stops in the middle of work; its table stands in docs/reliability.md.
torture: .venv/test $(CATALOGUES) system
	$(BIN)/python -m tests.torture
	AWRASH_KILLS=5 $(BIN)/python -m pytest tests/serving/test_killed.py -k "instant or commits"

# Small faults put into the code, and which of them no test notices: docs/mutation.md. MODULES="values/money validators".
mutants: .venv/test $(CATALOGUES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-mutants.txt
	$(BIN)/python -m tests.mutation $(MODULES) $(if $(EVERY),--every $(EVERY))

# Fetch anew what docs/dependencies.md takes from npm packages; build style, script and fonts into awrash/static/built.
assets: $(NODE_TOOLS) .venv/test
	$(BIN)/python -m docs.vendored
	npm run --silent build
	$(BIN)/python -m docs.fonts

# The pictures of docs/screenshots, taken anew from the demonstration.
screenshots: .venv/test $(CATALOGUES) system
	$(BIN)/python -m docs.screenshots

# Read the texts out of the code, bring the catalogues up to it, compile them.
translations: .venv/test
	$(BIN)/pybabel --quiet extract -F translations/babel.cfg -k _l -k ngettext:1,2 -k lazy_ngettext:1,2 --no-location --sort-output -o translations/messages.pot .
	$(BIN)/pybabel --quiet update -N --no-fuzzy-matching --ignore-obsolete --width 110 -i translations/messages.pot -d translations -l ar
	$(BIN)/pybabel --quiet update -N --no-fuzzy-matching --ignore-obsolete --width 110 -i translations/messages.pot -d translations -l fr
	$(MAKE) $(CATALOGUES)

# Debian's PostgreSQL, Chromium and PDF tools, for the tests that start their own.
system:
	@if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && { command -v chromium-headless-shell || command -v chromium; } >/dev/null && command -v pdftoppm >/dev/null && command -v qpdf >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql chromium-headless-shell poppler-utils qpdf; \
	else echo "Some tests want Debian's packages postgresql, chromium-headless-shell, poppler-utils and qpdf, which root installs with 'make system'; without them they are skipped."; fi
