"""What happened, who did it, why, and is the record as it was written?"""

from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import F, Func, IntegerField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from liankong.actions import audit as verbs
from liankong.store.access import node_scope
from liankong.store.models import Entry, Seal, User
from liankong.vocabulary.facts import KINDS
from liankong.vocabulary.spans import Span
from liankong.web import labels
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, user_names
from liankong.web.faults import say
from liankong.web.pages import paginate
from liankong.web.places import division_name

READS = (
    "IdentityRead",
    "IdentitySearched",
    "GlassBroken",
    "AppealRead",
    "InquiryRead",
    "InvestigationRead",
    "OrderFileRead",
)
CHAIN_LIMIT = 200
SUBJECTS = tuple(sorted({kind.subject_kind for kind in KINDS.values()}))


class FilterForm(forms.Form):
    """All optional; an address with these as parameters can be sent to a colleague."""

    kind = forms.ChoiceField(label=gettext_lazy("Fact"), required=False)
    subject_kind = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    subject = forms.IntegerField(
        label=gettext_lazy("Number"), required=False, min_value=0, max_value=2**63 - 1
    )
    user = forms.CharField(label=gettext_lazy("User name"), required=False, max_length=64)
    division = forms.CharField(label=gettext_lazy("Division code"), required=False, max_length=12)
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(name, labels.label("fact", name).text) for name in sorted(KINDS)]
        self.fields["kind"].choices = [("", _("every fact")), *kinds]  # type: ignore[attr-defined]  # a ChoiceField
        subjects = [(name, _subject_word(name)) for name in SUBJECTS]
        self.fields["subject_kind"].choices = [("", _("everything")), *subjects]  # type: ignore[attr-defined]  # too


def _subject_word(kind: str) -> str:
    words = {
        "result": _("result"),
        "case": _("case"),
        "outbreak": _("outbreak"),
        "order": _("order"),
        "bulletin": _("bulletin"),
        "person": _("person"),
        "user": _("user"),
        "organisation": _("organisation"),
        "post": _("post"),
        "certificate": _("certificate"),
        "proposal": _("proposal of destruction"),
        "token": _("token"),
        "batch": _("batch of orders"),
        "contact": _("contact"),
        "inquiry": _("inquiry"),
        "investigation": _("investigation"),
        "isolation": _("isolation"),
        "site": _("isolation site"),
        "trip": _("trip"),
        "vehicle": _("vehicle"),
        "zone": _("zone"),
    }
    return words.get(kind, kind)


def _wanted(form: FilterForm, rows: "QuerySet[Entry]") -> "QuerySet[Entry]":
    if not form.is_valid():
        return rows
    asked = form.cleaned_data
    exact = {name: asked[name] for name in ("kind", "subject_kind") if asked[name]}
    rows = rows.filter(**exact)
    if asked["subject"] is not None:
        rows = rows.filter(subject=asked["subject"])
    if asked["division"]:
        rows = rows.filter(division__startswith=asked["division"])
    if asked["user"]:
        found = User.objects.filter(username=asked["user"]).values_list("pk", flat=True).first()
        rows = rows.filter(by=found if found is not None else -1)
    if asked["day"]:
        rows = rows.filter(
            occurred_at__gte=_start(asked["day"]), occurred_at__lt=Span.of_day(asked["day"]).end
        )
    return rows


def _start(day: date) -> datetime:
    return Span.of_day(day).start


@require_GET
@needs("audit.read")
def entries(request: HttpRequest) -> HttpResponse:
    return _list(request, Entry.objects.all(), tab="log")


@require_GET
@needs("audit.read")
def reads(request: HttpRequest) -> HttpResponse:
    """Who opened whose identity, and why."""
    return _list(request, Entry.objects.filter(kind__in=READS), tab="reads")


def _list(request: HttpRequest, rows: "QuerySet[Entry]", *, tab: str) -> HttpResponse:
    form = FilterForm(request.GET or None)
    page = paginate(_wanted(form, rows), order=("-id",), query=request.GET)
    context = {
        "tab": tab,
        "form": form,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "page": page,
        "rows": [(entry, _subject_word(entry.subject_kind)) for entry in page.rows],
        "names": user_names(entry.by for entry in page.rows),
    }
    return render(request, "audit/reads.html" if tab == "reads" else "audit/log.html", context)


# --- one entry, its causes and consequences ------------------------------------------------------------------------

_UP = """
WITH RECURSIVE chain AS (
    SELECT e.*, 0 AS depth FROM store_entry e WHERE e.id = %s
    UNION ALL
    SELECT e.*, c.depth + 1 FROM store_entry e JOIN chain c ON e.id = c.cause WHERE c.depth < %s
) SELECT * FROM chain WHERE depth > 0 ORDER BY depth DESC
"""
_DOWN = """
WITH RECURSIVE tree AS (
    SELECT e.*, 1 AS depth, ARRAY[e.id] AS way FROM store_entry e WHERE e.cause = %s
    UNION ALL
    SELECT e.*, t.depth + 1, t.way || e.id FROM store_entry e JOIN tree t ON e.cause = t.id WHERE t.depth < %s
) SELECT * FROM tree ORDER BY way LIMIT %s
"""
_DEEPEST = 50


