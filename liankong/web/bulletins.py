"""Tonight's bulletin: counted, checked, explained, signed, revised. Nobody signs what does not balance."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Refused
from liankong.actions import bulletins as verbs
from liankong.exchange import bulletin_json
from liankong.exchange.bulletin_text import WordingError
from liankong.rules.bulletins import (
    Adjustment,
    Figure,
    FigureError,
    Finding,
    State,
    Window,
    WindowKind,
    check,
    may_sign,
)
from liankong.rules.bulletins import Bulletin as Stated
from liankong.store.models import Bulletin, Entry, Outbreak
from liankong.vocabulary.kinds import BulletinState
from liankong.web import labels
from liankong.web.bulletins_forms import DraftForm, EnteredForm, ExplainForm, entered_before, entered_rows
from liankong.web.bulletins_tables import (
    blocking,
    by_place,
    check_groups,
    label,
    own_tables,
    place_name,
    reason_words,
)
from liankong.web.context import sight
from liankong.web.desk import DivisionChoice, needs, refuse, status_of
from liankong.web.faults import say
from liankong.web.pages import paginate
from liankong.web.templatetags.lk import outbreak_name
from liankong.web.words import said

DRAFT, SIGN = "bulletins.draft", "bulletins.sign"
# More lines than these are summed up in one, which opens.
SHOWN_ADJUSTMENTS = 6
HEAVY = ("snapshot", "figures", "findings", "text_zh", "text_en", "adjustments")


# --- the list ------------------------------------------------------------------------------------------------------


class FilterForm(forms.Form):
    outbreak = forms.ChoiceField(label=gettext_lazy("Outbreak"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, outbreaks: tuple[Outbreak, ...], scope: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(row.code, outbreak_name(row)) for row in outbreaks]
        self.fields["outbreak"].choices = [("", _("every outbreak")), *rows]  # type: ignore[attr-defined]  # a ChoiceField
        states = labels.options("bulletin")
        self.fields["state"].choices = [("", _("every state")), *states]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["division"] = DivisionChoice(scope, required=False)
        self.order_fields(["outbreak", "division", "day", "state"])


@require_GET
def bulletins(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = FilterForm(request.GET or None, outbreaks=seen.outbreaks, scope=seen.division)
    rows = _wanted(form, Bulletin.objects.defer(*HEAVY).select_related("outbreak", "signed_by", "drafted_by"))
    page = paginate(rows, order=("-day", "-pk"), query=request.GET)
    filtered = any(request.GET.get(name) for name in form.fields)
    return render(request, "bulletins/bulletins.html", {"form": form, "page": page, "filtered": filtered})


def _wanted(form: FilterForm, rows: "QuerySet[Bulletin]") -> "QuerySet[Bulletin]":
    if not form.is_valid():
        return rows
    asked = form.cleaned_data
    wanted = {"outbreak__code": asked["outbreak"], "state": asked["state"], "day": asked["day"]}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    return rows.filter(division=asked["division"]) if asked["division"] else rows


# --- drafting ------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "POST"])
@needs(DRAFT)
def draft(request: HttpRequest) -> HttpResponse:
    """A new draft; a draft of the same day and place is counted afresh."""
    seen = sight(request)
    origin = _origin(request)
    form = DraftForm(request.POST or None, seen=seen, initial=_initial_of(origin))
    posted = request.POST if request.method == "POST" else None
    entered = entered_before(bulletin_json.from_json(origin.snapshot)) if origin else []
    rows = entered_rows(seen, posted, entered, origin.division if origin else "")
    # Every row is looked at, so that all faults show at once.
    sound = posted is not None and all([form.is_valid(), *(row.is_valid() for row in rows)])
    if sound:
        made = _draft(request, form, rows)
        if made is not None:
            messages.success(request, _("The draft is counted and checked."))
            return redirect("bulletin", bulletin=made.pk)
    context = {"form": form, "rows": rows, "origin": origin}
    return render(request, "bulletins/draft.html", context, status=status_of(request))


def _origin(request: HttpRequest) -> Bulletin | None:
    """The bulletin that is drafted again or revised, when the address names one."""
    number = request.GET.get("again", "")
    return (
        Bulletin.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    )


def _initial_of(row: Bulletin | None) -> dict[str, Any]:
    if row is None:
        return {}
    windows = _windows(row)
    return {
        "outbreak": row.outbreak_id,
        "division": row.division,
        "day": row.day,
        "baselines": ", ".join(window.first_day.isoformat() for window in windows if window.first_day),
        "epidemic": any(window.kind is WindowKind.EPIDEMIC for window in windows),
        "protect_below": row.protect_below,
    }


def _windows(row: Bulletin) -> tuple[Window, ...]:
    """The baselines of a bulletin, in the order stated."""
    snapshot = bulletin_json.from_json(row.snapshot)
    return tuple(dict.fromkeys(key.window for key in snapshot.stated() if key.window.cumulative))


def _draft(request: HttpRequest, form: DraftForm, rows: list[EnteredForm]) -> Bulletin | None:
    """Call the verb; what it refuses stands in the form."""
    seen, told = sight(request), form.cleaned_data
    outbreak = next(row for row in seen.outbreaks if row.pk == told["outbreak"])
    windows = form.windows(outbreak.baseline_on)
    since = next((window for window in windows if window.first_day), windows[0])
    try:
        figures = [row.to_figure(place=told["division"], since=since) for row in rows]
        return verbs.draft(
            outbreak=outbreak.pk,
            division=told["division"],
            day=told["day"],
            windows=windows,
            entered=[figure for figure in figures if figure is not None],
            adjustments=(),
            protect_below=told["protect_below"] or 0,
            reason=told["reason"],
            by=seen.actor,
            at=seen.at,
        )
    except Refused as error:
        refuse(form, error)
    except (FigureError, WordingError) as error:
        form.add_error(None, say(str(error)))
    return None


# --- one bulletin --------------------------------------------------------------------------------------------------


@never_cache
@require_GET
def bulletin(request: HttpRequest, bulletin: int) -> HttpResponse:
    return _page(request, _row(bulletin))


def _row(key: int) -> Bulletin:
    return get_object_or_404(Bulletin.objects.select_related("outbreak", "signed_by", "drafted_by"), pk=key)


def findings_of(row: Bulletin) -> tuple[Stated, list[Finding]]:
    """The figures as stated, and what comes of the identities on them now."""
    stated = bulletin_json.from_json(row.figures)
    before = (
        Bulletin.objects.filter(
            outbreak=row.outbreak,
            division=row.division,
            day=row.day - timedelta(days=1),
            state=BulletinState.SIGNED,
        )
        .order_by("-revision")
        .first()
    )
    return stated, check(stated, bulletin_json.from_json(before.figures) if before else None)


def _page(request: HttpRequest, row: Bulletin, form: ExplainForm | None = None) -> HttpResponse:
    stated, findings = findings_of(row)
    groups = check_groups(findings, stated.place)
    adjustments = [_adjustment_words(line) for line in stated.adjustments]
    counts = {group.state: len(group.lines) for group in groups}
    is_draft = row.state == BulletinState.DRAFT
    revisions = Bulletin.objects.filter(outbreak=row.outbreak, division=row.division, day=row.day)
    context = {
        "bulletin": row,
        "is_draft": is_draft,
        "zero_comma": _(", "),
        "tables": own_tables(stated),
        "places": by_place(stated, protect_below=row.protect_below),
        "checks": groups,
        "counts": counts,
        "ready": may_sign(findings),
        "blocking": blocking(findings),
        "adjustments": adjustments,
        "adjustment_reasons": Counter(line["reason"] for line in adjustments).most_common(),
        "folded": len(adjustments) > SHOWN_ADJUSTMENTS,
        "differences": [
            {
                "figure": label(line.key),
                "place": place_name(line.key.place),
                "before": line.before,
                "after": line.after,
                "delta": line.after - line.before,
            }
            for line in stated.revisions
        ],
        "revisions": list(revisions.defer(*HEAVY).select_related("signed_by").order_by("revision")),
        "genuine": None if is_draft else verbs.verify(row),
        "form": form or ExplainForm(),
        "faulty": form.data.get("finding", "") if form else "",
        "entries": list(Entry.objects.filter(subject_kind="bulletin", subject=row.pk).order_by("-id")[:20]),
    }
    return render(request, "bulletins/bulletin.html", context, status=422 if form else 200)


def _adjustment_words(line: Adjustment) -> dict[str, Any]:
    return {
        "figure": label(line.key),
        "place": place_name(line.key.place),
        "delta": line.delta,
        "reason": reason_words(line.reason),
        "instrument": line.instrument,
    }


@never_cache
@require_POST
@needs(DRAFT)
def explain(request: HttpRequest, bulletin: int) -> HttpResponse:
    """Add an adjustment line that explains one failed identity to the last unit, and count afresh."""
    row = _row(bulletin)
    if row.state != BulletinState.DRAFT:
        raise Http404
    _stated, findings = findings_of(row)
    form = ExplainForm(request.POST)
    if not form.is_valid() or form.cleaned_data["finding"] >= len(findings):
        return _page(request, row, form)
    finding = findings[form.cleaned_data["finding"]]
    if finding.state is not State.FAILED:
        messages.info(request, _("This balances by now."))
        return redirect("bulletin", bulletin=row.pk)
    line = Adjustment(
        key=finding.key,
        delta=finding.delta,
        reason=form.cleaned_data["reason"].strip(),
        instrument=form.cleaned_data["instrument"].strip(),
        explains=finding.identity,
    )
    kept = [one for one in _own_adjustments(row) if (one.key, one.explains) != (line.key, line.explains)]
    return _again(request, row, [*kept, line], _("The line is added; the draft is counted afresh."))


@never_cache
@require_POST
@needs(DRAFT)
def unexplain(request: HttpRequest, bulletin: int, line: int) -> HttpResponse:
    """Take an adjustment line back."""
    row = _row(bulletin)
    own = _own_adjustments(row)
    if row.state != BulletinState.DRAFT or line >= len(own):
        raise Http404
    return _again(request, row, own[:line] + own[line + 1 :], _("The line is taken back."))


def _own_adjustments(row: Bulletin) -> list[Adjustment]:
    """The lines that a person gave; the count's own are made anew."""
    entered = bulletin_json.from_json({**row.figures, "adjustments": row.adjustments})
    return list(entered.adjustments)


