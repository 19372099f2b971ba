"""Where was tested, how many, and what share was positive? Answered from the lake, inside one's jurisdiction."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from liankong.vocabulary import divisions
from liankong.vocabulary.kinds import Level
from liankong.vocabulary.spans import local_day
from liankong.web.context import sight

SPAN = timedelta(days=6)  # a week, today included
# The level shown below each level of jurisdiction, as digits of a code.
BELOW = {
    Level.NATION: 2,
    Level.PROVINCE: 6,
    Level.CITY: 6,
    Level.COUNTY: 9,
    Level.STREET: 12,
    Level.COMMUNITY: 12,
}


@require_GET
def screening(request: HttpRequest) -> HttpResponse:
    """Tests by division for a span of days. Row-level security does not reach the lake: the scope is an argument."""
    seen = sight(request)
    today = local_day(seen.at)
    last = min(_day(request.GET.get("to"), today), today)
    first = min(_day(request.GET.get("from"), last - SPAN), last)
    within = inside(request.GET.get("division", ""), seen.division)
    rows = tested(within, first, last)
    context = {
        "rows": rows,
        "total": {key: sum(row[key] for row in rows) for key in ("tests", "positives")},
        "most": max((row["tests"] for row in rows), default=0),
        "within": within,
        "first": first,
        "last": last,
        "today": today,
    }
    return render(request, "screening/screening.html", context)


def tested(within: str, first: date, last: date) -> list[dict[str, Any]]:
    """Tests, positives and positivity of each division below `within`, the most tested first."""
    # Only here is a query engine wanted: a node that starts need not load it.
    from liankong import lake
    from liankong.lake import results

    store = lake.Lake(settings.LIANKONG_LAKE)
    digits = BELOW[divisions.level_of(within)] if within else BELOW[Level.NATION]
    connection = lake.connect()
    found = results.results(store, connection, first=first, last=last)
    rows = lake.fetch(results.tests_by_division_and_day(found, digits=digits, within=within))
    totals: dict[str, dict[str, Any]] = {}
    for row in rows:
        total = totals.setdefault(row["division"], {"division": row["division"], "tests": 0, "positives": 0})
        total["tests"] += row["tests"]
        total["positives"] += row["positives"]
    for (
        total
    ) in totals.values():  # a place is in the list because it was tested: there is no division by zero
        total["share"] = total["positives"] / total["tests"]
        total["deeper"] = len(total["division"]) < BELOW[Level.COMMUNITY]
    return sorted(totals.values(), key=lambda total: (-total["tests"], total["division"]))


def _day(text: str | None, default: date) -> date:
    try:
        return parse_date(text or "") or default
    except ValueError:
        return default


def inside(wanted: str, scope: str) -> str:
    """A division asked for, if it lies inside the jurisdiction; else the jurisdiction itself."""
    known = wanted.isdigit() and divisions.exists(wanted)
    return wanted if known and wanted.startswith(scope) else scope


urlpatterns = [path("screening", screening, name="screening")]
