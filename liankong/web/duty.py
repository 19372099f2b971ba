"""Who is on duty now, who next, when is nobody, and what did the last shift leave behind?"""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Forbidden, Refused
from liankong.actions import duty as verbs
from liankong.exchange.duty_roster import read_duty
from liankong.exchange.icalendar_duty import MEDIA_TYPE, Duty, calendar
from liankong.exchange.tables import TableError
from liankong.protocols.inside import inside
from liankong.rules.duty import MOST_DAYS
from liankong.store import duty as store
from liankong.store import orders
from liankong.store.models import Handover, Organisation, Shift
from liankong.store.organisations import terms
from liankong.vocabulary.spans import local, local_day
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, refuse, status_of, user_names
from liankong.web.duty_forms import PLANS, HandoverForm, laid_down, people_of
from liankong.web.faults import say
from liankong.web.live import position
from liankong.web.places import organisation_names, post_title
from liankong.web.words import said

WEEK = timedelta(days=7)
FIRST_YEAR, LAST_YEAR = 1900, 2200
NOTES_SHOWN = 10
BODIES_SHOWN = 60
REJECTS_SHOWN = 50


# --- whose roster -----------------------------------------------------------------------------------------------


def bodies(seen: Sight) -> list[tuple[int, str]]:
    """The seat's organisation and those that answer to it directly, by name."""
    if seen.seat is None:
        return []
    below = terms(seen.at).filter(parent=seen.seat.organisation).order_by("organisation__division", "pk")
    keys = [seen.seat.organisation, *below.values_list("organisation", flat=True)[:BODIES_SHOWN]]
    names = organisation_names(keys, seen.at)
    return [(key, names.get(key, f"#{key}")) for key in dict.fromkeys(keys)]


def _body(request: HttpRequest, seen: Sight) -> Organisation:
    """The body that the address asks for, else the seat's own."""
    asked = request.GET.get("organisation", "")
    own = seen.seat.organisation if seen.seat else None
    key = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else own
    row = Organisation.objects.filter(pk=key).first() if key is not None else None
    if row is None or not row.division.startswith(seen.division):
        raise Http404
    return row


def _first(request: HttpRequest, seen: Sight) -> datetime:
    """The local midnight with which the shown week begins."""
    try:
        day = datetime.fromisoformat(request.GET.get("from", "")).date()
    except ValueError:
        day = local_day(seen.at)
    # An address may name any day; beyond these the calendar itself ends.
    return local(day if FIRST_YEAR <= day.year <= LAST_YEAR else local_day(seen.at))


# --- the page -----------------------------------------------------------------------------------------------------


@require_GET
def duty(request: HttpRequest) -> HttpResponse:
    """Who is on duty, the week's roster with its gaps, and the notes handed over."""
    return _page(request)


def _page(request: HttpRequest, bound: dict[str, forms.Form] | None = None, **more: Any) -> HttpResponse:
    seen = sight(request)
    body, start = _body(request, seen), _first(request, seen)
    end = start + WEEK
    shifts = list(store.between(body.pk, start, end))
    now = list(store.on_now(body.pk, seen.at))
    notes = list(Handover.objects.filter(organisation=body).order_by("-at", "-pk")[:NOTES_SHOWN])
    people = {row.user_id for row in (*shifts, *now)} | {note.by_id for note in notes}
    names = user_names([*people, *(note.taken_by_id for note in notes)])
    watched = seen.at + inside().duty.watched.value
    mine = seen.seat is not None and body.pk == seen.seat.organisation
    may_plan = (
        seen.may("duty.plan") and store.planned_by(body.pk, seen.actor.organisation, seen.at) is not None
    )
    context = {
        "body": body,
        "body_name": organisation_names([body.pk], seen.at).get(body.pk, body.code),
        "bodies": bodies(seen),
        "now": [_line(row, names) for row in now],
        "stand_in": [] if now else _stand_in(body.pk, seen),
        "days": _days(shifts, start, names),
        "gaps": store.gaps_of(body.pk, seen.at, watched),
        "watched": watched,
        "first": local_day(start),
        "before": local_day(start - WEEK),
        "after": local_day(end),
        "notes": [_note(note, names, seen) for note in notes],
        "mine": mine,
        "may_plan": may_plan,
        "forms": _forms(body, seen, bound or {}) if may_plan else {},
        "handover": (bound or {}).get("handover") or HandoverForm(),
        "may_write": mine and seen.may("duty.hand_over"),
        "figures": store.figures(body.pk, seen.at) if mine else None,
        "live_after": position(),
    }
    return render(request, "duty/duty.html", context | more, status=status_of(request))


