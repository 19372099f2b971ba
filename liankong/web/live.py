"""What has just happened? One stream per page: PostgreSQL notifies, every open page of the jurisdiction hears.

One connection of each process listens and wakes its readers; each reader is told which stage changed and fetches
the fragments that show it. An event carries the log's number, so a page that lost its line resumes after the last
one it heard. Only numbers and stages travel here; what a page then fetches is under its own scope.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_GET

from liankong.store.access import scope
from liankong.store.log import CHANNEL
from liankong.store.models import Entry
from liankong.web.context import sight

logger = logging.getLogger(__name__)

# Proxies and browsers give up on a silent line; a comment keeps it open.
HEARTBEAT_SECONDS = 20
RETRY_MILLISECONDS = 3000
RESUME_LIMIT = 200
QUEUE_LIMIT = 500

# Fact -> the stages whose fragments it changes.
STAGES: dict[str, tuple[str, ...]] = {
    "ResultReported": ("lab",),
    "PoolRecalled": ("orders",),
    "CaseOpened": ("cases",),
    "CaseClassified": ("cases",),
    "CaseCourseRecorded": ("cases",),
    "CaseSourceSet": ("cases",),
    "CaseReported": ("cases", "orders"),
    "LineListImported": ("cases", "imports"),
    "OrderIssued": ("orders",),
    "OrderReceived": ("orders",),
    "OrderDone": ("orders",),
    "OrderOverdue": ("orders",),
    "OrderFileAdded": ("orders",),
    "OrderReleased": ("orders",),
    "OrderMadeToWait": ("orders",),
    "OrderHurried": ("orders",),
    "OrderReminded": ("orders",),
    "OrderEscalated": ("orders",),
    "OrderCancelled": ("orders",),
    "OrderReturned": ("orders",),
    "OrderStarted": ("orders",),
    "OrderDrafted": ("orders",),
    "MinutesDrafted": ("orders",),
    "ContactProposed": ("contacts",),
    "ContactSigned": ("contacts",),
    "ContactsSigned": ("contacts",),
    "ContactRejected": ("contacts",),
    "ContactReclassified": ("contacts",),
    "ContactRedated": ("contacts",),
    "ContactControlled": ("contacts",),
    "ContactReleased": ("contacts",),
    "ContactReopened": ("contacts",),
    "ContactBecameCase": ("contacts",),
    "ExposureRecorded": ("contacts",),
    "CheckDone": ("contacts",),
    "CheckMissed": ("contacts",),
    "InquiryDrafted": ("inquiries",),
    "InquirySent": ("inquiries",),
    "InquiryDelivered": ("inquiries",),
    "InquiryReceived": ("inquiries", "orders"),
    "InquiryControlled": ("inquiries", "orders"),
    "InquiryAdvanced": ("inquiries",),
    "InquiryForwarded": ("inquiries",),
    "InquiryAnswered": ("inquiries",),
    "InquiryReturned": ("inquiries",),
    "InquiryClosed": ("inquiries",),
    "InquiryOverdue": ("inquiries",),
    "InquiryListTaken": ("inquiries",),
    "TransferProposed": ("isolation",),
    "TransferOrdered": ("isolation",),
    "IsolationAssessed": ("isolation",),
    "TripPlanned": ("isolation",),
    "TripCalledOff": ("isolation",),
    "PersonAtDoor": ("isolation",),
    "PersonAboard": ("isolation",),
    "PersonArrived": ("isolation",),
    "PersonMovedRoom": ("isolation",),
    "ReleaseProposed": ("isolation",),
    "PersonReleased": ("isolation",),
    "IsolationEnded": ("isolation",),
    "SiteChanged": ("isolation",),
    "RoomChanged": ("isolation",),
    "RoomSwabbed": ("isolation",),
    "StaffChanged": ("isolation",),
    "FleetChanged": ("isolation",),
    "ZoneProposed": ("zones",),
    "ZoneApproved": ("zones",),
    "ZoneRejected": ("zones",),
    "ZoneChanged": ("zones",),
    "ZoneLifted": ("zones",),
    "ZoneExpired": ("zones",),
    "AppealMade": ("zones",),
    "AppealAnswered": ("zones",),
    "NeedTaken": ("orders", "needs"),
    "NeedRepeated": ("needs",),
    "CareRefused": ("orders", "needs"),
    "StandingNeedListed": ("needs",),
    "StandingNeedEnded": ("needs",),
    "ShiftsPlanned": ("duty",),
    "ShiftRemoved": ("duty",),
    "HandoverWritten": ("duty",),
    "HandoverTaken": ("duty",),
    "InvestigationOpened": ("cases", "investigations"),
    "InvestigationReported": ("investigations",),
    "InvestigationClosed": ("investigations",),
    "StaysRecorded": ("investigations",),
    "StayChanged": ("investigations",),
    "TrackConfirmed": ("investigations",),
    "SourceProposed": ("investigations",),
    "SourceAccepted": ("investigations",),
    "SourceRejected": ("investigations",),
    "BulletinDrafted": ("bulletins",),
    "BulletinSigned": ("bulletins",),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """One notification: `entry:division:kind`."""

    entry: int
    division: str
    kind: str

    def text(self) -> str:
        """As server-sent events, one for each stage; only the last carries the number, so none is half heard."""
        stages = STAGES.get(self.kind, ())
        lines = [f"event: {stage}\ndata: {self.entry}\n" for stage in stages]
        return "\n".join([*lines[:-1], f"id: {self.entry}\n{lines[-1]}\n"]) if lines else ""


def read(payload: str) -> Heard | None:
    entry, _, rest = payload.partition(":")
    division, _, kind = rest.partition(":")
    return Heard(int(entry), division, kind) if entry.isdecimal() and kind else None


class Hub:
    """Readers of one process, and the one connection that listens for them while there are any."""

    def __init__(self) -> None:
        self.readers: dict[asyncio.Queue[Heard], str] = {}
        self.task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def reader(self, division: str) -> AsyncIterator["asyncio.Queue[Heard]"]:
        queue: asyncio.Queue[Heard] = asyncio.Queue(QUEUE_LIMIT)
        self.readers[queue] = division
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.listen())
        try:
            yield queue
        finally:
            del self.readers[queue]
            if not self.readers and self.task is not None:
                self.task.cancel()

    async def listen(self) -> None:
        """Listen until nobody reads; a lost connection is opened again."""
        while self.readers:
            try:
                async with await psycopg.AsyncConnection.connect(autocommit=True, **_target()) as listening:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    async for note in listening.notifies():
                        self.tell(note.payload)
            except psycopg.OperationalError:
                logger.warning("live line lost its database connection")
                await asyncio.sleep(1)

    def tell(self, payload: str) -> None:
        heard = read(payload)
        if heard is None:
            return
        for queue, division in list(self.readers.items()):
            if heard.division.startswith(division):
                # A reader so slow that its queue is full resumes from the log when its line breaks.
                with contextlib.suppress(asyncio.QueueFull):
                    queue.put_nowait(heard)


def _target() -> dict[str, Any]:
    settings = connection.settings_dict
    return {
        "host": settings["HOST"],
        "port": settings["PORT"],
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        **{key: value for key, value in settings["OPTIONS"].items() if key.startswith("ssl")},
    }


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running loop: queues belong to one."""
    loop = asyncio.get_running_loop()
    for gone in [other for other in _hubs if other.is_closed()]:
        del _hubs[gone]
    return _hubs.setdefault(loop, Hub())


