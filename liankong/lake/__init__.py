"""Large immutable facts as Parquet by day, and queries over them that are the same on every engine.

The lake holds integer person identifiers only: no name, no number, no phone. Decisions live in the database.
"""

from liankong.lake.engines import EngineError, connect, fetch
from liankong.lake.files import AppendReport, BatchConflict, Lake, LakeError, PurgedDay
from liankong.lake.retention import PurgeCertificate, purge

__all__ = [
    "AppendReport",
    "BatchConflict",
    "EngineError",
    "Lake",
    "LakeError",
    "PurgeCertificate",
    "PurgedDay",
    "connect",
    "fetch",
    "purge",
]
