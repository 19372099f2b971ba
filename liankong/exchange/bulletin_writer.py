"""Figures as a bulletin's sentences in Chinese, in the health commissions' form.

With `full=True` every figure is written, so that reading the text gives back the figures. The default says what
a reader wants to hear: zeros only where silence would worry, and lists of places only for the new cases.
"""

from collections.abc import Callable, Iterator
from datetime import date

from liankong.exchange.bulletin_words import (
    DAY_WORDING,
    INSIDE,
    LONG_WORDING,
    ORIGIN_ZH,
    PART_WORDING,
    Wording,
)
from liankong.rules.bulletins import (
    DAY,
    Adjustment,
    Bulletin,
    Counted,
    Key,
    Measure,
    Series,
    Window,
    WindowKind,
)

Namer = Callable[[str], str]

REASONS_ZH = {
    "excluded": "经复核排除",
    "reclassified": "病例分类订正",
    "moved": "现住址订正",
    "origin_corrected": "感染来源订正",
    "outcome_corrected": "转归订正",
    "before_baseline": "属本轮统计起算日之前报告的病例",
}
ORIGINS = (Counted.IMPORTED, Counted.LOCAL, Counted.UNKNOWN)
ALWAYS_SAID = {
    (Series.CONFIRMED, Measure.REPORTED),
    (Series.CONFIRMED, Measure.DEAD),
    (Series.ASYMPTOMATIC, Measure.REPORTED),
}


class WordingError(ValueError):
    """No bulletin has words for this figure."""


def wording(key: Key) -> Wording:
    """The sentence pattern of a figure; raises WordingError for a combination that bulletins do not use."""
    if key.measure in INSIDE:
        return PART_WORDING[key.measure]
    found = (DAY_WORDING if key.window == DAY else LONG_WORDING).get((key.series, key.measure))
    if found is None:
        raise WordingError(f"no wording for {key.series.value} {key.measure.value} over {key.window}")
    return found


def label_zh(key: Key) -> str:
    """A figure's name without its number, for tables and lines of adjustment: 累计报告本土确诊病例."""
    text = wording(key).zh.replace("{o}", ORIGIN_ZH[key.origin]).replace("{d}", "变化")
    if key.measure in INSIDE:
        # the sentence leaves its whole unsaid: a label must name it
        return (
            f"{'新增' if key.window == DAY else '累计'}{ORIGIN_ZH[key.origin]}确诊中{text[len('含{n}例') :]}"
        )
    return text.replace("{n}例", "").replace("{n}人", "")


def write_zh(bulletin: Bulletin, *, names: Namer = str, full: bool = False) -> str:
    """The text in Simplified Chinese, one paragraph a line. `names` turns a place's code into its name."""
    return "\n".join(_Chinese(bulletin, names, full).lines())


