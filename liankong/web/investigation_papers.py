"""An investigation as its report: what of it is printed for the headquarters, and what for the public."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from django.db.models import F, Q
from django.utils import translation

from liankong.exchange.investigation_docx import render_docx
from liankong.exchange.investigation_report import (
    ContactLine,
    Hypothesis,
    InternalReport,
    Issue,
    Measures,
    PublicReport,
    internal_document,
    public_document,
)
from liankong.exchange.itinerary_write import Told
from liankong.exchange.pdf import Document, Standing, render_pdf
from liankong.rules.investigation import Held, gaps
from liankong.rules.investigation_public import KnownStay, compound, public_stays
from liankong.store import organisations
from liankong.store.models import (
    Case,
    Contact,
    Entry,
    Investigation,
    Order,
    OrganisationTerm,
    Person,
    SourceHypothesis,
    Stay,
    Zone,
)
from liankong.vocabulary import divisions
from liankong.vocabulary.kinds import (
    ContactState,
    FoundBy,
    OrderKind,
    OrganisationKind,
    Origin,
    PersonClass,
    Protection,
    StayMode,
    ZoneState,
)
from liankong.vocabulary.spans import local_day
from liankong.web.faults import say
from liankong.web.investigation_track import window_of

Edition = Literal["internal", "public"]
CONTACTS = (PersonClass.CLOSE_CONTACT, PersonClass.SECONDARY_CONTACT, PersonClass.GENERAL_CONTACT)
DWELLINGS = frozenset({"dwelling", "compound", "residence", "building", "stair", "village"})
_FOUND_BY: dict[FoundBy, str] = {
    FoundBy.FEVER_CLINIC: "发热门诊就诊",
    FoundBy.SCREENING: "核酸筛查",
    FoundBy.CONTACT: "密切接触者排查",
    FoundBy.KEY_POPULATION: "重点人群检测",
    FoundBy.INQUIRY: "协查",
    FoundBy.BORDER: "口岸检疫",
    FoundBy.IMPORT_FILE: "病例报告",
    FoundBy.OTHER: "检测",
}


def paper(
    row: Investigation, *, edition: Edition, kind: Literal["pdf", "docx"], by: str, at: datetime
) -> bytes:
    """The report as a file. Raises UnprintableError, PdfUnavailableError, DocxUnavailableError."""
    document = document_of(row, edition=edition, by=by, at=at)
    return render_pdf(document) if kind == "pdf" else render_docx(document)


def document_of(row: Investigation, *, edition: Edition, by: str, at: datetime) -> Document:
    """`by`: who asks for it, printed on what is not for the public, so that a copy can be traced."""
    issue = Issue(
        issuer=_issuer(row),
        number=f"{row.case.outbreak.code}-{row.pk}" if edition == "internal" else "",
        dated=local_day(row.reported_at or at),
        standing=_standing(row),
        signed_by=_investigator(row) if edition == "internal" else "",
        trace=_trace(row, by, at) if edition == "internal" else "",
    )
    if edition == "public":
        return public_document(public_report(row, at=at), issue)
    return internal_document(internal_report(row, at=at), issue)


def public_report(row: Investigation, *, at: datetime) -> PublicReport:
    """Only what the public's version has a field for; confirmed stays alone."""
    case = row.case
    known = [
        KnownStay(
            from_at=stay.from_at,
            until_at=stay.until_at,
            mode=StayMode(stay.mode),
            place=stay.place.name if stay.place else stay.place_text,
            registered=stay.place is not None,
            dwelling=stay.place is not None and stay.place.kind in DWELLINGS,
            vehicle=stay.vehicle,
        )
        for stay in _stays(row)
        if stay.confirmed_at is not None
    ]
    done = _measures(case)
    counts = Counter({kind: len(numbers) for kind, numbers in _contacts(case).items()})
    return PublicReport(
        place=_place_name(row.division[:6]),
        classification=PersonClass(case.classification),
        found_on=local_day(case.found_at),
        stays=tuple(public_stays(known, window_of(row, at=at))),
        contacts=tuple((kind, counts[kind]) for kind in CONTACTS),
        origin=Origin(case.origin),
        measures=replace(done, zones=tuple(dict.fromkeys(filter(None, map(compound, done.zones))))),
    )


