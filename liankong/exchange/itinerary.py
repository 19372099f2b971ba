"""Free Chinese text of where somebody was -> stays to confirm, each tied to the words that it came from.

Reads what investigators note at the telephone and what notices print (活动轨迹): days ("1月6日", "次日", "6日至8日"),
times ("8:30", "约9时30分", "晚上7点半", "14:00-15:20"), lines, trains and flights with seats, places, what was done
there, masks and company. Nothing is invented: a time that the text does not say stays None, a stay has a slice of the
text, and what could not be read is listed. Numbers of persons are masked before anything is read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from liankong.exchange.itinerary_content import Event, Said, said, symptoms
from liankong.exchange.itinerary_model import (
    MOVING,
    Bounded,
    Itinerary,
    Symptoms,
    TextStay,
    Unread,
    Why,
    bounded,
    widened,
)
from liankong.exchange.itinerary_times import Clause, clauses
from liankong.exchange.minutes_text import MASK, page_of
from liankong.vocabulary.kinds import Protection, StayMode
from liankong.vocabulary.spans import local, local_day

__all__ = ["Bounded", "Itinerary", "Symptoms", "TextStay", "TooLong", "Unread", "Why", "bounded", "read"]

LONGEST = 60_000
Lookup = Callable[[str], int | None]


class TooLong(ValueError):
    """More text than one person's itinerary can be."""


def read(text: str, *, first_day: date, places: Lookup | None = None) -> Itinerary:
    """Stays in the order of the text.

    `first_day`: the day that the text begins on where it does not say; days without a year, or without a month, are
    those nearest to the day before them. `places` gives the register's number of a place by its name, or None.

    Raises TooLong.
    """
    if len(text) > LONGEST:
        raise TooLong(f"a text of {len(text)} characters; expected at most {LONGEST}")
    page = page_of(text)
    reading = _Reading(page.text, places or (lambda _name: None))
    for clause in clauses(page.text, first_day):
        reading.take(clause)
    return Itinerary(
        text=page.text,
        stays=tuple(reading.stays),
        symptoms=tuple(reading.symptoms),
        unread=tuple(reading.unread),
        notes=page.notes,
    )


