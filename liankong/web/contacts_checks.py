"""What is to be measured today, on whom, and what is late? A day's list, entered from the keyboard."""

from datetime import date, timedelta

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from liankong.actions import Refused, tracing_checks
from liankong.actions.tracing_checks import Measured
from liankong.rules.tracing_regime import is_fever
from liankong.store.models import Check, Isolation, Organisation
from liankong.store.tracing import protocol_of
from liankong.store.tracing_checks import WATCHED
from liankong.vocabulary.kinds import CheckKind, CheckState, OrganisationKind, ResultValue
from liankong.vocabulary.spans import local_day
from liankong.web import labels
from liankong.web.cases_list import Filter, divisions
from liankong.web.contacts_list import day_of
from liankong.web.context import Sight, sight
from liankong.web.desk import needs
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said

SHOWN = 100
ORDER = ("contact_id", "kind", "turn", "pk")


@require_http_methods(["GET", "POST"])
def contacts_checks(request: HttpRequest) -> HttpResponse:
    """The checks of a day. Whoever may enter them fills in what was measured; empty rows stay open."""
    seen = sight(request)
    if request.method == "POST":
        return _enter(request, seen)
    return _list(request, seen)


def _list(request: HttpRequest, seen: Sight, *, problem: str = "", at_fault: int = 0) -> HttpResponse:
    query = request.GET.dict()
    day = day_of(query.get("day", "")) or local_day(seen.at)
    rows = select(query, seen, day)
    page = paginate(rows.select_related("contact"), order=ORDER, query=query, size=SHOWN)
    for row in page.rows:
        row.typed = request.POST.get(f"check-{row.pk}", "")  # type: ignore[attr-defined]  # for the template
        row.fever = _fever(row, seen)  # type: ignore[attr-defined]  # for the template
        row.open = row.state in (CheckState.DUE, CheckState.MISSED) and row.due_on <= local_day(seen.at)  # type: ignore[attr-defined]  # for the template
    bar = _filters(query, seen)
    context = {
        "page": page,
        "filters": bar,
        "query": query,
        "day": day,
        "before": day - timedelta(days=1),
        "next": day + timedelta(days=1),
        "today": local_day(seen.at),
        "figures": _figures(seen, day),
        "links": {name: f"?state={name}&day={day.isoformat()}" for name in ("due", "done", "missed")},
        "results": [(value.value, labels.label("result", value).text) for value in (ResultValue.NEGATIVE,)],
        "problem": problem,
        "at_fault": at_fault,
        "narrowed": any(item.value for item in bar),
    }
    return render(request, "contacts/checks.html", context, status=422 if problem else 200)


def select(query: dict[str, str], seen: Sight, day: date) -> "QuerySet[Check]":
    """Checks due on a day of those who are followed in the chosen outbreak; the late ones with `late`."""
    rows = Check.objects.exclude(state=CheckState.CANCELLED)
    if seen.outbreak is None:
        return rows.none()
    rows = rows.filter(contact__outbreak=seen.outbreak.pk, contact__state__in=WATCHED)
    if query.get("state") == "late":
        rows = rows.filter(state=CheckState.MISSED, due_on__lte=day)
    else:
        rows = rows.filter(due_on=day)
        if query.get("state") in (CheckState.DUE.value, CheckState.DONE.value, CheckState.MISSED.value):
            rows = rows.filter(state=query["state"])
    if query.get("kind"):
        rows = rows.filter(kind=query["kind"])
    division = query.get("division", "")
    if division.isdecimal():
        rows = rows.filter(contact__division__gte=division, contact__division__lt=f"{division}:")
    site = query.get("site", "")
    if site.isdecimal():
        inside = Isolation.objects.filter(
            site__organisation=int(site), arrived_at__isnull=False, released_at__isnull=True
        )
        rows = rows.filter(contact__person__in=inside.values("person"))
    return rows


def _filters(query: dict[str, str], seen: Sight) -> list[Filter]:
    states = [*labels.options("checkstate", (CheckState.DUE, CheckState.DONE, CheckState.MISSED))]
    sites = Organisation.objects.filter(
        kind=OrganisationKind.ISOLATION_SITE, division__startswith=seen.division
    ).values_list("pk", flat=True)[:200]
    names = organisation_names(sites, seen.at)
    kinds = labels.options("check", (CheckKind.TEST, CheckKind.TEMPERATURE))
    return [
        Filter("kind", _("Check"), list(kinds), query.get("kind", "")),
        Filter("state", _("State"), [*states, ("late", _("missed until this day"))], query.get("state", "")),
        Filter("division", _("Division"), divisions(query, seen), query.get("division", "")),
        Filter(
            "site",
            _("Isolation site"),
            [(str(key), name) for key, name in names.items()],
            query.get("site", ""),
        ),
    ]


def _figures(seen: Sight, day: date) -> dict[str, int]:
    rows = select({}, seen, day)
    return rows.aggregate(
        due=Count("pk", filter=Q(state=CheckState.DUE)),
        done=Count("pk", filter=Q(state=CheckState.DONE)),
        missed=Count("pk", filter=Q(state=CheckState.MISSED)),
    )


def _fever(row: Check, seen: Sight) -> bool:
    return (
        row.celsius is not None
        and seen.outbreak is not None
        and is_fever(row.celsius, protocol_of(seen.outbreak))
    )


@needs("tracing.check")
def _enter(request: HttpRequest, seen: Sight) -> HttpResponse:
    typed = {
        int(name.removeprefix("check-")): text.strip()
        for name, text in request.POST.items()
        if isinstance(text, str) and name.removeprefix("check-").isdecimal() and text.strip()
    }
    measured = []
    for key, text in typed.items():
        try:
            measured.append(_read(key, text))
        except ValueError:
            return _list(request, seen, problem=_("This is not a temperature."), at_fault=key)
    try:
        done = tracing_checks.record_checks(measured=measured, by=seen.actor, at=seen.at)
    except Refused as error:
        named = str(error.values.get("check", ""))
        return _list(request, seen, problem=said(error), at_fault=int(named) if named.isdecimal() else 0)
    text = ngettext("%(n)s check recorded.", "%(n)s checks recorded.", len(done))
    messages.success(request, text % {"n": len(done)})
    return redirect(request.get_full_path())


def _read(key: int, text: str) -> Measured:
    if text in {value.value for value in ResultValue}:
        return Measured(check=key, value=ResultValue(text))
    # 36,5 and 365 are typed as often as 36.5.
    number = float(text.replace(",", ".").replace("。", "."))
    return Measured(check=key, celsius=number / 10 if number > 100 else number)


urlpatterns = [path("contacts/checks", contacts_checks, name="contacts-checks")]
