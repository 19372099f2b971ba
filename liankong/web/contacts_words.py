"""What a contact's reasons say in the reader's language. The rules write English sentences with places to fill."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from liankong.protocols.words import Placement
from liankong.web import labels

# Sentences of the rules, listed so that their translations are collected.
SENTENCES: tuple[Promise, ...] = (
    _("Criterion {number}, within the days that count from {day}: close contact."),
    _(
        "Criterion {number}, with a close contact between their first exposure and their control: "
        "contact of a contact."
    ),
    _("One of the first tests of the contact whom they met is positive: close contact."),
    _("The case was excluded: whoever met that person is not a contact."),
    _("The meeting lies outside the days that count, reckoned from {day}."),
    _("There was effective protection."),
    _("In one vehicle, the distance is not known."),
    _("In one vehicle, further away than the limit."),
    _("The meeting fits none of the protocol's criteria."),
    _("The person met is not a close contact."),
    _("The meeting lies before the contact's first exposure, or after the contact was under control."),
    _("Only those who live, eat, work or play with the contact are determined."),
    _("The meeting was short, and only long ones count here."),
    _("The contact whom they met is not of high risk."),
    _("This protocol no longer determines {what} ({instrument})."),
    _("This protocol does not determine {what}."),
    _("They are a case themselves."),
    _("They are infected themselves: a case."),
    _("No meeting is on record."),
    _("The last day is {day}."),
    _("{negative} of {tests} tests are negative."),
    _("{tests} of the first tests of the contact whom they met are still open."),
    _("The protocol keeps nobody of this class apart."),
    _("if a test of theirs is positive"),
    _("if a further meeting of the same kind is recorded today"),
    _("if it turns out that there was effective protection"),
    _("if contact {contact}, whom they met, tests positive"),
    _("if case {case} is excluded"),
    _("if the onset of case {case} turns out to be on {day} or before"),
    _("if the onset of case {case} turns out to be on {day} or after"),
    _("contacts"),
    _("contacts of contacts"),
)
PLACEMENTS: dict[str, Promise] = {
    Placement.CENTRAL: _("isolation site"),
    Placement.HOME_ISOLATION: _("isolation at home"),
    Placement.HOME_MONITORING: _("health monitoring at home"),
    Placement.HOSPITAL: _("hospital"),
}


def filled(template: str, values: Mapping[str, Any]) -> str:
    """A sentence of a rule in the reader's language."""
    words = {name: gettext(value) if name == "what" else value for name, value in values.items()}
    return gettext(template).format(**words) if template else ""


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer of `store.tracing_why` with every sentence in the reader's language."""
    return {
        **answer,
        "reason": filled(answer["because"]["template"], answer["because"]["values"]),
        "exposures": [
            {**met, "reason": filled(met["because"]["template"], met["because"]["values"])}
            for met in answer["exposures"]
        ],
        "release": [{**one, "text": filled(one["template"], one["values"])} for one in answer["release"]],
        "otherwise": [{**one, "text": filled(one["template"], one["values"])} for one in answer["otherwise"]],
        "stages": [
            {**stage, "place_words": str(PLACEMENTS.get(stage["placement"], stage["placement"]))}
            for stage in answer["stages"]
        ],
    }


def sentence(kind: str, body: Mapping[str, Any]) -> str:
    """What a fact about a contact says."""
    if kind == "ContactReclassified":
        return f"{_word('class', body.get('before'))} → {_word('class', body.get('after'))}"
    if kind in ("ContactProposed", "ContactSigned"):
        return _word("class", body.get("classification"))
    if kind == "ContactRedated":
        return f"{body.get('before') or '–'} → {body.get('after') or '–'}"
    if kind in ("ContactRejected", "ExposureRecorded"):
        return str(body.get("reason", ""))
    if kind in ("CheckDone", "CheckMissed"):
        return _word("check", body.get("check_kind"))
    return ""


def _word(group: str, value: Any) -> str:
    return str(labels.label(group, str(value) if value else "").text)
