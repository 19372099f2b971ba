"""Where was the case, and what do we know of it? The investigation (流调), from its opening to its report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from liankong import protocols
from liankong.actions import Refused, action
from liankong.rules import investigation as rules
from liankong.rules.cases import Deadline
from liankong.rules.orders_words import PersonalNumber, check
from liankong.store import identity, log, orders
from liankong.store.log import Actor
from liankong.store.models import Case, Entry, Investigation, Order, Person, Place, Stay
from liankong.store.organisations import responsible
from liankong.vocabulary.facts import (
    Fact,
    InvestigationClosed,
    InvestigationNoted,
    InvestigationOpened,
    InvestigationRead,
    InvestigationReported,
    StayChanged,
    StaysRecorded,
    TrackConfirmed,
)
from liankong.vocabulary.kinds import (
    FactSource,
    OrderKind,
    OrganisationKind,
    Protection,
    StayMode,
)

NOTES = "investigation_notes"
LONGEST_NOTES = 20_000
ON_THE_WAY = "途中"
AT_HOME = "家"
RIDES = frozenset({StayMode.WALK, StayMode.BICYCLE, StayMode.CAR, StayMode.TAXI, StayMode.BUS, StayMode.METRO,
                   StayMode.TRAIN, StayMode.FLIGHT})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StayTold:
    """A stay as somebody told it; `place` is a place of the register, `place_text` one in words."""

    from_at: datetime
    until_at: datetime
    mode: StayMode = StayMode.OTHER
    place: int | None = None
    place_text: str = ""
    vehicle: str = ""
    seat: str = ""
    companions: int | None = None
    protection: Protection = Protection.UNKNOWN
    source: FactSource = FactSource.INTERVIEW


# --- reactions -----------------------------------------------------------------------------------------------


@action("tracing.investigate", automatic=True)
def open_investigation(*, cause: Entry, by: Actor, at: datetime) -> Investigation:
    """Open the investigation of a new case and start its clocks, as far as the protocol sets any."""
    case = Case.objects.select_related("outbreak").get(pk=cause.subject)
    known = Investigation.objects.filter(case=case).first()
    if known is not None:
        return known
    protocol = protocols.load(case.protocol)
    row = Investigation.objects.create(
        case=case,
        division=case.division,
        organisation=responsible(OrganisationKind.CDC, case.division, at),
        opened_at=at,
    )
    clocks = (
        (OrderKind.CORE_TRACK, f"Track of case {case.number}", rules.track_deadline(at, protocol)),
        (
            OrderKind.PRELIMINARY_REPORT,
            f"Preliminary report of case {case.number}",
            rules.report_deadline(at, protocol),
        ),
    )
    for kind, title, deadline in clocks:
        if deadline is not None:
            _order(row, kind, title, deadline, by, at, cause)
    log.record(
        InvestigationOpened(investigation=row.pk, case=case.pk),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        cause=cause,
        protocol=protocol.id,
    )
    return row


def _order(
    row: Investigation, kind: OrderKind, title: str, deadline: Deadline, by: Actor, at: datetime, cause: Entry
) -> None:
    orders.issue(
        kind=kind,
        title=title,
        issuer=responsible(OrganisationKind.HEADQUARTERS, row.division, at),
        addressee=row.organisation,
        division=row.division,
        case=row.case,
        due_at=deadline.due_at,
        basis=deadline.why.basis,
        protocol=deadline.why.protocol,
        by=by,
        at=at,
        cause=cause,
    )


@action("tracing.investigate", automatic=True)
def close_track(*, cause: Entry, by: Actor, at: datetime) -> int:
    """The track is confirmed: its clock stops."""
    return _close(cause.body["case"], (OrderKind.CORE_TRACK,), cause, by, at, proof="track confirmed")


@action("tracing.investigate", automatic=True)
def close_preliminary(*, cause: Entry, by: Actor, at: datetime) -> int:
    """The report is filed: its clock stops."""
    return _close(
        cause.body["case"], (OrderKind.PRELIMINARY_REPORT,), cause, by, at, proof="preliminary report filed"
    )


@action("tracing.investigate", automatic=True)
def close_excluded(*, cause: Entry, by: Actor, at: datetime) -> int:
    """Not a case after all: nothing more is to be investigated."""
    row = Investigation.objects.select_for_update(of=("self",)).filter(case=cause.subject).first()
    if row is None or row.closed_at is not None:
        return 0
    row.closed_at = at
    row.save(update_fields=["closed_at"])
    log.record(
        InvestigationClosed(investigation=row.pk, case=row.case_id),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        cause=cause,
    )
    kinds = (OrderKind.CORE_TRACK, OrderKind.PRELIMINARY_REPORT)
    return _close(row.case_id, kinds, cause, by, at, proof="classified excluded")


def _close(
    case: int, kinds: Sequence[OrderKind], cause: Entry, by: Actor, at: datetime, *, proof: str
) -> int:
    rows = Order.objects.select_for_update(of=("self",)).filter(
        orders.running(), case_id=case, kind__in=kinds, done_at__isnull=True, issued_at__lte=at
    )
    for row in rows:
        orders.complete(row, proof=proof, done_by=cause.by, by=by, at=at, cause=cause)
    return len(rows)


# --- the itinerary -------------------------------------------------------------------------------------------


@action("tracing.investigate")
def record_stays(*, investigation: int, stays: Sequence[StayTold], by: Actor, at: datetime) -> list[Stay]:
    """Enter stays of the case: one at the telephone, or all that a text gave. All or none."""
    row = _locked(investigation)
    if not stays:
        raise Refused("there is no stay to record")
    person = Person.objects.select_related("household").get(pk=row.case.person_id)
    made = Stay.objects.bulk_create(
        Stay(
            person_id=row.case.person_id,
            investigation=row,
            division=row.division,
            recorded_by_id=by.user,
            recorded_at=at,
            source=told.source,
            **_columns(told, person, at),
        )
        for told in stays
    )
    row.investigator_id = row.investigator_id or by.user
    row.save(update_fields=["investigator"])
    fact = StaysRecorded(investigation=row.pk, stays=tuple(stay.pk for stay in made))
    _tell(fact, row, by, at)
    return made


@action("tracing.investigate")
def change_stay(*, stay: int, told: StayTold, by: Actor, at: datetime) -> Stay:
    """Correct a stay. It must be confirmed anew before contacts are looked for by it."""
    found, row = _stay(stay)
    person = Person.objects.select_related("household").get(pk=row.case.person_id)
    values = _columns(told, person, at)
    for name, value in values.items():
        setattr(found, name, value)
    found.confirmed_at = None
    found.recorded_by_id, found.recorded_at = by.user, at
    found.save(update_fields=[*values, "confirmed_at", "recorded_by", "recorded_at"])
    _tell(StayChanged(investigation=row.pk, stay=found.pk), row, by, at)
    return found


@action("tracing.investigate")
def remove_stay(*, stay: int, by: Actor, at: datetime) -> int:
    """Take a stay out. One by which contacts were found stays: they hang on it."""
    found, row = _stay(stay)
    if found.exposures.exists():
        raise Refused("contacts were found by this stay: correct it, or reject them first")
    key = found.pk
    found.delete()
    _tell(StayChanged(investigation=row.pk, stay=key, removed=True), row, by, at)
    return key


@action("tracing.investigate")
def confirm_track(*, investigation: int, by: Actor, at: datetime) -> Investigation:
    """Say that the itinerary is complete as far as known: contacts are looked for by it, zones proposed around it.

    May be said again after further stays.
    """
    row = _locked(investigation)
    stays = list(Stay.objects.filter(investigation=row).order_by("from_at", "pk"))
    if not stays:
        raise Refused("there is no stay yet: enter where the case was")
    fresh = [stay for stay in stays if stay.confirmed_at is None]
    if not fresh and row.track_confirmed_at is not None:
        raise Refused("the track is confirmed, and no stay has changed since")
    Stay.objects.filter(pk__in=[stay.pk for stay in fresh]).update(confirmed_at=at)
    row.track_confirmed_at = at
    row.track_from, row.track_until = stays[0].from_at, max(stay.until_at for stay in stays)
    row.save(update_fields=["track_confirmed_at", "track_from", "track_until"])
    _tell(TrackConfirmed(investigation=row.pk, case=row.case_id, stays=len(stays)), row, by, at)
    return row


# --- notes and report -------------------------------------------------------------------------------------------


@action("tracing.investigate")
def write_notes(*, investigation: int, text: str, by: Actor, at: datetime) -> Investigation:
    """Keep what the interview brought in words, sealed: it may name people."""
    row = _locked(investigation)
    if len(text) > LONGEST_NOTES:
        raise Refused("notes of {length} characters: expected at most {most}", field="text",
                      length=len(text), most=LONGEST_NOTES)  # fmt: skip
    row.notes_sealed = identity.seal(text.strip(), owner=row.pk, field=NOTES)
    row.save(update_fields=["notes_sealed"])
    _tell(InvestigationNoted(investigation=row.pk), row, by, at)
    return row


@action("tracing.investigate")
def read_notes(*, investigation: int, why: str, by: Actor, at: datetime) -> str:
    """Open the notes, for a reason that is on record before anything is shown."""
    row = _locked(investigation, closed=True)
    if not why.strip():
        raise Refused("say why you need it", field="why")
    try:
        check(why=why)
    except PersonalNumber as error:
        raise Refused(error.template, field="why") from error
    _tell(InvestigationRead(investigation=row.pk, why=why.strip()[:300]), row, by, at)
    return identity.unseal(row.notes_sealed, owner=row.pk, field=NOTES)


@action("tracing.investigate")
def file_report(*, investigation: int, by: Actor, at: datetime) -> Investigation:
    """File the preliminary report: what is known now, over a named person's name."""
    row = _locked(investigation)
    if row.reported_at is not None:
        raise Refused("the report was filed already")
    if row.track_confirmed_at is None:
        raise Refused("confirm the track first: the report tells it")
    row.reported_at = at
    row.investigator_id = row.investigator_id or by.user
    row.save(update_fields=["reported_at", "investigator"])
    _tell(InvestigationReported(investigation=row.pk, case=row.case_id), row, by, at)
    return row


