"""Which smallest area may be closed, as which kind of zone, and is what somebody proposes lawful?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from liankong.protocols import Protocol
from liankong.protocols.model import ZoneKind
from liankong.protocols.words import Concept, ZoneGround, ZoneUnit
from liankong.rules.why import Why, because
from liankong.vocabulary.kinds import Protection, StayMode
from liankong.vocabulary.spans import aware, local, local_day

# From small to large. A village group is a part of a village as a building is of a compound.
SIZE: dict[ZoneUnit, int] = {
    ZoneUnit.STAIR: 0,
    ZoneUnit.BUILDING: 1,
    ZoneUnit.VILLAGE_GROUP: 2,
    ZoneUnit.COMPOUND: 3,
    ZoneUnit.VILLAGE: 4,
    ZoneUnit.COUNTY: 5,
}
# The last three digits of a community's code: below, a residents' committee (居委会); from here on, a village's.
FIRST_VILLAGE = 200
# Whoever is there is mostly a stranger to the others: contacts are hard to trace.
_STRANGERS = frozenset({StayMode.SHOPPING, StayMode.DINING, StayMode.LEISURE})
_NO_AREA = frozenset(
    {
        StayMode.HOME,  # the residence has a proposal of its own
        StayMode.WALK,
        StayMode.CAR,
        StayMode.TAXI,
        StayMode.BUS,
        StayMode.METRO,
        StayMode.TRAIN,
        StayMode.FLIGHT,
    }
)
_PROTECTED = frozenset({Protection.RESPIRATOR, Protection.FULL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Something that can be closed: a place of the register, whole divisions, or a drawn outline."""

    unit: ZoneUnit
    name: str
    place: int | None = None
    divisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A kind and the smallest lawful area, or neither and why not."""

    kind: str = ""
    area: Area | None = None
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A zone as somebody wants to put it in force.

    `needed` is the smallest lawful unit that holds all that is known; `finding` says what was found that needs more.
    """

    kind: str
    unit: ZoneUnit
    from_at: datetime
    review_on: date | None
    expires_at: datetime | None
    legal_basis: str
    reason: str
    signer: int | None
    needed: ZoneUnit | None = None
    finding: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is not lawful; `field` names it."""

    field: str
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    review_on: date
    expires_at: datetime
    why: Why = field(repr=False)


def unit_of_community(code: str) -> ZoneUnit:
    """What a twelve-digit division is drawn as: a compound of a residents' committee, or a village."""
    return ZoneUnit.VILLAGE if int(code[-3:]) >= FIRST_VILLAGE else ZoneUnit.COMPOUND


def kind_index(protocol: Protocol, code: str) -> int:
    """Where a kind stands in its file; 0 is the gravest. Raises Retired, or Unstated for an unknown code."""
    return protocol.zones.kinds.index(protocol.zone(code))


def kind_for(ground: ZoneGround, protocol: Protocol) -> ZoneKind | None:
    """The kind that a protocol draws on a ground; None where it draws none."""
    return next((kind for kind in protocol.zones.kinds if ground in kind.drawn_for), None)


def no_zones(protocol: Protocol) -> Why:
    """Why nothing may be drawn under a protocol without zones."""
    reason = (
        "{protocol} has done away with zones."
        if Concept.ZONES in protocol.document.retired
        else "{protocol} knows no zones: nothing may be closed under it."
    )
    return Why(
        rule="zones.propose",
        reason=reason,
        values={"protocol": protocol.id},
        protocol=protocol.id,
        digest=protocol.digest,
    )


