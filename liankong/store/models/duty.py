"""Who is on duty now, what did the last shift hand over, and what does a household inside need?"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from liankong.store.models.access import User
from liankong.store.models.base import Access, DivisionField, Row, Scoped, Shared, choices, one_of
from liankong.store.models.registry import Household, Organisation, Person, Post
from liankong.vocabulary.kinds import NeedKind


class Shift(Row):
    """A user is on duty (值班) for an organisation, from when until when."""

    access: ClassVar[Access] = Scoped()

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="shifts")
    division = DivisionField()
    user = models.ForeignKey(User, models.PROTECT, related_name="shifts")
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="shifts")
    leads = models.BooleanField(default=False)  # 带班
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="shift_has_length"),
            models.UniqueConstraint(fields=["organisation", "user", "from_at"], name="shift_once"),
        ]
        indexes = [models.Index(fields=["organisation", "from_at", "until_at"])]


class Handover(Row):
    """What one shift tells the next. No person's name: people are numbers of cases and orders."""

    access: ClassVar[Access] = Scoped()

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="handovers")
    division = DivisionField()
    text = models.TextField()
    # How the orders stood at that hour, counted when the note was written: open, late, returned, and so on.
    figures = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_by__isnull=True) | ~Q(taken_by=F("by")), name="handover_needs_two"
            )
        ]
        indexes = [models.Index(fields=["organisation", "-at"], name="handover_newest")]


class CarePoint(Row):
    """What a hospital or the emergency centre (120) takes, and where it stands, so that the nearest can be told."""

    access: ClassVar[Access] = Shared("where care is to be had must be known to whoever takes a call")

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="care_point")
    takes = models.JSONField(default=list)  # values of NeedKind
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
                name="care_point_on_earth",
            )
        ]


class StandingNeed(Row):
    """A need that comes again: dialysis on Tuesdays, insulin each month, a birth expected. Each turn is an order."""

    access: ClassVar[Access] = Scoped()

    division = DivisionField()
    # Who keeps the list and answers for its turns; they are issued in its name.
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="standing_needs")
    household = models.ForeignKey(Household, models.PROTECT, related_name="standing_needs")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="standing_needs")
    kind = models.CharField(max_length=12, choices=choices(NeedKind))
    # What and where, without a name: "haemodialysis, three times a week".
    what = models.CharField(max_length=160)
    hospital = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="green_channel"
    )
    every_days = models.PositiveSmallIntegerField(null=True, blank=True)
    next_on = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    listed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            one_of("kind", NeedKind, name="standing_need_kind"),
            models.CheckConstraint(
                condition=Q(every_days__isnull=True) | Q(every_days__gte=1), name="standing_need_interval"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(next_on__isnull=False), name="standing_need_has_turn"
            ),
        ]
        indexes = [models.Index(fields=["next_on"], condition=Q(ended_at__isnull=True), name="need_next")]
