"""Lists of inquiries: taken in from a file, and the answers as a workbook."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liankong.actions import Refused, inquiries_lists
from liankong.exchange.inquiries_lists import InquiryList, read, write
from liankong.exchange.tables import TableError
from liankong.vocabulary.kinds import PersonClass
from liankong.vocabulary.spans import local_day
from liankong.web import inquiries_list as listing
from liankong.web import labels
from liankong.web.context import sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.faults import say
from liankong.web.inquiries_forms import ROLES

LARGEST = 8 * 1024 * 1024
ERRORS_SHOWN = 200
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ListForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("List"),
        help_text=gettext_lazy("CSV or Excel, one request a row, up to 8 MB and 5,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    sender_name = forms.CharField(
        label=gettext_lazy("Who asks"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("For rows that do not say so themselves."),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("The people are"),
        required=False,
        choices=lambda: [("", "–"), *labels.options("class", ROLES)],
        help_text=gettext_lazy("For rows that do not say so themselves."),
    )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_("This file is too large."))
        return file


@never_cache
@require_http_methods(["GET", "POST"])
@needs("inquiries.handle")
def take(request: HttpRequest) -> HttpResponse:
    """Look at a list or take it in; either way every row is accounted for."""
    seen = sight(request)
    form = ListForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "found": None, "taken": None}
    if request.method == "POST" and form.is_valid():
        try:
            found = context["found"] = _read(form)
            context |= {"errors": found.errors[:ERRORS_SHOWN], "more": len(found.errors) - ERRORS_SHOWN}
            if "take" in request.POST:
                taken = context["taken"] = inquiries_lists.take_list(found=found, by=seen.actor, at=seen.at)
                messages.success(request, _("The list is taken in: %(n)d new.") % {"n": len(taken.rows)})
        except TableError as error:
            form.add_error("file", say(str(error)))
        except Refused as error:
            refuse(form, error)
    status = 200 if context["found"] is not None and form.is_valid() else status_of(request)
    return render(request, "inquiries/list.html", context, status=status)


def _read(form: ListForm) -> InquiryList:
    """The list, read from a file that only this process can open and that is gone afterwards."""
    file: UploadedFile[Any] = form.cleaned_data["file"]
    handle, name = tempfile.mkstemp(prefix="inquiries-")
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in file.chunks():
                out.write(chunk)
        role = form.cleaned_data["role"]
        return read(
            Path(name),
            name=str(file.name),
            sender_name=form.cleaned_data["sender_name"].strip(),
            role=PersonClass(role) if role else None,
        )
    finally:
        Path(name).unlink()


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """What the board shows, as a workbook: numbers, states, answers; nobody's name."""
    seen = sight(request)
    content = write(listing.answer_rows(listing.select(request.GET.dict(), seen), seen.at))
    response = HttpResponse(content, content_type=EXCEL)
    name = f"inquiries-{listing.tab_of(request.GET.dict())}-{local_day(seen.at).isoformat()}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


urlpatterns = [
    path("inquiries/list", take, name="inquiries-list"),
    path("inquiries/export.xlsx", export, name="inquiries-export"),
]
