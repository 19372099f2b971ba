"""Who is a contact, why, until when, and what is measured on them each day?"""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from ninja import Query, Router

from liankong.actions import tracing_checks as check_verbs
from liankong.actions import tracing_contacts as verbs
from liankong.exchange.roster import Roster, RosterFault, RosterRow
from liankong.store.models import Check, Contact, Exposure
from liankong.store.tracing_proposals import Met, Proposed
from liankong.store.tracing_why import why
from liankong.vocabulary.identifiers import IdentifierError, normalise_phone, parse_id_number
from liankong.vocabulary.kinds import Sex
from liankong.web.api.door import caller
from liankong.web.api.kit import After, Id, Limit, Page, answers, in_sight, paged
from liankong.web.api.tracing_schemas import (
    AmendMeetingIn,
    CaseHouseholdIn,
    ContactCheckFilters,
    ContactCheckOut,
    ContactChecksOut,
    ContactFilters,
    ContactOut,
    ContactsDoneOut,
    ControlContactIn,
    MeasuredChecksIn,
    ProposeContactsIn,
    ProposedContactsOut,
    RejectContactsIn,
    RosterAccountOut,
    RosterIn,
    RosterRowIn,
    SignContactsIn,
)

router = Router(tags=["contacts"])


@router.get("/contacts", response=answers(Page[ContactOut]), operation_id="list_contacts")
def list_contacts(
    request: HttpRequest, filters: Query[ContactFilters], after: After = None, limit: Limit = 50
) -> object:
    """Contacts in sight, the latest found first."""
    caller(request).need()
    return paged(_chosen(filters), order=("-found_at", "-id"), after=after, limit=limit)


@router.get("/contacts/checks", response=answers(Page[ContactCheckOut]), operation_id="list_checks")
def list_checks(
    request: HttpRequest, filters: Query[ContactCheckFilters], after: After = None, limit: Limit = 50
) -> object:
    """What is to be measured, the earliest due first."""
    caller(request).need()
    wanted = filters.dict(exclude_none=True)
    rows = Check.objects.all()
    if "division" in wanted:
        rows = rows.filter(contact__division__startswith=wanted.pop("division"))
    if "day" in wanted:
        rows = rows.filter(due_on=wanted.pop("day"))
    return paged(rows.filter(**wanted), order=("due_at", "id"), after=after, limit=limit)


@router.post("/contacts/checks", response=answers(ContactChecksOut), operation_id="record_checks")
def record_checks(request: HttpRequest, payload: MeasuredChecksIn) -> object:
    """Record a list of checks, all of it or nothing."""
    asking = caller(request)
    measured = [check_verbs.Measured(**one.dict()) for one in payload.measured]
    return {"checks": check_verbs.record_checks(measured=measured, by=asking.actor, at=asking.at)}


@router.post("/contacts", response=answers(ProposedContactsOut), operation_id="propose_contacts")
def propose_contacts(request: HttpRequest, payload: ProposeContactsIn) -> object:
    """Take in people who met a case or a contact. They wait for a signature."""
    asking = caller(request)
    met = [Met(**one.dict()) for one in payload.met]
    found = verbs.propose(met=met, case=payload.case, via=payload.via, by=asking.actor, at=asking.at)
    return _proposed(found)


@router.post("/contacts/household", response=answers(ProposedContactsOut), operation_id="propose_household")
def propose_household(request: HttpRequest, payload: CaseHouseholdIn) -> object:
    """Take in all who live with a case, as the register has them."""
    asking = caller(request)
    return _proposed(verbs.propose_household(case=payload.case, by=asking.actor, at=asking.at))


@router.post("/contacts/roster", response=answers(RosterAccountOut), operation_id="propose_roster")
def propose_roster(request: HttpRequest, payload: RosterIn) -> object:
    """Take in a class, a shift or a passenger list; who is not registered is registered."""
    asking = caller(request)
    account = verbs.propose_roster(
        case=payload.case,
        roster=_roster(payload.people),
        kind=payload.kind,
        from_at=payload.from_at,
        until_at=payload.until_at,
        source=payload.source,
        by=asking.actor,
        at=asking.at,
    )
    return {
        "rows": account.rows,
        "accepted": account.accepted,
        "rejected": [
            {"row": fault.row, "field": fault.field, "reason": fault.reason} for fault in account.rejected
        ],
        "duplicate": account.duplicate,
        "proposed": list(account.proposed),
    }


