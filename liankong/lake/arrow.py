"""PyArrow behind untyped names: its half-written type hints hide its own public functions from strict checks."""

from importlib import import_module
from typing import Any

pa: Any = import_module("pyarrow")
pc: Any = import_module("pyarrow.compute")
pq: Any = import_module("pyarrow.parquet")

Table = Any  # a pyarrow.Table
