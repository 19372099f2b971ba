"""Real risk areas of Tianjin, June to December 2022, against the spans of the protocols that they were drawn under."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from liankong import protocols
from liankong.cli import main
from liankong.exchange.zones_list import read_areas
from liankong.protocols import Retired
from liankong.protocols.words import ZoneUnit
from liankong.rules.zones_replay import Listing, Replay, Tally, courses, replay, stretches, unit_of_name
from liankong.vocabulary.spans import SHANGHAI

V9, TWENTY = protocols.load("CN-COV-v9"), protocols.load("CN-COV-20")
START = datetime(2022, 7, 5, 10, tzinfo=SHANGHAI)


def listing(kind: str, first: float, last: float, name: str = "1号楼", row: int = 1) -> Listing:
    return Listing(
        row=row,
        kind=kind,
        county="津南区",
        name=name,
        first_seen=START + timedelta(days=first),
        last_seen=START + timedelta(days=last),
    )


# Other areas, so that somebody looked every day.
LOOKS = [listing("low", day, day + 0.5, name=f"look {day}") for day in range(-2, 30)]


def tally(found: Replay, term: str) -> Tally:
    return next(one for one in found.tallies if one.term == term)


def test_high_for_seven_days_then_medium_for_three_keeps_both_terms() -> None:
    found = replay([*LOOKS, listing("high", 0, 6.5), listing("medium", 7, 9.5)], V9)
    assert found.lowered == 1
    assert (tally(found, "high.no_new").kept, tally(found, "high.then_for").kept) == (1, 1)
    assert tally(found, "medium.no_new").judged == 0


def test_a_high_area_gone_after_three_days_is_counted_as_short_and_not_explained_away() -> None:
    found = tally(replay([*LOOKS, listing("high", 0, 2)], V9), "high.no_new")
    assert (found.judged, found.surely, found.possibly, found.short) == (1, 0, 0, 1)


def test_a_span_that_only_the_time_between_looks_could_complete_is_possible_and_not_sure() -> None:
    found = tally(replay([*LOOKS, listing("high", 0, 5.5)], V9), "high.no_new")
    assert (found.surely, found.possibly) == (0, 1)


def test_a_medium_area_that_comes_days_later_is_another_one_and_serves_seven_days() -> None:
    found = replay([*LOOKS, listing("high", 0, 6.5), listing("medium", 12, 15)], V9)
    assert found.lowered == 0
    assert tally(found, "medium.no_new").short == 1


def test_bounds_of_a_span_are_the_looks_around_it() -> None:
    one = next(part for part in stretches([*LOOKS, listing("high", 3, 5)]) if part.listing.kind == "high")
    assert one.after < one.listing.first_seen <= one.listing.last_seen < one.before
    assert one.shortest <= one.longest


def test_an_area_that_still_stands_when_the_lists_end_is_not_judged() -> None:
    assert tally(replay([*LOOKS, listing("high", 24, 30)], V9), "high.no_new").judged == 0


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("双林街金色家园7号楼2门", ZoneUnit.STAIR),
        ("杨村街尚清湾A区27号楼1单元", ZoneUnit.STAIR),
        ("茶淀街雅安里7号楼", ZoneUnit.BUILDING),
        ("八里台镇瞰湖苑小区", ZoneUnit.COMPOUND),
        ("双林街海天南苑除1号楼以外区域", ZoneUnit.COMPOUND),
        ("王口镇大瓦头村", ZoneUnit.VILLAGE),
    ],
)
def test_the_unit_of_an_area_is_read_off_its_published_name(name: str, unit: ZoneUnit) -> None:
    assert unit_of_name(name) is unit


def test_class_b_cannot_be_replayed_because_it_has_no_zones() -> None:
    with pytest.raises(Retired):
        replay([listing("high", 0, 5)], protocols.load("CN-COV-BB"))


# --- the file ----------------------------------------------------------------------------------------------------

HEAD = "level,province,city,county,community,first_seen,last_seen,n_snapshots\n"
GOOD = "high,天津市,天津市,津南区,瞰湖苑小区,2022-07-05 10时,2022-07-12 0时,40\n"


def test_every_row_of_a_list_is_accepted_rejected_or_a_duplicate(tmp_path: Path) -> None:
    bad = [
        "red,天津市,天津市,津南区,A,2022-07-05 10时,2022-07-06 0时,1\n",
        "mid,天津市,天津市,津南区,,2022-07-05 10时,2022-07-06 0时,1\n",
        "mid,天津市,天津市,津南区,B,2022-07-05,2022-07-06 0时,1\n",
        "mid,天津市,天津市,津南区,C,2022-07-06 10时,2022-07-05 0时,1\n",
    ]
    file = tmp_path / "areas.csv"
    file.write_text(HEAD + GOOD + GOOD + "".join(bad), encoding="utf-8")
    found = read_areas(file)
    assert found.rows == found.accepted + len(found.rejected) + found.duplicate == 6
    assert [(one.row, one.field) for one in found.rejected] == [
        (4, "level"),
        (5, "community"),
        (6, "first_seen"),
        (7, "last_seen"),
    ]
    assert found.listings[0].first_seen == START


def test_the_command_counts_the_rows_and_says_what_it_could_not_read(tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text(
        HEAD + GOOD + "red,天津市,天津市,津南区,A,2022-07-05 10时,2022-07-06 0时,1\n", encoding="utf-8"
    )
    result = CliRunner().invoke(main, ["zones", "replay", str(file), "--json"])
    assert result.exit_code == 3, result.output
    found = json.loads(result.stdout)
    assert (found["rows"], found["accepted"], found["duplicate"]) == (2, 1, 0)
    assert found["rejected"] == [{"row": 3, "field": "level", "expected": found["rejected"][0]["expected"]}]


# --- the real lists ------------------------------------------------------------------------------------------------


@pytest.fixture
def real(shared: Path) -> Path:
    return shared / "data" / "risk_areas_tianjin" / "areas.csv"


def test_all_4482_real_areas_are_read_and_none_is_lost(real: Path) -> None:
    found = read_areas(real)
    assert (found.rows, found.accepted, len(found.rejected), found.duplicate) == (4482, 4482, 0, 0)
    under = [replay(found.listings, one).listings for one in (V9, TWENTY)]
    # Two were first listed after the twenty measures had ended; no edition judges them.
    assert under == [1648, 2832]


def test_medium_then_lifted_holds_where_it_held_under_v9(real: Path) -> None:
    """What the lists show. Of 356 areas that went from high to medium and ended in time, 354 served their three days."""
    found = replay(read_areas(real).listings, V9)
    assert found.lowered == 367
    term = tally(found, "high.then_for")
    assert (term.days, term.judged, term.surely, term.possibly, term.short) == (3, 356, 354, 0, 2)
    # Nothing that was lowered to medium went back to high at the next look.
    assert sum(count for course, count in found.courses.items() if "medium → high" in course) == 2


def test_most_high_areas_stood_seven_days_and_one_in_seven_did_not(real: Path) -> None:
    """The protocol asks for seven days; 66 of 429 high areas were off the lists sooner. That is what happened."""
    found = replay(read_areas(real).listings, V9)
    high, medium = tally(found, "high.no_new"), tally(found, "medium.no_new")
    assert (high.judged, high.surely, high.possibly, high.short) == (429, 341, 22, 66)
    assert (medium.judged, medium.surely, medium.possibly, medium.short) == (328, 244, 18, 66)
    assert max(high.listed_days, key=lambda days: high.listed_days[days]) == 8


def test_under_the_twenty_measures_areas_went_straight_from_high_and_nearly_all_were_small(
    real: Path,
) -> None:
    found = replay(read_areas(real).listings, TWENTY)
    high = tally(found, "high.no_new")
    assert (high.days, high.judged, high.surely, high.possibly, high.short) == (5, 2106, 1439, 313, 354)
    lawful, of = found.units_allowed["high"]
    # A stair or building is named by 92 of 100; the others are shops, villages and whole compounds.
    assert (lawful, of) == (2325, 2516)
    assert found.by_kind.get("medium", 0) == 2


def test_what_is_listed_twice_at_one_level_is_one_course_in_order(real: Path) -> None:
    found = courses(stretches(read_areas(real).listings))
    assert sum(len(one.stretches) for one in found) == 4482
    for one in found:
        firsts = [part.listing.first_seen for part in one.stretches]
        assert firsts == sorted(firsts)
