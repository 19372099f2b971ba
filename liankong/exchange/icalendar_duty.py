"""A roster as a calendar that phones and mail programs read (iCalendar, RFC 5545)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event

from liankong import __version__
from liankong.vocabulary.spans import aware

MEDIA_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One shift as an event. `uid` stays the same for as long as the shift stands: a calendar knows it by that."""

    uid: str
    summary: str
    from_at: datetime
    until_at: datetime
    description: str = ""


def calendar(duties: Iterable[Duty], *, name: str, stamped_at: datetime) -> bytes:
    """The calendar: UTC times, lines folded at 75 octets, texts escaped, CRLF."""
    found = Calendar()
    found.add("prodid", f"-//Liankong//{__version__}//ZH")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    for duty in duties:
        event = Event()
        event.add("uid", duty.uid)
        event.add("dtstamp", aware(stamped_at))
        event.add("dtstart", aware(duty.from_at))
        event.add("dtend", aware(duty.until_at))
        event.add("summary", duty.summary)
        if duty.description:
            event.add("description", duty.description)
        event.add("transp", "OPAQUE")
        found.add_component(event)
    return bytes(found.to_ical())
