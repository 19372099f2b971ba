"""Whose personal data must go, who agreed, and where is the proof that they went?"""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from liankong.actions import Forbidden
from liankong.actions import retention as verbs
from liankong.store.models import Entry, PurgeCertificate
from liankong.web.api.door import Caller, caller
from liankong.web.api.kit import After, Day, DivisionOrNode, Id, Limit, Page, answers, in_sight, paged

router = Router(tags=["retention"])


class LineOut(Schema):
    """One retention class: identities held, those due now, those past their date but kept by law."""

    retention: str
    held: int
    due: int
    kept_by_law: int
    waiting_for: list[str]
    reason: str


class SurveyOut(Schema):
    """What a purge would destroy, and whether it needs a second person."""

    division: str
    today: date
    persons: int
    rejected_rows: int
    order_files: int
    investigation_notes: int
    appeals: int
    needs_second: bool
    lines: list[LineOut]


class ProposeIn(Schema):
    division: DivisionOrNode
    assessed_until: Day | None = None


class ProposalOut(Schema):
    """A proposed destruction; its number is what a second person approves."""

    id: int
    division: str
    due_on: date
    persons: int
    digest: str
    proposed_by: int


class ApprovalOut(Schema):
    id: int
    proposal: int
    approved_by: int


class CertificateOut(Schema):
    """Proof that data were destroyed: over which persons (as numbers), signed by the node."""

    id: int
    division: str
    retention: str
    persons: int
    digest: str
    signature: str
    issued_at: datetime
    issued_by: int | None

    @staticmethod
    def resolve_issued_by(row: Any) -> int | None:
        found: int | None = row.issued_by_id
        return found


class CertificateInFull(CertificateOut):
    """A certificate with its body, and what is wrong with it (nothing, if it holds)."""

    body: dict[str, Any]
    flaws: list[str]

    @staticmethod
    def resolve_flaws(row: Any) -> list[str]:
        found: list[str] = list(verbs.verify_certificate(row))
        return found


@router.get("/retention/due", response=answers(SurveyOut), operation_id="survey_retention")
def survey_retention(
    request: HttpRequest,
    division: DivisionOrNode = "",
    assessed_until: Day | None = None,
) -> object:
    """Count what must go, class by class, with the reason. Destroys nothing."""
    asking = caller(request)
    found = verbs.survey(
        division=_inside(asking, division or asking.division),
        by=asking.actor,
        at=asking.at,
        assessed_until=assessed_until,
    )
    return {
        "division": found.scope.division,
        "today": found.scope.today,
        "persons": found.persons,
        **found.copies,
        "needs_second": found.needs_second,
        "lines": list(found.lines),
    }


@router.post("/retention/proposals", response=answers(ProposalOut, 201), operation_id="propose_purge")
def propose_purge(request: HttpRequest, payload: ProposeIn) -> object:
    """Ask for a large destruction. Carried out with `liankong purge --proposal`, after a second person agreed."""
    asking = caller(request)
    entry = verbs.propose(
        division=_inside(asking, payload.division),
        by=asking.actor,
        at=asking.at,
        assessed_until=payload.assessed_until,
    )
    return Status(201, {**entry.body, "id": entry.pk, "proposed_by": entry.by})


@router.post(
    "/retention/proposals/{proposal}/approve",
    response=answers(ApprovalOut, 201),
    operation_id="approve_purge",
)
def approve_purge(request: HttpRequest, proposal: Id) -> object:
    """Agree to a proposed destruction, never one's own, and only while it is still the same."""
    asking = caller(request)
    asking.need("access.purge")
    in_sight(Entry.objects.all(), proposal)
    entry = verbs.approve(proposal=proposal, by=asking.actor, at=asking.at)
    return Status(201, {"id": entry.pk, "proposal": proposal, "approved_by": entry.by})


@router.get(
    "/retention/certificates", response=answers(Page[CertificateOut]), operation_id="list_certificates"
)
def list_certificates(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """Certificates of destruction in sight, newest first."""
    caller(request).need()
    return paged(PurgeCertificate.objects.all(), order=("-id",), after=after, limit=limit)


@router.get(
    "/retention/certificates/{certificate}",
    response=answers(CertificateInFull),
    operation_id="get_certificate",
)
def get_certificate(request: HttpRequest, certificate: Id) -> object:
    """One certificate, checked: the signature, and that nothing it lists is still held."""
    caller(request).need()
    return in_sight(PurgeCertificate.objects.all(), certificate)


def _inside(asking: Caller, division: str) -> str:
    if not division.startswith(asking.division):
        raise Forbidden("access.purge outside your jurisdiction")
    return division