def _line(row: Shift, names: dict[int, str]) -> dict[str, Any]:
    post = row.post
    return {
        "shift": row,
        "name": names.get(row.user_id, f"#{row.user_id}"),
        "post": post_title(post.title, post.role) if post else "",
    }


def _days(shifts: list[Shift], start: datetime, names: dict[int, str]) -> list[dict[str, Any]]:
    """The week day by day; a night shift stands on the day on which it begins, or on the first shown."""
    first = local_day(start)
    rows: dict[Any, list[dict[str, Any]]] = {first + timedelta(days=number): [] for number in range(7)}
    for row in shifts:
        rows[max(local_day(row.from_at), first)].append(_line(row, names))
    return [{"day": day, "lines": lines} for day, lines in rows.items()]


def _stand_in(body: int, seen: Sight) -> list[str]:
    """Who has the orders while nobody is on duty: the holders of the body's posts."""
    return sorted(user_names(orders.recipients(body, seen.at).values_list("pk", flat=True)[:12]).values())


def _note(row: Handover, names: dict[int, str], seen: Sight) -> dict[str, Any]:
    return {
        "note": row,
        "by": names.get(row.by_id, f"#{row.by_id}"),
        "taken_by": names.get(row.taken_by_id or 0, ""),
        "may_take": row.taken_at is None
        and row.by_id != seen.user.pk
        and seen.may("duty.hand_over")
        and seen.actor.organisation == row.organisation_id,
    }


# --- planning -----------------------------------------------------------------------------------------------------


def _forms(body: Organisation, seen: Sight, bound: dict[str, forms.Form]) -> dict[str, forms.Form]:
    people = people_of(body, seen.at)
    starts = {"first": local_day(seen.at)}
    return {
        name: bound.get(name) or kind(people=people, initial=starts if name == "pattern" else None)
        for name, kind in PLANS.items()
    }


@require_POST
@needs("duty.plan")
def duty_plan(request: HttpRequest, how: str) -> HttpResponse:
    """Plan by hand, by pattern or by list; what was not taken comes back with its reason."""
    if how not in PLANS:
        raise Http404
    seen = sight(request)
    body = _body(request, seen)
    form = PLANS[how](request.POST, request.FILES, people=people_of(body, seen.at))
    if not form.is_valid():
        return _page(request, {how: form}, open_form=how)
    by: dict[str, Any] = {"organisation": body.pk, "by": seen.actor, "at": seen.at}
    try:
        if how == "list":
            with laid_down(form.cleaned_data["file"]) as file:
                planned = verbs.plan_list(roster=read_duty(file), **by)
        elif how == "pattern":
            planned = verbs.plan_pattern(**form.values(), **by)
        else:
            planned = verbs.plan(**form.values(), **by)
    except Refused as error:
        refuse(form, error)
        return _page(request, {how: form}, open_form=how)
    except TableError as error:
        form.add_error("file", say(str(error)))
        return _page(request, {how: form}, open_form=how)
    if planned.rejected:
        rejected = planned.rejected[:REJECTS_SHOWN]
        return _page(request, {how: form}, open_form=how, planned=planned, rejected=rejected)
    messages.success(request, _counted(planned))
    response = redirect("duty")
    response["Location"] += f"?organisation={body.pk}"
    return response


def _counted(planned: verbs.Planned) -> str:
    text = ngettext("%(count)s shift planned.", "%(count)s shifts planned.", planned.accepted)
    words = text % {"count": planned.accepted}
    if planned.duplicate:
        more = ngettext("%(count)s stood already.", "%(count)s stood already.", planned.duplicate)
        words = f"{words} {more % {'count': planned.duplicate}}"
    return words


