"""Whom do we want to ask, and what will they be told? A new inquiry, with its disclosure before anything is written."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from liankong.actions import Refused, inquiries_out
from liankong.rules.inquiries_disclosure import NEVER, Disclosure
from liankong.store.models import Contact, Person
from liankong.vocabulary.kinds import InquirySubject, PersonClass
from liankong.web import inquiries_list as listing
from liankong.web.context import sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.inquiries_forms import NewForm

HANDLE = "inquiries.handle"
# What an address may say of the letter to be written.
GIVEN = ("subject", "person", "case", "contact", "role")


def _form(request: HttpRequest) -> NewForm:
    seen = sight(request)
    if request.method == "POST":
        return NewForm(request.POST, seen=seen, besides=listing.bodies(seen))
    asked = {name: request.GET[name] for name in GIVEN if name in request.GET}
    contact = _number(asked.get("contact"))
    found = Contact.objects.filter(pk=contact).first() if contact is not None else None
    if found is not None:
        asked |= {"person": str(found.person_id), "role": found.classification, "subject": "person"}
    return NewForm(initial=asked, seen=seen, besides=listing.bodies(seen))


def _disclosed(form: NewForm) -> Disclosure | None:
    """What the letter would carry as it stands; None while it is not said about whom or what it is."""
    read: Mapping[str, Any] = form.data if form.is_bound else form.initial
    try:
        subject = InquirySubject(str(read.get("subject") or InquirySubject.PERSON))
        role = PersonClass(str(read["role"])) if read.get("role") else None
    except ValueError:
        return None
    person = _ours(_number(read.get("person")), _number(read.get("contact")))
    if subject is InquirySubject.PERSON and person is None:
        return None
    return inquiries_out.disclosure(subject, role, person)


def _ours(person: int | None, contact: int | None) -> int | None:
    """The person, if they are of our register, or of another's and our contact."""
    if person is None:
        return None
    ours = Person.objects.filter(pk=person).exists() or (
        contact is not None and Contact.objects.filter(pk=contact, person=person).exists()
    )
    return person if ours else None


def _number(given: object) -> int | None:
    text = str(given or "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


@require_http_methods(["GET", "POST"])
@needs(HANDLE)
def new(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = _form(request)
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        try:
            row = inquiries_out.draft(**form.told(), by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("The draft stands. Nothing has left yet."))
            return redirect("inquiry", inquiry=row.pk)
    context = {"form": form, "disclosure": _disclosed(form), "never": NEVER}
    status = 200 if "preview" in request.POST else status_of(request)
    return render(request, "inquiries/new.html", context, status=status)


@require_POST
@needs(HANDLE)
def preview(request: HttpRequest) -> HttpResponse:
    """What would be disclosed, while the letter is being written."""
    context = {"disclosure": _disclosed(_form(request)), "never": NEVER}
    return render(request, "inquiries/disclosure.html", context)


urlpatterns = [
    path("inquiries/new", new, name="inquiries-new"),
    path("inquiries/preview", preview, name="inquiries-preview"),
]
