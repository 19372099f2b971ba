"""What a person tells a bulletin: the day and place, baselines, figures that no case history knows, explanations."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liankong.exchange.bulletin_words import DAY_WORDING, LONG_WORDING
from liankong.rules.bulletins import (
    DAY,
    EPIDEMIC,
    Bulletin,
    Counted,
    Figure,
    Key,
    Measure,
    Series,
    Window,
    WindowKind,
)
from liankong.vocabulary.spans import local_day
from liankong.web.bulletins_tables import label, origin_words
from liankong.web.context import Sight
from liankong.web.desk import DivisionChoice
from liankong.web.templatetags.lk import outbreak_name

BLANK_ROWS = 3
MOST_ROWS = 60
MOST_BASELINES = 5
# What case histories never tell, so it can only have been entered.
NEVER_COUNTED = frozenset({Series.CONTACTS})


class DraftForm(forms.Form):
    outbreak = forms.TypedChoiceField(label=gettext_lazy("Outbreak"), coerce=int)
    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("From 00:00 to 24:00."),
    )
    baselines = forms.CharField(
        label=gettext_lazy("Totals count since"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "2022-01-08, 2020-01-20"}),
        help_text=gettext_lazy("Days, separated by commas. Empty: since the outbreak's baseline."),
    )
    epidemic = forms.BooleanField(label=gettext_lazy("also since the epidemic began"), required=False)
    protect_below = forms.IntegerField(
        label=gettext_lazy("Protect numbers below"),
        required=False,
        min_value=0,
        max_value=20,
        initial=0,
        help_text=gettext_lazy("In the list by district; 0 prints all."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why the day is revised"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Only when this day was signed before."),
    )

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(row.pk, f"{outbreak_name(row)} ({row.code})") for row in seen.outbreaks]
        self.fields["outbreak"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["outbreak"].initial = seen.outbreak.pk if seen.outbreak else None
        self.fields["division"] = DivisionChoice(
            seen.division, whole=not seen.division, required=bool(seen.division), initial=seen.division
        )
        # A day's bulletin is published the next morning.
        self.fields["day"].initial = local_day(seen.at) - timedelta(days=1)
        self.order_fields(["outbreak", "division", "day", "baselines", "epidemic", "protect_below", "reason"])

    def clean_baselines(self) -> list[date]:
        days: list[date] = []
        for text in str(self.cleaned_data["baselines"]).replace("，", ",").split(","):
            if not text.strip():
                continue
            try:
                days.append(date.fromisoformat(text.strip()))
            except ValueError:
                raise forms.ValidationError(
                    _("“%(text)s” is not a day; write it as 2022-01-08.") % {"text": text.strip()}
                ) from None
        if len(days) > MOST_BASELINES:
            raise forms.ValidationError(_("At most %(most)s baselines.") % {"most": MOST_BASELINES})
        return days

    def windows(self, baseline: date) -> tuple[Window, ...]:
        """The baselines asked for, the outbreak's own when none is."""
        since = [Window.since(day) for day in self.cleaned_data["baselines"]] or [Window.since(baseline)]
        return (EPIDEMIC, *since) if self.cleaned_data["epidemic"] else tuple(since)


# --- entered figures -----------------------------------------------------------------------------------------------


def figure_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every figure that the text has words for, by window."""
    groups = (
        (_("of the day"), "day", DAY_WORDING, DAY),
        (_("since the first baseline"), "since", LONG_WORDING, Window(WindowKind.SINCE, date(2000, 1, 1))),
        (_("since the epidemic began"), "epidemic", LONG_WORDING, EPIDEMIC),
    )
    found = []
    for title, code, table, window in groups:
        options = [
            (
                f"{code}|{series}|{measure}",
                label(Key(series=series, measure=measure, window=window, place="")),
            )
            for series, measure in table
        ]
        found.append((title, options))
    return found


class EnteredForm(forms.Form):
    """One figure; an empty row says nothing."""

    figure = forms.ChoiceField(required=False)
    origin = forms.ChoiceField(required=False)
    place = forms.CharField(required=False, max_length=40)
    value = forms.IntegerField(required=False)

    def __init__(self, *args: Any, scope: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["figure"].choices = [("", _("— none —")), *figure_choices()]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["origin"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (origin.value, origin_words(origin)) for origin in Counted
        ]
        self.scope = scope

    def clean_place(self) -> str:
        text = str(self.cleaned_data["place"]).strip()
        return DivisionChoice(self.scope).clean(text) if text else ""

    def clean(self) -> None:
        figure, value = self.cleaned_data.get("figure"), self.cleaned_data.get("value")
        if figure and value is None and "value" not in self.errors:
            self.add_error("value", _("Give the number."))
        if value is not None and not figure:
            self.add_error("figure", _("Say which figure this is."))

    def to_figure(self, *, place: str, since: Window) -> Figure | None:
        """The figure that the row means, None for an empty one."""
        told = self.cleaned_data
        if not told.get("figure"):
            return None
        code, series, measure = told["figure"].split("|")
        window = {"day": DAY, "since": since, "epidemic": EPIDEMIC}[code]
        key = Key(
            series=Series(series),
            measure=Measure(measure),
            window=window,
            place=told["place"] or place,
            origin=Counted(told["origin"] or Counted.ALL),
        )
        return Figure(key, told["value"])


def entered_rows(
    seen: Sight, posted: Any = None, figures: Iterable[Figure] = (), place: str = ""
) -> list[EnteredForm]:
    """Rows for what was posted or entered before, and some blank ones."""
    scope = seen.division
    if posted is not None:
        asked = posted.get("rows", "")
        count = min(int(asked), MOST_ROWS) if asked.isdecimal() else BLANK_ROWS
        return [EnteredForm(posted, prefix=f"row{at}", scope=scope) for at in range(count)]
    known = [
        EnteredForm(initial=_initial(figure, place), prefix=f"row{at}", scope=scope)
        for at, figure in enumerate(figures)
    ]
    return known + [EnteredForm(prefix=f"row{len(known) + at}", scope=scope) for at in range(BLANK_ROWS)]


def _initial(figure: Figure, place: str) -> dict[str, Any]:
    key = figure.key
    window = {WindowKind.DAY: "day", WindowKind.EPIDEMIC: "epidemic"}.get(key.window.kind, "since")
    return {
        "figure": f"{window}|{key.series}|{key.measure}",
        "origin": key.origin.value,
        "place": "" if key.place == place else key.place,
        "value": figure.value,
    }


def entered_before(snapshot: Bulletin) -> list[Figure]:
    """Figures of a draft that a person entered, as far as the draft itself tells: those that are never counted,
    and those that say again what was counted.
    """
    found: list[Figure] = []
    seen: set[Key] = set()
    for figure in snapshot.figures:
        if (
            figure.key in seen
            or figure.key.series in NEVER_COUNTED
            or figure.key.measure is Measure.IN_HOSPITAL
        ):
            found.append(figure)
        seen.add(figure.key)
    return found


class ExplainForm(forms.Form):
    """An adjustment line for one failed identity; its size is the difference itself."""

    finding = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    instrument = forms.CharField(label=gettext_lazy("Decision or document"), max_length=120, required=False)