def propose(ground: ZoneGround, candidates: Sequence[Area], protocol: Protocol) -> Proposal:
    """The smallest of the known areas that the protocol lets be drawn on this ground.

    `candidates` hold the place in question and what lies around it. Where only areas below the protocol's units are
    known, the largest of them is taken: less than allowed is lawful, more is not.
    """
    if not protocol.has("zones"):
        return Proposal(why=no_zones(protocol))
    kind = kind_for(ground, protocol)
    if kind is None:
        reason = "{protocol} draws no zone on this ground ({ground})."
        return Proposal(why=_why(protocol, "zones.propose", reason, ground=ground.value))
    at = kind_index(protocol, kind.code)
    area = smallest(candidates, kind)
    if area is None:
        known = ", ".join(
            sorted({one.unit.value for one in candidates}, key=lambda unit: SIZE[ZoneUnit(unit)])
        )
        reason = "The smallest area known ({known}) is larger than {english} may be ({units})."
        values = {"known": known or "-", "english": kind.english, "units": ", ".join(kind.units)}
        return Proposal(kind=kind.code, why=_why(protocol, "zones.propose", reason, **values))
    reason = _REASONS[ground]
    cited = [
        f"zones.kinds[{at}].draw",
        *([f"zones.kinds[{at}].draw_look_back"] if kind.draw_look_back else []),
    ]
    why = because(
        "zones.propose", reason, protocol, *cited, values={"name": area.name, "unit": area.unit.value}
    )
    return Proposal(kind=kind.code, area=area, why=why)


_REASONS = {
    ZoneGround.RESIDENCE: "An infected person lives here; {unit} is the smallest lawful unit known.",
    ZoneGround.LIKELY: "An unprotected infected person was here among strangers; {unit} is the smallest lawful unit.",
    ZoneGround.POSSIBLE: "An infected person was here, with some risk; {unit} is the smallest lawful unit known.",
    ZoneGround.REST: "The rest of the county around its zones.",
}


def smallest(candidates: Sequence[Area], kind: ZoneKind) -> Area | None:
    """The smallest candidate of a unit that the kind names, else the largest below; None if all are larger."""
    ordered = sorted(candidates, key=lambda one: SIZE[one.unit])
    lawful = [one for one in ordered if one.unit in kind.units]
    if lawful:
        return lawful[0]
    below = [one for one in ordered if allowed(one.unit, kind)]
    return below[-1] if below else None


def allowed(unit: ZoneUnit, kind: ZoneKind) -> bool:
    """Whether a kind may be drawn by a unit: one that the protocol names, or less."""
    return unit in kind.units or SIZE[unit] < min(SIZE[one] for one in kind.units)


def ground_of_stay(mode: StayMode, protection: Protection) -> ZoneGround | None:
    """What a confirmed stay of a case gives ground for; None where no area follows from it.

    The standard's own words are the measure: transmission likely *and* contacts hard to trace is the graver ground.
    """
    if mode in _NO_AREA or protection in _PROTECTED:
        return None
    if mode in _STRANGERS and protection is not Protection.MASK:
        return ZoneGround.LIKELY
    return ZoneGround.POSSIBLE


def in_reach(until_at: datetime, *, anchor: datetime, kind: ZoneKind, protocol: Protocol) -> bool:
    """Whether a stay is late enough to draw a zone: within the look-back before onset or sampling."""
    look_back = kind.draw_look_back or protocol.contact.look_back
    return aware(until_at) >= aware(anchor) - look_back.value


def dates(code: str, protocol: Protocol, *, at: datetime) -> Dates:
    """When a zone put in force now is looked at again, and when it ends by itself. Raises Absent where unstated."""
    at = aware(at)
    path = f"zones.kinds[{kind_index(protocol, code)}]"
    why = because(
        "zones.dates",
        "Looked at again and ended by itself as the protocol says.",
        protocol,
        f"{path}.review_after",
        f"{path}.expires_after",
    )
    kind = protocol.zone(code)
    review = kind.review_after.value if kind.review_after else timedelta(0)
    expires = kind.expires_after.value if kind.expires_after else timedelta(0)
    return Dates(review_on=local_day(at + review), expires_at=at + expires, why=why)


