"""The map of zones: outlines of divisions, drawn zones, and places as points. No tile is fetched from anywhere.

Coordinates are degrees, longitude first. Outlines come from the same source as the overview's map.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Avg, Q
from django.urls import reverse

from liankong.store.models import Place, Zone, ZonePlace
from liankong.vocabulary.kinds import ZoneState
from liankong.web.context import Sight
from liankong.web.zones_public import rings
from liankong.web.zones_words import kind_label, rank

PLACES_DRAWN = 1500
ZONES_DRAWN = 400
# A point drawn for each place of a zone; a compound of forty buildings is seen by its first ones.
POINTS_OF_ZONE = 40


def outlines_address(division: str, language: str) -> str:
    """Where the outlines around a division are; the language stands in the address because browsers keep the answer."""
    return f"{reverse('overview-map', args=[division[:6] or '0'])}?in={language}"


def zones_on_map(rows: Iterable[Zone]) -> list[dict[str, Any]]:
    """Each zone with its rings and points. Three queries, however many."""
    zones = list(rows)[:ZONES_DRAWN]
    points: dict[int, list[list[float]]] = {}
    inside = (
        ZonePlace.objects.filter(
            zone__in=[zone.pk for zone in zones],
            place__longitude__isnull=False,
            place__latitude__isnull=False,
        )
        .order_by("zone_id", "place_id")
        .values_list("zone_id", "place__longitude", "place__latitude")
    )
    for zone, longitude, latitude in inside:
        here = points.setdefault(zone, [])
        if len(here) < POINTS_OF_ZONE and longitude is not None and latitude is not None:
            here.append([longitude, latitude])
    middles = _middles({code for zone in zones if not zone.outline for code in zone.divisions})
    for row in zones:
        if row.pk not in points and not row.outline:
            points[row.pk] = [middles[code] for code in row.divisions if code in middles][:POINTS_OF_ZONE]
    return [
        {
            "id": zone.pk,
            "number": zone.number,
            "name": zone.name,
            "kind": str(kind_label(zone.protocol, zone.kind)),
            "rank": rank(zone.protocol, zone.kind),
            "proposed": zone.state == ZoneState.PROPOSED,
            "rings": [list(map(list, ring)) for ring in rings(zone.outline)],
            "points": points.get(zone.pk, []),
        }
        for zone in zones
    ]


def _middles(divisions: Collection[str]) -> dict[str, list[float]]:
    """Where a community lies of which nobody has drawn an outline: in the middle of the places known in it."""
    rows = (
        Place.objects.filter(division__in=divisions, longitude__isnull=False, latitude__isnull=False)
        .values_list("division")
        .annotate(Avg("longitude"), Avg("latitude"))
    )
    return {division: [longitude, latitude] for division, longitude, latitude in rows}


def places_near(division: str, search: str = "", *, chosen: Iterable[int] = ()) -> list[Place]:
    """Places of a division that could be picked, those chosen already first."""
    wanted = list(chosen)
    rows = Place.objects.filter(division__gte=division, division__lt=f"{division}:")
    if search:
        rows = rows.filter(name__icontains=search)
    found = list(rows.order_by("division", "name", "pk")[:PLACES_DRAWN])
    here = {place.pk for place in found}
    first = list(Place.objects.filter(Q(pk__in=wanted) & ~Q(pk__in=here)).order_by("pk"))
    return first + found


def board_data(seen: Sight, division: str, language: str, rows: Iterable[Zone]) -> dict[str, Any]:
    """What the board's map draws."""
    return {
        "outlines": outlines_address(division, language),
        "focus": division[:6] if len(division) >= 6 else "",  # digits of a county's code
        "zones": zones_on_map(rows),
        "address": reverse("zone", args=[0]),
        "exercise": seen.exercise,
    }


def draw_data(division: str, language: str, places: Iterable[Place]) -> dict[str, Any]:
    """What the map of a proposal draws: places that can be clicked, by the number of their box in the list."""
    return {
        "outlines": outlines_address(division, language),
        "focus": division[:6] if len(division) >= 6 else "",  # digits of a county's code
        "zones": [],
        "places": [
            {"id": place.pk, "name": place.name, "at": [place.longitude, place.latitude]}
            for place in places
            if place.longitude is not None and place.latitude is not None
        ],
        "draw": True,
    }
