"""Bulletins as text: write figures in the commissions' form, read a text back to figures, say what contradicts.

The door to `bulletin_writer`, `bulletin_reader` and `bulletin_clean`. The reader accepts simplified and
traditional script, HTML, lost punctuation, full-width digits and pinyin left in brackets by broken converters.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from liankong.exchange.bulletin_clean import CleanText, clean
from liankong.exchange.bulletin_corrections import read_corrections
from liankong.exchange.bulletin_dates import DateReader, NoYearError
from liankong.exchange.bulletin_english import label_en, write_en
from liankong.exchange.bulletin_reader import LineReader, Read, lines_of
from liankong.exchange.bulletin_words import NATION, NATION_PHRASE, PROVINCE_NAMES, canonical
from liankong.exchange.bulletin_writer import WordingError, label_zh, write_zh
from liankong.rules.bulletins import Bulletin, Figure, Key, Rollup

__all__ = [
    "Contradiction",
    "NoYearError",
    "Reading",
    "Source",
    "WordingError",
    "label_en",
    "label_zh",
    "read",
    "write_en",
    "write_zh",
]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure stands: the span [start, end) of the source text, and the words there, cleaned."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`kind` is title_place, title_figure or restated; `detail` says what disagrees with what."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says. `bulletin` is None when no figure of a bulletin was found in it."""

    bulletin: Bulletin | None
    sources: dict[Key, Source]
    contradictions: tuple[Contradiction, ...] = ()
    unread: tuple[tuple[Source, str], ...] = ()
    notes: tuple[str, ...] = ()


def read(
    source: str, *, codes: Callable[[str], str | None] | None = None, year: int | None = None
) -> Reading:
    """Read the text of a bulletin.

    `codes` turns a place's name into its code (names it does not know stay names); `year` is used for days
    whose year the text does not say. Raises NoYearError if a year is needed and nowhere to be found.
    """
    text = _nation(clean(source))
    dates = DateReader(text.text, published=text.published, year=year)
    lines = list(lines_of(text.text))
    title, body = _headline(text, lines)
    reader = LineReader(dates)
    corrections = []
    for offset, line in body:
        if line.startswith(("核增：", "核减：", "更正：")):
            corrections.append(line)
        else:
            reader.read(line, offset)
    exact = [found for found in reader.results if not found.bound]
    unread = [(_source(text, u.start, u.end), u.reason) for u in reader.unread]
    unread += [(_source(text, r.start, r.end), "not an exact number") for r in reader.results if r.bound]
    if not exact or dates.day is None:
        return Reading(None, {}, unread=tuple(unread), notes=(*text.notes, "no figures of a bulletin found"))
    figures, sources, restated = _figures(text, exact)
    bulletin = Bulletin(
        place=exact[0].key.place,
        day=dates.day,
        until=dates.until,
        figures=tuple(figures),
        rollups=_rollups(reader),
    )
    bulletin = read_corrections(bulletin, corrections)
    contradictions = (*_title_contradictions(title, bulletin, reader.places, dates), *restated)
    if codes is not None:
        bulletin, sources = _coded(bulletin, sources, codes)
    return Reading(bulletin, sources, contradictions, tuple(unread), text.notes)


def _nation(text: CleanText) -> CleanText:
    """The nation's long name ("31 provinces (...) and the Corps") holds brackets: put its short one."""
    pieces: list[str] = []
    offsets: list[int] = []
    position = 0
    for match in NATION_PHRASE.finditer(text.text):
        pieces.append(text.text[position : match.start()] + NATION)
        offsets += text.offsets[position : match.start()] + (text.offsets[match.start()],) * len(NATION)
        position = match.end()
    pieces.append(text.text[position:])
    return replace(text, text="".join(pieces), offsets=(*offsets, *text.offsets[position:]))


def _headline(text: CleanText, lines: list[tuple[int, str]]) -> tuple[str, list[tuple[int, str]]]:
    """The title, and the lines without it. A first line that is no sentence is a title."""
    if text.title:
        return text.title, lines
    if len(lines) > 1 and len(lines[0][1]) <= 60 and not lines[0][1].endswith("。"):
        return lines[0][1], lines[1:]
    return "", lines


def _source(text: CleanText, start: int, end: int) -> Source:
    begin, stop = text.source_span(start, min(end, len(text.text)))
    return Source(begin, stop, text.text[start:end])


