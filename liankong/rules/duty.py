"""Who is on duty when, and when is nobody? Rosters by pattern, gaps, and what one shift must tell the next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from liankong.protocols.inside import Inside, inside
from liankong.rules.orders import Move
from liankong.rules.why import Why
from liankong.vocabulary.spans import aware, local

RULE = "duty.plan"
# The platform's own limits: a slip of the year must not fill the roster.
LONGEST_SHIFT = timedelta(hours=48)
MOST_DAYS = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One user on duty, from when until when. `leads` means that they lead the shift (带班)."""

    user: int
    from_at: datetime
    until_at: datetime
    leads: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A span in which nobody is on duty."""

    from_at: datetime
    until_at: datetime


def slots(first: date, days: int, *, law: Inside | None = None) -> tuple[tuple[datetime, datetime], ...]:
    """The shifts of some local days one after another, without a hole between them. UTC."""
    starts = (law or inside()).duty.starts.value
    begins = [local(first + timedelta(days=day), time(hour)) for day in range(days) for hour in starts]
    ends = [*begins[1:], local(first + timedelta(days=days), time(starts[0]))]
    return tuple(zip(begins, ends, strict=True))


def rotate(
    users: Sequence[int],
    *,
    first: date,
    days: int,
    together: int = 1,
    leaders: Sequence[int] = (),
    law: Inside | None = None,
) -> tuple[Turn, ...]:
    """Three shifts a day in turn: each shift takes the next `together` users, so that all have as many as the others.

    Nobody has two shifts in a row; `leaders` rotate by themselves, one for each shift. Raises ValueError when there
    are too few users for that (see `may_rotate`).
    """
    judged = may_rotate(users, days=days, together=together, leaders=leaders)
    if not judged.allowed:
        raise ValueError(judged.message)
    found = []
    for number, (begin, end) in enumerate(slots(first, days, law=law)):
        for place in range(together):
            user = users[(number * together + place) % len(users)]
            found.append(Turn(user=user, from_at=begin, until_at=end))
        if leaders:
            lead = leaders[number % len(leaders)]
            found.append(Turn(user=lead, from_at=begin, until_at=end, leads=True))
    return tuple(found)


def may_rotate(users: Sequence[int], *, days: int, together: int, leaders: Sequence[int] = ()) -> Move:
    """Whether a pattern can be made of these users."""
    faults = (
        (not 1 <= days <= MOST_DAYS, "days", "A roster is made for 1 to {most} days."),
        (together < 1, "together", "At least one is on duty in each shift."),
        (
            len(set(users)) != len(users) or len(set(leaders)) != len(leaders),
            "users",
            "Name each user once.",
        ),
        (
            len(users) < 2 * together,
            "users",
            "With {users} for {together} in each shift, somebody would have two shifts in a row.",
        ),
        (len(leaders) == 1, "leaders", "One leader alone would have every shift; name two or none."),
        (bool(set(users) & set(leaders)), "leaders", "Whoever leads does not also stand in the rows."),
    )
    values = {"most": MOST_DAYS, "users": len(users), "together": together}
    for wrong, field, reason in faults:
        if wrong:
            return Move(allowed=False, field=field, why=Why(rule=RULE, reason=reason, values=values))
    return Move(allowed=True, why=Why(rule=RULE, reason="The pattern can be made."))


def may_stand(turn: Turn) -> Move:
    """Whether one shift is a possible one."""
    begin, end = aware(turn.from_at), aware(turn.until_at)
    values = {"hours": int(LONGEST_SHIFT.total_seconds() // 3600)}
    if end <= begin:
        why = Why(rule=RULE, reason="A shift ends after it begins.")
        return Move(allowed=False, field="until_at", why=why)
    if end - begin > LONGEST_SHIFT:
        why = Why(rule=RULE, reason="A shift lasts at most {hours} hours.", values=values)
        return Move(allowed=False, field="until_at", why=why)
    return Move(allowed=True, why=Why(rule=RULE, reason="The shift can be planned."))


def overlaps(one: Turn, other: Turn) -> bool:
    """Whether a user would be on duty twice at one time."""
    return one.user == other.user and one.from_at < other.until_at and other.from_at < one.until_at


def gaps(turns: Iterable[tuple[datetime, datetime]], *, start: datetime, end: datetime) -> tuple[Gap, ...]:
    """The spans between `start` and `end` in which nobody is on duty, the earliest first."""
    found, here = [], aware(start)
    for begin, until in sorted((aware(begin), aware(until)) for begin, until in turns):
        if begin >= aware(end):
            break
        if begin > here:
            found.append(Gap(here, begin))
        here = max(here, until)
    if here < aware(end):
        found.append(Gap(here, aware(end)))
    return tuple(found)


def may_take(*, writer: int, taker: int, taken: bool) -> Move:
    """Whether a handover note may be taken: by somebody else than its writer, once."""
    rule = "duty.hand_over"
    if taken:
        return Move(allowed=False, why=Why(rule=rule, reason="this note was taken already"))
    if writer == taker:
        return Move(allowed=False, why=Why(rule=rule, reason="whoever comes in takes it, not its writer"))
    return Move(allowed=True, why=Why(rule=rule, reason="The next shift takes it."))
