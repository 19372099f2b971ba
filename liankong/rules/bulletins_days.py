"""Does today follow from yesterday? Totals carried forward and stocks moved by the day's flows."""

from collections.abc import Iterator
from datetime import timedelta

from liankong.rules.bulletins_figures import DAY, Bulletin, Identity, Key, Measure, Series
from liankong.rules.bulletins_findings import Finding, State, Term, balance, value_of

_CARRIED = frozenset(
    {
        Measure.REPORTED,
        Measure.CURED,
        Measure.DEAD,
        Measure.RELEASED,
        Measure.CONVERTED_IN,
        Measure.CONVERTED_OUT,
    }
)

# stock -> what comes in and what goes out in a day; deaths may be left unsaid
FLOWS: dict[tuple[Series, Measure], tuple[tuple[int, Measure], ...]] = {
    (Series.CONFIRMED, Measure.ACTIVE): ((1, Measure.REPORTED), (-1, Measure.CURED), (-1, Measure.DEAD)),
    (Series.ASYMPTOMATIC, Measure.UNDER_OBSERVATION): (
        (1, Measure.REPORTED),
        (-1, Measure.CONVERTED_OUT),
        (-1, Measure.RELEASED),
        (-1, Measure.DEAD),
    ),
    (Series.SUSPECTED, Measure.ACTIVE): (
        (1, Measure.REPORTED),
        (-1, Measure.CONVERTED_OUT),
        (-1, Measure.RELEASED),
    ),
    (Series.PENDING_REVIEW, Measure.ACTIVE): (
        (1, Measure.REPORTED),
        (-1, Measure.CONVERTED_OUT),
        (-1, Measure.RELEASED),
    ),
    (Series.CONTACTS, Measure.UNDER_OBSERVATION): ((1, Measure.REPORTED), (-1, Measure.RELEASED)),
    (Series.SEVERE, Measure.ACTIVE): ((1, Measure.CHANGE),),
}


def day_to_day(bulletin: Bulletin, previous: Bulletin | None) -> Iterator[Finding]:
    longer = [key for key in bulletin.stated() if key.window.cumulative]
    if previous is None or previous.day != bulletin.day - timedelta(days=1):
        note = (
            "no bulletin of the day before" if previous is None else "the bulletin given is not yesterday's"
        )
        if longer:
            yield Finding(
                identity=Identity.CARRIED,
                formula="cumulative = the day before + new",
                key=longer[0],
                state=State.NOT_APPLICABLE,
                note=note,
            )
        return
    dropped = [key for key in previous.stated() if key.window.cumulative and bulletin.value(key) is None]
    for key in (*longer, *(key for key in dropped if value_of(bulletin, key) is not None)):
        before = value_of(previous, key)
        if before is None:
            continue
        if key.measure in _CARRIED:
            yield from _carried(bulletin, previous, key, before)
        elif (key.series, key.measure) in FLOWS:
            yield from _flow(bulletin, key, before)


def _carried(bulletin: Bulletin, previous: Bulletin, key: Key, before: int) -> Iterator[Finding]:
    new = value_of(bulletin, key.at(window=DAY))
    if new is None:
        return
    stated, earlier = bulletin.figure(key), previous.figure(key)
    changed = stated and earlier and stated.definition != earlier.definition
    terms = [Term(1, key, before, before=True), Term(1, key.at(window=DAY), new)]
    yield balance(
        bulletin,
        Identity.CARRIED,
        "cumulative = the day before + new",
        key,
        terms,
        note="the case definition changed since the day before" if changed else "",
    )


def _flow(bulletin: Bulletin, key: Key, before: int) -> Iterator[Finding]:
    formula = "a stock = the day before + in - out"
    terms = [Term(1, key, before, before=True)]
    missing = []
    for sign, measure in FLOWS[key.series, key.measure]:
        flow = key.at(measure=measure, window=DAY)
        value = value_of(bulletin, flow)
        if value is not None:
            terms.append(Term(sign, flow, value))
        elif measure is not Measure.DEAD:
            missing.append(measure.value)
    if missing:
        yield Finding(
            identity=Identity.FLOW,
            formula=formula,
            key=key,
            state=State.NOT_APPLICABLE,
            left=value_of(bulletin, key),
            note=f"the day's figures are not stated: {', '.join(missing)}",
        )
    else:
        yield balance(bulletin, Identity.FLOW, formula, key, terms)
