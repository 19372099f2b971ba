"""Bulletins, readings and findings as plain JSON values: what the command line and the API speak.

A figure is an object with `series`, `measure`, `window`, `value` and, where it differs from the usual, `place`,
`origin`, `geography` and `definition`. `docs/bulletins.md` documents the whole shape.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from enum import StrEnum
from typing import Any, TypeVar

from liankong.exchange.bulletin_text import Reading
from liankong.rules.bulletins import (
    Adjustment,
    Bulletin,
    Counted,
    Figure,
    FigureError,
    Finding,
    Identity,
    Key,
    Measure,
    Part,
    Revision,
    Rollup,
    Series,
    Window,
    may_sign,
)

E = TypeVar("E", bound=StrEnum)


class BulletinFormError(ValueError):
    """The JSON is not a bulletin; the message names the entry, the field and what was expected."""


def to_json(bulletin: Bulletin) -> dict[str, Any]:
    """A bulletin as JSON values; `from_json` gives the same bulletin back."""
    return {
        "place": bulletin.place,
        "day": bulletin.day.isoformat(),
        "until": None if bulletin.until is None else bulletin.until.isoformat("minutes"),
        "figures": [figure_json(figure) for figure in bulletin.figures],
        "rollups": [
            {
                "parent": rollup.parent,
                "children": list(rollup.children),
                "geography": rollup.geography,
                "parent_geography": rollup.parent_geography,
                "complete": rollup.complete,
                "only": None if rollup.only is None else key_json(rollup.only),
            }
            for rollup in bulletin.rollups
        ],
        "adjustments": [adjustment_json(line) for line in bulletin.adjustments],
        "revisions": [
            {
                **key_json(revision.key),
                "before": revision.before,
                "after": revision.after,
                "reason": revision.reason,
                "parts": [{"delta": part.delta, "reason": part.reason} for part in revision.parts],
            }
            for revision in bulletin.revisions
        ],
    }


def key_json(key: Key) -> dict[str, str]:
    return {
        "series": key.series.value,
        "measure": key.measure.value,
        "window": str(key.window),
        "place": key.place,
        "origin": key.origin.value,
        "geography": key.geography,
    }


def figure_json(figure: Figure) -> dict[str, Any]:
    return {**key_json(figure.key), "value": figure.value, "definition": figure.definition}


def adjustment_json(line: Adjustment) -> dict[str, Any]:
    return {
        **key_json(line.key),
        "delta": line.delta,
        "reason": line.reason,
        "instrument": line.instrument,
        "explains": line.explains.value,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """One identity with its numbers; `terms` are those on the right-hand side."""
    return {
        "identity": finding.identity.value,
        "formula": finding.formula,
        **key_json(finding.key),
        "state": finding.state.value,
        "left": finding.left,
        "relation": finding.relation,
        "right": finding.right,
        "delta": finding.delta,
        "arithmetic": finding.arithmetic,
        "terms": [
            {**key_json(term.key), "sign": term.sign, "value": term.value, "day_before": term.before}
            for term in finding.terms
        ],
        "explained_by": [adjustment_json(line) for line in finding.explained_by],
        "note": finding.note,
    }


def findings_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """All findings with their count by state, and whether the bulletin may be signed."""
    states = [finding.state.value for finding in findings]
    return {
        "may_sign": may_sign(findings),
        "counts": {state: states.count(state) for state in ("ok", "explained", "failed", "not_applicable")},
        "findings": [finding_json(finding) for finding in findings],
    }


def reading_json(reading: Reading) -> dict[str, Any]:
    """A reading: the bulletin, where each figure stands, and what was contradictory or left unread."""
    bulletin = None if reading.bulletin is None else to_json(reading.bulletin)
    if bulletin is not None and reading.bulletin is not None:
        for entry, figure in zip(bulletin["figures"], reading.bulletin.figures, strict=True):
            source = reading.sources[figure.key]
            entry["source"] = {"start": source.start, "end": source.end, "words": source.words}
    return {
        "bulletin": bulletin,
        "contradictions": [{"kind": c.kind, "detail": c.detail} for c in reading.contradictions],
        "unread": [
            {"start": source.start, "end": source.end, "words": source.words, "reason": reason}
            for source, reason in reading.unread
        ],
        "notes": list(reading.notes),
    }


# --- and back ----------------------------------------------------------------------------------------------


def from_json(data: Any) -> Bulletin:
    """A bulletin from JSON values. Also takes what `reading_json` gives. Raises BulletinFormError."""
    whole = _object(data, "the file")
    if "bulletin" in whole:
        whole = _object(whole["bulletin"], "bulletin")
    place = _text(whole, "place", "the bulletin")
    until = whole.get("until")
    return Bulletin(
        place=place,
        day=_day(whole.get("day")),
        until=None if until is None else _clock(until),
        figures=tuple(
            Figure(
                _key(entry, place, where), _number(entry, "value", where), str(entry.get("definition", ""))
            )
            for where, entry in _entries(whole, "figures")
        ),
        rollups=tuple(
            Rollup(
                parent=_text(entry, "parent", where),
                children=_names(entry, where),
                geography=str(entry.get("geography", "")),
                parent_geography=str(entry.get("parent_geography", "")),
                complete=bool(entry.get("complete", True)),
                only=None if entry.get("only") is None else _key(_object(entry["only"], where), place, where),
            )
            for where, entry in _entries(whole, "rollups")
        ),
        adjustments=tuple(
            Adjustment(
                key=_key(entry, place, where),
                delta=_number(entry, "delta", where),
                reason=_text(entry, "reason", where),
                instrument=str(entry.get("instrument", "")),
                explains=_one_of(Identity, entry.get("explains", Identity.CARRIED.value), "explains", where),
            )
            for where, entry in _entries(whole, "adjustments")
        ),
        revisions=tuple(
            Revision(
                key=_key(entry, place, where),
                before=_number(entry, "before", where),
                after=_number(entry, "after", where),
                reason=_text(entry, "reason", where),
                parts=tuple(
                    Part(delta=_number(part, "delta", inner), reason=_text(part, "reason", inner))
                    for inner, part in _entries(entry, "parts")
                ),
            )
            for where, entry in _entries(whole, "revisions")
        ),
    )


def _key(entry: Mapping[str, Any], place: str, where: str) -> Key:
    try:
        return Key(
            series=_one_of(Series, entry.get("series"), "series", where),
            measure=_one_of(Measure, entry.get("measure"), "measure", where),
            window=Window.parse(_text(entry, "window", where)),
            place=str(entry.get("place", place)),
            origin=_one_of(Counted, entry.get("origin", Counted.ALL.value), "origin", where),
            geography=str(entry.get("geography", "")),
        )
    except FigureError as error:
        raise BulletinFormError(f"{where}: {error}") from error


def _entries(whole: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
    found = whole.get(name, [])
    if not isinstance(found, list):
        raise BulletinFormError(f"{name}: expected a list, found {type(found).__name__}")
    return [(f"{name}[{i}]", _object(entry, f"{name}[{i}]")) for i, entry in enumerate(found)]


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BulletinFormError(f"{where}: expected an object, found {type(value).__name__}")
    return value


def _text(entry: Mapping[str, Any], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value:
        raise BulletinFormError(f"{where}.{name}: expected a text, found {value!r}")
    return value


def _number(entry: Mapping[str, Any], name: str, where: str) -> int:
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BulletinFormError(f"{where}.{name}: expected a whole number, found {value!r}")
    return value


def _names(entry: Mapping[str, Any], where: str) -> tuple[str, ...]:
    value = entry.get("children")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise BulletinFormError(f"{where}.children: expected a list of places, found {value!r}")
    return tuple(value)


def _one_of(kinds: type[E], value: Any, name: str, where: str) -> E:
    try:
        return kinds(value)
    except ValueError as error:
        expected = ", ".join(kind.value for kind in kinds)
        raise BulletinFormError(f"{where}.{name}: {value!r} is not one of {expected}") from error


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BulletinFormError(f"day: expected YYYY-MM-DD, found {value!r}") from error


def _clock(value: Any) -> time:
    if not isinstance(value, str) or not re.fullmatch(r"\d\d:\d\d(:\d\d)?", value):
        raise BulletinFormError(f"until: expected HH:MM, found {value!r}")
    return time.fromisoformat(value)
