"""From the words of a meeting to draft orders: paste, look at each sentence, keep or set aside, hand to a signer."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from liankong.actions import Refused
from liankong.actions import minutes as verbs
from liankong.actions.minutes import Kept, SetAside
from liankong.exchange.minutes import Directive, Meeting, Minutes
from liankong.exchange.minutes_text import persons
from liankong.store.models import Batch, Order
from liankong.web.context import Sight, sight
from liankong.web.desk import needs, refuse, status_of
from liankong.web.minutes_forms import Addressees, DirectiveForm, MeetingForm, ReadForm, day_of, initial_of
from liankong.web.minutes_show import Mark, Piece, paragraphs
from liankong.web.minutes_words import REFUSED, date_words, noted, subject_words
from liankong.web.words import said

DRAFT = "orders.draft"


# --- reading -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sentence:
    """A directive on the page: what was read, and the form that makes an order of it."""

    number: int
    directive: Directive
    form: DirectiveForm
    told: tuple[str, ...]  # bodies in the text's own words
    dates: tuple[str, ...]
    about: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A meeting on the page."""

    meeting: Meeting
    form: MeetingForm
    numbered: list[Sentence]
    unnumbered: list[Sentence]
    text: list[list[Piece]]

    @property
    def sentences(self) -> list[Sentence]:
        return [*self.numbered, *self.unnumbered]


@never_cache
@require_http_methods(["GET", "POST"])
@needs(DRAFT)
def new(request: HttpRequest) -> HttpResponse:
    """Paste a text or upload a file; what is read is shown and stored nowhere."""
    if request.method == "GET":
        return render(request, "minutes/new.html", {"form": ReadForm()})
    form = ReadForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "minutes/new.html", {"form": form}, status=status_of(request))
    seen = sight(request)
    try:
        found, directory = verbs.read(
            form.cleaned_data["text"],
            place=seen.division,
            at=seen.at,
            meeting_day=form.cleaned_data["meeting_day"],
        )
    except Refused as error:
        refuse(form, error)
        return render(request, "minutes/new.html", {"form": form}, status=status_of(request))
    addressees = Addressees.of(directory)
    meetings = [_shown(one, found, addressees, seen) for one in found.meetings]
    return _preview(request, found, meetings, form.cleaned_data["meeting_day"])


def _preview(
    request: HttpRequest,
    found: Minutes,
    meetings: list[Shown],
    day: date | None,
    status: int = 200,
) -> HttpResponse:
    day = day or found.published or next((one.day for one in found.meetings if one.day), None)
    context = {
        # The text as it was cleaned: what was masked in it does not come back.
        "form": ReadForm(initial={"text": found.text, "meeting_day": day}),
        "minutes": found,
        "meetings": meetings,
        "notes": [noted(note) for note in found.notes],
        "day": day,
    }
    return render(request, "minutes/preview.html", context, status=status)


def _shown(
    meeting: Meeting,
    found: Minutes,
    addressees: Addressees,
    seen: Sight,
    bound: tuple[MeetingForm, list[DirectiveForm]] | None = None,
) -> Shown:
    directives = [*meeting.directives, *meeting.unnumbered]
    form = bound[0] if bound else _meeting_form(meeting, found, addressees)
    forms = (
        bound[1]
        if bound
        else [_form(meeting, number, one, addressees, seen) for number, one in enumerate(directives)]
    )
    sentences = [
        _sentence(number, one, its_form)
        for number, (one, its_form) in enumerate(zip(directives, forms, strict=True), 1)
    ]
    marks = [
        Mark(one.directive.start, one.directive.end, one.number, _tone(one.directive)) for one in sentences
    ]
    numbered = len(meeting.directives)
    text = paragraphs(found.text, meeting.spans, marks)
    return Shown(meeting, form, sentences[:numbered], sentences[numbered:], text)


def _tone(directive: Directive) -> str:
    if directive.refused:
        return "is-refused"
    return "" if directive.number else "is-unnumbered"


def _meeting_form(meeting: Meeting, found: Minutes, addressees: Addressees) -> MeetingForm:
    initial = {"title": _title(meeting, found), "held_at": verbs.held_at(meeting)}
    return MeetingForm(prefix=f"m{meeting.number}", addressees=addressees, initial=initial)


def _title(meeting: Meeting, found: Minutes) -> str:
    """What the meeting is called: its heading where that names no person, else when it was held."""
    named = any(name in meeting.title for name in persons(found.text))
    when = meeting.day.isoformat() if meeting.day else meeting.when
    hour = f" {meeting.hour:%H:%M}" if meeting.hour else ""
    title = "" if named else meeting.title
    return f"{when}{hour} {title or _('Meeting')}"[:160].strip()


def _form(
    meeting: Meeting, number: int, one: Directive, addressees: Addressees, seen: Sight
) -> DirectiveForm:
    besides = seen.seat.organisation if seen.seat else None
    proposed = [row.pk for row in addressees.directory.addressees(one, besides=besides)]
    initial = initial_of(one, addressees, besides=besides, at=seen.at)
    return DirectiveForm(
        prefix=f"m{meeting.number}-{number}", addressees=addressees, proposed=proposed, initial=initial
    )


