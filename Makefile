# Every command runs in .venv, from the root of the clone, where `envs`, `agents` and `train` are import packages.
# Only what they need is installed, never the project itself: those three bare names belong to others on the
# package index, and a second copy on the path would sooner or later be imported instead of the clone.

PYTHON ?= python3
EXTRAS ?= train,experiments,dev
WORKERS ?= 2
TASK ?= tokenomics/SafeNetwork-v0

RUN := .venv/bin/python
INSTALLED := .venv/installed-$(EXTRAS)
REQUIREMENTS := import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
	extras = [project['optional-dependencies'][extra] for extra in '$(EXTRAS)'.split(',')]; \
	print(*sum(extras, project['dependencies']), sep='\n')

.DEFAULT_GOAL := help
.PHONY: help install demo reproduce test check bench docs published clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  PYTHON=python3.12 picks the interpreter (3.11 or newer), EXTRAS=train,experiments,dev,gpu what is installed"

install: $(INSTALLED) ## .venv with the pinned versions; done by the others when needed

demo: $(INSTALLED) ## train PPO on the SAFE network and run the leaderboard against it (minutes)
	$(RUN) -m train demo

reproduce: $(INSTALLED) ## the results in the README, with the full budget
	$(RUN) -m train reproduce

test: $(INSTALLED) ## the whole test suite
	OMP_NUM_THREADS=1 $(RUN) -m pytest -n $(WORKERS) --dist loadfile

check: $(INSTALLED) ## ruff, and mypy --strict on envs and agents
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

bench: $(INSTALLED) ## steps per second, beside CartPole's vector environment and the original
	$(RUN) -m train speed --task $(TASK)

docs: $(INSTALLED) ## pages of the environments, the README's example and its picture
	$(RUN) -m docs.build
	$(RUN) -m docs.picture

published: $(INSTALLED) ## published figures of the SAFE network beside ours
	$(RUN) -m train published safe_network --out results/published/safe_network.md

clean: ## remove caches and build output; .venv and results stay
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml constraints.txt | $(RUN)
	$(RUN) -c "$(REQUIREMENTS)" > .venv/requirements.txt
	$(RUN) -m pip install --disable-pip-version-check -c constraints.txt -r .venv/requirements.txt
	@touch $@

$(RUN):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is no Python 3.11 or newer; name one: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
