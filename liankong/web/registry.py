"""Who is this person, what has happened to them, and who has looked?

Nothing here shows a name, a number or an address unless somebody gives a reason; the reason is on record before
the value is on the screen. What is searched for travels in the body of a request, never in an address.
"""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Refused
from liankong.actions import registry as verbs
from liankong.protocols import standing
from liankong.store.models import Case, Entry, Identity, Order, Person, Result, Tube
from liankong.vocabulary.identifiers import IdentifierError, IdNumber, normalise_phone, parse_id_number
from liankong.vocabulary.spans import local_day
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, refuse, status_of, user_names
from liankong.web.words import said

SHOWN = 50
SENSITIVE = ("value", "id_number", "phone", "name", "registered_address")
LOOKS = ("IdentityRead", "IdentitySearched")


def retention_classes() -> list[tuple[str, str]]:
    """The classes that say how long personal data are kept, in the reader's language."""
    english = get_language() == "en"
    return [(one.code, one.english if english else one.name) for one in standing.retention().classes]


def id_number(text: str, seen: Sight) -> IdNumber:
    try:
        return parse_id_number(text, today=local_day(seen.at))
    except IdentifierError as error:
        raise forms.ValidationError(_(str(error))) from None


def phone_number(text: str) -> str:
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
            return {"phone": phone_number(text)}
        return {"id_number": id_number(text, self.seen).number}


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
        fault = _("Choose at least one field.") if error.field == "fields" else said(error)
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


urlpatterns = [
    path("registry", search, name="registry"),
    path("registry/<int:person>", person, name="registry-person"),
    path("registry/<int:person>/reveal", reveal, name="registry-reveal"),
]
