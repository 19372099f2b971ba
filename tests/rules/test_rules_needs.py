"""What a household needs: who is told, by when; and that nothing can hold up an emergency."""

import inspect
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.protocols.inside import Recipient, inside
from liankong.rules import needs as rules
from liankong.rules.isolation_trips import Spot, kilometres
from liankong.rules.needs import Carer
from liankong.rules.orders_waiting import Obstacle, Waits, may_proceed, may_wait
from liankong.vocabulary.kinds import (
    ContactState,
    NeedKind,
    OrderState,
    PersonClass,
    ResultValue,
    RoomState,
    Severity,
    ZoneState,
)

NOW = datetime(2022, 1, 8, 4, tzinfo=UTC)
HERE = Spot(division="120112101001", longitude=117.36, latitude=38.98)
KINDS = st.sampled_from(NeedKind)
MOMENTS = st.integers(0, 10 * 365 * 24).map(lambda hours: NOW + timedelta(hours=hours))
EDITIONS = sorted(entry.id for entry in protocols.available())


def test_first_aid_goes_to_120_the_hospital_and_the_community_at_once() -> None:
    decision = rules.decide(NeedKind.EMERGENCY, flagged=False, now=NOW)
    assert decision.emergency
    assert set(decision.to) == {Recipient.AMBULANCE, Recipient.CARE, Recipient.COMMUNITY}
    assert decision.due_at - NOW == inside().needs.urgent.within.value


def test_a_birth_is_an_emergency_whatever_box_was_ticked() -> None:
    assert rules.decide(NeedKind.BIRTH, flagged=False, now=NOW) == rules.decide(
        NeedKind.BIRTH, flagged=True, now=NOW
    )


def test_food_is_for_the_supply_within_its_span() -> None:
    decision = rules.decide(NeedKind.FOOD, flagged=False, now=NOW)
    assert (decision.emergency, decision.to) == (False, (Recipient.SUPPLY,))
    assert "supply" not in decision.why.reason
    assert "needs.kinds[5].within = 12 h" in decision.why.basis


@given(kind=KINDS, flagged=st.booleans(), now=MOMENTS)
def test_an_emergency_has_the_earliest_deadline_of_all(kind: NeedKind, flagged: bool, now: datetime) -> None:
    decision = rules.decide(kind, flagged=flagged, now=now)
    others = [rules.decide(other, flagged=False, now=now).due_at for other in NeedKind]
    if decision.emergency:
        assert decision.due_at == min(others)
        assert set(decision.to) == set(inside().needs.urgent.to)
    assert decision.emergency is (flagged or kind in rules.ALWAYS)
    assert decision.to


# What a person, a place or a test may be under any edition. None of it is an argument of the rule; this shows that
# whatever stands around the call, the decision and the orders' own rules come out the same.
@given(
    kind=KINDS,
    flagged=st.booleans(),
    person=st.none() | st.sampled_from(PersonClass),
    severity=st.none() | st.sampled_from(Severity),
    contact=st.none() | st.sampled_from(ContactState),
    zone=st.none() | st.sampled_from(ZoneState),
    test=st.none() | st.sampled_from(ResultValue),
    room=st.none() | st.sampled_from(RoomState),
    edition=st.sampled_from(EDITIONS),
    obstacles=st.sets(st.sampled_from(Obstacle)),
)
def test_no_status_and_no_edition_changes_that_an_emergency_goes_at_once(
    kind: NeedKind,
    flagged: bool,
    person: PersonClass | None,
    severity: Severity | None,
    contact: ContactState | None,
    zone: ZoneState | None,
    test: ResultValue | None,
    room: RoomState | None,
    edition: str,
    obstacles: set[Obstacle],
) -> None:
    protocols.load(edition)  # whichever edition is in force and loaded
    stands = {
        "class": person,
        "severity": severity,
        "contact": contact,
        "zone": zone,
        "test": test,
        "room": room,
    }
    given_names = set(inspect.signature(rules.decide).parameters)
    assert given_names == {"kind", "flagged", "now", "law"}, f"a status could come in: {stands}"
    decision = rules.decide(kind, flagged=flagged, now=NOW)
    if decision.emergency:
        assert decision.due_at - NOW == inside().needs.urgent.within.value
        assert may_proceed(obstacles, emergency=True).allowed
        waits = Waits(emergencies=frozenset({1}))
        assert not any(may_wait(1, 2, waits, state=state).allowed for state in OrderState)
        assert not rules.merges(kind, emergency=True, asked=kind, asked_at=NOW, now=NOW)