@require_GET
@needs("audit.read")
def entry(request: HttpRequest, entry: int) -> HttpResponse:
    row = get_object_or_404(Entry, pk=entry)
    causes = list(Entry.objects.raw(_UP, [row.pk, _DEEPEST])) if row.cause else []
    # One more than is shown tells whether there are more.
    below = list(Entry.objects.raw(_DOWN, [row.pk, _DEEPEST, CHAIN_LIMIT + 1]))
    context = {
        "entry": row,
        "subject": _subject_word(row.subject_kind),
        "page_of": _page_of(row, sight(request)),
        "body": [(_key_word(name), _said(name, value)) for name, value in row.body.items()],
        "causes": causes,
        "consequences": below[:CHAIN_LIMIT],
        "more": len(below) > CHAIN_LIMIT,
        "names": user_names([row.by, *(item.by for item in (*causes, *below))]),
        "seal": _seal_of(row),
    }
    return render(request, "audit/entry.html", context)


def _said(name: str, value: Any) -> str:
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return _(", ").join(_said(name, item) for item in value)
    if name == "division" and isinstance(value, str):
        return f"{division_name(value)} {value}"
    if name in GROUPS:
        return str(labels.label(GROUPS[name], str(value)).text)
    return say(str(value)) if name == "change" else _moment(str(value))


def _moment(text: str) -> str:
    """A moment in the field's time; any other text as it is."""
    if len(text) < len("2022-01-08T00:00") or text[10:11] != "T":
        return text
    try:
        return timezone.localtime(datetime.fromisoformat(text)).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return text


# What a fact's entry holds -> the closed list that its value belongs to.
GROUPS = {
    "before": "class",
    "after": "class",
    "classification": "class",
    "severity": "severity",
    "origin": "origin",
    "outcome": "outcome",
    "found_by": "found",
    "tube_kind": "tube",
    "value": "result",
    "order_kind": "orderkind",
    "fields": "field",
}


def _key_word(name: str) -> str:
    """What a part of a fact is called; an unknown one shows its name in code."""
    words = {
        "accepted": _("accepted rows"),
        "addressee": _("addressee"),
        "after": _("after"),
        "before": _("before"),
        "bulletin": _("bulletin"),
        "case": _("case"),
        "certificate": _("certificate"),
        "change": _("change"),
        "classification": _("class"),
        "day": _("day"),
        "digest": _("digest"),
        "division": _("division"),
        "due_at": _("due"),
        "duplicate": _("duplicate rows"),
        "exercise": _("exercise"),
        "expires_at": _("good until"),
        "fields": _("fields"),
        "found_by": _("found by"),
        "hospital": _("hospital"),
        "infector": _("infector"),
        "late": _("late"),
        "order": _("order"),
        "order_kind": _("kind of order"),
        "orders": _("orders"),
        "organisation": _("organisation"),
        "origin": _("origin"),
        "outbreak": _("outbreak"),
        "outcome": _("outcome"),
        "person": _("person"),
        "persons": _("persons"),
        "post": _("post"),
        "protocol": _("protocol"),
        "reason": _("reason"),
        "rejected": _("rejected rows"),
        "result": _("result"),
        "revision": _("revision"),
        "rows": _("rows"),
        "scopes": _("rights"),
        "severity": _("severity"),
        "token": _("token"),
        "tube": _("tube"),
        "tube_kind": _("kind of tube"),
        "until": _("until"),
        "user": _("user"),
        "value": _("value"),
        "why": _("why"),
    }
    return words.get(name, name)


# What an entry is about -> the page that shows it, and who may open that page.
PAGES = {
    "case": ("case", "look"),
    "contact": ("contact", "look"),
    "inquiry": ("inquiry", "look"),
    "investigation": ("investigation", "look"),
    "order": ("order", "look"),
    "zone": ("zone", "look"),
    "bulletin": ("bulletin", "look"),
    "person": ("registry-person", "registry.find"),
    "organisation": ("organisation", "look"),
    "user": ("user", "access.users"),
}


def _page_of(row: Entry, seen: Sight) -> tuple[str, int] | None:
    """The page that shows what the entry is about, where there is one that this seat may open."""
    name, permission = PAGES.get(row.subject_kind, ("", ""))
    return (name, row.subject) if name and row.subject and seen.may(permission) else None


def _seal_of(row: Entry) -> Seal | None:
    """The seal that covers an entry: the first one made over its transaction's number."""
    number = int(row.xid)
    return (
        Seal.objects.filter(from_xid__lte=number, until_xid__gt=number)
        .only("pk", "digest", "sealed_at", "until_xid")
        .first()
    )


# --- seals ---------------------------------------------------------------------------------------------------------


@require_GET
@needs("audit.read")
def seals(request: HttpRequest) -> HttpResponse:
    return _seals(request)


@never_cache
@require_POST
@needs("audit.verify")
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute every seal. The log is one for the whole node: part of it could not be told from a forgery."""
    seen = sight(request)
    with node_scope():
        verdict = verbs.verify(by=seen.actor, at=seen.at)
    return _seals(request, verdict=verdict)


def _seals(request: HttpRequest, **more: Any) -> HttpResponse:
    rows = Seal.objects.defer("entries", "leaves", "signature").annotate(
        covered=Func(F("entries"), function="cardinality", output_field=IntegerField())
    )
    page = paginate(rows, order=("-until_xid",), query=request.GET)
    return render(request, "audit/seals.html", {"tab": "seals", "page": page, **more})


urlpatterns = [
    path("audit", entries, name="audit"),
    path("audit/reads", reads, name="audit-reads"),
    path("audit/seals", seals, name="audit-seals"),
    path("audit/verify", verify, name="audit-verify"),
    path("audit/<int:entry>", entry, name="audit-entry"),
]
