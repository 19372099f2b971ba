"""What may be written into an order and said about it; whether it may stand is for the rules to say."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liankong.rules.orders_issue import BY_HAND
from liankong.rules.orders_proof import LARGEST_FILE, MOST_FILES, Proof
from liankong.store.models import Order, Organisation
from liankong.store.organisations import terms
from liankong.vocabulary.kinds import OrderKind
from liankong.web import labels
from liankong.web.context import Sight
from liankong.web.desk import DivisionChoice
from liankong.web.faults import say
from liankong.web.organisations import Moment
from liankong.web.places import organisation_names

OFFERED = 60  # more boxes than that are not read; the others are named by their code


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each read whole; their size and type are judged by the rule."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", ManyFiles(attrs={"accept": "image/*,.pdf,.docx,.xlsx"}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[bytes]:
        given = [one for one in (data if isinstance(data, (list, tuple)) else [data]) if one]
        if len(given) > MOST_FILES or any(one.size > LARGEST_FILE for one in given):
            raise forms.ValidationError(
                _("At most %(count)s files of %(size)s MB each.")
                % {"count": MOST_FILES, "size": LARGEST_FILE // 1024 // 1024}
            )
        return [super(FilesField, self).clean(one, initial).read() for one in given]


class DoneForm(forms.Form):
    """Words always; a figure, a location and files where the order asks for them, and wherever they help."""

    prefix = "done"
    proof = forms.CharField(
        label=gettext_lazy("How was it done?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("A number, a document, what was found. No names."),
    )
    figure = forms.FloatField(label=gettext_lazy("Figure"), required=False)
    longitude = forms.FloatField(label=gettext_lazy("Longitude, degrees east"), required=False)
    latitude = forms.FloatField(label=gettext_lazy("Latitude, degrees north"), required=False)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"] = FilesField(
            label=_("Files"),
            required=False,
            help_text=_("Pictures, PDF, Word or Excel. They are sealed; each opening is on record."),
        )
        unit = order.detail.get("unit")
        if unit:
            self.fields["figure"].label = _("Figure: %(unit)s") % {"unit": say(unit)}

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class ReasonForm(forms.Form):
    """Return, withdraw, make an emergency: each asks why."""

    reason = forms.CharField(
        label=gettext_lazy("Why?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:  # noqa: ARG002  # all forms of a page are made alike
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class SendBackForm(ReasonForm):
    prefix = "return"


class CancelForm(ReasonForm):
    prefix = "cancel"


class HurryForm(ReasonForm):
    prefix = "hurry"


class FilesForm(forms.Form):
    prefix = "attach"

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:  # noqa: ARG002  # as above
        super().__init__(*args, **kwargs)
        self.fields["files"] = FilesField(label=_("Files"))


class WaitForm(forms.Form):
    prefix = "wait"
    until_done = forms.IntegerField(
        label=gettext_lazy("Until this order is done"),
        min_value=1,
        max_value=2**63 - 1,
        help_text=gettext_lazy("The number of the other order."),
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:  # noqa: ARG002  # as above
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class AgainForm(forms.Form):
    """What came back goes out again: by when, and to whom else."""

    prefix = "again"
    due_at = Moment(label=gettext_lazy("New deadline"))
    title = forms.CharField(label=gettext_lazy("What is to be done"), max_length=160)
    text = forms.CharField(
        label=gettext_lazy("In full"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    to = forms.CharField(
        label=gettext_lazy("To another organisation"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Its code; empty: to the same one."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"title": order.title, "text": order.text})
        super().__init__(*args, **kwargs)

    def clean_to(self) -> int | None:
        code = self.cleaned_data["to"].strip()
        if not code:
            return None
        found = Organisation.objects.filter(code=code).values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError(_("No organisation has this code."))
        return int(found)

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        return {"addressee": data.pop("to"), **data}


class NewOrderForm(forms.Form):
    """An order to one organisation or to many at once."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=lambda: labels.options("orderkind", tuple(BY_HAND))
    )
    title = forms.CharField(
        label=gettext_lazy("What is to be done"),
        max_length=160,
        help_text=gettext_lazy("One line. No names, ID numbers or phone numbers."),
    )
    text = forms.CharField(
        label=gettext_lazy("In full"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    due_at = Moment(label=gettext_lazy("Deadline"))
    emergency = forms.BooleanField(
        label=gettext_lazy("Emergency: it waits for nothing and goes up at its deadline"), required=False
    )
    asks = forms.MultipleChoiceField(
        label=gettext_lazy("Proof asked for, besides words"),
        required=False,
        choices=lambda: labels.options("proof"),
        widget=forms.CheckboxSelectMultiple,
    )
    unit = forms.CharField(
        label=gettext_lazy("Unit of the figure"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Such as: households."),
    )
    waits_for = forms.CharField(
        label=gettext_lazy("After these orders"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Numbers of orders that must be done first."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"] = DivisionChoice(
            seen.division,
            required=False,
            whole=True,
            label=_("Only in this part"),
            help_text=_("Empty: all for which the addressee answers."),
        )
        self.below = _below(seen)
        self.fields["addressees"] = forms.MultipleChoiceField(
            label=_("Answering to us"),
            required=False,
            choices=[(str(key), name) for key, name in self.below],
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["all_below"] = forms.BooleanField(label=_("All that answer to us"), required=False)
        self.fields["others"] = forms.CharField(
            label=_("Others, by their codes"),
            max_length=2000,
            required=False,
            help_text=_("As the structure shows them, apart by spaces or commas."),
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        )

    def clean_others(self) -> list[int]:
        codes = re.split(r"[\s,，、;；]+", self.cleaned_data["others"].strip())
        wanted = [code for code in codes if code]
        known = dict(Organisation.objects.filter(code__in=wanted).values_list("code", "pk"))
        missing = [code for code in wanted if code not in known]
        if missing:
            raise forms.ValidationError(_("No organisation has the code %(code)s.") % {"code": missing[0]})
        return [known[code] for code in wanted]

    def clean_waits_for(self) -> list[int]:
        found = re.findall(r"\d{1,18}", self.cleaned_data["waits_for"])
        return [int(one) for one in found]

    def clean_kind(self) -> OrderKind:
        return OrderKind(self.cleaned_data["kind"])

    def clean_asks(self) -> list[Proof]:
        return [Proof(one) for one in self.cleaned_data["asks"]]

    def addressees(self) -> list[int]:
        """Whom it is for, each once."""
        data = self.cleaned_data
        below = [key for key, _name in self.below] if data["all_below"] else []
        chosen = [int(key) for key in data["addressees"]]
        return list(dict.fromkeys([*below, *chosen, *data["others"]]))

    def words(self) -> dict[str, Any]:
        """What `actions.orders_issue.Words` is made of."""
        names = ("kind", "title", "text", "due_at", "emergency", "asks", "unit", "waits_for", "division")
        return {name: self.cleaned_data[name] for name in names}


def _below(seen: Sight) -> list[tuple[int, str]]:
    """Who answers to the seat's organisation at this hour, by name."""
    if seen.seat is None:
        return []
    rows = terms(seen.at).filter(parent=seen.seat.organisation).order_by("organisation__division", "pk")
    keys = list(rows.values_list("organisation", flat=True)[:OFFERED])
    names = organisation_names(keys, seen.at)
    return [(key, names.get(key, f"#{key}")) for key in keys]
