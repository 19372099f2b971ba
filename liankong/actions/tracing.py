"""What follows for contacts when a case stands, a track is known, a result comes in, a check is missed?

Rules run these: they propose, calculate and ring. A person signs, in `tracing_contacts`.
"""

from collections.abc import Iterable
from datetime import datetime

from liankong.actions import action
from liankong.rules import tracing_regime as regime
from liankong.store import log, orders, tracing, tracing_checks
from liankong.store.log import Actor, Told
from liankong.store.models import (
    Case,
    Check,
    Contact,
    Entry,
    Investigation,
    Isolation,
    Order,
    Organisation,
    Outbreak,
    Result,
)
from liankong.store.organisations import NobodyResponsible, responsible
from liankong.store.tracing_find import met_at_home, met_on_track
from liankong.store.tracing_proposals import Proposed, propose
from liankong.vocabulary.facts import (
    CheckDone,
    CheckMissed,
    ContactBecameCase,
    ContactControlled,
    ContactReopened,
)
from liankong.vocabulary.kinds import (
    CheckKind,
    CheckState,
    ContactState,
    OrderKind,
    OrderState,
    OrganisationKind,
    PersonClass,
    ResultValue,
    TubeKind,
)
from liankong.vocabulary.spans import local_day

LIVE = (
    ContactState.PROPOSED,
    ContactState.CONFIRMED,
    ContactState.CONTROLLED,
    ContactState.ELSEWHERE,
    ContactState.RELEASED,
)
# Who goes and knocks, the nearest first.
NEAREST = (
    OrganisationKind.COMMUNITY,
    OrganisationKind.STREET,
    OrganisationKind.CDC,
    OrganisationKind.HEADQUARTERS,
)


@action("tracing.investigate", automatic=True)
def propose_household(*, cause: Entry, by: Actor, at: datetime) -> Proposed:
    """Whoever lives with a new case, as the register has them."""
    case = Case.objects.select_related("outbreak").get(pk=cause.subject)
    protocol = tracing.protocol_of(case.outbreak)
    met = met_at_home(case, protocol, at=at)
    return propose(met, outbreak=case.outbreak, case=case, by=by, at=at, cause=cause)


@action("tracing.investigate", automatic=True)
def find_known(*, cause: Entry, by: Actor, at: datetime) -> Proposed:
    """Whoever was where a new case is known to have been, by tickets, gates and earlier interviews, before anybody
    has asked: the investigator finds them on the desk.
    """
    case = Case.objects.select_related("outbreak").get(pk=cause.subject)
    met = met_on_track(case, tracing.protocol_of(case.outbreak))
    return propose(met, outbreak=case.outbreak, case=case, by=by, at=at, cause=cause)


@action("tracing.investigate", automatic=True)
def find_contacts(*, cause: Entry, by: Actor, at: datetime) -> Proposed:
    """Whoever was where the case was, at the same time: stays in the database, graded by the protocol."""
    row = Investigation.objects.select_related("case__outbreak").get(pk=cause.subject)
    met = met_on_track(row.case, tracing.protocol_of(row.case.outbreak))
    return propose(met, outbreak=row.case.outbreak, case=row.case, by=by, at=at, cause=cause)


@action("tracing.investigate", automatic=True)
def contact_became_case(*, cause: Entry, by: Actor, at: datetime) -> Contact | None:
    """A contact is a case now: nothing more is due of them, and whoever met them is graded anew."""
    case = Case.objects.select_related("outbreak").get(pk=cause.subject)
    tracing.lock(case.outbreak_id)
    row = (
        Contact.objects.select_for_update(of=("self",))
        .filter(outbreak=case.outbreak, person=case.person_id)
        .first()
    )
    if row is None or row.case_id == case.pk:
        return row
    row.state, row.case = ContactState.CASE, case
    row.release_on = row.followed_until = None
    row.save(update_fields=["state", "case", "release_on", "followed_until"])
    tracing_checks.cancel([row.pk])
    log.record(
        ContactBecameCase(contact=row.pk, case=case.pk),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        cause=cause,
        protocol=case.outbreak.protocol,
    )
    tracing.settle([row.pk], outbreak=case.outbreak, by=by, at=at, cause=cause)
    return row


