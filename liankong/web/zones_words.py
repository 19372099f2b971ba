"""What kinds and units of zones are called: kinds are each protocol's own, so their words come from its file."""

from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liankong import protocols
from liankong.protocols import Protocol
from liankong.rules.zones_lift import Checklist
from liankong.web.labels import Label


def kind_label(protocol: str, code: str) -> str:
    """A kind in the reader's language; an unknown code shows itself."""
    found = protocols.load(protocol)
    if not found.has("zones"):
        return code
    kind = next((one for one in found.zones.kinds if one.code == code), None)
    if kind is None:
        return code
    return kind.english if get_language() == "en" else kind.name


def rank(protocol: str, code: str) -> int:
    """The place of a kind in its protocol: 0 for the gravest, behind the last for one that it does not know."""
    codes = _codes(protocol)
    return codes.index(code) if code in codes else len(codes)


def _codes(protocol: str) -> list[str]:
    found = protocols.load(protocol)
    return [one.code for one in found.zones.kinds] if found.has("zones") else []


def kind_badge(protocol: str, code: str) -> Label:
    """A kind with the tone of its place in the file, gravest first."""
    place, mildest = rank(protocol, code), len(_codes(protocol)) - 1
    tone, icon = (("danger", "lock"), ("warn", "alert-triangle"), ("info", "map-2"))[min(place, 2)]
    if place == mildest and place:
        tone, icon = "info", "map-2"
    return Label(kind_label(protocol, code), tone, icon)


def kinds(protocol: Protocol) -> list[tuple[str, str]]:
    """The kinds of a protocol as choices."""
    if not protocol.has("zones"):
        return []
    return [(kind.code, kind_label(protocol.id, kind.code)) for kind in protocol.zones.kinds]


def progress(checks: Checklist | None) -> str:
    """`2 of 3 met: …` in the reader's language."""
    return checks.sentence(_) if checks is not None else ""


def conditions(checks: Checklist | None) -> list[dict[str, object]]:
    """Each condition with its state, its figures in words, and when waiting alone would meet it."""
    return [
        {"met": one.met, "text": one.sentence(_), "due_at": one.due_at, "code": one.code}
        for one in (checks.conditions if checks else ())
    ]


def measures(protocol: Protocol, codes: Iterable[str]) -> dict[str, str]:
    """What holds inside, by kind, in the reader's language."""
    english = get_language() == "en"
    return {
        code: (kind.measure.english or kind.measure.value) if english else kind.measure.value
        for code in codes
        for kind in [protocol.zone(code)]
    }


# Sentences of the rules of zones: listed here so that translators find them.
SENTENCES = (
    _("{met} of {total} met"),
    _("{met} of {total} met: {open}"),
    _("{days} days without a new infection, {needed} needed"),
    _("the days without a new infection do not count yet, {needed} needed"),
    _("nobody inside is a contact"),
    _("{count} contacts have no negative test since their exposure"),
    _("the last contact's exposure was {days} days ago, more than {needed} needed"),
    _("the round of everybody cannot be dated while the days do not count"),
    _("everybody is tested on day {day}, which has not begun"),
    _("{positive} in the round before lifting were positive"),
    _("nobody is registered inside: the round before lifting must be reported"),
    _("{negative} of {people} inside were negative in the round before lifting"),
    _("no zone of the county is left ({names})"),
    _("{count} zones of the county are still in force ({names})"),
)
