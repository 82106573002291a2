# Everything a clone needs: `make serve` and `make test` set up .venv by themselves, once.
#   make serve ARGS="--port 0"      make test ARGS="-k token"      make test PYTHON=/opt/python3.13/bin/python3

PYTHON ?=
ARGS ?=

VENV := .venv
LOWEST := .venv-lowest
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
READY_LOWEST := $(LOWEST)/.ready

export PIP_DISABLE_PIP_VERSION_CHECK := 1
pip = $(1)/bin/python -m pip --quiet

# Sets PY, or ends make with the one sentence that .ci/find-python says instead of a path.
find_python = $(eval PY := $(shell .ci/find-python $(1) 2>&1))$(if $(filter mockidp,$(firstword $(PY))),$(error $(PY)))

# An environment is remade when pyproject.toml changes, and also when the clone was moved or its Python is gone.
home = $(shell test -x $(1)/bin/python && cat $(1)/.ready 2>/dev/null)
ifneq ($(call home,$(VENV)),$(CURDIR))
.PHONY: $(READY)
endif
ifneq ($(call home,$(LOWEST)),$(CURDIR))
.PHONY: $(READY_LOWEST)
endif

.PHONY: help serve test check format bench lowest wheel clean

help:
	@echo "make serve   every provider on one port              ARGS=\"--port 0\""
	@echo "make test    all tests                               ARGS=\"-k token\""
	@echo "make check   format, lint, types, import contracts"
	@echo "make format  put the code in format"
	@echo "make bench   measure against a bare signature        ARGS=..."
	@echo "make lowest  tests with the oldest dependencies that pyproject.toml allows"
	@echo "make wheel   build the wheel, install it elsewhere, use it there"
	@echo "make clean   remove what these made"

serve: $(READY)
	@$(VENV)/bin/mockidp serve $(ARGS)

test: $(READY_DEV)
	@$(VENV)/bin/python -m pytest -n auto $(ARGS)

check: $(READY_DEV)
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo

format: $(READY_DEV)
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format .

bench: $(READY_DEV)
	@$(VENV)/bin/python -m benchmarks $(ARGS)

# Whether each fact is proved depends on no library.
lowest: $(READY_LOWEST)
	@$(LOWEST)/bin/python -m pytest -n auto tests/unit tests/contract tests/plugin \
		--ignore tests/contract/test_facts_are_proved.py $(ARGS)

wheel: $(READY)
	@.ci/wheel

clean:
	@rm -rf $(VENV) $(LOWEST) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@rm -rf tests/e2e/node/node_modules tests/e2e/node/node_modules.lock
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are written last: a set-up that fails or is interrupted half-way begins again the next time.
$(READY): pyproject.toml
	$(call find_python,"$(PYTHON)")
	@echo "Setting up $(VENV) (once)..."
	@rm -rf $(VENV)
	@"$(PY)" -m venv $(VENV)
	@$(call pip,$(VENV)) install --editable .
	@echo "$(CURDIR)" > $@

$(READY_DEV): $(READY)
	@echo "Adding the development tools to $(VENV) (once)..."
	@$(call pip,$(VENV)) install --upgrade "pip>=25.1"
	@$(call pip,$(VENV)) install --group dev
	@touch $@

$(READY_LOWEST): pyproject.toml .ci/floors.py
	$(call find_python,"$(PYTHON)" --oldest)
	@echo "Setting up $(LOWEST) (once)..."
	@rm -rf $(LOWEST)
	@"$(PY)" -m venv $(LOWEST)
	@$(call pip,$(LOWEST)) install --upgrade "pip>=25.1"
	@$(LOWEST)/bin/python .ci/floors.py > $(LOWEST)/floors.txt
	@$(call pip,$(LOWEST)) install --constraint $(LOWEST)/floors.txt --group test --editable .
	@echo "$(CURDIR)" > $@
