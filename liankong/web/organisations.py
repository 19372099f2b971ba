"""Which bodies exist at an hour, whom they answer to, and who sits where? Past hours and hours to come alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Refused
from liankong.actions import organisations as verbs
from liankong.store.models import Entry, Holding, Organisation, OrganisationTerm, Post, User
from liankong.store.organisations import in_force, terms
from liankong.vocabulary.kinds import OrganisationKind, Role
from liankong.web import labels
from liankong.web.context import sight
from liankong.web.desk import DivisionChoice, needs, refuse, status_of, user_names
from liankong.web.places import organisation_names
from liankong.web.templatetags.desk import term_name
from liankong.web.words import said

CHANGES_SHOWN = 200


def hour_asked(text: str | None, otherwise: datetime) -> datetime:
    """A moment from an address, in the field's time; an unreadable one is the present."""
    try:
        found = parse_datetime((text or "").strip().replace(" ", "+"))
    except ValueError:
        found = None
    if found is None:
        return otherwise
    return found if found.tzinfo else timezone.make_aware(found)


# --- the tree at an hour -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Node:
    """An organisation as it stands at the hour: its term, its posts with their holders, and what answers to it."""

    term: OrganisationTerm
    posts: list[Post] = field(default_factory=list)
    below: list["Node"] = field(default_factory=list)
    fresh: bool = False


def tree(at: datetime) -> list[Node]:
    """The whole structure at an hour, in two queries however large it is."""
    nodes = {term.organisation_id: Node(term) for term in terms(at).order_by("organisation__division", "pk")}
    holders = Holding.objects.filter(in_force(at)).values_list("post_id", flat=True)
    held = set(holders)
    for post in Post.objects.filter(organisation__in=nodes).order_by("pk"):
        post.is_held = post.pk in held  # type: ignore[attr-defined]  # for the template alone
        nodes[post.organisation_id].posts.append(post)
    tops: list[Node] = []
    for node in nodes.values():
        above = nodes.get(node.term.parent_id) if node.term.parent_id else None
        (above.below if above else tops).append(node)
        node.fresh = node.term.from_at == at
    return tops


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to the structure at one moment."""

    at: datetime
    begun: tuple[OrganisationTerm, ...]
    ended: tuple[OrganisationTerm, ...]


def changes() -> list[Change]:
    """The moments at which the structure changed or will change, the latest first."""
    rows = list(OrganisationTerm.objects.select_related("organisation").order_by("-from_at", "-pk"))
    begun: dict[datetime, list[OrganisationTerm]] = {}
    ended: dict[datetime, list[OrganisationTerm]] = {}
    for row in rows:
        begun.setdefault(row.from_at, []).append(row)
        if row.until_at is not None:
            ended.setdefault(row.until_at, []).append(row)
    moments = sorted(begun.keys() | ended.keys(), reverse=True)[:CHANGES_SHOWN]
    return [Change(moment, tuple(begun.get(moment, ())), _gone(begun, ended, moment)) for moment in moments]


def _gone(
    begun: dict[datetime, list[OrganisationTerm]],
    ended: dict[datetime, list[OrganisationTerm]],
    moment: datetime,
) -> tuple[OrganisationTerm, ...]:
    """Terms that end here without another following at once: those were only rearranged."""
    following = {row.organisation_id for row in begun.get(moment, ())}
    return tuple(row for row in ended.get(moment, ()) if row.organisation_id not in following)


@require_GET
def organisations(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    at = hour_asked(request.GET.get("at"), seen.at)
    tops = tree(at)
    moments = changes()
    context = {
        "at": at,
        "is_now": at == seen.at,
        "tops": tops,
        "count": sum(1 for _node in _walk(tops)),
        "changes": moments,
        # The slider steps from change to change, the oldest on the left.
        "stops": [timezone.localtime(change.at).strftime("%Y-%m-%dT%H:%M") for change in reversed(moments)],
    }
    return render(request, "organisations/tree.html", context)


def _walk(nodes: Iterable[Node]) -> Iterable[Node]:
    for node in nodes:
        yield node
        yield from _walk(node.below)


# --- one organisation ----------------------------------------------------------------------------------------------


class Moment(forms.DateTimeField):
    """A moment of the field's clock, to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        )
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


