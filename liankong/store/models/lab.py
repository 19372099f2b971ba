"""What was tested, together with whom, and what came out."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from liankong.store.models.base import Access, DivisionField, Row, Scoped, Through, choices, one_of
from liankong.store.models.registry import Organisation, Person
from liankong.vocabulary.kinds import ResultValue, TubeKind


class Tube(Row):
    """A sample tube: one person's, a household's, or a pool's."""

    access: ClassVar[Access] = Scoped()

    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=choices(TubeKind))
    division = DivisionField()
    sampled_at = models.DateTimeField()
    members = models.ManyToManyField(Person, through="TubeMember", related_name="tubes")

    class Meta:
        constraints = [one_of("kind", TubeKind, name="tube_kind")]


class TubeMember(Row):
    access: ClassVar[Access] = Through("tube_id", "store_tube")

    tube = models.ForeignKey(Tube, models.CASCADE)
    person = models.ForeignKey(Person, models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tube", "person"], name="tube_member_once")]


class Result(Row):
    """A laboratory's finding on a tube. A correction is a new result; nothing is overwritten."""

    access: ClassVar[Access] = Scoped()

    tube = models.ForeignKey(Tube, models.PROTECT, related_name="results")
    value = models.CharField(max_length=10, choices=choices(ResultValue))
    ct = models.FloatField(null=True, blank=True)
    laboratory = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)
    division = DivisionField()
    resulted_at = models.DateTimeField()
    # The sender's own number for this message: a result sent twice is one result.
    message = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [
            one_of("value", ResultValue, name="result_value"),
            models.CheckConstraint(condition=Q(ct__isnull=True) | Q(ct__gt=0), name="result_ct_positive"),
            models.UniqueConstraint(
                fields=["laboratory", "message"], condition=~Q(message=""), name="result_message_once"
            ),
        ]
