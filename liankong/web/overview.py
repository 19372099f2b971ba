"""How does the outbreak stand, in this jurisdiction, at the end of a day?"""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from liankong.store.models import Case, Entry
from liankong.vocabulary.divisions import is_known
from liankong.vocabulary.spans import local_day
from liankong.web import overview_figures as figures
from liankong.web.chains_data import preview
from liankong.web.charts_map import outlines
from liankong.web.context import Sight, sight
from liankong.web.live import STAGES, position
from liankong.web.places import division_name

FEED_SHOWN = 7
MAP_MAX_AGE = 24 * 3600


def _division(request: HttpRequest, seen: Sight) -> str:
    """The division looked at: one asked for inside the jurisdiction, else the outbreak's own or the jurisdiction."""
    wanted = request.GET.get("division", "")
    if wanted.isdecimal() and wanted.startswith(seen.division) and is_known(wanted):
        return wanted
    outbreak = seen.outbreak.division if seen.outbreak else ""
    return outbreak if outbreak.startswith(seen.division) else seen.division


def _day(request: HttpRequest, last: date | None, today: date) -> date:
    """The day asked for; else today, or the last day of an outbreak that is long past."""
    try:
        wanted = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        wanted = today
        if last is not None and (today - last).days > figures.DAILY_UP_TO:
            wanted = last
    return min(wanted, today)


def _cases_address(view: figures.View, seen: Sight, **filters: str) -> str:
    """The list behind a figure."""
    if view.division != seen.division:
        filters["division"] = view.division
    if view.day < local_day(seen.at):
        filters["as_of"] = view.day.isoformat()
    return f"{reverse('cases')}?{urlencode(filters)}"


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    if seen.outbreak is None:
        return render(request, "overview/no_outbreak.html")
    after = position()
    cases = Case.objects.filter(outbreak_id=seen.outbreak.pk)
    division = _division(request, seen)
    if division:
        cases = cases.filter(division__gte=division, division__lt=f"{division}:")
    first, last = figures.span_of_days(cases)
    today = local_day(seen.at)
    day = _day(request, last, today)
    view = figures.View(seen.outbreak.pk, division, day, today)
    basis = request.GET.get("by", "onset")
    basis = basis if basis in figures.BASES else "onset"
    board = figures.board(view, basis=basis)
    context = {
        "division": division,
        "division_up": division != seen.division and division[: len(division) - 1],
        "day": day,
        "first": first,
        "today": today,
        "is_today": day == today,
        "figures": board.headline,
        "tests": figures.tests(view),
        "address": addresses(view, seen),
        "basis": basis,
        "curve": board.curve,
        "curve_data": board.curve.data(),
        "rows": board.rows,
        "most": max((row.infected for row in board.rows), default=0),
        "map_data": _map_data(division, board.rows),
        "delays": board.delays,
        "feed": _feed(division),
        "live_after": after,
    }
    template = "overview/board.html" if request.headers.get("HX-Request") else "overview/overview.html"
    return render(request, template, context)


def addresses(view: figures.View, seen: Sight) -> dict[str, str]:
    """Figure -> the list of cases behind it."""
    on_day = view.day.isoformat()
    wanted = {
        "confirmed": {"class": "confirmed"},
        "asymptomatic": {"class": "asymptomatic"},
        "pending": {"class": "pending_review"},
        "suspected": {"class": "suspected"},
        "new": {"class": "infected", "confirmed_on": on_day},
        "active": {"class": "infected", "outcome": "in_care"},
        "severe": {"class": "infected", "severity": "grave", "outcome": "in_care"},
        "imported": {"class": "infected", "origin": "imported"},
        "dead": {"class": "infected", "outcome": "dead"},
    }
    return {name: _cases_address(view, seen, **filters) for name, filters in wanted.items()}


def _map_data(division: str, rows: list[figures.DivisionRow]) -> dict[str, Any]:
    """What the map colours: counts by the codes of its outlines. A county is drawn whole: it has no outlines below."""
    values = [{"code": row.code, "name": row.name, "value": row.infected, "new": row.new} for row in rows]
    if len(division) >= 6:
        county = division[:6]
        values = [
            {
                "code": county,
                "name": division_name(county),
                "value": sum(row.infected for row in rows),
                "new": sum(row.new for row in rows),
            }
        ]
    return {
        "values": values,
        # The address names the language: names stand in the answer, which browsers keep.
        "outlines": f"{reverse('overview-map', args=[division or '0'])}?{urlencode({'in': get_language()})}",
        "clickable": len(division) < 6,
    }


def _feed(division: str) -> list[Entry]:
    """The latest facts of the jurisdiction. They name cases and orders, never people."""
    entries = Entry.objects.filter(kind__in=STAGES)
    if division:
        entries = entries.filter(division__gte=division, division__lt=f"{division}:")
    return list(entries.order_by("-pk")[:FEED_SHOWN])


@require_GET
def overview_map(_request: HttpRequest, code: str) -> HttpResponse:
    """Outlines as GeoJSON; public geography, but only for those who are signed in, like everything here."""
    response = JsonResponse(outlines("" if code == "0" else code, division_name))
    patch_cache_control(response, private=True, max_age=MAP_MAX_AGE)
    return response


@require_GET
def overview_chains(request: HttpRequest) -> HttpResponse:
    """The small picture of the chains, fetched after the page so that the figures need not wait for it."""
    seen = sight(request)
    division = _division(request, seen)
    picture = preview(seen.outbreak.pk, division) if seen.outbreak else None
    return render(request, "overview/chains.html", {"picture": picture})


urlpatterns = [
    path("overview", overview, name="overview"),
    path("overview/map/<str:code>.json", overview_map, name="overview-map"),
    path("overview/chains", overview_chains, name="overview-chains"),
]