class _Chinese:
    def __init__(self, bulletin: Bulletin, names: Namer, full: bool) -> None:
        self._bulletin, self._names, self._full = bulletin, names, full

    def lines(self) -> Iterator[str]:
        yield from self._day()
        for window in self._bulletin.windows():
            yield from self._long(window)
        yield from self._elsewhere()
        yield from self._geographies()
        yield from self._corrections()

    def _day(self) -> Iterator[str]:
        b = self._bulletin
        sentences = list(self._sentences(b.place, DAY))
        if sentences:
            clock = "0—24时" if b.until is None else f"0—{_clock_zh(b)}"
            yield f"{_date_zh(b.day)}{clock}，{self._names(b.place)}" + "".join(f"{s}。" for s in sentences)

    def _long(self, window: Window) -> Iterator[str]:
        b = self._bulletin
        sentences = list(self._sentences(b.place, window))
        if sentences:
            yield f"{self._since(window)}，{self._names(b.place)}" + "".join(f"{s}。" for s in sentences)

    def _since(self, window: Window) -> str:
        b = self._bulletin
        until = f"{_date_zh(b.day)}{'24时' if b.until is None else _clock_zh(b)}"
        if window.first_day is not None:
            return f"自{_date_zh(window.first_day)}至{until}"
        return f"截至{until}" + ("，起算时间未注明" if window.kind is WindowKind.UNDECLARED else "")

    def _elsewhere(self) -> Iterator[str]:
        """Figures of places that no list above contains, such as a city's round inside a national bulletin."""
        if not self._full:
            return
        listed = {self._bulletin.place, *(c for r in self._bulletin.rollups for c in r.children)}
        for place in dict.fromkeys(key.place for key in self._bulletin.stated()):
            if place in listed:
                continue
            for window in (DAY, *self._bulletin.windows()):
                sentences = list(self._sentences(place, window))
                when = f"{_date_zh(self._bulletin.day)}0—24时" if window == DAY else self._since(window)
                if sentences:
                    yield f"{when}，{self._names(place)}" + "".join(f"{s}。" for s in sentences)

    def _series_keys(self, place: str, window: Window, series: Series) -> list[Key]:
        """The figures of a series that say anything, overall or of some origin."""
        table = DAY_WORDING if window == DAY else LONG_WORDING
        keys = [
            Key(series=of, measure=measure, window=window, place=place)
            for of, measure in table
            if of is series
        ]
        return [key for key in keys if any(True for _ in self._items(key, geography=""))]

    def _sentences(self, place: str, window: Window) -> Iterator[str]:
        for series in Series:
            keys = self._series_keys(place, window, series)
            items = [item for key in keys for item in self._items(key, geography="")]
            # an origin said once would carry over a comma to the next number
            overall = all(self._said(key) is not None for key in self._series_keys(place, window, series))
            breaks = window == DAY or not overall or any("其中" in item for item in items)
            if items:
                yield "。".join(items) if breaks else "，".join(items)

    def _items(self, key: Key, *, geography: str) -> Iterator[str]:
        """One figure with its origins and places; without an overall figure each origin speaks for itself."""
        if self._said(key) is None:
            for origin in ORIGINS:
                own = key.at(origin=origin)
                if self._said(own) is not None:
                    yield self._phrase(own) + self._places(own, geography) + self._parts(own)
            return
        text = self._phrase(key) + self._places(key, geography) + self._parts(key)
        origins = [
            key.at(origin=origin) for origin in ORIGINS if self._said(key.at(origin=origin)) is not None
        ]
        rich = any(self._places(own, geography) or self._parts(own) for own in (key, *origins))
        unit = "人" if key.series is Series.CONTACTS else "例"
        said = [
            f"{ORIGIN_ZH[own.origin]}{self._said(own)}{unit}{self._places(own, geography)}{self._parts(own)}"
            for own in origins
        ]
        if not said:
            yield text
        elif rich:
            yield f"{text}，其中{'；'.join(said)}"
        else:
            yield f"{text}（{'、'.join(said)}）"

    def _said(self, key: Key) -> int | None:
        """The number, or None where the bulletin is silent."""
        value = self._bulletin.value(key)
        if value or value is None or self._full:
            return value
        main = key.window == DAY and (key.series, key.measure) in ALWAYS_SAID and key.origin is Counted.ALL
        return 0 if main else None

    def _phrase(self, key: Key) -> str:
        value, words, origin = self._said(key), wording(key), ORIGIN_ZH[key.origin]
        if value == 0 and words.zh_none:
            return words.zh_none.format(o=origin)
        direction = "增加" if value is not None and value > 0 else "减少"
        number = abs(value or 0) if key.measure is Measure.CHANGE else value
        return words.zh.format(o=origin, n=number, d=direction)

    def _parts(self, key: Key) -> str:
        """The figures counted inside: conversions, changed definition, late reports."""
        if key.measure is not Measure.REPORTED or not (self._full or key.window == DAY):
            return ""
        said = [
            "，" + wording(part).zh.format(n=self._said(part)) + self._places(part, "")
            for part in (key.at(measure=measure) for measure in INSIDE)
            if self._said(part) is not None
        ]
        return "".join(said)

    def _places(self, key: Key, geography: str) -> str:
        if not self._full and not (key.window == DAY and key.measure is Measure.REPORTED):
            return ""
        if (
            not self._full
            and key.origin is Counted.ALL
            and self._said(key.at(origin=Counted.LOCAL)) is not None
        ):
            return ""  # the local list says it
        entries = [self._entry(child, geography) for child in self._children(key, geography)]
        nested = any("其中" in entry for entry in entries)
        return f"（{('；' if nested else '，').join(entries)}）" if entries else ""

    def _entry(self, key: Key, geography: str) -> str:
        unit = "人" if key.series is Series.CONTACTS else "例"
        text = f"{self._names(key.place)}{self._bulletin.value(key)}{unit}"
        inner = [
            f"{self._names(k.place)}{self._bulletin.value(k)}{unit}" for k in self._children(key, geography)
        ]
        return f"{text}，其中{'、'.join(inner)}" if inner else text

    def _children(self, key: Key, geography: str) -> Iterator[Key]:
        seen: set[Key] = set()
        for rollup in self._bulletin.rollups:
            if rollup.parent != key.place or rollup.geography != geography or rollup.only not in (None, key):
                continue
            for place in rollup.children:
                child = key.at(place=place, geography=geography)
                if child != key and child not in seen and self._bulletin.value(child):
                    seen.add(child)
                    yield child

    def _geographies(self) -> Iterator[str]:
        """The same day by another hierarchy: the totals once more, with that hierarchy's lists."""
        for geography in dict.fromkeys(r.geography for r in self._bulletin.rollups if r.geography):
            keys = [
                key
                for key in self._bulletin.stated()
                if key.place == self._bulletin.place and not key.geography and self._places(key, geography)
            ]
            for key in keys:
                when = (
                    f"{_date_zh(self._bulletin.day)}0—24时" if key.window == DAY else self._since(key.window)
                )
                yield (
                    f"{when}，按{geography}口径，{self._names(key.place)}{self._phrase(key)}"
                    f"{self._places(key, geography)}。"
                )

    def _corrections(self) -> Iterator[str]:
        b = self._bulletin
        for line in main_adjustments(b, self._full):
            verb = "核增" if line.delta > 0 else "核减"
            basis = f"（依据：{line.instrument}）" if line.instrument else ""
            yield (
                f"{verb}：{self._names(line.key.place)}{label_zh(line.key)}{abs(line.delta)}例，"
                f"原因：{REASONS_ZH.get(line.reason, line.reason)}{basis}。"
            )
        for revision in b.revisions:
            parts = "".join(f"，{p.reason}{p.delta:+d}例" for p in revision.parts)
            yield (
                f"更正：{self._names(revision.key.place)}{label_zh(revision.key)}由{revision.before}例更正为"
                f"{revision.after}例，原因：{revision.reason}{parts}。"
            )


def main_adjustments(bulletin: Bulletin, full: bool) -> list[Adjustment]:
    """All lines, or only those that move a published total of the place: the rest follows from them."""
    if full:
        return list(bulletin.adjustments)
    main = [
        line
        for line in bulletin.adjustments
        if line.key.place == bulletin.place
        and line.key.measure in {Measure.REPORTED, Measure.CURED, Measure.DEAD}
        and line.key.origin is Counted.ALL
    ]
    return [line for line in main if line.key.series is not Series.POSITIVES] or main


def _date_zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _clock_zh(bulletin: Bulletin) -> str:
    until = bulletin.until
    assert until is not None  # asked only for a bulletin that ends early
    return f"{until.hour}时" + (f"{until.minute}分" if until.minute else "")
