"""A bulletin on paper, and a bulletin's text turned back into figures."""

import logging
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liankong.exchange.bulletin_text import NoYearError, Reading, read
from liankong.rules.bulletins import Bulletin as Stated
from liankong.rules.bulletins import check, may_sign
from liankong.store.models import Bulletin
from liankong.vocabulary import divisions
from liankong.web.api.papers import PdfUnavailableError, UnprintableError, paper
from liankong.web.bulletins_tables import check_groups, label, origin_words, place_name, window_words
from liankong.web.desk import status_of

logger = logging.getLogger(__name__)

LONGEST_TEXT = 60_000


# --- paper ---------------------------------------------------------------------------------------------------------


@never_cache
@require_GET
def pdf(request: HttpRequest, bulletin: int, language: Literal["zh", "en"]) -> HttpResponse:
    """The official document, as programs get it too."""
    row = get_object_or_404(Bulletin.objects.select_related("outbreak", "signed_by"), pk=bulletin)
    try:
        content = paper(row, language=language)
    except (PdfUnavailableError, UnprintableError):
        logger.exception("bulletin %s cannot be printed", row.pk)
        messages.error(request, _("The document cannot be printed on this node; its log says why."))
        return redirect("bulletin", bulletin=row.pk)
    response = HttpResponse(content, content_type="application/pdf")
    name = f"bulletin-{row.division or 'node'}-{row.day.isoformat()}-r{row.revision}-{language}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


# --- reading -------------------------------------------------------------------------------------------------------


class ReadForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Text of a bulletin"),
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text=gettext_lazy("Simplified or traditional script; damaged punctuation is forgiven."),
    )
    year = forms.IntegerField(
        label=gettext_lazy("Year"),
        required=False,
        min_value=1900,
        max_value=2200,
        help_text=gettext_lazy("Only when the text does not say it."),
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the source text; `figures` are the numbers of the figures read from it."""

    text: str
    figures: tuple[int, ...] = ()
    unread: bool = False


@never_cache
@require_http_methods(["GET", "POST"])
def read_text(request: HttpRequest) -> HttpResponse:
    form = ReadForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"].replace("\r\n", "\n")
        try:
            reading = read(text, codes=_code_of, year=form.cleaned_data["year"])
        except NoYearError:
            form.add_error("year", _("The text does not say which year it speaks of."))
        else:
            context |= _shown(text, reading)
    status = status_of(request) if form.errors else 200
    return render(request, "bulletins/read.html", context, status=status)


def _code_of(name: str) -> str | None:
    """The code of a place, where its name is known and no other bears it."""
    found = divisions.find(name)
    if not found or (len(found) > 1 and len(found[0].code) == len(found[1].code)):
        return None
    return found[0].code


def _shown(text: str, reading: Reading) -> dict[str, Any]:
    stated = reading.bulletin
    if stated is None:
        return {"reading": reading, "pieces": [Piece(text)], "nothing": True}
    findings = check(stated)
    return {
        "reading": reading,
        "day": stated.day,
        "place": place_name(stated.place),
        "figures": _figures(stated, reading),
        "pieces": pieces(text, stated, reading),
        "checks": check_groups(findings, stated.place),
        "ready": may_sign(findings),
        "unread": [(source.words, reason) for source, reason in reading.unread],
    }


def _figures(stated: Stated, reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "place": place_name(figure.key.place),
            "name": label(figure.key),
            "window": window_words(figure.key.window),
            "origin": origin_words(figure.key.origin),
            "value": figure.value,
            "words": reading.sources[figure.key].words if figure.key in reading.sources else "",
        }
        for number, figure in enumerate(stated.figures, start=1)
    ]


def pieces(text: str, stated: Stated, reading: Reading) -> list[Piece]:
    """The source text cut where figures begin and end; overlapping sources share a piece."""
    spans = [
        (source.start, source.end, number)
        for number, figure in enumerate(stated.figures, start=1)
        if (source := reading.sources.get(figure.key)) is not None
    ]
    unread = [(source.start, source.end) for source, _reason in reading.unread]
    cuts = sorted(
        {0, len(text), *(edge for span in spans for edge in span[:2]), *(e for span in unread for e in span)}
    )
    found = []
    for start, end in pairwise(cuts):
        numbers = tuple(number for first, last, number in spans if first <= start and end <= last)
        missed = not numbers and any(first <= start and end <= last for first, last in unread)
        found.append(Piece(text[start:end], numbers, missed))
    return [piece for piece in found if piece.text]


urlpatterns = [
    path("bulletins/read", read_text, name="bulletin-read"),
    path("bulletins/<int:bulletin>/pdf/zh", pdf, {"language": "zh"}, name="bulletin-pdf-zh"),
    path("bulletins/<int:bulletin>/pdf/en", pdf, {"language": "en"}, name="bulletin-pdf-en"),
]
