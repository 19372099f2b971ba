"""How many, since when, where? All the numbers of the overview from one reading of the cases.

Cases are read once into a narrow list inside the database, and every figure is counted from that list: the page
costs one scan however many figures it shows, and no figure can disagree with another about what was known.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from liankong.store.models import Case, Tube
from liankong.vocabulary.divisions import children
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, ResultValue, Severity
from liankong.vocabulary.spans import SHANGHAI, Span
from liankong.web.charts import Chart, Series, by_day, days_between, trailing_mean
from liankong.web.places import division_name

# A curve with more bars than a screen has room for is drawn by week.
DAILY_UP_TO = 120
MEAN_DAYS = 7
BASES = ("onset", "confirmed", "found")
MUNICIPALITIES = {"11", "12", "31", "50"}


@dataclass(frozen=True, slots=True)
class View:
    """What the overview looks at: an outbreak's cases in a division, as they stood at the end of a day."""

    outbreak: int
    division: str
    day: date
    today: date

    @property
    def span(self) -> tuple[datetime, datetime]:
        span = Span.of_day(self.day)
        return span.start, span.end or span.start

    @property
    def length(self) -> int:
        return child_length(self.division)


@dataclass(frozen=True, slots=True)
class _Group:
    """Cases that are alike in all that is counted; `today`: confirmed on the day looked at."""

    classification: str
    severity: str
    outcome: str
    origin: str
    today: bool

    @property
    def infected(self) -> bool:
        return self.classification in (PersonClass.CONFIRMED, PersonClass.ASYMPTOMATIC)

    @property
    def active(self) -> bool:
        return self.infected and self.outcome == Outcome.IN_CARE


FIGURES: dict[str, Callable[[_Group], bool]] = {
    "confirmed": lambda group: group.classification == PersonClass.CONFIRMED,
    "asymptomatic": lambda group: group.classification == PersonClass.ASYMPTOMATIC,
    "pending": lambda group: group.classification == PersonClass.PENDING_REVIEW,
    "suspected": lambda group: group.classification == PersonClass.SUSPECTED,
    "new": lambda group: group.infected and group.today,
    "new_local": lambda group: group.infected and group.today and group.origin == Origin.LOCAL,
    "active": lambda group: group.active,
    "severe": lambda group: group.active and group.severity in (Severity.SEVERE, Severity.CRITICAL),
    "critical": lambda group: group.active and group.severity == Severity.CRITICAL,
    "imported": lambda group: group.infected and group.origin == Origin.IMPORTED,
    "recovered": lambda group: group.infected and group.outcome in (Outcome.CURED, Outcome.RELEASED),
    "dead": lambda group: group.infected and group.outcome == Outcome.DEAD,
}


@dataclass(frozen=True, slots=True)
class DivisionRow:
    code: str
    name: str
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def infected(self) -> int:
        return self.counts["confirmed"] + self.counts["asymptomatic"]

    @property
    def new(self) -> int:
        return self.counts["new"]

    @property
    def pending(self) -> int:
        return self.counts["pending"]


@dataclass(frozen=True, slots=True)
class Delay:
    """A span between two facts of a case. Negative ones are kept and said: they are errors of entry."""

    name: str
    unit: str
    n: int
    median: float | None
    mean: float | None
    negative: int


@dataclass(frozen=True, slots=True)
class Board:
    """Every figure of the overview, all of one reading."""

    headline: dict[str, int]
    rows: list[DivisionRow]
    curve: Chart
    delays: list[Delay]


