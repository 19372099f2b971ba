"""How the response stands now: its legs, what is late and whose, what the last hours brought. All by SQL.

`rules.situation` says what a leg is and what its limit; a leg may have millions of tubes on it, so the counting is
done where they are, and a test holds it against the plain rule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Q

from liankong.protocols import Protocol
from liankong.rules.situation import Leg, LegFigures, limits, standing
from liankong.store.models import Entry, Order
from liankong.vocabulary.kinds import OrderState

# What arrived longer ago than this says nothing about now.
WINDOW = timedelta(hours=24)
ROWS_SHOWN = 200
LATE_SHOWN = 12
OPEN = (OrderState.ISSUED, OrderState.RECEIVED, OrderState.STARTED)

# Leg -> what is on it: `key` of the row, its division, when it came onto the leg and when it left.
_LEGS = {
    Leg.DETECTION_TO_REPORT: """
        SELECT c.id AS key, c.number AS name, c.division, c.found_at AS started_at, c.reported_at AS ended_at
        FROM store_case c
        WHERE c.outbreak_id = %(outbreak)s AND c.classification <> 'excluded' AND c.source_id IS NULL""",
    Leg.REPORT_TO_TRACK: """
        SELECT c.id AS key, c.number AS name, c.division, c.reported_at AS started_at,
               greatest(i.track_confirmed_at, c.reported_at) AS ended_at
        FROM store_investigation i JOIN store_case c ON c.id = i.case_id
        WHERE c.outbreak_id = %(outbreak)s AND c.classification <> 'excluded'
          AND (i.closed_at IS NULL OR i.track_confirmed_at IS NOT NULL)""",
    Leg.TRACK_TO_CONTACTS: """
        SELECT k.id AS key, '' AS name, k.division, k.found_at AS started_at,
               CASE WHEN k.state = 'proposed' THEN NULL ELSE coalesce(k.signed_at, k.found_at) END AS ended_at
        FROM store_contact k WHERE k.outbreak_id = %(outbreak)s""",
    Leg.CONTACT_TO_ROOM: """
        SELECT k.id AS key, '' AS name, k.division, k.signed_at AS started_at,
               coalesce((SELECT min(s.arrived_at) FROM store_isolation s WHERE s.contact_id = k.id),
                        k.controlled_at) AS ended_at
        FROM store_contact k
        WHERE k.outbreak_id = %(outbreak)s AND k.classification = 'close_contact'
          AND (k.state = 'confirmed' OR k.controlled_at IS NOT NULL)""",
    Leg.SAMPLE_TO_RESULT: """
        SELECT t.id AS key, t.code AS name, t.division, t.sampled_at AS started_at,
               (SELECT min(r.resulted_at) FROM store_result r WHERE r.tube_id = t.id) AS ended_at
        FROM store_tube t WHERE t.sampled_at >= %(since)s""",
}
_ON_IT = """
    SELECT key, name, division, started_at, CASE WHEN ended_at <= %(now)s THEN ended_at END AS ended_at
    FROM ({leg}) leg
    WHERE started_at <= %(now)s AND (ended_at IS NULL OR ended_at >= %(since)s)
      AND division >= %(division)s AND division < %(beyond)s
"""
_FIGURES = """
    SELECT count(ended_at), count(*) - count(ended_at),
           count(*) FILTER (WHERE coalesce(ended_at, %(now)s) - started_at > %(limit)s),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(ended_at, %(now)s) - started_at),
           max(%(now)s - started_at) FILTER (WHERE ended_at IS NULL)
    FROM ({rows}) on_it
"""
_WAITING = """
    SELECT key, name, division, started_at FROM ({rows}) on_it WHERE ended_at IS NULL
    ORDER BY started_at, key LIMIT %(shown)s
"""
_BY_PART = """
    SELECT substr(division, 1, %(length)s), count(*),
           count(*) FILTER (WHERE %(now)s - started_at > %(limit)s), min(started_at)
    FROM ({rows}) on_it WHERE ended_at IS NULL GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1
"""
NEVER = timedelta(days=36500)  # the limit of a leg that has none


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Whose response, at what moment."""

    outbreak: int
    division: str
    now: datetime
    protocol: Protocol

    def parameters(self, leg: Leg) -> dict[str, Any]:
        limit = limits(self.protocol).get(leg)
        return {
            "outbreak": self.outbreak,
            "division": self.division,
            "beyond": f"{self.division}:",
            "now": self.now,
            "since": self.now - WINDOW,
            "limit": limit.length if limit else NEVER,
        }


def leg_figures(view: View, leg: Leg) -> LegFigures:
    """One leg in one statement."""
    arrived, waiting, late, median, longest = _run(_FIGURES, leg, view.parameters(leg))[0]
    return standing(
        leg,
        arrived=arrived,
        waiting=waiting,
        late=late,
        median=median,
        longest_wait=longest,
        protocol=view.protocol,
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits on a leg."""

    key: int
    name: str
    division: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """What waits on a leg in one division of the next level down."""

    code: str
    waiting: int
    late: int
    since: datetime


def waiting(view: View, leg: Leg) -> list[Waiting]:
    """What waits on a leg, the longest first."""
    return [Waiting(*row) for row in _run(_WAITING, leg, view.parameters(leg) | {"shown": ROWS_SHOWN})]


def by_part(view: View, leg: Leg, length: int) -> list[Part]:
    """Whose it is: what waits, by division of so many digits, the most late first."""
    return [Part(*row) for row in _run(_BY_PART, leg, view.parameters(leg) | {"length": length})]


def _run(statement: str, leg: Leg, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows = _ON_IT.format(leg=_LEGS[leg])
    with connection.cursor() as cursor:
        cursor.execute(statement.format(rows=rows), parameters)
        return list(cursor.fetchall())


def late_orders(view: View) -> tuple[list[dict[str, Any]], int]:
    """Whose orders are late: by addressee, the most first, and how many are late in all."""
    late = Order.objects.filter(
        state__in=OPEN,
        due_at__lt=view.now,
        division__gte=view.division,
        division__lt=f"{view.division}:",
    )
    rows = late.values_list("addressee").annotate(late=Count("pk"), oldest=Min("due_at"))
    found = [
        {"addressee": addressee, "late": number, "oldest": oldest}
        for addressee, number, oldest in rows.order_by("-late", "oldest")[:LATE_SHOWN]
    ]
    return found, late.count()


@dataclass(frozen=True, slots=True)
class Changed:
    """How often a fact was recorded since a moment, and in the time of equal length before."""

    kind: str
    now: int
    before: int


def changes(view: View, since: datetime) -> list[Changed]:
    """What happened since a moment, the most frequent first, beside the span before it."""
    earlier = since - (view.now - since)
    entries = Entry.objects.filter(
        occurred_at__gt=earlier,
        occurred_at__lte=view.now,
        division__gte=view.division,
        division__lt=f"{view.division}:",
    )
    counted = entries.values_list("kind").annotate(
        now=Count("pk", filter=Q(occurred_at__gt=since)), before=Count("pk", filter=Q(occurred_at__lte=since))
    )
    found = [Changed(kind, now, before) for kind, now, before in counted]
    return sorted(found, key=lambda one: (-one.now, -one.before, one.kind))
