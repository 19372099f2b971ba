"""From case histories to figures: whatever happens, the bulletin balances and nothing moves silently."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liankong.rules.bulletins import (
    DAY,
    EPIDEMIC,
    Bulletin,
    CaseState,
    Counted,
    FigureError,
    Identity,
    Key,
    Known,
    Measure,
    Series,
    State,
    Window,
    check,
    may_sign,
    tally,
)
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, Severity

FIRST = date(2022, 1, 8)
ROUND = Window.since(date(2022, 1, 10))
CITY = "12"
DISTRICTS = ("120112", "120101")


def at(day: int, hour: int = 10) -> datetime:
    """`hour` o'clock in Shanghai on the given day of January 2022."""
    return datetime(2022, 1, day, hour, tzinfo=UTC) - timedelta(hours=8)


def count(day: int, *cases: CaseState, windows: tuple[Window, ...] = (EPIDEMIC,)) -> Bulletin:
    return tally(cases, place=CITY, day=date(2022, 1, day), windows=windows, divisions=DISTRICTS)


known = st.builds(
    Known,
    since=st.integers(8 * 24, 15 * 24).map(lambda hour: at(1, 0) + timedelta(hours=hour)),
    person_class=st.sampled_from(
        [
            PersonClass.CONFIRMED,
            PersonClass.CONFIRMED,
            PersonClass.ASYMPTOMATIC,
            PersonClass.ASYMPTOMATIC,
            PersonClass.SUSPECTED,
            PersonClass.PENDING_REVIEW,
            PersonClass.EXCLUDED,
            PersonClass.CLOSE_CONTACT,
        ]
    ),
    origin=st.sampled_from(list(Origin)),
    place=st.sampled_from(["120112100", "120112", "120101", "12", "1201", "41"]),
    outcome=st.sampled_from(list(Outcome)),
    severity=st.sampled_from([None, *Severity]),
)
histories = st.lists(st.lists(known, min_size=1, max_size=5, unique_by=lambda k: k.since), max_size=6).map(
    lambda found: [
        CaseState(case=str(i), history=tuple(sorted(history, key=lambda k: k.since)))
        for i, history in enumerate(found)
    ]
)


@settings(deadline=None)
@given(histories, st.integers(10, 16), st.sampled_from([(EPIDEMIC,), (ROUND,), (EPIDEMIC, ROUND)]))
def test_any_set_of_histories_gives_a_bulletin_that_balances(
    cases: list[CaseState], day: int, windows: tuple[Window, ...]
) -> None:
    today = count(day, *cases, windows=windows)
    findings = check(today) if day == 10 else check(today, count(day - 1, *cases, windows=windows))
    failed = [f for f in findings if f.state is State.FAILED]
    assert not failed, failed
    assert may_sign(findings)


@settings(deadline=None)
@given(histories, st.integers(9, 15))
def test_what_was_learnt_later_never_changes_an_old_evening(cases: list[CaseState], day: int) -> None:
    evening = at(day, 0) + timedelta(days=1)
    as_known = [
        CaseState(case=c.case, history=kept)
        for c in cases
        if (kept := tuple(k for k in c.history if k.since < evening))
    ]
    assert count(day, *cases) == count(day, *as_known)


@settings(deadline=None)
@given(histories, st.integers(9, 15))
def test_the_totals_agree_with_counting_the_cases_by_hand(cases: list[CaseState], day: int) -> None:
    evening = at(day, 0) + timedelta(days=1)
    last = [kept[-1] for c in cases if (kept := [k for k in c.history if k.since < evening])]
    here = [k for k in last if k.place.startswith(CITY)]
    today = count(day, *cases)
    confirmed = sum(k.person_class is PersonClass.CONFIRMED for k in here)
    assert today.number(Series.CONFIRMED, Measure.REPORTED, EPIDEMIC) == confirmed
    positives = sum(
        k.person_class in {PersonClass.CONFIRMED, PersonClass.ASYMPTOMATIC, PersonClass.PENDING_REVIEW}
        for k in here
    )
    assert today.number(Series.POSITIVES, Measure.REPORTED, EPIDEMIC) == positives


def case(*history: Known) -> CaseState:
    return CaseState(case="1", history=history)


def state(day: int, person_class: PersonClass, place: str = "120112", **other: object) -> Known:
    return Known(
        since=at(day),
        person_class=person_class,
        place=place,
        **{"origin": Origin.LOCAL, **other},  # type: ignore[arg-type]
    )


def test_a_conversion_is_inside_new_confirmed_and_leaves_the_asymptomatic() -> None:
    converted = case(state(9, PersonClass.ASYMPTOMATIC), state(11, PersonClass.CONFIRMED))
    today = count(11, converted)
    assert today.number(Series.CONFIRMED, Measure.REPORTED, DAY) == 1
    assert today.number(Series.CONFIRMED, Measure.CONVERTED_IN, DAY) == 1
    assert today.number(Series.ASYMPTOMATIC, Measure.REPORTED, DAY) == 0
    assert today.number(Series.ASYMPTOMATIC, Measure.CONVERTED_OUT, DAY) == 1
    assert today.number(Series.ASYMPTOMATIC, Measure.REPORTED, EPIDEMIC) == 1
    assert today.number(Series.ASYMPTOMATIC, Measure.UNDER_OBSERVATION, EPIDEMIC) == 0
    assert today.adjustments == ()


