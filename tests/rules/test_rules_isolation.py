"""Who goes where: a single room by default, home on the protocol's exception, nobody under a protocol without it."""

from datetime import date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.protocols import Subject
from liankong.protocols.words import Placement
from liankong.rules import isolation as rules
from liankong.rules.isolation import Member, arrange, move_by
from liankong.vocabulary.kinds import HomeGround
from liankong.vocabulary.spans import SHANGHAI

V8, V9 = protocols.load("CN-COV-v8"), protocols.load("CN-COV-v9")
TWENTY, CLASS_B = protocols.load("CN-COV-20"), protocols.load("CN-COV-BB")
EXPOSED, TODAY = date(2022, 1, 7), date(2022, 1, 8)


def member(key: int = 1, subject: Subject = Subject.CLOSE_CONTACT, **more: object) -> Member:
    return Member(key=key, subject=subject, starts_on=EXPOSED, **more)  # type: ignore[arg-type]  # a test's shorthand


def placement(one: Member, protocol: protocols.Protocol, on: date = TODAY) -> Placement | None:
    return arrange([one], protocol, on=on)[0].placement


@pytest.mark.parametrize(
    ("protocol", "subject", "where"),
    [
        (V8, Subject.CLOSE_CONTACT, Placement.CENTRAL),
        (V8, Subject.SECONDARY_CONTACT, Placement.CENTRAL),
        (V9, Subject.CLOSE_CONTACT, Placement.CENTRAL),
        (V9, Subject.SECONDARY_CONTACT, Placement.HOME_ISOLATION),
        (TWENTY, Subject.CLOSE_CONTACT, Placement.CENTRAL),
        (TWENTY, Subject.SECONDARY_CONTACT, None),
        (TWENTY, Subject.HIGH_RISK_TRAVELLER, Placement.HOME_ISOLATION),
        (CLASS_B, Subject.CLOSE_CONTACT, None),
        (CLASS_B, Subject.SECONDARY_CONTACT, None),
    ],
)
def test_each_edition_sends_contacts_where_it_says(
    protocol: protocols.Protocol, subject: Subject, where: Placement | None
) -> None:
    assert placement(member(subject=subject), protocol) is where


def test_a_decision_quotes_its_number_and_its_instrument() -> None:
    (found,) = arrange([member()], V8, on=TODAY)
    assert found.why.numbers[0].value == "14 d"
    assert "第八版" in found.why.numbers[0].instrument
    assert found.party is None and found.missing == ""


def test_a_protocol_without_isolation_says_so_even_of_the_infected() -> None:
    (found,) = arrange([member(infected=True)], CLASS_B, on=TODAY)
    assert found.placement is None
    assert "nobody in isolation" in found.why.sentence()


def test_a_stay_of_fourteen_days_is_complete_on_the_fourteenth_and_goes_on_at_home() -> None:
    central, home = rules.spans(Subject.CLOSE_CONTACT, V8, starts_on=EXPOSED)
    assert (central.first, central.last) == (date(2022, 1, 8), date(2022, 1, 21))
    assert (home.place, home.last) == (Placement.HOME_MONITORING, date(2022, 1, 28))
    assert placement(member(), V8, on=date(2022, 1, 21)) is Placement.CENTRAL
    assert placement(member(), V8, on=date(2022, 1, 22)) is Placement.HOME_MONITORING
    assert placement(member(), V8, on=date(2022, 1, 29)) is None


# --- families ---------------------------------------------------------------------------------------------------


def test_a_child_shares_a_room_with_a_parent_and_the_grandfather_has_his_own() -> None:
    family = [member(1, age=5), member(2, age=34), member(3, age=61)]
    child, mother, grandfather = arrange(family, V8, on=TODAY)
    assert child.party == mother.party == 2
    assert grandfather.party is None
    assert {one.placement for one in (child, mother, grandfather)} == {Placement.CENTRAL}


def test_two_children_share_their_one_parents_room() -> None:
    found = arrange([member(1, age=5), member(2, age=9), member(3, age=40)], V8, on=TODAY)
    assert [one.party for one in found] == [3, 3, 3]


def test_a_child_alone_is_not_sent_to_a_single_room_but_waits_for_a_carer() -> None:
    (found,) = arrange([member(age=6)], V8, on=TODAY)
    assert "name a carer" in found.missing


def test_an_elder_brother_of_fifteen_is_no_carer() -> None:
    child, _brother = arrange([member(1, age=6), member(2, age=15)], V8, on=TODAY)
    assert child.missing


def test_somebody_who_cannot_care_for_themselves_shares_with_whom_a_person_named() -> None:
    cannot = member(1, age=81, grounds=frozenset({HomeGround.CANNOT_CARE}), carer=3)
    first, second, third = arrange([cannot, member(2, age=55), member(3, age=52)], V8, on=TODAY)
    assert first.party == third.party == 3 and second.party is None


def test_an_infected_child_goes_to_hospital_and_shares_no_room_with_the_healthy_mother() -> None:
    child, mother = arrange([member(1, age=5, infected=True), member(2, age=34)], V8, on=TODAY)
    assert child.placement is Placement.HOSPITAL
    assert mother.placement is Placement.CENTRAL
    assert child.party is None and mother.party is None


# --- home instead of a site -----------------------------------------------------------------------------------


