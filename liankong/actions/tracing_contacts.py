"""Who is a contact? What people say of it: an interview, a roster, a signature, a rejection, a release."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from liankong.actions import Refused, action
from liankong.exchange.roster import Roster, RosterFault
from liankong.rules.tracing_graph import recompute
from liankong.rules.tracing_regime import release_conditions
from liankong.store import log, tracing, tracing_checks, tracing_people
from liankong.store.access import node_scope
from liankong.store.log import Actor, Told
from liankong.store.models import Case, Contact, Exposure
from liankong.store.tracing_find import met_at_home
from liankong.store.tracing_people import Named
from liankong.store.tracing_proposals import Met, Proposed
from liankong.store.tracing_proposals import propose as take
from liankong.vocabulary.divisions import common
from liankong.vocabulary.facts import (
    ContactControlled,
    ContactRejected,
    ContactReleased,
    ContactSigned,
    ContactsSigned,
    ExposureRecorded,
)
from liankong.vocabulary.kinds import (
    ContactState,
    ExposureKind,
    FactSource,
    PersonClass,
    Protection,
)
from liankong.vocabulary.spans import local_day

REASON = 4


@dataclass(frozen=True, slots=True)
class Account:
    """What came of a roster: rows = accepted + rejected + duplicate. `proposed` now wait for a signature."""

    rows: int
    accepted: int
    rejected: tuple[RosterFault, ...]
    duplicate: int
    proposed: tuple[int, ...]


@action("tracing.investigate")
def propose(
    *,
    met: Sequence[Met],
    by: Actor,
    at: datetime,
    case: int | None = None,
    via: int | None = None,
) -> Proposed:
    """Take in people who met a case, or a contact (`via`), by their numbers in the register."""
    source, linked = _source(case, via)
    _check(met, at)
    outbreak = source.outbreak if source is not None else linked.outbreak  # type: ignore[union-attr]  # one stands
    with node_scope():
        people = {one.person for one in met}
        known = tracing_people.resolve([Named(person=one) for one in people], division="", at=at)
        if None in known:
            raise Refused("nobody in the register has this number", field="person")
        return take(met, outbreak=outbreak, case=source, via=linked, by=by, at=at)


@action("tracing.investigate")
def propose_named(
    *,
    who: Named,
    met: Met,
    by: Actor,
    at: datetime,
    case: int | None = None,
    via: int | None = None,
) -> Proposed:
    """One person from an interview, named by ID number or phone; who is not registered is registered."""
    source, linked = _source(case, via)
    if who.person is None and not (who.id_number or who.phone):
        raise Refused("give the person's number, ID number or phone", field="id_number")
    _check([met], at)
    row = source if source is not None else linked
    assert row is not None  # _source refuses neither
    with node_scope():
        (person,) = tracing_people.resolve([who], division=row.division, at=at)
        if person is None:
            raise Refused("nobody in the register has this number", field="person")
        return take(
            [replace(met, person=person)], outbreak=row.outbreak, case=source, via=linked, by=by, at=at
        )


@action("tracing.investigate")
def propose_household(*, case: int, by: Actor, at: datetime) -> Proposed:
    """Whoever lives with the case, as the register has them now."""
    source, _linked = _source(case, None)
    assert source is not None  # _source refuses an unknown case
    with node_scope():
        met = met_at_home(source, tracing.protocol_of(source.outbreak), at=at)
        return take(met, outbreak=source.outbreak, case=source, by=by, at=at)


@action("tracing.investigate")
def propose_roster(
    *,
    case: int,
    roster: Roster,
    kind: ExposureKind,
    from_at: datetime,
    until_at: datetime,
    source: FactSource,
    by: Actor,
    at: datetime,
    place: int | None = None,
) -> Account:
    """A whole class, shift or passenger list at once. Rows in = accepted + rejected + duplicate."""
    index, _linked = _source(case, None)
    assert index is not None  # _source refuses an unknown case
    if until_at < from_at:
        raise Refused("the end lies before the beginning", field="until_at")
    named = [
        Named(
            person=row.person,
            name=row.name,
            id_number=row.id_number,
            phone=row.phone,
            division=row.division if row.division.startswith(by.division) else "",
            sex=row.sex,
            birth_date=row.birth_date,
        )
        for row in roster.rows
    ]
    faults = list(roster.faults)
    with node_scope():
        people = tracing_people.resolve(named, division=index.division, at=at)
        listed = [(row, person) for row, person in zip(roster.rows, people, strict=True) if person]
        faults += [
            RosterFault(row.row, "person", "nobody in the register has this number")
            for row, person in zip(roster.rows, people, strict=True)
            if not person
        ]
        met = [
            Met(
                person=person,
                kind=kind,
                from_at=from_at,
                until_at=until_at,
                place=place,
                source=source,
                lives_in="" if row.division.startswith(by.division) else row.division,
            )
            for row, person in listed
        ]
        found = take(met, outbreak=index.outbreak, case=index, by=by, at=at)
    faults += [RosterFault(listed[at_][0].row, "meeting", why.sentence()) for at_, why in found.nobody]
    return Account(
        rows=roster.total,
        accepted=found.proposed_rows + found.added,
        rejected=tuple(sorted(faults, key=lambda fault: fault.row)),
        duplicate=len(found.duplicate) + len(roster.repeats),
        proposed=tuple(found.proposed),
    )


@action("tracing.investigate")
def amend_exposure(
    *,
    exposure: int,
    reason: str,
    by: Actor,
    at: datetime,
    kind: ExposureKind | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    metres: float | None = None,
    protection: Protection | None = None,
    prolonged: bool | None = None,
) -> Exposure:
    """Correct what is known of one meeting; what is not given stays. Class and dates follow at once."""
    _words(reason)
    rows = Exposure.objects.select_related("contact__outbreak").filter(pk=exposure)
    known = rows.first()
    if known is None:
        raise Refused("there is no such meeting in your jurisdiction")
    tracing.lock(known.contact.outbreak_id)
    row = rows.get()
    given = {
        "kind": kind,
        "from_at": from_at,
        "until_at": until_at,
        "metres": metres,
        "protection": protection,
        "prolonged": prolonged,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    for name, value in changed.items():
        setattr(row, name, value)
    if row.until_at < row.from_at:
        raise Refused("the end lies before the beginning", field="until_at")
    row.save(update_fields=[*changed])
    log.record(
        ExposureRecorded(contact=row.contact_id, exposures=1, reason=reason.strip()),
        subject=row.contact_id,
        division=row.contact.division,
        by=by,
        at=at,
        protocol=row.contact.protocol,
    )
    with node_scope():
        tracing.settle([row.contact_id], outbreak=row.contact.outbreak, by=by, at=at)
    return row


# --- signing ---------------------------------------------------------------------------------------------------


@action("tracing.sign")
def sign(*, contacts: Sequence[int], by: Actor, at: datetime) -> list[int]:
    """Confirm proposals, one or many, in one's own name; returns those that were signed now.

    Their checks are made in the same transaction, so nobody is signed without a schedule. Twice changes nothing.
    """
    rows = [row for row in _rows(contacts) if row.state == ContactState.PROPOSED]
    if not rows:
        return []
    for row in rows:
        row.state, row.signed_by_id, row.signed_at = ContactState.CONFIRMED, by.user, at
    Contact.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=ContactState.CONFIRMED, signed_by=by.user, signed_at=at
    )
    by_outbreak: dict[int, list[Contact]] = {}
    for row in rows:
        by_outbreak.setdefault(row.outbreak_id, []).append(row)
    for mine in by_outbreak.values():
        outbreak = mine[0].outbreak
        protocol = tracing.protocol_of(outbreak)
        with node_scope():
            verdicts = recompute(tracing.read(tracing.around([row.pk for row in mine])).graph, protocol)
            tracing_checks.replan([(row, verdicts[row.pk], True) for row in mine], protocol, at=at)
        each = [
            Told(
                ContactSigned(contact=row.pk, classification=PersonClass(row.classification)),
                row.pk,
                row.division,
            )
            for row in mine
        ]
        log.record_all(
            [*each, together(mine)],
            by=by,
            at=at,
            protocol=protocol.id,
        )
    return [row.pk for row in rows]


def together(rows: Sequence[Contact]) -> Told:
    """That contacts of one outbreak were signed at once; in sight of whoever sees all of them."""
    fact = ContactsSigned(contacts=tuple(row.pk for row in rows))
    return Told(fact, rows[0].outbreak_id, common([row.division for row in rows]))


@action("tracing.sign")
def reject(*, contacts: Sequence[int], reason: str, by: Actor, at: datetime) -> list[int]:
    """Judge that they are no contacts, with the reason; only proposals can be rejected."""
    _words(reason)
    rows = [row for row in _rows(contacts) if row.state == ContactState.PROPOSED]
    for row in rows:
        row.state, row.reason = ContactState.REJECTED, reason.strip()[:300]
        row.signed_by_id, row.signed_at = by.user, at
    Contact.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=ContactState.REJECTED, reason=reason.strip()[:300], signed_by=by.user, signed_at=at
    )
    log.record_all(
        [Told(ContactRejected(contact=row.pk, reason=row.reason), row.pk, row.division) for row in rows],
        by=by,
        at=at,
    )
    return [row.pk for row in rows]


@action("tracing.check")
def control(*, contact: int, by: Actor, at: datetime, controlled_at: datetime | None = None) -> Contact:
    """Say since when a signed contact meets nobody any more."""
    (row,) = _rows([contact])
    since = controlled_at or at
    if row.state != ContactState.CONFIRMED:
        raise Refused("only a signed contact who is not under control yet is put under control")
    if since > at:
        raise Refused("a moment not in the future", field="controlled_at")
    if row.first_exposed_at is not None and since < row.first_exposed_at:
        raise Refused("control cannot begin before the first exposure", field="controlled_at")
    row.state, row.controlled_at = ContactState.CONTROLLED, since
    row.save(update_fields=["state", "controlled_at"])
    log.record(
        ContactControlled(contact=row.pk),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        protocol=row.protocol,
    )
    with node_scope():
        tracing.settle([row.pk], outbreak=row.outbreak, by=by, at=at)
    return row


@action("tracing.sign")
def release(*, contact: int, by: Actor, at: datetime) -> Contact:
    """Let a contact go, when every condition of the checklist is met."""
    (row,) = _rows([contact])
    if row.state not in tracing_checks.FOLLOWED:
        raise Refused("only a signed contact can be released")
    if row.stands:
        with node_scope():
            open_links = tracing.linkage_open(row)
        conditions = release_conditions(
            row.release_on, today=local_day(at), tests=tracing_checks.samples(row), linkage_open=open_links
        )
        unmet = [one for one in conditions if not one.met]
        if unmet:
            raise Refused(
                "not yet: {conditions}",
                conditions="; ".join(one.text.format(**one.values) for one in unmet),
            )
    row.state, row.released_at = ContactState.RELEASED, at
    row.save(update_fields=["state", "released_at"])
    log.record(
        ContactReleased(contact=row.pk),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        protocol=row.protocol,
    )
    return row


# --- what several of them need ------------------------------------------------------------------------------------


def _source(case: int | None, via: int | None) -> tuple[Case | None, Contact | None]:
    """The case or the contact who was met, in the actor's own sight."""
    if (case is None) == (via is None):
        raise Refused("say whom they met: a case or a contact", field="case")
    if case is not None:
        row = Case.objects.select_related("outbreak").filter(pk=case).first()
        if row is None:
            raise Refused("there is no such case in your jurisdiction", field="case")
        return row, None
    linked = Contact.objects.select_related("outbreak").filter(pk=via or 0).first()
    if linked is None:
        raise Refused("there is no such contact in your jurisdiction", field="via")
    return None, linked


def _check(met: Sequence[Met], at: datetime) -> None:
    for one in met:
        if one.until_at < one.from_at:
            raise Refused("the end lies before the beginning", field="until_at")
        if one.from_at > at:
            raise Refused("a moment not in the future", field="from_at")
        if one.metres is not None and one.metres < 0:
            raise Refused("a distance is not below zero", field="metres")


def _rows(keys: Sequence[int]) -> list[Contact]:
    """The contacts, locked: first their graph, as every change of it does, so that no two wait for each other."""
    for outbreak in sorted(set(Contact.objects.filter(pk__in=keys).values_list("outbreak", flat=True))):
        tracing.lock(outbreak)
    rows = list(tracing.in_sight(keys).select_related("outbreak"))
    if len(rows) != len(set(keys)):
        raise Refused("there is no such contact in your jurisdiction", field="contact")
    return rows


def _words(reason: str) -> None:
    if len(reason.strip()) < REASON:
        raise Refused("give the reason in words", field="reason")
