"""Lists of rooms and of vehicles, from CSV or Excel: every row becomes a line or a reject that says why."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from liankong.exchange.tables import Table, TableError

# Header as the field writes it -> our name. English names stand for themselves.
ROOM_HEADERS = {
    "隔离点代码": "site",
    "隔离点编号": "site",
    "房号": "room",
    "房间号": "room",
    "楼层": "floor",
    "床位": "beds",
    "床位数": "beds",
    "无障碍": "accessible",
}
VEHICLE_HEADERS = {
    "车牌": "plate",
    "车牌号": "plate",
    "座位": "seats",
    "座位数": "seats",
    "轮椅位": "wheelchairs",
    "担架位": "stretchers",
    "负压": "negative_pressure",
    "单位代码": "organisation",
}
Line = TypeVar("Line")

YES = frozenset({"1", "yes", "y", "true", "是", "有"})
NO = frozenset({"", "0", "no", "n", "false", "否", "无"})
MOST_BEDS, MOST_SEATS, LOWEST, HIGHEST = 20, 120, -5, 120


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLine:
    row: int
    site: str
    room: str
    floor: int = 1
    beds: int = 1
    accessible: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleLine:
    row: int
    plate: str
    organisation: str
    seats: int
    wheelchairs: int = 0
    stretchers: int = 0
    negative_pressure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that was not taken: which field, and what was expected."""

    row: int
    field: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomList:
    rows: int
    lines: tuple[RoomLine, ...]
    rejects: tuple[Reject, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleList:
    rows: int
    lines: tuple[VehicleLine, ...]
    rejects: tuple[Reject, ...]


class _Faulty(ValueError):
    def __init__(self, field: str, expected: str) -> None:
        super().__init__(expected)
        self.field, self.expected = field, expected


def read_rooms(path: Path, *, site: str = "") -> RoomList:
    """Rooms of a list; `site` is the code of the site where the list names none. Raises `TableError`."""
    needed = ("room",) if site else ("site", "room")

    def line(row: int, cells: dict[str, str]) -> RoomLine:
        return RoomLine(
            row=row,
            site=_text(cells, "site", 40) if cells.get("site") else _given(site),
            room=_text(cells, "room", 20),
            floor=_whole(cells, "floor", LOWEST, HIGHEST, otherwise=1),
            beds=_whole(cells, "beds", 1, MOST_BEDS, otherwise=1),
            accessible=_flag(cells, "accessible"),
        )

    rows, lines, rejects = _read(path, ROOM_HEADERS, needed, line)
    return RoomList(rows=rows, lines=tuple(lines), rejects=tuple(rejects))


def read_vehicles(path: Path, *, organisation: str = "") -> VehicleList:
    """Vehicles of a list; `organisation` is the code of the fleet where the list names none. Raises `TableError`."""
    needed = ("plate", "seats") if organisation else ("plate", "seats", "organisation")

    def line(row: int, cells: dict[str, str]) -> VehicleLine:
        made = VehicleLine(
            row=row,
            plate=_text(cells, "plate", 20).upper().replace(" ", ""),
            organisation=_text(cells, "organisation", 40)
            if cells.get("organisation")
            else _given(organisation),
            seats=_whole(cells, "seats", 0, MOST_SEATS),
            wheelchairs=_whole(cells, "wheelchairs", 0, MOST_SEATS, otherwise=0),
            stretchers=_whole(cells, "stretchers", 0, MOST_SEATS, otherwise=0),
            negative_pressure=_flag(cells, "negative_pressure"),
        )
        if made.seats + made.wheelchairs + made.stretchers == 0:
            raise _Faulty("seats", "room for one passenger at least")
        return made

    rows, lines, rejects = _read(path, VEHICLE_HEADERS, needed, line)
    return VehicleList(rows=rows, lines=tuple(lines), rejects=tuple(rejects))


def _read(
    path: Path, headers: dict[str, str], needed: tuple[str, ...], line: Callable[[int, dict[str, str]], Line]
) -> tuple[int, list[Line], list[Reject]]:
    table = Table(path)
    names = [headers.get(header, header.lower().replace(" ", "_")) for header in table.headers]
    missing = [name for name in needed if name not in names]
    if missing:
        known = ", ".join(f"{name} ({_chinese(headers, name)})" for name in missing)
        raise TableError(f"{path.name}: lacks the column {known}")
    count, lines, rejects = 0, [], []
    for row in table.rows():
        count += 1
        if row.fault:
            rejects.append(Reject(row=row.number, field="row", expected=row.fault))
            continue
        try:
            lines.append(line(row.number, dict(zip(names, row.cells, strict=True))))
        except _Faulty as fault:
            rejects.append(Reject(row=row.number, field=fault.field, expected=fault.expected))
    return count, lines, rejects


def _chinese(headers: dict[str, str], name: str) -> str:
    return next(header for header, ours in headers.items() if ours == name)


def _given(text: str) -> str:
    if not text:
        raise _Faulty("site", "a code")
    return text


def _text(cells: dict[str, str], name: str, longest: int) -> str:
    text = cells.get(name, "")
    if not text or len(text) > longest:
        raise _Faulty(name, f"1 to {longest} characters")
    return text


def _whole(cells: dict[str, str], name: str, least: int, most: int, *, otherwise: int | None = None) -> int:
    text = cells.get(name, "")
    if not text and otherwise is not None:
        return otherwise
    try:
        value = int(text)
    except ValueError:
        raise _Faulty(name, f"a whole number from {least} to {most}") from None
    if not least <= value <= most:
        raise _Faulty(name, f"a whole number from {least} to {most}")
    return value


def _flag(cells: dict[str, str], name: str) -> bool:
    text = cells.get(name, "").strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    raise _Faulty(name, "yes or no")
