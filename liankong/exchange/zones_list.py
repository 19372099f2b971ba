"""Published lists of risk areas, collected over time: a row for each area and level with its first and last sight.

Columns: `level`, `county`, `community`, `first_seen`, `last_seen`, or their Chinese names. Moments are the field's
hours, "2022-07-05 10时" or "2022-07-05 10:00".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from liankong.exchange.tables import Table, TableError
from liankong.rules.zones_replay import LEVELS, Listing
from liankong.vocabulary.spans import local

COLUMNS: dict[str, tuple[str, ...]] = {
    "level": ("level", "等级", "风险等级"),
    "county": ("county", "区县", "区"),
    "community": ("community", "区域", "小区"),
    "first_seen": ("first_seen", "首次出现"),
    "last_seen": ("last_seen", "最后出现"),
}
_MOMENT = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2})(?:时|(?::(\d{2})(?::\d{2})?)?)")


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be taken: which, which field, and what was expected."""

    row: int
    field: str
    expected: str


@dataclass(frozen=True, slots=True)
class AreaList:
    """rows = accepted + rejected + duplicate, always."""

    rows: int
    listings: tuple[Listing, ...]
    rejected: tuple[Rejected, ...]
    duplicate: int

    @property
    def accepted(self) -> int:
        return len(self.listings)


def read_areas(path: Path) -> AreaList:
    """Read a list from CSV or Excel. Raises TableError when a column is missing or the file is no table."""
    table = Table(path)
    where = _columns(table)
    listings: list[Listing] = []
    rejected: list[Rejected] = []
    seen: set[tuple[str, ...]] = set()
    rows = duplicate = 0
    for row in table.rows():
        rows += 1
        if row.fault:
            rejected.append(Rejected(row.number, "row", row.fault))
            continue
        cells = {name: row.cells[at] for name, at in where.items()}
        key = tuple(cells.values())
        if key in seen:
            duplicate += 1
            continue
        seen.add(key)
        made = _listing(row.number, cells)
        if isinstance(made, Listing):
            listings.append(made)
        else:
            rejected.append(made)
    return AreaList(rows, tuple(listings), tuple(rejected), duplicate)


def _columns(table: Table) -> dict[str, int]:
    headers = [header.strip().casefold() for header in table.headers]
    found: dict[str, int] = {}
    for name, known in COLUMNS.items():
        at = next((headers.index(one) for one in known if one in headers), None)
        if at is None:
            raise TableError(f"{table.path.name}: no column {name!r}; expected one of {', '.join(known)}")
        found[name] = at
    return found


def _listing(row: int, cells: Mapping[str, str]) -> Listing | Rejected:
    kind = LEVELS.get(cells["level"].casefold())
    if kind is None:
        return Rejected(row, "level", f"one of {', '.join(LEVELS)}")
    for name in ("county", "community"):
        if not cells[name]:
            return Rejected(row, name, "a name")
    moments: list[datetime] = []
    for name in ("first_seen", "last_seen"):
        moment = _moment(cells[name])
        if moment is None:
            return Rejected(row, name, "a day and hour such as '2022-07-05 10时'")
        moments.append(moment)
    if moments[1] < moments[0]:
        return Rejected(row, "last_seen", "not before first_seen")
    return Listing(
        row=row,
        kind=kind,
        county=cells["county"],
        name=cells["community"],
        first_seen=moments[0],
        last_seen=moments[1],
    )


def _moment(text: str) -> datetime | None:
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour = (int(part) for part in match.groups()[:4])
    try:
        return local(date(year, month, day), time(hour, int(match[5] or 0)))
    except ValueError:
        return None
