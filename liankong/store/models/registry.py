"""Who lives where, which bodies exist since when, and who holds which post."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Func, Q

from liankong.store.models.access import User
from liankong.store.models.base import Access, DivisionField, Row, Scoped, Shared, Through, choices, one_of
from liankong.vocabulary.kinds import OrganisationKind, PersonKind, Role, Sex


class Period(Func):
    """The range [from, until) of two columns, for constraints that forbid overlap."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Itself(Func):
    """A key as a one-element range, so that GiST compares it without the btree_gist extension."""

    function = "INT8RANGE"
    template = "%(function)s(%(expressions)s, %(expressions)s, '[]')"


def no_overlap(key: str, *, name: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=name,
        expressions=[
            (Itself(key), RangeOperators.OVERLAPS),
            (Period("from_at", "until_at", RangeBoundary()), RangeOperators.OVERLAPS),
        ],
    )


class Place(Row):
    """Somewhere people are: a dwelling compound, school, market, ward, vehicle line. Places nest."""

    access: ClassVar[Access] = Scoped()

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=32)
    division = DivisionField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["division", "kind"])]

    def __str__(self) -> str:
        return self.name


class Household(Row):
    """People who live together at an actual address; the address itself is encrypted."""

    access: ClassVar[Access] = Scoped()

    division = DivisionField(db_index=True)
    dwelling = models.ForeignKey(Place, models.PROTECT, null=True, blank=True)
    address_sealed = models.BinaryField(default=b"")


class Person(Row):
    """A person as the rest of the platform knows them: an identifier, sex, birth, where they really live."""

    access: ClassVar[Access] = Scoped()

    kind = models.CharField(max_length=10, choices=choices(PersonKind), default=PersonKind.RESIDENT)
    sex = models.CharField(max_length=10, choices=choices(Sex), default=Sex.UNKNOWN)
    birth_date = models.DateField(null=True, blank=True)
    division = DivisionField()
    registered_division = DivisionField(blank=True, default="")
    household = models.ForeignKey(Household, models.PROTECT, null=True, blank=True, related_name="members")
    occupation = models.CharField(max_length=40, blank=True, default="")
    retention = models.CharField(max_length=32, default="emergency")
    created_at = models.DateTimeField()
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["division"])]
        constraints = [
            one_of("kind", PersonKind, name="person_kind"),
            one_of("sex", Sex, name="person_sex"),
        ]


class Identity(Row):
    """The one table that can say who a person is. Sealed values, found by keyed hashes."""

    access: ClassVar[Access] = Through("person_id", "store_person")

    person = models.OneToOneField(Person, models.CASCADE, primary_key=True)
    name_sealed = models.BinaryField(default=b"")
    name_hash = models.BinaryField(max_length=32, null=True, blank=True)
    id_kind = models.CharField(max_length=16, default="resident_id")
    id_sealed = models.BinaryField(default=b"")
    id_hash = models.BinaryField(max_length=32, null=True, blank=True)
    phone_sealed = models.BinaryField(default=b"")
    phone_hash = models.BinaryField(max_length=32, null=True, blank=True)
    registered_address_sealed = models.BinaryField(default=b"")

    class Meta:
        indexes = [
            models.Index(fields=["name_hash"], condition=Q(name_hash__isnull=False), name="identity_name"),
            models.Index(fields=["phone_hash"], condition=Q(phone_hash__isnull=False), name="identity_phone"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id_hash"], condition=Q(id_hash__isnull=False), name="identity_id_once"
            )
        ]


class Organisation(Row):
    """A body that can be told to do something. Its name and its superior are dated terms."""

    access: ClassVar[Access] = Shared("who can be addressed must be known to all who send orders")

    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=20, choices=choices(OrganisationKind))
    division = DivisionField(blank=True)

    class Meta:
        constraints = [one_of("kind", OrganisationKind, name="organisation_kind")]

    def __str__(self) -> str:
        return self.code


class OrganisationTerm(Row):
    """What an organisation is called and whom it answers to, from an hour to an hour."""

    access: ClassVar[Access] = Shared("structure of public bodies")

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="terms")
    name = models.CharField(max_length=80)
    english = models.CharField(max_length=120, blank=True)
    parent = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="child_terms"
    )
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            no_overlap("organisation", name="organisation_one_term_at_a_time"),
            models.CheckConstraint(
                condition=~Q(parent=models.F("organisation")), name="organisation_not_own_parent"
            ),
        ]


class Post(Row):
    """A seat in an organisation; orders and proposals reach posts, and people come and go in them."""

    access: ClassVar[Access] = Shared("a seat, not a person")

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="posts")
    title = models.CharField(max_length=60)
    role = models.CharField(max_length=20, choices=choices(Role))

    class Meta:
        constraints = [
            one_of("role", Role, name="post_role"),
            models.UniqueConstraint(fields=["organisation", "title"], name="post_title_once"),
        ]


class Holding(Row):
    """Who holds a post, from when until when."""

    access: ClassVar[Access] = Through("user_id", "store_user")

    post = models.ForeignKey(Post, models.CASCADE, related_name="holdings")
    user = models.ForeignKey(User, models.CASCADE, related_name="holdings")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post", "user"], condition=Q(until_at__isnull=True), name="holding_once"
            )
        ]


class PurgeCertificate(Row):
    """Proof that personal data of a retention class were destroyed: how many, which digest, signed."""

    access: ClassVar[Access] = Scoped()

    division = DivisionField(blank=True)
    retention = models.CharField(max_length=32)
    persons = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=200)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    body = models.JSONField(default=dict)
