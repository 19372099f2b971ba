"""Delays, curves and demography against plain counting."""

import statistics
from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.epi.arrays import days, to_date
from liankong.epi.curves import epidemic_curve
from liankong.epi.delays import delay, describe, upper_fence
from liankong.epi.demography import sex_by_age

DAY = st.one_of(st.none(), st.dates(date(2019, 12, 1), date(2023, 2, 1)))
PAIRS = st.lists(st.tuples(DAY, DAY), max_size=40)


@given(PAIRS)
def test_a_delay_is_what_the_textbook_says(pairs: list[tuple[date | None, date | None]]) -> None:
    figures = delay(days(start for start, _ in pairs), days(end for _, end in pairs))
    known = [(end - start).days for start, end in pairs if start and end]
    assert (figures.n, figures.missing) == (len(known), len(pairs) - len(known))
    assert figures.negative.tolist() == [i for i, (a, b) in enumerate(pairs) if a and b and b < a]
    if known:
        assert figures.mean == pytest.approx(statistics.fmean(known))
        assert figures.median == pytest.approx(statistics.median(known))
        assert (figures.minimum, figures.maximum) == (min(known), max(known))
    if len(known) > 1:
        assert figures.sd == pytest.approx(statistics.stdev(known))
        q1, _, q3 = statistics.quantiles(known, n=4, method="inclusive")
        assert (figures.q1, figures.q3) == (pytest.approx(q1), pytest.approx(q3))


def test_too_few_cases_give_no_figure_rather_than_a_wrong_one() -> None:
    none = describe(np.array([np.nan]))
    assert (none.n, none.missing, none.mean, none.sd) == (0, 1, None, None)
    one = describe(np.array([-3.0]))
    assert (one.mean, one.sd, one.negative.tolist()) == (-3.0, None, [0])


def test_the_upper_fence_lies_three_quartile_ranges_out() -> None:
    assert upper_fence(np.array([1.0, 2.0, 3.0, 4.0, 5.0])) == 4 + 3 * (4 - 2)
    assert upper_fence(np.array([1.0, 2.0, np.nan])) is None


@given(st.lists(DAY, max_size=40))
def test_a_curve_by_day_counts_every_case_and_fills_the_gaps(onsets: list[date | None]) -> None:
    curve = epidemic_curve(days(onsets))
    known = Counter(day for day in onsets if day)
    assert curve.unknown.tolist() == [onsets.count(None)]
    shown = {to_date(start): int(n) for start, n in zip(curve.starts, curve.totals, strict=True)}
    if known:
        first, last = min(known), max(known)
        span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        assert shown == {day: known[day] for day in span}
    else:
        assert shown == {}


@given(st.lists(st.tuples(DAY, st.sampled_from(["local", "imported"])), min_size=1, max_size=40))
def test_a_curve_by_week_follows_iso_8601_in_every_stratum(cases: list[tuple[date | None, str]]) -> None:
    curve = epidemic_curve(days(day for day, _ in cases), by="week", strata=[origin for _, origin in cases])
    expected: Counter[tuple[str, str]] = Counter()
    for day, origin in cases:
        if day:
            year, week, _ = day.isocalendar()
            expected[f"{year}-W{week:02d}", origin] += 1
    found = {
        (label, name): int(n)
        for label, row in zip(curve.labels(), curve.counts, strict=True)
        for name, n in zip(curve.strata, row, strict=True)
        if n
    }
    assert found == expected
    starts = [to_date(start) for start in curve.starts]
    assert all(start is not None and start.isoweekday() == 1 for start in starts)
    assert len(set(curve.labels())) == len(starts)


def test_a_stated_span_widens_and_cuts_the_curve() -> None:
    onsets = days([date(2022, 1, 3), date(2022, 1, 10)])
    curve = epidemic_curve(onsets, start=np.datetime64("2022-01-01"), end=np.datetime64("2022-01-05"))
    assert curve.totals.tolist() == [0, 0, 1, 0, 0]
    assert epidemic_curve(days([]), end=np.datetime64("2022-01-05")).totals.tolist() == []


def test_a_curve_refuses_strata_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="1 strata for 2 days"):
        epidemic_curve(days([None, None]), strata=["local"])


AGE = st.one_of(st.just(float("nan")), st.floats(0, 130))


@given(st.lists(st.tuples(st.sampled_from(["female", "male", "unknown"]), AGE), max_size=40))
def test_every_case_stands_in_one_cell_of_sex_by_age(cases: list[tuple[str, float]]) -> None:
    table = sex_by_age([sex for sex, _ in cases], np.array([age for _, age in cases]))
    expected: Counter[tuple[int, str]] = Counter()
    for sex, age in cases:
        expected[9 if np.isnan(age) else min(int(age // 10), 8), sex] += 1
    found = {
        (band, table.sexes[column]): int(n)
        for band, row in enumerate(table.counts)
        for column, n in enumerate(row)
        if n
    }
    assert found == expected
    assert table.labels()[0] == "0-9"
    assert table.labels()[-2:] == ["80+", "unknown"]


def test_a_stated_band_counts_where_it_fits_and_else_as_unknown() -> None:
    age, high = np.array([20.0, 15.0, 80.0, np.nan]), np.array([29.0, 24.0, 130.0, np.nan])
    table = sex_by_age(["female"] * 4, age, high)
    found = {label: int(n) for label, n in zip(table.labels(), table.counts[:, 0], strict=True) if n}
    assert found == {"20-29": 1, "80+": 1, "unknown": 2}


def test_bands_of_single_years_are_named_by_the_year() -> None:
    assert sex_by_age(["male"], np.array([0.5]), lows=(0, 1, 5)).labels() == ["0", "1-4", "5+", "unknown"]


def test_demography_refuses_what_it_would_not_count() -> None:
    with pytest.raises(ValueError, match="'other' is not counted"):
        sex_by_age(["other"], np.array([3.0]))
    with pytest.raises(ValueError, match="rising"):
        sex_by_age(["male"], np.array([3.0]), lows=(10, 0))
