# `make demo` shows the catalog at work, `make test` proves it. Neither needs a server or credentials.
PYTHON ?= python3
# make test TESTS=tests/storage runs those alone.
TESTS ?=
# make serve PORT=8001 where 8000 is taken.
PORT ?= 8000
BIN := .venv/bin
# One process more than cores: tests wait for servers and for other processes a quarter of their time.
PYTEST = $(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder
# Hundreds of tests start Python anew, which compiles the whole catalog each time where nothing is kept.
unexport PYTHONDONTWRITEBYTECODE
# The tests that use Django's database in this process.
ON_POSTGRESQL := tests/admin tests/commands tests/models tests/services tests/site
MANAGE := $(BIN)/python manage.py
PRODUCTION := DJANGO_DEBUG=false DJANGO_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))')

.PHONY: help demo demo-s3 serve worker screenshots test soak test-matrix audit lint format requirements clean

help:
	@echo "make demo      the catalog at work: add, train, compare, promote, predict"
	@echo "make demo-s3   the same through S3, on a SeaweedFS server of its own"
	@echo "make serve     the admin on http://127.0.0.1:8000/, with a demo user and a worker; PORT= chooses another port"
	@echo "make worker    a worker by itself, for what is started in the background"
	@echo "make test      all tests;  make soak  the same at larger counts;  make lint  all checks"
	@echo "make test-matrix  the tests under other Pythons and Djangos;  make audit  known holes of the dependencies"

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m tests.servers.programs venv
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/installed: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

demo: .venv/installed
	@$(BIN)/python -m demo.tour

demo-s3: .venv/installed-dev
	@$(BIN)/python -m demo.tour_on_s3

serve: .venv/installed
	@$(MANAGE) migrate --verbosity 0 --skip-checks
	@$(BIN)/python -m demo.user $(PORT)
	@$(BIN)/python -m demo.serve $(PORT)

worker: .venv/installed
	@$(BIN)/python -m demo.worker

screenshots: .venv/installed-dev
	$(BIN)/python -m demo.screenshots

test: .venv/installed-dev
	@$(BIN)/python -m tests.servers.programs
	$(PYTEST) $(TESTS)
	$(if $(TESTS),,CATALOG_TEST_DATABASE=postgresql $(PYTEST) -m "both_databases or postgresql" $(ON_POSTGRESQL))

soak: .venv/installed-dev
	@$(BIN)/python -m tests.servers.programs
	CATALOG_SOAK=1 $(PYTEST) $(TESTS)
	$(if $(TESTS),,CATALOG_TEST_DATABASE=postgresql $(PYTEST) $(ON_POSTGRESQL))

test-matrix: .venv/installed-dev
	@$(BIN)/python -m tests.servers.programs
	$(BIN)/python -m tests.matrix $(TESTS)

# Of what runs in production. Error 1: a hole is known; 3: nobody could be asked, and what was to be asked about is listed.
audit:
	@$(PYTHON) -m tests.known_holes

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djangofmt --check templates
	$(BIN)/djangofmt check templates
	$(MANAGE) makemigrations --check --dry-run
	$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djangofmt check --fix templates
	$(BIN)/djangofmt templates

# Needs uv (pip install uv). The files name no index, so that each machine uses its own.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
requirements:
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) -c requirements.txt requirements-dask.in -o requirements-dask.txt
	$(COMPILE) -c requirements.txt requirements-serving.in -o requirements-serving.txt
	$(COMPILE) -c requirements.txt requirements-sql.in -o requirements-sql.txt
	$(COMPILE) -c requirements.txt requirements-boosting.in -o requirements-boosting.txt
	$(COMPILE) --no-deps requirements-postgresql.in -o requirements-postgresql.txt
	$(COMPILE) -c requirements.txt -c requirements-dask.txt -c requirements-serving.txt -c requirements-sql.txt \
		-c requirements-boosting.txt \
		requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
