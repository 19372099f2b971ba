"""Which smallest area should be closed, and what do new facts make of the zones there are? Proposals and clocks.

Nothing here puts anybody under a measure: these verbs draft, move clocks that protocols define, and send the orders
that follow from a signature. What people sign is in `zones_sign`.
"""

from collections.abc import Iterable
from datetime import datetime

from liankong import protocols
from liankong.actions import action
from liankong.protocols import Protocol
from liankong.protocols.words import ZoneGround, ZoneReset, ZoneTask, ZoneUnit
from liankong.rules import orders_proof, zones_clock
from liankong.rules import zones as rules
from liankong.rules.orders_proof import Proof
from liankong.store import orders, zones, zones_facts
from liankong.store.log import Actor
from liankong.store.models import (
    Case,
    Contact,
    Entry,
    Exposure,
    Investigation,
    Order,
    Organisation,
    Person,
    Stay,
    Zone,
)
from liankong.store.organisations import NobodyResponsible, responsible
from liankong.vocabulary.facts import ContactsSigned, ZoneChanged, ZoneExpired, ZoneRejected
from liankong.vocabulary.kinds import (
    OrderKind,
    OrderState,
    OrganisationKind,
    PersonClass,
    Protection,
    StayMode,
    ZoneChange,
    ZoneState,
)
from liankong.vocabulary.spans import local

# Whom a task goes to: the nearest body of the first kind that exists.
ADDRESSEES: dict[ZoneTask, tuple[OrganisationKind, ...]] = {
    ZoneTask.ENFORCE: (OrganisationKind.STREET, OrganisationKind.HEADQUARTERS),
    ZoneTask.SUPPLY: (OrganisationKind.SUPPLY, OrganisationKind.STREET, OrganisationKind.HEADQUARTERS),
    ZoneTask.DOOR_TEST: (OrganisationKind.CDC, OrganisationKind.HEADQUARTERS),
    ZoneTask.FULL_ROUND: (OrganisationKind.CDC, OrganisationKind.HEADQUARTERS),
}
# What a task's proof counts.
UNITS: dict[ZoneTask, str] = {
    ZoneTask.ENFORCE: "",
    ZoneTask.SUPPLY: "households",
    ZoneTask.DOOR_TEST: "people",
    ZoneTask.FULL_ROUND: "people negative",
}


@action("zones.propose", automatic=True)
def propose(*, cause: Entry, by: Actor, at: datetime) -> Zone | None:
    """Where a new case lives, propose the smallest lawful zone; where they live in one already, move its clock."""
    case = Case.objects.select_related("outbreak", "person__household__dwelling__parent__parent").get(
        pk=cause.subject
    )
    protocol = protocols.load(case.protocol)
    if not protocol.has("zones") or case.classification == PersonClass.EXCLUDED:
        return None
    standing = list(zones.over(case.person, outbreak=case.outbreak_id).select_for_update(of=("self",)))
    for zone in standing:
        _recompute(zone, by=by, at=at, cause=cause)
    household = case.person.household
    around = zones.areas_around(household.dwelling if household else None, case.person.division)
    found = rules.propose(ZoneGround.RESIDENCE, around, protocol)
    if found.area is None or any(_covers(zone, found.kind, protocol) for zone in standing):
        return None
    return zones.draft(
        outbreak=case.outbreak,
        division=case.division,
        kind=found.kind,
        area=found.area,
        reason=found.why.sentence(),
        why=found.why,
        case=case,
        needed=found.area.unit,
        by=by,
        at=at,
        cause=cause,
    )


def _covers(zone: Zone, kind: str, protocol: Protocol) -> bool:
    """Whether a zone that is there makes a proposal of this kind needless: as grave, or about to become so."""
    if zone.protocol != protocol.id:
        return False
    if rules.kind_index(protocol, zone.kind) <= rules.kind_index(protocol, kind):
        return True
    return zone.state == ZoneState.IN_FORCE and zone.pending_kind == kind


