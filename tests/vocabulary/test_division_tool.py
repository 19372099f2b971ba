"""How the tool finds the code that took over from an old one: by name, never by a guess among several."""

import importlib.util
from pathlib import Path
from types import ModuleType


def _tool() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "divisions.py"
    spec = importlib.util.spec_from_file_location("divisions_tool", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()


def heirs(
    *timeline: tuple[str, str, str, str], by_hand: tuple[tuple[str, ...], ...] = ()
) -> dict[tuple[str, str], str]:
    """Successor by (code, name) for a timeline of code, name, since, until."""
    periods = [TOOL.Period(*row, "", "D", "timeline") for row in timeline]
    changes = [TOOL.Period(*row) for row in by_hand]
    return {(one.code, one.name): one.successors for one in TOOL.revisions({}, periods, changes)}


def test_a_county_that_kept_its_name_is_found_under_its_new_code() -> None:
    found = heirs(("412826", "汝南县", "", "2000"), ("411727", "汝南县", "2000", ""))
    assert found["412826", "汝南县"] == "411727"


def test_a_county_that_became_a_district_is_found_by_the_stem_of_its_name() -> None:
    found = heirs(("120223", "静海县", "1982", "2015"), ("120118", "静海区", "2015", ""))
    assert found["120223", "静海县"] == "120118"


def test_a_new_name_for_the_same_code_is_a_renaming() -> None:
    found = heirs(("120111", "西郊区", "", "1992"), ("120111", "西青区", "1992", ""))
    assert found["120111", "西郊区"] == "120111"


def test_a_code_handed_to_another_prefecture_is_no_renaming() -> None:
    """In 1982 Sichuan gave 5121 from 温江 to 永川; 温江 went on under 5127."""
    found = heirs(
        ("512100", "温江地区", "", "1982"),
        ("512100", "永川地区", "1982", "1983"),
        ("512700", "温江地区", "1982", "1983"),
    )
    assert found["5121", "温江地区"] == "5127"


def test_among_two_of_a_name_nobody_is_chosen() -> None:
    found = heirs(
        ("132904", "郊区", "", "1983"), ("130904", "郊区", "1983", ""), ("130204", "郊区", "1983", "")
    )
    assert found["132904", "郊区"] == ""


def test_a_name_that_two_counties_bore_at_once_is_followed_no_further() -> None:
    found = heirs(("132904", "郊区", "", "1983"), ("130504", "郊区", "", ""), ("130904", "郊区", "1983", ""))
    assert found["132904", "郊区"] == ""


def test_another_province_is_never_the_successor() -> None:
    found = heirs(("140402", "城区", "", "2018"), ("130402", "城区", "2018", ""))
    assert found["140402", "城区"] == ""


def test_a_change_kept_by_hand_wins_over_the_derived_one() -> None:
    found = heirs(
        ("120107", "塘沽区", "", "2009"),
        ("120116", "滨海新区", "2009", ""),
        by_hand=(("120107", "塘沽区", "", "2009-10-21", "120116", "S1", "国函"),),
    )
    assert found["120107", "塘沽区"] == "120116"
