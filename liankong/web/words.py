"""Words for permissions, pathogens and refusals: values of rules and protocols, not closed lists of the field."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from liankong.actions import Forbidden, Refused
from liankong.web import labels
from liankong.web.faults import say
from liankong.web.faults_rules import zone_kind

PATHOGENS: dict[str, Promise] = {"covid19": _("COVID-19"), "measles": _("Measles")}

PERMISSIONS: dict[str, Promise] = {
    "look": _("see cases, orders and bulletins"),
    "access.organise": _("change the structure"),
    "access.purge": _("destroy personal data that are due"),
    "access.users": _("manage users and posts"),
    "audit.read": _("read the log"),
    "audit.verify": _("verify the log"),
    "bulletins.draft": _("draft bulletins"),
    "bulletins.sign": _("sign bulletins"),
    "cases.classify": _("classify cases"),
    "cases.course": _("record the course of cases"),
    "cases.import": _("import line lists"),
    "cases.outbreak": _("open and close outbreaks"),
    "cases.report": _("report cases"),
    "cases.source": _("set the source of cases"),
    "inquiries.handle": _("work on inquiries"),
    "inquiries.reveal": _("open letters of inquiries"),
    "inquiries.send": _("send inquiries"),
    "isolation.arrange": _("arrange transfers"),
    "isolation.move": _("record moves and arrivals"),
    "isolation.sign": _("sign transfers"),
    "isolation.site": _("run an isolation site"),
    "lab.register": _("register tubes"),
    "lab.report": _("report results"),
    "orders.draft": _("draft orders"),
    "orders.handle": _("receive and finish orders"),
    "orders.issue": _("issue orders"),
    "zones.propose": _("propose zones"),
    "zones.sign": _("sign zones"),
    "duty.hand_over": _("hand over and take over a shift"),
    "duty.plan": _("plan duty rosters"),
    "needs.take": _("take needs of households"),
    "registry.find": _("find people by number"),
    "registry.glass": _("break the glass"),
    "registry.register": _("register people"),
    "registry.reveal": _("open identities"),
    "tracing.check": _("record checks of contacts"),
    "tracing.investigate": _("trace and propose contacts"),
    "tracing.sign": _("sign contacts"),
}


def permission_words(name: str) -> str:
    """What a permission lets somebody do; an unknown one shows itself."""
    return str(PERMISSIONS.get(name, name))


# Kinds of places of the register; a register may bring kinds of its own, which are shown as they are.
PLACES: dict[str, Promise] = {
    "building": _("Buildings"),
    "stair": _("Stairs"),
    "compound": _("Compounds"),
    "dwelling": _("Homes"),
    "village": _("Villages"),
    "hotel": _("Hotels"),
    "shop": _("Shops"),
    "cinema": _("Cinemas"),
    "kindergarten": _("Kindergartens"),
    "primary_school": _("Primary schools"),
    "middle_school": _("Middle schools"),
    "high_school": _("High schools"),
    "college": _("Colleges"),
    "training_centre": _("Training centres"),
    "workplace": _("Workplaces"),
    "market": _("Markets"),
    "restaurant": _("Restaurants"),
    "hospital": _("Hospitals"),
    "bus_line": _("Bus lines"),
}


def place_kind(code: str) -> str:
    """What places of a kind are called."""
    return str(PLACES.get(code, code))


# --- refusals ------------------------------------------------------------------------------------------------------

# What a refusal's templates hold in braces, where it is a code of a closed list: the group of its labels.
GROUPS = {
    "found": "class",
    "first": "role",
    "second": "role",
    "from_state": "inquiry",
    "to_state": "inquiry",
    "state": "zonestate",
    "unit": "zoneunit",
    "needed": "zoneunit",
}
# A step is of a case, an order or a room: their codes differ.
STEPS = ("class", "order", "room")
ASKED = {"reason": pgettext_lazy("asked for", "reason"), "proof": pgettext_lazy("asked for", "proof")}
COURSE = {
    "onset": _("Onset"),
    "admitted_at": _("Admitted"),
    "outcome": _("Outcome"),
    "outcome_at": _("Outcome at"),
    "severity": _("Severity"),
}
# What a mapping or a cell should have held, as the library writes it.
EXPECTED = (
    _("a text in which the pattern finds an age"),
    _("a whole number"),
    _("the name of a column"),
    _("the names of columns"),
)
# What must balance in a bulletin, as the rules write it.
FORMULAS = (
    _("a figure is stated with one value"),
    _("a count is not below zero"),
    _("all = local + imported"),
    _("an origin is not above all"),
    _("a place = the sum of its parts"),
    _("cumulative = cured + dead + active"),
    _("cumulative = released + converted + under observation"),
    _("cumulative = confirmed + excluded + active"),
    _("cumulative = confirmed + excluded + pending"),
    _("in hospital = active"),
    _("positives = confirmed + asymptomatic - converted + pending review"),
    _("converted into confirmed = converted out of asymptomatic"),
    _("a part is not above its whole"),
    _("a shorter window is not above a longer one"),
    _("a revised figure is stated as revised"),
    _("cumulative = the day before + new"),
    _("a stock = the day before + in - out"),
)


def said(error: Refused | Forbidden) -> str:
    """A verb's refusal in the reader's language, the codes that it quotes in words."""
    if isinstance(error, Forbidden):
        return gettext("this needs the permission %(name)s") % {"name": permission_words(error.permission)}
    values = {name: _value(name, value) for name, value in error.values.items()}
    return Refused(error.template, **values).message


def _value(name: str, value: object) -> str:
    text = str(value)
    if name in GROUPS:
        return str(labels.label(GROUPS[name], text).text)
    if name in ("before", "after"):
        return next((str(labels.LABELS[one][text].text) for one in STEPS if text in labels.LABELS[one]), text)
    if name in ("kind", "now"):
        return zone_kind(text)
    if name == "asked":
        return str(ASKED.get(text, text))
    if name == "name":
        return str(COURSE.get(text, text))
    if name in ("expected", "checks"):
        return say(text)
    if name == "conditions":
        return " ".join(say(part) for part in text.split("; "))
    if name == "pathogen":
        return str(PATHOGENS.get(text, text))
    if name in LISTS:
        separator, words = LISTS[name]
        return gettext(", ").join(words(part) for part in text.split(separator))
    return text


def _field(name: str) -> str:
    return str(labels.label("field", name).text)


def _unit(name: str) -> str:
    return str(labels.label("zoneunit", name).text)


# Several codes in one value: what stands between them, and the words for one.
LISTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "beyond": (", ", permission_words),
    "fields": (", ", _field),
    "units": (", ", _unit),
    "known": (", ", zone_kind),
    "failed": ("; ", say),
}
