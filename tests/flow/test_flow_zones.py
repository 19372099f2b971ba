"""A positive draws a zone around a home; it binds nobody until a person signs it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from support import town as towns
from support import zones as stories
from support.town import COMMUNITY, Town
from support.zones import BASIS, Estate, only_zone, sign

from liankong import flow
from liankong.actions import Forbidden, Refused, cases, zones_draw, zones_sign
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Entry, Investigation, Order, Person, Place, Stay, Zone, ZoneStep
from liankong.vocabulary.kinds import (
    OrderKind,
    OrderState,
    OrganisationKind,
    PersonClass,
    Protection,
    Role,
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
        town = towns.build(at, protocol="CN-COV-20")
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
        town = towns.build(at, protocol="CN-COV-BB")
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
