"""Who is on duty (值班) when, and what does one shift tell the next?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from liankong.actions import Refused, action
from liankong.exchange.duty_roster import DutyList
from liankong.rules import duty as rules
from liankong.rules import orders_words
from liankong.rules.duty import Turn
from liankong.store import duty, log
from liankong.store.log import Actor
from liankong.store.models import Handover, Organisation, Shift, User
from liankong.vocabulary.facts import HandoverTaken, HandoverWritten, ShiftRemoved, ShiftsPlanned

MOST = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A shift that was not planned: its row in the list, the field, and why, as a template with values."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """`rows` = accepted + rejected + duplicate."""

    rows: int
    accepted: int
    duplicate: int
    rejected: tuple[Rejected, ...] = ()


@action("duty.plan")
def plan(
    *,
    organisation: int,
    user: int,
    from_at: datetime,
    until_at: datetime,
    by: Actor,
    at: datetime,
    leads: bool = False,
) -> Planned:
    """Plan one shift by hand. Refused when it cannot stand; planned twice it is a duplicate."""
    body = _body(organisation, by, at)
    turn = Turn(user=user, from_at=from_at, until_at=until_at, leads=leads)
    judged = rules.may_stand(turn)
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field, **judged.why.values)
    found = _write(body, [(0, turn)], by, at)
    if found.rejected:
        raise Refused(found.rejected[0].reason, field=found.rejected[0].field)
    return found


@action("duty.plan")
def plan_pattern(
    *,
    organisation: int,
    users: Sequence[int],
    first: date,
    days: int,
    by: Actor,
    at: datetime,
    together: int = 1,
    leaders: Sequence[int] = (),
) -> Planned:
    """Plan three shifts a day in turn (三班倒), for so many local days from `first` on."""
    body = _body(organisation, by, at)
    judged = rules.may_rotate(users, days=days, together=together, leaders=leaders)
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field, **judged.why.values)
    turns = rules.rotate(users, first=first, days=days, together=together, leaders=leaders)
    if len(turns) > MOST:
        raise Refused("at most {most} shifts at once", field="days", most=MOST)
    return _write(body, list(enumerate(turns, start=1)), by, at)


@action("duty.plan")
def plan_list(*, organisation: int, roster: DutyList, by: Actor, at: datetime) -> Planned:
    """Plan the shifts of a list. A row that cannot stand is rejected and the others are planned."""
    body = _body(organisation, by, at)
    if roster.rows > MOST:
        raise Refused("at most {most} shifts at once", field="file", most=MOST)
    known = dict(
        User.objects.filter(username__in={line.user for line in roster.lines}).values_list("username", "pk")
    )
    rejected = [Rejected(row=one.row, field=one.field, reason=one.expected) for one in roster.rejects]
    turns = []
    for line in roster.lines:
        if line.user not in known:
            rejected.append(Rejected(row=line.row, field="user", reason="no user of this name is in sight"))
            continue
        turn = Turn(user=known[line.user], from_at=line.from_at, until_at=line.until_at, leads=line.leads)
        judged = rules.may_stand(turn)
        if judged.allowed:
            turns.append((line.row, turn))
        else:
            rejected.append(Rejected(row=line.row, field=judged.field, reason=judged.message))
    found = _write(body, turns, by, at)
    return Planned(
        rows=roster.rows,
        accepted=found.accepted,
        duplicate=found.duplicate + len(roster.repeats),
        rejected=tuple(sorted((*rejected, *found.rejected), key=lambda one: one.row)),
    )


def _write(body: Organisation, turns: Sequence[tuple[int, Turn]], by: Actor, at: datetime) -> Planned:
    """Write the shifts that can stand: of people who hold a post there, and who are not on duty twice at one time."""
    if not turns:
        return Planned(rows=0, accepted=0, duplicate=0)
    # Two who plan at one time would otherwise not see each other's shifts.
    Organisation.objects.select_for_update().filter(pk=body.pk).first()
    start, end = min(turn.from_at for _row, turn in turns), max(turn.until_at for _row, turn in turns)
    users = {turn.user for _row, turn in turns}
    posts = duty.holders(body.pk, list(users), at)
    standing: dict[int, list[Turn]] = {}
    for row in Shift.objects.filter(user__in=users, until_at__gt=start, from_at__lt=end):
        turn = duty.turn_of(row)
        standing.setdefault(row.user_id, []).append(turn)
    same = set(
        Shift.objects.filter(
            organisation=body, user__in=users, until_at__gt=start, from_at__lt=end
        ).values_list("user_id", "from_at", "until_at")
    )
    made: list[Shift] = []
    rejected: list[Rejected] = []
    duplicate = 0
    for number, turn in turns:
        if (turn.user, turn.from_at, turn.until_at) in same:
            duplicate += 1
        elif turn.user not in posts:
            reason = "whoever is on duty holds a post in this organisation"
            rejected.append(Rejected(row=number, field="user", reason=reason))
        elif any(rules.overlaps(turn, other) for other in standing.get(turn.user, ())):
            reason = "this user is on duty already at that time"
            rejected.append(Rejected(row=number, field="from_at", reason=reason))
        else:
            standing.setdefault(turn.user, []).append(turn)
            made.append(
                Shift(
                    organisation=body,
                    division=body.division,
                    user_id=turn.user,
                    post_id=posts[turn.user],
                    leads=turn.leads,
                    from_at=turn.from_at,
                    until_at=turn.until_at,
                )
            )
    Shift.objects.bulk_create(made, batch_size=1000)
    if made:
        fact = ShiftsPlanned(organisation=body.pk, shifts=len(made))
        log.record(fact, subject=body.pk, division=body.division, by=by, at=at)
    return Planned(rows=len(turns), accepted=len(made), duplicate=duplicate, rejected=tuple(rejected))


@action("duty.plan")
def remove(*, shift: int, reason: str, by: Actor, at: datetime) -> None:
    """Take a shift off the roster. One that is over stays: it says who received what then."""
    row = Shift.objects.select_for_update(of=("self",)).filter(pk=shift).first()
    if row is None:
        raise Refused("there is no such shift in your jurisdiction")
    body = _body(row.organisation_id, by, at)
    if row.until_at <= at:
        raise Refused("a shift that is over stays on the roster")
    if not reason.strip():
        raise Refused("say why", field="reason")
    fact = ShiftRemoved(organisation=body.pk, user=row.user_id, reason=reason.strip()[:300])
    if row.from_at < at:
        # What was served stays on record: the shift ends now.
        row.until_at = at
        row.save(update_fields=["until_at"])
    else:
        row.delete()
    log.record(fact, subject=body.pk, division=body.division, by=by, at=at)


def _body(organisation: int, by: Actor, at: datetime) -> Organisation:
    found = duty.planned_by(organisation, by.organisation, at)
    if found is None:
        raise Refused("this organisation does not answer to yours", field="organisation")
    return found


# --- handover -----------------------------------------------------------------------------------------------------


@action("duty.hand_over")
def hand_over(*, text: str, by: Actor, at: datetime) -> Handover:
    """Write what the next shift must know. How the orders stand is counted and attached by itself."""
    body = Organisation.objects.filter(pk=by.organisation).first() if by.organisation else None
    if body is None or by.user is None:
        raise Refused("a shift is handed over from a post in an organisation")
    if not text.strip():
        raise Refused("say what the next shift must know", field="text")
    try:
        orders_words.check(text=text)
    except orders_words.PersonalNumber as error:
        raise Refused(error.template, field=error.field) from error
    row = Handover.objects.create(
        organisation=body,
        division=body.division,
        text=text.strip(),
        figures=duty.figures(body.pk, at),
        at=at,
        by_id=by.user,
    )
    fact = HandoverWritten(organisation=body.pk, handover=row.pk)
    log.record(fact, subject=body.pk, division=body.division, by=by, at=at)
    return row


@action("duty.hand_over")
def take_over(*, handover: int, by: Actor, at: datetime) -> Handover:
    """The next shift has read it. Only somebody of the same body, and not its writer, can say so."""
    row = Handover.objects.select_for_update(of=("self",)).filter(pk=handover).first()
    if row is None or row.organisation_id != by.organisation:
        raise Refused("there is no such note for your organisation")
    judged = rules.may_take(writer=row.by_id, taker=by.user or 0, taken=row.taken_at is not None)
    if not judged.allowed:
        raise Refused(judged.why.reason)
    row.taken_at, row.taken_by_id = at, by.user
    row.save(update_fields=["taken_at", "taken_by"])
    fact = HandoverTaken(organisation=row.organisation_id, handover=row.pk)
    log.record(fact, subject=row.organisation_id, division=row.division, by=by, at=at)
    return row
