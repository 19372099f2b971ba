"""Template tags of the desks. `{% load desk %}`."""

import json
from typing import Any

from django import template
from django.forms import BoundField, Select
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liankong.store.models import OrganisationTerm, Outbreak
from liankong.web import labels, places
from liankong.web.charts import Chart
from liankong.web.faults import say
from liankong.web.imports_words import KIND_GROUPS, field_words
from liankong.web.templatetags import lk
from liankong.web.words import PATHOGENS

register = template.Library()


@register.filter
def outbreak_name(row: Outbreak | None) -> str:
    """An outbreak as the reader's language calls it."""
    if row is None:
        return ""
    return row.english if row.english and get_language() == "en" else row.name


@register.filter
def term_name(term: OrganisationTerm | None) -> str:
    """An organisation's name of a term, as the reader's language has it."""
    if term is None:
        return ""
    return term.english if term.english and get_language() == "en" else term.name


@register.filter
def signed(value: int | None) -> str:
    """+4, −2, 0: a difference shows its sign."""
    if value is None:
        return "–"
    return f"{value:+,}".replace("-", "−") if value else "0"


@register.filter
def kilobytes(size: int) -> str:
    """A file's size for people: 3 kB, 1.4 MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"


@register.simple_tag
def flaw_word(kind: str) -> str:
    """What a flaw of the log is called."""
    words = {
        "changed entry": _("An entry was changed"),
        "missing entry": _("An entry is missing"),
        "inserted entry": _("An entry was inserted"),
        "changed seal": _("A seal was changed"),
        "missing seal before": _("The seal before this one is missing"),
        "the newest seal is not the one last made": _("The end of the log was cut off"),
    }
    return words.get(kind, kind)


@register.simple_tag
def pathogen(code: str) -> str:
    """What a pathogen's code is called."""
    return str(PATHOGENS.get(code, code))


@register.simple_tag
def concept_word(concept: str) -> str:
    """What a protocol's concept is called."""
    words = {
        "contacts": _("Close contacts"),
        "secondary_contacts": _("Contacts of contacts"),
        "general_contacts": _("General contacts"),
        "isolation": _("Isolation"),
        "zones": _("Zones"),
        "area_testing": _("Testing of whole areas"),
        "pending_review": _("Pending review"),
        "asymptomatic": _("Asymptomatic infections as a class of their own"),
        "suspected": _("Suspected cases"),
    }
    return words.get(concept, concept)


@register.simple_tag
def field_word(name: str) -> str:
    """What a field of a line list is called; a part of the row that is no field shows itself."""
    return _("whole row") if name == "row" else field_words(name)


@register.simple_tag
def understood(used: list[str], position: int, value: str) -> str:
    """A cell of a line list's preview: codes in words, everything else as it was read."""
    name = used[position - 1]
    return str(labels.label(KIND_GROUPS[name], value).text) if name in KIND_GROUPS else str(lk.spoken(value))


@register.filter
def chart_json(chart: Chart) -> str:
    """A chart's figures for an attribute."""
    return json.dumps(chart.data(), ensure_ascii=False)


@register.filter
def division_path(code: str | None) -> str:
    """A division's names from county down."""
    return places.division_path(code or "")


CHECKS: dict[str, tuple[str, str]] = {
    "failed": ("danger", "alert-triangle"),
    "explained": ("info", "info-circle"),
    "ok": ("good", "circle-check"),
    "not_applicable": ("neutral", "minus"),
}


@register.simple_tag
def check_word(state: str) -> str:
    """What came of trying an identity."""
    return {
        "failed": _("does not balance"),
        "explained": _("explained"),
        "ok": _("balances"),
        "not_applicable": _("could not be tried"),
    }[state]


@register.simple_tag
def check_state(state: str) -> SafeString:
    """The same as a badge."""
    tone, picture = CHECKS[state]
    return format_html('<span class="lk-badge is-{}">{}{}</span>', tone, lk.icon(picture), check_word(state))


@register.inclusion_tag("bulletins/cell.html")
def cell(bound: BoundField, name: str) -> dict[str, Any]:
    """A form field in a cell of a table: its column's head is its label."""
    kind = "form-select" if isinstance(bound.field.widget, Select) else "form-control"
    attrs: dict[str, str | bool] = {"class": kind, "aria-label": name}
    if bound.errors:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{bound.id_for_label}_error"}
    return {"field": bound, "control": bound.as_widget(attrs=attrs)}


@register.filter
def said(text: str) -> str:
    """A sentence of a lower floor in the reader's language."""
    return say(str(text or ""))


@register.simple_tag
def revision_words(number: int) -> str:
    """The first issue of a day, or which correction of it."""
    return _("first issue") if number == 1 else _("revision %(number)s") % {"number": number}
