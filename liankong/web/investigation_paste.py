"""A text that was noted or sent becomes stays: read, laid beside its words, corrected, confirmed."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from liankong.actions import Refused
from liankong.actions import investigation as verbs
from liankong.exchange.itinerary import Bounded, Itinerary, Why, bounded, read
from liankong.store.models import Investigation, Place
from liankong.vocabulary.spans import local_day
from liankong.web.context import sight
from liankong.web.desk import needs, status_of
from liankong.web.investigation import INVESTIGATE, find
from liankong.web.investigation_forms import FIELDS, PasteForm, StayForm, option_of
from liankong.web.investigation_times import say_clock, say_day, say_end
from liankong.web.investigation_track import near
from liankong.web.words import said

MOST = 200
UNREAD = {
    Why.NOTHING: _l("no place, ride or time was recognised"),
    Why.NO_PLACE: _l("a time, but no place or ride"),
    Why.RECURRING: _l("several days at one time: enter each"),
    Why.NO_SUCH_DAY: _l("there is no such day"),
    Why.MASKED: _l("held a person's number"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text; `stays` are the numbers of the stays read from it."""

    text: str
    stays: tuple[int, ...] = ()
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    form: StayForm
    words: str
    from_said: bool
    until_said: bool
    vague: bool


@never_cache
@require_http_methods(["GET", "POST"])
@needs(INVESTIGATE)
def paste(request: HttpRequest, investigation: int) -> HttpResponse:
    """Paste, then see what was read. Nothing is recorded before it is confirmed."""
    row, seen = find(investigation), sight(request)
    first = near(row, at=seen.at)
    form = PasteForm(request.POST or None, initial={"first_day": first})
    context: dict[str, Any] = {"investigation": row, "case": row.case, "form": form}
    if request.method == "POST" and form.is_valid():
        found = read(form.cleaned_data["text"], first_day=form.cleaned_data["first_day"], places=_known(row))
        return render(request, "investigation/paste_preview.html", context | preview(found))
    return render(request, "investigation/paste.html", context, status=status_of(request))


def _known(row: Investigation) -> Any:
    """Places of the register by their exact name, where only one in sight bears it."""

    def lookup(name: str) -> int | None:
        rows = list(
            Place.objects.filter(name=name, division__startswith=row.division[:4]).values_list(
                "pk", flat=True
            )[:2]
        )
        return rows[0] if len(rows) == 1 else None

    return lookup


def preview(found: Itinerary) -> dict[str, Any]:
    """What was read, a line each, and the text with the words of each line marked."""
    held = bounded(found.stays)[:MOST]
    rows = [_row(number, one) for number, one in enumerate(held, start=1)]
    return {
        "rows": rows,
        "count": len(rows),
        "pieces": pieces(found, held),
        "unread": [(one.words, UNREAD[one.why]) for one in found.unread],
        "onset_read": found.onset,
    }


def _row(number: int, held: Bounded) -> Row:
    stay = held.stay
    place = stay.place
    if stay.key is not None:
        place = option_of(stay.place, stay.key)
    form = StayForm(
        initial={
            "day": say_day(held.from_at),
            "begin": say_clock(held.from_at),
            "end": say_end(held.until_at, held.from_at),
            "place": place,
            "mode": stay.mode,
            "vehicle": stay.vehicle,
            "seat": stay.seat,
            "companions": stay.companions,
            "protection": stay.protection,
        },
        near=local_day(held.from_at),
        prefix=f"s{number}",
    )
    return Row(number, form, stay.words, held.from_said, held.until_said, stay.vague)


def pieces(found: Itinerary, held: list[Bounded]) -> list[Piece]:
    """The text cut where stays begin and end."""
    spans = [(one.stay.start, one.stay.end, number) for number, one in enumerate(held, start=1)]
    missed = [(one.start, one.end) for one in found.unread]
    cuts = {
        0,
        len(found.text),
        *(edge for span in spans for edge in span[:2]),
        *(e for span in missed for e in span),
    }
    made = []
    for start, end in pairwise(sorted(cuts)):
        numbers = tuple(number for first, last, number in spans if first <= start and end <= last)
        unread = not numbers and any(first <= start and end <= last for first, last in missed)
        made.append(Piece(found.text[start:end], numbers, unread))
    return [piece for piece in made if piece.text]


@never_cache
@require_http_methods(["POST"])
@needs(INVESTIGATE)
def paste_confirm(request: HttpRequest, investigation: int) -> HttpResponse:
    """Record the lines that were left in. All of them, or none and the faults at their lines."""
    row, seen = find(investigation), sight(request)
    day = near(row, at=seen.at)
    given = request.POST.get("count", "")
    count = min(int(given), MOST) if given.isdecimal() else 0
    forms = {
        number: StayForm(request.POST, near=day, prefix=f"s{number}")
        for number in range(1, count + 1)
        if request.POST.get(f"take-{number}")
    }
    # Every line is judged, so that all faults show at once.
    good = not [form for form in forms.values() if not form.is_valid()]
    fault = "" if forms else _("No line was left in.")
    if good and forms:
        try:
            verbs.record_stays(
                investigation=row.pk,
                stays=[form.told() for form in forms.values()],
                by=seen.actor,
                at=seen.at,
            )
        except Refused as error:
            fault = _at_its_line(forms, error, seen.at)
        else:
            text = ngettext("%(n)s stay was recorded.", "%(n)s stays were recorded.", len(forms))
            messages.success(request, text % {"n": len(forms)})
            return redirect("investigation", investigation=row.pk)
    context = {
        "investigation": row,
        "case": row.case,
        "rows": [
            Row(number, form, request.POST.get(f"words-{number}", ""), True, True, False)
            for number, form in forms.items()
        ],
        "count": count,
        "fault": fault,
    }
    return render(request, "investigation/paste_preview.html", context, status=422)


def _at_its_line(forms: dict[int, StayForm], error: Refused, at: datetime) -> str:
    """The verb refuses the whole list; say it at the first line that it is true of."""
    for form in forms.values():
        told = form.told()
        field = FIELDS.get(error.field, "")
        if error.field == "from_at" and told.from_at <= at:
            continue
        if field:
            form.add_error(field, said(error))
            return ""
    return said(error)


urlpatterns = [
    path("investigations/<int:investigation>/paste", paste, name="investigation-paste"),
    path(
        "investigations/<int:investigation>/paste/confirm", paste_confirm, name="investigation-paste-confirm"
    ),
]
