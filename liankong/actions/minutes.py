"""What did the meeting decide, and which orders does that make?

The system proposes: `read` finds the directives and who they name, `draft` writes the orders that a person has kept.
They bind nobody until they are signed (`orders_issue.sign`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property

from liankong.actions import Refused, action
from liankong.exchange.minutes import (
    Body,
    Directive,
    Known,
    Meeting,
    Minutes,
    Part,
    Reach,
    TooLong,
)
from liankong.exchange.minutes import read as read_text
from liankong.exchange.minutes_model import Subject
from liankong.exchange.minutes_text import MASK
from liankong.rules import orders_issue, orders_words
from liankong.store import log, orders
from liankong.store.log import Actor
from liankong.store.models import Batch, Order, Organisation
from liankong.store.organisations import terms
from liankong.vocabulary import divisions
from liankong.vocabulary.facts import MinutesDrafted
from liankong.vocabulary.kinds import OrderKind, OrganisationKind
from liankong.vocabulary.spans import SHANGHAI

MOST = 500  # orders out of one meeting: ten directives to sixteen districts, three times over
MOST_SENTENCES = 300
REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A sentence at [start, end) of the text that becomes an order to each of its addressees."""

    start: int
    end: int
    title: str
    addressees: Sequence[int]
    due_at: datetime
    text: str = ""
    kind: OrderKind = OrderKind.DIRECTIVE
    subject: Subject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A sentence that was read as a directive and does not become an order, and why."""

    start: int
    end: int
    reason: str = ""


# --- reading -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Directory:
    """The organisations in force at an hour inside a jurisdiction, with the names they bear then."""

    place: str
    rows: tuple[tuple[Organisation, str], ...]

    @cached_property
    def known(self) -> tuple[Known, ...]:
        return tuple(
            Known(code=row.code, name=name, kind=OrganisationKind(row.kind), division=row.division)
            for row, name in self.rows
        )

    @cached_property
    def _by_code(self) -> Mapping[str, Organisation]:
        return {row.code: row for row, _name in self.rows}

    def of_kind(self, kind: OrganisationKind, reach: Reach, division: str) -> list[Organisation]:
        """Those of a kind that a reach from a division covers; none where a person must choose."""
        codes = {division} if reach in (Reach.ONE, Reach.BOTH) else set()
        if reach in (Reach.EACH, Reach.BOTH):
            codes |= _below(division)
        every = reach is Reach.EACH
        return [
            row
            for row, _name in self.rows
            if row.kind == kind
            and (row.division in codes or (every and _inside(kind, row.division, division)))
        ]

    def addressees(self, directive: Directive, *, besides: int | None = None) -> list[Organisation]:
        """Whom a directive names as responsible, as organisations; `besides` leaves out who issues it."""
        found: dict[int, Organisation] = {}
        for body in directive.bodies:
            if body.part is not Part.MENTIONED:
                found |= {row.pk: row for row in self._of(body) if row.pk != besides}
        return list(found.values())

    def _of(self, body: Body) -> list[Organisation]:
        if body.code:
            return [self._by_code[body.code]] if body.code in self._by_code else []
        return self.of_kind(body.kind, body.reach, body.division) if body.division else []


def _below(division: str) -> frozenset[str]:
    try:
        return frozenset(one.code for one in divisions.counted_below(division))
    except divisions.UnknownDivision:
        return frozenset()


def _inside(kind: OrganisationKind, code: str, division: str) -> bool:
    """各医疗机构, 各街道 are all of them; 各部门 are the headquarters' own."""
    if kind is OrganisationKind.DEPARTMENT:
        return code == division
    whole = (
        OrganisationKind.STREET,
        OrganisationKind.COMMUNITY,
        OrganisationKind.HOSPITAL,
        OrganisationKind.LABORATORY,
        OrganisationKind.ISOLATION_SITE,
        OrganisationKind.TRANSPORT,
        OrganisationKind.SUPPLY,
        OrganisationKind.DISINFECTION,
    )
    return kind in whole and code.startswith(division)


def directory(place: str, at: datetime) -> Directory:
    """The structure inside a jurisdiction at an hour. One query."""
    rows = terms(at).filter(organisation__division__startswith=place).order_by("organisation__division", "pk")
    return Directory(place, tuple((term.organisation, term.name) for term in rows))


def read(
    text: str, *, place: str, at: datetime, meeting_day: date | None = None
) -> tuple[Minutes, Directory]:
    """Read a text from the standpoint of a headquarters. Nothing is stored. Raises Refused when it is too long."""
    found = directory(place, at)
    try:
        minutes = read_text(text, meeting_day=meeting_day, place=place, known=found.known)
    except TooLong as error:
        raise Refused("the text is longer than a report of a meeting", field="text") from error
    if any(len(one.directives) + len(one.unnumbered) > MOST_SENTENCES for one in minutes.meetings):
        raise Refused("the text tells more than any meeting does: split it", field="text")
    return minutes, found