@require_POST
@needs("duty.plan")
def duty_remove(request: HttpRequest, shift: int) -> HttpResponse:
    seen = sight(request)
    row = Shift.objects.filter(pk=shift).first()
    try:
        verbs.remove(shift=shift, reason=request.POST.get("reason", ""), by=seen.actor, at=seen.at)
    except (Refused, Forbidden) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("The shift is off the roster."))
    response = redirect("duty")
    if row is not None:
        response["Location"] += f"?organisation={row.organisation_id}"
    return response


# --- handover ------------------------------------------------------------------------------------------------------


@require_POST
@needs("duty.hand_over")
def duty_hand_over(request: HttpRequest) -> HttpResponse:
    """Write the note; how the orders stand is counted at this moment and goes with it."""
    seen = sight(request)
    form = HandoverForm(request.POST)
    if form.is_valid():
        try:
            verbs.hand_over(text=form.cleaned_data["text"], by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("Handed over. The next shift takes it."))
            return redirect("duty")
    return _page(request, {"handover": form})


@require_POST
@needs("duty.hand_over")
def duty_take_over(request: HttpRequest, handover: int) -> HttpResponse:
    seen = sight(request)
    try:
        verbs.take_over(handover=handover, by=seen.actor, at=seen.at)
    except (Refused, Forbidden) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("You have taken over."))
    return redirect("home" if request.POST.get("next") == "home" else "duty")


def untaken(seen: Sight) -> dict[str, Any]:
    """Notes that wait for somebody of this organisation to take over, the oldest first."""
    notes = Handover.objects.filter(organisation=seen.actor.organisation, taken_at__isnull=True)
    notes = notes.exclude(by=seen.user.pk)
    return {"notes": list(notes.order_by("at", "pk")[:NOTES_SHOWN]), "count": notes.count()}


# --- for calendars -------------------------------------------------------------------------------------------------


def roster_calendar(body: Organisation, at: datetime, *, mine: int | None = None) -> bytes:
    """The roster of a body from a week ago on, as far as it is planned; of one user alone with `mine`."""
    rows = store.between(body.pk, at - WEEK, at + timedelta(days=MOST_DAYS))
    if mine is not None:
        rows = rows.filter(user=mine)
    found = list(rows)
    name = organisation_names([body.pk], at).get(body.pk, body.code)
    names = user_names(row.user_id for row in found)
    duties = [
        Duty(
            uid=f"shift-{row.pk}@liankong",
            summary=_("Duty: %(who)s") % {"who": names.get(row.user_id, f"#{row.user_id}")}
            + (f" ({_('leads')})" if row.leads else ""),
            from_at=row.from_at,
            until_at=row.until_at,
            description=name,
        )
        for row in found
    ]
    return calendar(duties, name=_("Duty roster: %(who)s") % {"who": name}, stamped_at=at)


@require_GET
def duty_calendar(request: HttpRequest) -> HttpResponse:
    """The roster as a file that calendars open."""
    seen = sight(request)
    body = _body(request, seen)
    mine = seen.user.pk if request.GET.get("mine") else None
    response = HttpResponse(roster_calendar(body, seen.at, mine=mine), content_type=MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="duty-{body.pk}.ics"'
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET"])
def duty_now(request: HttpRequest) -> HttpResponse:
    """Who is on duty in each body of the seat's command at this hour."""
    seen = sight(request)
    known = bodies(seen)
    rows = list(
        Shift.objects.filter(
            organisation__in=[key for key, _name in known], from_at__lte=seen.at, until_at__gt=seen.at
        )
        .select_related("post")
        .order_by("-leads", "from_at", "pk")
    )
    names = user_names(row.user_id for row in rows)
    by_body: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_body.setdefault(row.organisation_id, []).append(_line(row, names))
    context = {"rows": [(key, name, by_body.get(key, [])) for key, name in known], "live_after": position()}
    return render(request, "duty/now.html", context)


urlpatterns = [
    path("duty", duty, name="duty"),
    path("duty/now", duty_now, name="duty-now"),
    path("duty/plan/<slug:how>", duty_plan, name="duty-plan"),
    path("duty/shifts/<int:shift>/remove", duty_remove, name="duty-remove"),
    path("duty/handovers/new", duty_hand_over, name="duty-hand-over"),
    path("duty/handovers/<int:handover>/take", duty_take_over, name="duty-take-over"),
    path("duty/calendar.ics", duty_calendar, name="duty-calendar"),
]
