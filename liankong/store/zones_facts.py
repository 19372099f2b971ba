"""What the rules of zones measure: infections, contacts, rounds and samples inside, read for many zones at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from liankong import protocols
from liankong.protocols import Protocol
from liankong.rules.zones_clock import ClockFacts, Sample
from liankong.rules.zones_lift import Checklist, LiftFacts, checklist, round_since
from liankong.store.models import Exposure, Order, Zone, ZonePlace
from liankong.store.zones import people, term_from
from liankong.vocabulary.kinds import (
    ContactState,
    OrderKind,
    OrderState,
    PersonClass,
    ResultValue,
    ZoneState,
)
from liankong.vocabulary.spans import aware, local

# Who lives inside each of some zones: by the dwellings among its places, or by its divisions. `z` is (id, since).
_INSIDE = """
WITH z AS (SELECT * FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[]) AS z(id, since)),
inside AS (
    SELECT z.id AS zone, z.since, p.id AS person
    FROM z JOIN store_zoneplace zp ON zp.zone_id = z.id
    JOIN store_household h ON h.dwelling_id = zp.place_id
    JOIN store_person p ON p.household_id = h.id AND p.purged_at IS NULL
    UNION
    SELECT z.id, z.since, p.id
    FROM z JOIN store_zone s ON s.id = z.id
    CROSS JOIN LATERAL jsonb_array_elements_text(s.divisions) AS d(code)
    JOIN store_person p ON p.division >= d.code AND p.division < d.code || ':' AND p.purged_at IS NULL
)
"""
_CONTACTS = """
SELECT inside.zone, max(coalesce(c.last_exposed_at, c.controlled_at)) AS last_at,
       count(*) FILTER (WHERE NOT EXISTS (
           SELECT 1 FROM store_tubemember m JOIN store_tube t ON t.id = m.tube_id
           JOIN store_result r ON r.tube_id = t.id AND r.value = %(negative)s
           WHERE m.person_id = c.person_id AND t.sampled_at > coalesce(c.last_exposed_at, c.controlled_at)
       )) AS untested
FROM inside JOIN store_contact c ON c.person_id = inside.person
JOIN store_zone s ON s.id = inside.zone AND s.outbreak_id = c.outbreak_id
WHERE c.classification = %(close)s AND c.state <> ALL(%(apart)s)
GROUP BY inside.zone
"""
_ROUNDS = """
, swabs AS (
    SELECT inside.zone, inside.person,
           bool_or(r.value = %(positive)s) AS positive, bool_or(r.value = %(negative)s) AS negative
    FROM inside JOIN store_tubemember m ON m.person_id = inside.person
    JOIN store_tube t ON t.id = m.tube_id AND t.sampled_at >= inside.since
    JOIN store_result r ON r.tube_id = t.id
    GROUP BY inside.zone, inside.person
)
SELECT inside.zone, count(*), count(*) FILTER (WHERE swabs.negative AND NOT swabs.positive),
       count(*) FILTER (WHERE swabs.positive)
