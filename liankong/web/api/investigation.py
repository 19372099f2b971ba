"""Where was the case, since when ill, and infected by whom? The investigation (流调) for programs."""

from typing import Literal

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from liankong.actions import Refused
from liankong.actions import investigation as verbs
from liankong.actions import investigation_sources as source_verbs
from liankong.actions.investigation import StayTold
from liankong.exchange.investigation_docx import MEDIA as WORD
from liankong.exchange.itinerary import bounded, read
from liankong.exchange.pdf import UnprintableError
from liankong.store.models import Investigation, SourceHypothesis, Stay
from liankong.web.api.door import caller
from liankong.web.api.investigation_schemas import (
    HypothesisOut,
    InterviewNotesIn,
    InvestigationFilters,
    InvestigationInFull,
    InvestigationOut,
    ItineraryIn,
    ItineraryOut,
    NewSourceIn,
    NotesOpenIn,
    NotesOut,
    ReadStayOut,
    SourceRejectIn,
    StayIn,
    StayOut,
    StayRemovedOut,
    StaysIn,
    WeighIn,
)
from liankong.web.api.kit import (
    After,
    Id,
    Limit,
    Page,
    answers,
    in_sight,
    paged,
)
from liankong.web.investigation_papers import paper
from liankong.web.investigation_track import exposure_of, track, window_of

router = Router(tags=["investigations"])
INVESTIGATE = "tracing.investigate"


@router.get("/investigations", response=answers(Page[InvestigationOut]), operation_id="list_investigations")
def list_investigations(
    request: HttpRequest, filters: Query[InvestigationFilters], after: After = None, limit: Limit = 50
) -> object:
    """Investigations in sight, the latest opened first."""
    caller(request).need()
    return paged(_chosen(filters), order=("-opened_at", "-id"), after=after, limit=limit)


def _chosen(filters: InvestigationFilters) -> "QuerySet[Investigation]":
    rows = Investigation.objects.all()
    if filters.outbreak is not None:
        rows = rows.filter(case__outbreak=filters.outbreak)
    if filters.division is not None:
        rows = rows.filter(division__startswith=filters.division)
    if filters.case is not None:
        rows = rows.filter(case=filters.case)
    if filters.reported is not None:
        rows = rows.filter(reported_at__isnull=not filters.reported)
    return rows


@router.get(
    "/investigations/{investigation}", response=answers(InvestigationInFull), operation_id="get_investigation"
)
def get_investigation(request: HttpRequest, investigation: Id) -> object:
    """One investigation with its itinerary, what is missing in it, and its sources."""
    asking = caller(request)
    asking.need()
    row = _in_sight(investigation)
    stays = list(Stay.objects.filter(investigation=row).order_by("from_at", "until_at", "id"))
    shown = track(row, stays, at=asking.at)
    window, exposure = window_of(row, at=asking.at), exposure_of(row)
    numbered = {line.number: line.stay.pk for line in shown.lines if line.stay is not None}
    row.told = {  # type: ignore[attr-defined]  # for the schema
        "window": None if window is None else {"from_at": window.start, "until_at": window.end},
        "exposure": None if exposure is None else {"from_at": exposure.start, "until_at": exposure.end},
        "stays": stays,
        "gaps": [
            {"from_at": line.from_at, "until_at": line.until_at} for line in shown.lines if line.stay is None
        ],
        "overlapping": [
            [line.stay.pk, *(numbered[other] for other in line.clashes)]
            for line in shown.lines
            if line.stay is not None and line.clashes
        ],
        "sources": list(SourceHypothesis.objects.filter(investigation=row).order_by("id")),
    }
    return row


def _in_sight(investigation: int) -> Investigation:
    return in_sight(Investigation.objects.select_related("case__outbreak"), investigation)


@router.post(
    "/investigations/{investigation}/stays", response=answers(list[StayOut], 201), operation_id="record_stays"
)
def record_stays(request: HttpRequest, investigation: Id, payload: StaysIn) -> object:
    """Enter stays of the case, all or none. They count once the track is confirmed."""
    asking = caller(request)
    row = _in_sight(investigation)
    told = [StayTold(**stay.dict()) for stay in payload.stays]
    made = verbs.record_stays(investigation=row.pk, stays=told, by=asking.actor, at=asking.at)
    return Status(201, made)


@router.put("/stays/{stay}", response=answers(StayOut), operation_id="change_stay")
def change_stay(request: HttpRequest, stay: Id, payload: StayIn) -> object:
    """Correct a stay; it must be confirmed anew."""
    asking = caller(request)
    in_sight(Stay.objects.filter(investigation__isnull=False), stay)
    return verbs.change_stay(stay=stay, told=StayTold(**payload.dict()), by=asking.actor, at=asking.at)


@router.delete("/stays/{stay}", response=answers(StayRemovedOut), operation_id="remove_stay")
def remove_stay(request: HttpRequest, stay: Id) -> object:
    """Take a stay out; one by which contacts were found stays."""
    asking = caller(request)
    in_sight(Stay.objects.filter(investigation__isnull=False), stay)
    return {"removed": verbs.remove_stay(stay=stay, by=asking.actor, at=asking.at)}


