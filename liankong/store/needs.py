"""The shared mutators of needs: orders to whoever answers, and the next one when somebody refuses.

Nothing here reads what a person is to the epidemic. A test holds the statements that run here against that.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from liankong.protocols.inside import Recipient
from liankong.rules import needs as rules
from liankong.rules import orders_words
from liankong.rules.isolation_trips import Spot
from liankong.store import log, orders
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import (
    Batch,
    CarePoint,
    Entry,
    Household,
    Order,
    Organisation,
    OrganisationTerm,
    Person,
    Place,
)
from liankong.store.organisations import NobodyResponsible, in_force, responsible
from liankong.vocabulary.facts import NeedTaken
from liankong.vocabulary.kinds import NeedKind, OrderKind, OrderState, OrganisationKind

# Whom a part of a need goes to: the nearest body of the first kind that exists.
BODIES: dict[Recipient, tuple[OrganisationKind, ...]] = {
    Recipient.COMMUNITY: (
        OrganisationKind.COMMUNITY,
        OrganisationKind.STREET,
        OrganisationKind.HEADQUARTERS,
    ),
    Recipient.SUPPLY: (OrganisationKind.SUPPLY, OrganisationKind.STREET, OrganisationKind.HEADQUARTERS),
}
CARERS = {
    Recipient.CARE: OrganisationKind.HOSPITAL,
    Recipient.AMBULANCE: OrganisationKind.EMERGENCY_CENTRE,
}
RUNNING = (OrderState.ISSUED, OrderState.RECEIVED, OrderState.STARTED)
TITLES: dict[NeedKind, str] = {
    NeedKind.EMERGENCY: "Emergency",
    NeedKind.BIRTH: "Birth",
    NeedKind.DIALYSIS: "Dialysis",
    NeedKind.CANCER_CARE: "Cancer care",
    NeedKind.MEDICINE: "Medicine",
    NeedKind.OXYGEN: "Oxygen",
    NeedKind.CLINIC: "Visit to a clinic",
    NeedKind.FOOD: "Food",
    NeedKind.BABY: "Things for a baby",
    NeedKind.CARE: "Somebody alone and infirm",
    NeedKind.UTILITIES: "Water, power or heating",
    NeedKind.OTHER: "Need",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, and where. `division` is where the household lives or the call came from."""

    kind: NeedKind
    division: str
    words: str = ""
    household: Household | None = None
    person: Person | None = None
    place: Place | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def spot(self) -> Spot:
        place = self.place
        return Spot(
            division=self.division,
            longitude=place.longitude if place else None,
            latitude=place.latitude if place else None,
        )


def wide(division: str, by: Actor) -> AbstractContextManager[None]:
    """Where help lies in another jurisdiction, the order for it is written there: an emergency knows no border."""
    return nullcontext() if division.startswith(by.division) else node_scope()


def issue(
    asked: Asked,
    decision: rules.Decision,
    *,
    issuer: Organisation,
    by: Actor,
    at: datetime,
    cause: Entry | None = None,
) -> list[Order]:
    """Write one order for each recipient, the first to bring care first. Records NeedTaken on that one."""
    bodies = [(part, recipient(part, asked, decision.emergency, issuer, at)) for part in decision.to]
    # Two parts may come to one body, where a town has no hospital of its own: it is told once.
    once: dict[int, tuple[Recipient, Organisation]] = {}
    for part, body in bodies:
        once.setdefault(body.pk, (part, body))
    batch = None
    if len(once) > 1:
        batch = Batch.objects.create(
            division=asked.division if asked.division.startswith(by.division) else by.division,
            title=title(asked),
            created_at=at,
            created_by_id=by.user,
        )
    made = [
        write(asked, part, body, decision, issuer=issuer, batch=batch, by=by, at=at, cause=cause)
        for part, body in once.values()
    ]
    fact = NeedTaken(order=made[0].pk, need=asked.kind, emergency=decision.emergency)
    with wide(made[0].division, by):
        log.record(fact, subject=made[0].pk, division=made[0].division, by=by, at=at, cause=cause)
    return made


