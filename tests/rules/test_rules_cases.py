"""What a person is to the response, how ill, where from, and by when it must be reported."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.protocols import Change, Evidence, Protocol, Unstated
from liankong.protocols.model import Example
from liankong.rules.cases import (
    CaseFacts,
    classify,
    course_fault,
    course_faults,
    evidence_of,
    opening_class,
    origin_of,
    reclassify,
    report_deadline,
    review_deadline,
)
from liankong.rules.examples import ExampleError, run
from liankong.vocabulary.facts import CaseRecord
from liankong.vocabulary.kinds import CASE_CLASSES, Origin, Outcome, PersonClass, ResultValue, Severity
from liankong.vocabulary.spans import SHANGHAI, local

V8 = protocols.load("CN-COV-v8")
CLASS_B = protocols.load("CN-COV-BB")
MEASLES = protocols.load("CN-MEA-2009")
ALL = protocols.available()
any_protocol = st.sampled_from(ALL)
FEVER, CT, BLOOD = "fever_respiratory", "imaging", "blood_count"


def facts_of(protocol: Protocol) -> st.SearchStrategy[CaseFacts]:
    number = st.none() | st.floats(0, 500)
    return st.builds(
        CaseFacts,
        laboratory=st.sampled_from(list(Evidence)),
        reviewed=st.booleans(),
        signs=st.frozensets(st.sampled_from([sign.code for sign in protocol.cases.signs])),
        epi_link=st.booleans(),
        respiratory_rate=number,
        spo2=number,
        pao2_fio2=number,
    )


protocol_and_facts = any_protocol.flatmap(lambda one: st.tuples(st.just(one), facts_of(one)))


# --- the class --------------------------------------------------------------------------------------------


def positive(*signs: str, reviewed: bool = True, **numbers: float) -> CaseFacts:
    return CaseFacts(laboratory=Evidence.POSITIVE, reviewed=reviewed, signs=frozenset(signs), **numbers)


def test_a_screening_positive_stays_pending_until_experts_have_looked() -> None:
    for facts in (positive(reviewed=False), positive(FEVER, CT, reviewed=False)):
        found = classify(facts, V8)
        assert (found.classification, found.severity) == (PersonClass.PENDING_REVIEW, None)


def test_reviewed_without_symptoms_is_asymptomatic_and_has_no_severity() -> None:
    found = classify(positive(), V8)
    assert (found.classification, found.severity, found.row) == (
        PersonClass.ASYMPTOMATIC,
        None,
        "asymptomatic",
    )


def test_a_blood_count_alone_is_no_symptom() -> None:
    assert classify(positive(BLOOD), V8).classification is PersonClass.ASYMPTOMATIC


def test_a_review_that_finds_it_negative_excludes() -> None:
    facts = CaseFacts(
        laboratory=Evidence.NEGATIVE, reviewed=True, signs=frozenset({FEVER, CT}), epi_link=True
    )
    assert classify(facts, V8).classification is PersonClass.EXCLUDED


@pytest.mark.parametrize(
    ("signs", "exposed", "expected"),
    [
        ({FEVER, CT}, True, PersonClass.SUSPECTED),
        ({FEVER, BLOOD}, True, PersonClass.SUSPECTED),
        ({FEVER}, True, PersonClass.EXCLUDED),
        ({FEVER, CT}, False, PersonClass.EXCLUDED),
        ({FEVER, CT, BLOOD}, False, PersonClass.SUSPECTED),
        (set(), True, PersonClass.EXCLUDED),
    ],
)
def test_without_a_test_the_signs_and_the_exposure_decide_on_suspicion(
    signs: set[str], exposed: bool, expected: PersonClass
) -> None:
    assert classify(CaseFacts(signs=frozenset(signs), epi_link=exposed), V8).classification is expected


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        (positive(FEVER), Severity.MILD),
        (positive(FEVER, respiratory_rate=29.9, spo2=93.1, pao2_fio2=300.1), Severity.MILD),
        (positive(FEVER, CT), Severity.COMMON),
        (positive(FEVER, respiratory_rate=30), Severity.SEVERE),
        (positive(FEVER, spo2=93), Severity.SEVERE),
        (positive(FEVER, CT, pao2_fio2=300), Severity.SEVERE),
        (positive(FEVER, "shock"), Severity.CRITICAL),
        (positive(FEVER, CT, "ventilation", respiratory_rate=40), Severity.CRITICAL),
    ],
)
def test_the_gravest_row_that_fits_gives_the_severity(facts: CaseFacts, severity: Severity) -> None:
    found = classify(facts, V8)
    assert (found.classification, found.severity) == (PersonClass.CONFIRMED, severity)


def test_a_severity_names_the_threshold_that_was_crossed() -> None:
    numbers = classify(positive(FEVER, spo2=90), V8).why.numbers
    assert [number.path for number in numbers] == [
        "cases.rows[2]",
        "cases.severity[1]",
        "cases.severity[1].thresholds[1]",
    ]
    assert numbers[-1].value == "at most 93 % at rest"


def test_under_class_b_nobody_waits_for_a_review() -> None:
    assert classify(positive(FEVER, reviewed=False), CLASS_B).classification is PersonClass.CONFIRMED
    assert opening_class(CLASS_B).classification is PersonClass.ASYMPTOMATIC


def test_a_positive_alone_opens_as_pending_review_under_the_eighth_edition() -> None:
    assert opening_class(V8).classification is PersonClass.PENDING_REVIEW
    assert opening_class(MEASLES).classification is PersonClass.CONFIRMED


def test_measles_confirms_by_laboratory_or_by_a_link() -> None:
    signs = frozenset({"fever", "rash", "coryza"})
    assert classify(CaseFacts(signs=signs), MEASLES).classification is PersonClass.SUSPECTED
    assert classify(CaseFacts(signs=signs, epi_link=True), MEASLES).classification is PersonClass.CONFIRMED
    assert classify(CaseFacts(laboratory=Evidence.POSITIVE), MEASLES).row == "laboratory"
    negative = CaseFacts(laboratory=Evidence.NEGATIVE, reviewed=True, signs=signs)
    assert classify(negative, MEASLES).row == "discarded"


def test_a_sign_that_the_protocol_does_not_know_is_refused_with_a_hint() -> None:
    with pytest.raises(ValueError, match="did you mean 'imaging'"):
        classify(positive("imagin"), V8)
    with pytest.raises(ValueError, match="CN-MEA-2009 knows no sign 'shock'; there are fever"):
        classify(CaseFacts(signs=frozenset({"shock"})), MEASLES)


def test_results_become_evidence() -> None:
    assert [evidence_of(value) for value in ResultValue] == [
        Evidence.POSITIVE,
        Evidence.NEGATIVE,
        Evidence.NONE,
    ]


@given(protocol_and_facts)
def test_every_person_gets_exactly_one_class_that_the_protocol_gives(
    both: tuple[Protocol, CaseFacts],
) -> None:
    protocol, facts = both
    found = classify(facts, protocol)
    given_by_rows = {row.gives for row in protocol.cases.rows} | {PersonClass.EXCLUDED}
    assert found.classification in given_by_rows
    assert (found.severity is not None) <= (found.classification is PersonClass.CONFIRMED)
    assert found.why.protocol == protocol.id
    assert found.why.sentence()


@given(protocol_and_facts)
def test_the_class_is_what_reading_the_table_row_by_row_gives(both: tuple[Protocol, CaseFacts]) -> None:
    """A plain reader as oracle: strike out the rows that any column contradicts, take the first that is left."""
    protocol, facts = both
    symptoms = {sign.code for sign in protocol.cases.signs if sign.symptom} & facts.signs
    left = list(protocol.cases.rows)
    left = [row for row in left if row.laboratory is None or row.laboratory == facts.laboratory]
    left = [row for row in left if row.reviewed is None or row.reviewed == facts.reviewed]
    left = [row for row in left if row.epi_link is None or row.epi_link == facts.epi_link]
    left = [row for row in left if row.symptoms is None or row.symptoms == bool(symptoms)]
    left = [row for row in left if all(sign in facts.signs for sign in row.signs_all)]
    left = [row for row in left if not row.signs_any or any(sign in facts.signs for sign in row.signs_any)]
    left = [row for row in left if row.signs_at_least <= len(facts.signs)]
    expected = (left[0].code, left[0].gives) if left else ("", PersonClass.EXCLUDED)
    found = classify(facts, protocol)
    assert (found.row, found.classification) == expected


confirmed_facts = st.builds(
    CaseFacts,
    laboratory=st.just(Evidence.POSITIVE),
    reviewed=st.just(True),
    signs=st.frozensets(st.sampled_from([sign.code for sign in V8.cases.signs])).map(
        lambda signs: signs | {FEVER}
    ),
    respiratory_rate=st.none() | st.floats(5, 60),
    spo2=st.none() | st.floats(60, 100),
    pao2_fio2=st.none() | st.floats(50, 500),
)


@given(
    confirmed_facts,
    st.floats(0, 20),
    st.floats(0, 20),
    st.sampled_from([sign.code for sign in V8.cases.signs]),
)
def test_worse_breathing_or_one_more_sign_never_makes_a_case_milder(
    facts: CaseFacts, faster: float, less: float, sign: str
) -> None:
    worse = replace(
        facts,
        signs=facts.signs | {sign},
        respiratory_rate=(facts.respiratory_rate or 0) + faster,
        spo2=(facts.spo2 if facts.spo2 is not None else 100) - less,
    )
    before, after = classify(facts, V8).severity, classify(worse, V8).severity
    assert before is not None
    assert after is not None
    order = list(Severity)
    assert order.index(after) >= order.index(before)


# --- changes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "reason", "change"),
    [
        (PersonClass.PENDING_REVIEW, PersonClass.CONFIRMED, "", Change.VERIFICATION),
        (PersonClass.PENDING_REVIEW, PersonClass.ASYMPTOMATIC, "", Change.VERIFICATION),
        (PersonClass.PENDING_REVIEW, PersonClass.EXCLUDED, "reviewed negative twice", Change.EXCLUSION),
        (PersonClass.ASYMPTOMATIC, PersonClass.CONFIRMED, "", Change.CONVERSION),
        (PersonClass.SUSPECTED, PersonClass.EXCLUDED, "two negatives", Change.EXCLUSION),
        (PersonClass.CONFIRMED, PersonClass.EXCLUDED, "counted twice", Change.WRITE_OFF),
        (PersonClass.EXCLUDED, PersonClass.PENDING_REVIEW, "positive again", Change.REOPENING),
    ],
)
def test_lawful_changes_say_as_what_bulletins_count_them(
    before: PersonClass, after: PersonClass, reason: str, change: Change
) -> None:
    verdict = reclassify(before, after, V8, reason=reason)
    assert (verdict.allowed, verdict.change, verdict.field) == (True, change, "")


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        (PersonClass.CONFIRMED, PersonClass.PENDING_REVIEW, "classification"),
        (PersonClass.ASYMPTOMATIC, PersonClass.SUSPECTED, "classification"),
        (PersonClass.CLOSE_CONTACT, PersonClass.CONFIRMED, "classification"),
        (PersonClass.CONFIRMED, PersonClass.CONFIRMED, "classification"),
        (PersonClass.CONFIRMED, PersonClass.EXCLUDED, "reason"),
        (PersonClass.PENDING_REVIEW, PersonClass.EXCLUDED, "reason"),
    ],
)
def test_unlawful_changes_name_what_is_at_fault(before: PersonClass, after: PersonClass, field: str) -> None:
    verdict = reclassify(before, after, V8, reason="  ")
    assert not verdict.allowed
    assert verdict.field == field
    assert verdict.message


def test_a_change_of_severity_alone_is_allowed_and_is_no_change_of_class() -> None:
    same = PersonClass.CONFIRMED
    verdict = reclassify(same, same, V8, severity=Severity.SEVERE, severity_before=Severity.COMMON)
    assert (verdict.allowed, verdict.change) == (True, None)
    assert not reclassify(same, same, V8, severity=Severity.SEVERE, severity_before=Severity.SEVERE).allowed


def test_only_a_confirmed_case_has_a_severity() -> None:
    verdict = reclassify(PersonClass.PENDING_REVIEW, PersonClass.ASYMPTOMATIC, V8, severity=Severity.MILD)
    assert (verdict.allowed, verdict.field) == (False, "severity")
    assert "asymptomatic" in verdict.message


def test_a_change_against_the_facts_is_refused() -> None:
    verdict = reclassify(PersonClass.ASYMPTOMATIC, PersonClass.CONFIRMED, V8, facts=positive())
    assert not verdict.allowed
    assert "The facts make it asymptomatic" in verdict.message
    assert reclassify(PersonClass.ASYMPTOMATIC, PersonClass.CONFIRMED, V8, facts=positive(FEVER)).allowed


def test_class_b_knows_no_way_to_pending_review() -> None:
    for before in CASE_CLASSES:
        assert not reclassify(before, PersonClass.PENDING_REVIEW, CLASS_B, reason="x").allowed


@given(any_protocol, st.sampled_from(list(PersonClass)), st.sampled_from(list(PersonClass)))
def test_a_reason_never_makes_a_lawful_change_unlawful(
    protocol: Protocol, before: PersonClass, after: PersonClass
) -> None:
    without, with_reason = (
        reclassify(before, after, protocol),
        reclassify(before, after, protocol, reason="said so"),
    )
    assert with_reason.allowed >= without.allowed


@given(any_protocol)
def test_every_class_that_can_be_given_can_be_left_or_is_open_to_correction(protocol: Protocol) -> None:
    """Nobody is stuck in a class by a slip of the table: whatever the table gives can be excluded, with a
    reason.
    """
    for gives in {row.gives for row in protocol.cases.rows} - {PersonClass.EXCLUDED}:
        assert reclassify(gives, PersonClass.EXCLUDED, protocol, reason="wrong").allowed


# --- clocks and origin ------------------------------------------------------------------------------------


def test_a_positive_found_at_half_past_two_is_due_at_half_past_four() -> None:
    found_at = datetime(2022, 1, 8, 2, 30, tzinfo=SHANGHAI)
    deadline = report_deadline(found_at, V8)
    assert deadline.due_at == datetime(2022, 1, 8, 4, 30, tzinfo=SHANGHAI)
    assert [str(number.grade) for number in deadline.why.numbers] == ["S1"]


def test_class_b_and_measles_leave_a_day() -> None:
    found_at = datetime(2024, 3, 1, 9, tzinfo=SHANGHAI)
    for protocol in (CLASS_B, MEASLES):
        assert report_deadline(found_at, protocol).due_at - found_at == timedelta(hours=24)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        report_deadline(datetime(2022, 1, 8, 2, 30), V8)  # noqa: DTZ001  # on purpose


def test_a_review_has_a_deadline_only_where_there_is_a_review() -> None:
    found_at = datetime(2022, 1, 8, 2, 30, tzinfo=SHANGHAI)
    deadline = review_deadline(found_at, V8)
    assert deadline is not None
    assert deadline.due_at - found_at == timedelta(hours=2)
    assert review_deadline(found_at, MEASLES) is None


def test_a_protocol_without_a_report_limit_says_so() -> None:
    with pytest.raises(Unstated, match=r"clocks\.investigation"):
        V8.clock("investigation")


@pytest.mark.parametrize(
    ("entered", "reference", "local_source", "origin"),
    [
        (date(2021, 12, 25), date(2022, 1, 8), False, Origin.IMPORTED),
        (date(2021, 12, 24), date(2022, 1, 8), False, Origin.LOCAL),
        (date(2022, 1, 8), date(2022, 1, 8), False, Origin.IMPORTED),
        (date(2022, 1, 8), date(2022, 1, 3), False, Origin.IMPORTED),
        (date(2022, 1, 7), date(2022, 1, 8), True, Origin.LOCAL),
        (None, date(2022, 1, 8), False, Origin.LOCAL),
    ],
)
def test_origin_follows_the_window_after_entry(
    entered: date | None, reference: date, local_source: bool, origin: Origin
) -> None:
    assert (
        origin_of(entered=entered, reference=reference, protocol=V8, local_source=local_source).origin
        is origin
    )


@given(any_protocol, st.dates(date(2020, 1, 1), date(2024, 1, 1)), st.integers(0, 40))
def test_once_past_the_window_never_imported_again(protocol: Protocol, entered: date, days: int) -> None:
    window = protocol.cases.import_window.value.days
    found = origin_of(entered=entered, reference=entered + timedelta(days=days), protocol=protocol)
    assert (found.origin is Origin.IMPORTED) == (days <= window)


# --- the course -------------------------------------------------------------------------------------------


def record(**fields: object) -> CaseRecord:
    return CaseRecord(key="1", **fields)  # type: ignore[arg-type]  # fields are given by name in each story


def faults(**fields: object) -> list[str]:
    return [fault.field for fault in course_faults(record(**fields), today=date(2022, 2, 1))]


def test_a_sound_course_has_no_fault() -> None:
    days = {"onset": date(2022, 1, 7), "admitted": date(2022, 1, 9), "confirmed": date(2022, 1, 9)}
    assert (
        faults(**days, outcome=Outcome.CURED, outcome_day=date(2022, 1, 25), severity=Severity.COMMON) == []
    )


def test_nobody_is_cured_before_being_admitted() -> None:
    assert faults(admitted=date(2022, 1, 9), outcome=Outcome.CURED, outcome_day=date(2022, 1, 8)) == [
        "outcome_day"
    ]


def test_a_conversion_may_be_in_hospital_before_the_first_symptom() -> None:
    assert faults(admitted=date(2022, 1, 9), onset=date(2022, 1, 12)) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"outcome": Outcome.DEAD, "outcome_day": None}, "died"),
        ({"died": date(2022, 1, 9), "outcome": Outcome.CURED}, "died"),
        ({"died": date(2022, 1, 9), "outcome": Outcome.DEAD, "outcome_day": date(2022, 1, 10)}, "died"),
        ({"classification": PersonClass.ASYMPTOMATIC, "outcome": Outcome.CURED}, "outcome"),
        ({"classification": PersonClass.CONFIRMED, "outcome": Outcome.RELEASED}, "outcome"),
        ({"classification": PersonClass.ASYMPTOMATIC, "severity": Severity.MILD}, "severity"),
        ({"onset": date(2022, 2, 2)}, "onset"),
        ({"exposed_from": date(2022, 1, 5), "exposed_to": date(2022, 1, 4)}, "exposed_to"),
        ({"sampled": date(2022, 1, 5), "confirmed": date(2022, 1, 4)}, "confirmed"),
    ],
)
def test_a_course_that_cannot_be_names_the_field(fields: dict[str, object], field: str) -> None:
    assert faults(**fields) == [field]


def test_an_open_case_is_judged_to_the_minute() -> None:
    admitted = local(date(2022, 1, 9)) + timedelta(hours=10)
    known = {
        "classification": PersonClass.CONFIRMED,
        "admitted_at": admitted,
        "now": admitted + timedelta(days=20),
    }

    def fault(outcome: Outcome, at: datetime | None) -> str:
        found = course_fault(**known, outcome=outcome, outcome_at=at)  # type: ignore[arg-type]  # given by name
        return found.field if found else ""

    assert fault(Outcome.IN_CARE, None) == ""
    assert fault(Outcome.CURED, admitted + timedelta(days=14)) == ""
    assert fault(Outcome.DEAD, admitted + timedelta(hours=1)) == ""
    assert fault(Outcome.CURED, admitted - timedelta(minutes=1)) == "outcome_at"
    assert fault(Outcome.CURED, admitted + timedelta(days=21)) == "outcome_at"
    assert fault(Outcome.RELEASED, admitted + timedelta(days=14)) == "outcome"


# --- worked examples that cannot be run --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "given", "then", "said"),
    [
        ("cases.clasify", {}, {"row": ""}, "no rule 'cases.clasify'"),
        ("cases.classify", {"sings": []}, {"row": ""}, "sings"),
        ("cases.origin_of", {"enterd": "2022-01-01"}, {"origin": "local"}, "unknown 'enterd'"),
        ("cases.classify", {}, {"clas": "x"}, "gives no 'clas'"),
        ("lab.interpret", {"value": "green", "tube_kind": "pool", "members": [1]}, {"action": "x"}, "green"),
    ],
)
def test_an_example_that_says_nothing_is_an_error_and_no_success(
    rule: str, given: dict[str, object], then: dict[str, object], said: str
) -> None:
    with pytest.raises(ExampleError, match=said):
        run(Example(name="an example", rule=rule, given=given, then=then), V8)


def test_an_example_that_is_wrong_shows_what_the_rule_says() -> None:
    example = Example(name="wrong", rule="protocol.has", given={"concepts": ["zones"]}, then={"has": False})
    assert [str(difference) for difference in run(example, V8)] == ["has: expected False, the rule says True"]
