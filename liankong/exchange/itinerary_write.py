"""Stays as sentences of a track (活动轨迹): for reports and notices, and for the reader to read back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from liankong.vocabulary.kinds import Protection, StayMode
from liankong.vocabulary.spans import SHANGHAI

_DOING: dict[StayMode, str] = {
    StayMode.HOME: "居家",
    StayMode.WORK: "工作",
    StayMode.SCHOOL: "上课",
    StayMode.SHOPPING: "购物",
    StayMode.DINING: "就餐",
    StayMode.LEISURE: "游玩",
    StayMode.MEDICAL: "就诊",
    StayMode.VISIT: "探望",
    StayMode.OTHER: "停留",
}
_MASKS: dict[Protection, str] = {
    Protection.NONE: "未戴口罩",
    Protection.MASK: "佩戴口罩",
    Protection.RESPIRATOR: "佩戴N95口罩",
    Protection.FULL: "穿着防护服",
    Protection.UNKNOWN: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A stay as it is to be told; what is empty is not said."""

    from_at: datetime
    until_at: datetime
    mode: StayMode
    place: str = ""
    vehicle: str = ""
    seat: str = ""
    companions: int | None = None
    protection: Protection = Protection.UNKNOWN


def write(stays: Iterable[Told], *, year: bool = False) -> str:
    """A line for each stay, in the order given. Minutes are written, seconds are not."""
    return "\n".join(sentence(stay, year=year) for stay in stays)


def sentence(stay: Told, *, year: bool = False) -> str:
    """`1月6日08:30至09:30乘坐1路公交车，佩戴口罩。`"""
    parts = [_when(stay, year=year) + doing(stay)]
    mask = _MASKS[stay.protection]
    if mask:
        parts.append(mask)
    if stay.companions is not None:
        parts.append(f"同行{stay.companions}人" if stay.companions else "独自")
    return "，".join(parts) + "。"


def doing(stay: Told) -> str:
    """What was done where, without the time."""
    seat = f"（座位{stay.seat}）" if stay.seat else ""
    vehicle = stay.vehicle
    at = f"（{stay.place}）" if stay.place else ""
    match stay.mode:
        case StayMode.WALK:
            return "步行" + at
        case StayMode.BICYCLE:
            return "骑车" + at
        case StayMode.CAR:
            return "自驾车" + (f"（{vehicle}）" if vehicle else at)
        case StayMode.TAXI:
            return "乘坐出租车" + (f"（{vehicle}）" if vehicle else at)
        case StayMode.BUS:
            return f"乘坐{vehicle}公交车" + (seat or at)
        case StayMode.METRO:
            return f"乘坐地铁{vehicle}" + (seat or at)
        case StayMode.TRAIN:
            return (f"乘坐{vehicle}次列车" if vehicle else "乘坐火车") + (seat or at)
        case StayMode.FLIGHT:
            return (f"乘坐{vehicle}航班" if vehicle else "乘坐飞机") + (seat or at)
        case StayMode.HOME:
            return f"在{stay.place}居家" if stay.place and stay.place != "家" else "在家"
        case _:
            return f"在{stay.place}{_DOING[stay.mode]}"


def _when(stay: Told, *, year: bool) -> str:
    begin, end = stay.from_at.astimezone(SHANGHAI), stay.until_at.astimezone(SHANGHAI)
    day = (f"{begin.year}年" if year else "") + f"{begin.month}月{begin.day}日"
    if (end.date() - begin.date()).days == 1:
        if end.time() == time(0):
            return f"{day}全天" if begin.time() == time(0) else f"{day}{begin:%H:%M}至24:00"
        return f"{day}{begin:%H:%M}至次日{end:%H:%M}"
    if begin == end:
        return f"{day}{begin:%H:%M}"
    if begin.date() == end.date():
        return f"{day}{begin:%H:%M}至{end:%H:%M}"
    return f"{day}{begin:%H:%M}至{end.month}月{end.day}日{end:%H:%M}"
