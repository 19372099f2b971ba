"""Proposals as rows: one person's, and with it whatever changes for those of the same household."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q

from liankong.protocols import Protocol, Subject
from liankong.protocols.words import Placement
from liankong.rules import isolation as rules
from liankong.rules.why import Why
from liankong.store import isolation as store
from liankong.store import log, orders
from liankong.store.log import Actor, Told
from liankong.store.models import Contact, Entry, Inquiry, Isolation, Order, Organisation, Person
from liankong.store.organisations import responsible
from liankong.vocabulary.facts import ReleaseProposed, TransferProposed
from liankong.vocabulary.kinds import HomeGround, Mobility, OrderKind, OrderState, OrganisationKind
from liankong.vocabulary.spans import local_day

TITLES = {
    Placement.CENTRAL: "Take person {person} to an isolation site",
    Placement.HOSPITAL: "Take person {person} to hospital",
    Placement.HOME_ISOLATION: "Begin home isolation of person {person}",
    Placement.HOME_MONITORING: "Begin home monitoring of person {person}",
}
SIGNED_ELSEWHERE = "The carer is signed for another place: name another, or assess for home."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom to keep apart, why, and since when. `subject` None: the protocol no longer asks for anything."""

    person: Person
    subject: Subject | None
    protocol: Protocol
    starts_on: date
    determined_at: datetime
    contact: Contact | None = None
    inquiry: Inquiry | None = None
    infected: bool = False
    mobility: Mobility | None = None


# Proposals that one cause makes, each told once however often it is rearranged: by the isolation's number.
Proposals = dict[int, tuple[Isolation, Placement, str]]


def propose_person(
    asked: Asked, *, by: Actor, at: datetime, cause: Entry | None, told: Proposals | None = None
) -> Isolation | None:
    """Write or rewrite a person's proposal. What holds already as it should is left alone, and given back.

    None where nobody like them is kept apart: then an open proposal is withdrawn, and a stay proposed for release.
    The caller of many gives `told`, which collects what is to be recorded in the end (see `tell`).
    """
    waiting = store.proposed().select_for_update(of=("self",)).filter(person=asked.person).first()
    standing = (
        store.in_force()
        .select_for_update(of=("self",))
        .filter(person=asked.person)
        .order_by(F("arrived_at").asc(nulls_first=True))
        .first()
    )
    wanted = wanted_of(asked, waiting or standing, at)
    if wanted is None or asked.subject is None:
        _nothing_asked(waiting, standing, by=by, at=at, cause=cause)
        return None
    if standing is not None and _same_kind(Placement(standing.placement), wanted):
        if waiting is not None:
            store.end(waiting, "replaced", by=by, at=at, cause=cause)
        standing.subject, standing.contact = asked.subject, asked.contact or standing.contact
        standing.save(update_fields=["subject", "contact"])
        refresh(standing, asked.protocol, starts_on=asked.starts_on, on=local_day(at))
        return standing
    row = waiting or Isolation(person=asked.person, created_at=at, determined_at=asked.determined_at)
    fill(row, asked, asked.subject, wanted, standing)
    row.save()
    rearrange(row, asked.protocol, by=by, at=at, cause=cause, told=told)
    row.refresh_from_db()
    return row


def wanted_of(asked: Asked, known: Isolation | None, at: datetime) -> Placement | None:
    """Where somebody is to be, without a look at the household; None where the protocol asks for nothing."""
    if asked.subject is None:
        return None
    return rules.place(_member(asked, asked.subject, known, at), asked.protocol, on=local_day(at)).placement


def fill(
    row: Isolation, asked: Asked, subject: Subject, wanted: Placement, standing: Isolation | None
) -> None:
    """Write what was asked into a proposal, which the caller saves."""
    if standing is not None and row.pk is None:
        row.grounds, row.home_granted = standing.grounds, standing.home_granted
        row.mobility, row.carer_id = standing.mobility, standing.carer_id
    if subject != row.subject:
        # Another class is another determination: its clock begins now.
        row.determined_at = asked.determined_at
    row.contact = asked.contact or row.contact
    row.inquiry = asked.inquiry or row.inquiry
    row.division = asked.contact.division if asked.contact else asked.person.division
    row.subject, row.protocol, row.starts_on = subject, asked.protocol.id, asked.starts_on
    row.infected, row.placement = asked.infected, wanted
    if asked.mobility is not None:
        row.mobility = asked.mobility


