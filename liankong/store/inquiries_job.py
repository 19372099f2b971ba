"""The receiver's work: what was delivered finds its job, what was acknowledged has an order, however many ask."""

from datetime import datetime
from uuid import UUID

from liankong import protocols
from liankong.exchange.inquiries import Letter
from liankong.protocols.standing import IdentityField
from liankong.rules.inquiries import Clock, deadlines
from liankong.rules.inquiries_same import MEETING, joins
from liankong.rules.orders_clock import RUNNING
from liankong.store import identity, inquiries, log, orders
from liankong.store.log import Actor
from liankong.store.models import Entry, Identity, Inquiry, InquiryJob, Order, Organisation, Outbreak
from liankong.store.organisations import NobodyResponsible, responsible
from liankong.vocabulary.facts import InquiryDelivered, InquiryReceived
from liankong.vocabulary.kinds import InquiryState, OrderKind, OrganisationKind

S = InquiryState


def enter(
    letter: Letter,
    *,
    message: UUID,
    receiver: Organisation,
    outbreak: Outbreak,
    at: datetime,
) -> Inquiry:
    """A letter from outside the node becomes a row that the receiver alone sees; issued, not yet acknowledged. Its
    clocks run from when it came in.
    """
    times = deadlines(letter.subject, at, protocols.load(outbreak.protocol))
    row = Inquiry(
        number=inquiries.next_number(receiver.division, at),
        their_number=letter.number,
        outbreak=outbreak,
        division=receiver.division,
        to_division=receiver.division,
        sender_name=letter.sender_name,
        receiver=receiver,
        message=message,
        subject=letter.subject,
        role=letter.role or "",
        whereabouts=letter.whereabouts,
        what=letter.what,
        last_exposed_at=letter.last_exposed_at,
        vehicle=letter.vehicle,
        seat=letter.seat,
        lot=letter.lot,
        asks=letter.asks,
        basis=letter.basis or times.why[Clock.FEEDBACK].basis,
        protocol=letter.protocol or outbreak.protocol,
        receive_by=times.receive_by,
        control_by=times.control_by,
        feedback_by=times.feedback_by,
        due_at=times.receive_by,
        state=S.ISSUED,
        created_at=at,
        issued_at=at,
    )
    row.save(force_insert=True)
    inquiries.seal_values(row, letter.identity)
    row.save(update_fields=["disclosed", *inquiries.FORGOTTEN])
    return row


def deliver(row: Inquiry, *, by: Actor, at: datetime, cause: Entry | None = None) -> bool:
    """Lay it before the receiver: in the job of whoever asked for the same subject, else in a new one. False when it
    lies there already.
    """
    if row.delivered_at is not None or row.receiver is None:
        return False
    job, merged = _job(row, row.receiver, at)
    row.job, row.delivered_at = job, at
    row.save(update_fields=["job", "delivered_at"])
    fact = InquiryDelivered(inquiry=row.pk, job=job.pk, merged=merged)
    log.record(
        fact, subject=row.pk, division=row.to_division, by=by, at=at, cause=cause, protocol=row.protocol
    )
    return True


def _job(row: Inquiry, receiver: Organisation, at: datetime) -> tuple[InquiryJob, bool]:
    # Two requests for one person that arrive in the same second must not make two jobs.
    inquiries.hold(f"inquiry-jobs:{receiver.pk}")
    meeting = [key for key in row.subject_keys if key.partition(":")[0] in MEETING]
    if meeting:
        open_jobs = InquiryJob.objects.filter(receiver=receiver, closed_at__isnull=True)
        found = open_jobs.filter(inquiries__subject_keys__overlap=meeting).distinct().order_by("pk")
        for job in found:
            asked = list(job.inquiries.values_list("subject_keys", flat=True))
            if joins(row.subject_keys, asked):
                return job, True
    return (
        InquiryJob.objects.create(
            division=receiver.division, receiver=receiver, state=S.RECEIVED, opened_at=at
        ),
        False,
    )


# --- acknowledged -----------------------------------------------------------------------------------------


