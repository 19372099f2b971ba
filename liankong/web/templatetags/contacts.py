"""Template tags of the contacts' pages. `{% load contacts %}`."""

from django import template
from django.forms import BoundField, Select
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def amend_control(bound: BoundField, number: int) -> SafeString:
    """A field of a form that stands on the page once for each meeting: its id must differ each time."""
    kind = "form-select" if isinstance(bound.field.widget, Select) else "form-control"
    attrs: dict[str, str | bool] = {"class": kind, "id": f"{bound.id_for_label}-{number}"}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return bound.as_widget(attrs=attrs)