def appeal_due(protocol: Protocol, *, at: datetime) -> tuple[datetime, Why]:
    """By when an appeal must be answered."""
    cited = protocol.zones.appeal_answer
    why = because(
        "zones.appeal_due", "An appeal is answered within this time.", protocol, "zones.appeal_answer"
    )
    return aware(at) + (cited.value if cited else timedelta(0)), why


# --- is it lawful? -----------------------------------------------------------------------------------------------


def judge(draft: Draft, protocol: Protocol) -> tuple[Fault, ...]:
    """Everything that stands against putting a zone in force; empty when it is lawful."""
    if not protocol.has("zones"):
        return (Fault(field="kind", why=no_zones(protocol)),)
    known = [kind.code for kind in protocol.zones.kinds]
    if draft.kind not in known:
        reason = "{protocol} knows no zone of kind {kind}; it knows {known}."
        return (_fault(protocol, "kind", reason, kind=draft.kind, known=", ".join(known)),)
    faults = [*_unit(draft, protocol), *_words(draft, protocol), *_days(draft, protocol)]
    if draft.signer is None:
        faults.append(_fault(protocol, "signer", "A named person signs a zone; a rule cannot."))
    return tuple(faults)


def _unit(draft: Draft, protocol: Protocol) -> list[Fault]:
    kind = protocol.zone(draft.kind)
    at = kind_index(protocol, draft.kind)
    if not allowed(draft.unit, kind):
        why = because(
            "zones.judge",
            "{english} is drawn by {units}; {unit} is larger.",
            protocol,
            f"zones.kinds[{at}].draw",
            values={"english": kind.english, "units": ", ".join(kind.units), "unit": draft.unit.value},
        )
        return [Fault(field="unit", why=why)]
    larger = draft.needed is not None and SIZE[draft.unit] > SIZE[draft.needed]
    if larger and not draft.finding.strip():
        reason = "{unit} is larger than needed: all that is known lies within {needed}. Say what was found beyond it."
        needed = draft.needed.value if draft.needed else ""
        return [_fault(protocol, "finding", reason, unit=draft.unit.value, needed=needed)]
    return []


def _words(draft: Draft, protocol: Protocol) -> list[Fault]:
    faults = []
    if not draft.legal_basis.strip():
        faults.append(
            _fault(protocol, "legal_basis", "Name the legal basis: which law or notice, issued by whom.")
        )
    if not draft.reason.strip():
        faults.append(_fault(protocol, "reason", "Say why this area is closed."))
    return faults


def _days(draft: Draft, protocol: Protocol) -> list[Fault]:
    """A zone without a review and an end is nobody's to answer for; the protocol's term bounds both."""
    faults = []
    kind = protocol.zone(draft.kind)
    if draft.expires_at is None or aware(draft.expires_at) <= aware(draft.from_at):
        faults.append(_fault(protocol, "expires_at", "Say when it ends by itself, after it begins."))
    elif kind.expires_after and aware(draft.expires_at) > aware(draft.from_at) + kind.expires_after.value:
        at = kind_index(protocol, draft.kind)
        why = because(
            "zones.judge",
            "It may stand for {longest} days at first; later it can be extended with a reason.",
            protocol,
            f"zones.kinds[{at}].expires_after",
            values={"longest": kind.expires_after.value.days},
        )
        faults.append(Fault(field="expires_at", why=why))
    if draft.review_on is None:
        faults.append(_fault(protocol, "review_on", "Say on which day it is looked at again."))
    elif draft.expires_at is not None and not (
        local_day(draft.from_at) <= draft.review_on and local(draft.review_on) <= aware(draft.expires_at)
    ):
        faults.append(_fault(protocol, "review_on", "The review falls between its begin and its end."))
    return faults


def _why(protocol: Protocol, rule: str, reason: str, **values: object) -> Why:
    return because(rule, reason, protocol, values={"protocol": protocol.id, **values})


def _fault(protocol: Protocol, name: str, reason: str, **values: object) -> Fault:
    return Fault(field=name, why=_why(protocol, "zones.judge", reason, **values))
