"""Whom did they meet? People of an interview one by one at speed, a household in one click, a roster in one file."""

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.base import File
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Refused
from liankong.actions import tracing_contacts as verbs
from liankong.exchange.roster import RosterError, read_roster
from liankong.exchange.tables import TableError
from liankong.store.models import Case, Contact, Exposure
from liankong.store.tracing_proposals import Proposed
from liankong.vocabulary.kinds import ExposureKind, FactSource
from liankong.web import contacts_list as listing
from liankong.web.contacts_forms import InterviewForm, RosterForm, between
from liankong.web.contacts_words import filled
from liankong.web.context import sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.faults import say
from liankong.web.words import said

INVESTIGATE = "tracing.investigate"
LATEST = 12
IN_CARD = 8
REJECTED_SHOWN = 200


@never_cache
@require_http_methods(["GET", "POST"])
@needs(INVESTIGATE)
def contacts_new(request: HttpRequest) -> HttpResponse:
    """The interview's page: one row of fields, Enter takes it, the next one begins where the last one left."""
    seen = sight(request)
    case, via = _met(request)
    kept = {name: request.GET[name] for name in ("kind", "from_at", "until_at") if name in request.GET}
    form = InterviewForm(initial={**between(seen.at), **kept}, scope=seen.division)
    if request.method == "POST":
        form = InterviewForm(request.POST, scope=seen.division)
        if form.is_valid():
            try:
                found = verbs.propose_named(
                    who=form.who(),
                    met=form.met(),
                    case=case.pk if case else None,
                    via=via.pk if via else None,
                    by=seen.actor,
                    at=seen.at,
                )
            except Refused as error:
                refuse(form, error)
            else:
                tone, text = _outcome(found)
                getattr(messages, tone)(request, text)
                again = request.GET.copy()
                for name in ("kind", "from_at", "until_at"):
                    again[name] = request.POST[f"met-{name}"]
                return redirect(f"{request.path}?{again.urlencode()}")
    context = {
        "form": form,
        "case": case,
        "via": via,
        "latest": _latest(case, via),
    }
    return render(request, "contacts/new.html", context, status=status_of(request))


def _outcome(found: Proposed) -> tuple[str, str]:
    """What came of one meeting, in a sentence."""
    if found.nobody:
        _place, why = found.nobody[0]
        return "warning", _("Not a contact: %(why)s") % {"why": filled(why.reason, why.values)}
    if found.duplicate:
        return "info", _("This meeting is on record already.")
    if found.proposed:
        return "success", _("Proposed; it waits for a signature.")
    return "success", _("The meeting was added; the person is a contact already.")


def _met(request: HttpRequest) -> tuple[Case | None, Contact | None]:
    """Whom the people have met, as the address says it."""
    case, via = request.GET.get("case", ""), request.GET.get("via", "")
    if case.isdecimal():
        return get_object_or_404(Case.objects.select_related("outbreak"), pk=case), None
    if via.isdecimal():
        return None, get_object_or_404(Contact.objects.select_related("outbreak"), pk=via)
    raise Http404


def _latest(case: Case | None, via: Contact | None) -> list[Exposure]:
    rows = Exposure.objects.filter(case=case, via=via).select_related("contact")
    return list(rows.order_by("-pk")[:LATEST])


@require_POST
@needs(INVESTIGATE)
def contacts_household(request: HttpRequest, case: int) -> HttpResponse:
    """Whoever lives with the case, in one click."""
    row, seen = get_object_or_404(Case, pk=case), sight(request)
    found = verbs.propose_household(case=row.pk, by=seen.actor, at=seen.at)
    if found.nobody and not found.proposed:
        messages.warning(request, _outcome(found)[1])
    elif not found.rows:
        messages.info(request, _("The register knows nobody who lives with this person."))
    else:
        text = ngettext("%(n)s person proposed.", "%(n)s people proposed.", len(found.proposed))
        messages.success(request, text % {"n": len(found.proposed)})
    return redirect(f"{reverse('case', args=[row.pk])}#contacts")


# --- a roster ----------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
@needs(INVESTIGATE)
def contacts_roster(request: HttpRequest) -> HttpResponse:
    """A class, a shift or a passenger list, from a file. The file itself is not kept."""
    seen = sight(request)
    case, _via = _met(request)
    if case is None:
        raise Http404
    form, account = RosterForm(initial=between(seen.at)), None
    if request.method == "POST":
        form = RosterForm(request.POST, request.FILES)
        if form.is_valid():
            account = _take(form, case, seen)
    context = {
        "form": form,
        "case": case,
        "account": account,
        "rejected": _shown(account),
    }
    status = 200 if account is not None else status_of(request)
    return render(request, "contacts/roster.html", context, status=status)


def _take(form: RosterForm, case: Case, seen: Any) -> verbs.Account | None:
    data = form.cleaned_data
    try:
        with tempfile.TemporaryDirectory(prefix="roster-") as folder:
            roster = read_roster(_written(data["file"], Path(folder)))
        return verbs.propose_roster(
            case=case.pk,
            roster=roster,
            kind=ExposureKind(data["kind"]),
            from_at=data["from_at"],
            until_at=data["until_at"],
            source=FactSource(data["source"]),
            by=seen.actor,
            at=seen.at,
        )
    except (TableError, RosterError) as error:
        form.add_error("file", say(str(error)))
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, said(error))
    return None


def _written(file: "File[bytes]", folder: Path) -> Path:
    """The upload as a file that the reader can open; it goes with its folder."""
    target = folder / ("roster.xlsx" if str(file.name).lower().endswith((".xlsx", ".xls")) else "roster.csv")
    with target.open("wb") as out:
        for chunk in file.chunks():
            out.write(chunk)
    return target


def _shown(account: verbs.Account | None) -> list[dict[str, object]]:
    if account is None:
        return []
    return [
        {"row": fault.row, "field": fault.field, "reason": say(fault.reason)}
        for fault in account.rejected[:REJECTED_SHOWN]
    ]


# --- the card on a case's page -----------------------------------------------------------------------------------


@require_GET
def contacts_of_case(request: HttpRequest, case: int) -> HttpResponse:
    """How many contacts a case has, where they stand, and the newest of them."""
    row = get_object_or_404(Case, pk=case)
    shown = list(listing.select({"case": str(row.pk)}, sight(request)).order_by(*listing.ORDER)[:IN_CARD])
    listing.with_strongest(shown)
    context = {"case": row, "counts": listing.counts_of_case(row.pk), "rows": shown}
    return render(request, "contacts/of_case.html", context)


urlpatterns = [
    path("contacts/new", contacts_new, name="contacts-new"),
    path("contacts/roster", contacts_roster, name="contacts-roster"),
    path("contacts/household/<int:case>", contacts_household, name="contacts-household"),
    path("contacts/of-case/<int:case>", contacts_of_case, name="contacts-of-case"),
]
