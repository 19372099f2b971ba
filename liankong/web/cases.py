"""Who is infected, how ill, where from, and why do we say so? The list of cases and the page of one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from liankong import protocols
from liankong.actions import Forbidden, Refused, registry
from liankong.actions import cases as verbs
from liankong.store.models import Case, CaseLink, Exposure, Identity, Investigation, Person, Result
from liankong.vocabulary.kinds import PersonClass
from liankong.vocabulary.spans import local_day
from liankong.web import cases_list as listing
from liankong.web.cases_forms import ClassifyForm, CourseForm, ReportForm, RevealForm, SourceForm, local_text
from liankong.web.cases_story import story
from liankong.web.context import Sight, sight
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said

SUGGESTED = 12
RESULTS_SHOWN = 20


@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    """The list, filtered and ordered by the address alone, so that an address can be sent to a colleague."""
    seen = sight(request)
    query = request.GET.dict()
    sort, order = listing.ordering(query)
    chosen = listing.with_onset_key(listing.select(query, seen))
    page = paginate(chosen, order=order, query=query)
    listing.with_people(page.rows)
    bar = listing.filters(query, seen)
    context = {
        "page": page,
        "sort": sort,
        "filters": bar,
        "query": query,
        "narrowed": any(item.value for item in bar)
        or any(query.get(name) for name in ("q", "since", "until", "confirmed_on", "as_of")),
        "position": position(),
    }
    template = "cases/rows.html" if request.headers.get("HX-Target") == "results" else "cases/cases.html"
    return render(request, template, context)


@require_GET
def cases_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The rows that the filters choose, identifiers only."""
    seen = sight(request)
    rows = listing.export_rows(listing.select(request.GET.dict(), seen))
    name = f"cases-{seen.outbreak.code if seen.outbreak else 'none'}-{local_day(seen.at).isoformat()}.{kind}"
    if kind == "csv":
        response = HttpResponse(listing.as_csv(rows), content_type="text/csv; charset=utf-8")
    else:
        excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response = HttpResponse(listing.as_excel(rows), content_type=excel)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def cases_suggest(request: HttpRequest) -> HttpResponse:
    """Numbers of cases of this outbreak that begin as typed, for the infector's field."""
    text = request.GET.get("source-infector", "").strip()
    rows = listing.select({"q": text}, sight(request)).order_by("number")[:SUGGESTED] if text else []
    return render(request, "cases/suggest.html", {"rows": rows})


# --- one case -----------------------------------------------------------------------------------------------------

FORMS: dict[str, tuple[type[forms.Form], Any, str]] = {
    "classify": (ClassifyForm, verbs.classify, "cases.classify"),
    "course": (CourseForm, verbs.record_course, "cases.course"),
    "source": (SourceForm, verbs.set_source, "cases.source"),
    "report": (ReportForm, verbs.report, "cases.report"),
}


def _initial(case: Case, link: CaseLink | None) -> dict[str, dict[str, Any]]:
    return {
        "classify": {"classification": case.classification, "severity": case.severity},
        "course": {
            "onset_on": case.onset_on,
            "admitted_at": local_text(case.admitted_at),
            "outcome": case.outcome,
            "outcome_at": local_text(case.outcome_at),
            "severity": case.severity,
        },
        "source": {
            "origin": case.origin,
            "origin_place": case.origin_place,
            "infector": link.infector_number if link else "",
            "exposure": case.exposure,
        },
        "report": {},
    }


@require_GET
def case(request: HttpRequest, case: int) -> HttpResponse:
    return _page(request, _case(case), {}, 200)


def _case(pk: int) -> Case:
    return get_object_or_404(Case.objects.select_related("place", "result__tube"), pk=pk)


