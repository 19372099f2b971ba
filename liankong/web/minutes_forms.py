"""Forms of minutes: the text, the meeting, and one draft order for each sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from liankong.actions.minutes import Directory, Kept, SetAside
from liankong.exchange.minutes import LARGEST, Directive, Subject
from liankong.exchange.minutes_files import LARGEST_FILE, UnreadableFile, text_of
from liankong.rules.orders_issue import BY_HAND
from liankong.vocabulary.kinds import OrderKind, OrganisationKind
from liankong.web import labels
from liankong.web.minutes_words import noted
from liankong.web.organisations import Moment

GROUP = "every:"
# Bodies that minutes do not name one by one; each is offered where the text named it, and as a group.
NAMED_TOGETHER = (OrganisationKind.STREET, OrganisationKind.COMMUNITY, OrganisationKind.ISOLATION_SITE)


class ReadForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Text of the meeting"),
        required=False,
        max_length=LARGEST,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "lang": "zh"}),
    )
    file = forms.FileField(
        label=gettext_lazy("or a file"),
        required=False,
        help_text=gettext_lazy("Text, HTML or Word (.docx), up to 8 MB."),
        widget=forms.FileInput(attrs={"accept": ".txt,.htm,.html,.md,.docx"}),
    )
    meeting_day = forms.DateField(
        label=gettext_lazy("Day of the meeting"),
        required=False,
        help_text=gettext_lazy("Where the text does not say the day, or not the year."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> None:
        if "text" in self.errors or "file" in self.errors:
            return
        file: File[bytes] | None = self.cleaned_data.get("file")
        if file is not None:
            self._read(file)
        elif not self.cleaned_data.get("text", "").strip():
            self.add_error("text", _("Paste a text or choose a file."))

    def _read(self, file: "File[bytes]") -> None:
        if (file.size or 0) > LARGEST_FILE:
            self.add_error(
                "file", _("The file is larger than %(n)s MB.") % {"n": LARGEST_FILE // 1024 // 1024}
            )
            return
        try:
            self.cleaned_data["text"] = text_of(file.name or "", file.read())
        except UnreadableFile as error:
            self.add_error("file", noted(str(error)))


@dataclass(frozen=True, slots=True)
class Addressees:
    """Whom an order may be sent to: groups first, then each organisation by name."""

    directory: Directory
    groups: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, directory: Directory) -> "Addressees":
        found: dict[str, list[int]] = {}
        for row, _name in directory.rows:
            if row.division != directory.place:
                found.setdefault(f"{GROUP}{row.kind}", []).append(row.pk)
        return cls(directory, {key: tuple(rows) for key, rows in found.items() if len(rows) > 1})

    def choices(self, besides: Iterable[int] = ()) -> list[tuple[str, str]]:
        """Values and words; `besides` are organisations offered although their kind is named together."""
        shown = set(besides)
        groups = [(key, self._group(key, len(rows))) for key, rows in self.groups.items()]
        single = [
            (str(row.pk), name)
            for row, name in self.directory.rows
            if row.kind not in NAMED_TOGETHER or row.pk in shown
        ]
        return [*groups, *single]

    def chosen(self, values: Iterable[str]) -> tuple[int, ...]:
        """Numbers of organisations for chosen values, each once, groups spread out."""
        keys: dict[int, None] = {}
        for value in values:
            keys |= dict.fromkeys(self.groups.get(value, ()) if value.startswith(GROUP) else (int(value),))
        return tuple(keys)

    def initial(self, keys: Iterable[int]) -> list[str]:
        """The shortest way to say them: a group where all of it is meant."""
        wanted = dict.fromkeys(keys)
        found = []
        for group, rows in self.groups.items():
            if wanted.keys() >= set(rows):
                found.append(group)
                wanted = {key: None for key in wanted if key not in rows}
        return found + [str(key) for key in wanted]

    @staticmethod
    def _group(key: str, count: int) -> str:
        kind = labels.label("organisation", key.removeprefix(GROUP)).text
        words = ngettext("%(kind)s: the one below us", "%(kind)s: all %(count)s below us", count)
        return words % {"kind": kind, "count": count}


def _addressees_field(choices: list[tuple[str, str]], **kwargs: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=choices, required=False, widget=forms.SelectMultiple(attrs={"size": 4}), **kwargs
    )


class MeetingForm(forms.Form):
    """What holds for the whole meeting; `rest` fills what a directive does not say itself."""

    title = forms.CharField(label=gettext_lazy("Title of the meeting"), max_length=160)
    held_at = Moment(label=gettext_lazy("Held at"), required=False)
    due_for_rest = Moment(
        label=gettext_lazy("Deadline for directives without one"),
        required=False,
        help_text=gettext_lazy("A directive that states none has none: somebody must set it."),
    )

    def __init__(self, *args: Any, addressees: Addressees, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["addressees_for_rest"] = _addressees_field(
            addressees.choices(), label=_("Addressees for directives that name nobody")
        )
        self.addressees = addressees


class DirectiveForm(forms.Form):
    """One sentence, kept as a draft order or set aside."""

    start = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    end = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    subject = forms.ChoiceField(
        required=False,
        choices=[("", ""), *((one.value, one.value) for one in Subject)],
        widget=forms.HiddenInput,
    )
    keep = forms.BooleanField(label=gettext_lazy("Make it a draft order"), required=False)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160, required=False)
    text = forms.CharField(
        label=gettext_lazy("Text of the order"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    due_at = Moment(label=gettext_lazy("Deadline"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why not, if it is set aside"), max_length=300, required=False
    )

    def __init__(
        self, *args: Any, addressees: Addressees, proposed: Iterable[int] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind, labels.label("orderkind", kind).text) for kind in BY_HAND]
        self.fields["kind"] = forms.ChoiceField(
            label=_("Kind"), choices=kinds, required=False, initial=OrderKind.DIRECTIVE
        )
        self.fields["addressees"] = _addressees_field(addressees.choices(proposed), label=_("Addressees"))
        self.addressees = addressees
        self.fields["title"].required = not self.is_bound

    def clean(self) -> None:
        # Only a kept sentence needs a title, which `kept` sees to; on the page it is not called optional.
        self.fields["title"].required = True

    def kept(self, rest: Mapping[str, Any]) -> Kept | None:
        """The order, with what the meeting's form says for those without; None when something is missing."""
        told = self.cleaned_data
        keys = self.addressees.chosen(told["addressees"] or rest.get("addressees_for_rest") or ())
        due_at = told["due_at"] or rest.get("due_for_rest")
        for field, value, words in (
            ("title", told["title"].strip(), _("Say in a line what is to be done.")),
            ("addressees", keys, _("Name whom it is for.")),
            ("due_at", due_at, _("The text states no deadline: set one.")),
        ):
            if not value:
                self.add_error(field, words)
        if self.errors or due_at is None:
            return None
        return Kept(
            start=told["start"],
            end=told["end"],
            title=told["title"].strip(),
            text=told["text"].strip(),
            kind=OrderKind(told["kind"] or OrderKind.DIRECTIVE),
            addressees=keys,
            due_at=due_at,
            subject=Subject(told["subject"]) if told["subject"] else None,
        )

    def aside(self, *, otherwise: str = "") -> SetAside:
        """The sentence with the reason given, or the reader's own for refusing it."""
        told = self.cleaned_data
        return SetAside(start=told["start"], end=told["end"], reason=told["reason"].strip() or otherwise)


def initial_of(
    directive: Directive, addressees: Addressees, *, besides: int | None, at: datetime
) -> dict[str, Any]:
    """What the text proposes for a directive's form."""
    proposed = [row.pk for row in addressees.directory.addressees(directive, besides=besides)]
    due = directive.due
    return {
        "start": directive.start,
        "end": directive.end,
        "subject": directive.subjects[0].value if directive.subjects else "",
        # What a speech says besides its lists becomes an order only when somebody picks it.
        "keep": directive.number > 0 and not directive.refused,
        "title": directive.title,
        "text": directive.sentence.removeprefix(directive.label),
        "kind": OrderKind.DIRECTIVE,
        "addressees": addressees.initial(proposed),
        "due_at": due if due is not None and due > at else None,
    }


def day_of(text: str) -> date | None:
    """A day that a page carried along."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
