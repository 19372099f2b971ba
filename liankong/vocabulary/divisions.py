"""Divisions of China: codes whose prefixes are the divisions above them (GB/T 2260 and the statistics
bureau's codes).

    12  >  1201  >  120112  >  120112100  >  120112100001
    province  city    county     street        community

Shipped to county level for the whole country and to community level for the demo cities. Old codes stay
known, because they live on in identity numbers and in old files. Sources and grades:
`vocabulary/data/README.md`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from liankong.vocabulary import division_data as data
from liankong.vocabulary.division_data import Revision
from liankong.vocabulary.kinds import Level

NATION = data.NATION
STATUTORY = "statutory"
_LENGTHS = (0, 2, 4, 6, 9, 12)
_LEVELS = dict(zip(_LENGTHS, Level, strict=True))
# The text itself is not repeated: somebody may have put an identity number or a phone into the wrong field.
_SHAPE = "this is no division code: expected 2, 4, 6, 9 or 12 digits"
_SUFFIXES = ("市", "区", "县", "省", "自治区", "特别行政区", "新区", "街道", "镇", "乡")


class UnknownDivision(LookupError):
    """No division has, or ever had, this code."""


@dataclass(frozen=True, slots=True)
class Division:
    """A division of today. `parent` is a code, "" for provinces (the nation), None for the nation itself."""

    code: str
    name: str
    level: Level
    parent: str | None

    @property
    def english(self) -> str:
        """The English name where one is known, else the Chinese one."""
        return data.english_names().get(self.code, self.name)


def normalise(code: str) -> str:
    """A code without the zeros that fill unused levels: "120112000000" is "120112", "120000" is "12".

    Raises `UnknownDivision` when the shape is not that of a code. A well-shaped code need not exist.
    """
    digits = code.strip()
    if digits and not (digits.isascii() and digits.isdigit()):
        raise UnknownDivision(_SHAPE)
    if digits in data.names():
        return digits
    if len(digits) == 12 and digits.endswith("000"):
        digits = digits[:9]
    if len(digits) == 9 and digits.endswith("000"):
        digits = digits[:6]
    if len(digits) == 6 and digits.endswith("00") and digits not in data.names():
        digits = digits[:4]
    if len(digits) == 4 and digits.endswith("00"):
        digits = digits[:2]
    if len(digits) not in _LENGTHS:
        raise UnknownDivision(_SHAPE)
    return digits


def level_of(code: str) -> Level:
    """The level that the code's length tells."""
    return _LEVELS[len(normalise(code))]


def get(code: str) -> Division:
    """The division of today with this code. `""` is the nation. Raises `UnknownDivision`."""
    short = normalise(code)
    name = data.names().get(short)
    if name is None:
        raise UnknownDivision(f"no division has the code {code!r}{_hint(short)}")
    return Division(short, name, _LEVELS[len(short)], _above(short))


def exists(code: str) -> bool:
    """Whether a division of today has this code."""
    try:
        return normalise(code) in data.names()
    except UnknownDivision:
        return False


def parent(code: str, *, hierarchy: str = STATUTORY) -> str | None:
    """The code of the division above, in a hierarchy; None above the nation."""
    short = normalise(code)
    return data.alternates().get(hierarchy, {}).get(short, _above(short))


def children(code: str = NATION, *, hierarchy: str = STATUTORY) -> tuple[Division, ...]:
    """The divisions one level below, by code; in another hierarchy also those that it moves here, and none it
    moves away.
    """
    short = normalise(code)
    moved = data.alternates().get(hierarchy, {})
    step = _LENGTHS.index(len(short)) + 1
    own = _below(short, _LENGTHS[step]) if step < len(_LENGTHS) else ()
    stay = [child for child in own if child not in moved]
    come = [child for child, above in moved.items() if above == short]
    return tuple(get(child) for child in sorted(stay + come))


def counted_below(code: str = NATION, *, hierarchy: str = STATUTORY) -> tuple[Division, ...]:
    """The divisions next below that a bulletin can name: paper levels (市辖区) are replaced by what lies in
    them.

    Tianjin's are its sixteen districts, Henan's its cities and the county-level city that the province
    administers.
    """
    named: list[Division] = []
    for child in children(code, hierarchy=hierarchy):
        named += (
            counted_below(child.code, hierarchy=hierarchy) if child.name in data.PLACEHOLDERS else (child,)
        )
    return tuple(named)


def descendants(code: str, level: Level) -> tuple[Division, ...]:
    """All divisions of a level inside a division, by code."""
    length = next(length for length, at in _LEVELS.items() if at is level)
    short = normalise(code)
    return tuple(get(below) for below in _below(short, length)) if length > len(short) else ()


def ancestors(code: str, *, hierarchy: str = STATUTORY) -> tuple[Division, ...]:
    """The divisions above, the province first; the division itself and the nation are left out."""
    chain: list[Division] = []
    above = parent(code, hierarchy=hierarchy)
    while above:
        chain.append(get(above))
        above = parent(above, hierarchy=hierarchy)
    return tuple(reversed(chain))


