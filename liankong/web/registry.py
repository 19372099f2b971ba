"""Who is this person, what has happened to them, and who has looked?

Nothing here shows a name, a number or an address unless somebody gives a reason; the reason is on record before
the value is on the screen. What is searched for travels in the body of a request, never in an address.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Refused
from liankong.actions import registry as verbs
from liankong.protocols import standing
from liankong.store.models import Case, Entry, Household, Identity, Order, Person, Result, Tube
from liankong.vocabulary import divisions
from liankong.vocabulary.identifiers import IdentifierError, IdNumber, normalise_phone, parse_id_number
from liankong.vocabulary.kinds import PersonKind, Sex
from liankong.vocabulary.spans import local_day
from liankong.web import labels
from liankong.web.context import Sight, sight
from liankong.web.desk import DivisionChoice, needs, refuse, status_of, user_names
from liankong.web.faults import say

SHOWN = 50
SENSITIVE = ("value", "id_number", "phone", "name", "registered_address")
LOOKS = ("IdentityRead", "IdentitySearched")


def retention_classes() -> list[tuple[str, str]]:
    """The classes that say how long personal data are kept, in the reader's language."""
    english = get_language() == "en"
    return [(one.code, one.english if english else one.name) for one in standing.retention().classes]


def _number(text: str, seen: Sight) -> IdNumber:
    try:
        return parse_id_number(text, today=local_day(seen.at))
    except IdentifierError as error:
        raise forms.ValidationError(_(str(error))) from None


def _phone(text: str) -> str:
    try:
        return normalise_phone(text)
    except IdentifierError as error:
        raise forms.ValidationError(_(str(error))) from None


class SearchForm(forms.Form):
    """One field takes either: an ID number has 18 characters, a phone number does not."""

    value = forms.CharField(
        label=gettext_lazy("ID number or phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-search": True, "class": "lk-mono"}),
    )
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The case, order or call that this serves. The auditor reads it."),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen

    def clean_value(self) -> dict[str, str]:
        text = str(self.cleaned_data["value"]).strip()
        if _looks_like_phone(text):
            return {"phone": _phone(text)}
        return {"id_number": _number(text, self.seen).number}


def _looks_like_phone(text: str) -> bool:
    digits = [character for character in text if character.isalnum()]
    return text.startswith("+") or len(digits) in (11, 13)


@never_cache
@sensitive_post_parameters(*SENSITIVE)
@require_http_methods(["GET", "POST"])
@needs("registry.find")
def search(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = SearchForm(request.POST or None, seen=seen)
    found: list[Person] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            found = verbs.find(
                **form.cleaned_data["value"], why=form.cleaned_data["why"], by=seen.actor, at=seen.at
            )
        except Refused as error:
            refuse(form, error)
    context = {"form": form, "found": found, "rows": _masked(found or []), "today": local_day(seen.at)}
    return render(
        request, "registry/search.html", context, status=200 if found is not None else status_of(request)
    )


def _masked(people: list[Person]) -> list[dict[str, Any]]:
    """What may be seen of people without opening a sealed field: that it is held, not what it says."""
    keys = [person.pk for person in people]
    held = {row.person_id: row for row in Identity.objects.filter(person__in=keys)}
    cases = dict(Case.objects.filter(person__in=keys).values_list("person").annotate(Count("pk")))
    return [
        {"person": person, "held": _held(held.get(person.pk), person), "cases": cases.get(person.pk, 0)}
        for person in people
    ]


def _held(row: Identity | None, person: Person) -> list[str]:
    if row is None:
        return []
    sealed = {
        "name": row.name_sealed,
        "id_number": row.id_sealed,
        "phone": row.phone_sealed,
        "address": person.household.address_sealed if person.household else b"",
        "registered_address": row.registered_address_sealed,
    }
    return [field for field in verbs.FIELDS if bytes(sealed[field])]


# --- one person ----------------------------------------------------------------------------------------------------


@never_cache
@require_GET
@needs("registry.find")
def person(request: HttpRequest, person: int) -> HttpResponse:
    return _person_page(request, person)


@never_cache
@require_POST
@needs("registry.reveal")
def reveal(request: HttpRequest, person: int) -> HttpResponse:
    """Open the chosen fields of one person; they stand on the page that answers and nowhere else."""
    seen = sight(request)
    fields, why = tuple(request.POST.getlist("fields")), request.POST.get("why", "")
    try:
        opened = verbs.reveal(person=person, fields=fields, why=why, by=seen.actor, at=seen.at)
    except Refused as error:
        fault = _("Choose at least one field.") if error.field == "fields" else say(str(error))
        return _person_page(request, person, why=why, chosen=fields, fault=(error.field, fault), status=422)
    return _person_page(request, person, opened=opened, why=why)


def _person_page(
    request: HttpRequest,
    key: int,
    *,
    opened: dict[str, str] | None = None,
    why: str = "",
    chosen: tuple[str, ...] = (),
    fault: tuple[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    row = get_object_or_404(Person.objects.select_related("household__dwelling"), pk=key)
    held = _held(Identity.objects.filter(person=row).first(), row)
    looks = list(
        Entry.objects.filter(subject_kind="person", subject=row.pk, kind__in=LOOKS).order_by("-id")[:SHOWN]
    )
    context = {
        "person": row,
        "age": _age(row.birth_date, local_day(sight(request).at)),
        "fields": [(field, (opened or {}).get(field), field in chosen) for field in held],
        "opened": opened is not None,
        "why": why,
        "fault": fault,
        "retention": dict(retention_classes()).get(row.retention, row.retention),
        "members": _members(row),
        "cases": list(
            Case.objects.filter(person=row).select_related("outbreak").order_by("-found_at")[:SHOWN]
        ),
        "tubes": _tubes(row),
        "orders": list(
            Order.objects.filter(Q(person=row) | Q(case__person=row)).order_by("-issued_at")[:SHOWN]
        ),
        "looks": looks,
        "names": user_names(entry.by for entry in looks),
    }
    return render(request, "registry/person.html", context, status=status)


def _age(birth: date | None, today: date) -> int | None:
    if birth is None:
        return None
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _members(row: Person) -> list[Person]:
    if row.household_id is None:
        return []
    return list(Person.objects.filter(household=row.household_id).exclude(pk=row.pk).order_by("pk")[:SHOWN])


def _tubes(row: Person) -> list[dict[str, Any]]:
    tubes = list(Tube.objects.filter(members=row).order_by("-sampled_at")[:SHOWN])
    results: dict[int, list[Result]] = {}
    for result in Result.objects.filter(tube__in=tubes).order_by("resulted_at"):
        results.setdefault(result.tube_id, []).append(result)
    return [{"tube": tube, "results": results.get(tube.pk, [])} for tube in tubes]


# --- entering a person ---------------------------------------------------------------------------------------------


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
        told = _number(text, self.seen)
        self.told = told
        return told.number

    def clean_phone(self) -> str:
        text = str(self.cleaned_data["phone"]).strip()
        return _phone(text) if text else ""

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
    context = {"form": form, "hours": verbs.GLASS_HOURS}
    return render(request, "registry/glass.html", context, status=status_of(request))


urlpatterns = [
    path("registry", search, name="registry"),
    path("registry/new", register, name="registry-new"),
    path("registry/check-number", check_number, name="registry-check-number"),
    path("registry/glass", glass, name="registry-glass"),
    path("registry/<int:person>", person, name="registry-person"),
    path("registry/<int:person>/reveal", reveal, name="registry-reveal"),
]
