"""What may be said of an inquiry on its pages; whether it may stand is for the rules to say."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liankong.actions.inquiries_out import Asked
from liankong.rules.inquiries import OUTCOMES, next_states
from liankong.store.models import Inquiry, Organisation
from liankong.vocabulary.kinds import InquiryState, InquirySubject, OrganisationKind, PersonClass
from liankong.web import labels
from liankong.web.context import Sight
from liankong.web.desk import DivisionChoice
from liankong.web.organisations import Moment, OrganisationField

S = InquiryState
ROLES = tuple(one for one in PersonClass if one is not PersonClass.EXCLUDED)
# The key that chooses an outcome or takes a step.
KEYS: dict[InquiryState, str] = {
    S.CONTROLLED: "c",
    S.VERIFIED: "v",
    S.TRANSFERRED: "t",
    S.HOME: "m",
    S.RELEASED: "l",
    S.NOT_FOUND: "n",
}


class HeadquartersField(OrganisationField):
    """Another headquarters, by the name that it bears at the hour."""

    def __init__(self, at: datetime, *, besides: frozenset[int], **kwargs: Any) -> None:
        super().__init__(at, **kwargs)
        if self.queryset is not None:
            rows = self.queryset.filter(kind=OrganisationKind.HEADQUARTERS)
            self.queryset = rows.exclude(pk__in=besides)


class NewForm(forms.Form):
    """A letter as it is written; who is meant is a number of the sender's register."""

    subject = forms.ChoiceField(
        label=gettext_lazy("Ask about"), choices=lambda: labels.options("inquirysubject")
    )
    person = forms.IntegerField(
        label=gettext_lazy("Person number"),
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text=gettext_lazy("As the register knows the person; search for it first."),
    )
    contact = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    case = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    role = forms.ChoiceField(
        label=gettext_lazy("To the response, the person is"),
        required=False,
        choices=lambda: [("", "–"), *labels.options("class", ROLES)],
    )
    what = forms.CharField(
        label=gettext_lazy("Where and when"),
        max_length=300,
        help_text=gettext_lazy("Of the exposure, the trip, the goods' way. No names, no numbers of people."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    last_exposed_at = Moment(label=gettext_lazy("Last exposure, or day of the trip"), required=False)
    vehicle = forms.CharField(label=gettext_lazy("Flight, train or plate"), max_length=40, required=False)
    seat = forms.CharField(label=gettext_lazy("Seat or carriage"), max_length=20, required=False)
    lot = forms.CharField(label=gettext_lazy("Lot or batch"), max_length=60, required=False)
    asks = forms.CharField(
        label=gettext_lazy("What is asked"),
        max_length=300,
        required=False,
        initial=gettext_lazy("find, put under control, verify, report back"),
    )

    def __init__(self, *args: Any, seen: Sight, besides: frozenset[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whereabouts"] = DivisionChoice(
            "",
            anywhere=True,
            required=False,
            label=_("Said to be in"),
            help_text=_("Name or code; empty: where the person lives. It finds the headquarters."),
        )
        self.fields["receiver"] = HeadquartersField(
            seen.at,
            besides=besides,
            required=False,
            label=_("To"),
            empty_label=_("whoever answers for the place"),
        )
        self.order_fields(
            [
                "subject", "person", "role", "whereabouts", "receiver", "what", "last_exposed_at", "vehicle", "seat",
                "lot", "asks",
            ]
        )  # fmt: skip

    def told(self) -> dict[str, Any]:
        """As the verb takes it."""
        data = self.cleaned_data
        receiver: Organisation | None = data["receiver"]
        asked = Asked(
            subject=InquirySubject(data["subject"]),
            role=PersonClass(data["role"]) if data["role"] else None,
            **{name: data[name] for name in ("what", "whereabouts", "last_exposed_at", "vehicle", "seat")},
            lot=data["lot"],
            asks=data["asks"],
        )
        keys = {name: data[name] for name in ("person", "contact", "case")}
        return {"asked": asked, "receiver": receiver.pk if receiver else None, **keys}


class AddressForm(forms.Form):
    prefix = "address"

    def __init__(self, *args: Any, row: Inquiry, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        besides = frozenset({row.sender_id} if row.sender_id else ())
        self.fields["receiver"] = HeadquartersField(
            seen.at, besides=besides, label=_("To"), initial=row.receiver_id
        )

    def values(self) -> dict[str, object]:
        return {"receiver": self.cleaned_data["receiver"].pk}


class ReasonForm(forms.Form):
    """Why: of a discarded draft, of an answer that is not enough."""

    prefix = "reason"
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *args: Any, row: Inquiry, seen: Sight, **kwargs: Any) -> None:  # noqa: ARG002  # one signature for all
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, object]:
        return dict(self.cleaned_data)


class AnswerForm(forms.Form):
    """The outcome that is lawful from here, and what the senders are told."""

    prefix = "answer"
    answer = forms.CharField(
        label=gettext_lazy("What was found and done"),
        max_length=300,
        help_text=gettext_lazy("Where, since when, results. No names, no numbers of people."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, row: Inquiry, seen: Sight, **kwargs: Any) -> None:  # noqa: ARG002  # one signature for all
        super().__init__(*args, **kwargs)
        choices = outcomes(row)
        self.fields["outcome"] = forms.ChoiceField(
            label=_("Outcome"),
            choices=[(state.value, labels.label("inquiry", state).text) for state in choices],
            initial=row.state if S(row.state) in choices else None,
            widget=forms.RadioSelect,
        )
        self.order_fields(["outcome", "answer"])

    def values(self) -> dict[str, object]:
        data = self.cleaned_data
        return {"outcome": InquiryState(data["outcome"]), "answer": data["answer"]}


def outcomes(row: Inquiry) -> list[InquiryState]:
    """With what it can be answered from where it stands."""
    subject, state = InquirySubject(row.subject), S(row.state)
    reach = {state, *next_states(subject, state)}
    return [one for one in InquiryState if one in OUTCOMES[subject] and one in reach]


class ForwardForm(forms.Form):
    prefix = "forward"
    reason = forms.CharField(
        label=gettext_lazy("Why it is theirs"), max_length=300, help_text=gettext_lazy("No names.")
    )

    def __init__(self, *args: Any, row: Inquiry, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        besides = frozenset(key for key in (row.sender_id, row.receiver_id) if key is not None)
        self.fields["receiver"] = HeadquartersField(seen.at, besides=besides, label=_("To"))
        self.order_fields(["receiver", "reason"])

    def values(self) -> dict[str, object]:
        return {"receiver": self.cleaned_data["receiver"].pk, "reason": self.cleaned_data["reason"]}


class RegisterForm(forms.Form):
    prefix = "register"

    def __init__(self, *args: Any, row: Inquiry, seen: Sight, **kwargs: Any) -> None:  # noqa: ARG002  # one signature for all
        super().__init__(*args, **kwargs)
        self.fields["division"] = DivisionChoice(seen.division, label=_("Lives in"))

    def values(self) -> dict[str, object]:
        return dict(self.cleaned_data)


class LinkForm(forms.Form):
    prefix = "link"
    person = forms.IntegerField(label=gettext_lazy("Person number"), min_value=1, max_value=2**63 - 1)

    def __init__(self, *args: Any, row: Inquiry, seen: Sight, **kwargs: Any) -> None:  # noqa: ARG002  # one signature for all
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, object]:
        return dict(self.cleaned_data)


class WhyForm(forms.Form):
    prefix = "reveal"
    why = forms.CharField(
        label=gettext_lazy("Why?"),
        min_length=4,
        max_length=300,
        help_text=gettext_lazy(
            "Which case, order or call this serves. Your name and this reason go to the auditor."
        ),
    )
