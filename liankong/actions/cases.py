"""Who is infected, how ill, where from, and have we said so in time?"""

from datetime import date, datetime

from django.db.models import Max

from liankong import protocols
from liankong.actions import Refused, action
from liankong.rules import cases as rules
from liankong.rules import lab as lab_rules
from liankong.rules.cases_course import course_fault
from liankong.store import cases, log, orders
from liankong.store.log import Actor
from liankong.store.models import Case, CaseLink, Entry, Order, Organisation, Outbreak, Person, Result
from liankong.store.organisations import responsible
from liankong.store.outbreaks import current
from liankong.vocabulary.facts import (
    CaseClassified,
    CaseCourseRecorded,
    CaseOpened,
    CaseReported,
    CaseSourceSet,
)
from liankong.vocabulary.kinds import (
    FoundBy,
    OrderKind,
    OrganisationKind,
    Origin,
    Outcome,
    PersonClass,
    ResultValue,
    Severity,
    TubeKind,
)


@action("cases.open", automatic=True)
def open_from_result(*, cause: Entry, by: Actor, at: datetime) -> Case | None:
    """A positive that speaks for one person opens a case, waiting for review. A second one of theirs does not."""
    result = Result.objects.select_related("tube").get(pk=cause.subject)
    outbreak = current(result.division, at)
    protocol = protocols.load(outbreak.protocol)
    members = {member.pk: member for member in result.tube.members.all()}
    decision = lab_rules.interpret(
        ResultValue(result.value), TubeKind(result.tube.kind), list(members), protocol, ct=result.ct
    )
    if decision.action is not lab_rules.LabAction.OPEN_CASE:
        return None
    person = members[decision.open_for[0]]
    # One numberer at a time; the constraint on (outbreak, person) would catch a race, this spares the retry.
    Outbreak.objects.select_for_update().get(pk=outbreak.pk)
    open_case = Case.objects.filter(outbreak=outbreak, person=person).exclude(
        classification=PersonClass.EXCLUDED
    )
    if open_case.exists():
        return None
    opening = rules.opening_class(protocol)
    case = Case.objects.create(
        outbreak=outbreak,
        number=_next_number(outbreak),
        person=person,
        division=person.division,
        classification=opening.classification,
        severity=opening.severity or "",
        origin=Origin.UNKNOWN,
        found_by=_found_by(person),
        sampled_at=result.tube.sampled_at,
        found_at=at,
        protocol=protocol.id,
        result=result,
    )
    cases.remember(case, at=at, by=by, reason=opening.why.basis)
    log.record(
        CaseOpened(
            case=case.pk,
            classification=opening.classification,
            origin=Origin.UNKNOWN,
            found_by=FoundBy(case.found_by),
        ),
        subject=case.pk,
        division=case.division,
        by=by,
        at=at,
        cause=cause,
        protocol=protocol.id,
    )
    return case


def _next_number(outbreak: Outbreak) -> str:
    last = Case.objects.filter(outbreak=outbreak, number__regex=r"^\d{5}$").aggregate(last=Max("number"))[
        "last"
    ]
    return f"{int(last or 0) + 1:05d}"


def _found_by(person: Person) -> FoundBy:
    """A single test that follows a positive pool comes from a screening; otherwise the investigation will say."""
    pooled = person.tubes.exclude(kind=TubeKind.SINGLE).filter(results__value=ResultValue.POSITIVE).exists()
    return FoundBy.SCREENING if pooled else FoundBy.OTHER


@action("cases.open", automatic=True)
def order_report(*, cause: Entry, by: Actor, at: datetime) -> Order:
    """Start the clock of the statutory report (网络直报) for the CDC that answers for the case."""
    case = Case.objects.get(pk=cause.subject)
    protocol = protocols.load(case.protocol)
    deadline = rules.report_deadline(at, protocol)
    return orders.issue(
        kind=OrderKind.REPORT,
        title=f"Direct report of case {case.number}",
        issuer=responsible(OrganisationKind.HEADQUARTERS, case.division, at),
        addressee=responsible(OrganisationKind.CDC, case.division, at),
        division=case.division,
        case=case,
        due_at=deadline.due_at,
        basis=deadline.why.basis,
        protocol=protocol.id,
        by=by,
        at=at,
        cause=cause,
    )


