"""Who was told to do what by when, and what became of it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from liankong.store.models.access import User
from liankong.store.models.base import Access, DivisionField, Row, Scoped, choices, one_of
from liankong.store.models.cases import Case
from liankong.store.models.registry import Organisation, Person
from liankong.vocabulary.kinds import OrderKind, OrderState


class Order(Row):
    """An order (指令): addressee, deadline, receipt, proof. `title` holds no person's name."""

    access: ClassVar[Access] = Scoped()

    kind = models.CharField(max_length=20, choices=choices(OrderKind))
    title = models.CharField(max_length=160)
    division = DivisionField()
    issuer = models.ForeignKey(Organisation, models.PROTECT, related_name="orders_issued")
    addressee = models.ForeignKey(Organisation, models.PROTECT, related_name="orders_received")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="orders")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="orders")
    state = models.CharField(max_length=12, choices=choices(OrderState), default=OrderState.ISSUED)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="orders_issued")
    due_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    overdue_at = models.DateTimeField(null=True, blank=True)
    proof = models.CharField(max_length=300, blank=True, default="")
    basis = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            one_of("kind", OrderKind, name="order_kind"),
            one_of("state", OrderState, name="order_state"),
            models.CheckConstraint(condition=Q(due_at__gte=F("issued_at")), name="order_due_after_issue"),
            models.CheckConstraint(
                condition=~Q(state=OrderState.DONE) | Q(done_at__isnull=False), name="order_done_has_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["addressee", "due_at"], condition=Q(done_at__isnull=True), name="order_open"
            ),
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="order_due"),
        ]
