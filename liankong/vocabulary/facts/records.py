"""One row of a line list, whatever its source."""

from dataclasses import dataclass
from datetime import date

from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, Severity, Sex


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """One row of a line list, whatever its source. Days are local calendar days; ages are completed years.

    `key` is the source's own identifier; `infectors` are keys of the same list, in the order stated.
    `age` is None when unknown; `age_high` is set when only a band is known ("20 to 29" -> 20, 29).
    """

    key: str
    sex: Sex = Sex.UNKNOWN
    age: float | None = None
    age_high: float | None = None
    classification: PersonClass = PersonClass.CONFIRMED
    severity: Severity | None = None
    origin: Origin = Origin.UNKNOWN
    origin_place: str = ""
    place: str = ""
    exposed_from: date | None = None
    exposed_to: date | None = None
    onset: date | None = None
    sampled: date | None = None
    isolated: date | None = None
    admitted: date | None = None
    reported: date | None = None
    confirmed: date | None = None
    outcome: Outcome = Outcome.UNKNOWN
    outcome_day: date | None = None
    died: date | None = None
    hospital: str = ""
    cluster: str = ""
    exposure: str = ""
    infectors: tuple[str, ...] = ()
    notes: str = ""