@action("cases.open", automatic=True)
def order_review(*, cause: Entry, by: Actor, at: datetime) -> Order | None:
    """Ask the experts to review a reported case; one that somebody has classified by then needs none.

    The CDC has the case with the report and not before, so the clock runs from the report.
    """
    # Locked: a class set between this look and the commit would find no order to close, and leave it open for ever.
    case = Case.objects.select_for_update().get(pk=cause.subject)
    if case.classification != PersonClass.PENDING_REVIEW:
        return None
    protocol = protocols.load(case.protocol)
    deadline = rules.review_deadline(at, protocol)
    if deadline is None:
        return None
    return orders.issue(
        kind=OrderKind.REVIEW,
        title=f"Expert review of case {case.number}",
        issuer=responsible(OrganisationKind.CDC, case.division, at),
        addressee=responsible(OrganisationKind.HEADQUARTERS, case.division, at),
        division=case.division,
        case=case,
        due_at=deadline.due_at,
        basis=deadline.why.basis,
        protocol=protocol.id,
        by=by,
        at=at,
        cause=cause,
    )


@action("cases.classify")
def classify(
    *,
    case: int,
    classification: PersonClass,
    reason: str,
    by: Actor,
    at: datetime,
    severity: Severity | None = None,
) -> Case:
    """Set or change a case's class, under the protocol of the case, by a named person with a reason."""
    row = _locked(case)
    protocol = protocols.load(row.protocol)
    before = PersonClass(row.classification)
    if not reason.strip():
        raise Refused("say why: who reviewed it, what was found", field="reason")
    decision = rules.reclassify(
        before, classification, protocol, reason=reason, severity=severity, severity_before=_severity(row)
    )
    if not decision.allowed:
        raise Refused(decision.why.reason, field=decision.field, **decision.why.values)
    row.classification, row.severity = classification, severity or ""
    if classification in (PersonClass.CONFIRMED, PersonClass.ASYMPTOMATIC) and row.confirmed_at is None:
        row.confirmed_at = at
    _check_course(row, at)
    row.save(update_fields=["classification", "severity", "confirmed_at"])
    cases.remember(row, at=at, by=by, reason=reason.strip())
    log.record(
        CaseClassified(
            case=row.pk, before=before, after=classification, severity=severity, reason=reason.strip()
        ),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        protocol=protocol.id,
    )
    return row


@action("cases.course")
def record_course(
    *,
    case: int,
    by: Actor,
    at: datetime,
    outcome: Outcome | None = None,
    outcome_at: datetime | None = None,
    severity: Severity | None = None,
    hospital: Organisation | None = None,
    admitted_at: datetime | None = None,
    onset_on: date | None = None,
    reason: str = "",
) -> Case:
    """Admission, onset, change of severity, discharge, release or death. What is not given stays as it is."""
    row = _locked(case)
    if hospital is not None:
        row.hospital, row.hospital_name = hospital, ""
    row.admitted_at = admitted_at or row.admitted_at
    onset_changed = onset_on is not None and onset_on != row.onset_on
    row.onset_on = onset_on or row.onset_on
    row.severity = severity or row.severity
    if outcome is not None:
        row.outcome, row.outcome_at = outcome, (outcome_at or at)
        if outcome == Outcome.IN_CARE:
            row.outcome_at = None
    _check_course(row, at)
    row.save(
        update_fields=[
            "hospital",
            "hospital_name",
            "admitted_at",
            "onset_on",
            "severity",
            "outcome",
            "outcome_at",
        ]
    )
    cases.remember(row, at=at, by=by, reason=reason.strip())
    fact = CaseCourseRecorded(
        case=row.pk,
        outcome=Outcome(row.outcome),
        severity=_severity(row),
        hospital=row.hospital_id,
        onset_changed=onset_changed,
    )
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at, protocol=row.protocol)
    return row