def is_within(code: str, scope: str, *, hierarchy: str = STATUTORY) -> bool:
    """Whether a division lies inside another or is it. In the code's own hierarchy this is a prefix, so it
    needs no data and holds for codes that were abolished.
    """
    inner, outer = normalise(code), normalise(scope)
    if hierarchy == STATUTORY:
        return inner.startswith(outer)
    return outer in (inner, NATION) or any(
        above.code == outer for above in ancestors(inner, hierarchy=hierarchy)
    )


def common(codes: Iterable[str]) -> str:
    """The code of the smallest division that holds all of them; `""`, the nation, when they share none."""
    known = set(codes)
    for length in reversed(_LENGTHS):
        heads = {code[:length] for code in known}
        if len(heads) == 1 and len(head := heads.pop()) == length:
            return head
    return NATION


def path_name(code: str, *, separator: str = "") -> str:
    """The full name from the province down: 天津市津南区咸水沽镇. Levels that are mere paper are left out."""
    division = get(code)
    names = [above.name for above in (*ancestors(code), division)]
    return separator.join(name for name in names if name not in data.PLACEHOLDERS) or division.name


def find(name: str, *, within: str = NATION, level: Level | None = None) -> tuple[Division, ...]:
    """Divisions of this name inside `within`, the highest level first. "津南" finds 津南区; English names
    work too.

    A name that is complete wins over one that lacks its suffix, so "河北" finds 河北省 only when nothing is
    called 河北.
    """
    text = name.strip()
    scope = normalise(within)
    index = data.by_name()
    codes = [code for code in index.get(text, ()) if code.startswith(scope)]
    if not codes and len(text) > 1:
        codes = [
            code for suffix in _SUFFIXES for code in index.get(text + suffix, ()) if code.startswith(scope)
        ]
    found = [get(code) for code in sorted(set(codes), key=lambda code: (len(code), code))]
    return tuple(division for division in found if level is None or division.level is level)


def hierarchies() -> tuple[str, ...]:
    """The names of all hierarchies; the first is the codes' own."""
    return (STATUTORY, *sorted(data.alternates()))


# --- old codes --------------------------------------------------------------------------------------------


def history(code: str) -> tuple[Revision, ...]:
    """What is on record of a code, earliest first; empty when it never changed or never existed."""
    return data.revisions().get(normalise(code), ())


def is_known(code: str) -> bool:
    """Whether a division has or ever had this code."""
    try:
        return exists(code) or bool(history(code))
    except UnknownDivision:
        return False


def valid_on(code: str, day: date) -> bool:
    """Whether the code was in use on a day, as far as the records tell (see `Revision` on bare years)."""
    try:
        short = normalise(code)
    except UnknownDivision:
        return False
    periods = history(short)
    return any(period.covers(day) for period in periods) if periods else short in data.names()


def name_on(code: str, day: date) -> str:
    """What the code stood for on a day: 120107 was 塘沽区 in 1990. Raises `UnknownDivision` when it was not
    in use.
    """
    short = normalise(code)
    for period in history(short):
        if period.covers(day):
            return period.name
    if not history(short) and short in data.names():
        return data.names()[short]
    raise UnknownDivision(f"the code {code!r} was not in use on {day.isoformat()}")


def successor(code: str, on: date, *, meant: date | None = None) -> str | None:
    """The code that stands on a day for what `code` once was: itself while it is valid, else whatever took
    over.

    `meant` is a day on which the code was used, such as the birth date in an identity number: some codes were
    given to another county later. Follows chains (120203 > 120223 > 120118). None where no successor is on
    record.
    """
    short = normalise(code)
    periods = history(short)
    if meant is None and valid_on(short, on):
        return short
    period = next(
        (one for one in periods if meant is not None and one.covers(meant)), periods[-1] if periods else None
    )
    while period is not None and not period.covers(on):
        if not period.successors:
            return None
        short = period.successors[0]
        period = _next_period(history(short), period.until)
    return short if period is not None or short in data.names() else None


def _next_period(periods: tuple[Revision, ...], since: str) -> Revision | None:
    """The period of a successor that begins when its forerunner ended."""
    year = since[:4]
    return next((one for one in periods if one.since[:4] >= year), periods[-1] if periods else None)


def resolve(code: str, on: date, *, meant: date | None = None) -> str:
    """The best division of a day for a code of any age: its successor, else the nearest division above that
    exists.

    A birthplace in an old identity number always resolves, at worst to its province. Raises `UnknownDivision`
    for codes that never were.
    """
    short = normalise(code)
    if not is_known(short):
        raise UnknownDivision(f"no division has or had the code {code!r}{_hint(short)}")
    above: str | None = short
    while above:
        found = successor(above, on, meant=meant)
        if found is not None:
            return found
        above = _above(above)
    return NATION


# --- helpers ----------------------------------------------------------------------------------------------


def _above(short: str) -> str | None:
    at = _LENGTHS.index(len(short))
    return short[: _LENGTHS[at - 1]] if at else None


def _below(short: str, length: int) -> list[str]:
    codes = data.codes_of_length(length)
    return codes[bisect_left(codes, short) : bisect_right(codes, short + ":")]  # ":" sorts just after "9"


def _hint(short: str) -> str:
    periods = data.revisions().get(short)
    return f": it was {periods[-1].name} until {periods[-1].until}" if periods and periods[-1].until else ""
