"""What isolation's reasons and refusals say in the reader's language. The rules write English sentences."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from liankong.rules.why import Why

# Sentences of the rules, listed so that their translations are collected; a test holds the list against the rules.
SENTENCES: tuple[Promise, ...] = (
    _("This protocol keeps nobody in isolation."),
    _("Infected: to hospital, apart from everybody who is not."),
    _("The protocol's stage for these people is at home."),
    _("Assessed: home instead of a site, by the protocol's exception."),
    _("A site's single room: home was asked for, but no ground of the protocol's exception holds."),
    _("A site's single room is the rule."),
    _("Nothing is asked of these people: {absent}."),
    _("All stages of the regime are over by that day."),
    _("Cannot be alone: name a carer under the same rule, or assess for home."),
    _("The carer's infection status differs: name another."),
    _("The carer goes elsewhere: name another, or assess for home."),
    _("The carer is signed for another place: name another, or assess for home."),
    _("Cares at home for somebody who was assessed, under the same rule."),
    _("Shares a room with the carer: cannot be alone."),
    _("The move is due within the limit after: {after}."),
    _("The protocol sets no limit of its own for these people: the one for a close contact is taken."),
    _("A test every {hours} h, by this site's own rule."),
    _("A test every {hours} h."),
    _("This protocol states nothing for those who leave the closed loop."),
    _("Monitored after leaving the closed loop."),
    _("No room is ready and free."),
    _("No free room has {people} beds."),
    _("No free room can be entered with a wheelchair or a stretcher."),
    _("Every free room lies on a floor with people of the other infection status."),
    _("A single room."),
    _("One room for {people} who belong together."),
    _("Somebody is in this room: move or release them first."),
    _("This room is held for somebody who is on the way."),
    _("A room becomes occupied when somebody arrives, not by hand."),
    _("A room that is {before} cannot become {after}."),
    _("From {before} to {after} is a lawful step."),
    _("The contact was released by signature."),
    _("The protocol asks for no stay."),
    _("{left} days are left, until {last}."),
    _("The stay is complete since {last}."),
    _("A test is positive: this is a matter for a hospital, not for release."),
    _("Tests without a negative result: {days}."),
    _("No test is on record."),
    _("{count} tests, all negative."),
    _("{found} of 2 negative samples since {last}."),
    _("Positive and not yet excluded: {where}."),
    _("The room has not been swabbed yet."),
    _("The room's latest swab is negative."),
    _("No fitting vehicle is free at that hour."),
    _("The vehicle was taken at this very moment."),
    _("This was signed or ended already."),
    _("The carer's room has no bed left: move the carer to a larger one first."),
    _("No hospital answers for this division: name one."),
    _("No norm of reserve rooms held on that day."),
    _("{rooms} rooms for every 10,000 people."),
)
# From when the protocols count the limit of a move.
AFTER: tuple[Promise, ...] = (_("close contact determined"), _("secondary contact determined"))
# Why a stay ended otherwise than by release: the code that stands in the row and in the log.
ENDED: dict[str, Promise] = {
    "hospital": _("to hospital"),
    "moved": _("moved elsewhere"),
    "replaced": _("replaced by another proposal"),
    "rejected": _("turned down"),
    "not_a_contact": _("not a contact"),
    "case_excluded": _("the case was excluded"),
    "nothing_asked": _("the protocol asks for nothing any more"),
    "order_cancelled": _("the order was cancelled"),
    "contact_released": _("the contact was released"),
}


def filled(template: str, values: Mapping[str, Any]) -> str:
    """A sentence of a rule in the reader's language."""
    translated = gettext(template) if template else ""
    words = {name: gettext(value) if name == "after" else value for name, value in values.items()}
    return translated.format(**words) if words else translated


def why_words(why: Why | Mapping[str, Any] | None) -> str:
    """A reason, as the rule gives it or as a row keeps it."""
    if why is None:
        return ""
    if isinstance(why, Why):
        return filled(why.reason, why.values)
    template = str(why.get("template") or why.get("reason") or "")
    return filled(template, why.get("values") or {})


def ended_words(ended: str) -> str:
    """Why it ended, in words; what a person added stays as it is."""
    code, _colon, words = ended.partition(": ")
    text = str(ENDED.get(code, code))
    return f"{text}: {words}" if words else text
