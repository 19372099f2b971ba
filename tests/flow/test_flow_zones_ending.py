"""A zone ends when it may, lower first or by itself; its history is kept, and an appeal is answered."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import town as towns
from support import zones as stories
from support.town import COMMUNITY, Town
from support.zones import Estate, only_zone, sign

from liankong.actions import Forbidden, Refused, cases, zones, zones_appeals, zones_sign
from liankong.protocols.words import ZoneUnit
from liankong.rules import zones_history
from liankong.store import log, orders
from liankong.store import zones as store
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Appeal, Case, Entry, Order, Person, ZoneStep
from liankong.store.zones_facts import checklists, counts
from liankong.vocabulary.kinds import (
    AppealState,
    OrderKind,
    OrderState,
    PersonClass,
    Role,
    Severity,
    ZoneState,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CLOCK = Actor(rule="clock:test")


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def estate(town: Town, at: datetime) -> Estate:
    return stories.estate(at)


# --- ending -------------------------------------------------------------------------------------------------------


def test_a_lockdown_lists_what_is_open_and_is_lifted_when_all_three_conditions_hold(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    early = at + 12 * DAY
    with pytest.raises(Refused, match="1 of 3 met: 12 days without a new infection, 14 needed"):
        sign(zones_sign.lift, town, early, zone=zone.pk)
    ready = at + 14 * DAY + timedelta(hours=2)
    stories.negative(town, estate.at(estate.stair), ready - timedelta(hours=1), code="N")
    (checks,) = checklists([zone], now=ready).values()
    assert checks.sentence() == "3 of 3 met"
    sign(zones_sign.lift, town, ready, zone=zone.pk)
    zone.refresh_from_db()
    assert (zone.state, zone.ended_at) == (ZoneState.LIFTED, ready)
    assert not Order.objects.filter(kind=OrderKind.ZONE, state=OrderState.ISSUED).exists()


def test_an_exception_is_lifted_only_with_a_reason_and_says_what_was_open(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    with pytest.raises(Refused) as caught:
        sign(zones_sign.lift, town, at + DAY, zone=zone.pk, exception=True)
    assert caught.value.field == "reason"
    sign(zones_sign.lift, town, at + DAY, zone=zone.pk, exception=True, reason="the roof leaks")
    step = ZoneStep.objects.filter(zone=zone).latest("pk")
    assert step.reason.startswith("exception: the roof leaks (1 of 3 met")


def test_v9_lowers_high_to_medium_for_three_days_before_it_lifts(at: datetime) -> None:
    with node_scope():
        town = towns.build(at, protocol="CN-COV-v9")
        estate = stories.estate(at)
        stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
        zone = stories.approved(town, only_zone("high"), at)
        assert zone.unit == ZoneUnit.COMPOUND
        seventh = at + 7 * DAY
        with pytest.raises(Refused, match="1 of 2 met: 0 of 12 inside were negative"):
            sign(zones_sign.lower, town, seventh, zone=zone.pk)
        stories.negative(town, estate.everybody, seventh, code="N")
        with pytest.raises(Refused, match="lower it instead"):
            sign(zones_sign.lift, town, seventh, zone=zone.pk)
        sign(zones_sign.lower, town, seventh, zone=zone.pk)
        zone.refresh_from_db()
        assert (zone.kind, zone.lowered_from, zone.clock_from) == ("medium", "high", seventh)
        with pytest.raises(Refused, match="2 days without a new infection, 3 needed"):
            sign(zones_sign.lift, town, seventh + 2 * DAY, zone=zone.pk)
        sign(zones_sign.lift, town, seventh + 3 * DAY, zone=zone.pk)
        kinds = [step.after.get("kind") for step in zone.steps.order_by("at", "pk") if step.after.get("kind")]
        assert kinds == ["high", "medium"]


def test_a_round_whose_swabs_lie_elsewhere_counts_by_the_figure_of_its_order(at: datetime) -> None:
    with node_scope():
        town = towns.build(at, protocol="CN-COV-20")
        estate = stories.estate(at)
        stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
        zone = stories.approved(town, only_zone("high"), at)
        ready = at + 5 * DAY
        asked = sign(zones_sign.order_round, town, ready - timedelta(hours=8), zone=zone.pk, due_at=ready)
        assert asked.detail["people"] == 4
        asked.proof_figure = 4
        orders.complete(asked, proof="4 negative", done_by=None, by=CLOCK, at=ready - timedelta(hours=1))
        asked.save(update_fields=["proof_figure"])
        sign(zones_sign.lift, town, ready, zone=zone.pk)
        zone.refresh_from_db()
        assert zone.state == ZoneState.LIFTED


def test_a_zone_that_nobody_extends_ends_by_itself_and_binds_nobody_even_before_the_clock_says_so(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    end = zone.expires_at
    assert end is not None
    assert zones_history.in_effect(store.standing(zone), now=end - timedelta(minutes=1))
    assert not zones_history.in_effect(store.standing(zone), now=end)
    with pytest.raises(Refused, match="ended by itself"):
        sign(zones_sign.extend, town, end, zone=zone.pk, until=end + DAY, reason="more days")
    with log.collecting() as consequences:
        assert zones.expire(by=CLOCK, at=end + timedelta(minutes=1)) == 1
        assert zones.expire(by=CLOCK, at=end + timedelta(minutes=2)) == 0
    stories.follow(consequences)
    zone.refresh_from_db()
    assert (zone.state, zone.ended_at) == (ZoneState.LIFTED, end)
    assert not Order.objects.filter(kind=OrderKind.ZONE, state=OrderState.ISSUED).exists()


def test_an_extension_needs_a_reason_and_is_no_longer_than_the_protocols_term(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    later = at + 10 * DAY
    for values, field in (
        ({"until": later + 14 * DAY, "reason": " "}, "reason"),
        ({"until": later + 16 * DAY, "reason": "a new case"}, "until"),
        ({"until": later + DAY, "reason": "a new case"}, "until"),
    ):
        with pytest.raises(Refused) as caught:
            sign(zones_sign.extend, town, later, zone=zone.pk, **values)
        assert caught.value.field == field
    sign(zones_sign.extend, town, later, zone=zone.pk, until=later + 14 * DAY, reason="a new case")
    zone.refresh_from_db()
    assert zone.expires_at == later + 14 * DAY


def test_the_prevention_area_opens_when_the_last_zone_of_the_county_is_gone(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    inner = stories.approved(town, only_zone(), at)
    rest = stories.approved(town, only_zone("prevention"), at)
    with pytest.raises(Refused, match="1 zones of the county are still in force"):
        sign(zones_sign.lift, town, at + DAY, zone=rest.pk)
    sign(zones_sign.lift, town, at + DAY, zone=inner.pk, exception=True, reason="moved away")
    sign(zones_sign.lift, town, at + DAY, zone=rest.pk)
    rest.refresh_from_db()
    assert rest.state == ZoneState.LIFTED


# --- history and appeals ------------------------------------------------------------------------------------------


def test_the_rows_of_a_zone_are_what_its_steps_amount_to(town: Town, estate: Estate, at: datetime) -> None:
    case = stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    stories.positive(town, estate.at(estate.stair)[2], at + 2 * DAY, code="P2")
    sign(zones_sign.extend, town, at + 9 * DAY, zone=zone.pk, until=at + 20 * DAY, reason="a new case inside")
    sign(
        zones_sign.restart_clock,
        town,
        at + 9 * DAY,
        zone=zone.pk,
        from_at=at + 8 * DAY,
        reason="a positive parcel",
    )
    with log.collecting() as consequences:
        cases.classify(
            case=case.pk,
            classification=PersonClass.CONFIRMED,
            severity=Severity.MILD,
            reason="x",
            by=town[Role.CLINICIAN],
            at=at + 10 * DAY,
        )
    stories.follow(consequences)
    zone.refresh_from_db()
    # What a person began anew is not taken back by a computation.
    assert zone.clock_from == at + 8 * DAY
    assert zones_history.fold(store.history(zone)) == store.standing(zone)


def test_an_appeal_is_sealed_due_within_a_day_and_answered_by_another_than_the_signer(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    made = zones_appeals.make_appeal(
        zone=zone.pk, text="stair 2 has its own door", by=town[Role.COMMUNITY_WORKER], at=at + DAY
    )
    assert made.answer_by == at + 2 * DAY
    assert b"own door" not in bytes(Appeal.objects.get().text_sealed)
    with pytest.raises(Refused, match="somebody else than the signer"):
        zones_appeals.answer_appeal(
            appeal=made.pk, granted=False, answer="no", by=town[Role.COMMANDER], at=at + DAY
        )
    above = towns.seat(Role.COMMANDER, town.city, at=at)
    with pytest.raises(Forbidden):
        zones_appeals.read_appeal(appeal=made.pk, by=town[Role.COMMUNITY_WORKER], at=at + DAY)
    assert zones_appeals.read_appeal(appeal=made.pk, by=above, at=at + DAY) == "stair 2 has its own door"
    assert Entry.objects.get(kind="AppealRead").by == above.user
    done = zones_appeals.answer_appeal(
        appeal=made.pk, granted=True, answer="the second stair is opened", by=above, at=at + DAY
    )
    assert done.state == AppealState.GRANTED
    with pytest.raises(Refused, match="answered already"):
        zones_appeals.answer_appeal(appeal=made.pk, granted=False, answer="x", by=above, at=at + DAY)


def test_who_is_inside_is_counted_now_and_not_only_as_it_was(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    home = estate.at(estate.stair)[0].household
    Person.objects.create(division=COMMUNITY, household=home, created_at=at)
    Person.objects.filter(pk=estate.at(estate.stair)[3].pk).update(purged_at=at)
    assert store.count_inside(zone) == (4, 2)
    assert counts([zone])[zone.pk] == (4, 2)
    assert zone.persons == 4
    assert Case.objects.count() == 1
