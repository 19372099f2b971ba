"""The shipped tables of divisions, read once on first use. Sources, licences and grades: `data/README.md`."""

import lzma
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

NATION = ""
# Levels that exist on paper only; they are left out of a path's name.
PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@dataclass(frozen=True, slots=True)
class Revision:
    """A period in which a code bore a name.

    `since` and `until` are ISO days, months or years as far as they are known; "" means before the records,
    or still so. A bare year or month says only that the change fell in it, so both the old and the new code
    count as valid in it.
    """

    code: str
    name: str
    since: str
    until: str
    successors: tuple[str, ...]
    grade: str
    instrument: str

    def covers(self, day: date) -> bool:
        text = day.isoformat()
        return self.since <= text and (not self.until or _coarse(text, self.until) or text < self.until)


@cache
def names() -> dict[str, str]:
    table = {NATION: "中国"}
    for line in _read("divisions.tsv.xz").splitlines():
        code, _, name = line.partition("\t")
        table[code] = name
    return table


@cache
def codes_of_length(length: int) -> list[str]:
    return sorted(code for code in names() if len(code) == length)


@cache
def by_name() -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for code, name in names().items():
        if name not in PLACEHOLDERS:
            index.setdefault(name, []).append(code)
    for code, name in english_names().items():
        index.setdefault(name, []).append(code)
    return index


@cache
def english_names() -> dict[str, str]:
    return {NATION: "China"} | {line[0]: line[1] for line in _table("english.tsv")}


@cache
def alternates() -> dict[str, dict[str, str]]:
    moved: dict[str, dict[str, str]] = {}
    for code, hierarchy, above, _grade, _instrument in _table("alternates.tsv"):
        moved.setdefault(hierarchy, {})[code] = above
    return moved


@cache
def revisions() -> dict[str, tuple[Revision, ...]]:
    periods: dict[str, list[Revision]] = {}
    for line in _read("revisions.tsv.xz").splitlines():
        code, name, since, until, heirs, grade, instrument = line.split("\t")
        successors = tuple(heir for heir in heirs.split(",") if heir)
        periods.setdefault(code, []).append(Revision(code, name, since, until, successors, grade, instrument))
    return {code: tuple(sorted(rows, key=lambda row: row.since)) for code, rows in periods.items()}


def _read(name: str) -> str:
    data = files("liankong.vocabulary").joinpath("data", name).read_bytes()
    return (lzma.decompress(data) if name.endswith(".xz") else data).decode()


def _table(name: str) -> list[list[str]]:
    return [line.split("\t") for line in _read(name).splitlines() if line and not line.startswith("#")]


def _coarse(day: str, until: str) -> bool:
    """Whether the day falls in the year or month that is all we know of an end."""
    return len(until) < len(day) and day.startswith(until)