def internal_report(row: Investigation, *, at: datetime) -> InternalReport:
    case, stays = row.case, _stays(row)
    person = Person.objects.get(pk=case.person_id)
    window = window_of(row, at=at)
    missing = None
    if window is not None:
        held = [Held(stay.pk, stay.from_at, stay.until_at) for stay in stays]
        seconds = sum((gap.end - gap.start).total_seconds() for gap in gaps(held, window) if gap.end)
        missing = round(seconds / 3600)
    found = _contacts(case)
    return InternalReport(
        place=_place_name(row.division[:6]),
        case=case.number,
        person=person.pk,
        sex=person.sex,
        age=_age(case, person.birth_date),
        classification=PersonClass(case.classification),
        found_at=case.found_at,
        found_by=_FOUND_BY[FoundBy(case.found_by)],
        onset_on=case.onset_on,
        sampled_at=case.sampled_at,
        stays=tuple(
            Told(
                from_at=stay.from_at,
                until_at=stay.until_at,
                mode=StayMode(stay.mode),
                place=stay.place.name if stay.place else stay.place_text,
                vehicle=stay.vehicle,
                seat=stay.seat,
                companions=stay.companions,
                protection=Protection(stay.protection),
            )
            for stay in stays
        ),
        unknown_hours=missing,
        contacts=tuple(ContactLine(classification=kind, numbers=found.get(kind, ())) for kind in CONTACTS),
        origin=Origin(case.origin),
        sources=tuple(_hypothesis(one) for one in _sources(row)),
        measures=_measures(case),
    )


def _stays(row: Investigation) -> list[Stay]:
    rows = Stay.objects.filter(investigation=row).select_related("place")
    return list(rows.order_by("from_at", "until_at", "pk"))


def _contacts(case: Case) -> dict[PersonClass, tuple[int, ...]]:
    """Contacts that stand and met this case, by class."""
    rows = (
        Contact.objects.filter(exposures__case=case, stands=True)
        .exclude(state=ContactState.REJECTED)
        .order_by("pk")
        .distinct()
        .values_list("classification", "pk")
    )
    found: dict[PersonClass, tuple[int, ...]] = {}
    for kind, key in rows:
        found[PersonClass(kind)] = (*found.get(PersonClass(kind), ()), key)
    return found


def _measures(case: Case) -> Measures:
    controlled = Contact.objects.filter(
        exposures__case=case, state__in=(ContactState.CONTROLLED, ContactState.RELEASED)
    )
    done = Order.objects.filter(case=case, done_at__isnull=False).values_list("kind", flat=True)
    kinds = Counter(done)
    zones = Zone.objects.filter(
        Q(case=case), state__in=(ZoneState.IN_FORCE, ZoneState.LIFTED), case__outbreak=case.outbreak_id
    )
    return Measures(
        zones=tuple(zones.order_by("pk").values_list("name", flat=True)),
        disinfected=kinds[OrderKind.DISINFECTION],
        sampled=kinds[OrderKind.ENVIRONMENT_SAMPLE],
        controlled=controlled.values("pk").distinct().count(),
    )


def _sources(row: Investigation) -> list[SourceHypothesis]:
    rows = SourceHypothesis.objects.filter(investigation=row).select_related("infector")
    return list(rows.order_by(F("accepted_at").asc(nulls_last=True), "pk"))


def _hypothesis(one: SourceHypothesis) -> Hypothesis:
    standing = "taken" if one.accepted_at else "rejected" if one.rejected_at else "open"
    return Hypothesis(
        text=one.text,
        infector=one.infector.number if one.infector else "",
        likelihood=one.likelihood,
        standing=standing,
        reason=_in_chinese(one.reason),
    )


def _in_chinese(reason: str) -> str:
    """A reason that a rule wrote, as the report has it: reports are Chinese, whoever reads them."""
    with translation.override("zh-hans"):
        return say(reason)


def _age(case: Case, born: date | None) -> int | None:
    if case.age is not None:
        return int(case.age)
    if born is None:
        return None
    day = local_day(case.found_at)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _place_name(code: str) -> str:
    return divisions.get(code).name if divisions.exists(code) else code


def _issuer(row: Investigation) -> str:
    """The body that investigates, as it is called on the day of the report; else the headquarters above it."""
    at = row.reported_at or row.opened_at
    term = OrganisationTerm.objects.filter(
        organisations.in_force(at), organisation=row.organisation_id
    ).first()
    if term is not None:
        return str(term.name)
    body = organisations.responsible(OrganisationKind.HEADQUARTERS, row.division, at)
    return str(body.code)


def _standing(row: Investigation) -> Standing:
    if row.case.outbreak.exercise:
        return Standing.EXERCISE
    return Standing.ISSUED if row.reported_at else Standing.DRAFT


def _investigator(row: Investigation) -> str:
    user = row.investigator
    return "" if user is None else user.name or user.username


def _trace(row: Investigation, by: str, at: datetime) -> str:
    last = Entry.objects.filter(subject_kind="investigation", subject=row.pk).order_by("-pk").first()
    return f"流调{row.pk} · 日志{last.pk if last else 0} · {by} · {at:%Y-%m-%dT%H:%MZ}"
