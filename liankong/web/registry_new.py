"""Entering a person once, and seeing wider in an emergency."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from liankong.actions import Refused
from liankong.actions import registry as verbs
from liankong.protocols import standing
from liankong.store.models import Household
from liankong.vocabulary import divisions
from liankong.vocabulary.identifiers import IdentifierError, IdNumber, parse_id_number
from liankong.vocabulary.kinds import PersonKind, Sex
from liankong.vocabulary.spans import local_day
from liankong.web import labels
from liankong.web.context import Sight, sight
from liankong.web.desk import DivisionChoice, needs, refuse, status_of
from liankong.web.registry import SENSITIVE, id_number, phone_number, retention_classes


class PersonForm(forms.Form):
    """Sex, birth and registered place may be left to the ID number, which says them."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    id_number = forms.CharField(
        label=gettext_lazy("ID number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "lk-mono"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Lives here as"), choices=lambda: labels.options("person"))
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"),
        required=False,
        choices=lambda: [("", _("as the ID number says")), *labels.options("sex")],
    )
    birth_date = forms.DateField(
        label=gettext_lazy("Date of birth"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    occupation = forms.CharField(label=gettext_lazy("Occupation"), max_length=40, required=False)
    registered_address = forms.CharField(
        label=gettext_lazy("Registered address"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    household = forms.IntegerField(
        label=gettext_lazy("Household number"),
        required=False,
        min_value=1,
        help_text=gettext_lazy(
            "Of a household that is on record; it stands on the page of each of its members."
        ),
    )
    retention = forms.ChoiceField(label=gettext_lazy("Kept as"), choices=retention_classes)

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        self.fields["division"] = DivisionChoice(seen.division, label=_("Lives in"))
        self.fields["registered_division"] = DivisionChoice(
            "", anywhere=True, required=False, label=_("Registered in")
        )

    def clean_id_number(self) -> str:
        text = str(self.cleaned_data["id_number"]).strip()
        if not text:
            return ""
        told = id_number(text, self.seen)
        self.told = told
        return told.number

    def clean_phone(self) -> str:
        text = str(self.cleaned_data["phone"]).strip()
        return phone_number(text) if text else ""

    def clean_household(self) -> Household | None:
        number = self.cleaned_data["household"]
        if number is None:
            return None
        row = Household.objects.filter(pk=number).first()
        if row is None:
            raise forms.ValidationError(_("No household of this number is in your jurisdiction."))
        return row

    def clean(self) -> None:
        told: IdNumber | None = getattr(self, "told", None)
        if told is None:
            self.cleaned_data["sex"] = Sex(self.cleaned_data.get("sex") or Sex.UNKNOWN)
            return
        if self.cleaned_data.get("birth_date") not in (None, told.birth):
            self.add_error("birth_date", _("The ID number says another date of birth."))
        if self.cleaned_data.get("sex") not in ("", None, told.sex):
            self.add_error("sex", _("The ID number says another sex."))
        self.cleaned_data |= {"sex": told.sex, "birth_date": told.birth}
        if not self.cleaned_data.get("registered_division"):
            self.cleaned_data["registered_division"] = _first_registered(told, local_day(self.seen.at))


def _first_registered(told: IdNumber, today: date) -> str:
    """The division of an ID number under its code of today; old codes live on in numbers."""
    try:
        return divisions.resolve(told.division, today, meant=told.birth)
    except divisions.UnknownDivision:
        return ""


@never_cache
@sensitive_post_parameters(*SENSITIVE)
@require_http_methods(["GET", "POST"])
@needs("registry.register")
def register(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = PersonForm(request.POST or None, seen=seen)
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, "kind": PersonKind(form.cleaned_data["kind"])}
        try:
            made = verbs.register(**values, by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("Person %(number)s is registered.") % {"number": made.pk})
            return redirect("registry-person", person=made.pk)
    return render(request, "registry/register.html", {"form": form}, status=status_of(request))


@never_cache
@sensitive_post_parameters(*SENSITIVE)
@require_POST
@needs("registry.register")
def check_number(request: HttpRequest) -> HttpResponse:
    """What an ID number says, while it is being typed."""
    text = request.POST.get("id_number", "").strip()
    if not text:
        return HttpResponse("")
    try:
        told = parse_id_number(text, today=local_day(sight(request).at))
    except IdentifierError as error:
        return render(request, "registry/number.html", {"fault": _(str(error))})
    return render(request, "registry/number.html", {"told": told, "place": _place_then(told)})


def _place_then(told: IdNumber) -> str:
    try:
        return divisions.name_on(told.division, told.birth)
    except divisions.UnknownDivision:
        return told.division


# --- breaking the glass --------------------------------------------------------------------------------------------


class GlassForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("What cannot wait, and who asked for it. The auditor reads it."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"] = DivisionChoice(
            seen.division[:2], anywhere=True, label=_("Wider jurisdiction")
        )
        self.order_fields(["division", "why"])


@never_cache
@require_http_methods(["GET", "POST"])
@needs("registry.glass")
def glass(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = GlassForm(request.POST or None, seen=seen)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.break_glass(**form.cleaned_data, by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.warning(
                request, _("You see a wider jurisdiction now. Everything that you read is on record.")
            )
            return redirect("registry")
    context = {"form": form, "hours": f"{standing.retention().limits.glass.value / timedelta(hours=1):g}"}
    return render(request, "registry/glass.html", context, status=status_of(request))


urlpatterns = [
    path("registry/new", register, name="registry-new"),
    path("registry/check-number", check_number, name="registry-check-number"),
    path("registry/glass", glass, name="registry-glass"),
]
