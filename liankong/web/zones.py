"""Which areas are closed, since when, on which ground, and what is still missing before they open?"""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from liankong import protocols
from liankong.actions import Forbidden, Refused, zones_appeals, zones_sign
from liankong.protocols.words import ZoneUnit
from liankong.rules import zones as rules
from liankong.rules.zones_history import in_effect
from liankong.store import zones as store
from liankong.store.models import Appeal, Order, Zone, ZonePlace, ZoneStep
from liankong.store.zones_facts import checklists
from liankong.vocabulary.kinds import AppealState, OrderKind, ZoneState
from liankong.vocabulary.spans import local_day
from liankong.web import labels, zones_map
from liankong.web import zones_forms as asked
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, user_names
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said
from liankong.web.zones_public import latest_notices
from liankong.web.zones_words import conditions, kind_badge, kind_label, measures, progress, rank

OPEN = (ZoneState.PROPOSED, ZoneState.IN_FORCE)
SOON = timedelta(days=1)
ORDER = ("-proposed_at", "-pk")
STEPS_SHOWN = 200
PLACES_LISTED = 200


def chosen(seen: Sight, query: dict[str, str]) -> "QuerySet[Zone]":
    """The zones that an address asks for, of the outbreak in use."""
    rows = Zone.objects.filter(outbreak=seen.outbreak) if seen.outbreak else Zone.objects.none()
    state = query.get("state", "open")
    if state == "open":
        rows = rows.filter(state__in=OPEN)
    elif state in set(ZoneState):
        rows = rows.filter(state=state)
    if query.get("late") == "yes":
        rows = rows.filter(late(seen))
    if query.get("kind"):
        rows = rows.filter(kind=query["kind"])
    search = query.get("q", "").strip()[:40]
    if search:
        rows = rows.filter(Q(number__istartswith=search) | Q(name__icontains=search))
    division = query.get("division", "")
    if division.isdecimal():
        rows = rows.filter(division__gte=division, division__lt=f"{division}:")
    return rows


def late(seen: Sight) -> Q:
    """In force, and the day on which somebody should have looked at it again is past."""
    return Q(state=ZoneState.IN_FORCE, review_on__lt=local_day(seen.at))


@require_GET
def zones(request: HttpRequest) -> HttpResponse:
    """The board: map, figures, and the list with what each zone waits for."""
    seen = sight(request)
    after = position()
    query = request.GET.dict()
    page = paginate(chosen(seen, query), order=ORDER, query=query)
    dressed(page.rows, seen)
    context: dict[str, Any] = {
        "page": page,
        "query": query,
        "states": [("open", pgettext("zone", "Open")), *labels.options("zonestate")],
        "state": query.get("state", "open"),
        "narrowed": any(query.get(name) for name in ("q", "kind", "division", "late"))
        or query.get("state", "open") != "open",
        "live_after": after,
        "has_zones": seen.outbreak is not None and protocols.load(seen.outbreak.protocol).has("zones"),
    }
    if request.headers.get("HX-Target") == "results":
        return render(request, "zones/rows.html", context)
    context |= _figures(seen)
    division = seen.division or (seen.outbreak.division if seen.outbreak else "")
    drawn = chosen(seen, {"state": "open"}).order_by(*ORDER)[: zones_map.ZONES_DRAWN]
    context["map_data"] = zones_map.board_data(seen, division, get_language() or "", drawn)
    return render(request, "zones/zones.html", context)


def _figures(seen: Sight) -> dict[str, Any]:
    """The board's figures in one query."""
    rows = chosen(seen, {"state": "all"})
    smaller = ~Q(unit=ZoneUnit.COUNTY) & Q(state=ZoneState.IN_FORCE)
    found = rows.aggregate(
        proposed=Count("pk", filter=Q(state=ZoneState.PROPOSED)),
        in_force=Count("pk", filter=smaller),
        people=Sum("persons", filter=smaller),
        late=Count("pk", filter=late(seen)),
        ending=Count("pk", filter=Q(state=ZoneState.IN_FORCE, expires_at__lte=seen.at + SOON)),
        raised=Count("pk", filter=~Q(pending_kind="") & Q(state=ZoneState.IN_FORCE)),
    )
    appeals = Appeal.objects.filter(zone__in=rows, state=AppealState.OPEN).count()
    return {"figures": found | {"people": found["people"] or 0, "appeals": appeals}}