def _again(request: HttpRequest, row: Bulletin, lines: list[Adjustment], success: str) -> HttpResponse:
    seen = sight(request)
    entered: list[Figure] = entered_before(bulletin_json.from_json(row.snapshot))
    try:
        made = verbs.draft(
            outbreak=row.outbreak_id,
            division=row.division,
            day=row.day,
            windows=_windows(row),
            entered=entered,
            adjustments=lines,
            protect_below=row.protect_below,
            reason=row.reason,
            by=seen.actor,
            at=seen.at,
        )
    except (WordingError, FigureError) as error:
        messages.error(request, say(str(error)))
        return redirect("bulletin", bulletin=row.pk)
    except Refused as error:
        messages.error(request, said(error))
        return redirect("bulletin", bulletin=row.pk)
    messages.success(request, success)
    return redirect("bulletin", bulletin=made.pk)


@never_cache
@require_POST
@needs(SIGN)
def sign(request: HttpRequest, bulletin: int) -> HttpResponse:
    seen = sight(request)
    try:
        verbs.sign(bulletin=bulletin, by=seen.actor, at=seen.at)
        messages.success(request, _("Signed. A later change is a new revision."))
    except Refused as error:
        messages.error(request, said(error))
    return redirect("bulletin", bulletin=bulletin)


urlpatterns = [
    path("bulletins", bulletins, name="bulletins"),
    path("bulletins/new", draft, name="bulletin-new"),
    path("bulletins/<int:bulletin>", bulletin, name="bulletin"),
    path("bulletins/<int:bulletin>/explain", explain, name="bulletin-explain"),
    path("bulletins/<int:bulletin>/lines/<int:line>/remove", unexplain, name="bulletin-unexplain"),
    path("bulletins/<int:bulletin>/sign", sign, name="bulletin-sign"),
]
