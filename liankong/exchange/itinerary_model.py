"""What was read from the text of an itinerary: stays, each with its words; onset; what could not be read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from liankong.vocabulary.kinds import Protection, StayMode
from liankong.vocabulary.spans import local


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A slice of the text: `text[start:end] == words`."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStay(Words):
    """One stay as the text has it: its day, and its times. A time that the text does not say is None; `vague` is one
    said as "about 9" or "in the morning". Times are aware, UTC.

    `place` is in the text's words ("" for a home that is not named), `key` the register's number where the lookup
    knew it.
    """

    day: date
    from_at: datetime | None = None
    until_at: datetime | None = None
    vague: bool = False
    place: str = ""
    key: int | None = None
    mode: StayMode = StayMode.OTHER
    vehicle: str = ""
    seat: str = ""
    companions: int | None = None
    protection: Protection = Protection.UNKNOWN

    @property
    def moving(self) -> bool:
        return self.mode in MOVING


MOVING = frozenset(
    {
        StayMode.WALK,
        StayMode.BICYCLE,
        StayMode.CAR,
        StayMode.TAXI,
        StayMode.BUS,
        StayMode.METRO,
        StayMode.TRAIN,
        StayMode.FLIGHT,
    }
)


class Why(StrEnum):
    """Why a piece of text was not read as a stay."""

    NOTHING = "nothing"  # no place, movement or time was recognised in it
    NO_PLACE = "no_place"  # a time, but no place or movement
    RECURRING = "recurring"  # something done on several days at one time
    NO_SUCH_DAY = "no_such_day"
    MASKED = "masked"  # it held a person's number


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread(Words):
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptoms(Words):
    """Symptoms that the text speaks of, and since which day."""

    day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Itinerary:
    """Everything that a text gave. `text` is the cleaned text that all slices refer to."""

    text: str
    stays: tuple[TextStay, ...] = ()
    symptoms: tuple[Symptoms, ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def onset(self) -> date | None:
        """The earliest day with symptoms."""
        return min((one.day for one in self.symptoms if one.day is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """A stay with both times: those that the text does not say are the widest that its neighbours leave open."""

    stay: TextStay
    from_at: datetime
    until_at: datetime
    from_said: bool
    until_said: bool


def bounded(stays: Sequence[TextStay]) -> list[Bounded]:
    """Both times of every stay. Those that the text does not say are bounds, for somebody to confirm: inside the stay's
    day, not before the last time that was said and not after the next one.
    """
    found = []
    for at, stay in enumerate(stays):
        first, last = local(stay.day), local(stay.day + timedelta(days=1))
        begin = stay.from_at or min(max(first, _said(reversed(stays[:at]), last=True) or first), last)
        end = stay.until_at or max(min(last, _said(stays[at + 1 :], last=False) or last), first)
        if end < begin:
            begin, end = (end, end) if stay.from_at is None else (begin, begin)
        found.append(
            Bounded(
                stay=stay,
                from_at=begin,
                until_at=end,
                from_said=stay.from_at is not None,
                until_said=stay.until_at is not None,
            )
        )
    return found


def _said(stays: Iterable[TextStay], *, last: bool) -> datetime | None:
    """The nearest time that was said: the end of an earlier stay, the beginning of a later one."""
    for stay in stays:
        moment = (stay.until_at or stay.from_at) if last else (stay.from_at or stay.until_at)
        if moment is not None:
            return moment
    return None


def widened(stay: TextStay, text: str, start: int, end: int) -> TextStay:
    """The stay with a wider slice: a later clause said more of it."""
    first, last = min(stay.start, start), max(stay.end, end)
    return replace(stay, start=first, end=last, words=text[first:last])