class OrganisationField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no parameter at run time
    """A body of the structure, by the name that it bears at the hour."""

    def __init__(self, at: datetime, **kwargs: Any) -> None:
        rows = Organisation.objects.filter(pk__in=terms(at).values("organisation")).order_by("division", "pk")
        super().__init__(queryset=rows, **kwargs)
        self.names = organisation_names(rows.values_list("pk", flat=True), at)

    def label_from_instance(self, obj: Any) -> str:
        return f"{self.names.get(obj.pk, obj.code)} ({obj.code})"


class TermForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=80)
    english = forms.CharField(label=gettext_lazy("English name"), max_length=120, required=False)

    def __init__(self, *args: Any, at: datetime, besides: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent = OrganisationField(
            at, label=_("Answers to"), required=False, empty_label=_("nobody: it is the top")
        )
        if besides is not None and parent.queryset is not None:
            parent.queryset = parent.queryset.exclude(pk=besides)
        self.fields["parent"] = parent
        self.fields["from_at"] = Moment(label=_("From this hour on"), initial=at)


class FoundForm(TermForm):
    code = forms.SlugField(
        label=pgettext_lazy("thing", "Code"),
        max_length=40,
        help_text=gettext_lazy("Short, in Latin letters; it stays when the name changes."),
    )
    kind = forms.TypedChoiceField(
        label=gettext_lazy("Kind"), choices=lambda: labels.options("organisation"), coerce=OrganisationKind
    )

    def __init__(self, *args: Any, at: datetime, scope: str, **kwargs: Any) -> None:
        super().__init__(*args, at=at, **kwargs)
        self.fields["division"] = DivisionChoice(
            scope, whole=not scope, required=bool(scope), label=_("Answers for"), initial=scope
        )
        self.fields["until_at"] = Moment(
            label=_("Until"), required=False, help_text=_("Empty: until somebody dissolves it.")
        )
        self.order_fields(["name", "english", "code", "kind", "division", "parent", "from_at", "until_at"])

    def clean(self) -> None:
        until, since = self.cleaned_data.get("until_at"), self.cleaned_data.get("from_at")
        if until is not None and since is not None and until <= since:
            self.add_error("until_at", _("It must end after it begins."))


class DissolveForm(forms.Form):
    until_at = Moment(label=gettext_lazy("It ends at"))


class PostForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title of the post"), max_length=60)
    role = forms.TypedChoiceField(
        label=gettext_lazy("Role"), choices=lambda: labels.options("role"), coerce=Role
    )


class FillForm(forms.Form):
    """The user by name: a list of everybody would be long, and the name is known to who asks."""

    user = forms.CharField(
        label=gettext_lazy("User name"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    from_at = Moment(label=gettext_lazy("From"), required=False)

    def clean_user(self) -> int:
        found = (
            User.objects.filter(username=self.cleaned_data["user"].strip())
            .values_list("pk", flat=True)
            .first()
        )
        if found is None:
            raise forms.ValidationError(_("No user of this name is in your jurisdiction."))
        return int(found)


@require_GET
def organisation(request: HttpRequest, organisation: int) -> HttpResponse:
    return _page(request, organisation)


def _page(request: HttpRequest, key: int, **bound: Any) -> HttpResponse:
    """Everything of one body; `bound` is the one form that came back with faults."""
    seen = sight(request)
    row = get_object_or_404(Organisation, pk=key)
    history = list(row.terms.select_related("parent").order_by("-from_at"))
    current = next((term for term in history if _holds(term, seen.at)), None)
    latest = history[0] if history else None
    initial = {"name": latest.name, "english": latest.english, "parent": latest.parent_id} if latest else {}
    posts = list(row.posts.order_by("pk"))
    holdings = list(
        Holding.objects.filter(post__in=posts).select_related("user").order_by("post_id", "-from_at")
    )
    below = list(terms(seen.at).filter(parent=row).order_by("pk"))
    entries = list(Entry.objects.filter(subject_kind="organisation", subject=row.pk).order_by("-id")[:20])
    context = {
        "organisation": row,
        "current": current,
        "name": term_name(current or latest) or row.code,
        "history": history,
        "parents": organisation_names((term.parent_id for term in history if term.parent_id), seen.at),
        "below": below,
        "posts": [(post, _of(holdings, post.pk, seen.at), _fill_form(post, bound)) for post in posts],
        "entries": entries,
        "names": user_names(entry.by for entry in entries),
        "rearrange_form": bound.get("rearrange") or TermForm(initial=initial, at=seen.at, besides=row.pk),
        "dissolve_form": bound.get("dissolve") or DissolveForm(initial={"until_at": seen.at}),
        "post_form": bound.get("post") or PostForm(),
        "open": next(iter(bound), ""),
    }
    return render(request, "organisations/organisation.html", context, status=422 if bound else 200)


def _fill_form(post: Post, bound: dict[str, Any]) -> FillForm:
    form = bound.get("fill")
    if isinstance(form, FillForm) and form.prefix == f"post{post.pk}":
        return form
    return FillForm(prefix=f"post{post.pk}")


def _holds(term: OrganisationTerm, at: datetime) -> bool:
    return term.from_at <= at and (term.until_at is None or term.until_at > at)


def _of(holdings: list[Holding], post: int, at: datetime) -> dict[str, list[Holding]]:
    own = [row for row in holdings if row.post_id == post]
    open_ones = [row for row in own if row.until_at is None or row.until_at > at]
    return {"now": open_ones, "before": [row for row in own if row not in open_ones][:5]}


# --- changes -------------------------------------------------------------------------------------------------------


def _carried_out(request: HttpRequest, form: forms.Form, verb: Callable[..., Any], done: str) -> Any:
    """What the verb made of the form, with a word to the reader; None when form or verb refused, which the form says.

    The form's fields are the verb's arguments.
    """
    if not form.is_valid():
        return None
    seen = sight(request)
    try:
        made = verb(**form.cleaned_data, by=seen.actor, at=seen.at)
    except Refused as error:
        refuse(form, error)
        return None
    messages.success(request, done)
    return made


@require_http_methods(["GET", "POST"])
@needs("access.organise")
def found(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = FoundForm(request.POST or None, at=seen.at, scope=seen.division)
    made = _carried_out(request, form, verbs.found, _("It is founded."))
    if made is not None:
        return redirect("organisation", organisation=made.pk)
    return render(request, "organisations/found.html", {"form": form}, status=status_of(request))


@require_POST
@needs("access.organise")
def rearrange(request: HttpRequest, organisation: int) -> HttpResponse:
    form = TermForm(request.POST, at=sight(request).at, besides=organisation)
    verb = partial(verbs.rearrange, organisation=organisation)
    if _carried_out(request, form, verb, _("The change is on record; what was before stays.")):
        return redirect("organisation", organisation=organisation)
    return _page(request, organisation, rearrange=form)


@require_POST
@needs("access.organise")
def dissolve(request: HttpRequest, organisation: int) -> HttpResponse:
    form = DissolveForm(request.POST)
    verb = partial(verbs.dissolve, organisation=organisation)
    if _carried_out(request, form, verb, _("Its end is on record.")):
        return redirect("organisation", organisation=organisation)
    return _page(request, organisation, dissolve=form)


@require_POST
@needs("access.organise")
def add_post(request: HttpRequest, organisation: int) -> HttpResponse:
    form = PostForm(request.POST)
    verb = partial(verbs.create_post, organisation=organisation)
    if _carried_out(request, form, verb, _("The post is created.")):
        return redirect("organisation", organisation=organisation)
    return _page(request, organisation, post=form)


@require_POST
@needs("access.users")
def fill(request: HttpRequest, post: int) -> HttpResponse:
    seat = get_object_or_404(Post, pk=post)
    form = FillForm(request.POST, prefix=f"post{post}")
    if _carried_out(request, form, partial(verbs.fill_post, post=post), _("The post is filled.")):
        return redirect("organisation", organisation=seat.organisation_id)
    return _page(request, seat.organisation_id, fill=form)


@require_POST
@needs("access.users")
def vacate(request: HttpRequest, holding: int) -> HttpResponse:
    seen = sight(request)
    row = get_object_or_404(Holding.objects.select_related("post"), pk=holding)
    try:
        verbs.vacate_post(holding=holding, by=seen.actor, at=seen.at)
        messages.success(request, _("The post is vacant; what was signed in it stays signed."))
    except Refused as error:
        messages.error(request, said(error))
    return redirect("organisation", organisation=row.post.organisation_id)


urlpatterns = [
    path("organisations", organisations, name="organisations"),
    path("organisations/new", found, name="organisation-new"),
    path("organisations/<int:organisation>", organisation, name="organisation"),
    path("organisations/<int:organisation>/rearrange", rearrange, name="organisation-rearrange"),
    path("organisations/<int:organisation>/dissolve", dissolve, name="organisation-dissolve"),
    path("organisations/<int:organisation>/posts", add_post, name="organisation-post"),
    path("posts/<int:post>/fill", fill, name="post-fill"),
    path("holdings/<int:holding>/vacate", vacate, name="holding-vacate"),
]
