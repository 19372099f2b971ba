"""What may be written into a roster and its notes; whether it may stand is for the rules to say."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liankong.rules.duty import MOST_DAYS
from liankong.store.models import Holding, Organisation
from liankong.store.organisations import in_force
from liankong.web.desk import user_names
from liankong.web.organisations import Moment

LARGEST = 2 * 1024 * 1024


def people_of(body: Organisation, at: datetime) -> list[tuple[str, str]]:
    """Who holds a post in a body, as choices."""
    held = Holding.objects.filter(in_force(at), post__organisation=body, user__is_active=True)
    names = user_names(held.values_list("user_id", flat=True))
    return sorted(((str(key), name) for key, name in names.items()), key=lambda pair: pair[1])


class ShiftForm(forms.Form):
    """One shift by hand."""

    prefix = "shift"
    user = forms.ChoiceField(label=gettext_lazy("Who"))
    from_at = Moment(label=gettext_lazy("From"))
    until_at = Moment(label=gettext_lazy("Until"))
    leads = forms.BooleanField(label=gettext_lazy("Leads the shift"), required=False)

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = people  # type: ignore[attr-defined]  # a field of choices

    def values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "user": int(self.cleaned_data["user"])}


class PatternForm(forms.Form):
    """Three shifts a day in turn."""

    prefix = "pattern"
    first = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=MOST_DAYS, initial=7)
    together = forms.IntegerField(label=gettext_lazy("In each shift"), min_value=1, max_value=50, initial=1)
    users = forms.MultipleChoiceField(
        label=gettext_lazy("Who takes turns"), widget=forms.CheckboxSelectMultiple
    )
    leaders = forms.MultipleChoiceField(
        label=gettext_lazy("Who leads, in turn"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("users", "leaders"):
            self.fields[name].choices = people  # type: ignore[attr-defined]  # a field of choices

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        for name in ("users", "leaders"):
            data[name] = [int(one) for one in data[name]]
        return data


class ListForm(forms.Form):
    """A roster as a file."""

    prefix = "list"
    file = forms.FileField(
        label=gettext_lazy("Roster, CSV or Excel"),
        help_text=gettext_lazy("Columns: user, day, from, until, leads."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.xls"}),
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:  # noqa: ARG002  # made alike
        super().__init__(*args, **kwargs)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("At most %(size)s MB.") % {"size": LARGEST // 1024 // 1024})
        return file


class HandoverForm(forms.Form):
    prefix = "note"
    text = forms.CharField(
        label=gettext_lazy("What the next shift must know"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("People by the numbers of cases and orders, never by name."),
    )


PLANS: dict[str, type[Any]] = {"shift": ShiftForm, "pattern": PatternForm, "list": ListForm}


@contextmanager
def laid_down(file: "UploadedFile[Any]") -> Iterator[Path]:
    """An upload as a file for as long as it is read."""
    with TemporaryDirectory(prefix="liankong-") as folder:
        found = Path(folder) / (Path(file.name or "").name[-80:] or "upload")
        with found.open("wb") as out:
            for part in file.chunks():
                out.write(part)
        yield found
