"""A positive draws a zone around a home; a person signs it; facts move its clock; it ends when it may, or by itself."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from support import town as towns
from support import zones as stories
from support.town import COMMUNITY, Town
from support.zones import BASIS, Estate

from liankong import flow
from liankong.actions import Forbidden, Refused, cases, zones, zones_appeals, zones_draw, zones_sign
from liankong.protocols.words import ZoneUnit
from liankong.rules import zones_history
from liankong.store import log, orders
from liankong.store import zones as store
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import (
    Appeal,
    Case,
    Contact,
    Entry,
    Investigation,
    Order,
    Person,
    Place,
    Stay,
    Zone,
    ZoneStep,
)
from liankong.store.zones_facts import checklists, counts
from liankong.vocabulary.kinds import (
    AppealState,
    ContactState,
    OrderKind,
    OrderState,
    OrganisationKind,
    PersonClass,
    Protection,
    Role,
    Severity,
    StayMode,
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


def under(at: datetime, protocol: str) -> Town:
    return towns.build(at, protocol=protocol)


def sign(verb: Callable[..., Any], town: Town, at: datetime, **values: Any) -> Any:
    """A commander's verb, and what follows from it."""
    with log.collecting() as consequences:
        done = verb(by=town[Role.COMMANDER], at=at, **values)
    stories.follow(consequences)
    return done


def only_zone(kind: str = "lockdown") -> Zone:
    return Zone.objects.get(kind=kind)


# --- proposals ----------------------------------------------------------------------------------------------------


def test_a_positive_proposes_its_stair_with_who_lives_there_and_binds_nobody(
    town: Town, estate: Estate, at: datetime
) -> None:
    case = stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = Zone.objects.get()
    assert (zone.state, zone.kind, zone.unit, zone.name) == ("proposed", "lockdown", "stair", "Garden 1-1")
    assert (zone.case, zone.persons, zone.households) == (case, 4, 2)
    assert zone.signed_by_id is None
    assert not Order.objects.filter(kind=OrderKind.ZONE).exists()
    proposed = Entry.objects.get(kind="ZoneProposed")
    assert (proposed.rule, Entry.objects.get(pk=proposed.cause).kind) == ("flow:zones.propose", "CaseOpened")
    assert "smallest lawful unit" in zone.why["reason"]


def test_a_second_case_of_the_same_stair_proposes_nothing_twice(
    town: Town, estate: Estate, at: datetime
) -> None:
    for number in (0, 2):
        stories.positive(town, estate.at(estate.stair)[number], at, code=f"P{number}")
    stories.positive(town, estate.at(estate.other_building)[0], at, code="P9")
    assert sorted(Zone.objects.values_list("name", flat=True)) == ["Garden 1-1", "Garden 2"]


def test_running_every_reaction_twice_leaves_nothing_twice(town: Town, estate: Estate, at: datetime) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    stories.approved(town, only_zone(), at + timedelta(hours=1))
    before = (Zone.objects.count(), ZoneStep.objects.count(), Order.objects.count(), Entry.objects.count())
    for entry in Entry.objects.order_by("pk"):
        for verb in log.REACTIONS.get(entry.kind, ()):
            flow.answer_now([(verb, entry.pk)])
    after = (Zone.objects.count(), ZoneStep.objects.count(), Order.objects.count(), Entry.objects.count())
    assert before == after


def test_where_no_home_is_registered_the_community_is_proposed_under_v8_and_nothing_under_the_twenty(
    at: datetime,
) -> None:
    with node_scope():
        town = under(at, "CN-COV-20")
        lone = Person.objects.create(division=COMMUNITY, created_at=at)
        stories.positive(town, lone, at, code="P1")
        assert not Zone.objects.exists()
        town.outbreak.protocol = "CN-COV-v8"
        town.outbreak.save(update_fields=["protocol"])
        other = Person.objects.create(division=COMMUNITY, created_at=at)
        stories.positive(town, other, at, code="P2")
        zone = Zone.objects.get()
        assert (zone.unit, zone.divisions, zone.persons) == ("compound", [COMMUNITY], 2)


def test_under_class_b_nothing_is_proposed_and_nothing_can_be_drawn_by_hand(at: datetime) -> None:
    with node_scope():
        town = under(at, "CN-COV-BB")
        estate = stories.estate(at)
        stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
        assert not Zone.objects.exists()
        with pytest.raises(Refused, match="done away with zones"):
            sign(
                zones_draw.propose_area,
                town,
                at,
                outbreak=town.outbreak.pk,
                kind="high",
                reason="fear",
                places=[estate.stair.pk],
            )