@given(
    spots=st.lists(
        st.tuples(st.floats(116, 118), st.floats(38, 40), st.booleans(), st.booleans(), st.booleans()),
        max_size=8,
    ),
    kind=KINDS,
    emergency=st.booleans(),
)
def test_an_emergency_finds_an_open_door_wherever_there_is_one(
    spots: list[tuple[float, float, bool, bool, bool]], kind: NeedKind, emergency: bool
) -> None:
    carers = [
        Carer(
            organisation=number,
            spot=Spot(division="12", longitude=lon, latitude=lat),
            takes=(frozenset({kind}) if takes else frozenset()) if said else None,
            open=is_open,
        )
        for number, (lon, lat, is_open, said, takes) in enumerate(spots)
    ]
    found = rules.ranked(carers, kind=kind, emergency=emergency, where=HERE)
    able = [one for one in carers if one.open and (one.takes is None or kind in one.takes)]
    if emergency:
        assert {one.organisation for one in found} == {one.organisation for one in carers if one.open}
        if able:
            nearest = min(kilometres(HERE, one.spot) for one in able)
            assert kilometres(HERE, found[0].spot) == pytest.approx(nearest)
    else:
        assert all(one in able for one in found)


def test_whoever_refused_is_not_asked_again() -> None:
    carers = [Carer(organisation=1, spot=HERE), Carer(organisation=2, spot=Spot(division="12"))]
    assert [
        one.organisation
        for one in rules.ranked(carers, kind=NeedKind.BIRTH, emergency=True, where=HERE, without=[1])
    ] == [2]


def test_the_same_need_within_a_day_is_one_but_never_an_emergency() -> None:
    for emergency, hours in product((False, True), (1, 23, 25)):
        same = rules.merges(
            NeedKind.FOOD,
            emergency=emergency,
            asked=NeedKind.FOOD,
            asked_at=NOW - timedelta(hours=hours),
            now=NOW,
        )
        assert same is (not emergency and hours < 24)
    assert not rules.merges(NeedKind.FOOD, emergency=False, asked=NeedKind.BABY, asked_at=NOW, now=NOW)


def test_dialysis_every_second_day_is_ordered_a_day_ahead_and_a_birth_once() -> None:
    found = rules.turns(next_on=date(2022, 1, 9), every_days=2, now=NOW)
    assert (found.days, found.next_on) == ((date(2022, 1, 9),), date(2022, 1, 11))
    assert rules.turns(next_on=date(2022, 1, 11), every_days=2, now=NOW).days == ()
    once = rules.turns(next_on=date(2022, 1, 9), every_days=None, now=NOW)
    assert (once.days, once.next_on) == ((date(2022, 1, 9),), None)


@given(late=st.integers(0, 60), every=st.integers(1, 40))
def test_turns_that_were_missed_are_made_up_once_and_the_next_lies_ahead(late: int, every: int) -> None:
    today = date(2022, 1, 8)
    found = rules.turns(next_on=today - timedelta(days=late), every_days=every, now=NOW)
    assert found.days and all(day >= today for day in found.days)
    assert len(set(found.days)) == len(found.days)
    assert found.next_on is not None and found.next_on > today + timedelta(days=1) >= max(found.days)
    # The rhythm is kept.
    assert (found.next_on - today + timedelta(days=late)).days % every == 0


def test_seven_days_of_parcels_for_everyone_must_lie_in_stock() -> None:
    judged = rules.stock(100, basket="standard", parcels=299)
    assert (judged.needed, judged.suffices) == (300, False)
    assert rules.stock(100, basket="standard", parcels=300).suffices
    assert rules.stock(100, basket="standard").suffices is None
    assert "supply.stock = 7 d" in judged.why.basis
    assert rules.covered_until(NOW, basket="standard") - NOW == inside().basket("standard").lasts.value
