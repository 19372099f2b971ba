"""The shared mutator of zones: each change is one row of a history that nothing rewrites; the zone's row follows it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from liankong.protocols.words import ZoneUnit
from liankong.rules.why import Why
from liankong.rules.zones import Area, unit_of_community
from liankong.rules.zones_history import Standing, Step, advance, propose
from liankong.store import log
from liankong.store.log import Actor
from liankong.store.models import (
    Case,
    Entry,
    Household,
    Outbreak,
    Person,
    Place,
    Zone,
    ZonePlace,
    ZoneStep,
)
from liankong.vocabulary import divisions
from liankong.vocabulary.facts import Fact, ZoneProposed
from liankong.vocabulary.kinds import ZoneChange, ZoneState

# Places nest stair in building in compound; anything deeper is a mistake of the register.
DEEPEST = 5
_UNITS = {unit.value: unit for unit in ZoneUnit}
_COMMUNITY, _COUNTY = 12, 6
_COLUMNS = (
    "state",
    "kind",
    "from_at",
    "clock_from",
    "review_on",
    "expires_at",
    "ended_at",
    "legal_basis",
    "lowered_from",
    "pending_kind",
)


def standing(zone: Zone) -> Standing:
    """How a zone stands, as the rules read it."""
    return Standing(
        state=ZoneState(zone.state),
        signer=zone.signed_by_id,
        **{name: getattr(zone, name) for name in _COLUMNS if name != "state"},
    )


def history(zone: Zone) -> list[Step]:
    """All steps, the oldest first, as the rules fold them."""
    return [
        Step(
            change=ZoneChange(row.change),
            at=row.at,
            by=row.by_id,
            reason=row.reason,
            before=row.before,
            after=row.after,
        )
        for row in ZoneStep.objects.filter(zone=zone).order_by("at", "pk")
    ]


def begin(zone: Zone, *, by: Actor, at: datetime) -> ZoneStep:
    """Write the first step of a zone that was just created."""
    step = propose(standing(zone), at=at, by=by.user, reason=zone.reason)
    return _write(zone, step)


def change(
    zone: Zone, what: ZoneChange, *, by: Actor, at: datetime, reason: str = "", **values: Any
) -> ZoneStep:
    """Make a change: judged by the rules, written as a step, then the row. Raises UnlawfulChangeError.

    The zone must be locked by the caller.
    """
    after, step = advance(standing(zone), what, at=at, by=by.user, reason=reason[:300], **values)
    written = _write(zone, step)
    for name in _COLUMNS:
        setattr(zone, name, getattr(after, name))
    zone.signed_by_id = after.signer
    zone.save(update_fields=[*_COLUMNS, "signed_by"])
    return written


def _write(zone: Zone, step: Step) -> ZoneStep:
    return ZoneStep.objects.create(
        zone=zone,
        change=step.change,
        at=step.at,
        by_id=step.by,
        reason=step.reason[:300],
        before=dict(step.before),
        after=dict(step.after),
    )


def locked(zone: int) -> Zone | None:
    """The zone, held until the transaction ends; None when none of this number is in sight."""
    return Zone.objects.select_for_update(of=("self",)).filter(pk=zone).first()


def next_number(outbreak: Outbreak) -> str:
    """The next number of an outbreak's zones. Locks the outbreak, so that two proposals do not take one number."""
    Outbreak.objects.select_for_update().filter(pk=outbreak.pk).first()
    last = Zone.objects.filter(outbreak=outbreak, number__regex=r"^Z\d+$").aggregate(last=Max("number"))[
        "last"
    ]
    return f"Z{int((last or 'Z0')[1:]) + 1:04d}"


# --- what lies where ---------------------------------------------------------------------------------------------


def areas_around(place: Place | None, division: str) -> list[Area]:
    """What could be closed around a place or a community: the place and what it lies in, the community, the county."""
    found: list[Area] = []
    here, depth = place, 0
    while here is not None and depth < DEEPEST:
        # A venue of any other kind (a market, a school) is drawn as the building that it is.
        unit = _UNITS.get(here.kind, ZoneUnit.BUILDING)
        if not (depth and here.kind not in _UNITS):
            found.append(Area(unit=unit, name=here.name, place=here.pk))
        here, depth = here.parent, depth + 1
    if len(division) == _COMMUNITY:
        found.append(Area(unit=unit_of_community(division), name=_name(division), divisions=(division,)))
    return found


def county_area(division: str) -> Area | None:
    """The whole county of a division; None where the code does not reach that far."""
    county = division[:_COUNTY]
    if len(county) < _COUNTY:
        return None
    return Area(unit=ZoneUnit.COUNTY, name=_name(county), divisions=(county,))


def _name(code: str) -> str:
    try:
        return divisions.get(code).name
    except divisions.UnknownDivision:
        return code


def with_children(places: Iterable[int]) -> set[int]:
    """Places and everything that lies in them."""
    found = set(places)
    layer = found
    for _depth in range(DEEPEST):
        layer = set(Place.objects.filter(parent__in=layer).values_list("pk", flat=True)) - found
        if not layer:
            break
        found |= layer
    return found


