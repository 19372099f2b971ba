"""Which hospital takes what, and where does it stand? So that whoever takes a call need not know."""

from collections.abc import Sequence
from datetime import datetime

from liankong.actions import Refused, action
from liankong.store import log
from liankong.store import orders as structure
from liankong.store.log import Actor
from liankong.store.models import CarePoint, Organisation
from liankong.vocabulary.facts import CarePointChanged
from liankong.vocabulary.kinds import NeedKind, OrganisationKind

KINDS = (OrganisationKind.HOSPITAL, OrganisationKind.EMERGENCY_CENTRE)


@action("orders.issue")
def set_care_point(
    *,
    organisation: int,
    takes: Sequence[NeedKind],
    by: Actor,
    at: datetime,
    longitude: float | None = None,
    latitude: float | None = None,
    open: bool = True,  # the word of the field
) -> CarePoint:
    """Say what a hospital or emergency centre takes, and where it stands (degrees, WGS 84).

    Done by the body itself or by one that it answers to, or by the headquarters of its division.
    """
    body = Organisation.objects.filter(pk=organisation, kind__in=KINDS).first()
    if body is None:
        raise Refused("there is no such hospital", field="organisation")
    ours = by.organisation is not None and structure.answers_to(body.pk, by.organisation, at)
    if not ours and not body.division.startswith(by.division):
        raise Refused("this hospital answers to another headquarters", field="organisation")
    if (longitude is None) != (latitude is None):
        raise Refused("a location has a longitude and a latitude", field="longitude")
    if longitude is not None and not (-180 <= longitude <= 180 and -90 <= (latitude or 0.0) <= 90):
        raise Refused("there is no such place: degrees east and north", field="longitude")
    chosen = tuple(kind for kind in NeedKind if kind in set(takes))
    row, _made = CarePoint.objects.update_or_create(
        organisation=body,
        defaults={
            "takes": [kind.value for kind in chosen],
            "longitude": longitude,
            "latitude": latitude,
            "open": open,
        },
    )
    fact = CarePointChanged(organisation=body.pk, takes=chosen, open=open)
    log.record(fact, subject=body.pk, division=by.division, by=by, at=at)
    return row
