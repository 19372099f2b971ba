"""How many contacts has each case of the picture, and who are they when somebody asks?"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liankong.store.models import Case, Contact
from liankong.vocabulary.kinds import ContactState, PersonClass
from liankong.web import labels

# More than this around one case is soup; the list of contacts has them all.
EXPANDED = 40


@dataclass(frozen=True, slots=True)
class Counts:
    """Contacts of one case that stand, by class."""

    close: int = 0
    secondary: int = 0
    general: int = 0

    @property
    def total(self) -> int:
        return self.close + self.secondary + self.general


def standing(cases: Iterable[int]) -> "QuerySet[Contact]":
    """Contacts in sight who met one of the cases, but for those who were judged to be none."""
    rows = Contact.objects.filter(exposures__case__in=list(cases), stands=True)
    return rows.exclude(state=ContactState.REJECTED)


def counts(cases: Iterable[int]) -> dict[int, Counts]:
    """Case -> its contacts, counted. One query."""
    rows = (
        standing(cases)
        .values_list("exposures__case", "classification")
        .annotate(n=Count("pk", distinct=True))
        .order_by()
    )
    names = {
        PersonClass.CLOSE_CONTACT: "close",
        PersonClass.SECONDARY_CONTACT: "secondary",
        PersonClass.GENERAL_CONTACT: "general",
    }
    found: dict[int, dict[str, int]] = {}
    for case, kind, number in rows:
        found.setdefault(int(case), {})[names[PersonClass(kind)]] = number
    return {case: Counts(**classes) for case, classes in found.items()}


@require_GET
def chains_contacts(request: HttpRequest, case: int) -> HttpResponse:
    """The contacts of one case: as JSON for the picture, as a list for the table."""
    row = get_object_or_404(Case, pk=case)
    rows = standing([row.pk]).order_by("pk").distinct()
    total = rows.count()
    shown = list(rows[:EXPANDED])
    if "json" in request.headers.get("Accept", ""):
        return JsonResponse(
            {
                "case": str(row.pk),
                "total": total,
                "contacts": [
                    {
                        "id": one.pk,
                        "class": one.classification,
                        "word": str(labels.label("class", one.classification).text),
                        "state": one.state,
                        "address": reverse("contact", args=[one.pk]),
                    }
                    for one in shown
                ],
                "note": _("%(shown)s of %(all)s contacts") % {"shown": len(shown), "all": total},
            }
        )
    return render(request, "chains/contacts.html", {"case": row, "rows": shown, "total": total})


urlpatterns = [path("chains/contacts/<int:case>", chains_contacts, name="chains-contacts")]