@action("tracing.investigate", automatic=True)
def recompute_of_case(*, cause: Entry, by: Actor, at: datetime) -> list[int]:
    """The onset, the sampling or the class of a case has changed: its contacts are graded anew."""
    case = Case.objects.select_related("outbreak").get(pk=cause.subject)
    tracing.lock(case.outbreak_id)
    own = list(Contact.objects.select_for_update(of=("self",)).filter(case=case))
    if case.classification == PersonClass.EXCLUDED:
        _follow_again([row for row in own if row.state == ContactState.CASE], case, by, at, cause)
    touched = tracing.exposed_to(case.pk) + [row.pk for row in own]
    return tracing.settle(touched, outbreak=case.outbreak, by=by, at=at, cause=cause)


def _follow_again(rows: Iterable[Contact], case: Case, by: Actor, at: datetime, cause: Entry) -> None:
    """The case that a contact had become was excluded: they are followed where they were left."""
    for row in rows:
        signed = ContactState.CONTROLLED if row.controlled_at else ContactState.CONFIRMED
        row.state = signed if row.signed_at else ContactState.PROPOSED
        row.save(update_fields=["state"])
        log.record(
            ContactReopened(contact=row.pk, case=case.pk),
            subject=row.pk,
            division=row.division,
            by=by,
            at=at,
            cause=cause,
            protocol=case.outbreak.protocol,
        )


@action("tracing.check", automatic=True)
def on_result(*, cause: Entry, by: Actor, at: datetime) -> list[int]:
    """A result of somebody who is followed: it answers their schedule, and whoever hangs on it is graded anew."""
    result = Result.objects.select_related("tube").get(pk=cause.subject)
    rows = list(
        Contact.objects.filter(
            person__in=result.tube.members.all(), state__in=LIVE, outbreak__closed_at__isnull=True
        )
    )
    if not rows:
        return []
    outbreaks = {row.pk: row for row in Outbreak.objects.filter(pk__in={one.outbreak_id for one in rows})}
    changed: list[int] = []
    for key, outbreak in sorted(outbreaks.items()):
        mine = [row for row in rows if row.outbreak_id == key]
        tracing.lock(key)
        _answer(mine, result, by, at, cause)
        changed += tracing.settle([row.pk for row in mine], outbreak=outbreak, by=by, at=at, cause=cause)
    return changed


def _answer(rows: list[Contact], result: Result, by: Actor, at: datetime, cause: Entry) -> None:
    """Write a person's own result into their schedule. A positive pool and an unreadable tube answer nothing."""
    own = result.tube.kind == TubeKind.SINGLE or result.value == ResultValue.NEGATIVE
    if not own or result.value == ResultValue.INVALID:
        return
    sampled = result.tube.sampled_at
    by_contact: dict[int, list[Check]] = {row.pk: [] for row in rows}
    tests = Check.objects.filter(contact__in=by_contact, kind=CheckKind.TEST)
    for check in tests.exclude(state=CheckState.CANCELLED):
        by_contact[check.contact_id].append(check)
    told = []
    for row in rows:
        same = next((one for one in by_contact[row.pk] if one.done_at == sampled), None)
        answered = same or tracing_checks.fitting(by_contact[row.pk], local_day(sampled))
        if answered is None:
            continue
        answered.state, answered.value, answered.done_at = CheckState.DONE, result.value, sampled
        answered.save(update_fields=["state", "value", "done_at"])
        fact = CheckDone(contact=row.pk, check=answered.pk, check_kind=CheckKind.TEST)
        told.append(Told(fact, row.pk, row.division))
    log.record_all(told, by=by, at=at, cause=cause)


