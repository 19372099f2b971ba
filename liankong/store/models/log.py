"""Why things are as they are: facts in the order they were recorded, and the seals over them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from liankong.store.models.base import Access, DivisionField, Row, Scoped, Shared, Through


class TransactionIdField(models.Field):  # type: ignore[type-arg]  # a database-only type without Python parameters
    """PostgreSQL's 64-bit transaction id; filled by the database, never by a caller."""

    def db_type(self, connection: object) -> str:  # noqa: ARG002  # Django asks with it
        return "xid8"


class Entry(Row):
    """One fact. Keys are plain numbers, not foreign keys: the log never holds back the live rows.

    `cause` is the entry that led to this one, so "why?" is a walk up. A reaction that runs twice records the
    same (cause, kind, subject) and is refused: replay is harmless.
    """

    access: ClassVar[Access] = Scoped()

    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=20)
    subject = models.BigIntegerField()
    division = DivisionField(blank=True)
    body = models.JSONField(default=dict)
    by = models.BigIntegerField(null=True)
    post = models.BigIntegerField(null=True)
    rule = models.CharField(max_length=80, blank=True, default="")
    protocol = models.CharField(max_length=40, blank=True, default="")
    cause = models.BigIntegerField(null=True)
    message = models.CharField(max_length=80, null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    xid = TransactionIdField(db_default=RawSQL("pg_current_xact_id()", ()), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "kind", "subject_kind", "subject"],
                condition=Q(cause__isnull=False),
                name="entry_cause_once",
            ),
            models.UniqueConstraint(
                fields=["message"], condition=Q(message__isnull=False), name="entry_message_once"
            ),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject", "id"]),
            models.Index(fields=["xid"]),
            models.Index(fields=["kind", "-id"]),
        ]


class Answer(Row):
    """A verb has answered a fact: written in the verb's own transaction, so a second run finds it and stops."""

    access: ClassVar[Access] = Through("entry", "store_entry")

    entry = models.BigIntegerField()
    verb = models.CharField(max_length=80)
    answered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "verb"], name="answer_once")]


class Seal(Row):
    """A signed batch of the log: every entry whose transaction ended before `until_xid`, each with its hash."""

    access: ClassVar[Access] = Shared("hashes and entry numbers only")

    from_xid = models.BigIntegerField()
    until_xid = models.BigIntegerField(unique=True)
    entries = ArrayField(models.BigIntegerField())
    leaves = models.BinaryField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=200)
    sealed_at = models.DateTimeField()
