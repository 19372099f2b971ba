"""Who must move, where, by when; and who is in which room? Rooms and vehicles are held, never booked twice."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q

from liankong.protocols.words import Placement, Subject
from liankong.store.models.access import User
from liankong.store.models.base import Access, DivisionField, Row, Scoped, Through, choices, one_of
from liankong.store.models.inquiries import Inquiry
from liankong.store.models.orders import Order
from liankong.store.models.registry import Itself, Organisation, Period, Person, Place
from liankong.store.models.tracing import Contact
from liankong.vocabulary.kinds import Mobility, ResultValue, RoomState, SiteArea


class Site(Row):
    """An isolation site (集中隔离点): its rooms, its three areas, its people."""

    access: ClassVar[Access] = Scoped()

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="site")
    division = DivisionField()
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True)
    # In use, or in reserve and ready within so many hours.
    open_from = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    ready_within_hours = models.PositiveSmallIntegerField(default=0)
    # The site's own interval of its staff's tests, where it is shorter than the standing one.
    staff_test_hours = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["division"])]


class Room(Row):
    """One room of a site."""

    access: ClassVar[Access] = Through("site_id", "store_site")

    site = models.ForeignKey(Site, models.CASCADE, related_name="rooms")
    number = models.CharField(max_length=20)
    floor = models.SmallIntegerField(default=1)
    beds = models.PositiveSmallIntegerField(default=1)
    accessible = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=choices(RoomState), default=RoomState.READY)
    state_since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="room_number_once"),
            one_of("state", RoomState, name="room_state"),
        ]
        indexes = [models.Index(fields=["site", "state"])]


class RoomSwab(Row):
    """A swab of a room and its objects; a positive one blocks release until a later one excludes it."""

    access: ClassVar[Access] = Through("room_id", "store_room")

    room = models.ForeignKey(Room, models.CASCADE, related_name="swabs")
    value = models.CharField(max_length=10, choices=choices(ResultValue))
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [one_of("value", ResultValue, name="room_swab_value")]
        indexes = [models.Index(fields=["room", "-at"])]


class Vehicle(Row):
    """A vehicle for transfers, of an organisation's fleet."""

    access: ClassVar[Access] = Scoped()

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="vehicles")
    division = DivisionField()
    plate = models.CharField(max_length=20, unique=True)
    seats = models.PositiveSmallIntegerField()
    wheelchairs = models.PositiveSmallIntegerField(default=0)
    stretchers = models.PositiveSmallIntegerField(default=0)
    negative_pressure = models.BooleanField(default=False)
    out_of_service = models.BooleanField(default=False)


