"""Who puts a zone in force, raises, lowers, extends and lifts it?

Every verb here is a named person's. Each writes one step of the zone's history and one fact.
"""

from datetime import date, datetime
from typing import Any

from liankong import protocols
from liankong.actions import Refused, action
from liankong.protocols import Protocol
from liankong.protocols.words import ZoneTask, ZoneUnit
from liankong.rules import orders_proof, zones_clock, zones_lift
from liankong.rules import zones as rules
from liankong.rules.orders_proof import Proof
from liankong.rules.why import Why, because
from liankong.rules.zones import Draft
from liankong.rules.zones_history import UnlawfulChangeError
from liankong.store import orders, zones, zones_facts
from liankong.store.log import Actor
from liankong.store.models import Order, Zone
from liankong.store.organisations import NobodyResponsible, responsible
from liankong.vocabulary.facts import ZoneApproved, ZoneChanged, ZoneLifted, ZoneRejected
from liankong.vocabulary.kinds import OrderKind, OrganisationKind, ZoneChange, ZoneState
from liankong.vocabulary.spans import aware, local_day


@action("zones.sign")
def approve(
    *,
    zone: int,
    legal_basis: str,
    by: Actor,
    at: datetime,
    kind: str = "",
    reason: str = "",
    review_on: date | None = None,
    expires_at: datetime | None = None,
    finding: str = "",
) -> Zone:
    """Put a proposal in force, under a legal basis, until its date. Whatever is unlawful about it is refused."""
    row = _locked(zone, ZoneState.PROPOSED, at)
    protocol = protocols.load(row.protocol)
    if not protocol.has("zones"):
        raise Refused(rules.no_zones(protocol).reason, protocol=protocol.id)
    wanted = kind or row.kind
    stated = _dates(wanted, protocol, at)
    draft = Draft(
        kind=wanted,
        unit=ZoneUnit(row.unit),
        from_at=at,
        review_on=review_on or stated.review_on,
        expires_at=expires_at or stated.expires_at,
        legal_basis=legal_basis,
        reason=reason.strip() or row.reason,
        signer=by.user,
        needed=ZoneUnit(row.needed) if row.needed else None,
        finding=finding.strip() or row.finding,
    )
    _refuse(draft, protocol)
    row.from_at, row.finding = at, draft.finding[:300]
    started = zones_clock.clock(zones_facts.clock_facts(row), protocol)
    row.from_at = None
    row.save(update_fields=["finding"])
    _change(
        row,
        ZoneChange.APPROVED,
        by=by,
        at=at,
        reason=draft.reason,
        kind=wanted,
        from_at=at,
        clock_from=started.start,
        review_on=draft.review_on,
        expires_at=draft.expires_at,
        legal_basis=legal_basis.strip(),
        signer=by.user,
    )
    expires = row.expires_at or stated.expires_at
    zones.record(row, ZoneApproved(zone=row.pk, zone_kind=row.kind, expires_at=expires), by=by, at=at)
    return row


@action("zones.sign")
def reject(*, zone: int, reason: str, by: Actor, at: datetime) -> Zone:
    """Turn a proposal down, with the reason."""
    row = _locked(zone, ZoneState.PROPOSED, at)
    _change(row, ZoneChange.REJECTED, by=by, at=at, reason=_said(reason))
    zones.record(row, ZoneRejected(zone=row.pk, reason=reason.strip()[:300]), by=by, at=at)
    return row


@action("zones.sign")
def escalate(*, zone: int, reason: str, by: Actor, at: datetime, kind: str = "") -> Zone:
    """Raise a zone to a graver kind: the one that a rule proposes after a positive, or one named here."""
    row = _locked(zone, ZoneState.IN_FORCE, at)
    protocol = protocols.load(row.protocol)
    grave = zones_clock.escalation(row.kind, protocol)
    wanted = kind or row.pending_kind or (grave[0] if grave else "")
    known = [one.code for one in protocol.zones.kinds]
    if wanted not in known or known.index(wanted) >= known.index(row.kind):
        raise Refused("{kind} is not graver than {now}", field="kind", kind=wanted or "-", now=row.kind)
    stated = _dates(wanted, protocol, at)
    draft = Draft(
        kind=wanted,
        unit=ZoneUnit(row.unit),
        from_at=at,
        review_on=stated.review_on,
        expires_at=stated.expires_at,
        legal_basis=row.legal_basis,
        reason=_said(reason),
        signer=by.user,
    )
    _refuse(draft, protocol)
    _change(
        row,
        ZoneChange.ESCALATED,
        by=by,
        at=at,
        reason=draft.reason,
        kind=wanted,
        review_on=stated.review_on,
        expires_at=max(stated.expires_at, aware(row.expires_at) if row.expires_at else stated.expires_at),
        signer=by.user,
        lowered_from="",
        pending_kind="",
    )
    zones.record(row, ZoneChanged(zone=row.pk, change=ZoneChange.ESCALATED), by=by, at=at)
    return row


