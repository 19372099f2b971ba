"""The engine that runs a query. Queries are Ibis expressions, so that an engine is only named here."""

from collections.abc import Callable, Mapping
from typing import Any

import ibis


class EngineError(ValueError):
    """An engine that this installation does not have."""


def _duckdb() -> Any:
    return ibis.duckdb.connect()


ENGINES: Mapping[str, Callable[[], Any]] = {"duckdb": _duckdb}


def connect(engine: str = "duckdb") -> Any:
    """An Ibis backend, in memory. Raises EngineError for an engine that is not known."""
    try:
        make = ENGINES[engine]
    except KeyError:
        raise EngineError(
            f"unknown engine {engine!r}: expected one of {', '.join(sorted(ENGINES))}"
        ) from None
    return make()


def fetch(expression: Any) -> Any:
    """Run an expression: a table becomes a list of dicts, a column a list, a number that number.

    By way of Arrow, so that no data frame library is needed and days and moments stay what they are.
    """
    made = expression.to_pyarrow()
    return made.to_pylist() if hasattr(made, "to_pylist") else made.as_py()