@action("cases.source")
def set_source(
    *,
    case: int,
    origin: Origin,
    by: Actor,
    at: datetime,
    origin_place: str = "",
    infector: str = "",
    exposure: str = "",
    cluster: str | None = None,
    found_by: FoundBy | None = None,
) -> Case:
    """Say where the infection came from: local or imported, and from which case (by number), if known."""
    row = _locked(case)
    source = None
    if infector.strip():
        source = Case.objects.filter(outbreak_id=row.outbreak_id, number=infector.strip()).first()
        if source is None:
            raise Refused("no case {infector} in this outbreak", field="infector", infector=infector)
        if source.pk == row.pk:
            raise Refused("a case cannot be its own source", field="infector")
    row.origin, row.origin_place = origin, origin_place.strip()
    row.exposure = exposure.strip() or row.exposure
    row.cluster = row.cluster if cluster is None else cluster.strip()
    row.found_by = found_by or row.found_by
    row.save(update_fields=["origin", "origin_place", "exposure", "cluster", "found_by"])
    row.links.update(rank=2)
    if source is not None:
        CaseLink.objects.update_or_create(
            case=row,
            infector_number=source.number,
            defaults={"infector": source, "rank": 1, "exposure": exposure.strip()},
        )
    cases.remember(row, at=at, by=by, reason="source")
    fact = CaseSourceSet(case=row.pk, origin=origin, infector=source.pk if source else None)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at, protocol=row.protocol)
    return row


@action("cases.report")
def report(*, case: int, card: str, by: Actor, at: datetime) -> Case:
    """Record that the statutory report was made; `card` is the number of the report card."""
    row = _locked(case)
    if row.reported_at is not None:
        raise Refused("this case was reported already")
    if not card.strip():
        raise Refused("give the number of the report card", field="card")
    row.reported_at = at
    row.save(update_fields=["reported_at"])
    deadline = rules.report_deadline(row.found_at, protocols.load(row.protocol))
    fact = CaseReported(case=row.pk, late=at > deadline.due_at)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at, protocol=row.protocol)
    return row


@action("cases.report", automatic=True)
def close_report(*, cause: Entry, by: Actor, at: datetime) -> int:
    """Stop the report clock: the order is done, by whoever made the report."""
    return _close(OrderKind.REPORT, cause, by, at, proof="reported")


@action("cases.classify", automatic=True)
def close_review(*, cause: Entry, by: Actor, at: datetime) -> int:
    """Stop the review clock: a person has classified the case."""
    return _close(OrderKind.REVIEW, cause, by, at, proof=f"classified {cause.body['after']}")


def _close(kind: OrderKind, cause: Entry, by: Actor, at: datetime, *, proof: str) -> int:
    rows = Order.objects.select_for_update(of=("self",)).filter(
        orders.running(), case_id=cause.subject, kind=kind, issued_at__lte=at
    )
    for row in rows:
        orders.complete(row, proof=proof, done_by=cause.by, by=by, at=at, cause=cause)
    return len(rows)


def _locked(case: int) -> Case:
    row = Case.objects.select_for_update(of=("self",)).filter(pk=case).first()
    if row is None:
        raise Refused("there is no such case in your jurisdiction")
    return row


def _check_course(row: Case, at: datetime) -> None:
    fault = course_fault(
        classification=PersonClass(row.classification),
        severity=_severity(row),
        onset=row.onset_on,
        admitted_at=row.admitted_at,
        outcome=Outcome(row.outcome),
        outcome_at=row.outcome_at,
        now=at,
    )
    if fault is not None:
        raise Refused(
            "{name}: expected {expected}",
            field=_FORM.get(fault.field, fault.field),
            name=fault.field,
            expected=fault.expected,
        )


# Argument of the rule -> field of the form, where they differ.
_FORM = {"onset": "onset_on"}


def _severity(row: Case) -> Severity | None:
    return Severity(row.severity) if row.severity else None