@action("zones.sign")
def lower(*, zone: int, by: Actor, at: datetime, reason: str = "") -> Zone:
    """Lower a zone whose conditions hold to the kind that the protocol names, for its remaining term."""
    row = _locked(zone, ZoneState.IN_FORCE, at)
    protocol = protocols.load(row.protocol)
    checks = _checks(row, protocol, at)
    if not checks.then:
        raise Refused("{protocol} lowers no zone of this kind: it is lifted", protocol=protocol.id)
    if not checks.complete:
        raise Refused("{checks}", checks=checks.sentence())
    stated = _dates(checks.then, protocol, at)
    _change(
        row,
        ZoneChange.LOWERED,
        by=by,
        at=at,
        reason=reason.strip() or checks.sentence(),
        kind=checks.then,
        clock_from=at,
        review_on=stated.review_on,
        expires_at=stated.expires_at,
        signer=by.user,
        lowered_from=row.kind,
        pending_kind="",
    )
    zones.record(row, ZoneChanged(zone=row.pk, change=ZoneChange.LOWERED), by=by, at=at)
    return row


@action("zones.sign")
def extend(
    *, zone: int, until: datetime, reason: str, by: Actor, at: datetime, review_on: date | None = None
) -> Zone:
    """Let a zone stand longer, with a reason, by no more than the protocol's term from now."""
    row = _locked(zone, ZoneState.IN_FORCE, at)
    protocol = protocols.load(row.protocol)
    stated = _dates(row.kind, protocol, at)
    if row.expires_at is not None and aware(until) <= aware(row.expires_at):
        raise Refused("it stands until then already", field="until")
    draft = Draft(
        kind=row.kind,
        unit=ZoneUnit(row.unit),
        from_at=at,
        review_on=review_on or min(stated.review_on, local_day(until)),
        expires_at=until,
        legal_basis=row.legal_basis,
        reason=_said(reason),
        signer=by.user,
    )
    _refuse(draft, protocol, rename={"expires_at": "until"})
    _change(
        row,
        ZoneChange.EXTENDED,
        by=by,
        at=at,
        reason=draft.reason,
        expires_at=until,
        review_on=draft.review_on,
        signer=by.user,
    )
    zones.record(row, ZoneChanged(zone=row.pk, change=ZoneChange.EXTENDED), by=by, at=at)
    return row


@action("zones.sign")
def lift(*, zone: int, by: Actor, at: datetime, reason: str = "", exception: bool = False) -> Zone:
    """Lift a zone whose conditions hold. Against an open condition only as an exception, with a reason on record."""
    row = _locked(zone, ZoneState.IN_FORCE, at)
    protocol = protocols.load(row.protocol)
    checks = _checks(row, protocol, at)
    said = reason.strip()
    if checks.complete and checks.then:
        if not exception:
            raise Refused(
                "{protocol} lowers a zone of this kind first: lower it instead", protocol=protocol.id
            )
    elif not checks.complete and not exception:
        raise Refused("{checks}", checks=checks.sentence())
    if exception:
        said = f"exception: {_said(reason)} ({checks.sentence()})"
    _change(row, ZoneChange.LIFTED, by=by, at=at, reason=said or checks.sentence(), pending_kind="")
    zones.record(row, ZoneLifted(zone=row.pk), by=by, at=at)
    return row


