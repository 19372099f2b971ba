"""What is typed during an interview: one line a stay; a text; a source; the onset."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from liankong.actions.investigation import StayTold
from liankong.store.models import Place, Stay
from liankong.vocabulary.kinds import Protection, StayMode
from liankong.web import labels
from liankong.web.investigation_times import between, read_clock, read_day, say_clock, say_day, say_end

# The letter that chooses a mode or a mask in its list, as it stands before the words there.
LETTERS: dict[StayMode, str] = {
    StayMode.HOME: "h",
    StayMode.WORK: "w",
    StayMode.SCHOOL: "s",
    StayMode.SHOPPING: "b",
    StayMode.DINING: "e",
    StayMode.LEISURE: "l",
    StayMode.MEDICAL: "m",
    StayMode.VISIT: "v",
    StayMode.WALK: "f",
    StayMode.BICYCLE: "y",
    StayMode.CAR: "c",
    StayMode.TAXI: "x",
    StayMode.BUS: "u",
    StayMode.METRO: "d",
    StayMode.TRAIN: "t",
    StayMode.FLIGHT: "p",
    StayMode.OTHER: "o",
}
MASKS: dict[Protection, str] = {
    Protection.UNKNOWN: "u",
    Protection.NONE: "n",
    Protection.MASK: "m",
    Protection.RESPIRATOR: "r",
    Protection.FULL: "f",
}
# What a line of the place list ends with: the register's number.
_NUMBER = re.compile(r"^(?P<name>.*?)\s*#(?P<number>\d{1,18})\s*$")
TEXT_LENGTH = 20_000


def modes() -> list[tuple[str, str]]:
    return [(mode.value, f"{letter} · {labels.label('stay', mode).text}") for mode, letter in LETTERS.items()]


def masks() -> list[tuple[str, str]]:
    return [
        (mask.value, f"{letter} · {labels.label('protection', mask).text}") for mask, letter in MASKS.items()
    ]


def option_of(name: str, number: int) -> str:
    """A place of the register as the list offers it and the form takes it."""
    return f"{name} #{number}"


def _short(label: Any, size: int, **attrs: str) -> forms.CharField:
    plain = {"autocomplete": "off", "spellcheck": "false", **attrs}
    return forms.CharField(label=label, required=False, max_length=size, widget=forms.TextInput(attrs=plain))


class StayForm(forms.Form):
    """One stay on one line. `near` is the day that a day without month or year is nearest to."""

    stay = forms.IntegerField(required=False, widget=forms.HiddenInput)
    day = _short(_l("Day"), 10, inputmode="numeric")
    begin = _short(_l("From"), 8, inputmode="numeric")
    end = _short(_l("Until"), 8, inputmode="numeric")
    place = _short(_l("Place"), 160, list="places")
    mode = forms.ChoiceField(label=_l("What"), choices=modes, initial=StayMode.OTHER)
    vehicle = _short(_l("Line, flight, plate"), 40)
    seat = _short(_l("Seat"), 20)
    companions = forms.IntegerField(
        label=_l("With"),
        required=False,
        min_value=0,
        max_value=9999,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    protection = forms.ChoiceField(label=_l("Mask"), choices=masks, initial=Protection.UNKNOWN)

    def __init__(self, *args: Any, near: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.near = near

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        day = read_day(data.get("day") or "", self.near)
        if day is None:
            self.add_error("day", _("Give a day such as 6, 1-6 or 2022-1-6."))
        times = {}
        for name in ("begin", "end"):
            times[name] = read_clock(data.get(name) or "")
            if times[name] is None:
                self.add_error(name, _("Give a time such as 830, 8:30 or 2400."))
        begin, end = times["begin"], times["end"]
        if day is not None and begin is not None and end is not None:
            data["from_at"], data["until_at"] = between(day, begin, end)
        place = data.get("place") or ""
        named = _NUMBER.match(place)
        data["place_number"] = None
        data["place_words"] = place
        if named is not None and Place.objects.filter(pk=int(named["number"])).exists():
            data["place_number"], data["place_words"] = int(named["number"]), ""
        return data

    def focused(self) -> "StayForm":
        """Put the cursor where typing goes on: at the first fault, else at the first empty one of day, hours, place."""
        faulty = next((name for name in self.fields if name in self.errors), None) if self.is_bound else None
        empty = (name for name in ("day", "begin", "end", "place") if not self[name].value())
        name = faulty or next(empty, "place")
        self.fields[name].widget.attrs["autofocus"] = True
        return self

    def told(self) -> StayTold:
        data = self.cleaned_data
        return StayTold(
            from_at=data["from_at"],
            until_at=data["until_at"],
            mode=StayMode(data["mode"]),
            place=data["place_number"],
            place_text=data["place_words"],
            vehicle=data["vehicle"],
            seat=data["seat"],
            companions=data["companions"],
            protection=Protection(data["protection"]),
        )


# The verb's names of fields -> the form's.
FIELDS = {"from_at": "begin", "until_at": "end", "place": "place"}


def initial_of(stay: Stay) -> dict[str, Any]:
    """A recorded stay as it would be typed."""
    return {
        "stay": stay.pk,
        "day": say_day(stay.from_at),
        "begin": say_clock(stay.from_at),
        "end": say_end(stay.until_at, stay.from_at),
        "place": option_of(stay.place.name, stay.place.pk) if stay.place else stay.place_text,
        "mode": stay.mode,
        "vehicle": stay.vehicle,
        "seat": stay.seat,
        "companions": stay.companions,
        "protection": stay.protection,
    }


class PasteForm(forms.Form):
    text = forms.CharField(
        label=_l("Text of the itinerary"),
        max_length=TEXT_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        help_text=_l(
            "As it was noted or sent, in Chinese. The text itself is not kept, only the stays that you confirm."
        ),
    )
    first_day = forms.DateField(
        label=_l("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_l("Where the text does not say its first day or year."),
    )


class OnsetForm(forms.Form):
    prefix = "onset"
    onset_on = forms.DateField(
        label=_l("Onset"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class NotesForm(forms.Form):
    prefix = "notes"
    text = forms.CharField(
        label=_l("Notes of the interview"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_l("Sealed. Replaces the notes that stand; open them first to go on from them."),
    )


class ReadForm(forms.Form):
    prefix = "read"
    why = forms.CharField(label=_l("Why?"), min_length=4, max_length=300)


class SourceForm(forms.Form):
    prefix = "source"
    text = forms.CharField(label=_l("Source"), max_length=300, help_text=_l("Where and how; no names."))
    infector = forms.CharField(
        label=_l("Infected by case"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"list": "infectors", "autocomplete": "off"}),
    )
    place = forms.CharField(
        label=_l("Place"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"list": "places", "autocomplete": "off"}),
    )
    speaks_for = forms.CharField(
        label=_l("Speaks for it"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    speaks_against = forms.CharField(
        label=_l("Speaks against it"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    likelihood = forms.IntegerField(label=_l("Likelihood, %"), required=False, min_value=0, max_value=100)

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        named = _NUMBER.match(data.pop("place") or "")
        return {**data, "place": int(named["number"]) if named else None}

    def clean_place(self) -> str:
        value = str(self.cleaned_data["place"])
        if value and _NUMBER.match(value) is None:
            raise forms.ValidationError(_("Choose a place of the register from the list."))
        return value


class WeighForm(forms.Form):
    speaks_for = forms.CharField(
        label=_l("Speaks for it"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    speaks_against = forms.CharField(
        label=_l("Speaks against it"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    likelihood = forms.IntegerField(label=_l("Likelihood, %"), required=False, min_value=0, max_value=100)


class RejectForm(forms.Form):
    reason = forms.CharField(label=_l("Reason"), max_length=300)
