"""Who is infected, how ill, where from, and how we came to say so."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from liankong.store.models.access import User
from liankong.store.models.base import Access, DivisionField, Row, Scoped, Through, choices, one_of
from liankong.store.models.lab import Result
from liankong.store.models.registry import Organisation, Person, Place
from liankong.vocabulary.kinds import CASE_CLASSES, FoundBy, Origin, Outcome, PersonClass, Severity

_CLASSES = [item.value for item in CASE_CLASSES]


class Outbreak(Row):
    """An outbreak (疫情): its cases are counted together, from its baseline day, under its protocol.

    An exercise or an imported study is an outbreak of its own, so it can never enter a real count.
    """

    access: ClassVar[Access] = Scoped(downward=True)

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    english = models.CharField(max_length=120, blank=True)
    pathogen = models.CharField(max_length=32)
    protocol = models.CharField(max_length=40)
    division = DivisionField(blank=True)
    baseline_on = models.DateField()
    exercise = models.BooleanField(default=False)
    # A study holds an imported line list for analysis; results from laboratories never open cases in it.
    study = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.code


class LineListImport(Row):
    """One file taken in: rows in = accepted + rejected + duplicate, always."""

    access: ClassVar[Access] = Scoped()

    outbreak = models.ForeignKey(Outbreak, models.PROTECT, related_name="imports")
    division = DivisionField(blank=True)
    filename = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    mapping = models.TextField()
    state = models.CharField(max_length=12, default="committed")
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rows=F("accepted") + F("rejected") + F("duplicate")), name="import_rows_balance"
            )
        ]


class RejectedRow(Row):
    """A row that could not be taken, with its reasons; the row itself is sealed, for it may name people."""

    access: ClassVar[Access] = Through("source_id", "store_linelistimport")

    source = models.ForeignKey(LineListImport, models.CASCADE, related_name="rejections")
    row = models.PositiveIntegerField()
    field = models.CharField(max_length=80)
    reason = models.CharField(max_length=300)
    expected = models.CharField(max_length=300, blank=True)
    content_sealed = models.BinaryField(default=b"")

    class Meta:
        indexes = [models.Index(fields=["source", "row"])]


class Case(Row):
    """An infected (or suspected) person in an outbreak. State for now; the log says why."""

    access: ClassVar[Access] = Scoped()

    outbreak = models.ForeignKey(Outbreak, models.PROTECT, related_name="cases")
    number = models.CharField(max_length=40)
    person = models.ForeignKey(Person, models.PROTECT, related_name="cases")
    division = DivisionField()
    classification = models.CharField(max_length=20, choices=choices(PersonClass))
    severity = models.CharField(max_length=10, choices=choices(Severity), blank=True, default="")
    origin = models.CharField(max_length=10, choices=choices(Origin), default=Origin.UNKNOWN)
    origin_place = models.CharField(max_length=80, blank=True, default="")
    found_by = models.CharField(max_length=16, choices=choices(FoundBy), default=FoundBy.OTHER)
    age = models.FloatField(null=True, blank=True)
    age_high = models.FloatField(null=True, blank=True)
    exposed_from = models.DateField(null=True, blank=True)
    exposed_to = models.DateField(null=True, blank=True)
    onset_on = models.DateField(null=True, blank=True)
    sampled_at = models.DateTimeField(null=True, blank=True)
    isolated_on = models.DateField(null=True, blank=True)
    found_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    hospital = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)
    hospital_name = models.CharField(max_length=120, blank=True, default="")
    admitted_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=choices(Outcome), default=Outcome.IN_CARE)
    outcome_at = models.DateTimeField(null=True, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True)
    cluster = models.CharField(max_length=120, blank=True, default="")
    exposure = models.CharField(max_length=300, blank=True, default="")
    protocol = models.CharField(max_length=40)
    result = models.ForeignKey(Result, models.PROTECT, null=True, blank=True)
    source = models.ForeignKey(LineListImport, models.PROTECT, null=True, blank=True, related_name="cases")
    source_digest = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outbreak", "number"], name="case_number_once"),
            # One open case per person and outbreak: a second positive tube must not count twice.
            models.UniqueConstraint(
                fields=["outbreak", "person"],
                condition=~Q(classification=PersonClass.EXCLUDED),
                name="case_person_once",
            ),
            models.CheckConstraint(condition=Q(classification__in=_CLASSES), name="case_classification"),
            one_of("severity", Severity, name="case_severity", blank=True),
            one_of("origin", Origin, name="case_origin"),
            one_of("found_by", FoundBy, name="case_found_by"),
            one_of("outcome", Outcome, name="case_outcome"),
        ]
        indexes = [
            models.Index(fields=["outbreak", "division", "-found_at", "-id"]),
            models.Index(fields=["outbreak", "-found_at", "-id"]),
            models.Index(fields=["outbreak", "classification", "-found_at"]),
        ]


class CaseLink(Row):
    """Who infected whom, as stated. Several candidates may stand; rank 1 is the one in use."""

    access: ClassVar[Access] = Through("case_id", "store_case")

    case = models.ForeignKey(Case, models.CASCADE, related_name="links")
    infector = models.ForeignKey(Case, models.CASCADE, null=True, blank=True, related_name="infected")
    infector_number = models.CharField(max_length=40)
    rank = models.PositiveSmallIntegerField(default=1)
    exposure = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "infector_number"], name="case_link_once"),
            models.CheckConstraint(
                condition=Q(infector__isnull=True) | ~Q(infector=F("case")), name="case_link_not_self"
            ),
        ]


class CaseRelation(Row):
    """Two cases known to be linked, but not who infected whom: they stand in one cluster, and no more is said.

    A row for each pair, the older key first.
    """

    access: ClassVar[Access] = Through("case_id", "store_case")

    case = models.ForeignKey(Case, models.CASCADE, related_name="relations")
    other = models.ForeignKey(Case, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "other"], name="case_relation_once"),
            models.CheckConstraint(condition=Q(case__lt=F("other")), name="case_relation_in_order"),
        ]


class CaseChange(Row):
    """What was known of a case from a moment on. Append-only: bulletins count days, conversions and corrections
    from here, so an old day gives for ever what it gave on that evening.
    """

    access: ClassVar[Access] = Through("case_id", "store_case")

    case = models.ForeignKey(Case, models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    classification = models.CharField(max_length=20, choices=choices(PersonClass))
    severity = models.CharField(max_length=10, blank=True, default="")
    origin = models.CharField(max_length=10, choices=choices(Origin))
    outcome = models.CharField(max_length=10, choices=choices(Outcome))
    division = DivisionField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    protocol = models.CharField(max_length=40)
    reason = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["case", "at", "id"]), models.Index(fields=["at"])]