@router.post(
    "/investigations/{investigation}/confirm",
    response=answers(InvestigationOut),
    operation_id="confirm_track",
)
def confirm_track(request: HttpRequest, investigation: Id) -> object:
    """Say that the itinerary is complete as far as known: contacts are looked for by it."""
    asking = caller(request)
    row = _in_sight(investigation)
    return verbs.confirm_track(investigation=row.pk, by=asking.actor, at=asking.at)


@router.post("/itineraries/read", response=answers(ItineraryOut), operation_id="read_itinerary")
def read_itinerary(request: HttpRequest, payload: ItineraryIn) -> object:
    """Read stays from free Chinese text, each with its words. Nothing is recorded."""
    caller(request).need(INVESTIGATE)
    found = read(payload.text, first_day=payload.first_day)
    return {
        "text": found.text,
        "onset": found.onset,
        "stays": [
            {
                **{
                    name: getattr(one.stay, name)
                    for name in ReadStayOut.model_fields
                    if hasattr(one.stay, name)
                },
                "earliest": one.from_at,
                "latest": one.until_at,
            }
            for one in bounded(found.stays)
        ],
        "unread": [
            {"start": one.start, "end": one.end, "words": one.words, "why": one.why} for one in found.unread
        ],
    }


# --- notes and report ---------------------------------------------------------------------------------------------


@router.post(
    "/investigations/{investigation}/notes", response=answers(InvestigationOut), operation_id="write_notes"
)
def write_notes(request: HttpRequest, investigation: Id, payload: InterviewNotesIn) -> object:
    """Keep what the interview brought in words, sealed."""
    asking = caller(request)
    row = _in_sight(investigation)
    return verbs.write_notes(investigation=row.pk, text=payload.text, by=asking.actor, at=asking.at)


@router.post(
    "/investigations/{investigation}/notes/open", response=answers(NotesOut), operation_id="read_notes"
)
def read_notes(request: HttpRequest, investigation: Id, payload: NotesOpenIn) -> object:
    """Open the notes, for a reason that goes on record."""
    asking = caller(request)
    row = _in_sight(investigation)
    return {"text": verbs.read_notes(investigation=row.pk, why=payload.why, by=asking.actor, at=asking.at)}


@router.post(
    "/investigations/{investigation}/report", response=answers(InvestigationOut), operation_id="file_report"
)
def file_report(request: HttpRequest, investigation: Id) -> object:
    """File the preliminary report."""
    asking = caller(request)
    row = _in_sight(investigation)
    return verbs.file_report(investigation=row.pk, by=asking.actor, at=asking.at)


@router.get(
    "/investigations/{investigation}/report/{edition}/{kind}",
    response=answers(bytes),
    operation_id="get_investigation_report",
    openapi_extra={
        "responses": {
            200: {
                "content": {
                    media: {"schema": {"type": "string", "format": "binary"}}
                    for media in ("application/pdf", WORD)
                }
            }
        }
    },
)
def get_investigation_report(
    request: HttpRequest,
    investigation: Id,
    edition: Literal["internal", "public"],
    kind: Literal["pdf", "docx"],
) -> HttpResponse:
    """The report on paper. The public edition names places and hours, never persons; the internal one is for
    investigators.
    """
    asking = caller(request)
    asking.need(INVESTIGATE if edition == "internal" else "look")
    row = _in_sight(investigation)
    try:
        content = paper(row, edition=edition, kind=kind, by=asking.user.username, at=asking.at)
    except UnprintableError as error:
        raise Refused(str(error)) from error
    response = HttpResponse(content, content_type="application/pdf" if kind == "pdf" else WORD)
    response["Content-Disposition"] = f'attachment; filename="investigation-{row.pk}-{edition}.{kind}"'
    response["Cache-Control"] = "no-store"
    return response


# --- sources ----------------------------------------------------------------------------------------------------------


@router.post(
    "/investigations/{investigation}/sources",
    response=answers(HypothesisOut, 201),
    operation_id="propose_source",
)
def propose_source(request: HttpRequest, investigation: Id, payload: NewSourceIn) -> object:
    """Put a source forward: a case, a place, or something in words."""
    asking = caller(request)
    row = _in_sight(investigation)
    made = source_verbs.propose_source(investigation=row.pk, **payload.dict(), by=asking.actor, at=asking.at)
    return Status(201, made)


@router.post("/sources/{source}/weigh", response=answers(HypothesisOut), operation_id="weigh_source")
def weigh_source(request: HttpRequest, source: Id, payload: WeighIn) -> object:
    """Write down what speaks for and against it."""
    asking = caller(request)
    in_sight(SourceHypothesis.objects.all(), source)
    return source_verbs.weigh_source(hypothesis=source, **payload.dict(), by=asking.actor, at=asking.at)


@router.post("/sources/{source}/accept", response=answers(HypothesisOut), operation_id="accept_source")
def accept_source(request: HttpRequest, source: Id) -> object:
    """Take it; the others are closed and the case has its source."""
    asking = caller(request)
    in_sight(SourceHypothesis.objects.all(), source)
    return source_verbs.accept_source(hypothesis=source, by=asking.actor, at=asking.at)


@router.post("/sources/{source}/reject", response=answers(HypothesisOut), operation_id="reject_source")
def reject_source(request: HttpRequest, source: Id, payload: SourceRejectIn) -> object:
    """Reject it, with the reason."""
    asking = caller(request)
    in_sight(SourceHypothesis.objects.all(), source)
    return source_verbs.reject_source(hypothesis=source, reason=payload.reason, by=asking.actor, at=asking.at)