def test_asymptomatic_in_the_morning_and_confirmed_at_night_is_one_new_confirmed_case() -> None:
    today = count(
        9,
        case(
            state(9, PersonClass.ASYMPTOMATIC),
            Known(since=at(9, 23), person_class=PersonClass.CONFIRMED, origin=Origin.LOCAL, place="120112"),
        ),
    )
    assert today.number(Series.CONFIRMED, Measure.REPORTED, DAY) == 1
    assert today.number(Series.ASYMPTOMATIC, Measure.REPORTED, EPIDEMIC) == 0


def test_an_excluded_case_is_written_off_with_a_line_and_not_as_a_negative_new_case() -> None:
    excluded = case(state(9, PersonClass.CONFIRMED), state(11, PersonClass.EXCLUDED))
    today = count(11, excluded)
    assert today.number(Series.CONFIRMED, Measure.REPORTED, DAY) == 0
    assert today.number(Series.CONFIRMED, Measure.REPORTED, EPIDEMIC) == 0
    line = next(
        a
        for a in today.adjustments
        if a.key == Key(series=Series.CONFIRMED, measure=Measure.REPORTED, window=EPIDEMIC, place=CITY)
    )
    assert (line.delta, line.reason, line.explains) == (-1, "excluded", Identity.CARRIED)
    carried = next(
        f for f in check(today, count(10, excluded)) if f.identity is Identity.CARRIED and f.key == line.key
    )
    assert carried.state is State.EXPLAINED
    assert carried.arithmetic == "0 = 1 + 0 - 1"


def test_a_case_found_to_live_in_the_next_district_moves_by_adjustment() -> None:
    moved = case(state(9, PersonClass.CONFIRMED, "120112"), state(12, PersonClass.CONFIRMED, "120101"))
    today = count(12, moved)
    lines = {
        (a.key.place, a.delta)
        for a in today.adjustments
        if a.key.measure is Measure.REPORTED
        and a.key.series is Series.CONFIRMED
        and a.key.origin is Counted.LOCAL
    }
    assert lines == {("120112", -1), ("120101", 1)}
    assert today.number(Series.CONFIRMED, Measure.REPORTED, DAY) == 0
    assert may_sign(check(today, count(11, moved)))


def test_a_write_off_that_is_left_unsaid_blocks_the_signature() -> None:
    excluded = case(state(9, PersonClass.CONFIRMED), state(11, PersonClass.EXCLUDED))
    today = count(11, excluded)
    silent = Bulletin(place=today.place, day=today.day, figures=today.figures, rollups=today.rollups)
    assert not may_sign(check(silent, count(10, excluded)))


def test_an_old_case_cured_today_is_told_apart_from_the_round() -> None:
    old = case(
        state(9, PersonClass.CONFIRMED),
        Known(
            since=at(12),
            person_class=PersonClass.CONFIRMED,
            origin=Origin.LOCAL,
            place="120112",
            outcome=Outcome.CURED,
        ),
    )
    today = count(12, old, windows=(EPIDEMIC, ROUND))
    assert today.number(Series.CONFIRMED, Measure.CURED, DAY) == 1
    assert today.number(Series.CONFIRMED, Measure.CURED, EPIDEMIC) == 1
    assert today.number(Series.CONFIRMED, Measure.CURED, ROUND) == 0
    assert {a.reason for a in today.adjustments} == {"before_baseline"}


def test_a_case_known_only_to_the_city_is_shown_as_unplaced() -> None:
    today = count(9, case(state(9, PersonClass.CONFIRMED, "12")))
    assert today.number(Series.CONFIRMED, Measure.REPORTED, DAY, place="unplaced") == 1
    places = [f for f in check(today) if f.identity is Identity.PLACES]
    assert places
    assert all(f.state is State.OK for f in places)


def test_a_bulletin_at_noon_leaves_out_the_afternoon() -> None:
    afternoon = Known(since=at(9, 15), person_class=PersonClass.CONFIRMED, origin=Origin.LOCAL, place="12")
    today = tally([case(afternoon)], place=CITY, day=date(2022, 1, 9), until=at(9, 12))
    assert today.number(Series.CONFIRMED, Measure.REPORTED, DAY) == 0
    assert str(today.until) == "12:00:00"


def test_a_baseline_after_the_day_is_refused() -> None:
    with pytest.raises(FigureError, match="no baseline for a bulletin of 2022-01-09"):
        count(9, windows=(ROUND,))


def test_separate_histories_are_woven_into_one() -> None:
    woven = CaseState.of(
        "7",
        classes=[(at(9), PersonClass.PENDING_REVIEW), (at(10), PersonClass.CONFIRMED)],
        places=[(at(8), "120112")],
        origins=[(at(11), Origin.LOCAL)],
        outcomes=[(at(12), Outcome.CURED)],
    )
    assert [k.since for k in woven.history] == [at(9), at(10), at(11), at(12)]
    assert [k.origin for k in woven.history] == [Origin.UNKNOWN, Origin.UNKNOWN, Origin.LOCAL, Origin.LOCAL]
    assert woven.history[-1].outcome is Outcome.CURED