def _figures(
    text: CleanText, found: list[Read]
) -> tuple[list[Figure], dict[Key, Source], list[Contradiction]]:
    """Each figure once; one stated again with another value is kept, and said."""
    figures: list[Figure] = []
    sources: dict[Key, Source] = {}
    restated: list[Contradiction] = []
    first: dict[Key, int] = {}
    for one in found:
        if one.key not in first:
            first[one.key] = one.value
            sources[one.key] = _source(text, one.start, one.end)
        elif first[one.key] != one.value:
            words = text.text[one.start : one.end]
            detail = f"{label_of(one.key)}: {first[one.key]}, then {one.value} ({words})"
            restated.append(Contradiction("restated", detail))
        else:
            continue
        figures.append(Figure(one.key, one.value))
    return figures, sources, restated


def label_of(key: Key) -> str:
    """A figure's place and name in Chinese, as far as there are words for it."""
    try:
        return key.place + label_zh(key)
    except WordingError:
        return f"{key.place} {key.series.value} {key.measure.value}"


def _rollups(reader: LineReader) -> tuple[Rollup, ...]:
    lists: dict[tuple[Key, str, bool], dict[str, None]] = {}
    for item in reader.listed:
        if item.place != item.parent.place or item.geography:
            lists.setdefault((item.parent, item.geography, item.complete), {})[item.place] = None
    return tuple(
        Rollup(
            parent=parent.place,
            children=tuple(children),
            geography=geography,
            parent_geography=parent.geography,
            complete=complete,
            only=parent,
        )
        for (parent, geography, complete), children in lists.items()
    )


def _title_contradictions(
    title: str, bulletin: Bulletin, places: list[str], dates: DateReader
) -> list[Contradiction]:
    """A headline's figures and place against the body's: reworded copies betray themselves there."""
    if not title:
        return []
    reader = LineReader(dates)
    reader.read(NATION_PHRASE.sub(NATION, title))
    found: list[Contradiction] = []
    for claim in reader.results:
        stated = bulletin.value(claim.key)
        if stated is not None and not claim.bound and stated != claim.value:
            detail = f"the title says {label_of(claim.key)} {claim.value}, the text {stated}"
            found.append(Contradiction("title_figure", detail))
    known = [*places, *(figure.key.place for figure in bulletin.figures)]
    named = _title_place(title)
    if named and not any(_same_place(named, place) for place in known):
        detail = f"the title speaks of {named}, the text of {places[0] if places else bulletin.place}"
        found.append(Contradiction("title_place", detail))
    return found


_COUNTED_WORD = "新冠|病毒|新增|累计|报告|通报|确诊|无症状|感染者|本土|境外|阳性|疫情"
_TITLE_PLACE = re.compile(
    rf"(?P<place>(?!{_COUNTED_WORD})[\u4e00-\u9fff]{{2,9}}?)(?:{_COUNTED_WORD})[^，。]{{0,12}}\d"
)


def _title_place(title: str) -> str:
    """The place just before a headline's first number, without its province; empty if it names none."""
    match = _TITLE_PLACE.search(re.sub(r"\d+月\d+日|\d{4}年", "，", title))
    if match is None:
        return ""
    place = match["place"]
    for province in sorted(PROVINCE_NAMES, key=len, reverse=True):
        if place.startswith(province) and len(place) > len(province):
            return place[len(province) :]
    return canonical(place)


def _same_place(one: str, other: str) -> bool:
    def core(name: str) -> str:
        return re.sub("(?:特别行政区|自治区|自治州|地区|[省市区县州盟旗])$", "", name)

    return core(one) in other or core(other) in one


def _coded(
    bulletin: Bulletin, sources: dict[Key, Source], codes: Callable[[str], str | None]
) -> tuple[Bulletin, dict[Key, Source]]:
    def code(name: str) -> str:
        return codes(name) or name

    def keyed(key: Key) -> Key:
        return key.at(place=code(key.place))

    coded = replace(
        bulletin,
        place=code(bulletin.place),
        figures=tuple(replace(figure, key=keyed(figure.key)) for figure in bulletin.figures),
        rollups=tuple(
            replace(
                rollup,
                parent=code(rollup.parent),
                children=tuple(code(child) for child in rollup.children),
                only=None if rollup.only is None else keyed(rollup.only),
            )
            for rollup in bulletin.rollups
        ),
        adjustments=tuple(replace(line, key=keyed(line.key)) for line in bulletin.adjustments),
        revisions=tuple(replace(line, key=keyed(line.key)) for line in bulletin.revisions),
    )
    return coded, {keyed(key): source for key, source in sources.items()}
