"""What should be closed, as somebody draws or picks it? A proposal binds nobody."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from liankong import protocols
from liankong.actions import Refused, action
from liankong.protocols import Protocol
from liankong.protocols.words import ZoneUnit
from liankong.rules import zones as rules
from liankong.rules.why import because
from liankong.rules.zones import SIZE, Area, Draft
from liankong.store import zones
from liankong.store.log import Actor
from liankong.store.models import Case, Outbreak, Place, Zone
from liankong.vocabulary.divisions import is_known

COMMUNITY = 12  # digits of its code
MOST_PLACES = 500  # the form's own limit: whoever needs more draws an outline


@action("zones.propose")
def propose_area(
    *,
    outbreak: int,
    kind: str,
    reason: str,
    by: Actor,
    at: datetime,
    places: Sequence[int] = (),
    divisions: Sequence[str] = (),
    outline: dict[str, Any] | None = None,
    unit: ZoneUnit | None = None,
    name: str = "",
    case: int | None = None,
    finding: str = "",
) -> Zone:
    """Propose a zone by hand: of places picked from the register, of whole divisions, or of a drawn outline.

    The unit follows from what is picked; it is asked for only where an outline says nothing about it.
    """
    row = Outbreak.objects.filter(pk=outbreak).first()
    if row is None:
        raise Refused("there is no such outbreak in your jurisdiction", field="outbreak")
    protocol = protocols.load(row.protocol)
    if not protocol.has("zones"):
        raise Refused(rules.no_zones(protocol).reason, protocol=protocol.id)
    for code in divisions:
        if not is_known(code):
            raise Refused("no division has the code {code}", field="divisions", code=code)
    picked, inside = _picked(places, divisions, outline)
    found = _unit(picked, divisions, unit)
    about = Case.objects.filter(pk=case, outbreak=row).select_related("person").first() if case else None
    if case and about is None:
        raise Refused("there is no such case in this outbreak", field="case")
    area = Area(
        unit=found,
        name=name.strip() or _called(picked, divisions),
        divisions=tuple(dict.fromkeys(divisions)),
    )
    probe = Draft(
        kind=kind,
        unit=found,
        from_at=at,
        review_on=None,
        expires_at=None,
        legal_basis="",
        reason=reason,
        signer=None,
    )
    # Legal basis, dates and signer are the approval's; what kind and how large is asked here already.
    for fault in rules.judge(probe, protocol):
        if fault.field in ("kind", "unit", "reason"):
            raise Refused(fault.why.reason, field=fault.field, **fault.why.values)
    return zones.draft(
        outbreak=row,
        division=_division(picked, divisions, by),
        kind=kind,
        area=area,
        reason=reason.strip(),
        why=because("zones.propose_area", "Proposed by hand.", protocol),
        case=about,
        places=inside,
        outline=outline,
        needed=_needed(about, protocol, kind),
        finding=finding.strip(),
        by=by,
        at=at,
    )


def _picked(
    places: Sequence[int], divisions: Sequence[str], outline: dict[str, Any] | None
) -> tuple[list[Place], list[int]]:
    """The places named, and all that lie inside; both from the register, in sight."""
    if len(places) > MOST_PLACES:
        raise Refused(
            "at most {most} places at once: draw an outline instead", field="places", most=MOST_PLACES
        )
    wanted = list(dict.fromkeys(places))
    if outline is not None:
        wanted += sorted(zones.places_in_outline(checked_outline(outline)))
    rows = list(Place.objects.filter(pk__in=wanted).order_by("pk"))
    if len(rows) < len(set(wanted)):
        raise Refused("a place that was picked is not in your jurisdiction", field="places")
    if not rows and not divisions:
        field = "outline" if outline is not None else "places"
        raise Refused("nothing of the register lies inside: pick places or draw around some", field=field)
    return rows, [row.pk for row in rows]


def checked_outline(outline: dict[str, Any]) -> dict[str, Any]:
    """A GeoJSON polygon on WGS 84 that encloses something. Raises Refused."""
    from shapely.errors import ShapelyError  # type: ignore[import-untyped]  # ships no types
    from shapely.geometry import shape  # type: ignore[import-untyped]  # ships no types

    try:
        area = shape(outline)
        kind, valid = area.geom_type, bool(area.is_valid and not area.is_empty)
        west, south, east, north = area.bounds if valid else (0.0, 0.0, 0.0, 0.0)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise Refused(
            "an outline is a GeoJSON polygon of longitudes and latitudes", field="outline"
        ) from error
    on_earth = west >= -180 and east <= 180 and south >= -90 and north <= 90
    if kind not in ("Polygon", "MultiPolygon") or not valid or not on_earth:
        raise Refused(
            "an outline is a polygon that does not cross itself, in degrees of longitude and latitude",
            field="outline",
        )
    return outline


def _unit(picked: Sequence[Place], divisions: Sequence[str], unit: ZoneUnit | None) -> ZoneUnit:
    """The unit of an area is the largest thing in it, whatever somebody calls it."""
    named = {one.value: one for one in ZoneUnit}
    units = [named.get(place.kind, ZoneUnit.BUILDING) for place in picked]
    units += [
        rules.unit_of_community(code) if len(code) == COMMUNITY else ZoneUnit.COUNTY for code in divisions
    ]
    units += [unit] if unit is not None else []
    return max(units, key=lambda one: SIZE[one])


def _called(picked: Sequence[Place], divisions: Sequence[str]) -> str:
    names = [place.name for place in picked[:3]] + list(divisions[:3])
    more = len(picked) + len(divisions) - len(names)
    return "、".join(names) + (f" +{more}" if more > 0 else "")


def _division(picked: Sequence[Place], divisions: Sequence[str], by: Actor) -> str:
    """The smallest division that holds all of it; it must lie in the actor's jurisdiction."""
    codes: list[str] = [*(place.division for place in picked), *divisions]
    common = codes[0]
    for code in codes[1:]:
        common = next(
            (
                common[:size]
                for size in (12, 9, 6, 4, 2)
                if size <= len(common) and code[:size] == common[:size]
            ),
            "",
        )
    if not common or not common.startswith(by.division):
        raise Refused("this area does not lie in your jurisdiction", field="divisions")
    return common


def _needed(case: Case | None, protocol: Protocol, kind: str) -> str:
    """The smallest lawful unit that holds the case's home, against which a larger one must say why."""
    if case is None or kind not in [one.code for one in protocol.zones.kinds]:
        return ""
    household = case.person.household
    around = zones.areas_around(household.dwelling if household else None, case.person.division)
    area = rules.smallest(around, protocol.zone(kind))
    return f"{area.unit}" if area is not None else ""