@action("zones.propose", automatic=True)
def propose_around(*, cause: Entry, by: Actor, at: datetime) -> list[Zone]:
    """Propose zones around the places of a confirmed track, each once, on the gravest ground that its stays give."""
    investigation = Investigation.objects.select_related("case__outbreak").get(pk=cause.subject)
    case = investigation.case
    protocol = protocols.load(case.protocol)
    if not protocol.has("zones"):
        return []
    anchor = local(case.onset_on) if case.onset_on else (case.sampled_at or case.found_at)
    grounds: dict[int, ZoneGround] = {}
    stays = list(
        Stay.objects.filter(investigation=investigation, place__isnull=False, confirmed_at__isnull=False)
        .select_related("place__parent__parent")
        .order_by("from_at", "pk")
    )
    for stay in stays:
        ground = rules.ground_of_stay(StayMode(stay.mode), Protection(stay.protection))
        kind = rules.kind_for(ground, protocol) if ground else None
        if stay.place_id is None or ground is None or kind is None:
            continue
        if rules.in_reach(stay.until_at, anchor=anchor, kind=kind, protocol=protocol) and (
            grounds.get(stay.place_id) is not ZoneGround.LIKELY
        ):
            grounds[stay.place_id] = ground
    places = {stay.place_id: stay.place for stay in stays}
    made = []
    for pk, ground in grounds.items():
        place = places[pk]
        if place is None or _open_at(pk, case.outbreak_id):
            continue
        found = rules.propose(ground, zones.areas_around(place, ""), protocol)
        if found.area is None:
            continue
        made.append(
            zones.draft(
                outbreak=case.outbreak,
                division=place.division,
                kind=found.kind,
                area=found.area,
                reason=found.why.sentence(),
                why=found.why,
                case=case,
                needed=found.area.unit,
                by=by,
                at=at,
                cause=cause,
            )
        )
    return made


def _open_at(place: int, outbreak: int) -> bool:
    return zones.at_places([place]).filter(outbreak=outbreak).exists()


# --- what new facts make of zones in force -------------------------------------------------------------------------


@action("zones.propose", automatic=True)
def on_case(*, cause: Entry, by: Actor, at: datetime) -> None:
    """A case was classified or its course changed: clocks of its zones are computed again.

    What was proposed for a case that turns out to be none is withdrawn.
    """
    case = Case.objects.select_related("person__household").get(pk=cause.subject)
    if case.classification == PersonClass.EXCLUDED:
        for zone in Zone.objects.select_for_update(of=("self",)).filter(case=case, state=ZoneState.PROPOSED):
            reason = "the case was excluded"
            zones.change(zone, ZoneChange.REJECTED, by=by, at=at, reason=reason)
            fact = ZoneRejected(zone=zone.pk, reason=reason)
            zones.record(zone, fact, by=by, at=at, cause=cause)
    _recompute_all(zones.over(case.person, outbreak=case.outbreak_id), by=by, at=at, cause=cause)


@action("zones.propose", automatic=True)
def on_contact_case(*, cause: Entry, by: Actor, at: datetime) -> None:
    """A contact became a case: where contacts of theirs live, the days count from the contacts' transfer."""
    contact = Contact.objects.get(pk=cause.subject)
    if contact.case_id is None:
        return
    for exposure in Exposure.objects.filter(case=contact.case_id).select_related(
        "contact__person__household"
    ):
        rows = zones.over(exposure.contact.person, outbreak=contact.outbreak_id)
        _recompute_all(rows, by=by, at=at, cause=cause)


@action("zones.propose", automatic=True)
def on_contact(*, cause: Entry, by: Actor, at: datetime) -> None:
    """Contacts were signed, or one was moved out: under some protocols that moves the clock of the zone they lived in.

    A zone in which many of them live is computed once.
    """
    keys = cause.body["contacts"] if cause.kind == ContactsSigned.__name__ else [cause.subject]
    by_outbreak: dict[int, list[Person]] = {}
    for contact in Contact.objects.filter(pk__in=keys).select_related("person__household"):
        if _moves_clocks(protocols.load(contact.protocol)):
            by_outbreak.setdefault(contact.outbreak_id, []).append(contact.person)
    for outbreak, people in by_outbreak.items():
        _recompute_all(zones.over_any(people, outbreak=outbreak), by=by, at=at, cause=cause)


def _moves_clocks(protocol: Protocol) -> bool:
    """Whether a contact's transfer restarts a zone's days."""
    resets = protocol.zones.resets if protocol.has("zones") else None
    return resets is not None and ZoneReset.TRANSFERRED_CONTACT in resets.value


@action("zones.propose", automatic=True)
def on_disinfection(*, cause: Entry, by: Actor, at: datetime) -> None:
    """A disinfection ended or an environment sample has its result: clocks of the zones there are computed again."""
    order = Order.objects.get(pk=cause.subject)
    if order.place_id is not None:
        _recompute_all(zones.at_places([order.place_id]), by=by, at=at, cause=cause)


def _recompute_all(rows: Iterable[Zone], *, by: Actor, at: datetime, cause: Entry) -> None:
    for found in rows:
        zone = zones.locked(found.pk)
        if zone is not None:
            _recompute(zone, by=by, at=at, cause=cause)


