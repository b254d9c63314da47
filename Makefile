# okxlab: every command a fresh checkout needs. `make` alone lists them.
# Only Python 3.11+ and make have to be there; everything else is installed into .venv, at the versions of constraints.txt.

PYTHON := .venv/bin/python
USER   := .venv/.installed
LAB    := .venv/.installed-lab
DEV    := .venv/.installed-dev
# Files of tests run at once, one worker a core; those of one file stay together, as they share what they start.
AT_ONCE := --numprocesses auto --maxprocesses 4 --dist loadfile
CHECKS := format-check lint types doctest notebooks

# What the calling shell has activated, and its wish not to keep compiled files, stay outside.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE CONDA_PREFIX

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check proof lab bench format format-check lint types doctest notebooks pins clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(USER) ## see okxlab at work: a grid on its own exchange, no keys, nothing to prepare
	@.venv/bin/okxlab demo

test: $(DEV) ## run the tests (browser tests need Chromium)
	@$(PYTHON) -m pytest tests $(AT_ONCE)

check: $(DEV) ## run everything a change must pass; stops at the first failure
	@for step in $(CHECKS); do \
	  began=$$(date +%s); \
	  $(MAKE) --no-print-directory $$step || { echo "check: failed at 'make $$step'" >&2; exit 1; }; \
	  echo "check: $$step took $$(($$(date +%s) - began)) s"; \
	done
	@$(MAKE) --no-print-directory test

proof: $(DEV) ## run the long proofs and print their figures
	@$(PYTHON) -m pytest tests -m proof -s

lab: $(LAB) ## open the notebooks in JupyterLab
	@if [ "$$(id -u)" = 0 ]; then root=--allow-root; fi; exec .venv/bin/jupyter lab $$root notebooks

bench: $(DEV) ## run the measurements in tests/bench
	@for script in tests/bench/*.py; do \
	  [ -e "$$script" ] || { echo "tests/bench holds no measurement."; exit 0; }; \
	  echo "== $$script"; $(PYTHON) "$$script" || exit 1; \
	done

format: $(DEV) ## write every file in the house format
	@$(PYTHON) -m ruff format .

format-check: $(DEV) ## say which files are not in the house format
	@$(PYTHON) -m ruff format --check .

lint: $(DEV) ## look for smells
	@$(PYTHON) -m ruff check .

types: $(DEV) ## check the types
	@$(PYTHON) -m mypy

doctest: $(DEV) ## run the examples in the docstrings
	@$(PYTHON) -m pytest --doctest-modules okxlab

LISTED := import tomllib; lists = tomllib.load(open('pyproject.toml', 'rb'))['tool']['okxlab']['notebooks']
notebooks: $(DEV) ## run the notebooks on the paper exchange
	@listed=$$($(PYTHON) -c "$(LISTED); print(*('notebooks/' + name for name in lists['check']))") || exit 1; \
	if [ -n "$$listed" ]; then \
	  $(PYTHON) -m pytest --nbval-lax --nbval-current-env --nbval-cell-timeout=120 $$listed; \
	elif [ -n "$$(find notebooks -name '*.ipynb')" ]; then \
	  echo "notebooks/ holds notebooks, and pyproject.toml lists none of them to be run." >&2; exit 1; \
	else \
	  echo "notebooks/ holds no notebook yet."; \
	fi

pins: ## write the newest versions that fit pyproject.toml to constraints.txt
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(call find_python); \
	"$$python" -m venv "$$folder"; \
	"$$folder/bin/python" -m pip install --quiet --disable-pip-version-check ".[dev]"; \
	{ echo "# Every version, exact. Written by 'make pins' from pyproject.toml; not edited by hand."; \
	  "$$folder/bin/python" -m pip freeze --exclude okxlab; } > "$$folder/constraints.txt"; \
	mv "$$folder/constraints.txt" constraints.txt; \
	echo "constraints.txt: $$(grep -c == constraints.txt) versions"

clean: ## remove caches and built files; .venv stays
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -path ./.venv -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -exec rm -rf {} +

# The newest Python that is new enough and can make environments; a name alone proves nothing, so it is run.
define find_python
python=; for name in python3.13 python3.12 python3.11 python3 python; do \
  if "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
    python=$$name; break; \
  fi; \
done; \
if [ -z "$$python" ]; then \
  echo "okxlab needs Python 3.11 or newer with its venv module, and finds none on the PATH." >&2; \
  echo "Install one (Debian, Ubuntu: apt install python3 python3-venv) and run make again." >&2; \
  exit 1; \
fi
endef

# install PROJECT: once for each change of pyproject.toml or constraints.txt. Compiling by hand uses every core.
define install
@echo "okxlab: installing $(1) into .venv (once; a minute or two)"
@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt -e "$(1)"
@$(PYTHON) -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true # some packages ship templates that are not Python
@touch $@
endef

.venv/.made:
	@if ! .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	  $(call find_python); \
	  echo "okxlab: making .venv with $$("$$python" --version)"; \
	  "$$python" -m venv --clear .venv; \
	fi
	@touch $@

$(USER): .venv/.made pyproject.toml constraints.txt
	$(call install,.)

$(LAB): .venv/.made pyproject.toml constraints.txt
	$(call install,.[lab])
	@touch $(USER)

$(DEV): .venv/.made pyproject.toml constraints.txt
	$(call install,.[dev])
	@touch $(USER) $(LAB)
