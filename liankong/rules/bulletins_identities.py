"""Does the bulletin balance? Every identity with its numbers, and whether a person may sign.

The identities are those which the health commissions' own bulletins keep (and which were checked on them):

- accounted: cumulative = cured + dead + active; for the asymptomatic, converted +
  released + under observation
- origins: all = local + imported (+ unknown); places: a place = the sum of its parts
- positives = confirmed + asymptomatic not yet converted + pending review
- conversions into confirmed = conversions out of asymptomatic, and lie inside the new confirmed
- carried: cumulative = yesterday's + new; flow: a stock = yesterday's + in - out

Where a real bulletin breaks one (a write-off, a changed definition, people not yet admitted), an `Adjustment`
must say so, and must explain the difference to the last unit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from liankong.rules.bulletins_days import day_to_day
from liankong.rules.bulletins_figures import (
    DAY,
    STOCKS,
    Bulletin,
    Counted,
    Identity,
    Key,
    Measure,
    Rollup,
    Series,
    WindowKind,
)
from liankong.rules.bulletins_findings import Finding, State, Term, balance, need, value_of


def check(bulletin: Bulletin, previous: Bulletin | None = None) -> list[Finding]:
    """Try every identity that the stated figures allow.

    `previous` is the latest revision of the day before; without it the day-to-day identities are reported as
    not applicable, once. A term that offices leave out when it is zero (deaths) is taken as zero and noted.
    """
    return list(_findings(bulletin, previous))


def _findings(bulletin: Bulletin, previous: Bulletin | None) -> Iterator[Finding]:
    yield from _stated_once(bulletin)
    for key in bulletin.stated():
        yield from _baseline(bulletin, key)
        yield from _not_negative(bulletin, key)
    for key in bulletin.stated():
        yield from _origins(bulletin, key)
    for rollup in bulletin.rollups:
        yield from _places(bulletin, rollup)
    for key in bulletin.stated():
        yield from _accounted(bulletin, key)
        yield from _in_hospital(bulletin, key)
        yield from _positives(bulletin, key)
        yield from _conversions(bulletin, key)
        yield from _inside(bulletin, key)
        yield from _nested(bulletin, key)
    yield from _revisions(bulletin)
    yield from day_to_day(bulletin, previous)


# --- one bulletin alone ------------------------------------------------------------------------------------


def _stated_once(bulletin: Bulletin) -> Iterator[Finding]:
    formula = "a figure is stated with one value"
    for figure in bulletin.figures:
        first = bulletin.value(figure.key)
        assert first is not None  # the index is made of these same figures
        if first != figure.value:
            yield balance(
                bulletin,
                Identity.STATED_ONCE,
                formula,
                figure.key,
                [Term(1, figure.key, first)],
                left=figure.value,
            )


def _baseline(bulletin: Bulletin, key: Key) -> Iterator[Finding]:
    if key.window.kind is WindowKind.UNDECLARED:
        yield Finding(
            identity=Identity.BASELINE_DECLARED,
            formula="a cumulative figure declares since when it counts",
            key=key,
            state=State.FAILED,
            left=bulletin.value(key),
            note="no baseline is declared",
        )


def _not_negative(bulletin: Bulletin, key: Key) -> Iterator[Finding]:
    value = bulletin.value(key)
    if value is not None and value < 0 and key.measure is not Measure.CHANGE:
        yield balance(bulletin, Identity.NOT_NEGATIVE, "a count is not below zero", key, [], relation="≥")


def _origins(bulletin: Bulletin, key: Key) -> Iterator[Finding]:
    if key.origin is not Counted.ALL:
        return
    stated = {
        origin: value
        for origin in (Counted.IMPORTED, Counted.LOCAL, Counted.UNKNOWN)
        if (value := value_of(bulletin, key.at(origin=origin))) is not None
    }
    terms = [Term(1, key.at(origin=origin), value) for origin, value in stated.items()]
    if {Counted.LOCAL, Counted.IMPORTED} <= stated.keys():
        yield balance(bulletin, Identity.ORIGINS, "all = local + imported", key, terms)
    elif terms and key.measure is not Measure.CHANGE:
        yield balance(bulletin, Identity.ORIGINS, "an origin is not above all", key, terms, relation="≥")


def _places(bulletin: Bulletin, rollup: Rollup) -> Iterator[Finding]:
    for key in bulletin.stated():
        if key.place != rollup.parent or key.geography != rollup.parent_geography:
            continue
        if rollup.only is not None and rollup.only != key:
            continue
        terms = [
            Term(1, child, value)
            for place in rollup.children
            if (value := bulletin.value(child := key.at(place=place, geography=rollup.geography))) is not None
        ]
        if not terms:
            continue
        if rollup.complete:
            yield balance(bulletin, Identity.PLACES, "a place = the sum of its parts", key, terms)
        else:
            formula = "the parts named are not above the place"
            yield balance(bulletin, Identity.PLACES, formula, key, terms, relation="≥")


@dataclass(frozen=True, slots=True)
class _Account:
    """left = must + one of + may; a `may` term that is not stated counts zero."""

    series: Series
    formula: str
    must: tuple[Measure, ...]
    one_of: tuple[Measure, ...]
    may: tuple[Measure, ...]


_ACCOUNTS = (
    _Account(
        Series.CONFIRMED,
        "cumulative = cured + dead + active",
        (Measure.CURED,),
        (Measure.ACTIVE, Measure.IN_HOSPITAL),
        (Measure.DEAD,),
    ),
    _Account(
        Series.ASYMPTOMATIC,
        "cumulative = released + converted + under observation",
        (Measure.RELEASED, Measure.CONVERTED_OUT),
        (),
        (Measure.DEAD, Measure.UNDER_OBSERVATION),
    ),
    _Account(
        Series.SUSPECTED,
        "cumulative = confirmed + excluded + active",
        (Measure.RELEASED, Measure.CONVERTED_OUT),
        (Measure.ACTIVE,),
        (),
    ),
    _Account(
        Series.PENDING_REVIEW,
        "cumulative = confirmed + excluded + pending",
        (Measure.RELEASED, Measure.CONVERTED_OUT),
        (Measure.ACTIVE,),
        (),
    ),
)


def _accounted(bulletin: Bulletin, key: Key) -> Iterator[Finding]:
    if key.measure is not Measure.REPORTED or not key.window.cumulative:
        return
    for account in _ACCOUNTS:
        if account.series is not key.series:
            continue
        chosen = next((m for m in account.one_of if value_of(bulletin, key.at(measure=m)) is not None), None)
        needed = (*account.must, *account.one_of[:1]) if chosen is None else (*account.must, chosen)
        stated = {m: value for m in needed if (value := value_of(bulletin, key.at(measure=m))) is not None}
        if not stated:
            continue  # a plain running total is no half-told account
        missing = [m.value for m in needed if m not in stated]
        if missing:
            yield Finding(
                identity=Identity.ACCOUNTED,
                formula=account.formula,
                key=key,
                state=State.NOT_APPLICABLE,
                left=bulletin.value(key),
                note=f"not stated: {', '.join(missing)}",
            )
            continue
        optional = {m: value_of(bulletin, key.at(measure=m)) for m in account.may}
        terms = [Term(1, key.at(measure=m), value) for m, value in stated.items()]
        terms[1:1] = [Term(1, key.at(measure=m), value) for m, value in optional.items() if value is not None]
        unsaid = [m.value for m, value in optional.items() if value is None and m is not Measure.DEAD]
        if key.series is Series.CONFIRMED and optional[Measure.DEAD] is None:
            unsaid = [Measure.DEAD.value]
        note = f"not stated, taken as 0: {', '.join(unsaid)}" if unsaid else ""
        yield balance(bulletin, Identity.ACCOUNTED, account.formula, key, terms, note=note)


def _in_hospital(bulletin: Bulletin, key: Key) -> Iterator[Finding]:
    if key.measure is not Measure.IN_HOSPITAL or key.series is not Series.CONFIRMED:
        return
    active = bulletin.value(key.at(measure=Measure.ACTIVE))
    if active is not None:
        terms = [Term(1, key.at(measure=Measure.ACTIVE), active)]
        yield balance(
            bulletin,
            Identity.IN_HOSPITAL_IS_ACTIVE,
            "in hospital = active",
            key,
            terms,
        )


def _positives(bulletin: Bulletin, key: Key) -> Iterator[Finding]:
    if (key.series, key.measure) != (Series.POSITIVES, Measure.REPORTED) or not key.window.cumulative:
        return
    parts = (
        (1, Series.CONFIRMED, Measure.REPORTED),
        (1, Series.ASYMPTOMATIC, Measure.REPORTED),
        (-1, Series.ASYMPTOMATIC, Measure.CONVERTED_OUT),
        (1, Series.PENDING_REVIEW, Measure.ACTIVE),
    )
    terms = [
        Term(sign, part, value)
        for sign, series, measure in parts
        if (value := bulletin.value(part := key.at(series=series, measure=measure))) is not None
    ]
    formula = "positives = confirmed + asymptomatic - converted + pending review"
    stated = {term.key.series for term in terms}
    if {Series.CONFIRMED, Series.ASYMPTOMATIC} <= stated:
        yield balance(bulletin, Identity.POSITIVES, formula, key, terms)
    elif terms:
        yield Finding(
            identity=Identity.POSITIVES,
            formula=formula,
            key=key,
            state=State.NOT_APPLICABLE,
            left=bulletin.value(key),
            note="confirmed and asymptomatic are not both stated",
        )


def _conversions(bulletin: Bulletin, key: Key) -> Iterator[Finding]:
    """Over a day only: a round's window may hold a conversion whose asymptomatic phase began before it."""
    if key.measure is not Measure.CONVERTED_IN or key.window != DAY:
        return
    out = key.at(series=Series.ASYMPTOMATIC, measure=Measure.CONVERTED_OUT)
    value = bulletin.value(out)
    if value is not None:
        formula = "converted into confirmed = converted out of asymptomatic"
        terms = [Term(1, out, value)]
        yield balance(bulletin, Identity.CONVERSIONS, formula, key, terms)


