"""Which contacts are there? Filters and columns of the list, of the signing desk, and of a case's card."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from liankong.store.models import Check, Contact, Exposure
from liankong.store.models.tracing import CONTACT_CLASSES
from liankong.vocabulary.kinds import CheckState, ContactState
from liankong.vocabulary.spans import local_day
from liankong.web import labels
from liankong.web.cases_list import Filter, divisions
from liankong.web.context import Sight

ORDER = ("-found_at", "-pk")
LONGEST_NUMBER = 18


def filters(query: Mapping[str, str], seen: Sight) -> list[Filter]:
    yes = [
        ("missed", _("with missed checks")),
        ("elsewhere", _("live elsewhere")),
        ("free", _("may be released")),
    ]
    return [
        Filter("class", _("Class"), labels.options("class", tuple(CONTACT_CLASSES)), query.get("class", "")),
        Filter("state", _("State"), labels.options("contactstate"), query.get("state", "")),
        Filter("division", _("Division"), divisions(query, seen), query.get("division", "")),
        Filter("only", _("Only those"), list(yes), query.get("only", "")),
    ]


def select(query: Mapping[str, str], seen: Sight) -> "QuerySet[Contact]":
    """The contacts that an address asks for. What it does not understand it leaves out of the question."""
    rows = Contact.objects.filter(outbreak_id=seen.outbreak.pk) if seen.outbreak else Contact.objects.none()
    for name, column in (("class", "classification"), ("state", "state")):
        if query.get(name):
            rows = rows.filter(**{column: query[name]})
    division = query.get("division", "")
    if division.isdecimal():
        rows = rows.filter(division__gte=division, division__lt=f"{division}:")
    case = query.get("case", "")
    if _number(case):
        rows = rows.filter(Exists(Exposure.objects.filter(contact=OuterRef("pk"), case=int(case))))
    release = day_of(query.get("release", ""))
    if release:
        rows = rows.filter(release_on=release)
    search = query.get("q", "").strip().lstrip("#")
    if _number(search):
        rows = rows.filter(Q(pk=int(search)) | Q(person=int(search)))
    return _only(rows, query.get("only", ""), seen)


def _only(rows: "QuerySet[Contact]", wanted: str, seen: Sight) -> "QuerySet[Contact]":
    if wanted == "missed":
        return rows.filter(Exists(Check.objects.filter(contact=OuterRef("pk"), state=CheckState.MISSED)))
    if wanted == "elsewhere":
        return rows.exclude(lives_in="")
    if wanted == "free":
        live = (ContactState.CONFIRMED, ContactState.CONTROLLED)
        return rows.filter(state__in=live, release_on__lte=today(seen))
    return rows


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def today(seen: Sight) -> date:
    return local_day(seen.at)


def with_strongest(rows: Iterable[Contact]) -> None:
    """The meeting that decides, beside each row: one query, whatever the length of the page."""
    by_key = {row.pk: row for row in rows}
    for row in by_key.values():
        row.strongest, row.meetings = None, 0  # type: ignore[attr-defined]  # for the template
    met = Exposure.objects.filter(contact__in=by_key).select_related("case").order_by("until_at", "pk")
    for exposure in met:
        row = by_key[exposure.contact_id]
        row.meetings += 1  # type: ignore[attr-defined]  # for the template
        if exposure.gives == row.classification or row.strongest is None:  # type: ignore[attr-defined]  # set above
            row.strongest = exposure  # type: ignore[attr-defined]  # for the template


def counts_of_case(case: int) -> dict[str, Any]:
    """How many contacts a case has, by class and by where they stand."""
    rows = Contact.objects.filter(Exists(Exposure.objects.filter(contact=OuterRef("pk"), case=case)))
    by_class = dict(
        rows.order_by()
        .values_list("classification")
        .annotate(count=Count("pk"))
        .values_list("classification", "count")
    )
    by_state = dict(
        rows.order_by().values_list("state").annotate(count=Count("pk")).values_list("state", "count")
    )
    return {
        "classes": [(name.value, by_class[name.value]) for name in CONTACT_CLASSES if name.value in by_class],
        "states": [(state.value, by_state[state.value]) for state in ContactState if state.value in by_state],
        "all": sum(by_class.values()),
        "proposed": by_state.get(ContactState.PROPOSED.value, 0),
    }
