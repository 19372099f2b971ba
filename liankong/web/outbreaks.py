"""Which outbreaks do we count, since when, and under which protocol?"""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from liankong import protocols
from liankong.actions import Refused, orders
from liankong.actions import outbreaks as verbs
from liankong.store.models import Case, Order, Outbreak
from liankong.vocabulary.kinds import Outcome, PersonClass
from liankong.vocabulary.spans import local_day
from liankong.web.context import OUTBREAK_KEY, Sight, sight
from liankong.web.desk import DivisionChoice, needs, refuse, status_of
from liankong.web.pages import paginate

KINDS = {
    "real": Q(exercise=False, study=False),
    "exercise": Q(exercise=True),
    "study": Q(study=True),
}


@require_GET
def outbreaks(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    rows = Outbreak.objects.filter(KINDS[kind]) if kind in KINDS else Outbreak.objects.all()
    page = paginate(rows, order=("-opened_at", "-pk"), query=request.GET)
    counted = Case.objects.filter(outbreak__in=page.rows).exclude(classification=PersonClass.EXCLUDED)
    counts = dict(counted.values_list("outbreak").annotate(Count("pk")).order_by())
    mine = sight(request).division
    listed = [(row, counts.get(row.pk, 0), can_close(row, mine)) for row in page.rows]
    context = {"page": page, "rows": listed, "kind": kind}
    return render(request, "outbreaks/outbreaks.html", context)


def can_close(row: Outbreak, division: str) -> bool:
    """Whether those who answer for a division may end this response: theirs to end, and not ended yet."""
    return row.closed_at is None and row.division.startswith(division)


class OutbreakForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=80)
    english = forms.CharField(label=gettext_lazy("English name"), max_length=120, required=False)
    code = forms.SlugField(
        label=pgettext_lazy("thing", "Code"),
        max_length=40,
        help_text=gettext_lazy("Latin letters, digits and hyphens."),
    )
    protocol = forms.ChoiceField(label=gettext_lazy("Protocol"))
    baseline_on = forms.DateField(
        label=gettext_lazy("Counted since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The baseline day; every total declares it."),
    )
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"), initial="real")

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"] = DivisionChoice(
            seen.division, whole=not seen.division, required=bool(seen.division), initial=seen.division
        )
        self.fields["protocol"].choices = protocol_choices()  # type: ignore[attr-defined]  # a ChoiceField
        counted = [
            ("real", _("A real outbreak")),
            ("exercise", _("An exercise: watermarked, never in a real count")),
        ]
        study = [("study", _("A study: an imported line list, for analysis only"))]
        purposes = (counted if seen.may("cases.outbreak") else []) + study
        self.fields["purpose"].choices = purposes  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["baseline_on"].initial = local_day(seen.at)
        self.order_fields(["name", "english", "code", "division", "protocol", "baseline_on", "purpose"])

    def opened(self, seen: Sight) -> Outbreak:
        """Open what the form describes: a study by whoever imports, anything counted by whoever commands."""
        told = dict(self.cleaned_data)
        purpose = told.pop("purpose")
        told["pathogen"] = protocols.load(told["protocol"]).pathogen
        if purpose == "study":
            return verbs.open_study(**told, by=seen.actor, at=seen.at)
        return verbs.open_outbreak(**told, exercise=purpose == "exercise", by=seen.actor, at=seen.at)


def protocol_choices() -> list[tuple[str, str]]:
    """Every edition, by its name in the reader's language."""
    english = get_language() == "en"
    return [(one.id, f"{one.id} · {one.english if english else one.name}") for one in protocols.available()]


@require_http_methods(["GET", "POST"])
@needs("cases.outbreak")
def open_outbreak(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = OutbreakForm(request.POST or None, seen=seen)
    if request.method == "POST" and form.is_valid():
        try:
            made = form.opened(seen)
        except Refused as error:
            refuse(form, error)
        else:
            request.session[OUTBREAK_KEY] = made.code
            messages.success(request, _("The outbreak is open, and chosen in the top bar."))
            return redirect("outbreaks")
    return render(request, "outbreaks/open.html", {"form": form}, status=status_of(request))


def open_orders(row: Outbreak) -> QuerySet[Order]:
    """Open orders of a response: on its cases, and those without a case that were issued while it was the one
    that counts in their division (the newest that is open there; a study never is).
    """
    if row.study:
        return Order.objects.filter(case__outbreak=row, state__in=orders.OPEN)
    without = Q(case=None, division__startswith=row.division, issued_at__gte=row.opened_at)
    newer = Outbreak.objects.filter(
        Q(opened_at__gt=row.opened_at) | Q(opened_at=row.opened_at, pk__gt=row.pk), study=False
    )
    for other in newer:
        theirs = Q(division__startswith=other.division, issued_at__gte=other.opened_at)
        if other.closed_at is not None:
            theirs &= Q(issued_at__lt=other.closed_at)
        without &= ~theirs
    return Order.objects.filter(Q(case__outbreak=row) | without, state__in=orders.OPEN)


class CloseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("On whose decision the response ends, and under which document."),
    )


@require_http_methods(["GET", "POST"])
@needs("cases.outbreak")
def close_outbreak(request: HttpRequest, outbreak: int) -> HttpResponse:
    """What still runs, then the end: closing stops nothing that was ordered, so it is said before."""
    seen = sight(request)
    row = get_object_or_404(Outbreak, pk=outbreak, closed_at=None, division__startswith=seen.division)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.close_outbreak(outbreak=outbreak, **form.cleaned_data, by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            messages.success(request, _("The outbreak is closed."))
            return redirect("outbreaks")
    counted = Case.objects.filter(outbreak=row).exclude(classification=PersonClass.EXCLUDED)
    running = {
        "in_care": counted.filter(outcome=Outcome.IN_CARE).count(),
        "pending": counted.filter(classification=PersonClass.PENDING_REVIEW).count(),
        "orders": open_orders(row).count(),
    }
    context = {"form": form, "row": row, "running": running}
    return render(request, "outbreaks/close.html", context, status=status_of(request))


urlpatterns = [
    path("outbreaks", outbreaks, name="outbreaks"),
    path("outbreaks/new", open_outbreak, name="outbreak-new"),
    path("outbreaks/<int:outbreak>/close", close_outbreak, name="outbreak-close"),
]
