# The two commands are ./run and ./test; these are for those who change the code.
PY = .venv/bin/python

.PHONY: lint types lock bench
lint:            ## style and simple mistakes
	.venv/bin/ruff check .
types:           ## static types
	.venv/bin/mypy lms courses assessments performance effects benchmarks
lock:            ## pin requirements*.in with hashes (names no index)
	.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --universal requirements.in -o requirements.txt
	.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --universal -c requirements.txt requirements-dev.in -o requirements-dev.txt
bench:           ## what is fast, as ratios of one run
	.venv/bin/python -m benchmarks.run