def test_a_pregnant_woman_stays_home_only_once_somebody_has_assessed_it() -> None:
    grounds = frozenset({HomeGround.PREGNANT})
    assert placement(member(age=29, grounds=grounds), V8) is Placement.CENTRAL
    assert placement(member(age=29, grounds=grounds, home_granted=True), V8) is Placement.HOME_ISOLATION


def test_home_is_not_granted_without_a_ground_of_the_exception() -> None:
    (found,) = arrange([member(age=40, home_granted=True)], V8, on=TODAY)
    assert found.placement is Placement.CENTRAL
    assert "no ground" in found.why.sentence()


def test_the_carer_of_a_child_at_home_is_under_the_same_rule_at_home() -> None:
    child, mother = arrange([member(1, age=3, home_granted=True, carer=2), member(2, age=31)], V8, on=TODAY)
    assert child.placement is mother.placement is Placement.HOME_ISOLATION
    assert child.party == mother.party
    assert "same rule" in mother.why.sentence()


def test_a_claimed_minority_does_not_outweigh_the_age() -> None:
    grown = member(age=30, grounds=frozenset({HomeGround.MINOR}), home_granted=True)
    assert placement(grown, V8) is Placement.CENTRAL


# --- clocks -------------------------------------------------------------------------------------------------------


def test_eight_hours_for_a_contact_and_twelve_for_a_contacts_contact() -> None:
    at = datetime(2022, 1, 8, 12, tzinfo=SHANGHAI)
    close = move_by(Subject.CLOSE_CONTACT, at, V8)
    second = move_by(Subject.SECONDARY_CONTACT, at, V8)
    assert close is not None and second is not None
    assert (close.due_at - at, second.due_at - at) == (timedelta(hours=8), timedelta(hours=12))
    assert move_by(Subject.CLOSE_CONTACT, at, CLASS_B) is None
    case = move_by(Subject.CASE, at, V8)
    assert case is not None and "no limit of its own" in case.why.sentence()


# --- invariants ---------------------------------------------------------------------------------------------------

people = st.builds(
    Member,
    key=st.just(0),
    subject=st.sampled_from([Subject.CLOSE_CONTACT, Subject.SECONDARY_CONTACT]),
    starts_on=st.just(EXPOSED),
    age=st.one_of(st.none(), st.integers(0, 99)),
    infected=st.booleans(),
    grounds=st.frozensets(st.sampled_from(list(HomeGround))),
    home_granted=st.booleans(),
    carer=st.one_of(st.none(), st.integers(1, 4)),
)


@given(st.lists(people, min_size=1, max_size=4), st.sampled_from([V8, V9, TWENTY, CLASS_B]))
def test_whoever_shares_a_room_has_one_status_and_goes_to_one_place(
    drawn: list[Member], protocol: protocols.Protocol
) -> None:
    family = [
        Member(**{name: getattr(one, name) for name in one.__slots__} | {"key": key})
        for key, one in enumerate(drawn, start=1)
    ]
    found = arrange(family, protocol, on=TODAY)
    status = {one.key: one.infected for one in family}
    parties: dict[int, list[rules.Placed]] = {}
    for one in found:
        if one.party is not None:
            parties.setdefault(one.party, []).append(one)
    for party in parties.values():
        assert len(party) > 1
        assert len({status[one.key] for one in party}) == 1
        assert len({one.placement for one in party}) == 1
    for one, mine in zip(family, found, strict=True):
        alone = mine.placement is Placement.CENTRAL and mine.party is None and not mine.missing
        assert not (alone and rules.needs_care(one, protocol)), "nobody who cannot be alone is left alone"


def test_the_order_in_which_a_family_is_given_does_not_matter() -> None:
    family = [member(1, age=5), member(2, age=34), member(3, age=36), member(4, age=2)]
    outcomes = {
        tuple(sorted((one.key, one.party, one.placement) for one in arrange(order, V8, on=TODAY)))
        for order in permutations(family)
    }
    assert len(outcomes) == 1


# --- the closed loop --------------------------------------------------------------------------------------------


def test_whoever_leaves_the_closed_loop_is_monitored_as_the_edition_says() -> None:
    ninth = rules.leave_loop(V9, on=TODAY)
    assert (ninth.place, ninth.until) == (Placement.HOME_ISOLATION, TODAY + timedelta(days=7))
    twenty = rules.leave_loop(TWENTY, on=TODAY)
    assert twenty.until == TODAY + timedelta(days=5)
    assert twenty.test_days == tuple(TODAY + timedelta(days=day) for day in (1, 3, 5))
    eighth = rules.leave_loop(V8, on=TODAY)
    assert eighth.place is None and "states nothing" in eighth.why.sentence()


def test_staff_tested_three_days_ago_are_two_days_late_unless_their_site_tests_more_rarely() -> None:
    late = rules.staff_test(entered_on=date(2022, 1, 1), last_on=date(2022, 1, 5), on=TODAY)
    assert (late.due_on, late.late_days, late.late) == (date(2022, 1, 6), 2, True)
    own = rules.staff_test(entered_on=date(2022, 1, 1), last_on=date(2022, 1, 5), on=TODAY, site_hours=72)
    assert not own.late and "own rule" in own.why.sentence()
    fresh = rules.staff_test(entered_on=TODAY, last_on=None, on=TODAY)
    assert fresh.due_on == TODAY and not fresh.late
