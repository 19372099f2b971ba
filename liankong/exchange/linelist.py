"""A real line list -> `CaseRecord`s, with every row accounted for.

`read(path, mapping)` accepts, rejects (with row, field, reason) or recognises as duplicate each row; rows in
= accepted + rejected + duplicate, always. Names, ID numbers and phones go to a side channel for the registry
(`LineList.persons`) and never into a `CaseRecord`, a digest or an error message.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from liankong.exchange.linelist_fields import BoundField, Notices, StatedLink, bind
from liankong.exchange.linelist_links import LinkReport, gather, orient, read_link_file
from liankong.exchange.linelist_values import ValueProblemError
from liankong.exchange.mapping_model import PERSONAL, Mapping, find_column
from liankong.exchange.tables import Row, Table, TableError, file_digest
from liankong.vocabulary.facts import CaseRecord

Progress = Callable[[int, float | None], None]
_REPORT_EVERY = 1000


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one field of one row. `row` is as the spreadsheet numbers it; safe to show."""

    row: int
    field: str
    column: str
    problem: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.field} (column {self.column!r})" if self.column else self.field
        return f"row {self.row}, {where}: {self.problem}; expected {self.expected}"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not taken, with all that is wrong with it and its cells for mending."""

    row: int
    errors: tuple[RowError, ...]
    cells: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DuplicateRow:
    """A row that says exactly what an earlier one said."""

    row: int
    first_row: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something set aside without rejecting its row, e.g. a link text without a case key."""

    field: str
    what: str
    count: int
    first_row: int

    def __str__(self) -> str:
        times = "once, in" if self.count == 1 else f"{self.count} times, first in"
        return f"{self.field}: {self.what} ({times} row {self.first_row})"


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Personal data of a case, for the registry alone. Its repr shows nothing but the key."""

    key: str
    name: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


@dataclass(slots=True, kw_only=True)
class LineList:
    """The outcome of reading one file.

    `digests` (key -> digest of the record's content) let a store recognise what it already has; `digest` is
    that of the file's bytes. `related` holds links whose direction is not known (same or unknown onset),
    `directed_by_onset` counts those that got theirs from the onsets, so that no such gap is negative.
    `row_numbers` tells each accepted case's row in the spreadsheet.
    """

    file: str
    mapping: str
    digest: str
    headers: tuple[str, ...]
    rows_in: int = 0
    accepted: list[CaseRecord] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    duplicate: list[DuplicateRow] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    persons: dict[str, PersonRecord] = field(default_factory=dict, repr=False)
    digests: dict[str, str] = field(default_factory=dict)
    row_numbers: dict[str, int] = field(default_factory=dict)
    related: tuple[tuple[str, str], ...] = ()
    directed_by_onset: int = 0
    links: LinkReport | None = None

    @property
    def errors(self) -> list[RowError]:
        """Every fault of every rejected row."""
        return [error for row in self.rejected for error in row.errors]

    @property
    def balances(self) -> bool:
        """Rows in = accepted + rejected + duplicate."""
        return self.rows_in == len(self.accepted) + len(self.rejected) + len(self.duplicate)

    def counts(self) -> dict[str, int]:
        """The account of the rows, as it is shown everywhere."""
        return {
            "in": self.rows_in,
            "accepted": len(self.accepted),
            "rejected": len(self.rejected),
            "duplicate": len(self.duplicate),
        }


def read(
    path: Path | str,
    mapping: Mapping,
    *,
    links: Path | str | None = None,
    progress: Progress | None = None,
    limit: int | None = None,
) -> LineList:
    """Read a line list through its mapping.

    `links` is a file of edges that replaces the mapping's own [links] file. `progress(rows done, share done
    or None)` is called every thousand rows; an exception raised there interrupts the reading. `limit` reads
    only the first rows, for a preview. Raises `TableError`, `MappingError`.
    """
    path = Path(path)
    table = Table(path, mapping.options)
    reader = _Reader(mapping, table)
    for count, row in enumerate(table.rows(), start=1):
        if limit is not None and count > limit:
            break
        reader.take(row)
        if progress is not None and count % _REPORT_EVERY == 0:
            progress(count, table.position)
    result = reader.finish(_link_path(path, mapping, links))
    if progress is not None:
        progress(result.rows_in, 1.0)
    if not result.balances:
        raise AssertionError(f"{path.name}: rows do not balance: {result.counts()}")
    return result


def record_digest(record: CaseRecord) -> str:
    """A stable digest of what a record says: equal content, equal digest, on any machine and day.

    Fields at their default are left out, so that a field added later changes no old digest.
    """
    stated = [
        (name, list(value) if isinstance(value, tuple) else str(value))
        for name, default in _DEFAULTS.items()
        if (value := getattr(record, name)) != default
    ]
    return hashlib.sha256(json.dumps(stated, ensure_ascii=False).encode()).hexdigest()[:32]


_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(CaseRecord)}


def _link_path(path: Path, mapping: Mapping, links: Path | str | None) -> Path | None:
    if links is not None:
        return Path(links)
    if mapping.links is None or mapping.links.file is None:
        return None
    if Path(mapping.links.file).name != mapping.links.file:
        # A mapping may come from somebody else: it names a file beside the list, never a path of this machine.
        raise TableError(f"{mapping.name}: [links] file must be a file's name without folders")
    beside = path.parent / mapping.links.file
    if not beside.exists():
        raise TableError(f"{beside.name}: the mapping's [links] file is not beside {path.name}")
    return beside


def _settle_ages(values: dict[str, Any]) -> None:
    """Ages come as (low, high or None), from one column or from two."""
    low, high = values.pop("age", (None, None))
    if "age_high" in values:
        first, second = values.pop("age_high")
        high = second or first
    if low is not None:
        values["age"] = low
        if high is not None and high > low:
            values["age_high"] = high


@dataclass(slots=True)
class _Draft:
    row: int
    record: CaseRecord
    person: PersonRecord | None
    links: list[StatedLink]

    def difference(self, other: "_Draft") -> list[str]:
        differing = [
            one.name
            for one in fields(CaseRecord)
            if getattr(self.record, one.name) != getattr(other.record, one.name)
        ]
        if self.links != other.links:
            differing.append("infectors")
        return differing + (["personal data"] if self.person != other.person else [])


class _Reader:
    def __init__(self, mapping: Mapping, table: Table) -> None:
        self.mapping = mapping
        self.table = table
        self.bound = bind(mapping, table)
        self.links_field: BoundField | None = self.bound.pop("infectors", None)
        self.personal = {
            name: find_column(column, table.headers, file=mapping.name, key=f"personal.{name}")
            for name, column in mapping.personal.items()
        }
        self.notices = Notices()
        self.drafts: dict[str, _Draft] = {}
        self.result = LineList(
            file=table.path.name, mapping=mapping.name, digest=file_digest(table.path), headers=table.headers
        )

    def take(self, row: Row) -> None:
        self.result.rows_in += 1
        if row.fault:
            wanted = "one cell for each column; is a delimiter unquoted in a text?"
            self._reject(row, [RowError(row.number, "row", "", row.fault, wanted)])
            return
        errors: list[RowError] = []
        draft = self._draft(row, errors)
        if draft is None:
            self._reject(row, errors)
            return
        first = self.drafts.setdefault(draft.record.key, draft)
        if first is draft:
            return
        differing = first.difference(draft)
        if not differing:
            self.result.duplicate.append(DuplicateRow(row.number, first.row))
            return
        problem = f"this case stands already in row {first.row} with other content in: {', '.join(differing)}"
        column = self.bound["key"].column
        self._reject(row, [RowError(row.number, "key", column, problem, "one row for each case")])

    def _reject(self, row: Row, errors: list[RowError]) -> None:
        self.result.rejected.append(RejectedRow(row.number, tuple(errors), row.cells))

    def _draft(self, row: Row, errors: list[RowError]) -> _Draft | None:
        values: dict[str, Any] = {}
        for name, bound in self.bound.items():
            try:
                value = bound.read(row, self.notices)
            except ValueProblemError as problem:
                errors.append(RowError(row.number, name, bound.column, problem.problem, problem.expected))
                continue
            if value is not None:
                values[name] = value
        links = self._links(row, errors)
        if "key" not in values and not any(error.field == "key" for error in errors):
            wanted = "the case's own identifier"
            errors.append(RowError(row.number, "key", self.bound["key"].column, "is empty", wanted))
        if errors:
            return None
        _settle_ages(values)
        return _Draft(row.number, CaseRecord(**values), self._person(row, values["key"]), links)

    def _links(self, row: Row, errors: list[RowError]) -> list[StatedLink]:
        if self.links_field is None:
            return []
        try:
            return self.links_field.links(row, self.notices)
        except ValueProblemError as problem:
            column = self.links_field.column
            errors.append(RowError(row.number, "infectors", column, problem.problem, problem.expected))
            return []

    def _person(self, row: Row, key: str) -> PersonRecord | None:
        told = {name: row.cells[self.personal[name]] for name in PERSONAL if name in self.personal}
        return PersonRecord(key, **told) if any(told.values()) else None

    def finish(self, link_path: Path | None) -> LineList:
        """Settle the links, which need all rows, and close the account."""
        result = self.result
        stated = {key: draft.links for key, draft in self.drafts.items()}
        result.row_numbers = {key: draft.row for key, draft in self.drafts.items()}
        gathered = gather(stated, result.row_numbers, self.notices)
        if link_path is not None:
            result.links = read_link_file(link_path, self.mapping, self.drafts.keys(), gathered)
        onsets = {key: draft.record.onset for key, draft in self.drafts.items()}
        result.directed_by_onset, result.related = orient(gathered, onsets)
        for key, draft in self.drafts.items():
            infectors = tuple(gathered.infectors.get(key, ()))
            record = replace(draft.record, infectors=infectors) if infectors else draft.record
            result.accepted.append(record)
            result.digests[key] = record_digest(record)
            if draft.person is not None:
                result.persons[key] = draft.person
        result.notices = [
            Notice(name, what, count, self.notices.first[name, what])
            for (name, what), count in self.notices.counts.items()
        ]
        return result


__all__ = [
    "DuplicateRow",
    "LineList",
    "LinkReport",
    "Notice",
    "PersonRecord",
    "RejectedRow",
    "RowError",
    "read",
    "record_digest",
]
