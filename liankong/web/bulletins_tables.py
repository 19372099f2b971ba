"""A bulletin's figures as tables, its checks as lines: what the editor and the reader show."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from liankong.exchange.bulletin_english import REASONS_EN
from liankong.exchange.bulletin_labels import identity_label, window_label
from liankong.exchange.bulletin_text import WordingError, label_en, label_zh
from liankong.exchange.bulletin_writer import REASONS_ZH
from liankong.rules.bulletins import (
    DAY,
    Adjustment,
    Bulletin,
    Counted,
    Finding,
    Key,
    Measure,
    Series,
    State,
    Window,
    protect_list,
)
from liankong.web.places import division_name

ORIGINS = (Counted.ALL, Counted.LOCAL, Counted.IMPORTED, Counted.UNKNOWN)
# A list of parts shows the figures that a headquarters reads first.
BY_PLACE = (
    (Series.CONFIRMED, Measure.REPORTED, True),
    (Series.ASYMPTOMATIC, Measure.REPORTED, True),
    (Series.PENDING_REVIEW, Measure.REPORTED, True),
    (Series.CONFIRMED, Measure.REPORTED, False),
    (Series.CONFIRMED, Measure.ACTIVE, False),
    (Series.ASYMPTOMATIC, Measure.UNDER_OBSERVATION, False),
)
ORDER = (State.FAILED, State.EXPLAINED, State.OK, State.NOT_APPLICABLE)
Namer = Callable[[str], str]


def place_name(code: str) -> str:
    """A division by its name; a place that only a text names is its own name."""
    return division_name(code) if code.isdigit() or not code else code


def label(key: Key) -> str:
    """What a figure is called, in the reader's language."""
    try:
        text = label_en(key) if get_language() == "en" else label_zh(key)
    except WordingError:
        return f"{key.series} {key.measure}"
    return text[:1].upper() + text[1:]


def window_words(window: Window) -> str:
    return window_label(window, "en" if get_language() == "en" else "zh")


def _in_window(key: Key) -> str:
    return label(key) + pgettext("clause", ", ") + window_words(key.window)


def reason_words(reason: str) -> str:
    """Codes of the count in words; a person's own words as they are."""
    return (REASONS_EN if get_language() == "en" else REASONS_ZH).get(reason, reason)


@dataclass(frozen=True, slots=True)
class FigureRow:
    name: str
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class FigureTable:
    """The figures of one window, a row for each series and measure, a column for each origin that is stated.

    Figures that are zero in every column are only named, in `zeros`.
    """

    window: str
    origins: tuple[str, ...]
    rows: tuple[FigureRow, ...]
    zeros: tuple[str, ...]


def own_tables(bulletin: Bulletin) -> list[FigureTable]:
    """The bulletin's own place, window by window: the day first, then the longest baseline."""
    windows = [DAY, *bulletin.windows()]
    return [table for window in windows if (table := _own(bulletin, window)) is not None]


def _own(bulletin: Bulletin, window: Window) -> FigureTable | None:
    keys = [
        key
        for key in bulletin.stated()
        if key.place == bulletin.place and key.window == window and not key.geography
    ]
    if not keys:
        return None
    origins = [origin for origin in ORIGINS if any(key.origin is origin for key in keys)]
    kinds = dict.fromkeys((key.series, key.measure) for key in keys)
    rows = []
    for series, measure in sorted(
        kinds, key=lambda kind: (list(Series).index(kind[0]), list(Measure).index(kind[1]))
    ):
        base = Key(series=series, measure=measure, window=window, place=bulletin.place)
        values = tuple(bulletin.value(base.at(origin=origin)) for origin in origins)
        rows.append(FigureRow(label(base), values))
    zeros = [row.name for row in rows if not any(row.values)]
    return FigureTable(
        window_words(window),
        tuple(origin_words(origin) for origin in origins),
        tuple(row for row in rows if any(row.values)),
        tuple(zeros),
    )


