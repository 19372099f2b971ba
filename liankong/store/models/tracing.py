"""Where was the case, whom did they meet, and how is each contact followed until released?"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from liankong.store.models.access import User
from liankong.store.models.base import Access, DivisionField, Row, Scoped, Through, choices, one_of
from liankong.store.models.cases import Case, Outbreak
from liankong.store.models.registry import Organisation, Person, Place
from liankong.vocabulary.kinds import (
    CheckKind,
    CheckState,
    ContactState,
    ExposureKind,
    FactSource,
    PersonClass,
    Protection,
    StayMode,
)

CONTACT_CLASSES = (
    PersonClass.CLOSE_CONTACT,
    PersonClass.SECONDARY_CONTACT,
    PersonClass.GENERAL_CONTACT,
)


class Investigation(Row):
    """The epidemiological investigation (流调) of one case; opened with it, its clocks are orders."""

    access: ClassVar[Access] = Scoped()

    case = models.OneToOneField(Case, models.PROTECT, related_name="investigation")
    division = DivisionField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="investigations")
    investigator = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    opened_at = models.DateTimeField()
    # When the itinerary was said to be complete, and from when to when it reaches.
    track_confirmed_at = models.DateTimeField(null=True, blank=True)
    track_from = models.DateTimeField(null=True, blank=True)
    track_until = models.DateTimeField(null=True, blank=True)
    # The preliminary report (初步流调报告) was filed.
    reported_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # What the interview brought, in words; sealed, for it may name people.
    notes_sealed = models.BinaryField(default=b"")


class Stay(Row):
    """Somebody was at a place, or in a vehicle, from when until when."""

    access: ClassVar[Access] = Scoped()

    person = models.ForeignKey(Person, models.PROTECT, related_name="stays")
    investigation = models.ForeignKey(
        Investigation, models.CASCADE, null=True, blank=True, related_name="stays"
    )
    division = DivisionField()
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="stays")
    # The place in the words of whoever told it, where none of the register fits. A place, never a person.
    place_text = models.CharField(max_length=160, blank=True, default="")
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    mode = models.CharField(max_length=12, choices=choices(StayMode), default=StayMode.OTHER)
    # Flight or train number, plate or line; seat or carriage.
    vehicle = models.CharField(max_length=40, blank=True, default="")
    seat = models.CharField(max_length=20, blank=True, default="")
    companions = models.PositiveSmallIntegerField(null=True, blank=True)
    protection = models.CharField(max_length=12, choices=choices(Protection), default=Protection.UNKNOWN)
    source = models.CharField(max_length=16, choices=choices(FactSource), default=FactSource.INTERVIEW)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_at__gte=F("from_at")), name="stay_ends_after_start"),
            models.CheckConstraint(
                condition=Q(place__isnull=False) | ~Q(place_text="") | ~Q(vehicle=""),
                name="stay_is_somewhere",
            ),
            one_of("mode", StayMode, name="stay_mode"),
            one_of("protection", Protection, name="stay_protection"),
            one_of("source", FactSource, name="stay_source"),
        ]
        indexes = [
            models.Index(fields=["place", "from_at", "until_at"]),
            models.Index(fields=["person", "from_at"]),
            models.Index(fields=["vehicle", "from_at"], condition=~Q(vehicle=""), name="stay_by_vehicle"),
        ]


class SourceHypothesis(Row):
    """One way in which a case may have been infected; several stand side by side until one is taken."""

    access: ClassVar[Access] = Through("investigation_id", "store_investigation")

    investigation = models.ForeignKey(Investigation, models.CASCADE, related_name="hypotheses")
    infector = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=300)
    speaks_for = models.TextField(blank=True, default="")
    speaks_against = models.TextField(blank=True, default="")
    # Percent, as the investigator judges; several need not add up.
    likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    rejected_at = models.DateTimeField(null=True, blank=True)
    # Why it was rejected, in words.
    reason = models.CharField(max_length=300, blank=True, default="")
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(likelihood__isnull=True) | Q(likelihood__lte=100), name="hypothesis_percent"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(rejected_at__isnull=True),
                name="hypothesis_taken_or_not",
            ),
            models.UniqueConstraint(
                fields=["investigation"], condition=Q(accepted_at__isnull=False), name="hypothesis_one_taken"
            ),
        ]


class Contact(Row):
    """A person who met a case, or who met such a person. One row per person and outbreak; exposures hang on it.

    Class, window and release follow from the exposures, the tests and the linked contacts under `protocol`; they
    are computed again whenever one of these changes. `why` is what the rule said, for the person who asks.
    """

    access: ClassVar[Access] = Scoped()

    outbreak = models.ForeignKey(Outbreak, models.PROTECT, related_name="contacts")
    person = models.ForeignKey(Person, models.PROTECT, related_name="contacts")
    division = DivisionField()
    classification = models.CharField(max_length=20, choices=choices(PersonClass))
    state = models.CharField(max_length=12, choices=choices(ContactState), default=ContactState.PROPOSED)
    # Where the person is to be found if that lies outside `division`, which is the headquarters' that traces them.
    lives_in = DivisionField(blank=True, default="")
    found_at = models.DateTimeField()
    first_exposed_at = models.DateTimeField(null=True, blank=True)
    last_exposed_at = models.DateTimeField(null=True, blank=True)
    controlled_at = models.DateTimeField(null=True, blank=True)
    # The last day of being kept apart, and of the monitoring that may follow it.
    release_on = models.DateField(null=True, blank=True)
    followed_until = models.DateField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    # False once no exposure counts any more: a proposal is withdrawn then, somebody signed may be released.
    stands = models.BooleanField(default=True)
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="was_contact")
    protocol = models.CharField(max_length=40)
    signed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    why = models.JSONField(default=dict, blank=True)
    # Why it was rejected, in words.
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outbreak", "person"], name="contact_once"),
            models.CheckConstraint(
                condition=Q(classification__in=[item.value for item in CONTACT_CLASSES]),
                name="contact_classification",
            ),
            one_of("state", ContactState, name="contact_state"),
        ]
        indexes = [
            models.Index(fields=["outbreak", "division", "state", "classification"]),
            models.Index(fields=["outbreak", "-found_at", "-id"]),
            models.Index(
                fields=["release_on"], condition=Q(released_at__isnull=True), name="contact_to_release"
            ),
        ]


class Exposure(Row):
    """One meeting: to a case, or (of a secondary contact) to a contact. All are kept; the strongest counts."""

    access: ClassVar[Access] = Through("contact_id", "store_contact")

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="exposures")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="exposed")
    via = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="exposed")
    kind = models.CharField(max_length=12, choices=choices(ExposureKind))
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    minutes = models.PositiveIntegerField(null=True, blank=True)
    metres = models.FloatField(null=True, blank=True)
    # Whether it was long, where a protocol asks and the investigator has said so.
    prolonged = models.BooleanField(null=True, blank=True)
    protection = models.CharField(max_length=12, choices=choices(Protection), default=Protection.UNKNOWN)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="exposures")
    source = models.CharField(max_length=16, choices=choices(FactSource))
    # What this meeting alone makes of the person ("" for nothing), and the protocol's criterion it fits.
    gives = models.CharField(max_length=20, choices=choices(PersonClass), blank=True, default="")
    criterion = models.PositiveSmallIntegerField(null=True, blank=True)
    # The stay of the case that it was found by, so that finding again adds nothing.
    stay = models.ForeignKey(Stay, models.SET_NULL, null=True, blank=True, related_name="exposures")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False, via__isnull=True) | Q(case__isnull=True, via__isnull=False),
                name="exposure_to_one",
            ),
            models.CheckConstraint(condition=Q(until_at__gte=F("from_at")), name="exposure_ends_after_start"),
            models.CheckConstraint(
                condition=Q(via__isnull=True) | ~Q(via=F("contact")), name="exposure_not_to_oneself"
            ),
            one_of("kind", ExposureKind, name="exposure_kind"),
            one_of("source", FactSource, name="exposure_source"),
            # What is said twice is one exposure, however often a list or a track is read.
            models.UniqueConstraint(
                fields=["contact", "case", "kind", "from_at", "until_at"],
                condition=Q(case__isnull=False),
                name="exposure_to_case_once",
            ),
            models.UniqueConstraint(
                fields=["contact", "via", "kind", "from_at", "until_at"],
                condition=Q(via__isnull=False),
                name="exposure_to_contact_once",
            ),
            models.UniqueConstraint(
                fields=["contact", "stay"], condition=Q(stay__isnull=False), name="exposure_of_stay_once"
            ),
        ]


class Check(Row):
    """One thing to be done for a contact on a day: a test, a temperature. Missed ones ring."""

    access: ClassVar[Access] = Through("contact_id", "store_contact")

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=12, choices=choices(CheckKind))
    # Day of the regime, from 1; which of the day's (morning 1, evening 2).
    day = models.PositiveSmallIntegerField()
    turn = models.PositiveSmallIntegerField(default=1)
    due_on = models.DateField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=choices(CheckState), default=CheckState.DUE)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    # Degrees Celsius of a temperature; positive, negative or invalid of a test.
    celsius = models.FloatField(null=True, blank=True)
    value = models.CharField(max_length=10, blank=True, default="")
    missed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            one_of("kind", CheckKind, name="check_kind"),
            one_of("state", CheckState, name="check_state"),
            models.UniqueConstraint(
                fields=["contact", "kind", "due_on", "turn"],
                condition=~Q(state=CheckState.CANCELLED),
                name="check_once",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "state"]),
            models.Index(fields=["due_at"], condition=Q(state=CheckState.DUE), name="check_due"),
            models.Index(fields=["contact", "due_on"]),
        ]