def test_an_excluded_case_takes_its_proposal_back(town: Town, estate: Estate, at: datetime) -> None:
    case = stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    with log.collecting() as consequences:
        cases.classify(
            case=case.pk,
            classification=PersonClass.EXCLUDED,
            reason="a mislabelled tube",
            by=town[Role.CLINICIAN],
            at=at + timedelta(hours=2),
        )
    stories.follow(consequences)
    zone = Zone.objects.get()
    assert (zone.state, zone.signed_by_id) == (ZoneState.REJECTED, None)


def test_a_confirmed_track_proposes_its_places_by_their_risk_and_leaves_homes_trains_and_old_stays_out(
    town: Town, estate: Estate, at: datetime
) -> None:
    case = stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    investigation, _new = Investigation.objects.get_or_create(
        case=case,
        defaults={"division": case.division, "organisation": town.cdc, "opened_at": at},
    )
    names = {}
    for name, mode, protection, back in (
        ("market", StayMode.SHOPPING, Protection.NONE, 1),
        ("office", StayMode.WORK, Protection.MASK, 1),
        ("home", StayMode.HOME, Protection.NONE, 1),
        ("station", StayMode.TRAIN, Protection.NONE, 1),
        ("cinema", StayMode.LEISURE, Protection.NONE, 5),
    ):
        place = Place.objects.create(name=name, kind=name, division=COMMUNITY)
        names[place.pk] = name
        Stay.objects.create(
            person=case.person,
            investigation=investigation,
            division=COMMUNITY,
            place=place,
            mode=mode,
            protection=protection,
            from_at=at - back * DAY - timedelta(hours=2),
            until_at=at - back * DAY,
            confirmed_at=at,
            recorded_at=at,
        )
    entry = Entry.objects.create(
        kind="TrackConfirmed",
        subject_kind="investigation",
        subject=investigation.pk,
        division=case.division,
        occurred_at=at,
        recorded_at=at,
    )
    for _twice in range(2):
        flow.answer_now([("zones.propose_around", entry.pk)])
    drawn = {zone.name: zone.kind for zone in Zone.objects.exclude(name="Garden 1-1")}
    assert drawn == {"market": "lockdown", "office": "control"}


# --- signing ------------------------------------------------------------------------------------------------------


