"""Can a case's course be as it was entered?"""

from dataclasses import dataclass
from datetime import date, datetime

from liankong.vocabulary.facts import CaseRecord
from liankong.vocabulary.kinds import Outcome, PersonClass, Severity
from liankong.vocabulary.spans import aware, local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFault:
    """A field of a case that cannot be so, and what was expected."""

    field: str
    expected: str

    @property
    def message(self) -> str:
        return f"expected {self.expected}"


def course_fault(
    *,
    classification: PersonClass,
    severity: Severity | None = None,
    onset: date | None = None,
    admitted_at: datetime | None = None,
    outcome: Outcome,
    outcome_at: datetime | None = None,
    now: datetime,
) -> CourseFault | None:
    """The first contradiction in an open case's course, with the names of this function's arguments; None if
    sound.
    """
    for name, moment in (("admitted_at", admitted_at), ("outcome_at", outcome_at)):
        if moment is not None and aware(moment) > aware(now):
            return CourseFault(field=name, expected="a moment not in the future")
    if admitted_at is not None and outcome_at is not None and aware(outcome_at) < aware(admitted_at):
        return CourseFault(field="outcome_at", expected="a moment not before the admission")
    ended = local_day(outcome_at) if outcome_at is not None else None
    record = CaseRecord(
        key="",
        classification=classification,
        severity=severity,
        onset=onset,
        admitted=local_day(admitted_at) if admitted_at is not None else None,
        outcome=outcome,
        outcome_day=ended,
        died=ended if outcome is Outcome.DEAD else None,
    )
    names = {"admitted": "admitted_at", "outcome_day": "outcome_at", "died": "outcome_at"}
    first = next(iter(course_faults(record, today=local_day(now))), None)
    return CourseFault(field=names.get(first.field, first.field), expected=first.expected) if first else None


def course_faults(record: CaseRecord, *, today: date | None = None) -> tuple[CourseFault, ...]:
    """What in a case's course contradicts itself. Empty when it is sound.

    Onset after sampling is no fault (the asymptomatic convert), nor is onset before exposure known only
    roughly.
    """
    return (*_order_faults(record), *_outcome_faults(record), *_future_faults(record, today))


_NOT_BEFORE = (
    ("exposed_to", "exposed_from"),
    ("admitted", "onset"),
    ("confirmed", "sampled"),
    ("outcome_day", "admitted"),
    ("outcome_day", "onset"),
    ("died", "onset"),
    ("died", "admitted"),
)
_DAYS = (
    "onset",
    "sampled",
    "isolated",
    "admitted",
    "reported",
    "confirmed",
    "outcome_day",
    "died",
    "exposed_from",
)


def _order_faults(record: CaseRecord) -> list[CourseFault]:
    faults = []
    for later, earlier in _NOT_BEFORE:
        after, before = getattr(record, later), getattr(record, earlier)
        # An asymptomatic person may be in hospital before the first symptom: that is a conversion.
        converted = (later, earlier) == ("admitted", "onset")
        if after is not None and before is not None and after < before and not converted:
            faults.append(
                CourseFault(field=later, expected=f"a day not before {earlier} ({before.isoformat()})")
            )
    return faults


def _outcome_faults(record: CaseRecord) -> list[CourseFault]:
    faults = []
    case, outcome = record.classification, record.outcome
    if (record.died is not None) != (outcome is Outcome.DEAD) and (
        record.died is not None or record.outcome_day is None
    ):
        faults.append(CourseFault(field="died", expected="a day of death and the outcome dead together"))
    if record.died is not None and record.outcome_day is not None and record.died != record.outcome_day:
        faults.append(CourseFault(field="died", expected="the same day as outcome_day"))
    if outcome is Outcome.RELEASED and case is PersonClass.CONFIRMED:
        faults.append(CourseFault(field="outcome", expected="cured: only the asymptomatic are released"))
    if outcome is Outcome.CURED and case is PersonClass.ASYMPTOMATIC:
        faults.append(CourseFault(field="outcome", expected="released: the asymptomatic are not cured"))
    if record.severity is not None and case is not PersonClass.CONFIRMED:
        faults.append(CourseFault(field="severity", expected=f"none, because the case is {case}"))
    return faults


def _future_faults(record: CaseRecord, today: date | None) -> list[CourseFault]:
    if today is None:
        return []
    late = [name for name in _DAYS if (day := getattr(record, name)) is not None and day > today]
    return [CourseFault(field=name, expected=f"a day not after {today.isoformat()}") for name in late]
