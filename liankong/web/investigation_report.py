"""The report of an investigation: to read, to file, and on paper; for the headquarters and for the public."""

import logging
from typing import Literal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from liankong.actions import Refused
from liankong.actions import investigation as verbs
from liankong.exchange.investigation_docx import MEDIA as WORD
from liankong.exchange.investigation_docx import DocxUnavailableError
from liankong.exchange.pdf import PdfUnavailableError, UnprintableError
from liankong.store.models import Investigation, Order
from liankong.web.context import sight
from liankong.web.desk import needs
from liankong.web.investigation import CLOCKS, INVESTIGATE, find
from liankong.web.investigation_papers import Edition, document_of, paper
from liankong.web.live import position
from liankong.web.words import said

logger = logging.getLogger(__name__)

MEDIA = {"pdf": "application/pdf", "docx": WORD}


@never_cache
@require_GET
def report(request: HttpRequest, investigation: int) -> HttpResponse:
    return _page(request, find(investigation))


def _page(request: HttpRequest, row: Investigation, *, fault: str = "", status: int = 200) -> HttpResponse:
    seen = sight(request)
    by = seen.user.username
    editions: tuple[Edition, ...] = ("internal", "public") if seen.may(INVESTIGATE) else ("public",)
    context = {
        "investigation": row,
        "case": row.case,
        "editions": [
            {"name": name, "document": document_of(row, edition=name, by=by, at=seen.at)} for name in editions
        ],
        "orders": list(Order.objects.filter(case=row.case_id, kind__in=CLOCKS).order_by("due_at")),
        "may": seen.may(INVESTIGATE) and row.closed_at is None,
        "fault": fault,
        "live_after": position(),
        "tab": "report",
    }
    return render(request, "investigation/report.html", context, status=status)


@require_POST
@needs(INVESTIGATE)
def file(request: HttpRequest, investigation: int) -> HttpResponse:
    row, seen = find(investigation), sight(request)
    try:
        verbs.file_report(investigation=row.pk, by=seen.actor, at=seen.at)
    except Refused as error:
        return _page(request, row, fault=said(error), status=422)
    messages.success(request, _("The report is filed."))
    return redirect("investigation-report", investigation=row.pk)


@never_cache
@require_GET
def download(
    request: HttpRequest, investigation: int, edition: Edition, kind: Literal["pdf", "docx"]
) -> HttpResponse:
    """The report on paper. The headquarters' version is for investigators alone."""
    row, seen = find(investigation), sight(request)
    if edition == "internal" and not seen.may(INVESTIGATE):
        return redirect("investigation-report", investigation=row.pk)
    try:
        content = paper(row, edition=edition, kind=kind, by=seen.user.username, at=seen.at)
    except (PdfUnavailableError, DocxUnavailableError, UnprintableError):
        logger.exception("report of investigation %s cannot be printed", row.pk)
        messages.error(request, _("The document cannot be printed on this node; its log says why."))
        return redirect("investigation-report", investigation=row.pk)
    response = HttpResponse(content, content_type=MEDIA[kind])
    way = "inline" if kind == "pdf" else "attachment"
    response["Content-Disposition"] = f'{way}; filename="investigation-{row.pk}-{edition}.{kind}"'
    return response


urlpatterns = [
    path("investigations/<int:investigation>/report", report, name="investigation-report"),
    path("investigations/<int:investigation>/report/file", file, name="investigation-file"),
    *(
        path(
            f"investigations/<int:investigation>/report/{edition}.{kind}",
            download,
            {"edition": edition, "kind": kind},
            name=f"investigation-{edition}-{kind}",
        )
        for edition in ("internal", "public")
        for kind in ("pdf", "docx")
    ),
]
