# Everything runs in a virtual environment that make builds once; only Python 3.11+ is needed.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test lint bench clean

demo: .venv/run ## solve the scenario beijing-2024 and write out/beijing-2024/report.html
	$(BIN)/multipolar run beijing-2024 --out out/beijing-2024

test: .venv/test lint ## format, lint, types, then the whole test suite
	$(BIN)/pytest -n 2

lint: .venv/test
	$(BIN)/ruff format --check src tests tools benchmarks
	$(BIN)/ruff check src tests tools benchmarks
	$(BIN)/pyright

bench: .venv/test ## measure, and rewrite docs/benchmarks.md
	$(BIN)/python -m benchmarks

.venv/run: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/test: .venv/run
	$(BIN)/pip install --quiet --disable-pip-version-check -e .[test]
	@touch $@

clean:
	rm -rf .venv out dist
