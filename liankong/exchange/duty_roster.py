"""A duty roster from CSV or Excel: every row becomes a line, a repeat of one, or a reject that says why."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from liankong.exchange.tables import Table, TableError
from liankong.vocabulary.spans import local

# Header as the field writes it -> our name. English names stand for themselves.
HEADERS = {
    "用户": "user",
    "用户名": "user",
    "账号": "user",
    "日期": "day",
    "值班日期": "day",
    "开始": "from",
    "开始时间": "from",
    "上班": "from",
    "结束": "until",
    "结束时间": "until",
    "下班": "until",
    "带班": "leads",
    "是否带班": "leads",
}
NAMES = ("user", "day", "from", "until", "leads")
NEEDED = ("user", "from", "until")
YES = frozenset({"1", "yes", "y", "true", "是", "带班"})
NO = frozenset({"", "0", "no", "n", "false", "否"})
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLine:
    """One shift of a list. `user` is a user name of the node; times are UTC."""

    row: int
    user: str
    from_at: datetime
    until_at: datetime
    leads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyReject:
    row: int
    field: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyList:
    """A list read: `rows` = lines + rejects + repeats."""

    rows: int
    lines: tuple[DutyLine, ...]
    rejects: tuple[DutyReject, ...]
    repeats: tuple[int, ...]


class _Faulty(ValueError):
    def __init__(self, field: str, expected: str) -> None:
        super().__init__(expected)
        self.field, self.expected = field, expected


def read_duty(path: Path) -> DutyList:
    """Read a roster. Raises `TableError` for a file that is no table or lacks a column."""
    table = Table(path)
    columns: dict[str, int] = {}
    for at, header in enumerate(table.headers):
        name = HEADERS.get(header.strip(), header.strip().lower())
        if name in NAMES:
            columns.setdefault(name, at)
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise TableError(f"{path.name}: has no column {', '.join(missing)}; expected user, from and until")
    lines: list[DutyLine] = []
    rejects: list[DutyReject] = []
    repeats: list[int] = []
    said: set[tuple[str, datetime]] = set()
    rows = 0
    for raw in table.rows():
        rows += 1
        if raw.fault:
            rejects.append(DutyReject(row=raw.number, field="row", expected=raw.fault))
            continue
        try:
            line = _line(raw.number, {name: raw.cells[at].strip() for name, at in columns.items()})
        except _Faulty as fault:
            rejects.append(DutyReject(row=raw.number, field=fault.field, expected=fault.expected))
            continue
        if (line.user, line.from_at) in said:
            repeats.append(raw.number)
            continue
        said.add((line.user, line.from_at))
        lines.append(line)
    return DutyList(rows=rows, lines=tuple(lines), rejects=tuple(rejects), repeats=tuple(repeats))


def _line(row: int, cells: dict[str, str]) -> DutyLine:
    user = cells["user"]
    if not user or len(user) > 150:
        raise _Faulty("user", "a user name of this node")
    day = _day(cells["day"]) if cells.get("day") else None
    begin = _moment(cells["from"], "from", day)
    end = _moment(cells["until"], "until", day)
    if end <= begin and _is_clock(cells["until"]):
        # A night shift: 16:00 to 00:00, or 22:00 to 06:00, ends on the next day.
        end += timedelta(days=1)
    if end <= begin:
        raise _Faulty("until", "a moment after the beginning")
    leads = cells.get("leads", "").lower()
    if leads not in YES | NO:
        raise _Faulty("leads", "yes or no")
    return DutyLine(row=row, user=user, from_at=begin, until_at=end, leads=leads in YES)


def _is_clock(text: str) -> bool:
    return _CLOCK.fullmatch(text) is not None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise _Faulty("day", "a day such as 2022-01-08") from None


def _moment(text: str, field: str, day: date | None) -> datetime:
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        if day is None:
            raise _Faulty("day", "a day, since the hours stand without one")
        hour, minute = int(clock[1]), int(clock[2])
        if (hour, minute) == (24, 0):
            return local(day + timedelta(days=1))
        if hour > 23 or minute > 59:
            raise _Faulty(field, "an hour of the day such as 08:00")
        return local(day, time(hour, minute))
    try:
        read = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise _Faulty(field, "a moment such as 2022-01-08 08:00") from None
    return local(read.date(), read.time()) if read.tzinfo is None else read