def write(
    asked: Asked,
    part: Recipient,
    body: Organisation,
    decision: rules.Decision,
    *,
    issuer: Organisation,
    batch: Batch | None,
    by: Actor,
    at: datetime,
    cause: Entry | None = None,
    follows: Order | None = None,
) -> Order:
    """Write one part of a need as an order to a body."""
    # Who answers must see the order, wherever they are.
    division = asked.division if asked.division.startswith(body.division) else body.division
    detail = {"need": asked.kind.value, "part": part.value, "division": asked.division, **asked.detail}
    with wide(division, by):
        return orders.issue(
            kind=OrderKind.NEED,
            title=title(asked),
            text=masked(asked.words),
            issuer=issuer,
            addressee=body,
            division=division,
            due_at=decision.due_at,
            person=asked.person,
            household=asked.household,
            place=asked.place,
            emergency=decision.emergency,
            detail=detail,
            batch=batch,
            follows=follows,
            basis=decision.why.basis,
            by=by,
            at=at,
            cause=cause,
        )


def masked(words: str) -> str:
    """The words without personal numbers: a need is not refused because of how it was written down."""
    return orders_words.masked(words.strip())


def title(asked: Asked) -> str:
    """The kind, and where: "Dialysis · Garden Court"."""
    where = orders_words.masked(asked.place.name) if asked.place else ""
    return orders_words.fitting(f"{TITLES[asked.kind]} · {where}" if where else TITLES[asked.kind])


# --- who answers ----------------------------------------------------------------------------------------------


def recipient(
    part: Recipient,
    asked: Asked,
    emergency: bool,
    issuer: Organisation,
    at: datetime,
    without: Sequence[int] = (),
) -> Organisation:
    """The body that answers a part of a need. There is always one: in the end the issuer itself."""
    if part in CARERS:
        found = rules.ranked(
            carers(CARERS[part], at), kind=asked.kind, emergency=emergency, where=asked.spot, without=without
        )
        if found:
            return Organisation.objects.get(pk=found[0].organisation)
        kinds: tuple[OrganisationKind, ...] = (OrganisationKind.HEADQUARTERS,)
    else:
        kinds = BODIES[part]
    for kind in kinds:
        # Whoever was asked already is passed over for the one above.
        for length in (len(asked.division), 6, 4, 2, 0):
            try:
                body = responsible(kind, asked.division[:length], at)
            except NobodyResponsible:
                break
            if body.pk not in without:
                return body
    return issuer


def carers(kind: OrganisationKind, at: datetime) -> list[rules.Carer]:
    """Hospitals, or emergency centres, as they stand at an hour, with what they take."""
    standing = OrganisationTerm.objects.filter(in_force(at)).values("organisation")
    points = {row.organisation_id: row for row in CarePoint.objects.filter(organisation__kind=kind)}
    return [
        _carer(body, points.get(body.pk))
        for body in Organisation.objects.filter(kind=kind, pk__in=standing).order_by("pk")
    ]


def _carer(body: Organisation, point: CarePoint | None) -> rules.Carer:
    if point is None:
        return rules.Carer(organisation=body.pk, spot=Spot(division=body.division))
    return rules.Carer(
        organisation=body.pk,
        spot=Spot(division=body.division, longitude=point.longitude, latitude=point.latitude),
        takes=frozenset(NeedKind(one) for one in point.takes),
        open=point.open,
    )


# --- turns of standing needs ----------------------------------------------------------------------------------


def issue_turn(
    asked: Asked,
    decision: rules.Decision,
    *,
    due_at: datetime,
    hospital: int | None,
    issuer: Organisation,
    by: Actor,
    at: datetime,
) -> list[Order]:
    """Order one turn: whoever the kind names brings the person, and the hospital of the list keeps the place."""
    planned = replace(decision, due_at=due_at)
    parts = [part for part in decision.to if part not in rules.CARERS] or [Recipient.COMMUNITY]
    bodies = [(part, recipient(part, asked, decision.emergency, issuer, at)) for part in parts]
    if hospital is not None:
        bodies.append((Recipient.CARE, Organisation.objects.get(pk=hospital)))
    batch = None
    if len(bodies) > 1:
        batch = Batch.objects.create(division=asked.division, title=title(asked), created_at=at)
    made = [
        write(asked, part, body, planned, issuer=issuer, batch=batch, by=by, at=at) for part, body in bodies
    ]
    fact = NeedTaken(order=made[0].pk, need=asked.kind, emergency=decision.emergency)
    log.record(fact, subject=made[0].pk, division=made[0].division, by=by, at=at)
    return made
