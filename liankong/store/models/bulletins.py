"""What is published: figures over a log position, their checks, and whose signature they bear."""

from typing import ClassVar

from django.db import models

from liankong.store.models.access import User
from liankong.store.models.base import Access, DivisionField, Row, Scoped, choices, one_of
from liankong.store.models.cases import Outbreak
from liankong.vocabulary.kinds import BulletinState


class Bulletin(Row):
    """A bulletin for a day and a division. Signed ones are immutable; a correction is a new revision."""

    access: ClassVar[Access] = Scoped()

    outbreak = models.ForeignKey(Outbreak, models.PROTECT, related_name="bulletins")
    division = DivisionField(blank=True)
    day = models.DateField()
    revision = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=12, choices=choices(BulletinState), default=BulletinState.DRAFT)
    log_position = models.BigIntegerField()
    snapshot = models.JSONField()  # the immutable tally that the figures started from
    figures = models.JSONField()  # as they will be published: snapshot plus adjustments
    adjustments = models.JSONField(default=list)
    findings = models.JSONField(default=list)
    protect_below = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True, default="")
    text_zh = models.TextField(blank=True, default="")
    text_en = models.TextField(blank=True, default="")
    drafted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="bulletins_drafted")
    drafted_at = models.DateTimeField()
    signed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="bulletins_signed"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, default="")
    signature = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            one_of("state", BulletinState, name="bulletin_state"),
            models.UniqueConstraint(
                fields=["outbreak", "division", "day", "revision"], name="bulletin_revision_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state=BulletinState.DRAFT)
                | (models.Q(signed_by__isnull=False) & ~models.Q(signature="")),
                name="bulletin_signed_has_signature",
            ),
        ]
