"""Minutes of a command meeting as directives: who shall do what by when, each with its own sentence.

The rule, in full. A page may report several meetings; one begins where a sentence opens with a day or an hour and
speaks of a meeting. Its directives are the items of its numbered lists (一是, 第一, （一）, 1.) and of its counted ones
(“三项举措”). A speech besides says many things that somebody should do; those sentences are `unnumbered`, kept apart,
and become orders only when a person picks them. Nothing is written that the text does not say: each sentence is a
slice of the cleaned text at its offset.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from liankong.exchange import minutes_lists as lists
from liankong.exchange.minutes_bodies import Bodies, place_of
from liankong.exchange.minutes_dates import Dates
from liankong.exchange.minutes_meetings import Meetings, Section
from liankong.exchange.minutes_model import (
    Body,
    DateKind,
    Directive,
    Known,
    Meeting,
    Minutes,
    Part,
    Reach,
    Subject,
    When,
)
from liankong.exchange.minutes_sentences import spoken, subjects, title_of
from liankong.exchange.minutes_text import Page, page_of, persons, sentences
from liankong.vocabulary.divisions import UnknownDivision, normalise

__all__ = [
    "Body",
    "DateKind",
    "Directive",
    "Known",
    "Meeting",
    "Minutes",
    "Part",
    "Reach",
    "Subject",
    "UnknownDivision",
    "When",
    "read",
]

LARGEST = 200_000  # characters of one page; longer is no meeting
LEAD_IN = 400  # characters before a list in which its lead-in stands


class TooLong(ValueError):
    """The text is longer than any report of a meeting."""


def read(
    text: str, *, meeting_day: date | None = None, place: str = "", known: Iterable[Known] = ()
) -> Minutes:
    """Read a page of minutes.

    `meeting_day` says the day, or with a text that has days the year, that the text leaves out. `place` is the code of
    the division whose headquarters met; without it, the province or city that the text names most often. `known` are
    organisations whose names are recognised as they stand.

    Raises TooLong, or UnknownDivision when `place` is no code.
    """
    if len(text) > LARGEST:
        raise TooLong(f"the text has {len(text)} characters; expected at most {LARGEST}")
    page = page_of(text)
    where = normalise(place) if place else place_of(f"{page.title}\n{page.text}")
    cutter = Meetings(page.published, meeting_day)
    sections = cutter.read(page.text, page.title)
    reader = _Reader(page, Bodies(where, tuple(known)), frozenset(cutter.headings), persons(page.text))
    meetings = tuple(reader.meeting(section, number) for number, section in enumerate(sections, 1))
    undated = [meeting.number for meeting in meetings if meeting.day is None]
    notes = page.notes
    if undated:
        told = ", ".join(map(str, undated))
        notes = (*notes, f"the day of meeting {told} is not known: say the day of the meeting")
    if not meetings:
        notes = (*notes, "no meeting was found")
    return Minutes(
        text=page.text,
        title=page.title,
        published=page.published,
        place=where,
        meetings=meetings,
        notes=notes,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    page: Page
    bodies: Bodies
    headings: frozenset[int]
    persons: frozenset[str]

    def meeting(self, section: Section, number: int) -> Meeting:
        occasion = section.occasion
        dates = Dates(occasion.day, occasion.hour)
        found: list[Directive] = []
        loose: list[Directive] = []
        for start, end in section.spans:
            items = self._items(start, end)
            found += [self._directive(items, index, dates) for index in range(len(items))]
            loose += [self._loose(at, to, dates) for at, to in self._sentences(start, end, items)]
        return Meeting(
            number=number,
            day=occasion.day,
            hour=occasion.hour,
            when=occasion.when,
            title=section.title,
            spans=tuple(section.spans),
            directives=tuple(found),
            unnumbered=tuple(loose),
        )

    def _items(self, start: int, end: int) -> list[lists.Item]:
        """Items of the numbered lists, and of counted ones that lie outside them, in the order of the text."""
        items = lists.numbered(self.page.text, start, end)
        begins = [item.start for item in items]
        for item in lists.counted(self.page.text, start, end):
            before = bisect_right(begins, item.start)
            free = before == 0 or items[before - 1].end <= item.start
            if free and (before == len(begins) or item.end <= begins[before]):
                items.append(item)
        return sorted(items, key=lambda item: item.start)

    def _directive(self, items: list[lists.Item], index: int, dates: Dates) -> Directive:
        item = items[index]
        made = self._made(item.start, item.end, dates, body=item.body)
        made = replace(made, number=item.number, label=item.label, under=item.under)
        if any(body.part is Part.RESPONSIBLE for body in made.bodies):
            return made
        return replace(made, bodies=(*made.bodies, *self._lead_in(items, index)))

    def _lead_in(self, items: list[lists.Item], index: int) -> tuple[Body, ...]:
        """Whom the sentence just before the list's first item puts under a duty."""
        style = items[index].label[-1:]
        while index and items[index].number > 1:
            before = items[index - 1]
            if before.label[-1:] != style or before.number != items[index].number - 1:
                return ()
            index -= 1
        first = items[index]
        near = max(0, first.start - LEAD_IN)
        found = [span for span in sentences(self.page.text, near, first.start) if span[0] < first.start]
        return self.bodies.lead_in(self.page.text, *found[-1]) if first.number == 1 and found else ()

    def _sentences(self, start: int, end: int, items: list[lists.Item]) -> Iterator[tuple[int, int]]:
        """Directive sentences outside the lists, from behind the words that say who spoke."""
        next_item = 0
        for at, to in sentences(self.page.text, start, end):
            while next_item < len(items) and items[next_item].end <= at:
                next_item += 1
            if at in self.headings or (next_item < len(items) and items[next_item].start < to):
                continue
            found = spoken(self.page.text, at, to)
            if found is not None:
                yield found

    def _loose(self, start: int, end: int, dates: Dates) -> Directive:
        return self._made(start, end, dates, body=start)

    def _made(self, start: int, end: int, dates: Dates, *, body: int) -> Directive:
        text = self.page.text
        words = text[body:end]
        about = subjects(words)
        refused = self.page.refused(start, end)
        return Directive(
            number=0,
            label="",
            sentence=text[start:end],
            start=start,
            end=end,
            title="" if refused else title_of(words, self.persons),
            bodies=self.bodies.read(text, body, end),
            dates=dates.read(text, body, end),
            subjects=about,
            refused=refused,
        )