def places_in_outline(outline: dict[str, Any]) -> set[int]:
    """Places of the register whose point lies in a drawn outline (GeoJSON, WGS 84)."""
    from shapely.geometry import Point, shape  # type: ignore[import-untyped]  # ships no types
    from shapely.prepared import prep  # type: ignore[import-untyped]  # ships no types

    area = shape(outline)
    west, south, east, north = area.bounds
    near = Place.objects.filter(longitude__range=(west, east), latitude__range=(south, north))
    inside = prep(area)
    return {
        pk
        for pk, longitude, latitude in near.values_list("pk", "longitude", "latitude")
        if inside.covers(Point(longitude, latitude))
    }


def set_places(zone: Zone, places: Iterable[int]) -> None:
    """Write what lies inside. Only of a proposal: an area in force is not changed, another zone is drawn."""
    ZonePlace.objects.bulk_create(
        [ZonePlace(zone=zone, place_id=pk) for pk in sorted(set(places))], ignore_conflicts=True
    )


def people(zone: Zone) -> "QuerySet[Person]":
    """Who lives inside, by the register, and has not been purged from it."""
    return Person.objects.filter(_inside(zone, "household__dwelling__in"), purged_at__isnull=True)


def households(zone: Zone) -> "QuerySet[Household]":
    """The households inside, by the register."""
    return Household.objects.filter(_inside(zone, "dwelling__in"))


def _inside(zone: Zone, dwelling: str) -> Q:
    condition = Q(**{dwelling: ZonePlace.objects.filter(zone=zone).values("place")})
    for code in zone.divisions:
        condition |= Q(division__gte=code, division__lt=f"{code}:")
    return condition


def count_inside(zone: Zone) -> tuple[int, int]:
    """(people, households) inside now."""
    return people(zone).count(), households(zone).count()


def over(person: Person, *, outbreak: int | None = None) -> "QuerySet[Zone]":
    """Zones in force or proposed in which a person lives."""
    return over_any([person], outbreak=outbreak)


def over_any(persons: Collection[Person], *, outbreak: int | None = None) -> "QuerySet[Zone]":
    """Zones in force or proposed in which one of these people lives, in one order for everybody who locks them."""
    divisions = {person.division for person in persons}
    prefixes = {code[:length] for code in divisions for length in (2, 4, 6, 9, 12) if length <= len(code)}
    dwellings = {
        person.household.dwelling_id
        for person in persons
        if person.household is not None and person.household.dwelling_id is not None
    }
    condition = Q(divisions__has_any_keys=sorted(prefixes))
    if dwellings:
        condition |= Q(pk__in=ZonePlace.objects.filter(place__in=dwellings).values("zone"))
    rows = Zone.objects.filter(condition, state__in=(ZoneState.IN_FORCE, ZoneState.PROPOSED)).order_by("pk")
    return rows.filter(outbreak=outbreak) if outbreak is not None else rows


def at_places(places: Sequence[int]) -> "QuerySet[Zone]":
    """Zones in force or proposed that hold one of the places."""
    return Zone.objects.filter(
        pk__in=ZonePlace.objects.filter(place__in=places).values("zone"),
        state__in=(ZoneState.IN_FORCE, ZoneState.PROPOSED),
    )


# --- drafts ------------------------------------------------------------------------------------------------------


def draft(
    *,
    outbreak: Outbreak,
    division: str,
    kind: str,
    area: Area,
    reason: str,
    why: Why,
    by: Actor,
    at: datetime,
    case: Case | None = None,
    places: Iterable[int] = (),
    outline: dict[str, Any] | None = None,
    needed: str = "",
    finding: str = "",
    cause: Entry | None = None,
) -> Zone:
    """Write a proposal with who lives inside at this moment, begin its history, and record ZoneProposed."""
    row = Zone.objects.create(
        outbreak=outbreak,
        division=division,
        number=next_number(outbreak),
        kind=kind,
        unit=area.unit,
        name=area.name[:160],
        divisions=list(area.divisions),
        outline=outline,
        case=case,
        protocol=why.protocol,
        reason=reason[:300],
        proposed_at=at,
        needed=needed,
        finding=finding[:300],
        why=why.body(),
    )
    set_places(row, with_children([*places, *([area.place] if area.place else [])]))
    row.persons, row.households = count_inside(row)
    row.save(update_fields=["persons", "households"])
    begin(row, by=by, at=at)
    record(row, ZoneProposed(zone=row.pk, zone_kind=kind), by=by, at=at, cause=cause)
    return row


def term_from(zone: Zone) -> datetime | None:
    """Since when a zone serves a term of its own: it was lowered, or a person began its days anew."""
    last = (
        ZoneStep.objects.filter(zone=zone)
        .filter(Q(change=ZoneChange.LOWERED) | Q(change=ZoneChange.CLOCK_RESTARTED, by__isnull=False))
        .order_by("-at", "-pk")
        .first()
    )
    if last is None:
        return None
    moment = last.after.get("clock_from")
    return datetime.fromisoformat(moment) if moment else last.at


def record(zone: Zone, fact: Fact, *, by: Actor, at: datetime, cause: Entry | None = None) -> Entry:
    """Record a fact about a zone, in its division and under its protocol."""
    return log.record(
        fact, subject=zone.pk, division=zone.division, by=by, at=at, cause=cause, protocol=zone.protocol
    )
