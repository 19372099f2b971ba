"""A workplace's or school's roster as rows of people: found by their headers, checked, every fault with its row.

Rows hold personal data as they are typed; they live as long as the request that brought them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from liankong.exchange.tables import Table
from liankong.vocabulary.identifiers import IdentifierError, normalise_phone, parse_id_number
from liankong.vocabulary.kinds import Sex

# What rosters call their columns, in either language.
HEADERS: dict[str, tuple[str, ...]] = {
    "person": ("person", "person number", "人员编号", "编号"),
    "name": ("name", "full name", "姓名", "学生姓名", "员工姓名"),
    "id_number": ("id number", "id", "id card", "身份证号", "身份证号码", "证件号", "证件号码", "身份证"),
    "phone": ("phone", "mobile", "telephone", "电话", "联系电话", "手机", "手机号", "手机号码", "家长电话"),
    "division": ("division", "division code", "区划代码", "居住地区划"),
}
_SAYS_WHO = ("person", "id_number", "phone")
_DIVISION = re.compile(r"\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?")
LONGEST_NAME = 80


class RosterError(ValueError):
    """A file that holds no roster; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class RosterFault:
    """Why a row was not taken: the spreadsheet's row, the field, what is wrong."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One person of a roster. At least one of `person`, `id_number` and `phone` is given."""

    row: int
    person: int | None = None
    name: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    division: str = ""
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster read: `total` = rows + faults + repeats of a row before."""

    total: int
    rows: tuple[RosterRow, ...]
    faults: tuple[RosterFault, ...]
    repeats: tuple[int, ...]


def read_roster(path: Path) -> Roster:
    """Read a CSV or Excel roster.

    Raises `RosterError` when no column says who, `TableError` for a file that cannot be read.
    """
    table = Table(path)
    columns = _columns(table.headers)
    rows: list[RosterRow] = []
    faults: list[RosterFault] = []
    repeats: list[int] = []
    said: set[tuple[str, object]] = set()
    total = 0
    for raw in table.rows():
        total += 1
        if raw.fault:
            faults.append(RosterFault(raw.number, "row", raw.fault))
            continue
        read = _row(raw.number, {name: raw.cells[at] for name, at in columns.items()})
        if isinstance(read, RosterFault):
            faults.append(read)
        elif said.isdisjoint(_keys(read)):
            said.update(_keys(read))
            rows.append(read)
        else:
            repeats.append(raw.number)
    return Roster(total, tuple(rows), tuple(faults), tuple(repeats))


def _columns(headers: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, header in enumerate(headers):
        words = header.strip().lower().replace("_", " ")
        name = next((name for name, known in HEADERS.items() if words in known), None)
        if name is not None:
            found.setdefault(name, at)
    if not any(name in found for name in _SAYS_WHO):
        raise RosterError("no column says who: expected one named 身份证号, 手机号 or person number")
    return found


def _row(number: int, cells: dict[str, str]) -> RosterRow | RosterFault:
    person = cells.get("person", "")
    if person and not (person.isascii() and person.isdigit() and len(person) <= 18):
        return RosterFault(number, "person", "is not a person's number")
    id_number, sex, born = "", Sex.UNKNOWN, None
    if cells.get("id_number"):
        try:
            read = parse_id_number(cells["id_number"])
        except IdentifierError as error:
            return RosterFault(number, "id_number", str(error))
        id_number, sex, born = read.number, read.sex, read.birth
    phone = ""
    if cells.get("phone"):
        try:
            phone = normalise_phone(cells["phone"])
        except IdentifierError as error:
            return RosterFault(number, "phone", str(error))
    if not (person or id_number or phone):
        return RosterFault(number, "id_number", "is empty, and so are the other columns that say who")
    division = cells.get("division", "")
    if division and _DIVISION.fullmatch(division) is None:
        return RosterFault(number, "division", "is not a division code")
    name = cells.get("name", "")
    if len(name) > LONGEST_NAME:
        return RosterFault(number, "name", "is too long")
    return RosterRow(
        row=number,
        person=int(person) if person else None,
        name=name,
        id_number=id_number,
        phone=phone,
        division=division,
        sex=sex,
        birth_date=born,
    )


def _keys(row: RosterRow) -> Iterator[tuple[str, object]]:
    """What tells two rows of one person: the number or the ID number, else phone and name (parents share phones)."""
    if row.person is not None:
        yield "person", row.person
    if row.id_number:
        yield "id", row.id_number
    if not (row.person or row.id_number):
        yield "phone", (row.phone, row.name)