def dressed(rows: list[Zone], seen: Sight) -> None:
    """Words for a list: kind, progress, whether the review is late. Four queries, whatever its length."""
    checks = checklists(rows, now=seen.at)
    today = local_day(seen.at)
    for row in rows:
        found = checks.get(row.pk)
        row.kind_badge = kind_badge(row.protocol, row.kind)  # type: ignore[attr-defined]  # for the template alone
        row.pending_word = kind_label(row.protocol, row.pending_kind) if row.pending_kind else ""  # type: ignore[attr-defined]  # as above
        row.progress = progress(found)  # type: ignore[attr-defined]  # as above
        row.ready = bool(found and found.complete)  # type: ignore[attr-defined]  # as above
        row.review_late = bool(  # type: ignore[attr-defined]  # as above
            row.state == ZoneState.IN_FORCE and row.review_on and row.review_on < today
        )


# --- one zone ------------------------------------------------------------------------------------------------------

FORMS: dict[str, tuple[type[forms.Form], Any, str, ZoneState]] = {
    "approve": (asked.ApproveForm, zones_sign.approve, "zones.sign", ZoneState.PROPOSED),
    "reject": (asked.RejectForm, zones_sign.reject, "zones.sign", ZoneState.PROPOSED),
    "escalate": (asked.EscalateForm, zones_sign.escalate, "zones.sign", ZoneState.IN_FORCE),
    "lower": (asked.LowerForm, zones_sign.lower, "zones.sign", ZoneState.IN_FORCE),
    "lift": (asked.LiftForm, zones_sign.lift, "zones.sign", ZoneState.IN_FORCE),
    "extend": (asked.ExtendForm, zones_sign.extend, "zones.sign", ZoneState.IN_FORCE),
    "round": (asked.RoundForm, zones_sign.order_round, "zones.sign", ZoneState.IN_FORCE),
    "restart": (asked.RestartForm, zones_sign.restart_clock, "zones.sign", ZoneState.IN_FORCE),
    "appeal": (asked.AppealForm, zones_appeals.make_appeal, "needs.take", ZoneState.IN_FORCE),
}


@require_GET
def zone(request: HttpRequest, zone: int) -> HttpResponse:
    return _page(request, _zone(zone), {}, 200)


def _zone(pk: int) -> Zone:
    return get_object_or_404(Zone.objects.select_related("outbreak", "case", "signed_by"), pk=pk)


def _page(
    request: HttpRequest,
    row: Zone,
    bound: dict[str, forms.Form],
    status: int,
    opened: dict[int, str] | None = None,
) -> HttpResponse:
    """The whole page; `bound` is a form that came back, `opened` an appeal whose words were just read."""
    seen = sight(request)
    after = position()
    dressed([row], seen)
    protocol = protocols.load(row.protocol)
    checks = checklists([row], now=seen.at).get(row.pk)
    people, homes = store.count_inside(row)
    orders = list(
        Order.objects.filter(kind=OrderKind.ZONE, detail__zone=row.pk).order_by("-issued_at", "-pk")
    )
    names = organisation_names({order.addressee_id for order in orders}, seen.at)
    for order in orders:
        order.addressee_name = names.get(order.addressee_id, "")  # type: ignore[attr-defined]  # for the template
    steps = list(ZoneStep.objects.filter(zone=row).order_by("-at", "-pk")[:STEPS_SHOWN])
    appeals = list(row.appeals.order_by("-made_at", "-pk"))
    answering = bound.get("answer")
    place_rows = ZonePlace.objects.filter(zone=row).select_related("place").order_by("place__name", "pk")
    context = {
        "zone": row,
        "effective": in_effect(store.standing(row), now=seen.at),
        "checks": conditions(checks),
        "ready_then": kind_label(row.protocol, checks.then) if checks and checks.then else "",
        "lifts": bool(checks and checks.lifts),
        "people": people,
        "households": homes,
        "places": [one.place for one in place_rows[:PLACES_LISTED]],
        "measure": measures(protocol, [row.kind])[row.kind] if protocol.has("zones") else "",
        "orders": orders,
        "steps": [_story(row, step) for step in steps],
        "names": user_names([*(step.by_id for step in steps), row.signed_by_id]),
        "notices": latest_notices(row),
        "forms": _forms(row, seen, bound),
        "open_form": next(iter(bound), ""),
        "appeals": [
            (
                one,
                (opened or {}).get(one.pk, ""),
                answering
                if answering is not None and answering.prefix == f"answer{one.pk}"
                else _answer(one),
            )
            for one in appeals
        ],
        "may_answer": seen.may("zones.sign") and row.signed_by_id != seen.user.pk,
        "map_data": zones_map.board_data(seen, row.division, get_language() or "", [row]),
        "live_after": after,
    }
    return render(request, "zones/zone.html", context, status=status)


def _answer(appeal: Appeal) -> asked.AnswerForm | None:
    return asked.AnswerForm(prefix=f"answer{appeal.pk}") if appeal.state == AppealState.OPEN else None


