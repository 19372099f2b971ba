"""Sentences that rules wrote into rows with their values filled in, read back so that they can be said again.

A reason stands in a zone's history and a batch has a title as English text. The templates below are those of the
rules; their Chinese is in the catalogue, and so is that of the words which fill them.
"""

import re
from collections.abc import Callable
from functools import cache

from django.utils.translation import get_language, gettext

from liankong import protocols
from liankong.protocols.inside import inside
from liankong.web.labels import label

TEMPLATES = (
    "{met} of {total} met: {open}",
    "{met} of {total} met",
    "{days} days without a new infection, {needed} needed",
    "the days without a new infection do not count yet, {needed} needed",
    "{count} contacts have no negative test since their exposure",
    "the last contact's exposure was {days} days ago, more than {needed} needed",
    "everybody is tested on day {day}, which has not begun",
    "{positive} in the round before lifting were positive",
    "{negative} of {people} inside were negative in the round before lifting",
    "no zone of the county is left ({names})",
    "{count} zones of the county are still in force ({names})",
    "An infected person lives here; {unit} is the smallest lawful unit known.",
    "An unprotected infected person was here among strangers; {unit} is the smallest lawful unit.",
    "An infected person was here, with some risk; {unit} is the smallest lawful unit known.",
    "A positive inside: {before} becomes {after}.",
    "The last day is {day}.",
    "A shift lasts at most {hours} hours.",
    "{negative} of {tests} tests are negative.",
    "{tests} of the first tests of the contact whom they met are still open.",
)
FIGURES = {
    "met",
    "total",
    "days",
    "needed",
    "count",
    "day",
    "positive",
    "negative",
    "people",
    "tests",
    "hours",
}


def quoted(text: str) -> str:
    """What a protocol or the rules of supply call something in English, as the reader's language has it there."""
    return text if get_language() == "en" else _issued().get(text, text)


def zone_kind(code: str) -> str:
    """A kind of zone by its code, as the protocols that know it call it; an unknown one shows itself."""
    return quoted(_kinds().get(code, code))


@cache
def _kinds() -> dict[str, str]:
    """Code -> English of the kinds of zones of all protocols."""
    rows = [row for row in protocols.available() if row.has("zones")]
    return {kind.code: kind.english for row in rows for kind in row.zones.kinds}


@cache
def _issued() -> dict[str, str]:
    """English -> Chinese of the files of all protocols: kinds of zones, their measures and tasks, baskets."""
    found = {one.english: one.name for one in inside().supply.baskets}
    for row in protocols.available():
        if not row.has("zones"):
            continue
        for kind in row.zones.kinds:
            found[kind.english] = kind.name
            found[kind.measure.english] = kind.measure.value
        found.update({task.english: task.name for task in row.zones.orders})
    found.pop("", None)
    return found


def _unit(value: str) -> str:
    return str(label("zoneunit", value).text)


def _open(value: str) -> str:
    return "; ".join(refilled(part) or gettext(part) for part in value.split("; "))


# What fills a template, where it is more than a figure or a name.
FILLINGS: dict[str, Callable[[str], str]] = {
    "unit": _unit,
    "before": quoted,
    "after": quoted,
    "open": _open,
}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    def place(found: re.Match[str]) -> str:
        name = found.group(1)
        return rf"(?P<{name}>[\d-]+)" if name in FIGURES else f"(?P<{name}>.+)"

    return tuple((re.compile(re.sub(r"\\\{(\w+)\\\}", place, re.escape(one))), one) for one in TEMPLATES)


def refilled(text: str) -> str:
    """The sentence in the reader's language; empty when no rule is known to write it."""
    for pattern, template in _patterns():
        match = pattern.fullmatch(text)
        if match is not None:
            values = {name: FILLINGS.get(name, str)(value) for name, value in match.groupdict().items()}
            return gettext(template).format(**values)
    return ""
