"""Who is a contact, why, and until when? The list, the page of one, and what may be done about it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from liankong.actions import Forbidden, Refused
from liankong.actions import tracing_contacts as verbs
from liankong.store.models import Check, Contact, Entry, Exposure, Order
from liankong.store.tracing_why import why
from liankong.vocabulary.kinds import CheckKind, CheckState
from liankong.web import contacts_list as listing
from liankong.web.cases_story import Step, names_of
from liankong.web.contacts_forms import AmendForm, ControlForm, RejectForm, ReleaseForm
from liankong.web.contacts_words import sentence, told
from liankong.web.context import Sight, sight
from liankong.web.desk import user_names
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said

ENTRIES_SHOWN = 200


@require_GET
def contacts(request: HttpRequest) -> HttpResponse:
    """The list, filtered by the address alone, so that an address can be sent to a colleague."""
    seen = sight(request)
    query = request.GET.dict()
    page = paginate(listing.select(query, seen), order=listing.ORDER, query=query)
    listing.with_strongest(page.rows)
    bar = listing.filters(query, seen)
    context = {
        "page": page,
        "filters": bar,
        "query": query,
        "narrowed": any(item.value for item in bar)
        or any(query.get(name) for name in ("q", "release", "case")),
        "live_after": position(),
    }
    partial = request.headers.get("HX-Target") == "results"
    return render(request, "contacts/rows.html" if partial else "contacts/contacts.html", context)


# --- one contact -------------------------------------------------------------------------------------------------

FORMS: dict[str, tuple[type[forms.Form], Any, str]] = {
    "control": (ControlForm, verbs.control, "tracing.check"),
    "release": (ReleaseForm, verbs.release, "tracing.sign"),
}


@require_GET
def contact(request: HttpRequest, contact: int) -> HttpResponse:
    return _page(request, _contact(contact), {}, 200)


def _contact(pk: int) -> Contact:
    return get_object_or_404(Contact.objects.select_related("outbreak", "case"), pk=pk)


def _page(request: HttpRequest, row: Contact, bound: dict[str, forms.Form], status: int) -> HttpResponse:
    seen = sight(request)
    answer = why(row, at=seen.at)
    linked = {met["via"] for met in answer["exposures"] if met["via"]}
    context = {
        "contact": row,
        "why": told(answer),
        "signer": user_names([row.signed_by_id]).get(row.signed_by_id or 0, ""),
        "checks": _checks(row),
        "orders": _orders(row, seen),
        "steps": _steps(row, seen),
        "seen_contacts": set(Contact.objects.filter(pk__in=linked).values_list("pk", flat=True)),
        "forms": _forms(row, bound, seen),
        "reject": bound.get("reject") or RejectForm(),
        "amend": bound.get("amend") or AmendForm(),
        "open_form": next(iter(bound), ""),
        "live_after": position(),
    }
    return render(request, "contacts/contact.html", context, status=status)


def _forms(row: Contact, bound: dict[str, forms.Form], seen: Sight) -> dict[str, forms.Form]:
    """What may be done now, by this seat."""
    fits = {"control": row.state == "confirmed", "release": row.state in ("confirmed", "controlled")}
    return {
        name: bound.get(name) or form()
        for name, (form, _verb, permission) in FORMS.items()
        if fits[name] and seen.may(permission)
    }


def _checks(row: Contact) -> list[dict[str, Any]]:
    """The schedule by days: each with its tests and temperatures."""
    days: dict[Any, dict[str, Any]] = {}
    checks = Check.objects.filter(contact=row).exclude(state=CheckState.CANCELLED)
    for check in checks.order_by("due_on", "kind", "turn"):
        day = days.setdefault(check.due_on, {"on": check.due_on, "day": check.day, "tests": [], "rest": []})
        day["tests" if check.kind == CheckKind.TEST else "rest"].append(check)
    return list(days.values())


def _orders(row: Contact, seen: Sight) -> list[Order]:
    rows = list(Order.objects.filter(person=row.person_id).order_by("-issued_at", "-pk")[:20])
    names = organisation_names({order.addressee_id for order in rows}, seen.at)
    for order in rows:
        order.addressee_name = names.get(order.addressee_id, "")  # type: ignore[attr-defined]  # for the template
    return rows


def _steps(row: Contact, seen: Sight) -> list[Step]:
    entries = list(
        Entry.objects.filter(subject_kind="contact", subject=row.pk).order_by("-pk")[:ENTRIES_SHOWN]
    )
    names = names_of(entries, seen)
    here = {entry.pk: entry.kind for entry in entries}
    return [
        Step(
            id=entry.pk,
            kind=entry.kind,
            at=entry.occurred_at,
            text=sentence(entry.kind, entry.body),
            who=names.get((entry.by, entry.post), ""),
            rule=entry.rule,
            protocol=entry.protocol,
            cause=entry.cause,
            cause_kind=here.get(entry.cause or 0, ""),
            cause_here=entry.cause in here,
        )
        for entry in entries
    ]


@require_POST
def contact_act(request: HttpRequest, contact: int, form: str) -> HttpResponse:
    """Put under control, or release. The rules may refuse; then the page comes back with the reason."""
    if form not in FORMS:
        raise Http404
    kind, verb, _permission = FORMS[form]
    row, seen = _contact(contact), sight(request)
    filled: Any = kind(request.POST)
    if filled.is_valid():
        try:
            verb(contact=row.pk, **filled.values(), by=seen.actor, at=seen.at)
        except (Refused, Forbidden) as error:
            _refuse(filled, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("contact", contact=row.pk)
    return _page(request, row, {form: filled}, 422)


@require_POST
def contact_sign(request: HttpRequest, contact: int) -> HttpResponse:
    """Sign the proposal of one contact."""
    row, seen = _contact(contact), sight(request)
    try:
        verbs.sign(contacts=[row.pk], by=seen.actor, at=seen.at)
    except (Refused, Forbidden) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("contact", contact=row.pk)


@require_POST
def contact_reject(request: HttpRequest, contact: int) -> HttpResponse:
    """Judge that somebody is no contact, with the reason."""
    row, seen = _contact(contact), sight(request)
    filled = RejectForm(request.POST)
    if filled.is_valid():
        try:
            verbs.reject(contacts=[row.pk], reason=filled.cleaned_data["reason"], by=seen.actor, at=seen.at)
        except (Refused, Forbidden) as error:
            _refuse(filled, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("contact", contact=row.pk)
    return _page(request, row, {"reject": filled}, 422)


@require_POST
def exposure_amend(request: HttpRequest, exposure: int) -> HttpResponse:
    """Correct what is known of one meeting; class and dates follow at once."""
    met = get_object_or_404(Exposure, pk=exposure)
    row, seen = _contact(met.contact_id), sight(request)
    filled = AmendForm(request.POST)
    if filled.is_valid():
        try:
            verbs.amend_exposure(exposure=met.pk, **filled.values(), by=seen.actor, at=seen.at)
        except (Refused, Forbidden) as error:
            _refuse(filled, error)
        else:
            messages.success(request, _("Recorded; class and dates were worked out anew."))
            return redirect("contact", contact=row.pk)
    return _page(request, row, {"amend": filled}, 422)


def _refuse(form: forms.Form, error: Refused | Forbidden) -> None:
    field = getattr(error, "field", "")
    form.add_error(field if field in form.fields else None, said(error))


urlpatterns = [
    path("contacts", contacts, name="contacts"),
    path("contacts/<int:contact>", contact, name="contact"),
    path("contacts/<int:contact>/sign", contact_sign, name="contact-sign"),
    path("contacts/<int:contact>/reject", contact_reject, name="contact-reject"),
    path("contacts/<int:contact>/<slug:form>", contact_act, name="contact-act"),
    path("contacts/meetings/<int:exposure>", exposure_amend, name="contact-amend"),
]
