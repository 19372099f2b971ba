"""Whom do we ask elsewhere, and what did they answer? An inquiry (协查) is an order to another headquarters."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from liankong.store.models.access import User
from liankong.store.models.base import Access, Between, DivisionField, Row, Scoped, Through, choices, one_of
from liankong.store.models.cases import Case, Outbreak
from liankong.store.models.orders import Order
from liankong.store.models.registry import Organisation, Person
from liankong.store.models.tracing import Contact
from liankong.vocabulary.kinds import InquiryState, InquirySubject, PersonClass

# A draft may still look for its addressee, and one that is thrown away never had any.
UNADDRESSED = (InquiryState.DRAFT, InquiryState.CLOSED)


class Inquiry(Row):
    """One request about one subject, on its way between two headquarters; both see it.

    What is disclosed was chosen by rule and shown before sending: `disclosed` names the fields, and their values are
    sealed. The receiver never sees the sender's register, only this. When the inquiry is closed or its outbreak has
    ended, the values and the keys go; the names of the fields stay.
    """

    access: ClassVar[Access] = Between("division", "to_division")

    number = models.CharField(max_length=40, unique=True)
    outbreak = models.ForeignKey(Outbreak, models.PROTECT, related_name="inquiries")
    division = DivisionField()
    # The receiver's division from when it is sent; until then the sender's own, so that nobody else sees a draft.
    to_division = DivisionField()
    # None: a headquarters that is not on this node asked, by phone or by a list; `sender_name` says which.
    sender = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="inquiries_sent"
    )
    sender_name = models.CharField(max_length=120, blank=True, default="")
    their_number = models.CharField(max_length=60, blank=True, default="")
    # None only while nobody is named whom a draft could go to.
    receiver = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="inquiries_received"
    )
    # The message that carries it: delivered twice, it is still one inquiry.
    message = models.UUIDField(null=True, blank=True, unique=True)
    subject = models.CharField(max_length=10, choices=choices(InquirySubject))
    # The sender's own rows; the receiver sees their numbers and no more.
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="inquiries")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="inquiries")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="inquiries")
    role = models.CharField(max_length=20, choices=choices(PersonClass), blank=True, default="")
    # The division in which the subject is said to be.
    whereabouts = DivisionField(blank=True, default="")
    # Where and when: of the last exposure, of the trip, of the goods' way. No person's name.
    what = models.CharField(max_length=300)
    last_exposed_at = models.DateTimeField(null=True, blank=True)
    vehicle = models.CharField(max_length=40, blank=True, default="")
    seat = models.CharField(max_length=20, blank=True, default="")
    lot = models.CharField(max_length=60, blank=True, default="")
    asks = models.CharField(max_length=300, blank=True, default="")
    basis = models.CharField(max_length=200, blank=True, default="")
    protocol = models.CharField(max_length=40, blank=True, default="")
    disclosed = models.JSONField(default=list, blank=True)
    disclosed_sealed = models.BinaryField(default=b"")
    # Keyed hashes of the subject, each with its kind ("id:...", "phone:...", "trip:..."), by which requests meet.
    subject_keys = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    state = models.CharField(max_length=12, choices=choices(InquiryState), default=InquiryState.DRAFT)
    created_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    delivered_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    controlled_at = models.DateTimeField(null=True, blank=True)
    feedback_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    receive_by = models.DateTimeField(null=True, blank=True)
    control_by = models.DateTimeField(null=True, blank=True)
    feedback_by = models.DateTimeField(null=True, blank=True)
    # The next of the clocks that still run; None when none does.
    due_at = models.DateTimeField(null=True, blank=True)
    # When each clock rang, and when the first of them did.
    receive_rung_at = models.DateTimeField(null=True, blank=True)
    control_rung_at = models.DateTimeField(null=True, blank=True)
    feedback_rung_at = models.DateTimeField(null=True, blank=True)
    overdue_at = models.DateTimeField(null=True, blank=True)
    # What came of it, once the receiver has answered.
    outcome = models.CharField(max_length=12, choices=choices(InquiryState), blank=True, default="")
    # What was done and found, for the sender.
    answer = models.CharField(max_length=300, blank=True, default="")
    answer_figures = models.JSONField(default=dict, blank=True)
    # The job that this request was merged into, and the request that it was forwarded from.
    job = models.ForeignKey("InquiryJob", models.PROTECT, null=True, blank=True, related_name="inquiries")
    forwarded_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="forwarded_to"
    )
    # When the next headquarters acknowledged what was forwarded; until then the forwarder owes it.
    handed_over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            one_of("subject", InquirySubject, name="inquiry_subject"),
            one_of("state", InquiryState, name="inquiry_state"),
            models.CheckConstraint(
                condition=Q(forwarded_from__isnull=True) | ~Q(forwarded_from=F("id")),
                name="inquiry_not_from_itself",
            ),
            one_of("outcome", InquiryState, name="inquiry_outcome", blank=True),
            models.CheckConstraint(
                condition=Q(sender__isnull=False) | ~Q(sender_name=""), name="inquiry_has_sender"
            ),
            # Once issued, somebody answers for it.
            models.CheckConstraint(
                condition=Q(state__in=UNADDRESSED) | Q(receiver__isnull=False), name="inquiry_has_receiver"
            ),
            models.CheckConstraint(
                condition=Q(sender__isnull=True) | Q(receiver__isnull=True) | ~Q(sender=F("receiver")),
                name="inquiry_between_two",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNADDRESSED) | Q(issued_at__isnull=False),
                name="inquiry_issued_has_time",
            ),
            # A contact elsewhere is asked for once, however often the contact is signed.
            models.UniqueConstraint(
                fields=["contact", "whereabouts"],
                condition=Q(contact__isnull=False, forwarded_from__isnull=True)
                & ~Q(state=InquiryState.CLOSED),
                name="inquiry_contact_once",
            ),
        ]
        indexes = [
            models.Index(fields=["receiver", "state", "due_at", "id"]),
            models.Index(fields=["receiver", "-created_at", "-id"]),
            models.Index(fields=["sender", "state", "due_at", "id"]),
            models.Index(fields=["sender", "-created_at", "-id"]),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="inquiry_due"),
            GinIndex(fields=["subject_keys"], name="inquiry_by_subject"),
        ]


class InquiryJob(Row):
    """The receiver's work on one subject, however many have asked for it: one job, an answer to each."""

    access: ClassVar[Access] = Scoped()

    division = DivisionField()
    receiver = models.ForeignKey(Organisation, models.PROTECT, related_name="inquiry_jobs")
    # The receiver's own person, once registered here.
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="inquiry_jobs")
    order = models.OneToOneField(Order, models.PROTECT, null=True, blank=True, related_name="inquiry_job")
    state = models.CharField(max_length=12, choices=choices(InquiryState), default=InquiryState.RECEIVED)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [one_of("state", InquiryState, name="inquiry_job_state")]
        indexes = [models.Index(fields=["receiver", "-opened_at", "-id"])]


class InquiryStep(Row):
    """One step of an inquiry's way, kept for ever: who, when, what was said."""

    access: ClassVar[Access] = Through("inquiry_id", "store_inquiry")

    inquiry = models.ForeignKey(Inquiry, models.CASCADE, related_name="steps")
    state = models.CharField(max_length=12, choices=choices(InquiryState))
    at = models.DateTimeField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True)
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["inquiry", "id"])]


class Outbox(Row):
    """A message to another headquarters, kept until its receipt is in. At least once; the receiver drops repeats."""

    access: ClassVar[Access] = Scoped()

    message = models.UUIDField(unique=True)
    division = DivisionField()
    to = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    body = models.JSONField(default=dict)
    body_sealed = models.BinaryField(default=b"")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    receipt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(receipt_at__isnull=True), name="outbox_open")
        ]
