"""Who did what, when and why, and is the log as it was written?"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from liankong.actions import audit as verbs
from liankong.store.models import Entry, Seal
from liankong.web.api.door import caller
from liankong.web.api.kit import After, Division, Id, Limit, Moment, Page, Short, answers, in_sight, paged

router = Router(tags=["audit"])

CAUSES = 50  # no chain of reactions is longer; a longer one would be a loop


class EntryOut(Schema):
    """One fact of the log. `cause` is the entry that led to it; `rule` names the rule that acted, if none signed."""

    id: int
    kind: str
    subject_kind: str
    subject: int
    division: str
    body: dict[str, Any]
    by: int | None
    post: int | None
    rule: str
    protocol: str
    cause: int | None
    occurred_at: datetime
    recorded_at: datetime


class EntryFilters(Schema):
    """All that are given must hold."""

    kind: Short | None = Field(None, description="The fact's name, e.g. CaseOpened.")
    subject_kind: Short | None = None
    subject: int | None = Field(None, ge=0, le=2**63 - 1)
    by: Id | None = Field(None, description="The user who did it.")
    division: Division | None = Field(None, description="This division and all below it.")
    since: Moment | None = None
    until: Moment | None = None


class FlawOut(Schema):
    """What is wrong with the log, and where."""

    kind: str
    seal: int
    entry: int | None


class VerdictOut(Schema):
    """The outcome of recomputing every seal."""

    intact: bool
    seals: int
    entries: int
    unsealed: int
    flaws: list[FlawOut]


class SealOut(Schema):
    """A signed batch of the log."""

    id: int
    from_xid: int
    until_xid: int
    entries: int
    previous: str
    digest: str
    signature: str
    sealed_at: datetime

    @staticmethod
    def resolve_entries(row: Any) -> int:
        return len(row.entries)


@router.get("/audit/entries", response=answers(Page[EntryOut]), operation_id="list_entries")
def list_entries(
    request: HttpRequest,
    filters: Query[EntryFilters],
    after: After = None,
    limit: Limit = 50,
) -> object:
    """The log, newest first."""
    caller(request).need("audit.read")
    wanted = filters.dict(exclude_none=True)
    rows = Entry.objects.all()
    for name, lookup in (("division", "startswith"), ("since", "gte"), ("until", "lt")):
        if name in wanted:
            column = "division" if name == "division" else "occurred_at"
            rows = rows.filter(**{f"{column}__{lookup}": wanted.pop(name)})
    return paged(rows.filter(**wanted), order=("-id",), after=after, limit=limit)


@router.get("/audit/entries/{entry}/causes", response=answers(list[EntryOut]), operation_id="list_causes")
def list_causes(request: HttpRequest, entry: Id) -> object:
    """Why? The entry, what caused it, what caused that, up to what a person or a laboratory said."""
    caller(request).need("audit.read")
    found = [in_sight(Entry.objects.all(), entry)]
    while found[-1].cause is not None and len(found) < CAUSES:
        above = Entry.objects.filter(pk=found[-1].cause).first()
        if above is None:
            break  # the cause lies in another jurisdiction
        found.append(above)
    return found


@router.post("/audit/verify", response=answers(VerdictOut), operation_id="verify_log")
def verify_log(request: HttpRequest) -> object:
    """Recompute all seals against the log as the caller sees it; whole only from a seat over the whole node."""
    asking = caller(request)
    verdict = verbs.verify(by=asking.actor, at=asking.at)
    return {
        "intact": verdict.intact,
        "seals": verdict.seals,
        "entries": verdict.entries,
        "unsealed": verdict.unsealed,
        "flaws": [{"kind": flaw.kind, "seal": flaw.seal, "entry": flaw.entry} for flaw in verdict.flaws],
    }


@router.get("/audit/seals", response=answers(Page[SealOut]), operation_id="list_seals")
def list_seals(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """Signed batches of the log, newest first; keep a digest elsewhere to prove later what stood."""
    caller(request).need("audit.read")
    return paged(Seal.objects.defer("leaves"), order=("-id",), after=after, limit=limit)
