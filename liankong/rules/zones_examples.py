"""How worked examples in protocol files call the rules of zones."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from liankong.protocols import Protocol
from liankong.protocols.words import ZoneGround, ZoneUnit
from liankong.rules import zones, zones_lift
from liankong.vocabulary.spans import aware

Given = Mapping[str, Any]


def _propose(given: Given, protocol: Protocol) -> dict[str, object]:
    """`ground`, and the `units` of the areas known."""
    around = [zones.Area(unit=ZoneUnit(unit), name=unit) for unit in given["units"]]
    found = zones.propose(ZoneGround(given["ground"]), around, protocol)
    return {"kind": found.kind, "unit": found.area.unit.value if found.area else ""}


def _lift(given: Given, protocol: Protocol) -> dict[str, object]:
    """`kind`, days since the clock began and since the last contact's exposure, how many of `people` were negative."""
    now = aware(datetime.fromisoformat("2022-06-01T12:00:00+08:00"))
    contact = given.get("contact_days")
    facts = zones_lift.LiftFacts(
        clock_from=now - timedelta(days=given["days"]),
        last_contact_at=None if contact is None else now - timedelta(days=contact),
        round_people=given.get("people", 0),
        round_negative=given.get("negative", 0),
    )
    found = zones_lift.checklist(
        given["kind"], facts, protocol, now=now, lowered_from=given.get("lowered_from", "")
    )
    return {"met": found.met, "of": len(found.conditions), "complete": found.complete, "then": found.then}


RULES: dict[str, Callable[[Given, Protocol], dict[str, object]]] = {
    "zones.propose": _propose,
    "zones.lift": _lift,
}