# --- parts --------------------------------------------------------------------------------------------------------


def _locked(investigation: int, *, closed: bool = False) -> Investigation:
    row = (
        Investigation.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(pk=investigation)
        .first()
    )
    if row is None:
        raise Refused("there is no such investigation in your jurisdiction")
    if row.closed_at is not None and not closed:
        raise Refused("this investigation is closed")
    return row


def _stay(stay: int) -> tuple[Stay, Investigation]:
    found = Stay.objects.filter(pk=stay, investigation__isnull=False).first()
    if found is None or found.investigation_id is None:
        raise Refused("there is no such stay in your jurisdiction")
    row = _locked(found.investigation_id)
    return Stay.objects.select_for_update(of=("self",)).get(pk=stay), row


def _columns(told: StayTold, person: Person, at: datetime) -> dict[str, object]:
    """A stay's columns. A home that is not named is the household's; a ride that is not named is on the way."""
    text, vehicle, seat = told.place_text.strip(), told.vehicle.strip(), told.seat.strip()
    place = told.place
    if place is None and not text and not vehicle:
        if told.mode is StayMode.HOME:
            home = person.household
            place = home.dwelling_id if home is not None else None
            text = "" if place else AT_HOME
        elif told.mode in RIDES:
            text = ON_THE_WAY
    fault = rules.stay_fault(
        from_at=told.from_at, until_at=told.until_at, now=at, somewhere=bool(place or text or vehicle)
    )
    if fault is not None:
        raise Refused(fault[1], field=fault[0])
    try:
        check(place=text, vehicle=vehicle, seat=seat)
    except PersonalNumber as error:
        raise Refused(error.template, field="place") from error
    if place is not None and not Place.objects.filter(pk=place).exists():
        raise Refused("there is no such place in your jurisdiction", field="place")
    return {
        "place_id": place,
        "place_text": text[:160],
        "from_at": told.from_at,
        "until_at": told.until_at,
        "mode": told.mode,
        "vehicle": vehicle[:40],
        "seat": seat[:20],
        "companions": told.companions,
        "protection": told.protection,
    }


def _tell(fact: Fact, row: Investigation, by: Actor, at: datetime) -> None:
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at, protocol=row.case.protocol)