def _recompute(zone: Zone, *, by: Actor, at: datetime, cause: Entry) -> None:
    """Compute clock and escalation from all facts, and write a step where they differ from what stands."""
    if zone.state != ZoneState.IN_FORCE or zone.unit == ZoneUnit.COUNTY:
        return
    protocol = protocols.load(zone.protocol)
    facts = zones_facts.clock_facts(zone)
    clock = zones_clock.clock(facts, protocol)
    grave = zones_clock.escalation(zone.kind, protocol) if facts.new_cases else None
    pending = grave[0] if grave else ""
    if clock.start == zone.clock_from and pending == zone.pending_kind:
        return
    sooner = clock.start is not None and (zone.clock_from is None or clock.start < zone.clock_from)
    # Days that begin to count for the first time are no correction; days given back are.
    corrected = (sooner and zone.clock_from is not None) or clock.start == zone.clock_from
    what = ZoneChange.CORRECTED if corrected else ZoneChange.CLOCK_RESTARTED
    reason = (grave[1] if grave and pending != zone.pending_kind else clock.why).sentence()
    zones.change(zone, what, by=by, at=at, reason=reason, clock_from=clock.start, pending_kind=pending)
    zones.record(zone, ZoneChanged(zone=zone.pk, change=what), by=by, at=at, cause=cause)


# --- what follows from a signature -----------------------------------------------------------------------------------


@action("zones.order", automatic=True)
def order_measures(*, cause: Entry, by: Actor, at: datetime) -> list[Order]:
    """Send what the protocol asks for in a zone of this kind to those who answer for it: the signature covers it."""
    zone = Zone.objects.select_related("case").get(pk=cause.subject)
    protocol = protocols.load(zone.protocol)
    kind = protocol.zone(zone.kind)
    issuer = responsible(OrganisationKind.HEADQUARTERS, zone.division, at)
    made = []
    for index, wanted in enumerate(protocol.zones.orders):
        if zone.kind not in wanted.kinds:
            continue
        unit = UNITS[wanted.task]
        detail = {"zone": zone.pk, "task": wanted.task.value}
        made.append(
            orders.issue(
                kind=OrderKind.ZONE,
                title=f"Zone {zone.number}: {wanted.english}",
                text=f"{zone.name} · {kind.english}: {kind.measure.english}",
                issuer=issuer,
                addressee=_addressee(wanted.task, zone.division, at),
                division=zone.division,
                case=zone.case,
                due_at=at + wanted.value,
                detail=detail | (orders_proof.detail([Proof.FIGURE], unit=unit) if unit else {}),
                basis=str(protocol.cite(f"zones.orders[{index}]")),
                protocol=zone.protocol,
                by=by,
                at=at,
                cause=cause,
            )
        )
    return made


def _addressee(task: ZoneTask, division: str, at: datetime) -> Organisation:
    for kind in ADDRESSEES[task][:-1]:
        try:
            return responsible(kind, division, at)
        except NobodyResponsible:
            continue
    return responsible(ADDRESSEES[task][-1], division, at)


@action("zones.propose", automatic=True)
def propose_rest(*, cause: Entry, by: Actor, at: datetime) -> Zone | None:
    """With the first zone of a county, propose the kind that the protocol draws around it."""
    zone = Zone.objects.select_related("outbreak").get(pk=cause.subject)
    protocol = protocols.load(zone.protocol)
    area = zones.county_area(zone.division)
    found = rules.propose(ZoneGround.REST, [area] if area else [], protocol)
    if area is None or found.area is None or zone.kind == found.kind:
        return None
    there = Zone.objects.filter(
        outbreak=zone.outbreak,
        kind=found.kind,
        divisions__contains=list(area.divisions),
        state__in=(ZoneState.PROPOSED, ZoneState.IN_FORCE),
    )
    if there.exists():
        return None
    return zones.draft(
        outbreak=zone.outbreak,
        division=area.divisions[0],
        kind=found.kind,
        area=area,
        reason=found.why.sentence(),
        why=found.why,
        needed=area.unit,
        by=by,
        at=at,
        cause=cause,
    )


@action("zones.order", automatic=True)
def close_measures(*, cause: Entry, by: Actor, at: datetime) -> int:
    """A zone has ended: what was still to be done in it is done with."""
    rows = Order.objects.select_for_update(of=("self",)).filter(
        kind=OrderKind.ZONE,
        detail__zone=cause.subject,
        state__in=(OrderState.ISSUED, OrderState.RECEIVED, OrderState.STARTED),
    )
    for row in rows:
        orders.complete(row, proof="the zone has ended", done_by=None, by=by, at=at, cause=cause)
    return len(rows)


@action("zones.clock", automatic=True)
def expire(*, by: Actor, at: datetime, limit: int = 500) -> int:
    """Write down the end of zones whose time is over; they have bound nobody since. Returns how many."""
    rows = Zone.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=ZoneState.IN_FORCE, expires_at__lte=at
    )[:limit]
    count = 0
    for zone in rows:
        zones.change(zone, ZoneChange.EXPIRED, by=by, at=at, ended_at=zone.expires_at)
        zones.record(zone, ZoneExpired(zone=zone.pk), by=by, at=at)
        count += 1
    return count