@action("tracing.check", automatic=True)
def contact_controlled(*, cause: Entry, by: Actor, at: datetime) -> Contact | None:
    """A contact has arrived where they are kept apart: from now on they meet nobody."""
    isolation = Isolation.objects.select_related("contact__outbreak").get(pk=cause.subject)
    if isolation.contact is None:
        return None
    if isolation.contact.controlled_at is not None:
        return isolation.contact  # since an hour that stays; no need to wait for the graph's lock
    outbreak = isolation.contact.outbreak
    tracing.lock(outbreak.pk)
    row = Contact.objects.select_for_update(of=("self",)).get(pk=isolation.contact.pk)
    if row.controlled_at is not None or row.state != ContactState.CONFIRMED:
        return row
    row.state, row.controlled_at = ContactState.CONTROLLED, at
    row.save(update_fields=["state", "controlled_at"])
    log.record(
        ContactControlled(contact=row.pk),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        cause=cause,
        protocol=row.protocol,
    )
    tracing.settle([row.pk], outbreak=outbreak, by=by, at=at, cause=cause)
    return row


# --- the clock of checks -----------------------------------------------------------------------------------------


@action("tracing.clock", automatic=True)
def mark_missed(*, by: Actor, at: datetime, limit: int = 500) -> int:
    """Ring for every check that was not done in time; returns how many rang. Each rings once.

    Whoever missed something is visited: an order to the nearest body is drafted, one for a person at a time.
    """
    late = (
        Check.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=CheckState.DUE, due_at__lt=at, contact__state__in=tracing_checks.WATCHED)
        .select_related("contact__outbreak", "contact__person")
        .order_by("due_at", "pk")[:limit]
    )
    missed = [
        check
        for check in late
        if check.due_at + regime.ring_after(tracing.protocol_of(check.contact.outbreak)) < at
    ]
    if not missed:
        return 0
    Check.objects.filter(pk__in=[check.pk for check in missed]).update(state=CheckState.MISSED, missed_at=at)
    contacts = {check.contact_id: check.contact for check in missed}
    log.record_all(
        [
            Told(
                CheckMissed(contact=check.contact_id, check=check.pk, check_kind=CheckKind(check.kind)),
                check.contact_id,
                check.contact.division,
            )
            for check in missed
        ],
        by=by,
        at=at,
    )
    _draft_visits(contacts, by, at)
    return len(missed)


def _draft_visits(contacts: dict[int, Contact], by: Actor, at: datetime) -> None:
    visited = set(
        Order.objects.filter(
            kind=OrderKind.DOOR_KNOCK, person__in=[row.person_id for row in contacts.values()]
        )
        .exclude(state__in=(OrderState.DONE, OrderState.CANCELLED))
        .values_list("person_id", flat=True)
    )
    inside = {
        row.person_id: row.site.organisation
        for row in Isolation.objects.filter(
            contact__in=contacts, arrived_at__isnull=False, released_at__isnull=True, site__isnull=False
        ).select_related("site__organisation")
        if row.site is not None
    }
    for row in contacts.values():
        if row.person_id in visited:
            continue
        protocol = tracing.protocol_of(row.outbreak)
        cited = (
            protocol.cite("isolation.checks.visit_within") if regime.checks_of(protocol).visit_within else ""
        )
        orders.issue(
            kind=OrderKind.DOOR_KNOCK,
            title=f"Missed checks of contact {row.pk}",
            issuer=responsible(OrganisationKind.HEADQUARTERS, row.division, at),
            addressee=inside.get(row.person_id) or _nearest(row.division, at),
            division=row.division,
            person=row.person,
            due_at=at + regime.visit_within(protocol),
            basis=f"tracing.mark_missed · {protocol.id} · {cited}",
            protocol=protocol.id,
            draft=True,
            by=by,
            at=at,
        )


def _nearest(division: str, at: datetime) -> Organisation:
    for kind in NEAREST:
        try:
            return responsible(kind, division, at)
        except NobodyResponsible:
            continue
    raise NobodyResponsible(f"nobody answers for division {division} at {at.isoformat()}")
