"""Who leaves a site, when, and on which proof; and that nothing ever stands before emergency care."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import sites
from support import town as towns
from support.sites import Ground
from support.town import JINNAN, Town

from liankong.actions import Refused, isolation_stay, isolation_trips
from liankong.protocols.words import Placement
from liankong.store.access import node_scope
from liankong.store.models import Check, Contact, Hold, Isolation, Trip
from liankong.vocabulary.facts import ContactReleased
from liankong.vocabulary.kinds import (
    CheckKind,
    CheckState,
    ContactState,
    OrderKind,
    OrderState,
    PersonClass,
    ResultValue,
    Role,
    RoomState,
)
from liankong.vocabulary.spans import local, local_day

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def ground(town: Town, at: datetime) -> Ground:
    return sites.build(town, at)


# --- release ------------------------------------------------------------------------------------------------------


def test_release_waits_for_the_day_the_tests_both_samples_and_the_rooms_swab(
    town: Town, ground: Ground, at: datetime
) -> None:
    row = sites.inside(town, ground, at)
    manager = town[Role.SITE_MANAGER]
    last = at + timedelta(days=14)
    Check.objects.filter(contact=row.contact_id).delete()

    def refusal() -> str:
        with pytest.raises(Refused) as error:
            isolation_stay.release(isolation=row.pk, by=manager, at=last)
        return str(error.value)

    with pytest.raises(Refused, match="13 days are left"):
        isolation_stay.release(isolation=row.pk, by=manager, at=at + timedelta(days=1))
    assert "No test is on record" in refusal()
    for day, turn in ((1, 1), (4, 1), (7, 1), (14, 1)):
        _check(row, local_day(at) + timedelta(days=day), turn)
    assert "1 of 2 negative samples" in refusal()
    _check(row, local_day(last), 2)
    assert "not been swabbed" in refusal()
    assert row.hold is not None and row.hold.room is not None
    room = row.hold.room
    isolation_stay.swab_room(room=room.pk, value=ResultValue.POSITIVE, by=manager, at=last - HOUR)
    assert "not yet excluded" in refusal()
    isolation_stay.swab_room(room=room.pk, value=ResultValue.NEGATIVE, by=manager, at=last)
    with sites.answered():
        isolation_stay.release(isolation=row.pk, by=manager, at=last)
    row.refresh_from_db()
    room.refresh_from_db()
    assert row.released_at == last and row.ended == "" and room.state == RoomState.CLEANING
    at_home = Isolation.objects.get(person=row.person, released_at__isnull=True)
    assert (at_home.placement, at_home.release_on) == (
        Placement.HOME_MONITORING,
        local_day(at) + timedelta(days=21),
    )
    assert at_home.order is not None and at_home.order.state == OrderState.ISSUED


def test_a_positive_sample_of_the_sites_surroundings_blocks_every_release(
    town: Town, ground: Ground, at: datetime
) -> None:
    from support.rows_response import order

    row = sites.inside(town, ground, at)
    sampled = order(body=town.district, division=JINNAN, at=at, kind=OrderKind.ENVIRONMENT_SAMPLE)
    sampled.place, sampled.detail = ground.site.place, {"result": "positive"}
    sampled.state, sampled.done_at = OrderState.DONE, at + HOUR
    sampled.save()
    isolation_stay.swab_room(
        room=ground.rooms["101"].pk, value=ResultValue.NEGATIVE, by=town[Role.SITE_MANAGER], at=at + 2 * HOUR
    )
    found = isolation_stay.checklist_of(
        Isolation.objects.select_related("site", "hold", "contact").get(pk=row.pk), at + timedelta(days=14)
    )
    assert any("site" in line.why.sentence() for line in found.missing)


def test_whoever_isolates_at_home_is_free_with_the_signature_and_whoever_is_at_a_site_by_the_checklist(
    town: Town, ground: Ground, at: datetime
) -> None:
    home = sites.proposal(
        town, ground, at, classification=PersonClass.SECONDARY_CONTACT, protocol="CN-COV-v9"
    )
    sites.sign(town, home, at=at)
    with sites.answered():
        isolation_trips.begin_home(isolation=home.pk, by=town[Role.DISPATCHER], at=at)
    site = sites.inside(town, ground, at)
    for row in (home, site):
        Contact.objects.filter(pk=row.contact_id).update(state=ContactState.RELEASED)
        sites.told(town, ContactReleased(contact=row.contact_id or 0), row.contact_id or 0, at + HOUR)
        row.refresh_from_db()
    assert home.released_at == at + HOUR
    assert site.released_at is None and site.release_proposed_at == at + HOUR


def test_a_check_that_is_done_counts_and_one_that_is_missed_does_not(
    town: Town, ground: Ground, at: datetime
) -> None:
    row = sites.inside(town, ground, at)
    Check.objects.filter(contact=row.contact_id).delete()
    _check(row, local_day(at), 1)
    Check.objects.create(
        contact_id=row.contact_id,
        kind=CheckKind.TEST,
        day=2,
        due_on=local_day(at) + timedelta(days=1),
        due_at=at + timedelta(days=1),
        state=CheckState.MISSED,
    )
    found = isolation_stay.checklist_of(
        Isolation.objects.select_related("site", "hold", "contact").get(pk=row.pk), at + timedelta(days=14)
    )
    words = " ".join(line.why.sentence() for line in found.missing)
    assert (local_day(at) + timedelta(days=1)).isoformat() in words


def _check(row: Isolation, day: object, turn: int) -> None:
    Check.objects.create(
        contact_id=row.contact_id,
        kind=CheckKind.TEST,
        day=1,
        turn=turn,
        due_on=day,
        due_at=local(day),  # type: ignore[arg-type]
        state=CheckState.DONE,
        value=ResultValue.NEGATIVE,
    )


# --- emergency care is gated by nothing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stage", ["proposed", "signed", "aboard", "inside", "positive room", "home", "released"]
)
def test_nothing_ever_stands_between_somebody_and_a_hospital(
    town: Town, ground: Ground, at: datetime, stage: str
) -> None:
    """No protocol, day, test, swab, signature, trip or room is asked for, and nobody is asked for a reason."""
    if stage == "home":
        row = sites.proposal(
            town, ground, at, classification=PersonClass.SECONDARY_CONTACT, protocol="CN-COV-v9"
        )
        sites.sign(town, row, at=at)
    else:
        row = sites.proposal(town, ground, at)
    if stage not in ("proposed", "home"):
        sites.sign(town, row, at=at)
    if stage == "aboard":
        isolation_trips.aboard(isolation=row.pk, by=town[Role.DISPATCHER], at=at)
    if stage in ("inside", "positive room", "released"):
        sites.bring(town, row, at)
    if stage == "positive room":
        row.refresh_from_db()
        isolation_stay.swab_room(
            room=row.hold.room_id,
            value=ResultValue.POSITIVE,
            by=town[Role.SITE_MANAGER],
            at=at + HOUR,  # type: ignore[union-attr,arg-type]
        )
    if stage == "released":
        isolation_trips.to_hospital(isolation=row.pk, by=town[Role.SITE_MANAGER], at=at + HOUR)
    with sites.answered():
        isolation_trips.to_hospital(isolation=row.pk, by=town[Role.SITE_MANAGER], at=at + HOUR)
    row.refresh_from_db()
    assert row.released_at == at + HOUR
    assert row.ended.startswith("hospital")
    open_holds = Hold.objects.filter(until_at__isnull=True, released_at__isnull=True)
    assert not open_holds.exists(), "room and vehicle are free"
    assert not Trip.objects.filter(ended_at__isnull=True, called_off_at__isnull=True).exists()


def test_words_with_somebodys_number_do_not_hold_up_the_way_to_a_hospital(
    town: Town, ground: Ground, at: datetime
) -> None:
    row = sites.inside(town, ground, at)
    isolation_trips.to_hospital(
        isolation=row.pk, reason="chest pain, call 13812345678", by=town[Role.SITE_MANAGER], at=at
    )
    row.refresh_from_db()
    assert "chest pain" in row.ended and "13812345678" not in row.ended
