"""The text of a track becomes stays, each with its words, and nothing that the text does not say."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liankong.exchange.itinerary import Why, bounded, read
from liankong.exchange.itinerary_write import Told, write
from liankong.vocabulary.kinds import Protection, StayMode
from liankong.vocabulary.spans import SHANGHAI

FIRST = date(2022, 1, 6)


def said(text: str, first_day: date = FIRST) -> list[tuple[Any, ...]]:
    """Stays as (from, until, mode, place or vehicle), times as the field's clock has them."""
    return [
        (clock(stay.from_at), clock(stay.until_at), stay.mode, stay.place or stay.vehicle)
        for stay in read(text, first_day=first_day).stays
    ]


def clock(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def test_a_morning_of_shopping_and_the_way_home() -> None:
    assert said("1月6日 8:30乘坐1路公交到新华超市购物，约9时30分步行回家；1月7日全天未外出") == [
        ("01-06 08:30", None, StayMode.BUS, "1路"),
        (None, "01-06 09:30", StayMode.SHOPPING, "新华超市"),
        ("01-06 09:30", None, StayMode.WALK, ""),
        (None, None, StayMode.HOME, ""),
        ("01-07 00:00", "01-08 00:00", StayMode.HOME, ""),
    ]


def test_what_is_not_said_is_bounded_by_what_is_and_marked_as_such() -> None:
    stays = read("1月6日8:30到新华超市购物，9:30步行回家", first_day=FIRST).stays
    shop, walk, home = bounded(stays)
    assert (shop.from_said, shop.until_said) == (True, True)
    assert (clock(walk.until_at), walk.until_said) == ("01-07 00:00", False)
    assert (clock(home.from_at), clock(home.until_at), home.from_said) == (
        "01-06 09:30",
        "01-07 00:00",
        False,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1月6日14:00-15:20在宏达公司工作", ("01-06 14:00", "01-06 15:20")),
        ("1月6日晚上7点半至9点在福满楼就餐", ("01-06 19:30", "01-06 21:00")),
        ("1月6日下午两点到三点一刻在百合公园游玩", ("01-06 14:00", "01-06 15:15")),
        ("1月6日中午12时许到福满楼就餐", ("01-06 12:00", None)),
        ("1月6日22时至次日6时在宏达工厂上班", ("01-06 22:00", "01-07 06:00")),
        ("1月6日22时至6时在宏达工厂上班", ("01-06 22:00", "01-07 06:00")),
        ("1月6日上午在人民医院就诊", ("01-06 08:00", "01-06 12:00")),
        ("2021年12月31日23:50在百合公园游玩", ("12-31 23:50", None)),
        ("8日9:05到新华超市购物", ("01-08 09:05", None)),
        ("１月６日９：０５到新华超市购物", ("01-06 09:05", None)),
    ],
)
def test_times_are_read_as_people_say_them(text: str, expected: tuple[str, str | None]) -> None:
    assert [stay[:2] for stay in said(text)] == [expected]


def test_days_follow_each_other_without_being_named() -> None:
    text = "1月6日9:00到宏达公司工作，17:00回家；次日10:00到新华超市购物，同日11:00回家。"
    assert [stay[0] for stay in said(text)] == ["01-06 09:00", "01-06 17:00", "01-07 10:00", "01-07 11:00"]


def test_a_year_is_taken_from_the_days_around_it() -> None:
    stays = read("12月30日在家。1月2日在家。", first_day=FIRST).stays
    assert [stay.day for stay in stays] == [date(2021, 12, 30), date(2022, 1, 2)]


def test_several_days_at_home_are_a_stay_each() -> None:
    assert said("1月6日至8日居家未外出") == [
        (f"01-0{day} 00:00", f"01-0{day + 1} 00:00", StayMode.HOME, "") for day in (6, 7, 8)
    ]


def test_after_coming_home_one_stays_there_until_midnight() -> None:
    assert said("1月6日19:11到家后未外出。")[0][:2] == ("01-06 19:11", "01-07 00:00")
    assert said("1月6日18时驾车返回百合小区，当日未再外出。")[-1] == (
        None,
        "01-07 00:00",
        StayMode.HOME,
        "百合小区",
    )


