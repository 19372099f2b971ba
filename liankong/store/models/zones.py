"""Which smallest area is closed, since when, on which ground, and when does it open again?"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from liankong.store.models.access import User
from liankong.store.models.base import Access, DivisionField, Row, Scoped, Through, choices, one_of
from liankong.store.models.cases import Case, Outbreak
from liankong.store.models.registry import Place
from liankong.vocabulary.kinds import AppealState, ZoneChange, ZoneState


class Zone(Row):
    """A zone of the protocol's scheme. State for now; `ZoneStep` is its history and is never rewritten."""

    access: ClassVar[Access] = Scoped()

    outbreak = models.ForeignKey(Outbreak, models.PROTECT, related_name="zones")
    division = DivisionField()
    number = models.CharField(max_length=40)
    # The protocol's own code of the kind (lockdown, control, high, medium ...), and the unit it is drawn by.
    kind = models.CharField(max_length=20)
    unit = models.CharField(max_length=16)
    name = models.CharField(max_length=160)
    # What lies inside: places of the register (a compound, a building), whole divisions by code, a drawn outline.
    places = models.ManyToManyField(Place, through="ZonePlace", related_name="zones")
    divisions = models.JSONField(default=list, blank=True)
    outline = models.JSONField(null=True, blank=True)  # GeoJSON Polygon or MultiPolygon, WGS 84
    persons = models.PositiveIntegerField(null=True, blank=True)
    households = models.PositiveIntegerField(null=True, blank=True)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="zones")
    protocol = models.CharField(max_length=40)
    legal_basis = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=choices(ZoneState), default=ZoneState.PROPOSED)
    proposed_at = models.DateTimeField()
    from_at = models.DateTimeField(null=True, blank=True)
    # From here the days without a new infection count; a positive or an open disinfection moves it.
    clock_from = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    # Nothing holds for ever: past this moment the zone has no effect unless it was extended with a reason.
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    # The graver kind whose remaining term it serves, and the kind that a rule says it should become after a
    # positive: that binds nobody until a person signs it.
    lowered_from = models.CharField(max_length=20, blank=True, default="")
    pending_kind = models.CharField(max_length=20, blank=True, default="")
    # The smallest unit that holds all that was known when it was drawn, and what was found that needed more.
    needed = models.CharField(max_length=16, blank=True, default="")
    finding = models.CharField(max_length=300, blank=True, default="")
    why = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outbreak", "number"], name="zone_number_once"),
            one_of("state", ZoneState, name="zone_state"),
            models.CheckConstraint(
                condition=~Q(state=ZoneState.IN_FORCE)
                | Q(
                    from_at__isnull=False,
                    review_on__isnull=False,
                    expires_at__gt=F("from_at"),
                    signed_by__isnull=False,
                )
                & ~Q(legal_basis=""),
                name="zone_in_force_is_lawful",
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "state", "division"]),
            models.Index(fields=["-proposed_at", "-id"], name="zone_board"),
            models.Index(fields=["expires_at"], condition=Q(state=ZoneState.IN_FORCE), name="zone_to_expire"),
        ]


class ZonePlace(Row):
    access: ClassVar[Access] = Through("zone_id", "store_zone")

    zone = models.ForeignKey(Zone, models.CASCADE)
    place = models.ForeignKey(Place, models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zone", "place"], name="zone_place_once")]


class ZoneStep(Row):
    """One change of a zone, append-only: what it was, what it became, who said so and why."""

    access: ClassVar[Access] = Through("zone_id", "store_zone")

    zone = models.ForeignKey(Zone, models.CASCADE, related_name="steps")
    change = models.CharField(max_length=16, choices=choices(ZoneChange))
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True, default="")
    # Kind, clock, review, expiry and area as they were before and are after.
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [one_of("change", ZoneChange, name="zone_change")]
        indexes = [models.Index(fields=["zone", "at", "id"])]


class Appeal(Row):
    """Somebody thinks that a measure wrongs them. Answered by a date, by another person than the signer."""

    access: ClassVar[Access] = Through("zone_id", "store_zone")

    zone = models.ForeignKey(Zone, models.CASCADE, related_name="appeals")
    text_sealed = models.BinaryField()
    state = models.CharField(max_length=10, choices=choices(AppealState), default=AppealState.OPEN)
    made_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [one_of("state", AppealState, name="appeal_state")]