class Hold(Row):
    """A capacity that is held: a room for a party, or a vehicle for a trip, from when until when.

    The database refuses two holds of one thing at one time, however many try.
    """

    access: ClassVar[Access] = Scoped()

    division = DivisionField()
    room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="holds")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, blank=True, related_name="holds")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    # Set back to nothing held, e.g. because the transfer was called off: the time is free again.
    released_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="room_held_once",
                expressions=[
                    (Itself("room"), RangeOperators.OVERLAPS),
                    (Period("from_at", "until_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(room__isnull=False, released_at__isnull=True),
            ),
            ExclusionConstraint(
                name="vehicle_held_once",
                expressions=[
                    (Itself("vehicle"), RangeOperators.OVERLAPS),
                    (Period("from_at", "until_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=Q(vehicle__isnull=False, released_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(room__isnull=False, vehicle__isnull=True)
                | Q(room__isnull=True, vehicle__isnull=False),
                name="hold_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gt=F("from_at")), name="hold_has_length"
            ),
        ]


class Trip(Row):
    """One drive of a vehicle that moves people: its stops in order, with times at door, aboard, arrived."""

    access: ClassVar[Access] = Scoped()

    division = DivisionField()
    hold = models.OneToOneField(Hold, models.PROTECT, null=True, blank=True, related_name="trip")
    # Where it ends: a site's organisation, or a hospital.
    destination = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="trips")
    infected = models.BooleanField(default=False)
    kilometres = models.FloatField(null=True, blank=True)
    planned_at = models.DateTimeField()
    leaves_at = models.DateTimeField(null=True, blank=True)
    # When it should arrive, by the planner's speed; the real hours are the riders' own.
    expected_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["division", "-planned_at"])]


class Isolation(Row):
    """A person's isolation: proposed, moved, inside, out. Its order and its room are its own."""

    access: ClassVar[Access] = Scoped()

    person = models.ForeignKey(Person, models.PROTECT, related_name="isolations")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="isolations")
    division = DivisionField()
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, null=True, blank=True, related_name="isolations")
    # Under which regime of the protocol, and from which day its days count.
    subject = models.CharField(max_length=24, choices=choices(Subject))
    protocol = models.CharField(max_length=40)
    starts_on = models.DateField(null=True, blank=True)
    placement = models.CharField(max_length=16, choices=choices(Placement))
    # Who shares a room on purpose (a minor and a parent) carries the same party number.
    party = models.BigIntegerField(null=True, blank=True)
    # Infected and not infected are never mixed in a room, on a trip, on a floor.
    infected = models.BooleanField(default=False)
    mobility = models.CharField(max_length=12, choices=choices(Mobility), default=Mobility.WALKS)
    # What a person found on assessment: grounds for home isolation, whether home was granted, who cares for them.
    grounds = models.JSONField(default=list, blank=True)
    home_granted = models.BooleanField(default=False)
    carer = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="cared_for")
    assessed_at = models.DateTimeField(null=True, blank=True)
    assessed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    # The clock: from the determination to the deadline of the move, whenever it is signed.
    determined_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    order = models.OneToOneField(Order, models.PROTECT, null=True, blank=True, related_name="isolation")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="isolations")
    hospital = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    hold = models.ForeignKey(Hold, models.PROTECT, null=True, blank=True, related_name="isolations")
    trip = models.ForeignKey(Trip, models.PROTECT, null=True, blank=True, related_name="riders")
    stop = models.PositiveSmallIntegerField(null=True, blank=True)
    at_door_at = models.DateTimeField(null=True, blank=True)
    aboard_at = models.DateTimeField(null=True, blank=True)
    arrived_at = models.DateTimeField(null=True, blank=True)
    release_on = models.DateField(null=True, blank=True)
    # Why the release was proposed before its day, or that it was proposed at all.
    release_proposed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    # Why it ended otherwise: to hospital, called off.
    ended = models.CharField(max_length=120, blank=True, default="")
    why = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("placement", Placement, name="isolation_placement"),
            one_of("mobility", Mobility, name="isolation_mobility"),
            one_of("subject", Subject, name="isolation_subject"),
            # At most one stay, one move under way and one proposal: whoever isolates at home stays there until a
            # site is signed, and whoever is fetched from a room is in it until they arrive elsewhere.
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(released_at__isnull=True, arrived_at__isnull=False),
                name="isolation_one_stay",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(released_at__isnull=True, signed_at__isnull=False, arrived_at__isnull=True),
                name="isolation_one_move",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(released_at__isnull=True, signed_at__isnull=True),
                name="isolation_one_proposed",
            ),
            models.CheckConstraint(
                condition=Q(at_door_at__isnull=True)
                | Q(aboard_at__isnull=True)
                | Q(aboard_at__gte=F("at_door_at")),
                name="isolation_aboard_after_door",
            ),
            models.CheckConstraint(
                condition=Q(aboard_at__isnull=True)
                | Q(arrived_at__isnull=True)
                | Q(arrived_at__gte=F("aboard_at")),
                name="isolation_arrived_after_aboard",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=False)
                | Q(hold__isnull=True, trip__isnull=True, arrived_at__isnull=True),
                name="isolation_signed_before_held",
            ),
        ]
        indexes = [
            models.Index(fields=["site", "released_at"]),
            models.Index(fields=["division", "arrived_at"]),
            models.Index(
                fields=["due_at"],
                condition=Q(released_at__isnull=True, arrived_at__isnull=True),
                name="isolation_on_the_way",
            ),
        ]


class StaffTerm(Row):
    """Who works in which area of a site, from when until when: the closed loop (闭环) of its staff."""

    access: ClassVar[Access] = Through("site_id", "store_site")

    site = models.ForeignKey(Site, models.CASCADE, related_name="staff")
    person = models.ForeignKey(Person, models.PROTECT, related_name="staff_terms")
    area = models.CharField(max_length=12, choices=choices(SiteArea))
    job = models.CharField(max_length=60)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    last_tested_on = models.DateField(null=True, blank=True)
    left_loop_on = models.DateField(null=True, blank=True)
    # The last day of the monitoring after leaving the loop, under the protocol that was in force then.
    monitor_until = models.DateField(null=True, blank=True)
    monitor_at = models.CharField(max_length=16, choices=choices(Placement), blank=True, default="")

    class Meta:
        constraints = [
            one_of("area", SiteArea, name="staff_area"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(until_at__isnull=True), name="staff_one_open_term"
            ),
        ]