# What stands now, and what stood at the end of an earlier day: for cases that have changed since, the last change
# recorded by then. A case whose changes all came later (a line list brought in afterwards) counts as it stands.
_NOW = ("c.classification", "c.severity", "c.outcome", "")
_THEN = (
    "coalesce(t.classification, c.classification)",
    "coalesce(t.severity, c.severity)",
    "coalesce(t.outcome, c.outcome)",
    "LEFT JOIN (SELECT DISTINCT ON (case_id) case_id, classification, severity, outcome FROM store_casechange"
    " WHERE at < %(end)s AND case_id IN (SELECT case_id FROM store_casechange WHERE at >= %(end)s)"
    " ORDER BY case_id, at DESC, id DESC) t ON t.case_id = c.id",
)
_BOARD = """
WITH known AS MATERIALIZED (
    SELECT substr(c.division, 1, %(length)s) AS part, {classification} AS class, {severity} AS severity,
           {outcome} AS outcome, c.origin, c.onset_on AS onset,
           (c.found_at AT TIME ZONE %(zone)s)::date AS found,
           (c.confirmed_at AT TIME ZONE %(zone)s)::date AS confirmed,
           c.isolated_on AS isolated,
           round(date_part('epoch', c.reported_at - c.found_at) / 360) / 10 AS report_hours
    FROM store_case c {then}
    WHERE c.outbreak_id = %(outbreak)s AND c.division >= %(division)s AND c.division < %(beyond)s
      AND c.found_at < %(end)s
), infected AS (SELECT * FROM known WHERE class IN ('confirmed', 'asymptomatic'))
SELECT (SELECT json_agg(json_build_array(p.part, p.class, p.severity, p.outcome, p.origin, p.today, p.n)) FROM
    (SELECT part, class, severity, outcome, origin, coalesce(confirmed = %(day)s, false) AS today, count(*) AS n
     FROM known GROUP BY 1, 2, 3, 4, 5, 6) p),
  (SELECT json_agg(json_build_array(x.day, x.origin, x.n)) FROM
    (SELECT {basis} AS day, origin, count(*) AS n FROM infected WHERE {basis} <= %(day)s GROUP BY 1, 2) x),
  (SELECT json_agg(json_build_array(x.d, x.n)) FROM
    (SELECT found - onset AS d, count(*) AS n FROM infected WHERE onset IS NOT NULL GROUP BY 1) x),
  (SELECT json_agg(json_build_array(x.d, x.n)) FROM
    (SELECT isolated - onset AS d, count(*) AS n FROM infected WHERE isolated - onset IS NOT NULL GROUP BY 1) x),
  (SELECT json_agg(json_build_array(x.d, x.n)) FROM
    (SELECT report_hours AS d, count(*) AS n FROM infected WHERE report_hours IS NOT NULL GROUP BY 1) x)
"""