def _story(row: Zone, step: ZoneStep) -> dict[str, Any]:
    """A step as a reader sees it: what it was and became."""
    before, after = step.before.get("kind"), step.after.get("kind")
    words = ""
    if after and before and before != after:
        words = f"{kind_label(row.protocol, before)} → {kind_label(row.protocol, after)}"
    return {
        "change": step.change,
        "at": step.at,
        "by": step.by_id,
        "reason": step.reason,
        "words": words,
        "clock": "clock_from" in step.after,
    }


def _forms(row: Zone, seen: Sight, bound: dict[str, forms.Form]) -> dict[str, forms.Form]:
    shown: dict[str, forms.Form] = {}
    for name, (form, _verb, permission, state) in FORMS.items():
        # Nothing is graver than the gravest kind.
        if name == "escalate" and rank(row.protocol, row.kind) == 0:
            continue
        if row.state == state and seen.may(permission):
            shown[name] = bound.get(name) or form(initial=_initial(name, row, seen))
    return shown


def _initial(name: str, row: Zone, seen: Sight) -> dict[str, Any]:
    protocol = protocols.load(row.protocol)
    if name not in ("approve", "extend") or not protocol.has("zones"):
        return {}
    stated = rules.dates(row.kind, protocol, at=seen.at)
    if name == "extend":
        return {"until": stated.expires_at}
    return {"review_on": stated.review_on, "expires_at": stated.expires_at, "finding": row.finding}


@require_POST
def zone_act(request: HttpRequest, zone: int, form: str) -> HttpResponse:
    """Sign something about a zone. The rules may refuse; then the page comes back with the reason at its field."""
    if form not in FORMS:
        raise Http404
    kind, verb, _permission, _state = FORMS[form]
    row, seen = _zone(zone), sight(request)
    filled: Any = kind(request.POST)
    if filled.is_valid():
        try:
            verb(zone=row.pk, **filled.values(), by=seen.actor, at=seen.at)
        except Refused as error:
            filled.add_error(error.field if error.field in filled.fields else None, said(error))
        except Forbidden as error:
            filled.add_error(None, said(error))
        else:
            messages.success(request, _("Recorded."))
            return redirect("zone", zone=row.pk)
    return _page(request, row, {form: filled}, 422)


@never_cache
@require_POST
@needs("zones.sign")
def appeal_read(request: HttpRequest, appeal: int) -> HttpResponse:
    """Open the words of an appeal; that they were read is on record before they are shown."""
    row, seen = get_object_or_404(Appeal, pk=appeal), sight(request)
    text = zones_appeals.read_appeal(appeal=row.pk, by=seen.actor, at=seen.at)
    return _page(request, _zone(row.zone_id), {}, 200, {row.pk: text})


@require_POST
@needs("zones.sign")
def appeal_answer(request: HttpRequest, appeal: int) -> HttpResponse:
    row, seen = get_object_or_404(Appeal, pk=appeal), sight(request)
    form = asked.AnswerForm(request.POST, prefix=f"answer{row.pk}")
    if form.is_valid():
        try:
            zones_appeals.answer_appeal(appeal=row.pk, **form.values(), by=seen.actor, at=seen.at)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, said(error))
        else:
            messages.success(request, _("The appeal is answered."))
            return redirect("zone", zone=row.zone_id)
    return _page(request, _zone(row.zone_id), {"answer": form}, 422)


# --- on the first page --------------------------------------------------------------------------------------------


def waiting(seen: Sight) -> dict[str, Any]:
    """What waits for this seat's signature: proposals, raised zones, late reviews, open appeals. For the first page."""
    rows = chosen(seen, {"state": "open"})
    wanted = rows.filter(Q(state=ZoneState.PROPOSED) | ~Q(pending_kind="") | late(seen))
    shown = list(wanted.order_by("-state", *ORDER)[:12])
    dressed(shown, seen)
    appeals = (
        Appeal.objects.filter(zone__outbreak=seen.outbreak, state=AppealState.OPEN)
        .exclude(zone__signed_by=seen.user.pk)
        .select_related("zone")
        .order_by("answer_by", "pk")
    )
    open_appeals = list(appeals[:12])
    count = wanted.count() if len(shown) == 12 else len(shown)  # as shown
    return {"zones": shown, "appeals": open_appeals, "count": count + len(open_appeals)}


urlpatterns = [
    path("zones", zones, name="zones"),
    path("zones/<int:zone>", zone, name="zone"),
    path("zones/<int:zone>/<slug:form>", zone_act, name="zone-act"),
    path("zones/appeals/<int:appeal>/read", appeal_read, name="zone-appeal-read"),
    path("zones/appeals/<int:appeal>/answer", appeal_answer, name="zone-appeal-answer"),
]
