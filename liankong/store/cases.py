"""The shared mutator of cases: what is known of a case now is also kept as what was known from now on."""

from datetime import datetime

from liankong.store.log import Actor
from liankong.store.models import Case, CaseChange


def change_of(case: Case, *, at: datetime, by: Actor, reason: str) -> CaseChange:
    """An unsaved record of the case's present state, for bulk writing."""
    return CaseChange(
        case=case,
        at=at,
        classification=case.classification,
        severity=case.severity,
        origin=case.origin,
        outcome=case.outcome,
        division=case.division,
        by_id=by.user,
        protocol=case.protocol,
        reason=reason,
    )


def remember(case: Case, *, at: datetime, by: Actor, reason: str) -> CaseChange:
    change = change_of(case, at=at, by=by, reason=reason)
    change.save(force_insert=True)
    return change
