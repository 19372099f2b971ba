"""Whom are we asked for, whom do we ask, and what became of it? The boards and the page of one inquiry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Forbidden, Refused, inquiries_in, inquiries_out
from liankong.protocols.standing import IdentityField
from liankong.rules.inquiries import WORKING, next_states, open_clocks
from liankong.rules.inquiries_disclosure import Disclosure
from liankong.store.models import Entry, Inquiry, InquiryJob
from liankong.vocabulary.kinds import InquiryState, InquirySubject, PersonClass
from liankong.web import inquiries_list as listing
from liankong.web.context import Sight, sight
from liankong.web.desk import refuse, user_names
from liankong.web.inquiries_forms import (
    KEYS,
    AddressForm,
    AnswerForm,
    ForwardForm,
    LinkForm,
    ReasonForm,
    RegisterForm,
    WhyForm,
    outcomes,
)
from liankong.web.live import position
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import said

S = InquiryState
ENTRIES_SHOWN = 50


@require_GET
def inquiries(request: HttpRequest) -> HttpResponse:
    """The boards, filtered and ordered by the address alone."""
    seen = sight(request)
    query = request.GET.dict()
    page = paginate(listing.select(query, seen), order=listing.ordering(query), query=query)
    listing.with_names(page.rows, seen.at)
    context = {
        "page": page,
        "tab": listing.tab_of(query),
        "counts": listing.counts(seen),
        "filters": listing.filters(query),
        "query": query,
        "narrowed": any(query.get(name) for name in ("state", "subject", "late", "q")),
        "live_after": position(),
    }
    part = request.headers.get("HX-Target") == "results"
    return render(request, "inquiries/rows.html" if part else "inquiries/inquiries.html", context)


MANY: dict[str, tuple[Callable[..., list[Inquiry]], str, Callable[[int], str]]] = {
    "send": (
        inquiries_out.send,
        "drafts",
        lambda n: ngettext("%(n)d inquiry is sent.", "%(n)d inquiries are sent.", n) % {"n": n},
    ),
    "receive": (
        inquiries_in.receive,
        "in",
        lambda n: (
            ngettext("%(n)d inquiry is acknowledged.", "%(n)d inquiries are acknowledged.", n) % {"n": n}
        ),
    ),
    "close": (
        inquiries_out.close,
        "answers",
        lambda n: ngettext("%(n)d inquiry is closed.", "%(n)d inquiries are closed.", n) % {"n": n},
    ),
}


@require_POST
def many(request: HttpRequest, verb: str) -> HttpResponse:
    """One verb on everything that was ticked, all or none."""
    if verb not in MANY:
        raise Http404
    run, tab, done = MANY[verb]
    seen = sight(request)
    chosen = [int(key) for key in request.POST.getlist("inquiry") if key.isdecimal() and len(key) < 19]
    try:
        rows = run(inquiries_of=chosen, by=seen.actor, at=seen.at)
        messages.success(request, done(len(rows)))
    except (Refused, Forbidden) as error:
        messages.error(request, said(error))
    return redirect(_address(tab))


def _address(tab: str) -> str:
    from django.urls import reverse

    return f"{reverse('inquiries')}?tab={tab}"


# --- one inquiry --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """Something that may be done with an inquiry: its form, the verb, who is offered it, and from which states."""

    form: type[Any] | None
    run: Callable[..., object]
    permission: str
    sender: bool
    states: frozenset[InquiryState]
    done: Callable[[], str]
    many: bool = False


ACTS: dict[str, Act] = {
    "address": Act(
        AddressForm,
        inquiries_out.address,
        "inquiries.handle",
        True,
        frozenset({S.DRAFT}),
        lambda: _("Recorded."),
    ),
    "send": Act(
        None,
        inquiries_out.send,
        "inquiries.send",
        True,
        frozenset({S.DRAFT}),
        lambda: _("It is sent."),
        many=True,
    ),
    "discard": Act(
        ReasonForm,
        inquiries_out.discard,
        "inquiries.handle",
        True,
        frozenset({S.DRAFT}),
        lambda: _("The draft is thrown away."),
    ),
    "receive": Act(
        None,
        inquiries_in.receive,
        "inquiries.handle",
        False,
        frozenset({S.ISSUED}),
        lambda: _("Receipt sent."),
        many=True,
    ),
    "answer": Act(
        AnswerForm, inquiries_in.answer, "inquiries.handle", False, WORKING, lambda: _("The answer is sent.")
    ),
    "forward": Act(
        ForwardForm,
        inquiries_in.forward,
        "inquiries.handle",
        False,
        frozenset({S.RECEIVED, S.CONTROLLED, S.VERIFIED, S.NOT_FOUND}),
        lambda: _("Forwarded. Until the next one's receipt it stays with you."),
    ),
    "register": Act(
        RegisterForm,
        inquiries_in.register_subject,
        "registry.register",
        False,
        WORKING,
        lambda: _("The person is registered here."),
    ),
    "link": Act(
        LinkForm, inquiries_in.link_person, "inquiries.handle", False, WORKING, lambda: _("Recorded.")
    ),
    "close": Act(
        None,
        inquiries_out.close,
        "inquiries.handle",
        True,
        frozenset({S.FEEDBACK}),
        lambda: _("It is closed."),
        many=True,
    ),
    "again": Act(
        ReasonForm,
        inquiries_out.ask_again,
        "inquiries.handle",
        True,
        frozenset({S.FEEDBACK}),
        lambda: _("It goes back to who answered."),
    ),
}


def _row(pk: int) -> Inquiry:
    rows = Inquiry.objects.select_related("outbreak", "job__order", "case", "receiver", "sender")
    return get_object_or_404(rows, pk=pk)


def _offered(row: Inquiry, seen: Sight) -> list[str]:
    """The acts that this seat may take now."""
    ours = listing.bodies(seen)
    order = row.job.order if row.job else None
    works = row.receiver_id in ours or (order is not None and order.addressee_id in ours)
    asks = (row.sender_id or row.receiver_id) in ours
    return [
        name
        for name, act in ACTS.items()
        if row.state in act.states and seen.may(act.permission) and (asks if act.sender else works)
    ]


@never_cache
@require_GET
def inquiry(request: HttpRequest, inquiry: int) -> HttpResponse:
    return _page(request, _row(inquiry), {}, 200)


def _page(request: HttpRequest, row: Inquiry, bound: dict[str, forms.Form], status: int) -> HttpResponse:
    """The whole page. A form that was refused comes back bound; the others are fresh."""
    seen = sight(request)
    offered = _offered(row, seen)
    if row.subject != InquirySubject.PERSON or (row.job and row.job.person_id):
        offered = [name for name in offered if name not in ("register", "link")]
    if not outcomes(row):
        offered = [name for name in offered if name != "answer"]
    shown: dict[str, forms.Form | None] = {}
    for name in offered:
        kind = ACTS[name].form
        shown[name] = bound.get(name) or (kind(row=row, seen=seen, prefix=name) if kind else None)
    steps = list(row.steps.order_by("pk"))
    names = organisation_names(
        {step.organisation_id for step in steps} | {key for key in (row.sender_id, row.receiver_id) if key},
        seen.at,
    )
    onward = row.forwarded_to.order_by("-pk").first()
    forward = [one for one in next_states(InquirySubject(row.subject), S(row.state)) if one in KEYS]
    chosen = row.person_id is not None and row.state == S.DRAFT
    context = {
        "inquiry": row,
        "sender": names.get(row.sender_id or 0, row.sender_name),
        "receiver": names.get(row.receiver_id or 0, ""),
        "steps": [(step, names.get(step.organisation_id, "")) for step in steps],
        "users": user_names(step.by_id for step in steps),
        "acts": shown,
        "moves": [(one, KEYS[one]) for one in forward] if "forward" in offered or "answer" in shown else [],
        "outcome_keys": [(one, KEYS[one]) for one in outcomes(row)],
        "clocks": [(clock.value, getattr(row, f"{clock}_by")) for clock in open_clocks(S(row.state))],
        "open_act": next(iter(bound), ""),
        "onward": onward,
        "askers": row.job.inquiries.count() if row.job else 0,
        "disclosure": _disclosure(row) if chosen else None,
        "sealed": bool(bytes(row.disclosed_sealed)),
        "reveal": WhyForm() if seen.may("inquiries.reveal") else None,
        "live_after": position(),
    }
    return render(request, "inquiries/inquiry.html", context, status=status)


def _disclosure(row: Inquiry) -> Disclosure:
    role = PersonClass(row.role) if row.role else None
    return inquiries_out.disclosure(InquirySubject(row.subject), role, row.person_id)


@require_POST
def act(request: HttpRequest, inquiry: int, name: str) -> HttpResponse:
    """Do something with an inquiry. The rules may refuse; then the page comes back with the reason at its field."""
    row, seen = _row(inquiry), sight(request)
    if name not in ACTS:
        raise Http404
    chosen = ACTS[name]
    form = chosen.form(request.POST, row=row, seen=seen, prefix=name) if chosen.form else None
    if form is not None and not form.is_valid():
        return _page(request, row, {name: form}, 422)
    key: dict[str, object] = {"inquiries_of": [row.pk]} if chosen.many else {"inquiry": row.pk}
    try:
        chosen.run(**key, **(form.values() if form else {}), by=seen.actor, at=seen.at)
    except (Refused, Forbidden) as error:
        if form is not None and isinstance(error, Refused):
            refuse(form, error)
            return _page(request, row, {name: form}, 422)
        messages.error(request, said(error))
    else:
        messages.success(request, chosen.done())
    return redirect("inquiry", inquiry=row.pk)


@require_POST
def step(request: HttpRequest, inquiry: int) -> HttpResponse:
    """Take the next step of the work: one key, or a key and a reason."""
    row, seen = _row(inquiry), sight(request)
    try:
        state = InquiryState(request.POST.get("state", ""))
        inquiries_in.advance(
            inquiry=row.pk, state=state, note=request.POST.get("note", ""), by=seen.actor, at=seen.at
        )
        messages.success(request, _("Recorded."))
    except ValueError as error:
        messages.error(request, said(error) if isinstance(error, Refused) else _("Choose a step."))
    except Forbidden as error:
        messages.error(request, said(error))
    return redirect("inquiry", inquiry=row.pk)


# --- the sealed fields, and the letter ----------------------------------------------------------------------


def _opened(request: HttpRequest, row: Inquiry) -> tuple[WhyForm, dict[IdentityField, str], int]:
    form, seen = WhyForm(request.POST), sight(request)
    if form.is_valid():
        try:
            why = form.cleaned_data["why"]
            return form, inquiries_in.reveal(inquiry=row.pk, why=why, by=seen.actor, at=seen.at), 200
        except (Refused, Forbidden) as error:
            form.add_error(None, said(error))
    return form, {}, 422


@never_cache
@require_POST
def reveal(request: HttpRequest, inquiry: int) -> HttpResponse:
    """Open the disclosed fields, for a reason that is on record before anything is shown."""
    row = _row(inquiry)
    form, opened, status = _opened(request, row)
    context = {"inquiry": row, "reveal": form, "opened": opened, "sealed": True}
    return render(request, "inquiries/sealed.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, inquiry: int) -> HttpResponse:
    """The letter on paper (协查函), for whoever is reached by post; with the sealed fields only for a reason."""
    row, seen = _row(inquiry), sight(request)
    form, opened, status = _opened(request, row) if request.method == "POST" else (WhyForm(), {}, 200)
    names = organisation_names({key for key in (row.sender_id, row.receiver_id) if key}, seen.at)
    context = {
        "inquiry": row,
        "sender": names.get(row.sender_id or 0, row.sender_name),
        "receiver": names.get(row.receiver_id or 0, ""),
        "fields": [(name, opened.get(IdentityField(name), "")) for name in row.disclosed],
        "opened": bool(opened),
        "reveal": form if row.disclosed and bytes(row.disclosed_sealed) else None,
    }
    return render(request, "inquiries/letter.html", context, status=status)


# --- the job ------------------------------------------------------------------------------------------------


@require_GET
def job(request: HttpRequest, job: int) -> HttpResponse:
    """The work on one subject, and everybody who asked for it."""
    seen = sight(request)
    row = get_object_or_404(InquiryJob.objects.select_related("order", "receiver"), pk=job)
    asked = listing.with_names(row.inquiries.order_by("pk"), seen.at)
    about = Entry.objects.filter(subject_kind="inquiry_job", subject=row.pk).order_by("-pk")
    context = {
        "job": row,
        "asked": asked,
        "entries": list(about[:ENTRIES_SHOWN]),
        "receiver": organisation_names({row.receiver_id}, seen.at).get(row.receiver_id, ""),
        "live_after": position(),
    }
    return render(request, "inquiries/job.html", context)


urlpatterns = [
    path("inquiries", inquiries, name="inquiries"),
    path("inquiries/many/<slug:verb>", many, name="inquiries-many"),
    path("inquiries/<int:inquiry>", inquiry, name="inquiry"),
    path("inquiries/<int:inquiry>/letter", letter, name="inquiry-letter"),
    path("inquiries/<int:inquiry>/reveal", reveal, name="inquiry-reveal"),
    path("inquiries/<int:inquiry>/step", step, name="inquiry-step"),
    path("inquiries/<int:inquiry>/act/<slug:name>", act, name="inquiry-act"),
    path("inquiries/jobs/<int:job>", job, name="inquiry-job"),
]
