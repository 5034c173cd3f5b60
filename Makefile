# The two commands are ./run and ./test; these are for those who change the code.
PY = .venv/bin/python

.PHONY: lint types lock bench
lint:            ## style and simple mistakes
	.venv/bin/ruff check .
types:           ## static types
	.venv/bin/mypy lms courses assessments performance effects
lock:            ## pin requirements*.in with hashes (names no index)
	.venv/bin/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.txt requirements.in
	.venv/bin/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-dev.txt requirements.txt requirements-dev.in
bench:           ## what is fast, as ratios of one run
	.venv/bin/python -m benchmarks.run
