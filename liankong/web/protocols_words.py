"""What a protocol's values say, in the reader's language.

Files of protocols are written in the words of their instruments, with English beside them; notes, units and tasks are
English sentences that double as the keys of their translations.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from liankong.protocols import Citation, Protocol
from liankong.protocols.leaves import Duration, Flag, Sourced, Statement
from liankong.protocols.model import Clock, Cluster, CtRule, Frequency, InForce, Mode, Protections, Start
from liankong.protocols.model_cases import ClassRow, SeverityRow, Sign, Threshold, Transition
from liankong.protocols.words import Change, ClockStart, Measure
from liankong.web import labels

STARTS: dict[ClockStart, Promise] = {
    ClockStart.LAST_EXPOSURE: _("counted from the last exposure"),
    ClockStart.LEFT_AREA: _("counted from leaving the area"),
    ClockStart.ENTRY: _("counted from entry"),
    ClockStart.LEFT_LOOP: _("counted from leaving the closed loop"),
    ClockStart.ONSET: _("counted from onset"),
    ClockStart.RASH: _("counted from the rash"),
}
CHANGES: dict[Change, Promise] = {
    Change.VERIFICATION: _p("change of class", "verification"),
    Change.CONVERSION: _p("change of class", "conversion"),
    Change.EXCLUSION: _p("change of class", "exclusion"),
    Change.CORRECTION: _p("change of class", "correction"),
    Change.WRITE_OFF: _p("change of class", "write-off"),
    Change.REOPENING: _p("change of class", "reopening"),
}
MEASURES: dict[Measure, Promise] = {
    Measure.RESPIRATORY_RATE: _("breathing"),
    Measure.SPO2: _("oxygen saturation"),
    Measure.PAO2_FIO2: _("PaO₂/FiO₂"),
}
# Units of a span of time, as citations write them.
TIMES = ("d", "h", "min")
# Words of the instruments that stand in a file without English beside them.
QUOTED: dict[str, Promise] = {
    "网络直报": _("Statutory report"),
    "双采双检": _("double sampling, double testing"),
    "比国家规定多往前推3天": _("three days further back than the nation demands"),
}


def told(row: Protocol, where: str, leaf: Sourced) -> tuple[Citation, str]:
    """Where a value stands with its source, and what it says."""
    citation = row.citation(where, leaf)
    source = row.document.instruments[leaf.instrument]
    title = source.english if english() and source.english else source.title
    return replace(citation, note=_text(leaf.note), instrument=title), said(leaf)


def english() -> bool:
    return get_language() == "en"


def said(leaf: Sourced) -> str:
    """What a value says; numbers with their unit, closed lists in words."""
    if isinstance(leaf, Statement):
        return leaf.english if english() and leaf.english else leaf.value
    if isinstance(leaf, ClassRow):
        return f"{_label('class', leaf.gives)} · {_either(leaf.english, leaf.rule)}"
    if isinstance(leaf, SeverityRow):
        return f"{_label('severity', leaf.gives)} · {gettext(leaf.english)}"
    if isinstance(leaf, Transition):
        change = CHANGES[leaf.change]
        return f"{_label('class', leaf.before)} → {_label('class', leaf.after)} · {change}"
    if isinstance(leaf, Threshold):
        return _threshold(leaf)
    if isinstance(leaf, Sign):
        return _either(leaf.english, leaf.name)
    if isinstance(leaf, Mode):
        sizes = f" ({_listed(leaf.sizes)})" if leaf.sizes else ""
        return f"{_label('tube', leaf.tube)}{sizes} · {_either(leaf.english, leaf.who)}"
    return _measured(leaf)


def _measured(leaf: Sourced) -> str:
    """A number, a span or a choice, with whom or what it is for."""
    if isinstance(leaf, InForce):
        return f"{leaf.first_day} – {leaf.last_day or ''}".rstrip()
    if isinstance(leaf, Start):
        return str(STARTS[leaf.value])
    if isinstance(leaf, Protections):
        return gettext(", ").join(_label("protection", value) for value in leaf.value)
    if isinstance(leaf, Flag):
        return gettext("yes") if leaf.value else gettext("no")
    if isinstance(leaf, Clock):
        return f"{span(leaf.value)} · {_text(leaf.task)}"
    if isinstance(leaf, Frequency):
        return f"{span(leaf.value)} · {_either(leaf.english, leaf.who)}"
    if isinstance(leaf, Duration):
        return span(leaf.value)
    value = getattr(leaf, "value", None)
    if value is None:
        return ""
    number = _listed(value) if isinstance(value, tuple) else f"{value:g}"
    if isinstance(leaf, CtRule):
        number = gettext("below {number}").format(number=number)
    words = in_unit(number, str(getattr(leaf, "unit", "")))
    return f"{words} · {_either(leaf.english, leaf.place)}" if isinstance(leaf, Cluster) else words


def span(value: timedelta) -> str:
    """A duration as protocols write it: days from two days on, else hours or minutes."""
    minutes = value.total_seconds() / 60
    if minutes % 1440 == 0 and minutes > 1440:
        return f"{minutes / 1440:g} {pgettext('duration', 'd')}"
    if minutes and minutes % 60 == 0:
        return f"{minutes / 60:g} {pgettext('duration', 'h')}"
    return f"{minutes:g} {pgettext('duration', 'min')}"


def in_unit(number: str, unit: str) -> str:
    """A number with its unit; languages put them in different orders."""
    template = "{value} " + unit
    return gettext(template).format(value=number) if unit else number


def cited(text: str) -> str:
    """The value of a citation, as it was kept beside a decision: `14 years`, `8 h`, `respirator, full`."""
    found = re.fullmatch(r"((?:[\d.]+, )*[\d.]+) (\S.*)", text)
    if found is not None:
        number, unit = found.groups()
        return f"{number} {pgettext('duration', unit)}" if unit in TIMES else in_unit(number, unit)
    parts = text.split(", ")
    if all(part in labels.LABELS["protection"] for part in parts):
        return gettext(", ").join(_label("protection", part) for part in parts)
    return str(STARTS[ClockStart(text)]) if text in STARTS else _text(text)


def _threshold(leaf: Threshold) -> str:
    if leaf.at_least is not None:
        number = gettext("at least {number}").format(number=f"{leaf.at_least:g}")
    else:
        number = gettext("at most {number}").format(number=f"{leaf.at_most:g}")
    return f"{MEASURES[leaf.measure]} · {in_unit(number, leaf.unit)}"


def _text(text: str) -> str:
    return str(QUOTED[text]) if text in QUOTED else gettext(text) if text else ""


def _either(in_english: str, in_chinese: str) -> str:
    return in_english if english() and in_english else in_chinese


def _label(group: str, value: str) -> str:
    return str(labels.label(group, value).text)


def _listed(values: Iterable[int]) -> str:
    return gettext(", ").join(str(value) for value in values)