def missed(division: str, after: int) -> list[Heard]:
    """What was recorded since `after`, oldest first."""
    with scope(division):
        rows = list(
            Entry.objects.filter(pk__gt=after, kind__in=STAGES)
            .order_by("-pk")
            .values_list("pk", "division", "kind")[:RESUME_LIMIT]
        )
    return [Heard(*row) for row in reversed(rows)]


def _resume(division: str, after: int | None) -> list[Heard]:
    """What was missed. The request's connection then goes back: it would be held as long as the page is open."""
    try:
        return missed(division, after) if after is not None else []
    finally:
        connection.close()


async def stream(division: str, after: int | None) -> AsyncIterator[str]:
    """First what was missed, then what happens."""
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    async with hub().reader(division) as queue:
        for heard in await sync_to_async(_resume)(division, after):
            yield heard.text()
        while True:
            try:
                heard = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            text = heard.text()
            if text:
                yield text


@require_GET
async def live(request: HttpRequest) -> HttpResponseBase:
    if not isinstance(request, ASGIRequest):
        # A server without asynchronous requests would hold a thread for each page; 204 ends the reader's tries.
        return HttpResponse(status=204)
    last = request.headers.get("Last-Event-ID") or request.GET.get("after") or ""
    response = StreamingHttpResponse(
        stream(sight(request).division, int(last) if last.isdecimal() else None),
        content_type="text/event-stream",
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def position() -> int:
    """The newest number of the log in sight: a page's stream begins after it."""
    return Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


urlpatterns = [path("live", live, name="live")]