def held_at(meeting: Meeting) -> datetime | None:
    """When a meeting was held: its hour, else the beginning of its day; None when the day is not known."""
    if meeting.day is None:
        return None
    return datetime.combine(meeting.day, meeting.hour or time(0), SHANGHAI)


# --- drafting ------------------------------------------------------------------------------------------------


@action("orders.draft")
def draft(
    *,
    text: str,
    title: str,
    held_at: datetime | None,
    kept: Sequence[Kept],
    set_aside: Sequence[SetAside] = (),
    by: Actor,
    at: datetime,
) -> Batch:
    """Write the batch of a meeting: its text, a draft order for each kept sentence and addressee, all or none.

    `text` is the cleaned text that the offsets count in. What was set aside stays in the batch with its reason.
    """
    title = title.strip()
    if not title:
        raise Refused("give the meeting a title", field="title")
    for name, words in (("title", title), ("text", text)):
        if orders_words.personal_number(words):
            raise Refused("an order names no person's ID or phone number", field=name)
    if not kept:
        raise Refused("keep at least one directive", field="kept")
    issuer = Organisation.objects.filter(pk=by.organisation).first() if by.organisation else None
    if issuer is None:
        raise Refused("orders are issued from a post in an organisation")
    for start, end in [(one.start, one.end) for one in kept] + [(one.start, one.end) for one in set_aside]:
        if not 0 <= start < end <= len(text):
            raise Refused("the sentence is not in the text", field="kept")
    for number, one in enumerate(kept):
        _judge(one, text, number, at)
    if sum(len(set(one.addressees)) for one in kept) > MOST:
        raise Refused("at most {most} orders out of one meeting", field="kept", most=MOST)
    bodies = _bodies(kept, at)
    batch = Batch.objects.create(
        division=by.division,
        title=orders_words.fitting(title),
        text=text,
        held_at=held_at,
        set_aside=[
            {"start": one.start, "end": one.end, "reason": one.reason.strip()[:REASON]} for one in set_aside
        ],
        created_at=at,
        created_by_id=by.user,
    )
    made = [
        _issue(one, bodies[key], text, issuer, batch, by, at)
        for one in sorted(kept, key=lambda one: one.start)
        for key in dict.fromkeys(one.addressees)
    ]
    fact = MinutesDrafted(batch=batch.pk, orders=tuple(order.pk for order in made), set_aside=len(set_aside))
    log.record(fact, subject=batch.pk, division=batch.division, by=by, at=at)
    return batch


def _judge(one: Kept, text: str, number: int, at: datetime) -> None:
    """Refuse an order that must not be drafted; the field is that of the n-th kept sentence."""
    field = f"kept.{number}"
    if orders_words.personal_number(text[one.start : one.end]) or MASK in text[one.start : one.end]:
        raise Refused("the sentence holds a person's number and makes no order", field=f"{field}.start")
    for name, words in (("title", one.title), ("text", one.text)):
        if orders_words.personal_number(words):
            raise Refused("an order names no person's ID or phone number", field=f"{field}.{name}")
    judged = orders_issue.may_issue(
        one.kind, title=one.title, due_at=one.due_at, now=at, places=len(set(one.addressees))
    )
    if not judged.allowed:
        raise Refused(judged.why.reason, field=f"{field}.{judged.field}")


def _bodies(kept: Iterable[Kept], at: datetime) -> dict[int, Organisation]:
    keys = {key for one in kept for key in one.addressees}
    rows = {term.organisation_id: term.organisation for term in terms(at).filter(organisation__in=keys)}
    missing = keys - rows.keys()
    if missing:
        raise Refused("there is no organisation {number} now", field="addressees", number=min(missing))
    return rows


def _issue(
    one: Kept, body: Organisation, text: str, issuer: Organisation, batch: Batch, by: Actor, at: datetime
) -> Order:
    where = orders_issue.where(
        jurisdiction=by.division, issuer=issuer.division, addressee=body.division, wanted=""
    )
    if where is None:
        raise Refused(
            "{organisation} does not lie in one line of command with you",
            field="addressees",
            organisation=body.code,
        )
    return orders.issue(
        kind=one.kind,
        title=one.title.strip(),
        text=one.text.strip(),
        issuer=issuer,
        addressee=body,
        division=where,
        due_at=one.due_at,
        due_fixed=True,
        detail={"subject": one.subject.value} if one.subject else {},
        batch=batch,
        sentence=text[one.start : one.end],
        sentence_at=one.start,
        draft=True,
        by=by,
        at=at,
    )
