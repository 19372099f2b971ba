"""What a clause says besides its time: rides, places and what was done there, masks, company."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from liankong.exchange.itinerary_times import number
from liankong.exchange.itinerary_words import any_of, meanings
from liankong.vocabulary.kinds import Protection, StayMode

_NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_TAKE = r"(?:换乘|转乘|改乘|乘坐|搭乘|乘|坐)?"
_TRAIN = r"[GDCZTKSYL]\d{1,4}"
_FLIGHT = r"(?:[A-Z]{2}|[A-Z]\d|\d[A-Z])\d{3,4}"
_IN_BRACKETS = r"(?:（(?P<inside>[^（）]*)）)?"
_GO = r"(?:前往|到达|抵达|返回到?|回到|来到|去往|赶往|去到|赴|进入|驶往|送至|到过|途经|到|至|去|往|回|在|于)"
_HOME = re.compile(
    r"(?:^(?:家中|家里)|(?:返回|回到|回|到|返|在)(?:自己)?(?:家中|家里|家|住处|住所|居住地|暂住地|租住处|出租屋|宿舍)|居家)"
    r"(?![\u4e00-\u9fff]{0,6}(?:超市|店|酒店|餐馆|宾馆))"
)
_INDOORS = re.compile(r"(?:后)?(?:均|都|一直)?(?:未再?(?:次)?外出|没有?再?外出|未出门|未离开|足不出户)")
_LEAVES = re.compile(r"^(?:后|从|其)*(?:离开|出发|下班|下车|放学)")
_ARRIVES = re.compile(r"^(?:后|左右)*(?:到达|抵达|到站|到家|到|回到|返回)")
_CLOCK = re.compile(r"（\D{0,3}?(\d{1,2})[：:时点](\d{2})?分?[^）]{0,3}）")
_SEAT = re.compile(
    r"(?:座位号?|席位)?[：:]?(?<!\d)(?P<seat>\d{1,2}号?车厢?\d{1,3}[A-F]?号?座?|\d{1,3}[A-FHJKL]座?号?|\d{1,2}车厢?|\d{1,3}号座?)"
)
_CODE = re.compile(rf"(?<![A-Z0-9])(?:(?P<train>{_TRAIN})|(?P<flight>{_FLIGHT}))(?![A-Z0-9])(?:车?次)?")
_PLATE = re.compile(r"[\u4e00-\u9fff][A-Z][·•]?[A-Z0-9]{5,6}")
_LEADING = re.compile(
    r"^(?:[：、 　]|后|随后|然后|之后|接着|期间|又|再|并|均|一直|都|该病例|其|病例|先|还|曾|也|于(?=\d))+"
)
_TRAILING = re.compile(r"(?:[、 　]|后|之后|内|期间|时|并|再|的|一直|均)+$")
_NEXT_PLACE = re.compile(
    rf"(?:后|并|再|又|然后|随后|之后|接着)+(?=(?:{_GO}))|[—－]{{1,2}}|(?<=[^、])、(?={_GO})"
)


@dataclass(frozen=True, slots=True)
class Event:
    """A ride, or being at a place. `arrived` is a time in brackets behind it: minutes of the day."""

    mode: StayMode
    place: str = ""
    vehicle: str = ""
    seat: str = ""
    arrived: int | None = None
    indoors: bool = False
    did: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """All that a clause says besides its time."""

    events: tuple[Event, ...]
    protection: Protection = Protection.UNKNOWN
    companions: int | None = None
    leaves: bool = False
    arrives: bool = False
    indoors: bool = False
    company: bool = False
    throughout: bool = False


@cache
def _ways() -> re.Pattern[str]:
    code = rf"(?P<train>{_TRAIN})(?:次|号)?(?:列车|高铁|动车组?|火车|城际|车次)?"
    parts = [
        rf"{_TAKE}(?:航班)(?P<flight2>{_FLIGHT})|{_TAKE}(?P<flight>{_FLIGHT})(?:次)?航班",
        rf"{_TAKE}(?:地铁|轻轨)(?P<metro>\d{{1,2}}号线)|{_TAKE}(?P<metro2>\d{{1,2}}号线)(?:地铁)?",
        rf"{_TAKE}公交车?(?P<bus2>[A-Z]?\d{{1,4}}路)|{_TAKE}(?P<bus>[A-Z]?\d{{1,4}}路)(?:公交车|公交|车)?",
        rf"{_TAKE}(?:高铁|动车|火车|列车)?(?<![A-Z0-9]){code.replace('?P<train>', '?P<train2>')}(?![A-Z0-9])",
        rf"(?P<way>{any_of('ways')})",
    ]
    return re.compile(f"(?:{'|'.join(parts)}){_IN_BRACKETS}")


@cache
def _doing() -> re.Pattern[str]:
    # A shopping centre is a place, and so is a sampling point: the word for what was done is only part of a name.
    name = r"(?!中心|广场|城|商|店|公园|街|村|网|部|路|点|站|室|院|所|处|厅|馆|楼|区|地)"
    return re.compile(rf"(?:{any_of('doing')}){name}")


@cache
def _company() -> re.Pattern[str]:
    who = any_of("company", "one", "some")
    return re.compile(
        rf"(?:与|和|同|跟|带着?|携|陪同?|随)(?:其|自己)?(?P<first>{_NUMBER})?(?(first)(?:名|位|个))"
        rf"(?P<who>(?:{who})(?:[、和及](?:{who}))*)(?:等?(?P<last>{_NUMBER})(?:人|名|位))?(?:一起|一同|共同|同行|结伴)?"
        rf"|同行(?P<count>{_NUMBER})人|(?P<alone>{any_of('company', 'alone')})"
    )


@cache
def _mask() -> re.Pattern[str]:
    return re.compile(rf"(?:全程|均|期间|途中|已|规范|正确)*(?P<mask>{any_of('masks')})")


def said(content: str) -> Said:
    """Read the words of a clause that are not of time."""
    protection = Protection.UNKNOWN
    throughout = "全程" in content or "均" in content
    mask = _mask().search(content)
    if mask is not None:
        protection = Protection(meanings("masks")[mask["mask"]])
        content = _without(content, mask)
    companions, company = None, _company().search(content)
    if company is not None:
        companions = _count(company)
        content = _without(content, company)
    content = _empty_brackets(content)
    plain = _LEADING.sub("", content)
    indoors = _INDOORS.search(plain)
    if indoors is not None:
        plain = _without(plain, indoors)
    leaves = _LEAVES.search(plain)
    return Said(
        events=tuple(_events(plain, stayed=indoors is not None)),
        protection=protection,
        companions=companions,
        leaves=leaves is not None,
        arrives=_ARRIVES.search(plain) is not None,
        indoors=indoors is not None,
        company=company is not None,
        throughout=throughout,
    )


def _without(content: str, said: re.Match[str]) -> str:
    """The words around a part that is read. Two numbers that it kept apart must not become one."""
    before, after = content[: said.start()], content[said.end() :]
    grown = before[-1:].isascii() and before[-1:].isalnum() and after[:1].isascii() and after[:1].isalnum()
    return f"{before}，{after}" if grown else before + after


def symptoms(content: str) -> bool:
    """Whether the clause says that somebody felt ill."""
    return re.search(rf"(?:{any_of('symptoms')})(?!门诊)", content) is not None


def _empty_brackets(content: str) -> str:
    return re.sub(r"（[、，\s]*）", "", content)


def _count(company: re.Match[str]) -> int | None:
    if company["alone"]:
        return 0
    stated = company["first"] or company["last"] or company["count"]
    if stated:
        return number(stated) if len(stated) < 3 else int(stated)
    people = re.findall(any_of("company", "one", "some"), company["who"])
    return len(people) if all(meanings("company")[who] == "one" for who in people) else None


def _events(content: str, *, stayed: bool) -> Iterator[Event]:
    at, event = 0, None
    for ride in _ways().finditer(content):
        yield from _places(content[at : ride.start()], stayed=False, origin=True)
        event, station = _ride(ride), ""
        at = ride.end()
        if event.mode in (StayMode.METRO, StayMode.BUS, StayMode.TRAIN):
            follows = re.match(
                rf"(?!{_GO}|车|（)(?P<station>[\u4e00-\u9fff]{{2,10}}?)(?=——|—|（|$)", content[at:]
            )
            if follows is not None and _doing().search(follows["station"]) is None:
                station, at = follows["station"], at + follows.end()
        clock = _CLOCK.match(content[at:])
        if clock is not None:
            at += clock.end()
        yield Event(
            event.mode,
            place=station or event.place,
            vehicle=event.vehicle,
            seat=event.seat,
            arrived=_minutes(clock) if clock else None,
        )
    end = re.match(r"—+(?P<station>[^—（，]{2,20})", content[at:])
    if end is not None and event is not None and event.mode is StayMode.METRO:
        clock = _CLOCK.match(content[at + end.end() :])
        yield Event(StayMode.OTHER, place=end["station"], arrived=_minutes(clock) if clock else None)
        at += end.end() + (clock.end() if clock else 0)
    yield from _places(content[at:], stayed=stayed, origin=False)


def _ride(match: re.Match[str]) -> Event:
    named = match.groupdict()
    inside = named["inside"] or ""
    plate = _PLATE.search(inside)
    code = None if plate else _CODE.search(inside)
    if code is not None:
        inside = inside[: code.start()] + inside[code.end() :]
    seat = _SEAT.search(inside)
    chosen = [
        (StayMode.FLIGHT, named["flight"] or named["flight2"]),
        (StayMode.METRO, named["metro"] or named["metro2"]),
        (StayMode.BUS, named["bus"] or named["bus2"]),
        (StayMode.TRAIN, named["train2"]),
    ]
    mode, vehicle = next(((mode, code) for mode, code in chosen if code), (None, ""))
    if mode is None:
        mode = StayMode(meanings("ways")[named["way"]])
        vehicle = plate[0] if plate else (code["train"] or code["flight"] if code else "")
    return Event(mode, vehicle=vehicle, seat=seat["seat"] if seat and not plate else "")


def _minutes(clock: re.Match[str]) -> int | None:
    minutes = int(clock[1]) * 60 + int(clock[2] or 0)
    return minutes if minutes <= 24 * 60 else None


def _places(text: str, *, stayed: bool, origin: bool) -> Iterator[Event]:
    if origin and text.startswith("从"):
        return
    found = False
    for piece in _NEXT_PLACE.split(text):
        for event in _piece(piece, stayed=stayed):
            found = True
            yield event
    if stayed and not found:
        yield Event(StayMode.HOME, indoors=True, did=True)


def _piece(piece: str, *, stayed: bool) -> Iterator[Event]:
    piece = _LEADING.sub("", piece)
    clock = _CLOCK.search(piece)
    if clock is not None:
        piece = piece[: clock.start()] + piece[clock.end() :]
    arrived = _minutes(clock) if clock else None
    if _HOME.search(piece) and not re.match(r"(?:在|于).{2,}(?:家|宿舍)(?!$)", piece):
        named = re.match(r"在(?P<place>[^，]{2,40}?)居家", piece)
        yield Event(
            StayMode.HOME, place=named["place"] if named else "", arrived=arrived, indoors=stayed, did=True
        )
        return
    verb = re.search(_GO, piece)
    if verb is None:
        return
    rest = piece[verb.end() :]
    doing = _doing().search(rest)
    names = rest[: doing.start()] if doing else rest
    mode = StayMode(meanings("doing")[doing[0]]) if doing else None
    for name in _names(names):
        yield Event(
            mode or (StayMode.HOME if stayed else _by_name(name, returns="回" in verb[0])),
            place=name,
            arrived=arrived,
            indoors=stayed,
            did=doing is not None,
        )


def _names(text: str) -> Iterator[str]:
    """Names of places in a list, each without what hangs on it."""
    for name in text.split("、"):
        plain = _TRAILING.sub("", re.sub(rf"^(?:{_GO}|过|了)", "", name.strip("：、 　")))
        if 2 <= len(plain) <= 60 and re.search(r"[\u4e00-\u9fffA-Za-z]{2}", plain):
            yield plain


def _by_name(name: str, *, returns: bool) -> StayMode:
    """What a place's own name says: its ending, the longest that fits."""
    plain = re.sub(r"（[^）]*）$|附近$|门口$|周边$", "", name)
    ends = [word for word in meanings("places") if plain.endswith(word)]
    if not ends:
        return StayMode.OTHER
    meaning = meanings("places")[max(ends, key=len)]
    if meaning == "dwelling":
        return StayMode.HOME if returns else StayMode.OTHER
    return StayMode(meaning)
