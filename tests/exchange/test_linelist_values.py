"""Days, ages and codes as people write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.exchange.linelist_dates import DayError, DayReader, PartialDayError, find_order
from liankong.exchange.linelist_values import (
    OLDEST,
    ValueProblemError,
    code_table,
    read_age,
    read_code,
    shown,
)
from liankong.vocabulary.kinds import Sex

PLAIN = DayReader()
DAYS = st.dates(date(1900, 3, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "2022-01-08",
        "2022-01-08 00:00:00",
        "2022-01-08T09:30",
        "2022/1/8",
        "2022.1.8",
        "20220108",
        "2022年1月8日",
        "2022年01月08日 9时30分",
        "２０２２年１月８日",
        "8 Jan 2022",
        "8-January-2022",
        "Jan 8, 2022",
        "8th Jan 22",
    ],
)
def test_an_unambiguous_day_is_read_in_any_form(text: str) -> None:
    assert PLAIN.read(text) == date(2022, 1, 8)


def test_a_moment_with_a_zone_counts_as_the_day_it_is_in_shanghai() -> None:
    assert PLAIN.read("2022-01-07T16:30:00Z") == date(2022, 1, 8)


def test_day_and_month_are_not_guessed_from_one_value() -> None:
    with pytest.raises(DayError, match="unknown which number is the month"):
        PLAIN.read("3/4/2020")
    assert DayReader("d/m/y").read("3/4/2020") == date(2020, 4, 3)
    assert DayReader("m/d/y").read("3/4/20") == date(2020, 3, 4)


def test_a_bare_number_is_a_day_only_where_excel_numbers_are_declared() -> None:
    with pytest.raises(DayError, match="excel"):
        PLAIN.read("43853")
    assert DayReader(serials=True).read("43853") == date(2020, 1, 23)
    assert DayReader(serials=True).read("43853.75") == date(2020, 1, 23)


def test_a_chinese_day_without_year_needs_the_year() -> None:
    with pytest.raises(DayError, match="year"):
        PLAIN.read("1月8日")
    assert DayReader(year=2022).read("1月8日") == date(2022, 1, 8)


@pytest.mark.parametrize("text", ["2020-04", "2020年4月", "2020"])
def test_a_month_is_not_a_day(text: str) -> None:
    with pytest.raises(PartialDayError):
        PLAIN.read(text)


@pytest.mark.parametrize("text", ["2020-02-30", "2020-13-01", "soon", "31 Foo 2020", "1/2", ""])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DayError):
        DayReader("d/m/y").read(text)


@given(DAYS)
def test_every_day_survives_being_written_and_read(day: date) -> None:
    assert PLAIN.read(day.isoformat()) == day
    assert PLAIN.read(f"{day.year}年{day.month}月{day.day}日") == day
    assert DayReader("d/m/y").read(day.strftime("%d/%m/%Y")) == day
    assert DayReader("m/d/y").read(day.strftime("%m/%d/%Y")) == day
    serial = (day - date(1899, 12, 30)).days
    if serial >= 10_000:
        assert DayReader(serials=True).read(str(serial)) == day


@given(st.lists(DAYS, min_size=1), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_the_order_of_day_and_month_is_decided_exactly_when_some_day_settles_it(
    days: list[date], style: str
) -> None:
    finding = find_order(day.strftime(style) for day in days)
    settled = any(day.day > 12 for day in days)
    assert finding.decided == ((style[1:2] + "/" + style[4:5] + "/y") if settled else None)
    assert finding.ambiguous == sum(day.day <= 12 and day.day != day.month for day in days)
    assert not finding.mixed


def test_a_column_of_both_orders_is_called_mixed() -> None:
    finding = find_order(["13/1/2020", "1/13/2020"])
    assert finding.mixed
    assert finding.decided is None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("37", (37, None)),
        ("37岁", (37, None)),
        ("37 years", (37, None)),
        ("20 to 29", (20, 29)),
        ("60-69", (60, 69)),
        ("60～69岁", (60, 69)),
        ("<1", (0, None)),
        ("<5", (0, 4)),
        ("80+", (80, OLDEST)),
        ("80岁以上", (80, OLDEST)),
        (">=80", (80, OLDEST)),
        ("8 months", (0.6667, None)),
        ("8个月", (0.6667, None)),
        ("1岁3个月", (1.25, None)),
        ("20天", (0.0548, None)),
        ("20多岁", (20, 29)),
        ("30s", (30, 39)),
    ],
)
def test_an_age_is_read_as_years_or_a_band(text: str, years: tuple[float, float | None]) -> None:
    assert read_age(text) == years


def test_a_bare_number_counts_what_the_mapping_says() -> None:
    assert read_age("18", unit="months") == (1.5, None)


@pytest.mark.parametrize("text", ["-3", "old", "160", "29-20", "张三"])
def test_an_impossible_age_is_refused(text: str) -> None:
    with pytest.raises(ValueProblemError):
        read_age(text)


@given(st.integers(0, OLDEST), st.integers(0, OLDEST))
def test_a_band_keeps_its_ends(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert read_age(f"{low}-{high}") == (low, high)


@pytest.mark.parametrize(
    ("text", "sex"),
    [("F", Sex.FEMALE), ("m", Sex.MALE), ("男", Sex.MALE), ("女性", Sex.FEMALE), ("Ｆ", Sex.FEMALE)],
)
def test_usual_codes_of_sex_need_no_table(text: str, sex: Sex) -> None:
    assert read_code(text, code_table("sex", None)) is sex


def test_the_mapping_codes_go_before_the_usual_ones() -> None:
    swapped = code_table("sex", {"male": ["2"], "female": ["1"]})
    assert read_code("1", swapped) is Sex.FEMALE


def test_a_mistyped_code_is_named_with_its_neighbour() -> None:
    with pytest.raises(ValueProblemError, match=r"'femal' is not a known code \(did you mean 'female'"):
        read_code("femal", code_table("sex", None))


@pytest.mark.parametrize("secret", ["王小明", "Wang Xiaoming", "120112199001011234", "13800001234", "Li"])
def test_what_may_be_a_name_or_a_number_of_a_person_is_never_quoted(secret: str) -> None:
    with pytest.raises(ValueProblemError) as told:
        read_code(secret, code_table("sex", None))
    assert secret not in str(told.value)
    assert secret not in shown(secret)


@pytest.mark.parametrize("text", ["2020-13-01", "31/02/2020", "43853", "1月8日", "31 Feb 2020"])
def test_a_broken_day_is_quoted(text: str) -> None:
    assert text in shown(text)


@given(DAYS, st.integers(-400, 400))
def test_days_keep_their_distance_through_excel_numbers(day: date, shift: int) -> None:
    reader = DayReader(serials=True)
    other = day + timedelta(days=shift)
    epoch = date(1899, 12, 30)
    serials = [(one - epoch).days for one in (day, other)]
    if all(10_000 <= serial <= 109_574 for serial in serials):
        assert reader.read(str(serials[1])) - reader.read(str(serials[0])) == timedelta(days=shift)
