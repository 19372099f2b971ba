"""What may be said about contacts on their pages; whether it may stand is for the verbs to say."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from liankong.store.tracing_people import Named
from liankong.store.tracing_proposals import Met
from liankong.vocabulary.identifiers import IdentifierError, normalise_phone, parse_id_number
from liankong.vocabulary.kinds import ExposureKind, FactSource, Protection, Sex
from liankong.web import labels
from liankong.web.cases_forms import LOCAL, local_text
from liankong.web.desk import DivisionChoice

LARGEST = 8 * 1024 * 1024
NOTHING = [("", "–")]
YES_NO = [("", "–"), ("yes", _("long")), ("no", _("short"))]


def moment(label: object, *, required: bool = True) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,  # type: ignore[arg-type]  # a lazy text
        required=required,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL),
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M:%S"],
    )


class ControlForm(forms.Form):
    prefix = "control"
    controlled_at = moment(_("Under control since"), required=False)

    def values(self) -> dict[str, Any]:
        return {"controlled_at": self.cleaned_data["controlled_at"]}


class ReleaseForm(forms.Form):
    prefix = "release"

    def values(self) -> dict[str, Any]:
        return {}


class RejectForm(forms.Form):
    prefix = "reject"
    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=300)


class AmendForm(forms.Form):
    """What is left empty stays."""

    prefix = "amend"
    kind = forms.ChoiceField(
        label=_("Kind of meeting"), required=False, choices=lambda: [*NOTHING, *labels.options("exposure")]
    )
    protection = forms.ChoiceField(
        label=_("Protection"), required=False, choices=lambda: [*NOTHING, *labels.options("protection")]
    )
    metres = forms.FloatField(label=_("Distance in metres"), required=False, min_value=0, max_value=100)
    from_at = moment(_("From"), required=False)
    until_at = moment(_("Until"), required=False)
    prolonged = forms.ChoiceField(label=_("How long?"), required=False, choices=YES_NO)
    reason = forms.CharField(label=_("Reason"), min_length=4, max_length=300)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "kind": ExposureKind(data["kind"]) if data["kind"] else None,
            "protection": Protection(data["protection"]) if data["protection"] else None,
            "metres": data["metres"],
            "from_at": data["from_at"],
            "until_at": data["until_at"],
            "prolonged": _said(data["prolonged"]),
            "reason": data["reason"],
        }


class MeetingForm(forms.Form):
    """How a person, or a whole roster, met the case."""

    kind = forms.ChoiceField(label=_("Kind of meeting"), choices=lambda: labels.options("exposure"))
    from_at = moment(_("From"))
    until_at = moment(_("Until"))


class InterviewForm(MeetingForm):
    """One person, as the phone call brings them. The first field says who; Enter takes the row."""

    prefix = "met"
    person = forms.IntegerField(
        label=_("Person number"),
        required=False,
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autofocus": True}),
    )
    id_number = forms.CharField(
        label=_("ID number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(
        label=_("Name"), required=False, max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    metres = forms.FloatField(label=_("Distance in metres"), required=False, min_value=0, max_value=100)
    protection = forms.ChoiceField(
        label=_("Protection"), initial=Protection.UNKNOWN, choices=lambda: labels.options("protection")
    )
    prolonged = forms.ChoiceField(label=_("How long?"), required=False, choices=YES_NO)

    def __init__(self, *args: Any, scope: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lives_in"] = DivisionChoice(
            scope, required=False, anywhere=True, whole=True, label=_("Lives elsewhere, in")
        )
        self.sex: Sex = Sex.UNKNOWN
        self.birth_date: date | None = None

    def clean_id_number(self) -> str:
        text = self.cleaned_data["id_number"]
        if not text:
            return ""
        try:
            read = parse_id_number(text)
        except IdentifierError as error:
            raise forms.ValidationError(_t(str(error))) from error
        self.sex, self.birth_date = read.sex, read.birth
        return read.number

    def clean_phone(self) -> str:
        text = self.cleaned_data["phone"]
        try:
            return normalise_phone(text) if text else ""
        except IdentifierError as error:
            raise forms.ValidationError(_t(str(error))) from error

    def who(self) -> Named:
        data = self.cleaned_data
        return Named(
            person=data["person"],
            name=data["name"].strip(),
            id_number=data.get("id_number", ""),
            phone=data.get("phone", ""),
            sex=self.sex,
            birth_date=self.birth_date,
        )

    def met(self) -> Met:
        data = self.cleaned_data
        return Met(
            person=0,
            kind=ExposureKind(data["kind"]),
            from_at=data["from_at"],
            until_at=data["until_at"],
            metres=data["metres"],
            prolonged=_said(data["prolonged"]),
            protection=Protection(data["protection"]),
            lives_in=data["lives_in"],
            source=FactSource.INTERVIEW,
        )


class RosterForm(MeetingForm):
    """A class, a shift, a passenger list."""

    prefix = "roster"
    file = forms.FileField(
        label=_("Roster"),
        help_text=_(
            "CSV or Excel with a header row: ID number, phone or person number; name and division are read too."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls"}),
    )
    source = forms.ChoiceField(
        label=_("Whose roster"),
        choices=lambda: labels.options(
            "source", (FactSource.WORKPLACE, FactSource.SCHOOL_ROSTER, FactSource.RECORD)
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_t("This file is too large."))
        return file


def _said(text: str) -> bool | None:
    return {"yes": True, "no": False}.get(text)


def between(at: datetime) -> dict[str, str]:
    """The last hour, for a form that starts from nothing."""
    return {"from_at": local_text(at - timedelta(hours=1)), "until_at": local_text(at)}
