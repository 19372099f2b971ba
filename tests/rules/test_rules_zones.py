"""Zones under every edition: what may be drawn, since when the days count, and when it may be lifted."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.protocols.words import ZoneGround, ZoneReset, ZoneUnit
from liankong.rules import zones, zones_clock, zones_lift
from liankong.rules.zones import Area, Draft
from liankong.rules.zones_clock import ClockFacts, Sample
from liankong.rules.zones_lift import LiftFacts
from liankong.vocabulary.kinds import Protection, StayMode
from liankong.vocabulary.spans import SHANGHAI, local_day

V8, V9, TWENTY = (protocols.load(one) for one in ("CN-COV-v8", "CN-COV-v9", "CN-COV-20"))
BEIJING, CLASS_B = protocols.load("CN-COV-v8-BJ22"), protocols.load("CN-COV-BB")
NOW = datetime(2022, 1, 8, 12, tzinfo=SHANGHAI)
DAY = timedelta(days=1)
STAIR = Area(unit=ZoneUnit.STAIR, name="Stair 2", place=1)
BUILDING = Area(unit=ZoneUnit.BUILDING, name="Building 5", place=2)
COMPOUND = Area(unit=ZoneUnit.COMPOUND, name="Compound", place=3)
VILLAGE = Area(unit=ZoneUnit.VILLAGE, name="Village", divisions=("120112101201",))
EDITIONS = [one.id for one in protocols.available() if one.has("zones")]


def draft(**more: object) -> Draft:
    plain = Draft(
        kind="lockdown",
        unit=ZoneUnit.COMPOUND,
        from_at=NOW,
        review_on=local_day(NOW + 7 * DAY),
        expires_at=NOW + 14 * DAY,
        legal_basis="Law on infectious diseases, article 42",
        reason="a case lives here",
        signer=1,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields of the draft


def fields(one: Draft, protocol: protocols.Protocol = V8) -> list[str]:
    return [fault.field for fault in zones.judge(one, protocol)]


# --- proposing ------------------------------------------------------------------------------------------------


def test_v8_closes_the_stair_if_it_is_known_and_the_compound_if_nothing_smaller_is() -> None:
    known = zones.propose(ZoneGround.RESIDENCE, [COMPOUND, STAIR, BUILDING], V8)
    assert (known.kind, known.area) == ("lockdown", STAIR)
    assert zones.propose(ZoneGround.RESIDENCE, [COMPOUND], V8).area == COMPOUND
    assert "封控区" in known.why.numbers[0].instrument


def test_v9_closes_the_compound_where_twenty_closes_the_stair() -> None:
    around = [STAIR, BUILDING, COMPOUND]
    assert zones.propose(ZoneGround.RESIDENCE, around, V9).area == COMPOUND
    assert zones.propose(ZoneGround.RESIDENCE, around, TWENTY).area == STAIR


def test_under_the_twenty_measures_a_compound_alone_is_too_large_to_propose() -> None:
    found = zones.propose(ZoneGround.RESIDENCE, [COMPOUND], TWENTY)
    assert (found.kind, found.area) == ("high", None)
    assert "larger" in found.why.sentence()


def test_a_market_is_drawn_as_its_building_under_v9_because_less_than_a_compound_is_lawful() -> None:
    assert zones.propose(ZoneGround.POSSIBLE, [BUILDING], V9).area == BUILDING
    assert zones.propose(ZoneGround.POSSIBLE, [BUILDING], V9).kind == "medium"
    assert zones.propose(ZoneGround.LIKELY, [BUILDING], V9).kind == "high"


def test_the_twenty_measures_have_no_second_level_so_a_place_with_some_risk_is_left_open() -> None:
    assert zones.propose(ZoneGround.POSSIBLE, [BUILDING], TWENTY).area is None


def test_class_b_draws_nothing_and_says_that_zones_are_done_away_with() -> None:
    found = zones.propose(ZoneGround.RESIDENCE, [STAIR], CLASS_B)
    assert found.area is None
    assert found.why.sentence() == "CN-COV-BB has done away with zones."
    assert fields(draft(), CLASS_B) == ["kind"]


def test_measles_never_knew_zones() -> None:
    assert (
        "knows no zones"
        in zones.propose(ZoneGround.RESIDENCE, [STAIR], protocols.load("CN-MEA-2009")).why.sentence()
    )


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_edition_says_when_each_of_its_zones_is_reviewed_and_ends(edition: str) -> None:
    protocol = protocols.load(edition)
    for kind in protocol.zones.kinds:
        found = zones.dates(kind.code, protocol, at=NOW)
        assert local_day(NOW) <= found.review_on <= local_day(found.expires_at)
        assert found.expires_at > NOW
        assert {number.grade for number in found.why.numbers} <= {"D", "G"}


@pytest.mark.parametrize("edition", EDITIONS)
@given(chosen=st.sets(st.sampled_from([STAIR, BUILDING, COMPOUND, VILLAGE]), min_size=1))
def test_what_is_proposed_is_lawful_and_nothing_smaller_of_a_named_unit_was_known(
    edition: str, chosen: set[Area]
) -> None:
    protocol = protocols.load(edition)
    for ground in ZoneGround:
        found = zones.propose(ground, sorted(chosen, key=lambda one: one.name), protocol)
        if found.area is None:
            continue
        kind = protocol.zone(found.kind)
        assert found.area in chosen
        assert zones.allowed(found.area.unit, kind)
        smaller = [one for one in chosen if zones.SIZE[one.unit] < zones.SIZE[found.area.unit]]
        assert not [one for one in smaller if one.unit in kind.units]


def test_a_stay_without_a_mask_among_strangers_is_the_graver_ground() -> None:
    assert zones.ground_of_stay(StayMode.DINING, Protection.NONE) is ZoneGround.LIKELY
    assert zones.ground_of_stay(StayMode.DINING, Protection.MASK) is ZoneGround.POSSIBLE
    assert zones.ground_of_stay(StayMode.WORK, Protection.NONE) is ZoneGround.POSSIBLE
    assert zones.ground_of_stay(StayMode.WORK, Protection.FULL) is None
    assert zones.ground_of_stay(StayMode.METRO, Protection.NONE) is None


def test_a_stay_of_three_days_before_onset_draws_no_zone_under_v8() -> None:
    lockdown = V8.zone("lockdown")
    assert zones.in_reach(NOW - 2 * DAY, anchor=NOW, kind=lockdown, protocol=V8)
    assert not zones.in_reach(NOW - 2 * DAY - timedelta(minutes=1), anchor=NOW, kind=lockdown, protocol=V8)


# --- lawful? --------------------------------------------------------------------------------------------------


def test_a_zone_with_everything_the_law_asks_for_is_lawful() -> None:
    assert fields(draft()) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"legal_basis": " "}, "legal_basis"),
        ({"reason": ""}, "reason"),
        ({"signer": None}, "signer"),
        ({"review_on": None}, "review_on"),
        ({"review_on": local_day(NOW + 15 * DAY)}, "review_on"),
        ({"expires_at": None}, "expires_at"),
        ({"expires_at": NOW}, "expires_at"),
        ({"expires_at": NOW + 16 * DAY}, "expires_at"),
        ({"kind": "red"}, "kind"),
        ({"unit": ZoneUnit.VILLAGE}, "unit"),
        ({"unit": ZoneUnit.COUNTY}, "unit"),
        ({"needed": ZoneUnit.STAIR}, "finding"),
    ],
)
def test_whatever_is_missing_or_too_much_is_refused_by_name(more: dict[str, object], field: str) -> None:
    assert field in fields(draft(**more))


def test_larger_than_needed_is_lawful_only_with_what_was_found_beyond() -> None:
    wide = draft(needed=ZoneUnit.STAIR)
    assert fields(wide) == ["finding"]
    assert fields(replace(wide, finding="positive samples in three stairs")) == []


def test_under_the_twenty_measures_no_finding_makes_a_compound_lawful() -> None:
    wide = draft(kind="high", expires_at=NOW + 5 * DAY, review_on=local_day(NOW + DAY), finding="everywhere")
    assert fields(wide, TWENTY) == ["unit"]
    assert fields(replace(wide, unit=ZoneUnit.BUILDING), TWENTY) == []


# --- the clock ------------------------------------------------------------------------------------------------


def test_days_count_from_the_approval_and_a_new_case_begins_them_anew() -> None:
    quiet = zones_clock.clock(ClockFacts(approved_at=NOW), V9)
    assert (quiet.start, quiet.reset) == (NOW, None)
    again = zones_clock.clock(ClockFacts(approved_at=NOW, new_cases=(NOW + 3 * DAY, NOW + DAY)), V9)
    assert (again.start, again.reset) == (NOW + 3 * DAY, ZoneReset.NEW_CASE)


def test_new_contacts_of_a_transferred_contact_who_fell_ill_move_v8s_clock_to_their_transfer() -> None:
    moved = ClockFacts(approved_at=NOW, transferred=(NOW + 2 * DAY, NOW + 4 * DAY))
    assert zones_clock.clock(moved, V8).start == NOW + 4 * DAY
    inside = replace(moved, transferred=(NOW + 2 * DAY, None))
    assert zones_clock.clock(inside, V8).start is None
    # v9 does not know this rule.
    assert zones_clock.clock(inside, V9).start == NOW


def test_beijing_counts_from_the_cases_leaving_and_not_while_one_is_inside() -> None:
    left = ClockFacts(approved_at=NOW, left=(NOW - DAY, NOW + DAY))
    assert zones_clock.clock(left, BEIJING).start == NOW + DAY
    assert zones_clock.clock(replace(left, left=(NOW, None)), BEIJING).start is None


def test_beijing_counts_from_the_end_of_disinfection_if_a_sample_is_positive() -> None:
    facts = ClockFacts(
        approved_at=NOW,
        left=(NOW,),
        samples=(Sample(at=NOW + timedelta(hours=2), positive=False, known=True),),
    )
    assert zones_clock.clock(facts, BEIJING).start == NOW
    dirty = replace(facts, samples=(Sample(at=NOW + timedelta(hours=2), positive=True, known=True),))
    assert zones_clock.clock(dirty, BEIJING).start is None
    early = replace(dirty, disinfected=(NOW + timedelta(hours=1),))
    assert zones_clock.clock(early, BEIJING).start is None
    done = replace(dirty, disinfected=(NOW + timedelta(hours=9), NOW + 3 * DAY))
    assert zones_clock.clock(done, BEIJING).start == NOW + timedelta(hours=9)


def test_a_new_positive_point_begins_beijings_days_anew_and_an_old_one_does_not() -> None:
    first = Sample(at=NOW, positive=True, known=True)
    facts = ClockFacts(approved_at=NOW, left=(NOW,), samples=(first,), disinfected=(NOW + DAY,))
    assert zones_clock.clock(facts, BEIJING).start == NOW + DAY
    fresh = Sample(at=NOW + 5 * DAY, positive=True)
    again = replace(facts, samples=(first, fresh), disinfected=(NOW + DAY, NOW + 6 * DAY))
    assert zones_clock.clock(again, BEIJING).start == NOW + 6 * DAY


HOURS = st.integers(0, 24 * 20).map(lambda hours: NOW + timedelta(hours=hours))
FACTS = st.builds(
    ClockFacts,
    approved_at=st.just(NOW),
    left=st.lists(st.none() | HOURS, max_size=3).map(tuple),
    new_cases=st.lists(HOURS, max_size=3).map(tuple),
    transferred=st.lists(st.none() | HOURS, max_size=3).map(tuple),
    samples=st.lists(
        st.builds(Sample, at=HOURS, positive=st.booleans(), known=st.booleans()), max_size=3
    ).map(tuple),
    disinfected=st.lists(HOURS, max_size=3).map(tuple),
)


@pytest.mark.parametrize("edition", EDITIONS)
@given(facts=FACTS)
def test_the_clock_does_not_depend_on_the_order_in_which_facts_became_known(
    edition: str, facts: ClockFacts
) -> None:
    protocol = protocols.load(edition)
    wanted = zones_clock.clock(facts, protocol).start
    for cases in permutations(facts.new_cases):
        for samples in permutations(facts.samples):
            other = replace(
                facts,
                new_cases=cases,
                samples=samples,
                left=facts.left[::-1],
                transferred=facts.transferred[::-1],
                disinfected=facts.disinfected[::-1],
            )
            assert zones_clock.clock(other, protocol).start == wanted


@pytest.mark.parametrize("edition", EDITIONS)
@given(facts=FACTS, found=HOURS)
def test_one_more_case_never_makes_the_days_count_from_earlier(
    edition: str, facts: ClockFacts, found: datetime
) -> None:
    protocol = protocols.load(edition)
    before = zones_clock.clock(facts, protocol).start
    after = zones_clock.clock(replace(facts, new_cases=(*facts.new_cases, found)), protocol).start
    assert before is None or (after is not None and after >= before)


def test_a_positive_makes_a_control_area_a_lockdown_and_leaves_a_medium_area_medium() -> None:
    grave = zones_clock.escalation("control", V8)
    assert grave is not None
    assert grave[0] == "lockdown"
    assert zones_clock.escalation("lockdown", V8) is None
    assert zones_clock.escalation("medium", V9) is None


# --- lifting --------------------------------------------------------------------------------------------------


def test_two_of_three_conditions_are_met_and_the_third_says_how_many_days_it_is_short() -> None:
    facts = LiftFacts(
        clock_from=NOW - 15 * DAY,
        last_contact_at=NOW - 12 * DAY,
        round_people=300,
        round_negative=300,
    )
    found = zones_lift.checklist("lockdown", facts, V8, now=NOW)
    assert (found.met, len(found.conditions), found.complete) == (2, 3, False)
    assert found.sentence() == "2 of 3 met: the last contact's exposure was 12 days ago, more than 14 needed"
    assert found.earliest == NOW + 2 * DAY


def test_v8s_lockdown_is_lifted_when_all_three_hold_and_not_on_the_very_fourteenth_day_of_the_contact() -> (
    None
):
    facts = LiftFacts(
        clock_from=NOW - 14 * DAY, last_contact_at=NOW - 14 * DAY, round_people=1, round_negative=1
    )
    assert not zones_lift.checklist("lockdown", facts, V8, now=NOW).complete
    later = NOW + timedelta(minutes=1)
    found = zones_lift.checklist("lockdown", facts, V8, now=later)
    assert found.complete
    assert found.lifts


@pytest.mark.parametrize(
    ("more", "open_code"),
    [
        ({"round_negative": 299}, "full_round"),
        ({"round_positive": 1}, "full_round"),
        ({"round_people": 0}, "full_round"),
        ({"untested_contacts": 1}, "contacts_clear"),
        ({"clock_from": NOW - 13 * DAY}, "no_new"),
        ({"clock_from": None}, "no_new"),
    ],
)
def test_each_condition_alone_keeps_a_lockdown_closed(more: dict[str, object], open_code: str) -> None:
    facts = LiftFacts(
        clock_from=NOW - 20 * DAY, last_contact_at=NOW - 20 * DAY, round_people=300, round_negative=300
    )
    assert zones_lift.checklist("lockdown", facts, V8, now=NOW).complete
    changed = replace(facts, **more)  # type: ignore[arg-type]  # fields of the facts
    found = zones_lift.checklist("lockdown", changed, V8, now=NOW)
    assert [one.code for one in found.open] == [open_code]


def test_v9_lowers_high_to_medium_for_three_days_and_then_lifts() -> None:
    facts = LiftFacts(clock_from=NOW - 7 * DAY, round_people=10, round_negative=10)
    high = zones_lift.checklist("high", facts, V9, now=NOW)
    assert (high.complete, high.then) == (True, "medium")
    served = LiftFacts(clock_from=NOW - 2 * DAY)
    early = zones_lift.checklist("medium", served, V9, now=NOW, lowered_from="high")
    assert (early.complete, early.sentence()) == (
        False,
        "0 of 1 met: 2 days without a new infection, 3 needed",
    )
    late = zones_lift.checklist(
        "medium", replace(served, clock_from=NOW - 3 * DAY), V9, now=NOW, lowered_from="high"
    )
    assert (late.complete, late.then) == (True, "")


def test_a_medium_area_of_its_own_serves_seven_days() -> None:
    facts = LiftFacts(clock_from=NOW - 3 * DAY, round_people=10, round_negative=10)
    found = zones_lift.checklist("medium", facts, V9, now=NOW)
    assert not found.complete
    assert found.then == ""


def test_on_day_seven_swabs_of_day_six_do_not_count() -> None:
    clock_from = NOW - timedelta(days=6, hours=5)
    since = zones_lift.round_since("high", V9, clock_from=clock_from, now=NOW)
    assert since == clock_from + 6 * DAY
    # 二十条 wants both: day five, and within the last 24 hours.
    assert zones_lift.round_since("high", TWENTY, clock_from=NOW - 6 * DAY, now=NOW) == NOW - DAY
    assert zones_lift.round_since("high", TWENTY, clock_from=None, now=NOW) is None


def test_beijings_lockdown_becomes_control_and_twentys_high_area_is_lifted_at_once() -> None:
    assert zones_lift.becomes("lockdown", BEIJING) == "control"
    assert zones_lift.becomes("high", TWENTY) == ""
    ten = LiftFacts(clock_from=NOW - 10 * DAY)
    assert zones_lift.checklist("lockdown", ten, BEIJING, now=NOW).complete


def test_a_prevention_area_opens_when_every_zone_of_the_county_is_lifted() -> None:
    shut = zones_lift.checklist("prevention", LiftFacts(clock_from=None, still_closed=2), V8, now=NOW)
    assert "2 zones of the county are still in force" in shut.sentence()
    assert zones_lift.checklist("prevention", LiftFacts(clock_from=None), V8, now=NOW).complete


@pytest.mark.parametrize("edition", EDITIONS)
@given(
    clock=st.none() | HOURS,
    contact=st.none() | HOURS,
    untested=st.integers(0, 2),
    people=st.integers(0, 3),
    negative=st.integers(0, 3),
    positive=st.integers(0, 1),
    closed=st.integers(0, 1),
    wait=st.integers(0, 40),
)
def test_a_checklist_is_complete_exactly_when_nothing_is_open_and_its_words_say_the_count(
    edition: str,
    clock: datetime | None,
    contact: datetime | None,
    untested: int,
    people: int,
    negative: int,
    positive: int,
    closed: int,
    wait: int,
) -> None:
    protocol = protocols.load(edition)
    facts = LiftFacts(
        clock_from=clock,
        last_contact_at=contact,
        untested_contacts=untested,
        round_people=people,
        round_negative=negative,
        round_positive=positive,
        still_closed=closed,
    )
    for kind in protocol.zones.kinds:
        found = zones_lift.checklist(kind.code, facts, protocol, now=NOW + wait * DAY)
        assert found.conditions
        assert found.complete == (not found.open)
        assert found.sentence().startswith(f"{found.met} of {len(found.conditions)} met")
        assert all("{" not in one.sentence() for one in found.conditions)
        asked = {one.code for one in found.conditions}
        if (clock is None and "no_new" in asked) or (positive and "full_round" in asked):
            assert not found.complete