def test_nobody_is_bound_without_a_commander_a_legal_basis_and_a_lawful_size(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = only_zone()
    with pytest.raises(Forbidden):
        zones_sign.approve(zone=zone.pk, legal_basis=BASIS, by=town[Role.EPIDEMIOLOGIST], at=at)
    with pytest.raises(Forbidden):
        zones_sign.approve(zone=zone.pk, legal_basis=BASIS, by=CLOCK, at=at)
    with pytest.raises(Refused) as caught:
        zones_sign.approve(zone=zone.pk, legal_basis="  ", by=town[Role.COMMANDER], at=at)
    assert caught.value.field == "legal_basis"
    with pytest.raises(Refused) as caught:
        zones_sign.approve(
            zone=zone.pk, legal_basis=BASIS, expires_at=at + 40 * DAY, by=town[Role.COMMANDER], at=at
        )
    assert caught.value.field == "expires_at"
    zone.refresh_from_db()
    assert zone.state == ZoneState.PROPOSED
    assert not Order.objects.filter(kind=OrderKind.ZONE).exists()


def test_a_signature_starts_the_clock_sends_the_measures_and_proposes_the_rest_of_the_county(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    signed_at = at + timedelta(hours=1)
    zone = stories.approved(town, only_zone(), signed_at)
    assert (zone.state, zone.from_at, zone.clock_from) == (ZoneState.IN_FORCE, signed_at, signed_at)
    assert (zone.review_on, zone.expires_at) == ((signed_at + 7 * DAY).date(), signed_at + 15 * DAY)
    assert zone.signed_by_id == town[Role.COMMANDER].user
    sent = {order.detail["task"]: order for order in Order.objects.filter(kind=OrderKind.ZONE)}
    assert set(sent) == {"enforce", "supply", "door_test"}
    assert sent["enforce"].due_at == signed_at + timedelta(hours=2)
    assert sent["door_test"].addressee == town.cdc
    assert {order.state for order in sent.values()} == {OrderState.ISSUED}
    rest = only_zone("prevention")
    assert (rest.state, rest.unit, rest.divisions) == (ZoneState.PROPOSED, "county", ["120112"])


def test_a_supplier_and_a_street_get_their_own_orders_where_they_exist(
    town: Town, estate: Estate, at: datetime
) -> None:
    from liankong.actions import organisations

    made = {}
    for kind, division in ((OrganisationKind.STREET, COMMUNITY[:9]), (OrganisationKind.SUPPLY, "120112")):
        made[kind] = organisations.found(
            code=f"o-{kind}",
            kind=kind,
            division=division,
            name=str(kind),
            parent=town.district,
            from_at=at - DAY,
            by=towns.BUILDER,
            at=at,
        )
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    stories.approved(town, only_zone(), at)
    sent = {order.detail["task"]: order.addressee for order in Order.objects.filter(kind=OrderKind.ZONE)}
    assert (sent["enforce"], sent["supply"]) == (
        made[OrganisationKind.STREET],
        made[OrganisationKind.SUPPLY],
    )


def test_a_rejected_proposal_says_why_and_cannot_be_signed_later(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    sign(zones_sign.reject, town, at, zone=only_zone().pk, reason="lives alone, moved already")
    with pytest.raises(Refused, match="rejected"):
        stories.approved(town, only_zone(), at)
    assert ZoneStep.objects.latest("pk").reason == "lives alone, moved already"


def test_a_compound_for_a_case_whose_stair_is_known_needs_a_finding(
    town: Town, estate: Estate, at: datetime
) -> None:
    case = stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    wide = sign(
        zones_draw.propose_area,
        town,
        at,
        outbreak=town.outbreak.pk,
        kind="lockdown",
        reason="spread in the compound",
        places=[estate.compound.pk],
        case=case.pk,
    )
    assert (wide.unit, wide.needed, wide.persons) == ("compound", "stair", 12)
    with pytest.raises(Refused) as caught:
        stories.approved(town, wide, at)
    assert caught.value.field == "finding"
    done = stories.approved(town, wide, at, finding="positive samples in both buildings")
    assert (done.state, done.finding) == (ZoneState.IN_FORCE, "positive samples in both buildings")


def test_a_drawn_outline_takes_the_places_inside_and_its_unit_from_the_largest_of_them(
    town: Town, estate: Estate, at: datetime
) -> None:
    def outline(west: float, east: float) -> dict[str, Any]:
        ring = [[west, 38.95], [east, 38.95], [east, 38.97], [west, 38.97], [west, 38.95]]
        return {"type": "Polygon", "coordinates": [ring]}

    def draw(shape: dict[str, Any], kind: str = "lockdown") -> Zone:
        return sign(  # type: ignore[no-any-return]  # what the verb gives
            zones_draw.propose_area,
            town,
            at,
            outbreak=town.outbreak.pk,
            kind=kind,
            reason="drawn on the map",
            outline=shape,
            name="East side",
        )

    east = draw(outline(117.3918, 117.40))
    assert (east.unit, east.persons, east.households) == ("building", 4, 2)
    assert draw(outline(117.3895, 117.3905)).unit == "compound"
    with pytest.raises(Refused) as caught:
        draw(outline(100.0, 100.1))
    assert caught.value.field == "outline"
    crossed = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    for broken in (crossed, {"type": "Point", "coordinates": [117.39, 38.96]}, {"type": "Nonsense"}):
        with pytest.raises(Refused):
            draw(broken)


def test_a_whole_street_cannot_be_locked_down(town: Town, estate: Estate, at: datetime) -> None:
    with pytest.raises(Refused) as caught:
        sign(
            zones_draw.propose_area,
            town,
            at,
            outbreak=town.outbreak.pk,
            kind="lockdown",
            reason="to be safe",
            divisions=[COMMUNITY[:9]],
        )
    assert caught.value.field == "unit"


# --- the clock ----------------------------------------------------------------------------------------------------


def test_a_new_case_inside_begins_the_days_anew_without_making_the_zone_last_longer(
    town: Town, estate: Estate, at: datetime
) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    stories.positive(town, estate.at(estate.stair)[2], at + 5 * DAY, code="P2")
    later = Zone.objects.get(pk=zone.pk)
    assert later.clock_from == at + 5 * DAY
    assert later.expires_at == zone.expires_at
    step = ZoneStep.objects.filter(zone=zone).latest("pk")
    assert (step.change, step.by_id) == ("clock_restarted", None)


def test_the_days_are_given_back_when_the_new_case_was_none(town: Town, estate: Estate, at: datetime) -> None:
    stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    second = stories.positive(town, estate.at(estate.stair)[2], at + 5 * DAY, code="P2")
    with log.collecting() as consequences:
        cases.classify(
            case=second.pk,
            classification=PersonClass.EXCLUDED,
            reason="mislabelled",
            by=town[Role.CLINICIAN],
            at=at + 6 * DAY,
        )
    stories.follow(consequences)
    zone.refresh_from_db()
    assert zone.clock_from == at
    assert ZoneStep.objects.filter(zone=zone).latest("pk").change == "corrected"


def test_a_positive_in_a_control_area_proposes_lockdown_and_a_person_signs_it(
    town: Town, estate: Estate, at: datetime
) -> None:
    made = sign(
        zones_draw.propose_area,
        town,
        at,
        outbreak=town.outbreak.pk,
        kind="control",
        reason="a case worked here",
        places=[estate.building.pk],
    )
    zone = stories.approved(town, made, at)
    stories.positive(town, estate.at(estate.stair)[0], at + DAY, code="P1")
    zone.refresh_from_db()
    assert (zone.kind, zone.pending_kind) == ("control", "lockdown")
    assert not Zone.objects.filter(kind="lockdown").exists()
    raised_at = at + DAY + timedelta(minutes=20)
    sign(zones_sign.escalate, town, raised_at, zone=zone.pk, reason="a positive inside")
    zone.refresh_from_db()
    assert (zone.kind, zone.pending_kind, zone.expires_at) == ("lockdown", "", raised_at + 15 * DAY)
    with pytest.raises(Refused, match="not graver"):
        sign(zones_sign.escalate, town, raised_at, zone=zone.pk, kind="control", reason="down")


def test_a_contact_moved_out_counts_from_the_transfer_of_the_last_of_theirs(
    town: Town, estate: Estate, at: datetime
) -> None:
    """v8: a transferred contact is confirmed and has new contacts inside; the days count from *their* transfer."""
    from support.rows_response import contact as met

    first = stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = stories.approved(town, only_zone(), at)
    moved = estate.at(estate.other_building)[0]
    contact = met(case=first, person=moved, at=at)
    Contact.objects.filter(pk=contact.pk).update(state=ContactState.CONTROLLED, controlled_at=at)
    fell_ill = stories.positive(town, moved, at + 3 * DAY, code="P2")
    Contact.objects.filter(pk=contact.pk).update(state=ContactState.CASE, case=fell_ill)
    neighbour = met(case=fell_ill, person=estate.at(estate.stair)[2], at=at + 3 * DAY)
    Contact.objects.filter(pk=neighbour.pk).update(state=ContactState.CONFIRMED)
    ill = Entry.objects.create(
        kind="ContactBecameCase",
        subject_kind="contact",
        subject=contact.pk,
        division=COMMUNITY,
        occurred_at=at + 3 * DAY,
        recorded_at=at,
    )
    flow.answer_now([("zones.on_contact_case", ill.pk)])
    zone.refresh_from_db()
    assert zone.clock_from is None
    gone_at = at + 4 * DAY
    Contact.objects.filter(pk=neighbour.pk).update(state=ContactState.CONTROLLED, controlled_at=gone_at)
    out = Entry.objects.create(
        kind="ContactControlled",
        subject_kind="contact",
        subject=neighbour.pk,
        division=COMMUNITY,
        occurred_at=gone_at,
        recorded_at=at,
    )
    flow.answer_now([("zones.on_contact", out.pk)])
    zone.refresh_from_db()
    assert zone.clock_from == gone_at


def test_beijings_days_wait_for_the_disinfection_when_a_sample_is_positive(at: datetime) -> None:
    with node_scope():
        town = under(at, "CN-COV-v8-BJ22")
        estate = stories.estate(at)
        case = stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
        zone = stories.approved(town, only_zone(), at)
        assert zone.clock_from is None
        with log.collecting() as consequences:
            cases.record_course(
                case=case.pk,
                admitted_at=at + timedelta(hours=3),
                by=town[Role.CLINICIAN],
                at=at + timedelta(hours=4),
            )
        stories.follow(consequences)
        zone.refresh_from_db()
        assert zone.clock_from == at + timedelta(hours=3)

        def done(kind: OrderKind, hours: int, **detail: Any) -> None:
            when = at + timedelta(hours=hours)
            order = orders.issue(
                kind=kind,
                title="t",
                issuer=town.district,
                addressee=town.cdc,
                division=COMMUNITY,
                due_at=when,
                place=estate.stair,
                detail=detail,
                by=CLOCK,
                at=at,
            )
            with log.collecting() as consequences:
                orders.complete(order, proof="done", done_by=None, by=CLOCK, at=when)
            stories.follow(consequences)

        done(OrderKind.ENVIRONMENT_SAMPLE, 5, result="positive")
        zone.refresh_from_db()
        assert zone.clock_from is None
        done(OrderKind.DISINFECTION, 9)
        zone.refresh_from_db()
        assert zone.clock_from == at + timedelta(hours=9)


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
        town = under(at, "CN-COV-v9")
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
        town = under(at, "CN-COV-20")
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
