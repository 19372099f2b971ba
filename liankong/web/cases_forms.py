"""What may be said about a case on its page; whether it may stand is for the rules to say."""

from datetime import date, datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from liankong.vocabulary.kinds import CASE_CLASSES, Origin, Outcome, PersonClass, Severity
from liankong.web import labels

NOTHING = [("", "–")]
LOCAL = "%Y-%m-%dT%H:%M"


def _moment(label: object) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,  # type: ignore[arg-type]  # a lazy text
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL),
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M:%S"],
    )


def _day(label: object) -> forms.DateField:
    return forms.DateField(
        label=label,  # type: ignore[arg-type]  # a lazy text
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ClassifyForm(forms.Form):
    prefix = "classify"
    classification = forms.ChoiceField(
        label=_("Class"), choices=lambda: labels.options("class", tuple(CASE_CLASSES))
    )
    severity = forms.ChoiceField(
        label=_("Severity"), required=False, choices=lambda: [*NOTHING, *labels.options("severity")]
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("What the experts saw: results, symptoms, imaging. It stays in the log."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def values(self) -> dict[str, object]:
        data = self.cleaned_data
        return {
            "classification": PersonClass(data["classification"]),
            "severity": Severity(data["severity"]) if data["severity"] else None,
            "reason": data["reason"],
        }


class CourseForm(forms.Form):
    prefix = "course"
    onset_on = _day(_("Onset"))
    admitted_at = _moment(_("Admitted"))
    outcome = forms.ChoiceField(label=_("Outcome"), choices=lambda: labels.options("outcome"))
    outcome_at = _moment(_("Outcome at"))
    severity = forms.ChoiceField(
        label=_("Severity"), required=False, choices=lambda: [*NOTHING, *labels.options("severity")]
    )
    reason = forms.CharField(label=_("Note"), max_length=300, required=False)

    def values(self) -> dict[str, object]:
        data = self.cleaned_data
        given: dict[str, object] = {
            name: value for name, value in data.items() if isinstance(value, date | datetime)
        }
        return {
            **given,
            "outcome": Outcome(data["outcome"]),
            "severity": Severity(data["severity"]) if data["severity"] else None,
            "reason": data["reason"],
        }


class SourceForm(forms.Form):
    prefix = "source"
    origin = forms.ChoiceField(label=_("Origin"), choices=lambda: labels.options("origin"))
    origin_place = forms.CharField(
        label=_("From where"),
        max_length=80,
        required=False,
        help_text=_("Country or region, for an imported case."),
    )
    infector = forms.CharField(
        label=_("Infected by case"),
        max_length=40,
        required=False,
        help_text=_("Number of the case; type its first digits to search."),
        widget=forms.TextInput(attrs={"list": "infectors", "autocomplete": "off"}),
    )
    exposure = forms.CharField(
        label=_("Exposure"), max_length=200, required=False, help_text=_("Where and how; no names.")
    )

    def values(self) -> dict[str, object]:
        return {**self.cleaned_data, "origin": Origin(self.cleaned_data["origin"])}


class ReportForm(forms.Form):
    prefix = "report"
    card = forms.CharField(label=_("Number of the report card"), max_length=40)

    def values(self) -> dict[str, object]:
        return dict(self.cleaned_data)


class RevealForm(forms.Form):
    prefix = "reveal"
    fields_wanted = forms.MultipleChoiceField(
        label=_("What do you need?"),
        choices=lambda: labels.options("field"),
        widget=forms.CheckboxSelectMultiple,
        initial=["name"],
    )
    why = forms.CharField(
        label=_("Why?"),
        min_length=4,
        max_length=300,
        help_text=_("Which case, order or call this serves. Your name and this reason go to the auditor."),
    )


def local_text(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime(LOCAL) if moment else ""
