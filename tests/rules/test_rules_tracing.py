"""Who is a contact: one meeting under each edition, the regime that follows, and the checks of each day."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.rules import tracing, tracing_regime
from liankong.rules.tracing import Infected, Link, Meeting, grade, grade_secondary
from liankong.rules.tracing_regime import (
    Due,
    Sample,
    Standing,
    plan,
    release_conditions,
    reschedule,
    schedule,
)
from liankong.vocabulary.kinds import CheckKind, CheckState, ExposureKind, PersonClass, Protection, StayMode
from liankong.vocabulary.spans import SHANGHAI, Span

V8, V9 = protocols.load("CN-COV-v8"), protocols.load("CN-COV-v9")
TWENTY, CLASS_B = protocols.load("CN-COV-20"), protocols.load("CN-COV-BB")
MEASLES = protocols.load("CN-MEA-2009")
CLOSE, SECONDARY, GENERAL = (
    PersonClass.CLOSE_CONTACT,
    PersonClass.SECONDARY_CONTACT,
    PersonClass.GENERAL_CONTACT,
)


def moment(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """An hour of January 2022; days below 1 lie in December."""
    return datetime(2022, 1, 1, hour, minute, tzinfo=SHANGHAI) + timedelta(days=day - 1)


def met(day: int, kind: ExposureKind = ExposureKind.SHARED_MEAL, **more: object) -> Meeting:
    values = {"key": 1, "contact": 1, "case": 9, "from_at": moment(day), "until_at": moment(day, 13), **more}
    return Meeting(kind=kind, **values)  # type: ignore[arg-type]  # what a test names


ILL = Infected(found_at=moment(8), onset_on=date(2022, 1, 8))


@pytest.mark.parametrize(
    ("protocol", "first_day"),
    [("CN-COV-v8", 6), ("CN-COV-v8-L4", 4), ("CN-COV-v8-ZZ21", 3), ("CN-COV-v9", 6), ("CN-MEA-2009", 4)],
)
def test_each_city_looks_back_as_far_as_its_own_file_says(protocol: str, first_day: int) -> None:
    rule = protocols.load(protocol)
    assert grade(met(first_day), ILL, rule).gives is CLOSE
    assert grade(met(first_day - 1), ILL, rule).gives is None


def test_somebody_without_symptoms_counts_from_the_sampling() -> None:
    carrier = Infected(found_at=moment(9), sampled_at=moment(8, 7))
    assert grade(met(6), carrier, V8).gives is CLOSE
    assert grade(met(5), carrier, V8).gives is None


def test_whoever_was_positive_before_the_onset_infected_others_by_then() -> None:
    both = Infected(found_at=moment(6), sampled_at=moment(6, 7), onset_on=date(2022, 1, 8))
    assert tracing.anchor_day(both, V8) == date(2022, 1, 6)
    assert grade(met(4), both, V8).gives is CLOSE


def test_a_meeting_that_began_before_the_window_counts_from_the_window_on() -> None:
    living = met(8, ExposureKind.HOUSEHOLD, from_at=moment(1))
    found = grade(living, ILL, V8)
    assert found.from_at == moment(6, 0)
    assert found.until_at == moment(8, 13)


def test_measles_stops_counting_four_days_after_the_rash() -> None:
    assert grade(met(12), ILL, MEASLES).gives is CLOSE
    assert grade(met(13), ILL, MEASLES).gives is None


def test_the_criterion_and_its_instrument_are_named() -> None:
    found = grade(met(8, ExposureKind.CARE), ILL, V8)
    assert found.criterion == 2
    assert "第八版" in found.why.basis


@pytest.mark.parametrize(("metres", "gives"), [(0.5, CLOSE), (1.0, CLOSE), (1.1, GENERAL), (None, GENERAL)])
def test_in_one_vehicle_a_metre_decides(metres: float | None, gives: PersonClass) -> None:
    assert grade(met(8, ExposureKind.VEHICLE, metres=metres), ILL, V8).gives is gives


def test_in_a_car_nobody_sits_further_than_the_limit_and_in_a_bus_nobody_knows() -> None:
    assert tracing.metres_of_stay(StayMode.TAXI, V8) == 1.0
    assert tracing.metres_of_stay(StayMode.BUS, V8) is None
    assert tracing.kind_of_stay(StayMode.WALK) is None


@pytest.mark.parametrize(
    ("protection", "gives"),
    [
        (Protection.FULL, GENERAL),
        (Protection.RESPIRATOR, GENERAL),
        (Protection.MASK, CLOSE),
        (Protection.NONE, CLOSE),
        (Protection.UNKNOWN, CLOSE),
    ],
)
def test_effective_protection_makes_a_general_contact(protection: Protection, gives: PersonClass) -> None:
    assert grade(met(8, protection=protection), ILL, V8).gives is gives


def test_an_excluded_case_makes_nobody_a_contact() -> None:
    excluded = Infected(found_at=moment(8), onset_on=date(2022, 1, 8), excluded=True)
    assert grade(met(8), excluded, V8).gives is None


def test_retired_concepts_make_nobody_a_contact_and_name_what_retired_them() -> None:
    found = grade(met(8), ILL, CLASS_B)
    assert found.gives is None
    assert "乙类乙管" in found.why.sentence()
    link = Link(span=Span(moment(6)), kinds=frozenset({ExposureKind.HOUSEHOLD}))
    second = met(8, case=None, via=2)
    assert grade_secondary(second, link, V8).gives is SECONDARY
    gone = grade_secondary(second, link, TWENTY)
    assert gone.gives is None
    assert "二十条" in gone.why.sentence()
    assert "does not determine" in grade_secondary(second, link, MEASLES).why.sentence()


# --- contacts of contacts -----------------------------------------------------------------------------------


LINK = Link(span=Span(moment(6), moment(8)), kinds=frozenset({ExposureKind.HOUSEHOLD}))


@pytest.mark.parametrize(("day", "gives"), [(5, None), (6, SECONDARY), (7, SECONDARY), (9, None)])
def test_a_contacts_contact_counts_from_the_first_exposure_until_control(
    day: int, gives: PersonClass | None
) -> None:
    assert grade_secondary(met(day, case=None, via=2), LINK, V8).gives is gives


def test_the_ninth_edition_takes_only_those_who_live_eat_work_or_play_with_high_risk_contacts() -> None:
    meal = met(7, case=None, via=2)
    assert grade_secondary(meal, LINK, V9).gives is SECONDARY
    assert grade_secondary(met(7, ExposureKind.VISIT, case=None, via=2), LINK, V9).gives is None
    assert grade_secondary(met(7, case=None, via=2, prolonged=False), LINK, V9).gives is None
    passer = Link(span=LINK.span, kinds=frozenset({ExposureKind.VEHICLE}))
    assert grade_secondary(meal, passer, V9).gives is None
    assert grade_secondary(meal, passer, V8).gives is SECONDARY


def test_a_meeting_is_with_one_and_not_with_oneself() -> None:
    for wrong in ({"via": 2}, {"case": None}, {"case": None, "via": 1}, {"until_at": moment(1)}):
        with pytest.raises(ValueError, match=r"meeting|own contact"):
            met(8, **wrong)


# --- the regime ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("protocol", "gives", "release", "until"),
    [
        ("CN-COV-v8", CLOSE, date(2022, 1, 22), date(2022, 1, 29)),
        ("CN-COV-v8", SECONDARY, date(2022, 1, 15), date(2022, 1, 15)),
        ("CN-COV-v9", CLOSE, date(2022, 1, 15), date(2022, 1, 18)),
        ("CN-COV-v9", SECONDARY, date(2022, 1, 15), date(2022, 1, 15)),
        # Five days at a site and three of isolation at home: both are isolation.
        ("CN-COV-20", CLOSE, date(2022, 1, 16), date(2022, 1, 16)),
        # Monitoring alone ends with itself.
        ("CN-MEA-2009", CLOSE, date(2022, 1, 29), date(2022, 1, 29)),
    ],
)
def test_days_count_from_the_last_exposure(
    protocol: str, gives: PersonClass, release: date, until: date
) -> None:
    found = plan(gives, moment(8), protocols.load(protocol))
    assert found is not None
    assert (found.release_on, found.followed_until) == (release, until)


def test_nobody_is_kept_apart_as_a_general_contact_or_under_class_b() -> None:
    assert plan(GENERAL, moment(8), V8) is None
    assert plan(CLOSE, moment(8), CLASS_B) is None


def test_an_exposure_late_in_the_evening_belongs_to_its_local_day() -> None:
    found = plan(CLOSE, moment(8, 23, 30), V8)
    assert found is not None
    assert found.day_one == date(2022, 1, 9)


# --- the schedule ---------------------------------------------------------------------------------------------


def swabs(found: tuple[Due, ...]) -> list[tuple[int, int]]:
    return [(one.day, one.turn) for one in found if one.kind is CheckKind.TEST]


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("CN-COV-v8", [(1, 1), (4, 1), (7, 1), (14, 1), (14, 2)]),
        # Days 1, 2, 3, 5 and 7 at the site, and the third day at home.
        ("CN-COV-v9", [(1, 1), (2, 1), (3, 1), (5, 1), (7, 1), (10, 1)]),
        ("CN-COV-20", [(1, 1), (2, 1), (3, 1), (5, 1), (6, 1), (8, 1)]),
        ("CN-MEA-2009", []),
    ],
)
def test_tests_fall_on_the_protocols_days(protocol: str, expected: list[tuple[int, int]]) -> None:
    rule = protocols.load(protocol)
    found = plan(CLOSE, moment(8), rule)
    assert found is not None
    assert swabs(schedule(found, rule, start_at=moment(8))) == expected


def test_somebody_found_late_is_tested_at_once_and_then_on_the_days_that_are_left() -> None:
    found = plan(CLOSE, moment(8), V8)
    assert found is not None
    late = schedule(found, V8, start_at=moment(14))
    assert swabs(late) == [(6, 1), (7, 1), (14, 1), (14, 2)]
    assert swabs(schedule(found, V8, start_at=moment(14), catch_up=False))[0] == (7, 1)


def test_temperatures_are_taken_twice_on_every_day_that_is_left() -> None:
    found = plan(CLOSE, moment(8), V8)
    assert found is not None
    due = [one for one in schedule(found, V8, start_at=moment(8)) if one.kind is CheckKind.TEMPERATURE]
    # One is left of the first day, and there are 21 days of isolation and monitoring.
    assert len(due) == 1 + 2 * 21
    assert {one.due_at.astimezone(SHANGHAI).hour for one in due} == {9, 16}


@given(st.integers(0, 30), st.integers(0, 23))
def test_no_check_is_due_before_it_was_ordered_or_after_the_regime(day: int, hour: int) -> None:
    start = moment(8 + day, hour)
    for protocol in (V8, V9, TWENTY, MEASLES):
        found = plan(CLOSE, moment(8), protocol)
        assert found is not None
        due = schedule(found, protocol, start_at=start)
        assert all(one.due_at > start for one in due)
        assert all(one.due_on <= found.followed_until for one in due)
        assert len({one.key for one in due}) == len(due)


@given(
    st.lists(st.integers(0, 20), max_size=4),
    st.integers(0, 12),
    st.sets(st.integers(0, 200), max_size=30),
)
def test_a_schedule_made_anew_keeps_what_was_done_and_leaves_exactly_the_new_plan_ahead(
    moves: list[int], now_day: int, done: set[int]
) -> None:
    """However often the last exposure moves: done checks stay, and ahead of now stands the last plan and no more."""
    start, now = moment(8), moment(8 + now_day, 13)
    there: dict[int, Standing] = {}
    keys = iter(range(1, 10_000))

    def take(found: tuple[Due, ...]) -> None:
        moved = reschedule(found, there.values(), now=now)
        for key in moved.cancel:
            del there[key]
        for one in moved.make:
            key = next(keys)
            state = CheckState.DONE if key in done else CheckState.DUE
            there[key] = Standing(
                key=key, kind=one.kind, due_on=one.due_on, turn=one.turn, due_at=one.due_at, state=state
            )

    first = plan(CLOSE, moment(8), V8)
    assert first is not None
    take(schedule(first, V8, start_at=start))
    finished = {key for key, one in there.items() if one.state is CheckState.DONE}
    wanted = schedule(first, V8, start_at=now, catch_up=False)
    for move in moves:
        moved = plan(CLOSE, moment(8 + move), V8)
        assert moved is not None
        wanted = schedule(moved, V8, start_at=now, catch_up=False)
        take(wanted)
    assert finished <= there.keys()
    ahead = {(one.kind, one.due_on, one.turn) for one in there.values() if one.due_at > now}
    open_ahead = {
        (one.kind, one.due_on, one.turn)
        for one in there.values()
        if one.due_at > now and one.state is CheckState.DUE
    }
    assert open_ahead <= {one.key for one in wanted} <= ahead


# --- release ----------------------------------------------------------------------------------------------------


def samples(*values: str) -> list[Sample]:
    days = (9, 12, 15, 22, 22)
    return [Sample(due_on=date(2022, 1, day), value=value) for day, value in zip(days, values, strict=False)]


def unmet(today: date, tests: list[Sample], **more: int) -> list[str]:
    found = release_conditions(date(2022, 1, 22), today=today, tests=tests, **more)
    return [one.code for one in found if not one.met]


def test_release_needs_the_day_and_every_test_negative() -> None:
    clean = samples(*["negative"] * 5)
    assert unmet(date(2022, 1, 22), clean) == []
    assert unmet(date(2022, 1, 21), clean) == ["day"]
    # Of the two samples of the last day, one is not enough.
    assert unmet(date(2022, 1, 22), samples(*["negative"] * 4, "")) == ["tests"]
    assert unmet(date(2022, 1, 22), samples(*["negative"] * 4, "positive")) == ["tests"]
    assert unmet(date(2022, 1, 22), clean, linkage_open=1) == ["linkage"]


def test_a_test_of_the_home_days_does_not_hold_up_release() -> None:
    later = [Sample(due_on=date(2022, 1, 25))]
    assert unmet(date(2022, 1, 22), later) == []


def test_fever_is_the_protocols_number() -> None:
    assert tracing_regime.is_fever(37.3, V8)
    assert not tracing_regime.is_fever(37.2, V8)
    assert not tracing_regime.is_fever(40.0, CLASS_B)
