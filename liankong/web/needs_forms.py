"""What is asked at the phone: as little as possible, and in an emergency nothing that is wrong stops the form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from liankong.rules.needs import is_emergency
from liankong.store.models import Organisation
from liankong.store.organisations import terms
from liankong.vocabulary.identifiers import IdentifierError, normalise_phone, parse_id_number
from liankong.vocabulary.kinds import FactSource, NeedKind, OrganisationKind
from liankong.vocabulary.spans import local_day
from liankong.web import labels
from liankong.web.context import Sight
from liankong.web.desk import DivisionChoice
from liankong.web.faults import say
from liankong.web.places import organisation_names

SOURCES = (FactSource.HOTLINE, FactSource.DOOR, FactSource.INTERVIEW)
LARGEST = 2**63 - 1


class Day(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)


class NeedForm(forms.Form):
    """One need. Who it is comes from a number that is looked up, or from a household's number, or only from a place."""

    kind = forms.ChoiceField(label=gettext_lazy("What is needed"), choices=lambda: labels.options("need"))
    emergency = forms.BooleanField(label=gettext_lazy("It cannot wait: send help at once"), required=False)
    person = forms.CharField(
        label=gettext_lazy("ID number or phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "lk-mono"}),
        help_text=gettext_lazy("The household is found by it; the search is on record."),
    )
    household = forms.IntegerField(
        label=gettext_lazy("Or the household's number"), required=False, min_value=1, max_value=LARGEST
    )
    words = forms.CharField(
        label=gettext_lazy("What exactly, and where"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Building and door if no household is known. No names."),
    )
    source = forms.ChoiceField(
        label=gettext_lazy("How it came"), choices=lambda: labels.options("source", SOURCES)
    )

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        self.fields["division"] = DivisionChoice(
            seen.division, required=False, whole=True, label=gettext_lazy("Or only the place: division")
        )

    @property
    def urgent(self) -> bool:
        """Whether the call, as far as it was understood, is an emergency."""
        kind = self.cleaned_data.get("kind")
        flagged = bool(self.cleaned_data.get("emergency"))
        return flagged or (kind in set(NeedKind) and is_emergency(NeedKind(str(kind)), flagged=flagged))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text = str(data.get("person") or "").strip()
        data["number"] = {}
        try:
            data["number"] = _number(text, self.seen) if text else {}
        except IdentifierError as error:
            self.add_error("person", say(str(error)))
        if self.urgent:
            # A slip at one of these must not keep help back.
            for name in ("person", "household", "division", "words", "source"):
                if name in self.errors:
                    del self.errors[name]
                    data.setdefault(name, None)
            data.setdefault("kind", NeedKind.EMERGENCY)
            self.errors.pop("kind", None)
        return data


def _number(text: str, seen: Sight) -> dict[str, str]:
    digits = [character for character in text if character.isalnum()]
    if text.startswith("+") or len(digits) in (11, 13):
        return {"phone": normalise_phone(text)}
    return {"id_number": parse_id_number(text, today=local_day(seen.at)).number}


class RefusalForm(forms.Form):
    """Somebody was sent away."""

    prefix = "refused"
    reason = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("With which words they were sent away. No names."),
    )


class StandingForm(forms.Form):
    """A need that comes again."""

    kind = forms.ChoiceField(label=gettext_lazy("What is needed"), choices=lambda: labels.options("need"))
    household = forms.IntegerField(label=gettext_lazy("Household's number"), min_value=1, max_value=LARGEST)
    person = forms.IntegerField(
        label=gettext_lazy("Person's number"), min_value=1, max_value=LARGEST, required=False
    )
    what = forms.CharField(
        label=gettext_lazy("What exactly"),
        max_length=160,
        help_text=gettext_lazy("Such as: haemodialysis, left arm. No names."),
    )
    next_on = Day(label=gettext_lazy("Next on"))
    every_days = forms.IntegerField(
        label=gettext_lazy("Every how many days"),
        min_value=1,
        max_value=366,
        required=False,
        help_text=gettext_lazy("Empty: it comes once, as a birth does."),
    )
    hospital = forms.ChoiceField(label=gettext_lazy("Hospital"), required=False)

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hospital"].choices = [("", "–"), *hospitals(seen)]  # type: ignore[attr-defined]  # of choices

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["kind"] = NeedKind(data["kind"])
        data["hospital"] = int(data["hospital"]) if data["hospital"] else None
        return data


def hospitals(seen: Sight) -> list[tuple[str, str]]:
    """Hospitals that exist at this hour, those of the jurisdiction first."""
    rows = Organisation.objects.filter(
        kind=OrganisationKind.HOSPITAL, pk__in=terms(seen.at).values("organisation")
    ).order_by("division", "pk")
    found = sorted(
        rows[:500], key=lambda row: (not row.division.startswith(seen.division), row.division, row.pk)
    )
    names = organisation_names([row.pk for row in found], seen.at)
    return [(str(row.pk), names.get(row.pk, row.code)) for row in found]
