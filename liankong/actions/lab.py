"""What was found in the tube, and who must be sampled again?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from liankong import protocols
from liankong.actions import Refused, action
from liankong.rules import lab as rules
from liankong.store import log, orders
from liankong.store.log import Actor
from liankong.store.models import Case, Entry, Order, Organisation, Person, Result, Tube, TubeMember
from liankong.store.organisations import responsible
from liankong.store.outbreaks import current
from liankong.vocabulary.facts import PoolRecalled, ResultReported
from liankong.vocabulary.kinds import OrderKind, OrganisationKind, PersonClass, ResultValue, TubeKind


@action("lab.register", automatic=True)
def register_tube(
    *,
    code: str,
    kind: TubeKind,
    persons: Sequence[int],
    division: str,
    sampled_at: datetime,
    by: Actor,
    at: datetime,
) -> Tube:
    """Bind a tube to the people whose swabs it holds."""
    members = list(Person.objects.filter(pk__in=persons))
    if not persons or len(members) != len(set(persons)):
        raise Refused("every member of a tube must be a registered person, once", field="persons")
    if kind == TubeKind.SINGLE and len(members) != 1:
        raise Refused("a single tube holds one person's swab", field="persons")
    try:
        with transaction.atomic():
            tube = Tube.objects.create(code=code.strip(), kind=kind, division=division, sampled_at=sampled_at)
    except IntegrityError as error:
        raise Refused("tube {code} is registered already", field="code", code=code) from error
    TubeMember.objects.bulk_create(TubeMember(tube=tube, person=member) for member in members)
    return tube


@action("lab.report", automatic=True)
def report_result(
    *,
    tube: str,
    value: ResultValue,
    by: Actor,
    at: datetime,
    ct: float | None = None,
    laboratory: Organisation | None = None,
    message: str = "",
) -> Result:
    """Take in a laboratory's finding. The same message sent twice is one result.

    A correction is a new result; nothing is overwritten.
    """
    row = Tube.objects.filter(code=tube.strip()).first()
    if row is None:
        raise Refused("tube {tube} is not registered", field="tube", tube=tube)
    if ct is not None and ct <= 0:
        raise Refused("a Ct value is above zero", field="ct")
    if message:
        known = Result.objects.filter(laboratory=laboratory, message=message).first()
        if known is not None:
            return known
    result = Result.objects.create(
        tube=row,
        value=value,
        ct=ct,
        laboratory=laboratory,
        division=row.division,
        resulted_at=at,
        message=message,
    )
    log.record(
        ResultReported(
            result=result.pk,
            tube=row.code,
            tube_kind=TubeKind(row.kind),
            value=value,
            persons=row.members.count(),
        ),
        subject=result.pk,
        division=row.division,
        by=by,
        at=at,
    )
    return result


@action("lab.recall", automatic=True)
def recall_pool(*, cause: Entry, by: Actor, at: datetime) -> int:
    """Order a single re-swab of every member of a positive pool; returns how many were ordered."""
    result = Result.objects.select_related("tube").get(pk=cause.subject)
    members = {member.pk: member for member in result.tube.members.order_by("pk")}
    protocol = protocols.load(current(result.division, at).protocol)
    decision = rules.interpret(
        ResultValue(result.value), TubeKind(result.tube.kind), list(members), protocol, ct=result.ct
    )
    if decision.action is not rules.LabAction.RECALL_POOL:
        return 0
    headquarters = responsible(OrganisationKind.HEADQUARTERS, result.division, at)
    cdc = responsible(OrganisationKind.CDC, result.division, at)
    issued = [
        orders.issue(
            kind=OrderKind.RESWAB,
            title=f"Single re-swab at the door: tube {result.tube.code}",
            issuer=headquarters,
            addressee=cdc,
            division=member.division,
            person=member,
            # A protocol that sets no limit means at once.
            due_at=at + (decision.within or timedelta(0)),
            basis=decision.why.basis,
            protocol=protocol.id,
            by=by,
            at=at,
            cause=cause,
        )
        for member in (
            members[key] for key in rules.members_to_retest(decision.retest, _answered(result.tube))
        )
    ]
    log.record(
        PoolRecalled(result=result.pk, orders=tuple(order.pk for order in issued)),
        subject=result.pk,
        division=result.division,
        by=by,
        at=at,
        cause=cause,
        protocol=protocol.id,
    )
    return len(issued)


def _answered(tube: Tube) -> set[int]:
    """Members about whom a single swab since, or a case that stands, has said it already."""
    swabbed = TubeMember.objects.filter(
        person__in=tube.members.all(), tube__kind=TubeKind.SINGLE, tube__sampled_at__gt=tube.sampled_at
    )
    known = Case.objects.filter(person__in=tube.members.all()).exclude(classification=PersonClass.EXCLUDED)
    return set(swabbed.values_list("person", flat=True)) | set(known.values_list("person", flat=True))


@action("lab.recall", automatic=True)
def close_reswab(*, cause: Entry, by: Actor, at: datetime) -> int:
    """A single tube's result answers the re-swab orders that wait for its person."""
    result = Result.objects.select_related("tube").get(pk=cause.subject)
    if result.tube.kind != TubeKind.SINGLE or result.value == ResultValue.INVALID:
        return 0
    waiting = Order.objects.select_for_update(of=("self",)).filter(
        orders.running(),
        kind=OrderKind.RESWAB,
        person__in=result.tube.members.all(),
        issued_at__lte=at,
    )
    for row in waiting:
        orders.complete(
            row, proof=f"result {result.pk}: {result.value}", done_by=cause.by, by=by, at=at, cause=cause
        )
    return len(waiting)
