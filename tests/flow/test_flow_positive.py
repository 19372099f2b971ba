"""A positive tube sets the response going: what the user reports, and what they must then see."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import town as towns
from support.town import Town

from liankong import flow
from liankong.actions import Forbidden, Refused, cases, lab
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.models import Case, Entry, Order, Person
from liankong.vocabulary.kinds import (
    OrderKind,
    OrderState,
    Origin,
    PersonClass,
    ResultValue,
    Role,
    Severity,
    TubeKind,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


def report(
    town: Town, tube: str, at: datetime, value: ResultValue = ResultValue.POSITIVE, **more: object
) -> None:
    """The laboratory reports, and everything that follows has happened."""
    with log.collecting() as consequences:
        lab.report_result(tube=tube, value=value, by=town[Role.LAB_OFFICER], at=at, **more)
    flow.answer_now(consequences)


def classify(town: Town, case: Case, at: datetime, to: PersonClass, severity: Severity | None = None) -> Case:
    with log.collecting() as consequences:
        done = cases.classify(
            case=case.pk,
            classification=to,
            severity=severity,
            reason="expert review",
            by=town[Role.CLINICIAN],
            at=at,
        )
    flow.answer_now(consequences)
    return done


def make_report(town: Town, case: Case, at: datetime) -> None:
    with log.collecting() as consequences:
        cases.report(case=case.pk, card="K-1", by=town[Role.EPIDEMIOLOGIST], at=at)
    flow.answer_now(consequences)


def test_a_single_positive_opens_a_case_that_waits_for_review_and_must_be_reported_within_two_hours(
    town: Town, at: datetime
) -> None:
    towns.tube(town, at)
    report(town, "T1", at)
    case = Case.objects.get()
    assert (case.number, case.classification, case.origin) == (
        "00001",
        PersonClass.PENDING_REVIEW,
        Origin.UNKNOWN,
    )
    kinds = sorted(Order.objects.values_list("kind", flat=True))
    assert kinds == [OrderKind.CORE_TRACK, OrderKind.PRELIMINARY_REPORT, OrderKind.REPORT]
    order = Order.objects.get(kind=OrderKind.REPORT)
    assert order.addressee == town.cdc
    assert order.due_at == at + timedelta(hours=2)
    assert "第八版" in order.basis


def test_the_clock_of_the_review_runs_from_the_report_and_not_from_the_positive(
    town: Town, at: datetime
) -> None:
    towns.tube(town, at)
    report(town, "T1", at)
    reported_at = at + timedelta(minutes=80)
    make_report(town, Case.objects.get(), reported_at)
    review = Order.objects.get(kind=OrderKind.REVIEW)
    assert (review.issued_at, review.due_at) == (reported_at, reported_at + timedelta(hours=2))
    assert review.addressee == town.district
    issued = Entry.objects.get(kind="OrderIssued", subject=review.pk)
    assert Entry.objects.get(pk=issued.cause).kind == "CaseReported"


def test_a_case_that_was_reviewed_before_its_report_is_not_sent_to_the_experts_again(
    town: Town, at: datetime
) -> None:
    towns.tube(town, at)
    report(town, "T1", at)
    case = classify(town, Case.objects.get(), at + timedelta(minutes=30), PersonClass.ASYMPTOMATIC)
    make_report(town, case, at + timedelta(hours=1))
    assert not Order.objects.filter(kind=OrderKind.REVIEW).exists()


def test_a_late_worker_orders_no_review_of_a_case_that_was_classified_meanwhile(
    town: Town, at: datetime
) -> None:
    """The worker comes to the report only after a clinician has reviewed the case: nothing is left to ask for."""
    towns.tube(town, at)
    report(town, "T1", at)
    case = Case.objects.get()
    with log.collecting() as waiting:
        cases.report(case=case.pk, card="K-1", by=town[Role.EPIDEMIOLOGIST], at=at + timedelta(hours=1))
    classify(town, case, at + timedelta(hours=2), PersonClass.CONFIRMED, Severity.MILD)
    flow.answer_now(waiting)
    assert not Order.objects.filter(kind=OrderKind.REVIEW).exists()
    assert Order.objects.get(kind=OrderKind.REPORT).state == OrderState.DONE


def test_why_is_a_walk_up_the_causes(town: Town, at: datetime) -> None:
    towns.tube(town, at)
    report(town, "T1", at)
    issued = Entry.objects.filter(kind="OrderIssued").first()
    opened = Entry.objects.get(pk=issued.cause)
    reported = Entry.objects.get(pk=opened.cause)
    assert [opened.kind, reported.kind, reported.cause] == ["CaseOpened", "ResultReported", None]
    assert reported.by == town[Role.LAB_OFFICER].user
    assert opened.rule == "flow:cases.open_from_result"


def test_a_positive_pool_opens_no_case_but_recalls_every_member(town: Town, at: datetime) -> None:
    towns.tube(town, at, kind=TubeKind.POOL, people=10)
    report(town, "T1", at)
    assert not Case.objects.exists()
    recalled = Order.objects.filter(kind=OrderKind.RESWAB)
    assert set(recalled.values_list("person", flat=True)) == set(Person.objects.values_list("pk", flat=True))
    assert recalled.count() == 10


def test_a_negative_reswab_closes_its_order_and_only_the_positive_one_opens_a_case(
    town: Town, at: datetime
) -> None:
    pool = towns.tube(town, at, kind=TubeKind.POOL, people=3)
    report(town, "T1", at)
    later = at + timedelta(hours=3)
    for number, member in enumerate(pool.members.order_by("pk")):
        towns.tube_of(town, [member], later, code=f"R{number}")
        value = ResultValue.POSITIVE if number == 1 else ResultValue.NEGATIVE
        report(town, f"R{number}", later + timedelta(hours=1), value)
    assert Order.objects.filter(kind=OrderKind.RESWAB, state=OrderState.DONE).count() == 3
    assert Case.objects.get().found_by == "screening"


def test_a_member_whose_own_swab_has_answered_since_is_not_called_again(town: Town, at: datetime) -> None:
    pool = towns.tube(town, at, kind=TubeKind.POOL, people=3)
    known = pool.members.order_by("pk").first()
    towns.tube_of(town, [known], at + timedelta(hours=1), code="own")
    report(town, "own", at + timedelta(hours=2))
    report(town, "T1", at + timedelta(hours=3))
    recalled = set(Order.objects.filter(kind=OrderKind.RESWAB).values_list("person", flat=True))
    assert recalled == set(pool.members.exclude(pk=known.pk).values_list("pk", flat=True))


def test_an_invalid_reswab_leaves_the_order_open(town: Town, at: datetime) -> None:
    pool = towns.tube(town, at, kind=TubeKind.POOL, people=2)
    report(town, "T1", at)
    towns.tube_of(town, [pool.members.first()], at, code="R0")
    report(town, "R0", at + timedelta(hours=1), ResultValue.INVALID)
    assert Order.objects.filter(kind=OrderKind.RESWAB, done_at__isnull=True).count() == 2


def test_a_second_positive_of_the_same_person_is_not_a_second_case(town: Town, at: datetime) -> None:
    tube = towns.tube(town, at)
    report(town, "T1", at)
    towns.tube_of(town, list(tube.members.all()), at, code="T2")
    report(town, "T2", at + timedelta(hours=5))
    assert Case.objects.count() == 1


def test_the_same_message_twice_is_one_result(town: Town, at: datetime) -> None:
    towns.tube(town, at)
    for _ in range(2):
        report(town, "T1", at, laboratory=town.cdc, message="m-1")
    assert Entry.objects.filter(kind="ResultReported").count() == 1
    assert Case.objects.count() == 1


def test_a_reaction_that_runs_twice_leaves_nothing_twice(town: Town, at: datetime) -> None:
    towns.tube(town, at)
    report(town, "T1", at)
    before = (Case.objects.count(), Order.objects.count(), Entry.objects.count())
    for entry in Entry.objects.order_by("pk"):
        for verb in log.REACTIONS.get(entry.kind, ()):
            flow.answer_now([(verb, entry.pk)])
    assert (Case.objects.count(), Order.objects.count(), Entry.objects.count()) == before


def test_classifying_answers_the_review_and_reporting_stops_the_clock(town: Town, at: datetime) -> None:
    towns.tube(town, at)
    report(town, "T1", at)
    case = Case.objects.get()
    make_report(town, case, at + timedelta(hours=3))
    classify(town, case, at + timedelta(hours=4), PersonClass.CONFIRMED, Severity.MILD)
    review, reporting = Order.objects.get(kind="review"), Order.objects.get(kind="report")
    assert (review.state, review.done_by_id) == (OrderState.DONE, town[Role.CLINICIAN].user)
    assert (reporting.state, reporting.done_by_id) == (OrderState.DONE, town[Role.EPIDEMIOLOGIST].user)
    late = {entry.subject: entry.body["late"] for entry in Entry.objects.filter(kind="OrderDone")}
    assert late == {review.pk: False, reporting.pk: True}


def test_an_asymptomatic_carrier_who_falls_ill_is_converted_and_both_stay_on_record(
    town: Town, at: datetime
) -> None:
    towns.tube(town, at)
    report(town, "T1", at)
    case = classify(town, Case.objects.get(), at + timedelta(hours=1), PersonClass.ASYMPTOMATIC)
    case = classify(town, case, at + timedelta(days=2), PersonClass.CONFIRMED, Severity.COMMON)
    assert [change.classification for change in case.changes.order_by("at", "pk")] == [
        "pending_review",
        "asymptomatic",
        "confirmed",
    ]


def test_nobody_classifies_without_a_reason_or_the_right(town: Town, at: datetime) -> None:
    towns.tube(town, at)
    report(town, "T1", at)
    case = Case.objects.get()
    with pytest.raises(Refused):
        cases.classify(
            case=case.pk,
            classification=PersonClass.CONFIRMED,
            severity=Severity.MILD,
            reason=" ",
            by=town[Role.CLINICIAN],
            at=at,
        )
    with pytest.raises(Forbidden):
        cases.classify(
            case=case.pk,
            classification=PersonClass.CONFIRMED,
            severity=Severity.MILD,
            reason="x",
            by=town[Role.AUDITOR],
            at=at,
        )


def test_a_rule_cannot_sign_for_a_person(town: Town, at: datetime) -> None:
    towns.tube(town, at)
    report(town, "T1", at)
    with pytest.raises(Forbidden):
        cases.classify(
            case=Case.objects.get().pk,
            classification=PersonClass.CONFIRMED,
            reason="because",
            by=log.Actor(rule="flow:anything"),
            at=at,
        )
