"""What happens to those who are found: review, hospital, worsening, conversion, discharge; and whose case it was.

None of this changes the spread: a found person is isolated from the moment of the result.
"""

from dataclasses import dataclass

from liankong.drill.records import (
    Admitted,
    CaseReviewed,
    Closed,
    Converted,
    Setting,
    SeverityChanged,
    SourceFound,
    SymptomsBegan,
)
from liankong.drill.world import Found, Infected, World, delay, number
from liankong.protocols import Evidence
from liankong.rules.cases import CaseFacts, classify
from liankong.vocabulary.kinds import Outcome, PersonClass, Severity

_FEVER, _IMAGING = "fever_respiratory", "imaging"  # sign codes of the protocol
_HOSPITALS = 2


@dataclass(frozen=True, slots=True)
class _Seen:
    """What experts saw at review and what they made of it."""

    signs: tuple[str, ...]
    classification: PersonClass
    severity: Severity | None


def follow(world: World, *, end: int) -> None:
    """Draft the course and the source of every found case, in the order of their results, up to `end`."""
    for found in sorted(world.found.values(), key=lambda item: (item.at, item.row)):
        _follow_one(world, found, end)


def _follow_one(world: World, found: Found, end: int) -> None:
    rng, infected = world.rng, world.infected[found.row]
    review_at = found.at + delay("response", "laboratory", "review_delay").one(rng)
    seen = _review(world, infected, review_at)
    admitted_at = review_at + delay("response", "laboratory", "admission_delay").one(rng)
    if infected.onset is not None and infected.onset < end:
        world.drafts.add(SymptomsBegan, infected.onset, person=found.row + 1)
    if review_at >= end:
        return
    told = infected.onset if infected.onset is not None and infected.onset <= review_at else None
    review = world.drafts.add(
        CaseReviewed,
        review_at,
        found.result,
        person=found.row + 1,
        signs=seen.signs,
        onset_at=told,
        classification=seen.classification,
        severity=seen.severity,
        found_by=found.found_by,
    )
    _trace_source(world, infected, review_at, review, end)
    if admitted_at >= end:
        return
    hospital = f"hospital-{1 if found.row % 3 else _HOSPITALS}"
    admitted = world.drafts.add(Admitted, admitted_at, review, person=found.row + 1, hospital=hospital)
    if seen.severity is None:
        _observe(world, infected, admitted, admitted_at, end)
    else:
        _treat(world, found.row, admitted, admitted_at, seen.severity, end)


def _review(world: World, infected: Infected, minute: int) -> _Seen:
    rng = world.rng
    begun = infected.onset is not None and infected.onset <= minute
    noticed = rng.random() < number("omicron", "course", "signs_at_review")
    if not begun and infected.onset is not None and noticed:
        # Asked and examined, they turn out to have had the first sign already.
        infected.onset = max(infected.at + 1, minute - 1 - int(rng.integers(60, 600)))
        begun = True
    pneumonia = rng.random() < number("omicron", "course", "pneumonia")
    signs = ((_FEVER, _IMAGING) if pneumonia else (_FEVER,)) if begun else ()
    return _judge(world, signs)


def _judge(world: World, signs: tuple[str, ...]) -> _Seen:
    """The protocol's own table decides what a reviewed positive with these signs is."""
    facts = CaseFacts(laboratory=Evidence.POSITIVE, reviewed=True, signs=frozenset(signs))
    decided = classify(facts, world.policy.protocol)
    return _Seen(signs, decided.classification, decided.severity)


def _observe(world: World, infected: Infected, cause: int, start: int, end: int) -> None:
    """An asymptomatic carrier converts when symptoms come, or is released."""
    rng, person = world.rng, infected.row + 1
    if infected.onset is None:
        minute = start + delay("omicron", "course", "observation").one(rng)
        if minute < end:
            world.drafts.add(Closed, minute, cause, person=person, outcome=Outcome.RELEASED)
        return
    minute = max(infected.onset, start) + delay("response", "laboratory", "conversion_delay").one(rng)
    seen = _judge(world, (_FEVER,))
    if minute < end and seen.severity is not None:
        converted = world.drafts.add(
            Converted,
            minute,
            cause,
            person=person,
            signs=seen.signs,
            onset_at=infected.onset,
            severity=seen.severity,
        )
        _treat(world, infected.row, converted, minute, seen.severity, end)


def _treat(world: World, row: int, cause: int, start: int, severity: Severity, end: int) -> None:
    """Worsening and recovery steps, then discharge; the stay is never shorter than its steps."""
    rng, now = world.rng, start
    closing = start + delay("omicron", "course", "stay").one(rng)
    worsening = {Severity.MILD: ("worsening", Severity.COMMON), Severity.COMMON: ("severe", Severity.SEVERE)}
    while severity in worsening:
        key, worse = worsening[severity]
        now += delay("omicron", "course", "worsens_after").one(rng)
        if rng.random() >= number("omicron", "course", key):
            break
        cause = _change(world, row, cause, now, severity, worse, end)
        severity = worse
    outcome = Outcome.CURED
    if severity is Severity.SEVERE:
        now += delay("omicron", "course", "improves_after").one(rng)
        if rng.random() < number("omicron", "course", "death"):
            outcome, closing = Outcome.DEAD, now
        else:
            cause = _change(world, row, cause, now, severity, Severity.COMMON, end)
            closing += delay("omicron", "course", "improves_after").one(rng)
    closing = max(closing, now + 60)
    if closing < end:
        world.drafts.add(Closed, closing, cause, person=row + 1, outcome=outcome)


def _change(
    world: World, row: int, cause: int, minute: int, before: Severity, after: Severity, end: int
) -> int:
    if minute >= end:
        return cause
    return world.drafts.add(SeverityChanged, minute, cause, person=row + 1, before=before, after=after)


def _trace_source(world: World, infected: Infected, start: int, cause: int, end: int) -> None:
    """Investigators name the infector once both are known; of chance meetings many stay unknown."""
    rng = world.rng
    waited = delay("response", "finding", "source_delay").one(rng)
    clear = rng.random() < number("response", "finding", _clarity(infected.setting))
    source = world.found.get(infected.infector) if infected.infector is not None else None
    known = clear and source is not None
    minute = max(start, source.at if known and source is not None else start) + waited
    if minute >= end:
        return
    world.drafts.add(
        SourceFound,
        minute,
        cause,
        person=infected.row + 1,
        infector=source.row + 1 if known and source is not None else None,
        setting=infected.setting if known else None,
        place=infected.place if known else None,
    )


def _clarity(setting: Setting) -> str:
    if setting is Setting.HOUSEHOLD:
        return "source_household"
    if setting in (Setting.COMMUNITY, Setting.INTRODUCTION):
        return "source_community"
    return "source_group"
