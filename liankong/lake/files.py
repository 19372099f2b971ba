"""How facts lie on disk: day folders of zstd Parquet, and a manifest per batch that makes them visible.

    <root>/results/day=2022-01-09/<batch>.parquet
    <root>/batches/<batch>.json        written last: what it does not list does not exist for a reader

Everything is written beside its place and renamed into it, so a reader never sees half a file and a writer that
dies leaves nothing visible. A batch id is good for one content: again the same is a duplicate, another an error.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from liankong.lake.arrow import Table, pa, pq

_BATCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_ROW_GROUP = 131_072


class LakeError(ValueError):
    """Facts that the lake cannot take."""


class BatchConflict(LakeError):
    """A batch id came back with another content."""


class PurgedDay(LakeError):
    """Facts of a day that has been destroyed must not come back."""


@dataclass(frozen=True, slots=True)
class AppendReport:
    """rows = accepted + duplicate, always. `new` is False when the whole batch was known."""

    batch: str
    rows: int
    accepted: int
    duplicate: int
    new: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a batch: the rows of one day. `digest` is of the rows, not of the file's bytes."""

    day: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as its manifest tells it. `purged` are parts that have been destroyed since."""

    batch: str
    digest: str
    rows: int
    duplicate: int
    parts: tuple[Part, ...]
    purged: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Lake:
    """A folder of facts. Opening it costs nothing; it is made when the first batch arrives."""

    root: Path

    @property
    def _results(self) -> Path:
        return self.root / "results"

    def day_folder(self, day: str) -> Path:
        return self._results / f"day={day}"

    def part_file(self, batch: str, day: str) -> Path:
        return self.day_folder(day) / f"{batch}.parquet"

    def day_folders(self) -> Iterator[tuple[str, Path]]:
        for folder in sorted(self._results.glob("day=*")):
            yield folder.name.removeprefix("day="), folder

    def batches(self) -> Iterator[Batch]:
        """Batches in order of their ids."""
        for path in sorted((self.root / "batches").glob("*.json")):
            yield _read(path)

    def batch(self, batch: str) -> Batch | None:
        path = self._manifest(batch)
        return _read(path) if path.exists() else None

    def files(self, *, first: date | None = None, last: date | None = None) -> list[Path]:
        """Visible files whose day lies between the two, both included."""
        return [
            self.part_file(item.batch, part.day)
            for item in self.batches()
            for part in item.parts
            if (first is None or part.day >= first.isoformat())
            and (last is None or part.day <= last.isoformat())
        ]

    def horizon(self) -> str | None:
        """The day before which everything has been destroyed."""
        days = [
            json.loads(path.read_text())["before"] for path in (self.root / "certificates").glob("*.json")
        ]
        return max(days, default=None)

    def append(self, batch: str, days: Mapping[str, Table], *, duplicate: int = 0) -> AppendReport:
        """Write a batch, one table a day, and then show it. Tables are sorted already.

        Raises BatchConflict, PurgedDay, or LakeError for a batch id that is no plain file name.
        """
        if not _BATCH.fullmatch(batch):
            raise LakeError("a batch id is 1 to 120 letters, digits, dots, dashes or underscores")
        parts = tuple(Part(day, days[day].num_rows, digest_of(days[day])) for day in sorted(days))
        rows = sum(part.rows for part in parts)
        digest = hashlib.sha256("".join(f"{part.day}{part.digest}" for part in parts).encode()).hexdigest()
        known = self.batch(batch)
        if known is not None:
            if known.digest != digest:
                raise BatchConflict(f"batch {batch} was written before with another content")
            return AppendReport(batch, rows + duplicate, 0, rows + duplicate, new=False)
        horizon = self.horizon()
        if horizon is not None and parts and parts[0].day < horizon:
            raise PurgedDay(
                f"facts of {parts[0].day} lie before {horizon}, up to which all have been destroyed"
            )
        for part in parts:
            write_table(self.part_file(batch, part.day), days[part.day])
        self.write_manifest(Batch(batch, digest, rows, duplicate, parts))
        return AppendReport(batch, rows + duplicate, rows, duplicate, new=True)

    def write_manifest(self, batch: Batch) -> None:
        write_json(self._manifest(batch.batch), asdict(batch))

    def _manifest(self, batch: str) -> Path:
        return self.root / "batches" / f"{batch}.json"


def digest_of(table: Table) -> str:
    """SHA-256 of the rows as an Arrow stream: the same for equal tables, whatever Parquet does with them."""
    sink = pa.BufferOutputStream()
    plain = table.combine_chunks().replace_schema_metadata(None)
    with pa.ipc.new_stream(sink, plain.schema) as writer:
        writer.write_table(plain)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def write_table(path: Path, table: Table) -> None:
    def write(file: Any) -> None:
        pq.write_table(table, file, compression="zstd", row_group_size=_ROW_GROUP, write_statistics=True)

    _write(path, write)


def write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    _write(path, lambda file: file.write(text.encode()))


def _write(path: Path, write: Callable[[Any], Any]) -> None:
    """Write beside, flush to disk, rename into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path) -> Batch:
    value = json.loads(path.read_text())
    parts, purged = (tuple(Part(**part) for part in value.pop(key)) for key in ("parts", "purged"))
    return Batch(**value, parts=parts, purged=purged)
