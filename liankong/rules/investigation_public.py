"""What of a track may be published: places and times, never persons (只提轨迹不提人).

The Personal Information Protection Law forbids publishing personal information without separate consent (article 25),
and the notice of 9 February 2020 of the Cyberspace Administration names name, age, identity number, telephone and home
address as what must not be published. So a public stay has no field for a person, an age, a sex, a seat, a plate or a
companion: what is not there cannot slip through.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from liankong.rules.orders_words import MASK, masked
from liankong.vocabulary.kinds import StayMode
from liankong.vocabulary.spans import Span, aware

# Lines that many take; a car or a taxi leads to one person.
SHARED = frozenset({StayMode.BUS, StayMode.METRO, StayMode.TRAIN, StayMode.FLIGHT})
PRIVATE = frozenset({StayMode.HOME, StayMode.VISIT})
# What is finer than a compound: buildings, entrances, floors, rooms, and a house's own number.
_NUMBER = r"[\dA-Za-z一二三四五六七八九十百零〇甲乙丙丁]+"
_FINER = re.compile(
    rf"(?:{_NUMBER}[\-－—])*{_NUMBER}(?:号楼|栋|幢|座|单元|门洞?|层|楼|室|户|号门|号院(?=.)|房)|第?{_NUMBER}排"
    r"|[\dA-Za-z]+[\-－—]\d+(?:[\-－—]\d+)*$"
)
_HOUSE = re.compile(rf"{_NUMBER}(?:号(?!线|楼)|组|队|弄|巷\d*号)")
_COMPOUND = re.compile(
    r".*?(?:小区|花园|家园|公寓|新村|新苑|大院|社区)|.*[\u4e00-\u9fff](?:里|苑|村|园|庄|坊|城|院|庭|府|湾)"
)
# Somebody's home, workshop or bed, by whatever name.
_SOMEBODYS = re.compile(
    r"(?:家|家中|家里|宿舍|住处|住所|出租屋|租住处|某某?|病房|床)(?:$|（)|某(?:某|人|女士|先生)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStay:
    """A stay as the platform knows it. `registered`: the place is one of the register, `dwelling` a place of living."""

    from_at: datetime
    until_at: datetime
    mode: StayMode
    place: str = ""
    registered: bool = False
    dwelling: bool = False
    vehicle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicStay:
    """A stay as it may be published."""

    from_at: datetime
    until_at: datetime
    mode: StayMode
    place: str = ""
    vehicle: str = ""


def public_stays(stays: Iterable[KnownStay], window: Span | None = None) -> list[PublicStay]:
    """The stays that matter to others, in order of time: inside the window, or all where there is none.

    A stay whose place and line may not be named is left out: it warns nobody.
    """
    found: list[PublicStay] = []
    for stay in sorted(stays, key=lambda one: (one.from_at, one.until_at)):
        if window is not None and not _inside(stay, window):
            continue
        public = public_stay(stay)
        if not public.place and not public.vehicle:
            continue
        if not found or found[-1] != public:
            found.append(public)
    return found


def public_stay(stay: KnownStay) -> PublicStay:
    """One stay without whatever leads to a person."""
    return PublicStay(
        from_at=stay.from_at,
        until_at=stay.until_at,
        mode=stay.mode,
        place=public_place(stay),
        vehicle=stay.vehicle.strip() if stay.mode in SHARED and _plain_line(stay.vehicle) else "",
    )


def public_place(stay: KnownStay) -> str:
    """The place as it may be published; "" where naming it would lead to somebody's door.

    Somewhere people live is cut to its compound. A place in words that is somebody's home is not named at all.
    """
    if stay.mode in (StayMode.CAR, StayMode.TAXI, StayMode.WALK, StayMode.BICYCLE):
        return ""
    text = masked(stay.place).split(MASK)[0].strip("，、 （(")
    text = _cut(text, _FINER)
    if stay.mode in PRIVATE or stay.dwelling:
        text = _cut(text, _HOUSE)
        named = _COMPOUND.match(text)
        return named[0] if named else (text if stay.registered and stay.dwelling else "")
    return "" if not stay.registered and _SOMEBODYS.search(text) else text


def compound(name: str) -> str:
    """A name of a place or zone without what is finer than a compound: building, entrance, floor, room."""
    return _cut(masked(name).split(MASK)[0], _FINER)


def _cut(text: str, finer: re.Pattern[str]) -> str:
    match = finer.search(text)
    return text if match is None else text[: match.start()].rstrip("（( ，、")


def _plain_line(vehicle: str) -> bool:
    """A line, a train or a flight; a plate has a province's character before a letter."""
    return (
        re.fullmatch(r"[A-Z]?\d{1,4}路|\d{1,2}号线|[A-Z0-9]{2}\d{3,4}|[GDCZTKSYL]\d{1,4}", vehicle.strip())
        is not None
    )


def _inside(stay: KnownStay, window: Span) -> bool:
    ends = window.end is None or aware(stay.from_at) < aware(window.end)
    return ends and aware(stay.until_at) > aware(window.start)