def _nothing_asked(
    waiting: Isolation | None,
    standing: Isolation | None,
    *,
    by: Actor,
    at: datetime,
    cause: Entry | None,
) -> None:
    if waiting is not None:
        store.end(waiting, "nothing_asked", by=by, at=at, cause=cause)
    if standing is None:
        return
    if standing.arrived_at is None:
        store.end(standing, "nothing_asked", by=by, at=at, cause=cause)
    else:
        propose_release(standing, "nothing_asked", by=by, at=at, cause=cause)


def _same_kind(one: Placement, other: Placement) -> bool:
    return one is other or (one in rules.AT_HOME and other in rules.AT_HOME)


def refresh(row: Isolation, protocol: Protocol, *, starts_on: date, on: date) -> None:
    """Date a stay or a proposal anew: the regime counts from another day, or under another class."""
    row.starts_on = starts_on
    row.release_on = last_day(row, protocol, on)
    row.save(update_fields=["starts_on", "release_on"])


def last_day(row: Isolation, protocol: Protocol, on: date) -> date | None:
    """The last day of the stage that is served where the person is."""
    if row.starts_on is None:
        return None
    stages = rules.spans(Subject(row.subject), protocol, starts_on=row.starts_on)
    at_home = Placement(row.placement) in rules.AT_HOME
    if at_home and row.home_granted:
        # Home instead of a site lasts as long as the site would have.
        return next((one.last for one in stages if on <= one.last), None)
    here = [one.last for one in stages if (one.place in rules.AT_HOME) == at_home]
    return here[-1] if here else None


def propose_release(
    row: Isolation, reason: str, *, by: Actor, at: datetime, cause: Entry | None = None
) -> None:
    """Put a stay on the list of those to be released; a person signs the release by the checklist."""
    if row.release_proposed_at is not None:
        return
    row.release_proposed_at = at
    row.save(update_fields=["release_proposed_at"])
    log.record(
        ReleaseProposed(isolation=row.pk, reason=reason),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        cause=cause,
        protocol=row.protocol,
    )


# --- the household ------------------------------------------------------------------------------------------


def rearrange(
    row: Isolation,
    protocol: Protocol,
    *,
    by: Actor,
    at: datetime,
    cause: Entry | None,
    told: Proposals | None = None,
) -> None:
    """Place the whole household anew, as far as it is not signed: who shares a room with whom may have changed."""
    together = _together(row)
    proposals: Proposals = {} if told is None else told
    members = {one.person_id: member_of(one, at) for one in together}
    placed = {one.key: one for one in rules.arrange(members.values(), protocol, on=local_day(at))}
    signed = {one.person_id: one for one in together if one.signed_at is not None}
    for one in together:
        mine = placed[one.person_id]
        if one.signed_at is not None and mine.party is not None and one.party != mine.party:
            # Only the name of the party: where a signed carer is stays as it was signed.
            one.party = mine.party
            one.save(update_fields=["party"])
        if one.signed_at is not None or mine.placement is None:
            continue
        carer = signed.get(mine.party) if mine.party is not None else None
        missing = mine.missing
        if carer is not None and carer.placement != mine.placement:
            missing = SIGNED_ELSEWHERE
        if _apply(one, mine, missing, protocol, by=by, at=at, cause=cause):
            proposals[one.pk] = one, mine.placement, protocol.id
    if told is None:
        tell(proposals, by=by, at=at, cause=cause)


def tell(proposals: Proposals, *, by: Actor, at: datetime, cause: Entry | None) -> None:
    """Record the proposals that were made, all those of one protocol at once."""
    by_protocol: dict[str, list[Told]] = {}
    for row, placement, protocol in proposals.values():
        fact = TransferProposed(isolation=row.pk, placement=placement)
        by_protocol.setdefault(protocol, []).append(Told(fact, row.pk, row.division))
    for protocol, facts in by_protocol.items():
        log.record_all(facts, by=by, at=at, cause=cause, protocol=protocol)


def _together(row: Isolation) -> list[Isolation]:
    """The open isolations of the household and of named carers, one a person: a proposal outweighs what stands."""
    wanted = Q(pk=row.pk) | Q(carer=row.pk)
    if row.carer_id is not None:
        wanted |= Q(pk=row.carer_id)
    if row.person.household_id is not None:
        wanted |= Q(person__household=row.person.household_id)
    rows = (
        Isolation.objects.filter(wanted, released_at__isnull=True)
        .select_related("person__household", "carer", "order")
        .order_by("person_id", F("signed_at").desc(nulls_last=True), "pk")
    )
    latest = {one.person_id: one for one in rows}
    return sorted(latest.values(), key=lambda one: one.pk)


