"""What has changed, what is late and whose, and which hand-over holds up the response now?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from liankong import protocols
from liankong.rules.situation import Leg, LegFigures, bottleneck
from liankong.web import situation_figures as figures
from liankong.web.context import Sight, sight
from liankong.web.labels import LABELS
from liankong.web.live import STAGES, position
from liankong.web.overview_figures import child_length
from liankong.web.places import division_name, organisation_names

HOURS = (1, 6, 24)

# Leg -> what it is called, what waits on it, and the page of one of these.
WORDS: dict[Leg, tuple[Promise, Promise, str]] = {
    Leg.DETECTION_TO_REPORT: (_("Detection to report"), _("cases not yet reported"), "case"),
    Leg.REPORT_TO_TRACK: (_("Report to track"), _("cases whose track is open"), "case"),
    Leg.TRACK_TO_CONTACTS: (_("Track to contacts"), _("contacts not yet signed"), "contact"),
    Leg.CONTACT_TO_ROOM: (_("Contact to room"), _("contacts not yet in a room"), "contact"),
    Leg.SAMPLE_TO_RESULT: (_("Sample to result"), _("tubes without a result"), "tube"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One leg as it is shown."""

    leg: Leg
    figures: LegFigures
    is_bottleneck: bool

    @property
    def title(self) -> Promise:
        return WORDS[self.leg][0]

    @property
    def waits(self) -> Promise:
        return WORDS[self.leg][1]

    @property
    def percent(self) -> int | None:
        return None if self.figures.pressure is None else round(100 * self.figures.pressure)

    @property
    def tone(self) -> str:
        if self.percent is None or not (self.figures.waiting or self.figures.arrived):
            return "neutral"
        return "danger" if self.percent > 100 else "warn" if self.percent > 75 else "good"


def _view(seen: Sight) -> figures.View | None:
    if seen.outbreak is None:
        return None
    outbreak = seen.outbreak.division
    return figures.View(
        outbreak=seen.outbreak.pk,
        division=outbreak if outbreak.startswith(seen.division) else seen.division,
        now=seen.at,
        protocol=protocols.load(seen.outbreak.protocol),
    )


def _hours(request: HttpRequest) -> int:
    wanted = request.GET.get("hours", "")
    return int(wanted) if wanted.isdecimal() and int(wanted) in HOURS else HOURS[0]


@require_GET
def situation(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    after = position()
    view = _view(seen)
    if view is None:
        return render(request, "overview/no_outbreak.html")
    legs = {leg: figures.leg_figures(view, leg) for leg in Leg}
    narrowest = bottleneck(legs)
    hours = _hours(request)
    late, late_total = figures.late_orders(view)
    context = {
        "cards": [Card(leg, found, leg is narrowest) for leg, found in legs.items()],
        "narrowest": WORDS[narrowest][0] if narrowest else "",
        "late": _named(late, seen.at),
        "late_total": late_total,
        "changes": _changes(view, seen.at - timedelta(hours=hours)),
        "hours": hours,
        "all_hours": HOURS,
        "division": view.division,
        "live_after": after,
    }
    page = "situation/board.html" if request.headers.get("HX-Request") else "situation/situation.html"
    return render(request, page, context)


def _named(rows: list[dict[str, Any]], at: datetime) -> list[dict[str, Any]]:
    names = organisation_names((row["addressee"] for row in rows), at)
    return [
        row
        | {
            "name": names.get(row["addressee"], ""),
            "address": _address("orders", query={"addressee": row["addressee"], "late": "1", "of": "all"}),
        }
        for row in rows
    ]


def _changes(view: figures.View, since: datetime) -> list[dict[str, Any]]:
    """Facts of the stages, in the words of the log; what belongs to sign-in and access is not the commander's."""
    labels = LABELS["fact"]
    return [
        {"label": labels[row.kind], "now": row.now, "before": row.before, "kind": row.kind}
        for row in figures.changes(view, since)
        if row.kind in STAGES and row.kind in labels
    ]


@require_GET
def leg(request: HttpRequest, leg: str) -> HttpResponse:
    """The list behind a leg's figure: what waits, the longest first, and whose it is."""
    seen = sight(request)
    view = _view(seen)
    if leg not in {one.value for one in Leg} or view is None:
        raise Http404
    which = Leg(leg)
    title, waits, page = WORDS[which]
    found = figures.leg_figures(view, which)
    rows = figures.waiting(view, which)
    limit = found.limit.length if found.limit else None
    context = {
        "title": title,
        "waits": waits,
        "figures": found,
        "parts": [
            {"row": part, "name": division_name(part.code)}
            for part in figures.by_part(view, which, child_length(view.division))
        ],
        "rows": [
            {
                "row": row,
                "address": _address(page, row.key),
                "due_at": row.since + limit if limit else None,
            }
            for row in rows
        ],
    }
    return render(request, "situation/leg.html", context)


def _address(page: str, *keys: int, query: dict[str, Any] | None = None) -> str:
    """The page of a row, "" on a node that runs without that stage's pages."""
    try:
        found = reverse(page, args=keys)
    except NoReverseMatch:
        return ""
    return f"{found}?{urlencode(query)}" if query else found


urlpatterns = [
    path("situation", situation, name="situation"),
    path("situation/<str:leg>", leg, name="situation-leg"),
]
