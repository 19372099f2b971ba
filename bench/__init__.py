"""Benchmarks, each beside a named peer in the same run. `python -m bench.NAME [--small] --json`; all: `make bench`."""