def test_trains_flights_and_seats_are_kept() -> None:
    text = (
        "1月6日8时01分乘坐动车（D3333车次 07车11F号）前往滨海市；"
        "1月7日7:10-9:20乘坐CA1234航班（座位12A）；1月8日乘坐津A12345。1月8日打车（津A12345）到百合小区"
    )
    stays = read(text, first_day=FIRST).stays
    rides = [(stay.mode, stay.vehicle, stay.seat) for stay in stays if stay.moving]
    assert rides == [
        (StayMode.TRAIN, "D3333", "07车11F号"),
        (StayMode.FLIGHT, "CA1234", "12A"),
        (StayMode.TAXI, "津A12345", ""),
    ]


def test_a_chain_of_underground_lines_with_times_in_brackets() -> None:
    text = "1月6日：13:52骑共享单车到6号线东门(14:01)——5号线北塔——1号线南池——财经学院(14:41)，15:00步行回家"
    assert said(text)[:5] == [
        ("01-06 13:52", None, StayMode.BICYCLE, ""),
        ("01-06 14:01", None, StayMode.METRO, "东门"),
        (None, None, StayMode.METRO, "北塔"),
        (None, "01-06 14:41", StayMode.METRO, "南池"),
        ("01-06 14:41", "01-06 15:00", StayMode.OTHER, "财经学院"),
    ]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("与妻子", 1),
        ("和妻子、儿子", 2),
        ("与同事2人", 2),
        ("和3名同事", 3),
        ("与家人", None),
        ("独自", 0),
    ],
)
def test_company_is_counted_where_it_can_be(words: str, count: int | None) -> None:
    (stay,) = read(f"1月6日12:00{words}到福满楼就餐", first_day=FIRST).stays
    assert (stay.companions, stay.place) == (count, "福满楼")


def test_a_mask_worn_throughout_covers_the_sentence_and_no_more() -> None:
    text = "1月6日8:00乘1路公交到新华超市购物，全程佩戴口罩。9:00到福满楼就餐，未戴口罩。10:00在家。"
    assert [stay.protection for stay in read(text, first_day=FIRST).stays] == [
        Protection.MASK,
        Protection.MASK,
        Protection.NONE,
        Protection.UNKNOWN,
    ]


def test_leaving_and_arriving_end_and_begin_what_was_named_before() -> None:
    assert said("1月6日8:00到新华超市购物，8:40离开") == [
        ("01-06 08:00", "01-06 08:40", StayMode.SHOPPING, "新华超市")
    ]
    assert said("1月6日8:00驾车前往滨海医院，8:40到达")[-1][0] == "01-06 08:40"


def test_a_shopping_centre_is_a_place_and_a_sampling_point_too() -> None:
    assert said("1月6日9:00到万象购物中心购物，10:00到核酸采样点采样")[0][3] == "万象购物中心"
    assert said("1月6日10:00到核酸采样点采样") == [("01-06 10:00", None, StayMode.MEDICAL, "核酸采样点")]


def test_a_house_number_is_no_day_and_a_meal_no_evening() -> None:
    stays = read("1月6日9:00到荔园路1411号早餐店吃晚餐", first_day=FIRST).stays
    assert [(stay.place, stay.day) for stay in stays] == [("荔园路1411号早餐店", FIRST)]


def test_places_of_the_register_are_known_by_name() -> None:
    (stay,) = read("1月6日9:00到新华超市购物", first_day=FIRST, places={"新华超市": 7}.get).stays
    assert stay.key == 7


def test_onset_is_heard() -> None:
    found = read("1月5日出现咳嗽。1月7日发热，到人民医院发热门诊就诊。", first_day=FIRST)
    assert found.onset == date(2022, 1, 5)
    assert [stay.place for stay in found.stays] == ["人民医院发热门诊"]


def test_what_cannot_be_read_is_said_with_the_reason() -> None:
    text = "病例1：1月6日9:00购买大饼。每天9:00到公司上班。2月30日在家。手机13812345678。1月7日、8日9:00到公司上班。"
    found = read(text, first_day=FIRST)
    assert found.stays == ()
    assert [one.why for one in found.unread] == [
        Why.NOTHING,
        Why.NO_PLACE,
        Why.RECURRING,
        Why.NO_SUCH_DAY,
        Why.MASKED,
        Why.RECURRING,
    ]
    assert "13812345678" not in found.text


