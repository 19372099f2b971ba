"""The flow does not ask a verb about facts that do not concern it, and never keeps one back that does."""

from dataclasses import fields
from itertools import product

import pytest

from liankong import flow, protocols
from liankong.protocols import Protocol
from liankong.rules import lab as rules
from liankong.rules.lab import LabAction
from liankong.store import log
from liankong.vocabulary.facts import CaseClassified, CaseCourseRecorded, Fact, OrderDone, ResultReported
from liankong.vocabulary.kinds import OrderKind, Outcome, PersonClass, ResultValue, TubeKind

EDITIONS = protocols.available()
RESULTS = list(product(TubeKind, ResultValue))


def reported(kind: TubeKind, value: ResultValue, persons: int) -> ResultReported:
    return ResultReported(result=1, tube="T", tube_kind=kind, value=value, persons=persons)


def asked(fact: Fact) -> set[str]:
    return set(log.answering(fact))


@pytest.mark.parametrize("verb", flow.ONLY, ids=flow.name_of)
def test_what_is_asked_about_is_a_field_of_a_fact_that_the_verb_answers(verb: flow.Verb) -> None:
    answered = [fact for fact, verbs in flow.FLOW.items() if verb in verbs]
    for name in flow.ONLY[verb]:
        assert any(name in {one.name for one in fields(fact)} or hasattr(fact, name) for fact in answered)


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda edition: edition.id)
@pytest.mark.parametrize(("kind", "value"), RESULTS)
def test_no_result_on_which_the_rules_would_act_is_kept_from_the_laboratorys_verbs(
    edition: Protocol, kind: TubeKind, value: ResultValue
) -> None:
    for persons, ct in product((1, 2, 10), (None, 20.0, 38.0)):
        if kind is TubeKind.SINGLE and persons > 1:
            continue
        action = rules.interpret(value, kind, persons, edition, ct=ct).action
        jobs = asked(reported(kind, value, persons))
        assert action is not LabAction.RECALL_POOL or "lab.recall_pool" in jobs
        assert action is not LabAction.OPEN_CASE or "cases.open_from_result" in jobs


def test_a_negative_pool_asks_nobody_but_those_who_follow_contacts() -> None:
    assert asked(reported(TubeKind.POOL, ResultValue.NEGATIVE, 10)) == {"tracing.on_result"}


@pytest.mark.parametrize("kind", OrderKind)
def test_an_order_that_is_done_asks_only_the_stage_that_such_an_order_belongs_to(kind: OrderKind) -> None:
    jobs = asked(OrderDone(order=1, order_kind=kind, late=False))
    assert ("isolation_trips.on_order_done" in jobs) is (kind in {OrderKind.TRANSFER, OrderKind.DOOR_KNOCK})
    places = {OrderKind.DISINFECTION, OrderKind.ENVIRONMENT_SAMPLE}
    assert ("zones.on_disinfection" in jobs) is (kind in places)
    assert "orders_waiting.release" in jobs


@pytest.mark.parametrize(("before", "after"), list(product(PersonClass, PersonClass)))
def test_contacts_are_graded_anew_when_a_case_is_excluded_or_becomes_one_again(
    before: PersonClass, after: PersonClass
) -> None:
    jobs = asked(CaseClassified(case=1, before=before, after=after))
    assert ("tracing.recompute_of_case" in jobs) is (PersonClass.EXCLUDED in (before, after))
    assert ("investigation.close_excluded" in jobs) is (after is PersonClass.EXCLUDED)


def test_contacts_are_graded_anew_when_an_onset_moves_and_not_when_a_patient_does() -> None:
    moved = CaseCourseRecorded(case=1, outcome=Outcome.IN_CARE, onset_changed=True)
    stayed = CaseCourseRecorded(case=1, outcome=Outcome.IN_CARE)
    assert "tracing.recompute_of_case" in asked(moved)
    assert "tracing.recompute_of_case" not in asked(stayed)
    assert "zones.on_case" in asked(stayed)


def test_kinds_of_orders_and_what_they_are_kept_as_are_the_same_words() -> None:
    """The log stores plain text: a fact read back must be answered as the one that was recorded."""
    fact = OrderDone(order=1, order_kind=OrderKind.TRANSFER, late=False)
    assert asked(OrderDone.from_body(fact.body())) == asked(fact)
