"""Who was told to do what by when, and what became of it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from liankong.store.models.access import User
from liankong.store.models.base import Access, DivisionField, Row, Scoped, Through, choices, one_of
from liankong.store.models.cases import Case
from liankong.store.models.registry import Household, Organisation, Person, Place
from liankong.vocabulary.kinds import OrderKind, OrderState


class Batch(Row):
    """Orders that were issued together: to sixteen districts, or from one meeting's minutes (会议纪要)."""

    access: ClassVar[Access] = Scoped()

    division = DivisionField(blank=True)
    title = models.CharField(max_length=160)
    # The minutes themselves where the orders were read out of a text; "" for a bulk order.
    text = models.TextField(blank=True, default="")
    held_at = models.DateTimeField(null=True, blank=True)
    # Sentences of `text` that were read as directives and not drafted: start, end, and why.
    set_aside = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)


class Order(Row):
    """An order (指令): addressee, deadline, receipt, proof. `title` and `text` hold no person's name.

    A draft binds nobody; a person signs it, and its clock starts then. `detail` holds what only some orders have:
    `asks` and `unit` of the proof (`rules.orders_proof`), and what its own stage puts there. An emergency waits for
    nothing and nobody's status.
    """

    access: ClassVar[Access] = Scoped()

    kind = models.CharField(max_length=20, choices=choices(OrderKind))
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True, default="")
    division = DivisionField()
    issuer = models.ForeignKey(Organisation, models.PROTECT, related_name="orders_issued")
    addressee = models.ForeignKey(Organisation, models.PROTECT, related_name="orders_received")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="orders")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="orders")
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="orders")
    household = models.ForeignKey(Household, models.PROTECT, null=True, blank=True, related_name="orders")
    emergency = models.BooleanField(default=False)
    detail = models.JSONField(default=dict, blank=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="orders")
    # The sentence that an order was read out of, and where it stands in the batch's text.
    sentence = models.TextField(blank=True, default="")
    sentence_at = models.PositiveIntegerField(null=True, blank=True)
    # The order that this one was issued again after, or forwarded from: nothing is dropped on the way.
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    state = models.CharField(max_length=12, choices=choices(OrderState), default=OrderState.ISSUED)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="orders_issued")
    due_at = models.DateTimeField()
    # A day and hour that somebody named stay as they are; a span begins when the order is signed or released.
    due_fixed = models.BooleanField(default=False)
    warned_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    overdue_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    called_at = models.DateTimeField(null=True, blank=True)  # reminded by hand, the last time
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalated_to = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="orders_escalated"
    )
    # Why it was returned, cancelled, or could not be done.
    reason = models.CharField(max_length=300, blank=True, default="")
    proof = models.CharField(max_length=300, blank=True, default="")
    proof_figure = models.FloatField(null=True, blank=True)
    proof_longitude = models.FloatField(null=True, blank=True)
    proof_latitude = models.FloatField(null=True, blank=True)
    basis = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            one_of("kind", OrderKind, name="order_kind"),
            one_of("state", OrderState, name="order_state"),
            models.CheckConstraint(condition=Q(due_at__gte=F("issued_at")), name="order_due_after_issue"),
            models.CheckConstraint(
                condition=~Q(state=OrderState.DONE) | Q(done_at__isnull=False), name="order_done_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderState.RETURNED) | ~Q(reason=""), name="order_returned_says_why"
            ),
        ]
        indexes = [
            models.Index(
                fields=["addressee", "due_at"], condition=Q(done_at__isnull=True), name="order_open"
            ),
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="order_due"),
            models.Index(fields=["state", "-issued_at", "-id"], name="order_board"),
            models.Index(fields=["kind", "state", "due_at"], name="order_by_kind"),
            models.Index(fields=["issuer", "state", "due_at"], name="order_by_issuer"),
            models.Index(
                fields=["escalated_to", "due_at"],
                condition=Q(escalated_to__isnull=False, done_at__isnull=True),
                name="order_escalated",
            ),
        ]


class OrderWait(Row):
    """One order waits until another is done. Never an emergency: the action refuses it."""

    access: ClassVar[Access] = Through("order_id", "store_order")

    order = models.ForeignKey(Order, models.CASCADE, related_name="waits")
    until_done = models.ForeignKey(Order, models.CASCADE, related_name="holds_up")
    at = models.DateTimeField()
    # Written here because whoever waits may not see the other order: it can lie in another jurisdiction.
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "until_done"], name="order_wait_once"),
            models.CheckConstraint(condition=~Q(order=F("until_done")), name="order_wait_not_itself"),
        ]
        indexes = [
            models.Index(fields=["order"], condition=Q(released_at__isnull=True), name="order_wait_open")
        ]


class OrderFile(Row):
    """A file that proves an order done; sealed, for a picture may show people."""

    access: ClassVar[Access] = Through("order_id", "store_order")

    order = models.ForeignKey(Order, models.CASCADE, related_name="files")
    filename = models.CharField(max_length=120)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    content_sealed = models.BinaryField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
