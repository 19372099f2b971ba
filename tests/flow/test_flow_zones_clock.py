"""What moves a zone's days: a new case inside, a contact moved out, a disinfection, an error put right."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from support import town as towns
from support import zones as stories
from support.town import COMMUNITY, Town
from support.zones import Estate, only_zone, sign

from liankong import flow
from liankong.actions import Refused, cases, zones_draw, zones_sign
from liankong.store import log, orders
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Contact, Entry, Zone, ZoneStep
from liankong.vocabulary.kinds import ContactState, OrderKind, PersonClass, Role

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
        town = towns.build(at, protocol="CN-COV-v8-BJ22")
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
