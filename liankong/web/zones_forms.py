"""What may be said about a zone on its page; whether it is lawful is for the rules to say."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liankong.protocols import Protocol
from liankong.protocols.words import ZoneUnit
from liankong.web import labels
from liankong.web.desk import DivisionChoice
from liankong.web.organisations import Moment
from liankong.web.zones_words import kinds

OUTLINE_MOST = 100_000  # characters: a ring of some thousand points


class _Words(forms.CharField):
    def __init__(self, label: Any, *, rows: int = 2, **kwargs: Any) -> None:
        super().__init__(label=label, max_length=300, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class ProposeForm(forms.Form):
    """An area picked from the register or drawn on the map, its kind and the reason."""

    reason = _Words(
        gettext_lazy("Why this area"),
        help_text=gettext_lazy("What was found there. No names: the notice and the log quote it."),
    )
    name = forms.CharField(
        label=gettext_lazy("What the public calls it"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("Empty: the names of the places picked."),
    )
    finding = _Words(
        gettext_lazy("What was found beyond the smallest unit"),
        rows=1,
        required=False,
        help_text=gettext_lazy("Only where the area is larger than the case's own stair or building."),
    )
    outline = forms.CharField(
        label=gettext_lazy("Outline"),
        required=False,
        max_length=OUTLINE_MOST,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "data-outline": ""}),
        help_text=gettext_lazy(
            "Drawn on the map, or typed: one point a line, longitude and latitude in degrees; or GeoJSON."
        ),
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("The outline encloses"),
        required=False,
        choices=lambda: [("", "–"), *labels.options("zoneunit")],
    )

    def __init__(self, *args: Any, protocol: Protocol, scope: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"] = forms.ChoiceField(label=_("Kind of zone"), choices=kinds(protocol))
        self.fields["division"] = DivisionChoice(
            scope,
            whole=True,
            required=False,
            label=_("Or a whole division"),
            help_text=_("A community or a county; an area larger than the kind allows is refused."),
        )
        self.order_fields(["kind", "reason", "name", "division", "unit", "outline", "finding"])

    def clean_outline(self) -> dict[str, Any] | None:
        text = str(self.cleaned_data["outline"]).strip()
        if not text:
            return None
        return _geojson(text) if text.startswith("{") else _points(text)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "kind": data["kind"],
            "reason": data["reason"],
            "name": data["name"],
            "finding": data["finding"],
            "outline": data["outline"],
            "unit": ZoneUnit(data["unit"]) if data["unit"] else None,
            "divisions": [data["division"]] if data["division"] else [],
        }


def _geojson(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise forms.ValidationError(_("This is not GeoJSON.")) from None
    if isinstance(body, dict) and body.get("type") == "Feature":
        body = body.get("geometry")
    if not isinstance(body, dict) or body.get("type") not in ("Polygon", "MultiPolygon"):
        raise forms.ValidationError(_("Expected a polygon."))
    return body


def _points(text: str) -> dict[str, Any]:
    """The corners of a polygon, one a line; the keyboard's way of drawing."""
    ring: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        parts = line.replace(",", " ").replace("，", " ").split()
        try:
            longitude, latitude = (float(part) for part in parts)
        except ValueError:
            raise forms.ValidationError(
                _("Line %(line)s: expected a longitude and a latitude.") % {"line": number}
            ) from None
        ring.append([longitude, latitude])
    if len(ring) < 3:  # corners of a triangle
        raise forms.ValidationError(_("An outline has three points or more."))
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    return {"type": "Polygon", "coordinates": [ring]}


class ApproveForm(forms.Form):
    prefix = "approve"
    legal_basis = forms.CharField(
        label=gettext_lazy("Legal basis"),
        max_length=200,
        help_text=gettext_lazy("The law or notice, its article, and who issued it."),
    )
    review_on = forms.DateField(
        label=gettext_lazy("Looked at again on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    expires_at = Moment(label=gettext_lazy("Ends by itself at"), required=False)
    finding = _Words(gettext_lazy("What was found beyond the smallest unit"), rows=1, required=False)

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ReasonForm(forms.Form):
    reason = _Words(gettext_lazy("Reason"))

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class RejectForm(ReasonForm):
    prefix = "reject"


class EscalateForm(ReasonForm):
    prefix = "escalate"


class LowerForm(forms.Form):
    prefix = "lower"
    reason = _Words(gettext_lazy("Remark"), rows=1, required=False)

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ExtendForm(ReasonForm):
    prefix = "extend"
    until = Moment(label=gettext_lazy("Until"))
    field_order = ("until", "reason")


class LiftForm(forms.Form):
    prefix = "lift"
    reason = _Words(gettext_lazy("Remark, or the reason of an exception"), rows=1, required=False)
    exception = forms.BooleanField(
        label=gettext_lazy("Although a condition is open, as an exception on record"), required=False
    )

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class RestartForm(ReasonForm):
    prefix = "restart"
    from_at = Moment(label=gettext_lazy("The days count from"))
    field_order = ("from_at", "reason")


class RoundForm(forms.Form):
    prefix = "round"
    due_at = Moment(label=gettext_lazy("Everybody tested by"))

    def values(self) -> dict[str, datetime]:
        return dict(self.cleaned_data)


class AppealForm(forms.Form):
    prefix = "appeal"
    text = forms.CharField(
        label=gettext_lazy("What they object to, in their words"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Sealed: only whoever answers can open it, and that is on record."),
    )

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class AnswerForm(forms.Form):
    granted = forms.ChoiceField(
        label=gettext_lazy("Answer"),
        choices=[
            ("yes", gettext_lazy("The appeal is granted")),
            ("no", gettext_lazy("The measure stands")),
        ],
    )
    answer = _Words(gettext_lazy("In words, as it is told to them"))

    def values(self) -> dict[str, Any]:
        return {
            "granted": self.cleaned_data["granted"] == "yes",
            "answer": self.cleaned_data["answer"],
        }