def acknowledge(row: Inquiry, *, to: Organisation | None, by: Actor, at: datetime) -> None:
    """A named person has read it: the receiver owes it, and its work is an order, one for the whole job."""
    if row.job is None or row.receiver is None:
        raise ValueError("only what was delivered can be acknowledged")
    row.received_at = at
    inquiries.step(row, S.RECEIVED, by=by, organisation=row.receiver.pk, at=at, also=["received_at"])
    find_person(row, row.job)
    work_order(row, row.job, to=to or worker(row.receiver, row.whereabouts, at), by=by, at=at)
    fact = InquiryReceived(inquiry=row.pk, job=row.job.pk)
    log.record(fact, subject=row.pk, division=row.to_division, by=by, at=at, protocol=row.protocol)


def worker(receiver: Organisation, whereabouts: str, at: datetime) -> Organisation:
    """Who does the work: the receiver's disease control centre, or the receiver itself where it has none."""
    place = whereabouts if whereabouts.startswith(receiver.division) else receiver.division
    try:
        found = responsible(OrganisationKind.CDC, place, at)
    except NobodyResponsible:
        return receiver
    # A centre of a larger jurisdiction is not the receiver's to command.
    return found if found.division.startswith(receiver.division) else receiver


def work_order(
    row: Inquiry, job: InquiryJob, *, to: Organisation, by: Actor, at: datetime, cause: Entry | None = None
) -> Order:
    """The job's one order; it exists from the first acknowledgement, or from the first clock that ran out before."""
    if job.order is not None:
        return job.order
    due_at = row.control_by or row.feedback_by or at
    job.order = orders.issue(
        kind=OrderKind.INQUIRY,
        title=row.number,
        issuer=job.receiver,
        addressee=to,
        division=to.division if to.division.startswith(job.division) else job.division,
        due_at=max(due_at, at),
        person=job.person,
        basis=row.basis,
        protocol=row.protocol,
        by=by,
        at=at,
        cause=cause,
    )
    job.save(update_fields=["order"])
    return job.order


def find_person(row: Inquiry, job: InquiryJob) -> None:
    """Link the job to the receiver's own record of the person, by the exact ID number; never to the sender's."""
    number = inquiries.opened(row).get(IdentityField.ID_NUMBER, "")
    if job.person_id is not None or not number:
        return
    wanted = identity.find_hash(number, field="id_number")
    found = Identity.objects.filter(
        id_hash=wanted, person__division__gte=job.division, person__division__lt=f"{job.division}:"
    ).first()
    if found is not None:
        job.person_id = found.person_id
        job.save(update_fields=["person"])


# --- the job as a whole -----------------------------------------------------------------------------------


def fellows(row: Inquiry) -> list[Inquiry]:
    """The job's requests that stand where this one does, this one first: one answer serves them all. Locked."""
    if row.job_id is None:
        return [row]
    rows = Inquiry.objects.select_for_update(of=("self",)).filter(job=row.job_id, state=row.state)
    return [row, *rows.exclude(pk=row.pk).select_related("job__order", "receiver", "sender").order_by("pk")]


def stands(job: InquiryJob, state: InquiryState) -> None:
    job.state = state
    job.save(update_fields=["state"])


def settle(job: InquiryJob, at: datetime) -> bool:
    """A job whose every request is closed is closed with them."""
    if job.closed_at is not None or job.inquiries.exclude(state=S.CLOSED).exists():
        return False
    job.state, job.closed_at = S.CLOSED, at
    job.save(update_fields=["state", "closed_at"])
    return True


def finish_order(job: InquiryJob, *, proof: str, by: Actor, at: datetime, cause: Entry | None = None) -> None:
    """The control clock is answered: its order is done, unless somebody has closed it."""
    if job.order_id is None:
        return
    order = (
        Order.objects.select_for_update(of=("self",)).filter(pk=job.order_id, done_at__isnull=True).first()
    )
    if order is not None and order.state in RUNNING:
        orders.complete(order, proof=proof, done_by=by.user, by=by, at=at, cause=cause)