def board(view: View, *, basis: str) -> Board:
    """All figures, in one statement. `basis` is one of BASES: the day by which the curve counts."""
    if basis not in BASES:
        raise ValueError(f"{basis!r} is no basis of a curve: expected one of {', '.join(BASES)}")
    classification, severity, outcome, then = _NOW if view.day >= view.today else _THEN
    statement = _BOARD.format(
        classification=classification, severity=severity, outcome=outcome, then=then, basis=basis
    )
    _start, end = view.span
    parameters: dict[str, str | int | date | datetime] = {
        "length": view.length,
        "zone": SHANGHAI.key,
        "outbreak": view.outbreak,
        "division": view.division,
        "beyond": f"{view.division}:",
        "end": end,
        "day": view.day,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        groups, days, *spans = cursor.fetchone()
    rows = _rows(view, groups or [])
    names = (
        (_("Onset to found"), _("d")),
        (_("Onset to isolated"), _("d")),
        (_("Found to reported"), _("h")),
    )
    return Board(
        headline={name: sum(row.counts[name] for row in rows) for name in FIGURES},
        rows=rows,
        curve=_curve(view, days or []),
        delays=[describe(*name, Counter(dict(span or []))) for name, span in zip(names, spans, strict=True)],
    )


def _rows(view: View, groups: Sequence[tuple[str, str, str, str, str, bool, int]]) -> list[DivisionRow]:
    """A row for each division one level down; places without cases have their line of zeros."""
    known = parts_of(view.division, view.length) if len(view.division) >= 2 else []
    found: dict[str, Counter[str]] = {code: Counter() for code in known}
    for part, classification, severity, outcome, origin, today, number in groups:
        group = _Group(classification, severity, outcome, origin, today)
        counts = found.setdefault(part, Counter())
        for name, counted in FIGURES.items():
            if counted(group):
                counts[name] += number
    rows = [DivisionRow(code, division_name(code), counts) for code, counts in found.items()]
    return sorted(rows, key=lambda row: (-row.infected, -row.pending, row.code))


def child_length(code: str) -> int:
    """How long are the codes one level down, as people speak of them? Municipalities have no cities between."""
    if not code:
        return 2
    if len(code) in (2, 4):
        return 4 if len(code) == 2 and code not in MUNICIPALITIES else 6
    return 9 if len(code) == 6 else 12


def parts_of(code: str, length: int) -> list[str]:
    """Codes of the divisions below one that have that length."""
    parts = [part.code for part in children(code)]
    while parts and len(parts[0]) < length:
        parts = [part.code for above in parts for part in children(above)]
    return [part for part in parts if len(part) == length]


def _curve(view: View, counted: Sequence[tuple[str, str, int]]) -> Chart:
    """By day, or by week when there are many, stacked by origin, with a seven-day mean."""
    counts: dict[str, Counter[date]] = {origin: Counter() for origin in Origin}
    for day, origin, number in counted:
        counts[origin][date.fromisoformat(day)] += number
    seen = [day for counter in counts.values() for day in counter]
    if not seen:
        return Chart([], [], _("cases"))
    days = days_between(min(seen), view.day)
    weekly = len(days) > DAILY_UP_TO
    if weekly:
        counts = {origin: _by_week(counter) for origin, counter in counts.items()}
        days = sorted({_monday(day) for day in days})
    names = {
        Origin.LOCAL: (_("Local"), "local"),
        Origin.IMPORTED: (_("Imported"), "imported"),
        Origin.UNKNOWN: (_("Origin unknown"), "unknown"),
    }
    series = [Series(*names[origin], by_day(counts[origin], days)) for origin in Origin if counts[origin]]
    if not weekly:
        total: list[float | None] = [sum(item.values[at] or 0 for item in series) for at in range(len(days))]
        series.append(Series(_("7-day mean"), "line", trailing_mean(total, MEAN_DAYS), line=True))
    return Chart([day.isoformat() for day in days], series, _("cases"))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _by_week(counter: Mapping[date, int]) -> "Counter[date]":
    weeks: Counter[date] = Counter()
    for day, number in counter.items():
        weeks[_monday(day)] += number
    return weeks


def describe(name: str, unit: str, lengths: "Counter[float]") -> Delay:
    """Number, median and mean of lengths given as value -> how often."""
    n = lengths.total()
    if not n:
        return Delay(name, unit, 0, None, None, 0)
    middle = (_ranked(lengths, (n - 1) // 2) + _ranked(lengths, n // 2)) / 2
    mean = sum(value * times for value, times in lengths.items()) / n
    return Delay(name, unit, n, middle, mean, sum(times for value, times in lengths.items() if value < 0))


def _ranked(lengths: "Counter[float]", rank: int) -> float:
    """The value at a rank, from 0, of all lengths in order."""
    passed = 0
    for value in sorted(lengths):
        passed += lengths[value]
        if passed > rank:
            return value
    raise IndexError(rank)


def tests(view: View) -> dict[str, int]:
    """Tubes sampled on the day, and those of them found positive."""
    start, end = view.span
    tubes = Tube.objects.filter(
        sampled_at__gte=start,
        sampled_at__lt=end,
        division__gte=view.division,
        division__lt=f"{view.division}:",
    )
    return tubes.aggregate(
        tubes=Count("pk", distinct=True),
        positive=Count("pk", distinct=True, filter=Q(results__value=ResultValue.POSITIVE)),
    )


def span_of_days(cases: "QuerySet[Case]") -> tuple[date | None, date | None]:
    """The first and the last day on which a case was found."""
    found = cases.aggregate(first=Min("found_at"), last=Max("found_at"))
    first, last = (value.astimezone(SHANGHAI).date() if value else None for value in found.values())
    return first, last
