"""What was known of each case, and when: the histories from which a bulletin is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, Severity
from liankong.vocabulary.spans import aware

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was known of a case from a moment on (the moment it was recorded, not the moment it happened)."""

    since: datetime
    person_class: PersonClass
    origin: Origin
    place: str
    outcome: Outcome = Outcome.IN_CARE
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """A case and all that was known of it, in order of time. `case` is an identifier without meaning."""

    case: str
    history: tuple[Known, ...]

    @classmethod
    def of(
        cls,
        case: str,
        *,
        classes: Sequence[tuple[datetime, PersonClass]],
        places: Sequence[tuple[datetime, str]],
        origins: Sequence[tuple[datetime, Origin]] = (),
        outcomes: Sequence[tuple[datetime, Outcome]] = (),
        severities: Sequence[tuple[datetime, Severity | None]] = (),
    ) -> "CaseState":
        """Weave the separate histories that a store keeps. The case exists from its first class on.

        A place, origin, outcome or severity recorded earlier holds from the start; one that is missing
        counts as the first known place, origin unknown, in care, no severity.
        """
        if not classes or not places:
            raise ValueError("a case needs at least one class and one place")
        start = min(aware(at) for at, _ in classes)
        moments = {start}
        for changes in (classes, places, origins, outcomes, severities):
            moments |= {aware(at) for at, _ in changes if aware(at) > start}
        first_place = min(places, key=lambda change: aware(change[0]))[1]
        return cls(
            case=case,
            history=tuple(
                Known(
                    since=moment,
                    person_class=_latest(classes, moment, PersonClass.PENDING_REVIEW),
                    place=_latest(places, moment, first_place),
                    origin=_latest(origins, moment, Origin.UNKNOWN),
                    outcome=_latest(outcomes, moment, Outcome.IN_CARE),
                    severity=_latest(severities, moment, None),
                )
                for moment in sorted(moments)
            ),
        )


def _latest(changes: Sequence[tuple[datetime, T]], moment: datetime, default: T) -> T:
    held = [
        (aware(at), position, value) for position, (at, value) in enumerate(changes) if aware(at) <= moment
    ]
    return max(held, key=lambda change: change[:2])[2] if held else default