def origin_words(origin: Counted) -> str:
    return {
        Counted.ALL: _("all origins"),
        Counted.LOCAL: _("local"),
        Counted.IMPORTED: _("imported"),
        Counted.UNKNOWN: _("under investigation"),
    }[origin]


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """The parts of the place, a row each; None is a figure that is not stated, or protected where `hidden`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    total: tuple[int | None, ...]
    hidden: int


def by_place(bulletin: Bulletin, *, protect_below: int = 0) -> PlaceTable | None:
    """The list by district, small numbers protected as the bulletin asks; None when it has no parts."""
    rollup = next(
        (one for one in bulletin.rollups if one.parent == bulletin.place and not one.geography), None
    )
    if rollup is None:
        return None
    running = next(iter(bulletin.windows()), None)
    wanted = [
        Key(series=series, measure=measure, window=window, place=bulletin.place)
        for series, measure, of_day in BY_PLACE
        if (window := DAY if of_day else running) is not None
    ]
    keys = [
        key
        for key in wanted
        if any(bulletin.value(key.at(place=child)) is not None for child in rollup.children)
    ]
    if not keys:
        return None
    columns = [[bulletin.value(key.at(place=child)) or 0 for child in rollup.children] for key in keys]
    totals = [bulletin.value(key) for key in keys]
    hidden = 0
    shown: list[Sequence[int | None]] = list(columns)
    if protect_below > 1:
        for at, column in enumerate(columns):
            if any(value < 0 for value in column):
                continue
            shown[at], total = protect_list(column, threshold=protect_below)
            totals[at] = totals[at] if total is not None else None
            hidden += sum(value is None for value in shown[at])
    rows = tuple(
        (place_name(child), tuple(column[at] for column in shown)) for at, child in enumerate(rollup.children)
    )
    return PlaceTable(
        tuple(label(key) if key.window == DAY else _in_window(key) for key in keys),
        rows,
        tuple(totals),
        hidden,
    )


# --- checks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One finding in words; `number` names it in forms."""

    number: int
    state: str
    identity: str
    figure: str
    arithmetic: str
    delta: int
    note: str
    explained: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """Findings of one state. `reasons` sums up what explains them: (reason, how many lines bear it)."""

    state: str
    lines: tuple[CheckLine, ...]
    reasons: tuple[tuple[str, int], ...]


def check_groups(findings: Sequence[Finding], own: str) -> list[CheckGroup]:
    """Findings by state, those that block a signature first. Numbers are positions in `findings`."""
    language = "en" if get_language() == "en" else "zh"
    groups: dict[State, list[CheckLine]] = {}
    reasons: dict[State, Counter[str]] = {}
    for number, finding in enumerate(findings):
        figure = _in_window(finding.key)
        if finding.key.place != own:
            figure = f"{place_name(finding.key.place)}: {figure}"
        borne = {reason_words(line.reason) for line in finding.explained_by}
        reasons.setdefault(finding.state, Counter()).update(borne)
        groups.setdefault(finding.state, []).append(
            CheckLine(
                number=number,
                state=finding.state.value,
                identity=identity_label(finding.identity, language),  # type: ignore[arg-type]  # one of the two
                figure=figure,
                arithmetic=finding.arithmetic.replace("≰", ">").replace("≱", "<").replace("-", "−"),
                delta=finding.delta,
                note=_note(finding.note),
                explained=tuple(_explained(line) for line in finding.explained_by),
            )
        )
    return [
        CheckGroup(state.value, tuple(groups[state]), tuple(reasons[state].most_common()))
        for state in ORDER
        if state in groups
    ]


def _explained(line: Adjustment) -> str:
    basis = f" ({line.instrument})" if line.instrument else ""
    return f"{line.delta:+d} {reason_words(line.reason)}{basis}".replace("-", "−")


def _note(note: str) -> str:
    """The notes of the rules, in words."""
    head, _sep, rest = note.partition(": ")
    words = {
        "no bulletin of the day before": _("no bulletin of the day before is signed"),
        "the bulletin given is not yesterday's": _("the bulletin given is not yesterday's"),
        "no baseline is declared": _("no baseline is declared"),
        "the case definition changed since the day before": _(
            "the case definition changed since the day before"
        ),
        "confirmed and asymptomatic are not both stated": _("confirmed and asymptomatic are not both stated"),
        "not stated": _("not stated"),
        "not stated, taken as 0": _("not stated, taken as 0"),
        "the day's figures are not stated": _("the day's figures are not stated"),
    }
    said = words.get(head, head)
    return f"{said}: {_measures(rest)}" if rest else said


def _measures(text: str) -> str:
    names = {
        "reported": _("reported"),
        "cured": _("cured"),
        "dead": _("died"),
        "converted_in": _("converted to confirmed"),
        "converted_out": _("converted to confirmed"),
        "released": _("released"),
        "active": _("active"),
        "in_hospital": _("in hospital"),
        "under_observation": _("under observation"),
        "change": _("change"),
    }
    return _(", ").join(names.get(word, word) for word in text.split(", "))


def blocking(findings: Iterable[Finding]) -> list[str]:
    """Why nobody may sign yet: each failed identity in one line."""
    language = "en" if get_language() == "en" else "zh"
    return [
        f"{identity_label(finding.identity, language)}: {finding.arithmetic}"  # type: ignore[arg-type]  # one of the two
        for finding in findings
        if finding.state is State.FAILED
    ]
