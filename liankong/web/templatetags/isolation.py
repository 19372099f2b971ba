"""Template tags of isolation. `{% load isolation %}`."""

from typing import Any

from django import template

from liankong.web import isolation_words
from liankong.web.protocols_words import cited

register = template.Library()


@register.filter
def why(value: Any) -> str:
    """A rule's reason in the reader's language."""
    return isolation_words.why_words(value)


@register.filter
def sentence(text: str) -> str:
    """A whole sentence of a rule, without values."""
    return isolation_words.filled(text, {}) if text else ""


@register.filter
def ended(text: str) -> str:
    """Why an isolation ended."""
    return isolation_words.ended_words(text) if text else ""


@register.filter
def numbers(value: Any) -> list[str]:
    """The numbers that a stored reason rests on, each with its instrument and grade."""
    if not isinstance(value, dict):
        return []
    return [
        f"{cited(str(one['value']))} · {one['instrument']} ({one['grade']})"
        for one in value.get("numbers", ())
    ]


@register.filter
def hours(value: Any) -> int:
    """A span of time as whole hours."""
    return int(value.total_seconds() // 3600)
