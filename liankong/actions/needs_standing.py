"""Who needs care again and again? The list behind the green channel; each turn becomes an order ahead of time."""

from datetime import date, datetime, timedelta

from liankong.actions import Refused, action
from liankong.protocols.inside import inside
from liankong.rules import needs as rules
from liankong.rules import orders_words
from liankong.store import log, needs
from liankong.store.log import Actor
from liankong.store.models import Household, Order, Organisation, Person, StandingNeed
from liankong.vocabulary.facts import StandingNeedEnded, StandingNeedListed
from liankong.vocabulary.kinds import FactSource, NeedKind, OrganisationKind
from liankong.vocabulary.spans import local, local_day

# The lists of the notices; a household may be put on one for whatever comes again.
MOST_DAYS = 366
AT_ONCE = 500


@action("needs.take")
def put_on_list(
    *,
    kind: NeedKind,
    household: int,
    what: str,
    next_on: date,
    by: Actor,
    at: datetime,
    person: int | None = None,
    every_days: int | None = None,
    hospital: int | None = None,
) -> StandingNeed:
    """Put a need on the list: what, on which day next, every how many days, at which hospital.

    `every_days` None: it comes once, as a birth does. The turns are issued in the lister's organisation's name.
    """
    home = Household.objects.filter(pk=household).first()
    if home is None:
        raise Refused("there is no such household in your jurisdiction", field="household")
    who = Person.objects.filter(pk=person).first() if person is not None else None
    if person is not None and (who is None or who.household_id != home.pk):
        raise Refused("this person does not live in that household", field="person")
    keeper = Organisation.objects.filter(pk=by.organisation).first() if by.organisation else None
    if keeper is None:
        raise Refused("needs are taken from a post in an organisation")
    _possible(what, next_on, every_days, at)
    row = StandingNeed.objects.create(
        division=home.division,
        organisation=keeper,
        household=home,
        person=who,
        kind=kind,
        what=what.strip(),
        hospital=_hospital(hospital),
        every_days=every_days,
        next_on=next_on,
        created_at=at,
        listed_by_id=by.user,
    )
    fact = StandingNeedListed(standing=row.pk, need=kind)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)
    return row


@action("needs.take")
def take_off_list(*, standing: int, reason: str, by: Actor, at: datetime) -> StandingNeed:
    """End a standing need. Orders for turns that are out already run on. Ended twice changes nothing."""
    row = StandingNeed.objects.select_for_update(of=("self",)).filter(pk=standing).first()
    if row is None:
        raise Refused("there is no such need on the lists of your jurisdiction")
    if row.ended_at is not None:
        return row
    if not reason.strip():
        raise Refused("say why it ends", field="reason")
    _end(row, reason.strip()[:300], by, at)
    return row


@action("needs.clock", automatic=True)
def make_turns(*, by: Actor, at: datetime, limit: int = AT_ONCE) -> int:
    """Order the turns that come near; returns how many orders were made. Each turn is ordered once."""
    soon = local_day(at + inside().needs.turn_ahead.value)
    rows = (
        StandingNeed.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(ended_at__isnull=True, next_on__lte=soon)
        .select_related("household__dwelling", "person", "organisation")
        .order_by("next_on", "pk")[:limit]
    )
    return sum(_turns(row, by, at) for row in rows)


def _turns(row: StandingNeed, by: Actor, at: datetime) -> int:
    if row.next_on is None:
        return 0
    found = rules.turns(next_on=row.next_on, every_days=row.every_days, now=at)
    made = 0
    for day in found.days:
        made += len(_order(row, day, by, at))
    row.next_on = found.next_on or row.next_on
    if found.next_on is None:
        _end(row, "it came once", by, at)
    else:
        row.save(update_fields=["next_on"])
    return made


def _order(row: StandingNeed, day: date, by: Actor, at: datetime) -> list[Order]:
    """One turn: told to whoever the kind names and to the hospital, due when its day begins."""
    kind = NeedKind(row.kind)
    decision = rules.decide(kind, flagged=False, now=at)
    asked = needs.Asked(
        kind=kind,
        division=row.division,
        words=row.what,
        household=row.household,
        person=row.person,
        place=row.household.dwelling,
        detail={"standing": row.pk, "turn": day.isoformat(), "source": FactSource.RECORD.value},
    )
    due = max(local(day), at + timedelta(minutes=1))
    return needs.issue_turn(
        asked, decision, due_at=due, hospital=row.hospital_id, issuer=row.organisation, by=by, at=at
    )


def _end(row: StandingNeed, reason: str, by: Actor, at: datetime) -> None:
    row.ended_at = at
    row.save(update_fields=["ended_at", "next_on"])
    fact = StandingNeedEnded(standing=row.pk, reason=reason)
    log.record(fact, subject=row.pk, division=row.division, by=by, at=at)


def _possible(what: str, next_on: date, every_days: int | None, at: datetime) -> None:
    today = local_day(at)
    if not what.strip():
        raise Refused("say what is needed, without a name", field="what")
    if not today <= next_on <= today + timedelta(days=MOST_DAYS):
        raise Refused("the next turn lies between today and a year from now", field="next_on")
    if every_days is not None and not 1 <= every_days <= MOST_DAYS:
        raise Refused("every 1 to {most} days, or once", field="every_days", most=MOST_DAYS)
    try:
        orders_words.check(what=what)
    except orders_words.PersonalNumber as error:
        raise Refused(error.template, field="what") from error


def _hospital(key: int | None) -> Organisation | None:
    if key is None:
        return None
    found = Organisation.objects.filter(pk=key, kind=OrganisationKind.HOSPITAL).first()
    if found is None:
        raise Refused("there is no such hospital", field="hospital")
    return found
