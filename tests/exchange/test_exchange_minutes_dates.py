"""Days, hours and terms as officials say them, from the standpoint of a meeting."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.exchange.minutes_dates import Dates, nearest, number
from liankong.exchange.minutes_model import DateKind
from liankong.vocabulary.spans import SHANGHAI

MEETING = Dates(date(2022, 1, 8), time(20, 30))


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type]  # year, month, day, hour, minute


@pytest.mark.parametrize(
    ("words", "kind", "moment"),
    [
        ("从14日零时起", DateKind.FROM, at(2022, 1, 14)),
        ("自1月9日7时起", DateKind.FROM, at(2022, 1, 9, 7)),
        ("1月9日7时30分前", DateKind.BY, at(2022, 1, 9, 7, 30)),
        ("2022年1月12日", DateKind.AT, at(2022, 1, 12)),
        ("1月10日前", DateKind.BY, at(2022, 1, 11)),
        ("明天中午12时前", DateKind.BY, at(2022, 1, 9, 12)),
        ("今晚24时前", DateKind.BY, at(2022, 1, 9)),
        ("明早8点前", DateKind.BY, at(2022, 1, 9, 8)),
        ("后天下午3时前", DateKind.BY, at(2022, 1, 10, 15)),
        ("即日起", DateKind.FROM, at(2022, 1, 8)),
        ("22时前", DateKind.BY, at(2022, 1, 8, 22)),
        ("7时前", DateKind.BY, at(2022, 1, 9, 7)),
        ("2日内", DateKind.BY, at(2022, 1, 11)),
        ("三天之内", DateKind.BY, at(2022, 1, 12)),
        ("24小时内", DateKind.BY, at(2022, 1, 9, 20, 30)),
        ("两小时内", DateKind.BY, at(2022, 1, 8, 22, 30)),
        ("一周内", DateKind.BY, at(2022, 1, 16)),
        ("本周日前", DateKind.BY, at(2022, 1, 10)),
        ("本月底前", DateKind.BY, at(2022, 2, 1)),
        ("12月31日", DateKind.AT, at(2021, 12, 31)),
    ],
)
def test_what_was_said_becomes_a_moment(words: str, kind: DateKind, moment: datetime) -> None:
    text = f"各区要{words}完成采样。"
    (found,) = MEETING.read(text, 0, len(text))
    assert (found.words, found.kind, found.moment) == (words, kind, moment)


@pytest.mark.parametrize(
    "words",
    [
        "对过去14天内到过风险地区的人员",
        "近7日内有旅居史",
        "第7日检测",
        "每3日一次",
        "连续5日阴性",
        "3日龄",
        "第一时间",
        "30个房间",
        "2名人员",
        "采用10合1混采",
    ],
)
def test_what_is_no_date_gives_none(words: str) -> None:
    assert MEETING.read(words, 0, len(words)) == ()


def test_without_the_meetings_day_or_hour_the_reader_says_what_is_missing() -> None:
    text = "2日内、24小时内、1月9日前、3个工作日内完成"
    problems = {when.words: when.problem for when in Dates(date(2022, 1, 8), None).read(text, 0, len(text))}
    assert problems == {
        "2日内": "",
        "24小时内": "the hour of the meeting is not known",
        "1月9日前": "",
        "3个工作日内": "working days need the calendar of holidays",
    }
    assert {when.moment for when in Dates(None, None).read(text, 0, len(text))} == {None}


def test_a_day_that_does_not_exist_is_said_and_not_moved() -> None:
    for text in ("2月30日前", "1月9日25时前"):
        (found,) = MEETING.read(text, 0, len(text))
        assert found.moment is None
        assert found.problem == "there is no such day"


@given(day=st.dates(date(2020, 1, 1), date(2023, 12, 31)), ahead=st.integers(-170, 170))
def test_a_day_and_month_without_a_year_is_the_nearest_one(day: date, ahead: int) -> None:
    meant = day + timedelta(days=ahead)
    if meant.day == 29 and meant.month == 2:
        return
    assert nearest(meant.month, meant.day, day) == meant


@given(st.integers(1, 99))
def test_numerals_count_as_figures_do(n: int) -> None:
    ones, tens = n % 10, n // 10
    digits = "零一二三四五六七八九"
    words = (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones else "")
    assert number(words) == number(str(n)) == n