@dataclass(slots=True)
class _Reading:
    """What has been read so far; a clause may still say more of the stays before it."""

    text: str
    places: Lookup
    stays: list[TextStay] = field(default_factory=list)
    symptoms: list[Symptoms] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    sentence_of: list[int] = field(default_factory=list)

    def take(self, clause: Clause) -> None:
        words = self.text[clause.start : clause.end]
        if not words.strip("：、 　（）"):
            return
        if clause.when.no_such_day:
            self._miss(clause, Why.NO_SUCH_DAY)
            return
        if MASK in words:
            self._miss(clause, Why.MASKED)
            return
        what = said(clause.content)
        ill = symptoms(clause.content)
        if ill:
            self.symptoms.append(
                Symptoms(start=clause.start, end=clause.end, words=words, day=clause.when.days[0])
            )
        if any(event.place not in words for event in what.events):
            # A mask or company stood in the middle of what would be a name: the name is not certain.
            self._miss(clause, Why.NOTHING)
        elif what.events:
            self._add(clause, what)
        elif not (self._more(clause, what) or ill):
            self._miss(clause, Why.NO_PLACE if clause.when.timed else Why.NOTHING)

    def _miss(self, clause: Clause, why: Why) -> None:
        words = self.text[clause.start : clause.end]
        self.unread.append(Unread(start=clause.start, end=clause.end, words=words, why=why))

    # --- new stays ------------------------------------------------------------------------------------------

    def _add(self, clause: Clause, what: Said) -> None:
        when = clause.when
        if when.recurring or (when.several and when.timed):
            self._miss(clause, Why.RECURRING)
            return
        if when.several or when.whole:
            self._whole_days(clause, what)
            return
        first = len(self.stays)
        self._part_from_before(clause, what)
        for event in what.events:
            if self._goes_on(clause, event):
                continue
            self._put(clause, event, what, when.days[0])
        made = range(first, len(self.stays))
        if made:
            self._times(made, clause, what)

    def _whole_days(self, clause: Clause, what: Said) -> None:
        """Somewhere for whole days, each a stay of its own."""
        for day in clause.when.days:
            for event in what.events:
                self._put(clause, event, what, day)
                if clause.when.whole or event.indoors or event.mode is StayMode.HOME:
                    begin, end = local(day), local(day + timedelta(days=1))
                    self.stays[-1] = replace(self.stays[-1], from_at=begin, until_at=end)

    def _put(self, clause: Clause, event: Event, what: Said, day: date) -> None:
        self.stays.append(
            TextStay(
                start=clause.start,
                end=clause.end,
                words=self.text[clause.start : clause.end],
                day=day,
                place=event.place,
                key=self.places(event.place) if event.place else None,
                mode=event.mode,
                vehicle=event.vehicle,
                seat=event.seat,
                companions=what.companions,
                protection=what.protection,
                vague=clause.when.vague,
            )
        )
        self.sentence_of.append(clause.sentence)

    def _times(self, made: range, clause: Clause, what: Said) -> None:
        """Lay the clause's times on its stays: the first begins, the last ends; what lies between is not said."""
        when, day = clause.when, clause.when.days[0]
        first, last = made[0], made[-1]
        rides_off = what.events[0].mode in MOVING
        until = when.until_at
        if until is not None and len(made) == 2 and rides_off and not what.events[-1].did:
            # "8:30 to 9:00 by metro to the office": the span is the ride's.
            self.stays[first] = replace(self.stays[first], until_at=until)
            self.stays[last] = replace(self.stays[last], from_at=until)
        elif until is not None and not when.part:
            self.stays[last] = replace(self.stays[last], until_at=until)
        if when.from_at is not None and not (when.part and len(made) > 1):
            self.stays[first] = replace(self.stays[first], from_at=when.from_at)
            if when.part:
                self.stays[first] = replace(self.stays[first], until_at=until)
        for at, event in zip(made, what.events[-len(made) :], strict=True):
            if event.arrived is not None:
                self._arrived(at, local(day) + timedelta(minutes=event.arrived), made)
            if event.indoors:
                self._until_night(at, day)

    def _arrived(self, at: int, moment: datetime, made: range) -> None:
        """A time in brackets behind a place: then it was reached. Behind a ride's stop: then the ride began there."""
        stay = self.stays[at]
        if stay.moving:
            # The stop at which somebody got on; on the last of a chain of lines, the one at which they got off.
            ends = at > made[0] and self.stays[at - 1].moving and self.stays[at - 1].mode is stay.mode
            if ends and stay.until_at is None:
                self.stays[at] = replace(stay, until_at=moment)
            elif not ends and stay.from_at is None:
                self.stays[at] = replace(stay, from_at=moment)
            return
        if stay.from_at is None:
            self.stays[at] = replace(stay, from_at=moment)
        before = at - 1
        if before >= made[0] and self.stays[before].moving and self.stays[before].until_at is None:
            self.stays[before] = replace(self.stays[before], until_at=moment)

    def _until_night(self, at: int, day: date) -> None:
        """Did not go out again: until the end of the day."""
        stay = self.stays[at]
        begun = local_day(stay.from_at) if stay.from_at else day
        self.stays[at] = replace(stay, until_at=local(begun + timedelta(days=1)))

    # --- what a clause says of stays before it -----------------------------------------------------------------

    def _part_from_before(self, clause: Clause, what: Said) -> None:
        """Setting out, or arriving, at a time that is said ends what went before."""
        moment = clause.when.from_at
        if moment is None or clause.when.part or not self.stays:
            return
        stay = self.stays[-1]
        known = stay.until_at is None and (stay.from_at is None or stay.from_at <= moment)
        sets_out = what.events[0].mode in MOVING or what.leaves
        if known and ((sets_out and not stay.moving) or (stay.moving and what.arrives)):
            self.stays[-1] = replace(stay, until_at=moment, vague=stay.vague or clause.when.vague)

    def _goes_on(self, clause: Clause, event: Event) -> bool:
        """Staying in behind a clause that had already brought somebody home: the same stay, to the day's end."""
        if not self.stays or clause.when.timed:
            return False
        stay = self.stays[-1]
        here = self.sentence_of[-1] == clause.sentence
        if event.mode is StayMode.HOME and not event.place and stay.mode is StayMode.HOME and here:
            self.stays[-1] = widened(stay, self.text, clause.start, clause.end)
            if event.indoors:
                self._until_night(len(self.stays) - 1, clause.when.days[0])
            return True
        # "went to X, was indoors there": X as said before.
        if event.indoors and not event.place and not stay.moving and here and stay.until_at is None:
            self.stays[-1] = widened(stay, self.text, clause.start, clause.end)
            self._until_night(len(self.stays) - 1, clause.when.days[0])
            return True
        return False

    def _more(self, clause: Clause, what: Said) -> bool:
        """A clause that only speaks of masks, company, leaving or arriving."""
        if not self.stays:
            return False
        same = [at for at, sentence in enumerate(self.sentence_of) if sentence == clause.sentence]
        if what.protection is not Protection.UNKNOWN or what.company:
            for at in (same if what.throughout else same[-1:]) or [len(self.stays) - 1]:
                self._say(at, clause, what)
            return True
        moment = clause.when.from_at
        if moment is None or clause.when.part:
            return False
        stay = self.stays[-1]
        if what.leaves and stay.until_at is None and (stay.from_at is None or stay.from_at <= moment):
            stay = widened(stay, self.text, clause.start, clause.end)
            self.stays[-1] = replace(stay, until_at=moment, vague=stay.vague or clause.when.vague)
            return True
        if what.arrives and not stay.moving and stay.from_at is None:
            stay = widened(stay, self.text, clause.start, clause.end)
            self.stays[-1] = replace(stay, from_at=moment, vague=stay.vague or clause.when.vague)
            if len(self.stays) > 1 and self.stays[-2].moving and self.stays[-2].until_at is None:
                self.stays[-2] = replace(self.stays[-2], until_at=moment)
            return True
        return False

    def _say(self, at: int, clause: Clause, what: Said) -> None:
        stay = self.stays[at]
        if what.protection is not Protection.UNKNOWN and stay.protection is Protection.UNKNOWN:
            stay = replace(stay, protection=what.protection)
        if what.company and stay.companions is None:
            stay = replace(stay, companions=what.companions)
        self.stays[at] = widened(stay, self.text, clause.start, clause.end)