def test_traditional_script_is_read_as_well() -> None:
    assert said("1月6日8:30乘坐1路公車；1月6日9:00到新華超市購物")[-1][2:] == (StayMode.SHOPPING, "新华超市")


# --- invariants ------------------------------------------------------------------------------------------------

NAMES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["新华", "宏达", "百合", "东风", "滨海", "福满", "兴业", "银河"]),
        st.sampled_from(["超市", "小学", "医院", "饭店", "公司", "广场", "小区", "公园", "酒店"]),
        st.sampled_from(["", "（东门店）"]),
    ),
)
VEHICLES = {
    StayMode.BUS: st.sampled_from(["1路", "655路", "B12路"]),
    StayMode.METRO: st.sampled_from(["1号线", "10号线"]),
    StayMode.TRAIN: st.sampled_from(["G123", "D3333", "K7"]),
    StayMode.FLIGHT: st.sampled_from(["CA1234", "3U8888"]),
    StayMode.TAXI: st.sampled_from(["", "津A12345"]),
    StayMode.CAR: st.sampled_from(["", "津A12345"]),
}
SEATED = {StayMode.TRAIN, StayMode.FLIGHT}


@st.composite
def told(draw: st.DrawFn) -> Told:
    mode = draw(st.sampled_from(StayMode))
    begin = datetime(2022, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=draw(st.integers(0, 20 * 1440)))
    end = begin + timedelta(minutes=draw(st.integers(1, 2 * 1440)))
    vehicle = draw(VEHICLES[mode]) if mode in VEHICLES else ""
    rides = mode in VEHICLES or mode in (StayMode.WALK, StayMode.BICYCLE)
    return Told(
        from_at=begin,
        until_at=end,
        mode=mode,
        place="" if rides else draw(NAMES),
        vehicle=vehicle,
        seat=draw(st.sampled_from(["", "12A", "07车11F号"])) if mode in SEATED else "",
        companions=draw(st.none() | st.integers(0, 12)),
        protection=draw(st.sampled_from(Protection)),
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(told(), min_size=1, max_size=6))
def test_a_track_that_was_written_is_read_as_it_was(stays: list[Told]) -> None:
    text = write(stays)
    found = read(text, first_day=date(2022, 1, 10))
    assert found.unread == ()
    again = [
        Told(
            from_at=stay.from_at.astimezone(SHANGHAI),
            until_at=stay.until_at.astimezone(SHANGHAI),
            mode=stay.mode,
            place=stay.place,
            vehicle=stay.vehicle,
            seat=stay.seat,
            companions=stay.companions,
            protection=stay.protection,
        )
        for stay in found.stays
        if stay.from_at and stay.until_at
    ]
    assert again == stays


PIECES = st.sampled_from(
    ["1月6日", "次日", "8:30", "约9时", "14时至15时", "上午", "乘坐1路公交", "5号线", "到新华超市", "购物", "回家", "未外出", "后",
     "，", "。", "；", "\n", "、", "（", "）", "佩戴口罩", "与妻子", "每天", "13812345678", "2月31日", "24:30", "座位12A", "G1次",
     "离开", "发热", "——", "a", "0", " "]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60))
def test_every_stay_stands_on_its_words_and_times_are_only_those_that_were_said(text: str) -> None:
    found = read(text, first_day=FIRST)
    for one in (*found.stays, *found.unread, *found.symptoms):
        assert found.text[one.start : one.end] == one.words
        assert one.words
    for stay in found.stays:
        assert stay.place in found.text
        assert stay.vehicle in found.text
        assert stay.seat in found.text
    for held in bounded(found.stays):
        assert held.from_at <= held.until_at or (held.from_said and held.until_said)
    covered = {
        at for one in (*found.stays, *found.unread, *found.symptoms) for at in range(one.start, one.end)
    }
    lost = "".join(letter for at, letter in enumerate(found.text) if at not in covered)
    # Outside all slices stand marks, days and words of time that nothing follows; no place, no ride.
    assert "超市" not in lost
    assert "公交" not in lost
