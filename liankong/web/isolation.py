"""Who must move, where, by when? The board of transfers and the page of one isolation."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from liankong.actions import Refused, isolation_trips
from liankong.actions import isolation as verbs
from liankong.protocols.words import Placement
from liankong.rules.isolation import AT_HOME
from liankong.rules.isolation_release import Checklist
from liankong.store import isolation_board as boards
from liankong.store.isolation_propose import age_of
from liankong.store.isolation_stay import checklists
from liankong.store.models import Entry, Isolation
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, refuse, user_names
from liankong.web.isolation_forms import AssessForm, HospitalForm, RejectForm
from liankong.web.isolation_words import why_words
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said

TABS = {
    "sign": gettext_lazy("To sign"),
    "plan": gettext_lazy("To plan"),
    "way": gettext_lazy("On the way"),
    "home": gettext_lazy("At home"),
    "late": gettext_lazy("Late"),
}
ORDER = ("due_key", "pk")
STORY = 60


@require_GET
def transfers(request: HttpRequest) -> HttpResponse:
    """The board. The address says which part is shown."""
    return _board(request, {}, 200)


def _board(request: HttpRequest, outcome: Mapping[str, Any], status: int) -> HttpResponse:
    seen = sight(request)
    state = request.GET.get("state", "")
    counts = boards.counts(seen.at)
    if state not in TABS:
        state = next((name for name in ("late", "sign", "plan", "way") if counts[name]), "sign")
    page = paginate(_rows(state, seen), order=ORDER, query=request.GET)
    for row in page.rows:
        row.age = age_of(row.person, seen.at)  # type: ignore[attr-defined]  # for the template alone
    sites = organisation_names(
        {row.site.organisation_id for row in page.rows if row.site is not None}, seen.at
    )
    context = {
        "page": page,
        "state": state,
        "tabs": [(name, text, counts[name]) for name, text in TABS.items()],
        "sites": sites,
        "live_after": position(),
        **outcome,
    }
    return render(request, "isolation/transfers.html", context, status=status)


def _rows(state: str, seen: Sight) -> "QuerySet[Isolation]":
    rows = boards.open_moves().filter(boards.standing(state, seen.at))
    return rows.annotate(due_key=Coalesce("due_at", "determined_at")).select_related(
        "person", "site", "hold__room", "trip__hold__vehicle", "order"
    )


@require_POST
@needs("isolation.sign")
def sign(request: HttpRequest) -> HttpResponse:
    """Sign those that are ticked. What could not be signed comes back with its reason; the others are signed."""
    seen = sight(request)
    ticked = _ticked(request)
    if not ticked:
        messages.warning(request, _("Tick whom to sign for."))
        return redirect("transfers")
    try:
        done = verbs.sign(isolations=ticked, by=seen.actor, at=seen.at)
    except Refused as error:
        messages.error(request, said(error))
        return redirect("transfers")
    if done.signed:
        text = ngettext("%(number)s is signed.", "%(number)s are signed.", len(done.signed))
        messages.success(request, text % {"number": len(done.signed)})
    left = {**done.refused, **done.unplanned}
    if not left:
        return redirect("transfers")
    outcome = {"left": [(key, why_words(why), key in done.refused) for key, why in sorted(left.items())]}
    return _board(request, outcome, 422 if done.refused else 200)


@require_POST
@needs("isolation.arrange")
def plan(request: HttpRequest) -> HttpResponse:
    """Plan trips for everybody who is signed and waits, with the vehicles that are free."""
    seen = sight(request)
    try:
        done = isolation_trips.plan(by=seen.actor, at=seen.at)
    except Refused as error:
        messages.error(request, said(error))
        return redirect("transfers")
    text = ngettext("%(number)s trip is planned.", "%(number)s trips are planned.", len(done.trips))
    messages.success(request, text % {"number": len(done.trips)})
    if not done.left:
        return redirect("transfers")
    outcome = {"left": [(key, why_words(why), False) for key, why in sorted(done.left.items())]}
    return _board(request, outcome, 200)


def _ticked(request: HttpRequest) -> list[int]:
    return sorted({int(one) for one in request.POST.getlist("pick") if one.isdecimal() and len(one) < 19})


# --- one isolation ----------------------------------------------------------------------------------------------


FORMS: dict[str, tuple[type[Any], Any, str]] = {
    "assess": (AssessForm, verbs.assess, "isolation.arrange"),
    "reject": (RejectForm, verbs.reject, "isolation.sign"),
    "hospital": (HospitalForm, isolation_trips.to_hospital, "isolation.move"),
}
# What a single button does: (verb, permission, what is said when it is done).
TAPS: dict[str, tuple[Any, str]] = {
    "door": (isolation_trips.at_door, "isolation.move"),
    "aboard": (isolation_trips.aboard, "isolation.move"),
    "arrived": (isolation_trips.arrived, "isolation.move"),
    "begin": (isolation_trips.begin_home, "isolation.move"),
}


@require_GET
def isolation(request: HttpRequest, isolation: int) -> HttpResponse:
    return _page(request, _one(isolation), {}, 200)


def _one(key: int) -> Isolation:
    rows = Isolation.objects.select_related(
        "person", "contact", "order", "site__place", "hold__room", "trip__hold__vehicle", "carer", "hospital"
    )
    return get_object_or_404(rows, pk=key)


def _page(request: HttpRequest, row: Isolation, bound: dict[str, forms.Form], status: int) -> HttpResponse:
    seen = sight(request)
    entries = list(Entry.objects.filter(subject_kind="isolation", subject=row.pk).order_by("-id")[:STORY])
    bodies = {one for one in (row.site.organisation_id if row.site else None, row.hospital_id) if one}
    context = {
        "row": row,
        "age": age_of(row.person, seen.at),
        "names": organisation_names(bodies, seen.at),
        "forms": {
            name: bound.get(name) or kind(initial=_initial(name, row))
            for name, (kind, _verb, permission) in FORMS.items()
            if seen.may(permission) and _offered(name, row)
        },
        "open_form": next(iter(bound), ""),
        "at_home": Placement(row.placement) in AT_HOME,
        "together": _together(row),
        "checklist": _checklist(row, seen),
        "entries": entries,
        "who": user_names(entry.by for entry in entries),
        "live_after": position(),
    }
    return render(request, "isolation/isolation.html", context, status=status)


def _offered(name: str, row: Isolation) -> bool:
    if row.released_at is not None:
        return False
    if name == "assess":
        return row.signed_at is None
    return row.arrived_at is None if name == "reject" else True


def _initial(name: str, row: Isolation) -> dict[str, Any]:
    if name != "assess":
        return {}
    return {
        "home": row.home_granted,
        "grounds": row.grounds,
        "mobility": row.mobility,
        "carer": row.carer.person_id if row.carer else None,
    }


def _together(row: Isolation) -> list[Isolation]:
    if row.party is None:
        return []
    rows = Isolation.objects.filter(party=row.party, released_at__isnull=True).exclude(pk=row.pk)
    return list(rows.order_by("pk")[:10])


def _checklist(row: Isolation, seen: Sight) -> Checklist | None:
    if row.arrived_at is None or row.released_at is not None:
        return None
    return checklists([row], seen.at)[row.pk]


@require_POST
def act(request: HttpRequest, isolation: int, form: str) -> HttpResponse:
    """Assess, turn down, send to hospital. A refusal comes back at its field."""
    if form not in FORMS:
        raise Http404
    kind, verb, permission = FORMS[form]
    return _acted(request, isolation, form, kind, verb, permission)


def _acted(
    request: HttpRequest, key: int, name: str, kind: type[Any], verb: Any, permission: str
) -> HttpResponse:
    @needs(permission)
    def run(request: HttpRequest) -> HttpResponse:
        row, seen = _one(key), sight(request)
        filled = kind(request.POST)
        if filled.is_valid():
            try:
                verb(isolation=row.pk, **filled.values(), by=seen.actor, at=seen.at)
            except Refused as error:
                refuse(filled, error)
            else:
                messages.success(request, _("Recorded."))
                return redirect("transfer", isolation=row.pk)
        return _page(request, row, {name: filled}, 422)

    return run(request)


@require_POST
@needs("isolation.move")
def tap(request: HttpRequest, isolation: int, what: str) -> HttpResponse:
    """One tap at the door, aboard, there. From a trip's sheet it leads back to the sheet."""
    if what not in TAPS:
        raise Http404
    row, seen = _one(isolation), sight(request)
    verb, _permission = TAPS[what]
    try:
        verb(isolation=row.pk, by=seen.actor, at=seen.at)
    except Refused as error:
        messages.error(request, said(error))
    if row.trip_id is not None and request.POST.get("sheet"):
        return redirect("trip", trip=row.trip_id)
    return redirect("transfer", isolation=row.pk)


urlpatterns = [
    path("transfers", transfers, name="transfers"),
    path("transfers/sign", sign, name="transfers-sign"),
    path("transfers/plan", plan, name="transfers-plan"),
    path("transfers/<int:isolation>", isolation, name="transfer"),
    path("transfers/<int:isolation>/tap/<slug:what>", tap, name="transfer-tap"),
    path("transfers/<int:isolation>/<slug:form>", act, name="transfer-act"),
]
