"""What is asked on isolation's pages. Whether it may stand is for the verbs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from liankong.store.models import Organisation, Room, Site
from liankong.vocabulary.kinds import HomeGround, Mobility, OrganisationKind, ResultValue, RoomState, SiteArea
from liankong.web import labels
from liankong.web.context import now
from liankong.web.desk import DivisionChoice
from liankong.web.places import organisation_names

LARGEST_FILE = 8 * 1024 * 1024
MOST_FLOOR, MOST_HOURS = 120, 24 * 14


class BodyField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no parameter at run time
    """A body by the name that it bears now."""

    names: dict[int, str] | None = None

    def label_from_instance(self, obj: Any) -> str:
        if self.names is None:
            rows = self.queryset if self.queryset is not None else Organisation.objects.none()
            self.names = organisation_names(rows.values_list("pk", flat=True), now())
        return self.names.get(obj.pk, str(obj.code))


class AssessForm(forms.Form):
    prefix = "assess"
    home = forms.BooleanField(label=_("Home instead of a site"), required=False)
    grounds = forms.MultipleChoiceField(
        label=_("Grounds"),
        required=False,
        choices=lambda: labels.options("homeground"),
        widget=forms.CheckboxSelectMultiple,
    )
    mobility = forms.ChoiceField(
        label=pgettext_lazy("of a person", "How they move"), choices=lambda: labels.options("mobility")
    )
    carer = forms.IntegerField(
        label=_("Carer, by person number"),
        required=False,
        min_value=1,
        help_text=_("Comes under the same rule. Empty: a grown-up of the household, if there is one."),
    )

    def values(self) -> dict[str, Any]:
        return {
            "home": self.cleaned_data["home"],
            "grounds": [HomeGround(one) for one in self.cleaned_data["grounds"]],
            "mobility": Mobility(self.cleaned_data["mobility"]),
            "carer": self.cleaned_data["carer"],
        }


class RejectForm(forms.Form):
    prefix = "reject"
    reason = forms.CharField(label=_("Why"), max_length=100)

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class HospitalForm(forms.Form):
    """Everything is optional: nobody waits for a form."""

    prefix = "hospital"
    hospital = BodyField(
        label=pgettext_lazy("where to", "Hospital"), queryset=Organisation.objects.none(), required=False
    )
    reason = forms.CharField(label=_("Why"), max_length=80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["hospital"]
        field.queryset = Organisation.objects.filter(kind=OrganisationKind.HOSPITAL).order_by("code")  # type: ignore[attr-defined]  # a model choice

    def values(self) -> dict[str, Any]:
        chosen = self.cleaned_data["hospital"]
        return {"hospital": chosen.pk if chosen else None, "reason": self.cleaned_data["reason"]}


class CallOffForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=100)


class SiteForm(forms.Form):
    code = forms.SlugField(
        label=pgettext_lazy("thing", "Code"),
        max_length=40,
        help_text=_(
            "An organisation of this code is taken if there is one, else it is founded with the site."
        ),
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    open_now = forms.BooleanField(label=_("Open now"), required=False)
    ready_within_hours = forms.IntegerField(
        label=_("Ready within hours"),
        min_value=0,
        max_value=MOST_HOURS,
        initial=24,
        help_text=_("Of a site in reserve: how long until people can be brought."),
    )

    def __init__(self, *args: Any, scope: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"] = DivisionChoice(scope, initial=scope)
        self.order_fields(["code", "name", "division", "open_now", "ready_within_hours"])


class SettingsForm(forms.Form):
    prefix = "settings"
    ready_within_hours = forms.IntegerField(label=_("Ready within hours"), min_value=0, max_value=MOST_HOURS)
    staff_test_hours = forms.IntegerField(
        label=_("Staff is tested every so many hours"),
        required=False,
        min_value=0,
        max_value=MOST_HOURS,
        help_text=_("Empty or 0: the standing interval."),
    )

    def values(self) -> dict[str, Any]:
        return {
            "ready_within_hours": self.cleaned_data["ready_within_hours"],
            "staff_test_hours": self.cleaned_data["staff_test_hours"] or 0,
        }


class RoomForm(forms.Form):
    prefix = "room"
    number = forms.CharField(label=_("Room number"), max_length=20)
    floor = forms.IntegerField(label=_("Floor"), initial=1, min_value=-5, max_value=MOST_FLOOR)
    beds = forms.IntegerField(label=_("Beds"), initial=1, min_value=1, max_value=20)
    accessible = forms.BooleanField(label=_("Barrier-free"), required=False)

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class StaffForm(forms.Form):
    prefix = "staff"
    person = forms.IntegerField(label=_("Person number"), min_value=1)
    area = forms.ChoiceField(label=_("Area"), choices=lambda: labels.options("sitearea"))
    job = forms.CharField(label=pgettext_lazy("staff", "Work"), max_length=60)

    def values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "area": SiteArea(self.cleaned_data["area"])}


class RoomStateForm(forms.Form):
    prefix = "state"
    state = forms.ChoiceField(
        label=_("State"),
        choices=lambda: labels.options("room", (RoomState.READY, RoomState.CLEANING, RoomState.CLOSED)),
    )

    def values(self) -> dict[str, Any]:
        return {"state": RoomState(self.cleaned_data["state"])}


class SwabForm(forms.Form):
    prefix = "swab"
    value = forms.ChoiceField(label=_("Result"), choices=lambda: labels.options("result"))

    def values(self) -> dict[str, Any]:
        return {"value": ResultValue(self.cleaned_data["value"])}


class MoveForm(forms.Form):
    """To a ready room of the same site."""

    prefix = "move"

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rooms = Room.objects.filter(site=site, state=RoomState.READY).order_by("floor", "number")
        self.fields["room"] = forms.ChoiceField(
            label=_("Room"), choices=[(room.pk, f"{room.number} ({room.beds})") for room in rooms]
        )

    def values(self) -> dict[str, Any]:
        return {"room": int(self.cleaned_data["room"])}


class VehicleForm(forms.Form):
    plate = forms.CharField(label=_("Plate"), max_length=20)
    organisation = BodyField(label=_("Fleet of"), queryset=Organisation.objects.none())
    seats = forms.IntegerField(label=_("Seats"), min_value=0, max_value=120, initial=4)
    wheelchairs = forms.IntegerField(label=_("Wheelchair places"), min_value=0, max_value=20, initial=0)
    stretchers = forms.IntegerField(label=_("Stretchers"), min_value=0, max_value=20, initial=0)
    negative_pressure = forms.BooleanField(label=_("Negative pressure"), required=False)

    def __init__(self, *args: Any, scope: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = Organisation.objects.filter(
            division__startswith=scope,
            kind__in=(
                OrganisationKind.TRANSPORT,
                OrganisationKind.HEADQUARTERS,
                OrganisationKind.HOSPITAL,
                OrganisationKind.ISOLATION_SITE,
            ),
        )
        self.fields["organisation"].queryset = bodies.order_by("code")  # type: ignore[attr-defined]  # a model choice


class ListForm(forms.Form):
    """A list of rooms or of vehicles, many at once."""

    what = forms.ChoiceField(
        label=_("What it lists"), choices=(("rooms", _("Rooms")), ("vehicles", _("Vehicles")))
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel (.xlsx), up to 8 MB, one room or vehicle a row."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    code = forms.SlugField(
        label=_("Code of the site or fleet"),
        required=False,
        max_length=40,
        help_text=_("Only where the list has no column for it."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("This file is too large."))
        return file