def _sentence(number: int, one: Directive, form: DirectiveForm) -> Sentence:
    return Sentence(
        number=number,
        directive=one,
        form=form,
        told=tuple(dict.fromkeys(body.words for body in one.bodies if body.part != "mentioned")),
        dates=tuple(date_words(when) for when in one.dates),
        about=tuple(subject_words(subject) for subject in one.subjects[:3]),
        refused=str(REFUSED[one.refused]) if one.refused else "",
    )


# --- drafting ------------------------------------------------------------------------------------------------


@never_cache
@require_POST
@needs(DRAFT)
def draft(request: HttpRequest) -> HttpResponse:
    """Write the kept sentences of one meeting as drafts. The page sends the cleaned text along; it is read again."""
    seen = sight(request)
    day, number = day_of(request.POST.get("day", "")), request.POST.get("meeting", "")
    form = ReadForm({"text": request.POST.get("text", ""), "meeting_day": day})
    if not form.is_valid() or not number.isdecimal():
        return redirect("minutes-new")
    try:
        found, directory = verbs.read(
            form.cleaned_data["text"], place=seen.division, at=seen.at, meeting_day=day
        )
    except Refused as error:
        messages.error(request, said(error))
        return redirect("minutes-new")
    meeting = next((one for one in found.meetings if one.number == int(number)), None)
    if meeting is None:
        messages.error(request, _("The text was changed on its way: read it again."))
        return redirect("minutes-new")
    addressees = Addressees.of(directory)
    meeting_form, forms = _bound(request, meeting, addressees, seen)
    refused = {one.start: one.refused for one in (*meeting.directives, *meeting.unnumbered) if one.refused}
    # Every form is looked at, so that all faults show at once.
    if not sum(not one.is_valid() for one in (meeting_form, *forms)):
        made = _draft(request, found.text, meeting_form, forms, refused)
        if made is not None:
            drafts = Order.objects.filter(batch=made).count()
            words = ngettext(
                "%(count)s draft order waits for a signature.",
                "%(count)s draft orders wait for a signature.",
                drafts,
            )
            messages.success(request, words % {"count": drafts})
            return redirect("minutes-batch", batch=made.pk)
    shown = [
        _shown(one, found, addressees, seen, (meeting_form, forms) if one is meeting else None)
        for one in found.meetings
    ]
    return _preview(request, found, shown, day, status=422)


def _bound(
    request: HttpRequest, meeting: Meeting, addressees: Addressees, seen: Sight
) -> tuple[MeetingForm, list[DirectiveForm]]:
    """The meeting's forms as they came back, one for each sentence that the text has."""
    besides = seen.seat.organisation if seen.seat else None
    forms = []
    for number, one in enumerate([*meeting.directives, *meeting.unnumbered]):
        proposed = [row.pk for row in addressees.directory.addressees(one, besides=besides)]
        prefix = f"m{meeting.number}-{number}"
        # Where a sentence stands is the text's to say, not the form's.
        data = request.POST.copy()
        data[f"{prefix}-start"], data[f"{prefix}-end"] = str(one.start), str(one.end)
        forms.append(DirectiveForm(data, prefix=prefix, addressees=addressees, proposed=proposed))
    return MeetingForm(request.POST, prefix=f"m{meeting.number}", addressees=addressees), forms


def _draft(
    request: HttpRequest,
    text: str,
    meeting_form: MeetingForm,
    forms: list[DirectiveForm],
    refused: dict[int, str],
) -> Batch | None:
    """Call the verb; what is missing or refused stands in the forms. `refused` sentences are never kept."""
    seen, told = sight(request), meeting_form.cleaned_data
    kept: list[tuple[DirectiveForm, Kept]] = []
    aside: list[SetAside] = []
    for form in forms:
        start = form.cleaned_data["start"]
        if start in refused or not form.cleaned_data["keep"]:
            aside.append(form.aside(otherwise=refused.get(start, "")))
        elif (one := form.kept(told)) is not None:
            kept.append((form, one))
    if any(form.errors for form in forms):
        return None
    try:
        return verbs.draft(
            text=text,
            title=told["title"],
            held_at=told["held_at"],
            kept=[one for _form, one in kept],
            set_aside=aside,
            by=seen.actor,
            at=seen.at,
        )
    except Refused as error:
        _refuse(meeting_form, [form for form, _one in kept], error)
        return None


def _refuse(meeting_form: MeetingForm, forms: list[DirectiveForm], error: Refused) -> None:
    """At the sentence at fault where the verb says which, else at the meeting."""
    head, _dot, rest = error.field.partition(".")
    number, _dot, field = rest.partition(".")
    if head == "kept" and number.isdecimal() and int(number) < len(forms):
        form = forms[int(number)]
        form.add_error(field if field in form.fields and field not in ("start", "end") else None, said(error))
    else:
        refuse(meeting_form, error)


urlpatterns = [
    path("minutes/new", new, name="minutes-new"),
    path("minutes/draft", draft, name="minutes-draft"),
]