FROM inside LEFT JOIN swabs ON swabs.zone = inside.zone AND swabs.person = inside.person
GROUP BY inside.zone
"""
# Asked at every hand-over of a case or contact, so from the few who are infected, not from the many who live there.
_CASES = """
SELECT c.found_at, coalesce(c.admitted_at, c.isolated_on::timestamp AT TIME ZONE 'Asia/Shanghai')
FROM store_case c JOIN store_person p ON p.id = c.person_id AND p.purged_at IS NULL
LEFT JOIN store_household h ON h.id = p.household_id
WHERE c.outbreak_id = %(outbreak)s AND c.classification <> %(excluded)s AND (
    h.dwelling_id IN (SELECT place_id FROM store_zoneplace WHERE zone_id = %(zone)s)
    OR EXISTS (SELECT 1 FROM unnest(%(divisions)s::text[]) AS d(code) WHERE starts_with(p.division, d.code))
)
"""
_COUNTS = """
SELECT inside.zone, count(*), count(DISTINCT p.household_id)
FROM inside JOIN store_person p ON p.id = inside.person GROUP BY inside.zone
"""
APART = (ContactState.REJECTED.value, ContactState.CASE.value, ContactState.PROPOSED.value)


def _rows(
    sql: str, zones: Sequence[Zone], since: Sequence[datetime | None], **more: Any
) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_INSIDE + sql, {"ids": [zone.pk for zone in zones], "since": list(since), **more})
        return list(cursor.fetchall())


def counts(zones: Sequence[Zone]) -> dict[int, tuple[int, int]]:
    """Zone -> (people, households that they make up) inside now. One query for all."""
    if not zones:
        return {}
    return {zone: (people, homes) for zone, people, homes in _rows(_COUNTS, zones, [None] * len(zones))}


def lift_facts(zones: Sequence[Zone], *, now: datetime) -> dict[int, LiftFacts]:
    """Zone -> what its conditions are measured against. Four queries, however many zones."""
    if not zones:
        return {}
    loaded = {identifier: protocols.load(identifier) for identifier in {zone.protocol for zone in zones}}
    kept = [zone for zone in zones if loaded[zone.protocol].has("zones")]
    contacts = {row[0]: row[1:] for row in _contacts(_asking_contacts(kept, loaded))}
    since = {zone.pk: _since(zone, loaded[zone.protocol], now) for zone in kept}
    asking = [zone for zone in kept if (begin := since[zone.pk]) is not None and begin <= aware(now)]
    rounds = {row[0]: row[1:] for row in _rounds(asking, since)}
    reported = _reported(asking, since)
    closed = _still_closed(kept, loaded, now)
    found = {}
    for zone in kept:
        people, negative, positive = rounds.get(zone.pk, (0, 0, 0))
        told = reported.get(zone.pk)
        last, untested = contacts.get(zone.pk, (None, 0))
        found[zone.pk] = LiftFacts(
            clock_from=zone.clock_from,
            last_contact_at=last,
            untested_contacts=untested,
            round_people=max(people, told[0]) if told else people,
            round_negative=max(negative, told[1]) if told else negative,
            round_positive=positive,
            still_closed=closed.get(zone.pk, 0),
        )
    return found


def checklists(zones: Sequence[Zone], *, now: datetime) -> dict[int, Checklist]:
    """Zone -> its conditions as they are now, for zones in force. Four queries, however many zones."""
    standing = [zone for zone in zones if zone.state == ZoneState.IN_FORCE]
    facts = lift_facts(standing, now=now)
    return {
        zone.pk: checklist(
            zone.kind, facts[zone.pk], protocols.load(zone.protocol), now=now, lowered_from=zone.lowered_from
        )
        for zone in standing
        if zone.pk in facts
    }


def _asking_contacts(zones: Iterable[Zone], loaded: dict[str, Protocol]) -> list[Zone]:
    return [zone for zone in zones if loaded[zone.protocol].zone(zone.kind).lift.contacts_clear is not None]


def _contacts(zones: Sequence[Zone]) -> list[tuple[Any, ...]]:
    if not zones:
        return []
    return _rows(
        _CONTACTS,
        zones,
        [None] * len(zones),
        negative=ResultValue.NEGATIVE.value,
        close=PersonClass.CLOSE_CONTACT.value,
        apart=list(APART),
    )


def _rounds(zones: Sequence[Zone], since: dict[int, datetime | None]) -> list[tuple[Any, ...]]:
    if not zones:
        return []
    begins = [since[zone.pk] for zone in zones]
    words = {"positive": ResultValue.POSITIVE.value, "negative": ResultValue.NEGATIVE.value}
    return _rows(_ROUNDS, zones, begins, **words)


def _since(zone: Zone, protocol: Protocol, now: datetime) -> datetime | None:
    return round_since(
        zone.kind, protocol, clock_from=zone.clock_from, now=now, lowered_from=zone.lowered_from
    )


def _reported(zones: Sequence[Zone], since: dict[int, datetime | None]) -> dict[int, tuple[int, int]]:
    """Rounds whose negatives lie elsewhere: an order of the zone, done with the figure of who was negative."""
    rows = Order.objects.filter(
        kind=OrderKind.ZONE,
        state=OrderState.DONE,
        detail__task="full_round",
        detail__zone__in=[zone.pk for zone in zones],
        proof_figure__isnull=False,
    ).order_by("done_at", "pk")
    found: dict[int, tuple[int, int]] = {}
    for row in rows:
        zone = int(row.detail["zone"])
        begin = since.get(zone)
        if begin is None or row.issued_at < begin:
            continue
        found[zone] = (int(row.detail.get("people", 0)), int(row.proof_figure or 0))
    return found


def _still_closed(zones: Sequence[Zone], loaded: dict[str, Protocol], now: datetime) -> dict[int, int]:
    """County zone -> how many of the zones that it surrounds still bind somebody."""
    asking = [zone for zone in zones if loaded[zone.protocol].zone(zone.kind).lift.all_lifted]
    if not asking:
        return {}
    rows = Zone.objects.filter(
        outbreak__in={zone.outbreak_id for zone in asking}, state=ZoneState.IN_FORCE, expires_at__gt=now
    ).values_list("outbreak_id", "division", "kind")
    inner = list(rows)
    return {
        zone.pk: sum(
            1
            for outbreak, division, kind in inner
            if outbreak == zone.outbreak_id
            and kind in loaded[zone.protocol].zone(zone.kind).lift.all_lifted
            and any(division.startswith(code) for code in zone.divisions)
        )
        for zone in asking
    }


def _cases(zone: Zone) -> list[tuple[datetime, datetime | None]]:
    """When each case who lives inside was found, and left."""
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {
            "zone": zone.pk,
            "outbreak": zone.outbreak_id,
            "divisions": list(zone.divisions),
            "excluded": PersonClass.EXCLUDED.value,
        }
        cursor.execute(_CASES, asked)
        return list(cursor.fetchall())


def clock_facts(zone: Zone) -> ClockFacts:
    """All that moves one zone's clock."""
    approved = zone.from_at or zone.proposed_at
    cases = _cases(zone)
    left = [moment for _found, moment in cases]
    if not cases and zone.case is not None:
        # Drawn for a case that does not live here: a place of its track. Found is then as good as gone.
        left = [zone.case.admitted_at or _day(zone.case.isolated_on) or zone.case.found_at]
    done = Order.objects.filter(
        kind__in=(OrderKind.ENVIRONMENT_SAMPLE, OrderKind.DISINFECTION),
        state=OrderState.DONE,
        place__in=ZonePlace.objects.filter(zone=zone).values("place"),
        done_at__gte=zone.proposed_at,
    ).order_by("done_at", "pk")
    samples: list[Sample] = []
    ended: list[datetime] = []
    points: set[int | None] = set()
    for order in done:
        at = order.done_at or order.issued_at
        if order.kind == OrderKind.DISINFECTION:
            ended.append(at)
            continue
        positive = _is_positive(order)
        # Before the zone was approved every point is of the first round; later a place seen before is known.
        samples.append(Sample(at=at, positive=positive, known=at <= approved or order.place_id in points))
        if positive:
            points.add(order.place_id)
    return ClockFacts(
        approved_at=approved,
        left=tuple(left),
        new_cases=tuple(found for found, _left in cases if found > approved),
        transferred=_transferred(zone),
        samples=tuple(samples),
        disinfected=tuple(ended),
        term_from=term_from(zone),
    )


def _day(day: Any) -> datetime | None:
    return local(day) if day is not None else None


def _is_positive(order: Order) -> bool:
    """What an environment sample's order reports: a result, or how many points were positive."""
    if "result" in order.detail:
        return str(order.detail["result"]) == ResultValue.POSITIVE
    return bool(order.proof_figure)


def _transferred(zone: Zone) -> tuple[datetime | None, ...]:
    """When each contact inside of a transferred contact who became a case was moved out; None for who was not."""
    rows = (
        Exposure.objects.filter(
            case__was_contact__controlled_at__isnull=False,
            case__found_at__gte=zone.from_at or zone.proposed_at,
            contact__outbreak=zone.outbreak_id,
            contact__person__in=people(zone),
        )
        .exclude(contact__state__in=[ContactState.REJECTED, ContactState.PROPOSED])
        .values_list("contact_id", "contact__controlled_at")
        .distinct()
    )
    return tuple(moment for _contact, moment in rows)
