"""Minutes as plain JSON values: what the command line and the API speak. All offsets are into `text`."""

from typing import Any

from liankong.exchange.minutes_model import Body, Directive, Meeting, Minutes, When


def minutes_json(minutes: Minutes) -> dict[str, Any]:
    """A page of minutes; moments as ISO 8601 with +08:00, unknown values null."""
    return {
        "title": minutes.title,
        "published": None if minutes.published is None else minutes.published.isoformat(),
        "place": minutes.place,
        "text": minutes.text,
        "meetings": [_meeting(meeting) for meeting in minutes.meetings],
        "notes": list(minutes.notes),
    }


def _meeting(meeting: Meeting) -> dict[str, Any]:
    return {
        "number": meeting.number,
        "day": None if meeting.day is None else meeting.day.isoformat(),
        "hour": None if meeting.hour is None else meeting.hour.isoformat("minutes"),
        "when": meeting.when,
        "title": meeting.title,
        "spans": [list(span) for span in meeting.spans],
        "directives": [_directive(one) for one in meeting.directives],
        "unnumbered": [_directive(one) for one in meeting.unnumbered],
    }


def _directive(one: Directive) -> dict[str, Any]:
    return {
        "number": one.number,
        "label": one.label,
        "under": one.under,
        "title": one.title,
        "sentence": one.sentence,
        "start": one.start,
        "end": one.end,
        "bodies": [_body(body) for body in one.bodies],
        "dates": [_when(when) for when in one.dates],
        "due": None if one.due is None else one.due.isoformat(),
        "subjects": [subject.value for subject in one.subjects],
        "refused": one.refused,
    }


def _body(body: Body) -> dict[str, Any]:
    return {
        "words": body.words,
        "start": body.start,
        "end": body.end,
        "kind": body.kind.value,
        "reach": body.reach.value,
        "division": body.division,
        "code": body.code,
        "part": body.part.value,
    }


def _when(when: When) -> dict[str, Any]:
    return {
        "words": when.words,
        "start": when.start,
        "end": when.end,
        "kind": when.kind.value,
        "moment": None if when.moment is None else when.moment.isoformat(),
        "problem": when.problem,
    }
