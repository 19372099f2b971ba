"""The shared mutator of cases: what is known of a case now is also kept as what was known from now on."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from liankong.store.log import Actor
from liankong.store.models import Case, CaseChange, CaseLink, CaseRelation, Outbreak
from liankong.vocabulary.facts import CaseRecord
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, Severity, Sex
from liankong.vocabulary.spans import local_day


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


def record_of(case: Case, infectors: Iterable[str] = (), *, sex: Sex = Sex.UNKNOWN) -> CaseRecord:
    """A case as a line list's row: what the library's rules and summaries read."""
    ended = _day(case.outcome_at)
    outcome = Outcome(case.outcome)
    return CaseRecord(
        key=case.number,
        sex=sex,
        age=case.age,
        age_high=case.age_high,
        classification=PersonClass(case.classification),
        severity=Severity(case.severity) if case.severity else None,
        origin=Origin(case.origin),
        origin_place=case.origin_place,
        place=case.division,
        exposed_from=case.exposed_from,
        exposed_to=case.exposed_to,
        onset=case.onset_on,
        sampled=_day(case.sampled_at),
        isolated=case.isolated_on,
        admitted=_day(case.admitted_at),
        reported=_day(case.reported_at),
        confirmed=_day(case.confirmed_at),
        outcome=outcome,
        outcome_day=ended,
        died=ended if outcome is Outcome.DEAD else None,
        hospital=case.hospital_name,
        cluster=case.cluster,
        exposure=case.exposure,
        infectors=tuple(infectors),
    )


def records(outbreak: Outbreak, division: str = "") -> Iterator[CaseRecord]:
    """All cases of an outbreak inside a division, in two queries, with their stated infectors in rank order."""
    stated: dict[int, list[str]] = {}
    for key, number in (
        CaseLink.objects.filter(case__outbreak=outbreak)
        .order_by("case_id", "rank", "pk")
        .values_list("case_id", "infector_number")
    ):
        stated.setdefault(key, []).append(number)
    rows = Case.objects.filter(outbreak=outbreak, division__startswith=division).select_related("person")
    for case in rows.order_by("found_at", "pk").iterator(chunk_size=5000):
        yield record_of(case, stated.get(case.pk, ()), sex=Sex(case.person.sex))


def related(outbreak: Outbreak, division: str = "") -> list[tuple[str, str]]:
    """The numbers of cases inside a division that are linked in an unknown direction, pair by pair."""
    rows = CaseRelation.objects.filter(
        case__outbreak=outbreak, case__division__startswith=division, other__division__startswith=division
    )
    return list(rows.order_by("pk").values_list("case__number", "other__number"))


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else local_day(moment)