@action("zones.sign")
def restart_clock(*, zone: int, from_at: datetime, reason: str, by: Actor, at: datetime) -> Zone:
    """Begin a zone's days anew for what no row of the platform shows, with the reason. Only later, never sooner."""
    row = _locked(zone, ZoneState.IN_FORCE, at)
    if aware(from_at) > aware(at):
        raise Refused("the days cannot begin in the future", field="from_at")
    if row.clock_from is not None and aware(from_at) <= aware(row.clock_from):
        raise Refused("the days count from a later moment already", field="from_at")
    _change(row, ZoneChange.CLOCK_RESTARTED, by=by, at=at, reason=_said(reason), clock_from=aware(from_at))
    zones.record(row, ZoneChanged(zone=row.pk, change=ZoneChange.CLOCK_RESTARTED), by=by, at=at)
    return row


@action("zones.sign")
def order_round(*, zone: int, due_at: datetime, by: Actor, at: datetime) -> Order:
    """Order the round of everybody inside before lifting; it is done with the number of who was negative."""
    row = _locked(zone, ZoneState.IN_FORCE, at)
    if aware(due_at) <= aware(at):
        raise Refused("the deadline must lie ahead", field="due_at")
    people, _homes = zones.count_inside(row)
    try:
        addressee = responsible(OrganisationKind.CDC, row.division, at)
    except NobodyResponsible:
        addressee = responsible(OrganisationKind.HEADQUARTERS, row.division, at)
    detail: dict[str, Any] = {"zone": row.pk, "task": ZoneTask.FULL_ROUND.value, "people": people}
    return orders.issue(
        kind=OrderKind.ZONE,
        title=f"Zone {row.number}: test everybody inside before lifting",
        text=f"{row.name}: {people} people by the register. Report how many were negative.",
        issuer=responsible(OrganisationKind.HEADQUARTERS, row.division, at),
        addressee=addressee,
        division=row.division,
        due_at=due_at,
        due_fixed=True,
        detail=detail | orders_proof.detail([Proof.FIGURE], unit="people negative"),
        basis=_round_basis(row).basis,
        protocol=row.protocol,
        by=by,
        at=at,
    )


def _round_basis(row: Zone) -> Why:
    protocol = protocols.load(row.protocol)
    path = f"zones.kinds[{rules.kind_index(protocol, row.kind)}].lift.rule"
    return because("zones.order_round", "Everybody is tested before lifting.", protocol, path)


# --- shared --------------------------------------------------------------------------------------------------------


def _locked(zone: int, state: ZoneState, at: datetime) -> Zone:
    row = zones.locked(zone)
    if row is None:
        raise Refused("there is no such zone in your jurisdiction")
    if row.state != state:
        raise Refused("this zone is {state}", state=row.state)
    if state is ZoneState.IN_FORCE and row.expires_at is not None and row.expires_at <= aware(at):
        # Whether or not the clock has written it down: what has ended binds nobody and cannot be extended.
        raise Refused("this zone ended by itself: propose it anew")
    return row


def _said(reason: str) -> str:
    if not reason.strip():
        raise Refused("say why", field="reason")
    return reason.strip()


def _dates(kind: str, protocol: Protocol, at: datetime) -> rules.Dates:
    if kind not in [one.code for one in protocol.zones.kinds]:
        raise Refused(
            "{protocol} knows no zone of kind {kind}", field="kind", protocol=protocol.id, kind=kind
        )
    return rules.dates(kind, protocol, at=at)


def _checks(row: Zone, protocol: Protocol, at: datetime) -> zones_lift.Checklist:
    facts = zones_facts.lift_facts([row], now=at)[row.pk]
    return zones_lift.checklist(row.kind, facts, protocol, now=at, lowered_from=row.lowered_from)


def _refuse(
    draft: Draft,
    protocol: Protocol,
    *,
    rename: dict[str, str] | None = None,
) -> None:
    """Refuse with the first thing that is not lawful."""
    for fault in rules.judge(draft, protocol):
        field = (rename or {}).get(fault.field, fault.field)
        raise Refused(fault.why.reason, field=field, **fault.why.values)


def _change(row: Zone, what: ZoneChange, *, by: Actor, at: datetime, reason: str = "", **values: Any) -> None:
    try:
        zones.change(row, what, by=by, at=at, reason=reason, **values)
    except UnlawfulChangeError as error:
        raise Refused("{error}", error=str(error)) from error