def _apply(
    row: Isolation,
    placed: rules.Placed,
    missing: str,
    protocol: Protocol,
    *,
    by: Actor,
    at: datetime,
    cause: Entry | None,
) -> bool:
    """Write where somebody is placed now; whether that is a proposal that was not there before."""
    fresh = row.order is None or row.placement != placed.placement
    basis = settle(row, placed, missing, protocol)
    if fresh:
        _draft(row, basis, by=by, at=at, cause=cause)
    row.save()
    return fresh


def settle(row: Isolation, placed: rules.Placed, missing: str, protocol: Protocol) -> str:
    """Write a placement, its clock and its reason into a proposal, which the caller saves; what the order rests on."""
    if placed.placement is None:
        raise ValueError("nobody is placed nowhere")
    row.placement, row.party = placed.placement, placed.party
    row.release_on = placed.stage.last if placed.stage else None
    clock = rules.move_by(Subject(row.subject), row.determined_at, protocol)
    row.due_at = clock.due_at if clock else None
    row.why = body(placed.why, clock.why if clock else None) | {"missing": missing}
    return clock.why.basis if clock else placed.why.basis


def body(why: Why, clock: Why | None = None) -> dict[str, Any]:
    """A reason with what its translation needs: the sentence's pattern and the values in it."""
    found = why.body() | {"template": why.reason, "values": {k: str(v) for k, v in why.values.items()}}
    if clock is not None:
        found["clock"] = clock.body() | {
            "template": clock.reason,
            "values": {k: str(v) for k, v in clock.values.items()},
        }
    return found


def _draft(row: Isolation, basis: str, *, by: Actor, at: datetime, cause: Entry | None) -> None:
    """The order of the move as a draft; where the placement has changed, the draft changes with it."""
    to = store.mover(Placement(row.placement), row.division, at)
    if row.order is not None and row.order.state == OrderState.DRAFT:
        order, new = row.order, order_of(row, basis, to=to, issuer=row.order.issuer, at=at)
        order.kind, order.addressee, order.title, order.basis = new.kind, to, new.title, basis[:200]
        order.due_at = max(row.due_at or at, order.issued_at)
        order.save(update_fields=["kind", "addressee", "title", "basis", "due_at"])
        return
    issuer = responsible(OrganisationKind.HEADQUARTERS, row.division, at)
    order = order_of(row, basis, to=to, issuer=issuer, at=at)
    (row.order,) = orders.issue_many([order], by=by, at=at, cause=cause, protocol=row.protocol, draft=True)


def order_of(row: Isolation, basis: str, *, to: Organisation, issuer: Organisation, at: datetime) -> Order:
    """The order of a move, not saved yet. Its deadline hangs on the determination, not on the signature."""
    placement = Placement(row.placement)
    return Order(
        kind=OrderKind.DOOR_KNOCK if placement in rules.AT_HOME else OrderKind.TRANSFER,
        title=TITLES[placement].format(person=row.person_id),
        issuer=issuer,
        addressee=to,
        division=row.division,
        person=row.person,
        household=row.person.household,
        due_at=max(row.due_at or at, at),
        due_fixed=True,
        basis=basis,
    )


# --- members as the rule reads them -------------------------------------------------------------------------


def _member(asked: Asked, subject: Subject, known: Isolation | None, at: datetime) -> rules.Member:
    return rules.Member(
        key=asked.person.pk,
        subject=subject,
        starts_on=asked.starts_on,
        age=age_of(asked.person, at),
        infected=asked.infected,
        grounds=grounds_of(known),
        home_granted=known.home_granted if known else False,
    )


def member_of(row: Isolation, at: datetime) -> rules.Member:
    """A proposal or a stay as the rule reads it."""
    return rules.Member(
        key=row.person_id,
        subject=Subject(row.subject),
        starts_on=row.starts_on or local_day(at),
        age=age_of(row.person, at),
        infected=row.infected,
        mobility=Mobility(row.mobility),
        grounds=grounds_of(row),
        home_granted=row.home_granted,
        carer=row.carer.person_id if row.carer else None,
    )


def grounds_of(row: Isolation | None) -> frozenset[HomeGround]:
    return frozenset(HomeGround(one) for one in (row.grounds if row else ()))


def age_of(person: Person, at: datetime) -> int | None:
    """Full years on the local day; None where the day of birth is not known."""
    born, today = person.birth_date, local_day(at)
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def missing_of(rows: Sequence[Isolation]) -> str:
    """What still keeps a party from being signed; "" when nothing does."""
    return next((str(row.why.get("missing")) for row in rows if row.why.get("missing")), "")
