"""Where was the case? The investigations, and one line a stay at the speed of a telephone call."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from liankong.actions import Forbidden, Refused, cases
from liankong.actions import investigation as verbs
from liankong.store.models import Case, Investigation, Order, Place, Stay
from liankong.vocabulary.kinds import OrderKind
from liankong.web.context import sight
from liankong.web.desk import needs, refuse
from liankong.web.investigation_forms import (
    FIELDS,
    NotesForm,
    OnsetForm,
    ReadForm,
    StayForm,
    initial_of,
    option_of,
)
from liankong.web.investigation_track import exposure_of, near, next_line, track
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.words import said

INVESTIGATE = "tracing.investigate"
SUGGESTED = 12
NEARBY = 80
CLOCKS = (OrderKind.CORE_TRACK, OrderKind.PRELIMINARY_REPORT)
OPEN, DONE = "open", "done"


@require_GET
def investigations(request: HttpRequest) -> HttpResponse:
    """Those of the outbreak, the latest opened first; `state` open, done or all."""
    seen, query = sight(request), request.GET.dict()
    rows = Investigation.objects.filter(case__outbreak=seen.outbreak.pk if seen.outbreak else None)
    state = query.get("state", OPEN)
    if state == OPEN:
        rows = rows.filter(reported_at__isnull=True, closed_at__isnull=True)
    elif state == DONE:
        rows = rows.exclude(reported_at__isnull=True, closed_at__isnull=True)
    page = paginate(rows.select_related("case"), order=("-opened_at", "-pk"), query=query)
    clocks: dict[int, dict[str, Order]] = {}
    for order in Order.objects.filter(case__in=[row.case_id for row in page.rows], kind__in=CLOCKS):
        clocks.setdefault(order.case_id or 0, {})[order.kind] = order
    context = {
        "page": page,
        "rows": [
            {
                "row": row,
                "track": clocks.get(row.case_id, {}).get(OrderKind.CORE_TRACK),
                "report": clocks.get(row.case_id, {}).get(OrderKind.PRELIMINARY_REPORT),
            }
            for row in page.rows
        ],
        "state": state,
        "live_after": position(),
    }
    return render(request, "investigation/investigations.html", context)


@require_GET
def of_case(request: HttpRequest, case: int) -> HttpResponse:
    """The investigation of a case; cases that came with a line list have none."""
    found = get_object_or_404(Case, pk=case)
    row = Investigation.objects.filter(case=found).first()
    if row is None:
        messages.info(request, _("No investigation was opened for this case."))
        return redirect("case", case=found.pk)
    return redirect("investigation", investigation=row.pk)


def find(investigation: int) -> Investigation:
    """The investigation with its case, or 404 for what lies outside one's jurisdiction."""
    rows = Investigation.objects.select_related("case__outbreak", "organisation")
    return get_object_or_404(rows, pk=investigation)


# --- one investigation -------------------------------------------------------------------------------------------


@never_cache
@require_GET
def investigation(request: HttpRequest, investigation: int) -> HttpResponse:
    return page(request, find(investigation))


