"""What is the public told of a zone? The notice in plain text, and the CAP messages that warn by machine."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.views.decorators.http import require_GET

from liankong.store.models import Zone
from liankong.web.zones_public import latest_notices, messages, written


@require_GET
def zone_cap(_request: HttpRequest, zone: int, number: int | None = None) -> HttpResponse:
    """A CAP 1.2 message: the latest, or the one of a number from 0."""
    row = _zone(zone)
    found = messages(row)
    at = len(found) - 1 if number is None else number
    if not 0 <= at < len(found):
        raise Http404
    response = HttpResponse(written(found[at]), content_type="application/cap+xml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found[at].identifier}.xml"'
    return response


@require_GET
def zone_notice(_request: HttpRequest, zone: int) -> HttpResponse:
    """The notice as plain text, both languages, as it is read out and posted."""
    row = _zone(zone)
    found = latest_notices(row)
    if not found:
        raise Http404
    response = HttpResponse(
        "\n\n".join(one.text for one in found) + "\n", content_type="text/plain; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="notice-{row.number}.txt"'
    return response


def _zone(pk: int) -> Zone:
    return get_object_or_404(Zone.objects.select_related("outbreak"), pk=pk)


urlpatterns = [
    path("zones/<int:zone>/cap.xml", zone_cap, name="zone-cap"),
    path("zones/<int:zone>/cap/<int:number>.xml", zone_cap, name="zone-cap-number"),
    path("zones/<int:zone>/notice.txt", zone_notice, name="zone-notice"),
]