_INSIDE = (Measure.CONVERTED_IN, Measure.REDEFINED, Measure.LATE)


def _inside(bulletin: Bulletin, key: Key) -> Iterator[Finding]:
    """A part is not above its whole: conversions in the new cases, severe cases in the active ones."""
    wholes: tuple[Key, ...] = ()
    if key.measure in _INSIDE:
        wholes = (key.at(measure=Measure.REPORTED),)
    elif (key.series, key.measure) == (Series.SEVERE, Measure.ACTIVE):
        wholes = (
            key.at(series=Series.CONFIRMED),
            key.at(series=Series.CONFIRMED, measure=Measure.IN_HOSPITAL),
        )
    whole = next((found for found in wholes if bulletin.value(found) is not None), None)
    if whole is not None:
        yield balance(
            bulletin,
            Identity.COUNTED_INSIDE,
            "a part is not above its whole",
            key,
            [Term(1, whole, need(bulletin, whole))],
            relation="≤",
        )


def _nested(bulletin: Bulletin, key: Key) -> Iterator[Finding]:
    if key.window.kind is not WindowKind.SINCE:
        return
    longer = [w for w in bulletin.windows() if w.cumulative and w.kind is not WindowKind.UNDECLARED]
    position = longer.index(key.window)
    for window in reversed(longer[:position]):
        value = bulletin.value(key.at(window=window))
        if value is not None:
            yield balance(
                bulletin,
                Identity.NESTED_WINDOWS,
                "a shorter window is not above a longer one",
                key,
                [Term(1, key.at(window=window), value)],
                relation="≤",
            )
            return


def _revisions(bulletin: Bulletin) -> Iterator[Finding]:
    for revision in bulletin.revisions:
        stated = bulletin.value(revision.key)
        if stated is not None:
            yield balance(
                bulletin,
                Identity.REVISION,
                "a revised figure is stated as revised",
                revision.key,
                [Term(1, revision.key, revision.after)],
            )
        moved = revision.after - revision.before
        if revision.parts:
            terms = [Term(1, revision.key, part.delta) for part in revision.parts]
            formula = "the reasons of a revision add up to its change"
            yield balance(bulletin, Identity.REVISION, formula, revision.key, terms, left=moved)
        if revision.key.window != DAY:
            continue
        for other in bulletin.revisions:
            stock = other.key.measure in STOCKS  # a stock has no day to move with
            if other.key.window.cumulative and not stock and other.key.at(window=DAY) == revision.key:
                yield balance(
                    bulletin,
                    Identity.REVISION,
                    "revised cumulative and revised new move together",
                    other.key,
                    [Term(1, revision.key, moved)],
                    left=other.after - other.before,
                )