@router.post("/contacts/sign", response=answers(ContactsDoneOut), operation_id="sign_contacts")
def sign_contacts(request: HttpRequest, payload: SignContactsIn) -> object:
    """Confirm proposals in one's own name; their schedules are made with it."""
    asking = caller(request)
    return {"contacts": verbs.sign(contacts=payload.contacts, by=asking.actor, at=asking.at)}


@router.post("/contacts/reject", response=answers(ContactsDoneOut), operation_id="reject_contacts")
def reject_contacts(request: HttpRequest, payload: RejectContactsIn) -> object:
    """Judge that they are no contacts, with the reason."""
    asking = caller(request)
    done = verbs.reject(contacts=payload.contacts, reason=payload.reason, by=asking.actor, at=asking.at)
    return {"contacts": done}


@router.get("/contacts/{contact}", response=answers(ContactOut), operation_id="get_contact")
def get_contact(request: HttpRequest, contact: Id) -> object:
    """One contact."""
    caller(request).need()
    return in_sight(Contact.objects.all(), contact)


@router.get("/contacts/{contact}/why", response=answers(dict[str, Any]), operation_id="why_contact")
def why_contact(request: HttpRequest, contact: Id) -> object:
    """Why: facts, rule and instrument, edition, signer, and what would change it, worked out now."""
    asking = caller(request)
    asking.need()
    return why(in_sight(Contact.objects.select_related("outbreak"), contact), at=asking.at)


@router.post("/contacts/{contact}/control", response=answers(ContactOut), operation_id="control_contact")
def control_contact(request: HttpRequest, contact: Id, payload: ControlContactIn) -> object:
    """Say since when a contact meets nobody any more."""
    asking = caller(request)
    in_sight(Contact.objects.all(), contact)
    return verbs.control(contact=contact, controlled_at=payload.controlled_at, by=asking.actor, at=asking.at)


@router.post("/contacts/{contact}/release", response=answers(ContactOut), operation_id="release_contact")
def release_contact(request: HttpRequest, contact: Id) -> object:
    """Let a contact go; refused with what is missing until every condition is met."""
    asking = caller(request)
    in_sight(Contact.objects.all(), contact)
    return verbs.release(contact=contact, by=asking.actor, at=asking.at)


@router.post("/exposures/{exposure}", response=answers(ContactOut), operation_id="amend_exposure")
def amend_exposure(request: HttpRequest, exposure: Id, payload: AmendMeetingIn) -> object:
    """Correct what is known of one meeting; gives the contact as it is then."""
    asking = caller(request)
    in_sight(Exposure.objects.all(), exposure)
    row = verbs.amend_exposure(exposure=exposure, **payload.dict(), by=asking.actor, at=asking.at)
    return in_sight(Contact.objects.all(), row.contact_id)


def _chosen(filters: ContactFilters) -> "QuerySet[Contact]":
    wanted = filters.dict(exclude_none=True)
    rows = Contact.objects.all()
    if "division" in wanted:
        rows = rows.filter(division__startswith=wanted.pop("division"))
    if "case" in wanted:
        rows = rows.filter(Exists(Exposure.objects.filter(contact=OuterRef("pk"), case=wanted.pop("case"))))
    return rows.filter(**wanted)


def _proposed(found: Proposed) -> dict[str, Any]:
    return {
        "rows": found.rows,
        "proposed": found.proposed,
        "proposed_rows": found.proposed_rows,
        "added": found.added,
        "nobody": [{"place": place, "because": reason.sentence()} for place, reason in found.nobody],
        "duplicate": found.duplicate,
    }


def _roster(people: list[RosterRowIn]) -> Roster:
    """The rows checked as those of a file are."""
    rows: list[RosterRow] = []
    faults: list[RosterFault] = []
    for number, one in enumerate(people, start=1):
        read = _row(number, one)
        if isinstance(read, RosterFault):
            faults.append(read)
        else:
            rows.append(read)
    return Roster(len(people), tuple(rows), tuple(faults), ())


def _row(number: int, one: RosterRowIn) -> RosterRow | RosterFault:
    try:
        read = parse_id_number(one.id_number) if one.id_number else None
    except IdentifierError as error:
        return RosterFault(number, "id_number", str(error))
    try:
        phone = normalise_phone(one.phone) if one.phone else ""
    except IdentifierError as error:
        return RosterFault(number, "phone", str(error))
    if one.person is None and read is None and not phone:
        return RosterFault(number, "id_number", "is empty, and so are the other columns that say who")
    return RosterRow(
        row=number,
        person=one.person,
        name=one.name,
        id_number="" if read is None else read.number,
        phone=phone,
        division=one.division,
        sex=Sex.UNKNOWN if read is None else read.sex,
        birth_date=None if read is None else read.birth,
    )