def page(
    request: HttpRequest, row: Investigation, *, form: StayForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of one investigation; for the line being typed only its part of it."""
    seen = sight(request)
    stays = stays_of(row)
    context: dict[str, Any] = {
        "investigation": row,
        "case": row.case,
        "track": track(row, stays, at=seen.at),
        "form": (form or _line(request, row, stays)).focused(),
        "editing": _editing(request, form),
        "may": seen.may(INVESTIGATE) and row.closed_at is None,
        **more,
    }
    if request.headers.get("HX-Target") == "track":
        return render(request, "investigation/track.html", context, status=status)
    context |= {
        "orders": list(Order.objects.filter(case=row.case_id, kind__in=CLOCKS).order_by("due_at")),
        "exposure": exposure_of(row),
        "onset": more.get("onset") or OnsetForm(initial={"onset_on": row.case.onset_on}),
        "may_onset": seen.may("cases.course"),
        "notes": more.get("notes") or NotesForm(),
        "read": more.get("read") or ReadForm(),
        "has_notes": bool(row.notes_sealed),
        "live_after": position(),
        "tab": "track",
    }
    return render(request, "investigation/investigation.html", context, status=status)


def stays_of(row: Investigation) -> list[Stay]:
    rows = Stay.objects.filter(investigation=row).select_related("place")
    return list(rows.order_by("from_at", "until_at", "pk"))


def _line(request: HttpRequest, row: Investigation, stays: list[Stay]) -> StayForm:
    """The line to type into: a stay to correct, hours that were asked for, or the next one."""
    seen = sight(request)
    asked = request.GET
    day = near(row, at=seen.at)
    edited = asked.get("edit", "")
    found = next((stay for stay in stays if str(stay.pk) == edited), None)
    if found is not None:
        return StayForm(initial=initial_of(found), near=day)
    initial = next_line(row, stays, at=seen.at)
    initial |= {name: asked[name] for name in ("day", "begin", "end") if name in asked}
    if asked.get("place", "").isdecimal():
        place = Place.objects.filter(pk=int(asked["place"][:18])).first()
        if place is not None:
            initial["place"] = option_of(place.name, place.pk)
    return StayForm(initial=initial, near=day)


def _editing(request: HttpRequest, form: StayForm | None) -> bool:
    return bool(form["stay"].value()) if form is not None else "edit" in request.GET


@require_POST
@needs(INVESTIGATE)
def stay(request: HttpRequest, investigation: int) -> HttpResponse:
    """Take the line: a new stay, or the correction of one."""
    row, seen = find(investigation), sight(request)
    form = StayForm(request.POST, near=near(row, at=seen.at))
    if form.is_valid():
        edited = form.cleaned_data["stay"]
        try:
            if edited:
                verbs.change_stay(stay=edited, told=form.told(), by=seen.actor, at=seen.at)
            else:
                verbs.record_stays(investigation=row.pk, stays=[form.told()], by=seen.actor, at=seen.at)
        except Refused as error:
            field = FIELDS.get(error.field, "")
            form.add_error(field or None, said(error))
        else:
            return _done(request, row)
    return page(request, row, form=form, status=422)


def _done(request: HttpRequest, row: Investigation) -> HttpResponse:
    """The next line to type for a page that swaps; the whole page for one that does not."""
    if request.headers.get("HX-Target") == "track":
        return page(request, row)
    return redirect("investigation", investigation=row.pk)


@require_POST
@needs(INVESTIGATE)
def stay_remove(request: HttpRequest, investigation: int, stay: int) -> HttpResponse:
    row, seen = find(investigation), sight(request)
    get_object_or_404(Stay, pk=stay, investigation=row)
    try:
        verbs.remove_stay(stay=stay, by=seen.actor, at=seen.at)
    except Refused as error:
        return page(request, row, status=422, fault=said(error))
    return _done(request, row)


@require_POST
@needs(INVESTIGATE)
def confirm(request: HttpRequest, investigation: int) -> HttpResponse:
    row, seen = find(investigation), sight(request)
    try:
        verbs.confirm_track(investigation=row.pk, by=seen.actor, at=seen.at)
    except Refused as error:
        return page(request, row, status=422, fault=said(error))
    messages.success(request, _("The track is confirmed; contacts are being looked for."))
    return redirect("investigation", investigation=row.pk)


@require_POST
@needs("cases.course")
def onset(request: HttpRequest, investigation: int) -> HttpResponse:
    """The onset, as the case itself told it."""
    row, seen = find(investigation), sight(request)
    form = OnsetForm(request.POST)
    if form.is_valid():
        try:
            cases.record_course(
                case=row.case_id, onset_on=form.cleaned_data["onset_on"], by=seen.actor, at=seen.at
            )
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("investigation", investigation=row.pk)
    return page(request, row, status=422, onset=form)


@never_cache
@require_POST
@needs(INVESTIGATE)
def notes(request: HttpRequest, investigation: int, way: str) -> HttpResponse:
    """Write the sealed notes, or open them for a reason that is on record."""
    row, seen = find(investigation), sight(request)
    form: NotesForm | ReadForm = NotesForm(request.POST) if way == "write" else ReadForm(request.POST)
    if form.is_valid():
        try:
            if way == "write":
                verbs.write_notes(
                    investigation=row.pk, text=form.cleaned_data["text"], by=seen.actor, at=seen.at
                )
                messages.success(request, _("Recorded."))
                return redirect("investigation", investigation=row.pk)
            opened = verbs.read_notes(
                investigation=row.pk, why=form.cleaned_data["why"], by=seen.actor, at=seen.at
            )
            return page(request, row, opened=opened, notes=NotesForm(initial={"text": opened}))
        except (Refused, Forbidden) as error:
            form.add_error(None, said(error))
    bound: dict[str, Any] = {"notes" if way == "write" else "read": form}
    return page(request, row, status=422, **bound)


# --- places ----------------------------------------------------------------------------------------------------------


@require_GET
@needs(INVESTIGATE)
def places(request: HttpRequest) -> HttpResponse:
    """Places of the register whose name holds what is typed, as options of the form's list."""
    text = (request.GET.get("place") or request.GET.get("source-place") or "").strip()
    rows = Place.objects.filter(name__icontains=text).order_by("name", "pk")[:SUGGESTED] if text else []
    offered = [{"value": option_of(row.name, row.pk), "division": row.division} for row in rows]
    return render(request, "investigation/places_offered.html", {"offered": offered})


@require_GET
@needs(INVESTIGATE)
def nearby(request: HttpRequest, investigation: int) -> HttpResponse:
    """Places around where the case lives, drawn by their coordinates and listed by kind: picked with one click."""
    row = find(investigation)
    rows: list[Place] = []
    for length in (12, 9, 6):
        rows = list(
            Place.objects.filter(division__startswith=row.division[:length]).order_by("kind", "name", "pk")[
                :NEARBY
            ]
        )
        if len(rows) > 1:
            break
    context = {"investigation": row, "places": rows, "dots": dots(rows)}
    return render(request, "investigation/places_nearby.html", context)


def dots(rows: list[Place]) -> list[dict[str, Any]]:
    """Places with coordinates as points of a picture 100 wide and 60 high; north is up."""
    placed = [(row, row.longitude, row.latitude) for row in rows]
    known = [(row, x, y) for row, x, y in placed if x is not None and y is not None]
    if len(known) < 2:
        return []
    left, right = min(x for _row, x, _y in known), max(x for _row, x, _y in known)
    low, high = min(y for _row, _x, y in known), max(y for _row, _x, y in known)
    wide, tall = (right - left) or 1.0, (high - low) or 1.0
    return [
        {
            "place": row,
            "x": round(4 + 92 * (x - left) / wide, 2),
            "y": round(4 + 52 * (high - y) / tall, 2),
        }
        for row, x, y in known
    ]


urlpatterns = [
    path("investigations", investigations, name="investigations"),
    path("investigations/places", places, name="investigation-places"),
    path("investigations/of-case/<int:case>", of_case, name="investigation-of-case"),
    path("investigations/<int:investigation>", investigation, name="investigation"),
    path("investigations/<int:investigation>/stays", stay, name="investigation-stay"),
    path(
        "investigations/<int:investigation>/stays/<int:stay>/remove",
        stay_remove,
        name="investigation-stay-remove",
    ),
    path("investigations/<int:investigation>/confirm", confirm, name="investigation-confirm"),
    path("investigations/<int:investigation>/onset", onset, name="investigation-onset"),
    path("investigations/<int:investigation>/notes", notes, {"way": "write"}, name="investigation-notes"),
    path("investigations/<int:investigation>/notes/open", notes, {"way": "read"}, name="investigation-read"),
    path("investigations/<int:investigation>/nearby", nearby, name="investigation-nearby"),
]
