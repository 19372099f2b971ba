"""Figures as a bulletin's sentences in English."""

from collections.abc import Iterable, Iterator

from liankong.exchange.bulletin_words import DAY_WORDING, INSIDE, LONG_WORDING, PART_WORDING
from liankong.exchange.bulletin_writer import ALWAYS_SAID, ORIGINS, Namer, main_adjustments, wording
from liankong.rules.bulletins import (
    DAY,
    Bulletin,
    Counted,
    Figure,
    Key,
    Measure,
    Revision,
    Window,
    WindowKind,
)

REASONS_EN = {
    "excluded": "excluded after review",
    "reclassified": "reclassified",
    "moved": "moved to another division",
    "origin_corrected": "origin corrected",
    "outcome_corrected": "outcome corrected",
    "before_baseline": "reported before this baseline",
}

_ORIGIN_EN = {
    Counted.ALL: "",
    Counted.LOCAL: "local ",
    Counted.IMPORTED: "imported ",
    Counted.UNKNOWN: "unclassified ",
}


def label_en(key: Key) -> str:
    """A figure's name without its number: "confirmed cases reported in total"."""
    text = wording(key).en.format(n="", o=_ORIGIN_EN[key.origin], s="s", d="changed")
    return " ".join(text.removeprefix("including").split()).removesuffix(" by")


def write_en(bulletin: Bulletin, *, names: Namer = str, full: bool = False) -> str:
    """The same in English, one paragraph a line."""
    lines = []
    for window in (DAY, *bulletin.windows()):
        said = [text for key in _own_keys(bulletin, window) for text in _said_en(bulletin, key, names, full)]
        if said:
            lines.append(
                f"{_opening_en(bulletin, window)}, {names(bulletin.place)} reports: {'; '.join(said)}."
            )
    for line in main_adjustments(bulletin, full):
        basis = f" ({line.instrument})" if line.instrument else ""
        reason = REASONS_EN.get(line.reason, line.reason)
        lines.append(
            f"Adjustment, {names(line.key.place)}: {label_en(line.key)} {line.delta:+d}: {reason}{basis}."
        )
    lines += [_revision_en(revision, names) for revision in bulletin.revisions]
    return "\n".join(lines)


def _revision_en(revision: Revision, names: Namer) -> str:
    parts = "".join(f", {part.reason} {part.delta:+d}" for part in revision.parts)
    return (
        f"Revision, {names(revision.key.place)}: {label_en(revision.key)} from {revision.before} to "
        f"{revision.after}: {revision.reason}{parts}."
    )


def _own_keys(bulletin: Bulletin, window: Window) -> Iterable[Key]:
    for series, measure in DAY_WORDING if window == DAY else LONG_WORDING:
        yield Key(series=series, measure=measure, window=window, place=bulletin.place)


def _said_en(bulletin: Bulletin, key: Key, names: Namer, full: bool) -> Iterator[str]:
    """One figure with its origins in brackets; without an overall figure each origin speaks for itself."""
    main = key.window == DAY and (key.series, key.measure) in ALWAYS_SAID
    overall = bulletin.figure(key)
    stated = [figure for origin in ORIGINS if (figure := bulletin.figure(key.at(origin=origin))) is not None]
    stated = [figure for figure in stated if figure.value or full]
    if overall is None:
        yield from (_one_en(bulletin, figure, [], names, full) for figure in stated)
    elif overall.value or full or main:
        yield _one_en(bulletin, overall, stated, names, full)


def _one_en(bulletin: Bulletin, figure: Figure, origins: list[Figure], names: Namer, full: bool) -> str:
    key, value = figure.key, figure.value
    direction = "up" if value > 0 else "down"
    number = abs(value) if key.measure is Measure.CHANGE else value
    text = wording(key).en.format(
        n=f"{number:,}", o=_ORIGIN_EN[key.origin], s="" if number == 1 else "s", d=direction
    )
    parts = _inside_en(bulletin, key, full)
    parts += [
        ", ".join(
            [f"{own.value:,} {_ORIGIN_EN[own.key.origin].strip()}", *_inside_en(bulletin, own.key, full)]
        )
        + _places_en(bulletin, own.key, names, full)
        for own in origins
    ]
    if not origins:
        parts += [places] if (places := _places_en(bulletin, key, names, full).removeprefix(": ")) else []
    return f"{text} ({'; '.join(parts)})" if parts else text


def _inside_en(bulletin: Bulletin, key: Key, full: bool) -> list[str]:
    if key.measure is not Measure.REPORTED or not (full or key.window == DAY):
        return []
    found = {measure: bulletin.value(key.at(measure=measure)) for measure in INSIDE}
    return [PART_WORDING[measure].en.format(n=f"{count:,}") for measure, count in found.items() if count]


def _places_en(bulletin: Bulletin, key: Key, names: Namer, full: bool) -> str:
    if not full and not (key.window == DAY and key.measure is Measure.REPORTED):
        return ""
    found = [
        f"{names(place)} {count:,}"
        for rollup in bulletin.rollups
        if rollup.parent == key.place and not rollup.geography and rollup.only in (None, key)
        for place in rollup.children
        if (count := bulletin.value(key.at(place=place)))
    ]
    return ": " + ", ".join(found) if found else ""


def _opening_en(bulletin: Bulletin, window: Window) -> str:
    day = f"{bulletin.day.day} {bulletin.day:%B %Y}"
    hour = "24:00" if bulletin.until is None else f"{bulletin.until:%H:%M}"
    if window == DAY:
        return f"On {day}, 00:00 to {hour}"
    if window.first_day is not None:
        return f"From {window.first_day.day} {window.first_day:%B %Y} to {hour} on {day}"
    return f"As of {hour} on {day}" + (
        ", baseline not declared" if window.kind is WindowKind.UNDECLARED else ""
    )
