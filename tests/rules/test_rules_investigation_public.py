"""只提轨迹不提人: what of a track may be published."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.rules.investigation_public import KnownStay, compound, public_stay, public_stays
from liankong.vocabulary.kinds import StayMode
from liankong.vocabulary.spans import Span

NOON = datetime(2022, 1, 6, 4, tzinfo=UTC)


def known(mode: StayMode, place: str = "", **more: object) -> KnownStay:
    told = {"from_at": NOON, "until_at": NOON + timedelta(hours=1), "mode": mode, "place": place}
    return KnownStay(**(told | more))  # type: ignore[arg-type]  # what a test names


@pytest.mark.parametrize(
    ("stay", "shown"),
    [
        (known(StayMode.HOME, "百合小区3号楼2单元501室", registered=True, dwelling=True), "百合小区"),
        (known(StayMode.HOME, "百合小区3-2-501"), "百合小区"),
        (known(StayMode.HOME, "东风路12号"), ""),
        (known(StayMode.HOME, "家"), ""),
        (known(StayMode.HOME, "辛庄村5排12号"), "辛庄村"),
        (known(StayMode.VISIT, "朋友王建国家"), ""),
        (known(StayMode.OTHER, "同事张三家"), ""),
        (known(StayMode.OTHER, "李某某家（百合小区）"), ""),
        (known(StayMode.SHOPPING, "新华超市"), "新华超市"),
        (known(StayMode.SHOPPING, "荔园路1411号新华超市"), "荔园路1411号新华超市"),
        (known(StayMode.DINING, "福满楼电话13812345678"), "福满楼电话"),
        (known(StayMode.MEDICAL, "人民医院住院部3楼12床"), "人民医院住院部"),
        (known(StayMode.WORK, "宏达公司2号楼305室"), "宏达公司"),
        (known(StayMode.CAR, "途中", vehicle="津A12345"), ""),
        (known(StayMode.METRO, "南门站", vehicle="5号线"), "南门站"),
    ],
)
def test_a_place_is_named_as_far_as_it_leads_to_nobodys_door(stay: KnownStay, shown: str) -> None:
    assert public_stay(stay).place == shown


def test_lines_and_flights_are_named_and_plates_are_not() -> None:
    shown = [
        public_stay(known(mode, vehicle=vehicle)).vehicle
        for mode, vehicle in [
            (StayMode.BUS, "655路"),
            (StayMode.METRO, "5号线"),
            (StayMode.TRAIN, "G123"),
            (StayMode.FLIGHT, "CA1234"),
            (StayMode.TAXI, "津A12345"),
            (StayMode.BUS, "津A12345"),
            (StayMode.CAR, "G123"),
        ]
    ]
    assert shown == ["655路", "5号线", "G123", "CA1234", "", "", ""]


def test_what_warns_nobody_is_left_out_and_the_rest_stands_in_order() -> None:
    window = Span(NOON - timedelta(days=1), NOON + timedelta(days=1))
    early = known(
        StayMode.SHOPPING, "旧货市场", from_at=NOON - timedelta(days=9), until_at=NOON - timedelta(days=8)
    )
    stays = [
        known(
            StayMode.DINING, "福满楼", from_at=NOON + timedelta(hours=2), until_at=NOON + timedelta(hours=3)
        ),
        known(StayMode.HOME, "家"),
        known(StayMode.WALK, "途中"),
        known(StayMode.SHOPPING, "新华超市"),
        early,
    ]
    assert [stay.place for stay in public_stays(stays, window)] == ["新华超市", "福满楼"]
    assert [stay.place for stay in public_stays(stays)] == ["旧货市场", "新华超市", "福满楼"]


def test_a_zone_of_one_staircase_is_published_as_its_compound() -> None:
    assert compound("百合小区3号楼2单元封控区") == "百合小区"
    assert compound("百合小区封控区") == "百合小区封控区"


@given(
    st.sampled_from(list(StayMode)),
    st.sampled_from(["百合小区", "东风路", "宏达公司", ""]),
    st.integers(1, 99),
    st.integers(1, 9),
    st.integers(101, 3304),
    st.booleans(),
    st.booleans(),
)
def test_no_building_entrance_or_room_is_ever_published(
    mode: StayMode, name: str, building: int, entrance: int, room: int, registered: bool, dwelling: bool
) -> None:
    for finer in (
        f"{building}号楼{entrance}单元{room}室",
        f"{building}栋{room}",
        f"{building}-{entrance}-{room}",
    ):
        stay = known(mode, name + finer, registered=registered, dwelling=dwelling, vehicle=f"津A{room:05d}")
        shown = public_stay(stay)
        text = shown.place + shown.vehicle
        assert not any(
            part in text for part in ("单元", "号楼", "栋", str(room), f"{building}-{entrance}", "津A")
        )