def _page(request: HttpRequest, row: Case, bound: dict[str, forms.Form], status: int) -> HttpResponse:
    """The whole page. A form that was refused comes back bound; the others start from what stands."""
    seen = sight(request)
    links = list(CaseLink.objects.filter(case=row).select_related("infector").order_by("rank", "pk"))
    main = next((link for link in links if link.rank == 1), None)
    orders = list(row.orders.order_by("-issued_at", "-pk"))
    names = organisation_names(
        {order.addressee_id for order in orders} | ({row.hospital_id} if row.hospital_id else set()), seen.at
    )
    for order in orders:
        order.addressee_name = names.get(order.addressee_id, "")  # type: ignore[attr-defined]  # for the template
    initial = _initial(row, main)
    shown = {
        name: bound.get(name) or form(initial=initial[name])
        for name, (form, _verb, permission) in FORMS.items()
        if seen.may(permission) and not (name == "report" and row.reported_at)
    }
    context = {
        "case": row,
        "person": Person.objects.filter(pk=row.person_id).first(),
        "links": links,
        "infected": list(
            Case.objects.filter(links__infector=row, links__rank=1).order_by("onset_on", "number")
        ),
        "orders": orders,
        "hospital": names.get(row.hospital_id or 0, row.hospital_name),
        "results": _results(row),
        "steps": story(row, orders, seen),
        "forms": shown,
        "open_form": next(iter(bound), ""),
        "reveal": RevealForm() if seen.may("registry.reveal") else None,
        "has_identity": Identity.objects.filter(person_id=row.person_id).exists(),
        "live_after": position(),
    }
    return render(request, "cases/case.html", context | _ways(row, seen), status=status)


def _ways(row: Case, seen: Sight) -> dict[str, Any]:
    """Where one goes from a case: what stands about it, and whether a zone may be proposed around it."""
    ours = seen.outbreak if seen.outbreak and seen.outbreak.pk == row.outbreak_id else None
    return {
        # Cases that came with a line list have none.
        "investigation": Investigation.objects.filter(case=row).values_list("pk", flat=True).first(),
        "has_contacts": Exposure.objects.filter(case=row).exists(),
        "may_zone": ours is not None
        and row.classification != PersonClass.EXCLUDED
        and seen.may("zones.propose")
        and protocols.load(ours.protocol).has("zones"),
    }


def _results(row: Case) -> list[Result]:
    """Findings on any tube that held this person's swab."""
    return list(
        Result.objects.filter(tube__members=row.person_id)
        .select_related("tube")
        .order_by("-resulted_at")[:RESULTS_SHOWN]
    )


@require_POST
def case_act(request: HttpRequest, case: int, form: str) -> HttpResponse:
    """Say something about a case. The rules may refuse; then the page comes back with the reason at its field."""
    if form not in FORMS:
        raise Http404
    kind, verb, _permission = FORMS[form]
    row, seen = _case(case), sight(request)
    filled: Any = kind(request.POST)
    if filled.is_valid():
        try:
            verb(case=row.pk, **filled.values(), by=seen.actor, at=seen.at)
        except Refused as error:
            filled.add_error(error.field if error.field in filled.fields else None, said(error))
        except Forbidden as error:
            filled.add_error(None, said(error))
        else:
            messages.success(request, _("Recorded."))
            return redirect("case", case=row.pk)
    return _page(request, row, {form: filled}, 422)


@never_cache
@require_POST
def case_identity(request: HttpRequest, case: int) -> HttpResponse:
    """Open sealed fields of the case's person, for a reason that is on record before anything is shown."""
    row, seen = _case(case), sight(request)
    form = RevealForm(request.POST)
    opened: dict[str, str] = {}
    status = 422
    if form.is_valid():
        wanted = tuple(form.cleaned_data["fields_wanted"])
        try:
            opened = registry.reveal(
                person=row.person_id, fields=wanted, why=form.cleaned_data["why"], by=seen.actor, at=seen.at
            )
            status = 200
        except (Refused, Forbidden) as error:
            form.add_error(None, said(error))
    return render(
        request,
        "cases/identity.html",
        {"case": row, "reveal": form, "opened": opened, "has_identity": True},
        status=status,
    )


urlpatterns = [
    path("cases", cases, name="cases"),
    path("cases/export.csv", cases_export, {"kind": "csv"}, name="cases-csv"),
    path("cases/export.xlsx", cases_export, {"kind": "xlsx"}, name="cases-excel"),
    path("cases/suggest", cases_suggest, name="cases-suggest"),
    path("cases/<int:case>", case, name="case"),
    path("cases/<int:case>/identity", case_identity, name="case-identity"),
    path("cases/<int:case>/<slug:form>", case_act, name="case-act"),
]
