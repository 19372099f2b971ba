"""Who may come in, from which posts, and which programs act for whom?"""

import secrets
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liankong.actions import Refused
from liankong.actions import organisations as verbs
from liankong.actions import tokens as token_verbs
from liankong.rules.access import LOOK
from liankong.store.models import ApiToken, Entry, Holding, User
from liankong.store.organisations import in_force
from liankong.web.context import Sight, sight
from liankong.web.desk import DivisionChoice, needs, refuse, status_of, user_names
from liankong.web.pages import paginate
from liankong.web.places import organisation_names
from liankong.web.words import permission_words, said

# No letters or digits that are mistaken for one another when read out.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 5
MANAGE = "access.users"
EXPIRIES = ((7, gettext_lazy("a week")), (30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")))


def temporary_password() -> str:
    """About 99 bits, in groups that can be read out over a telephone."""
    return "-".join("".join(secrets.choice(LETTERS) for _at in range(GROUP)) for _group in range(GROUPS))


# --- users ---------------------------------------------------------------------------------------------------------


@require_GET
@needs(MANAGE)
def users(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    query = request.GET.get("q", "").strip()
    rows = (
        User.objects.filter(Q(username__icontains=query) | Q(name__icontains=query))
        if query
        else User.objects.all()
    )
    if request.GET.get("state") in ("off", "on"):
        rows = rows.filter(is_active=request.GET["state"] == "on")
    page = paginate(rows, order=("username", "pk"), query=request.GET)
    held = _held(page.rows, seen)
    context = {
        "page": page,
        "rows": [(user, held.get(user.pk, [])) for user in page.rows],
        "query": query,
        "state": request.GET.get("state", ""),
        "filtered": bool(query or request.GET.get("state")),
    }
    return render(request, "users/users.html", context)


def _held(people: list[User], seen: Sight) -> dict[int, list[dict[str, Any]]]:
    """User -> posts held now, in two queries for a whole page."""
    rows = list(
        Holding.objects.filter(in_force(seen.at), user__in=people).select_related("post").order_by("post_id")
    )
    names = organisation_names((row.post.organisation_id for row in rows), seen.at)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        name = names.get(row.post.organisation_id, "")
        found.setdefault(row.user_id, []).append({"holding": row, "post": row.post, "organisation": name})
    return found


class UserForm(forms.Form):
    username = forms.RegexField(
        label=gettext_lazy("User name"),
        regex=r"^[A-Za-z0-9._@+-]+$",
        max_length=64,
        help_text=gettext_lazy("Latin letters, digits, and . _ @ + -"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("zh-hans", "简体中文"), ("en", "English")],
        initial="zh-hans",
    )

    def __init__(self, *args: Any, scope: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"] = DivisionChoice(
            scope, whole=not scope, required=bool(scope), label=_("Jurisdiction"), initial=scope
        )
        self.order_fields(["username", "name", "division", "language"])


@never_cache
@require_http_methods(["GET", "POST"])
@needs(MANAGE)
def create(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    form = UserForm(request.POST or None, scope=seen.division)
    if request.method == "POST" and form.is_valid():
        password = temporary_password()
        try:
            made = verbs.create_user(**form.cleaned_data, password=password, by=seen.actor, at=seen.at)
        except Refused as error:
            refuse(form, error)
        else:
            return render(
                request, "users/password.html", {"user_row": made, "password": password, "fresh": True}
            )
    return render(request, "users/create.html", {"form": form}, status=status_of(request))


@require_GET
@needs(MANAGE)
def user(request: HttpRequest, user: int) -> HttpResponse:
    seen = sight(request)
    row = get_object_or_404(User, pk=user)
    holdings = list(Holding.objects.filter(user=row).select_related("post").order_by("-from_at"))
    about = list(
        Entry.objects.filter(subject_kind="user", subject=row.pk)
        .exclude(kind="SignedIn")
        .order_by("-id")[:30]
    )
    context = {
        "user_row": row,
        "own": row.pk == seen.user.pk,
        "holdings": [(held, held.until_at is None or held.until_at > seen.at) for held in holdings],
        "organisations": organisation_names((held.post.organisation_id for held in holdings), seen.at),
        "signed_in": Entry.objects.filter(subject_kind="user", subject=row.pk, kind="SignedIn")
        .order_by("-id")
        .first(),
        "tokens": list(token_verbs.in_force(row, seen.at).order_by("expires_at")),
        "entries": about,
        "names": user_names(entry.by for entry in about),
    }
    return render(request, "users/user.html", context)


@require_POST
@needs(MANAGE)
def set_active(request: HttpRequest, user: int) -> HttpResponse:
    seen = sight(request)
    get_object_or_404(User, pk=user)
    active = request.POST.get("active") == "yes"
    try:
        verbs.set_active(user=user, active=active, by=seen.actor, at=seen.at)
        messages.success(request, _("The user may sign in.") if active else _("The user is kept out."))
    except Refused as error:
        messages.error(request, said(error))
    return redirect("user", user=user)


@never_cache
@require_POST
@needs(MANAGE)
def reset_password(request: HttpRequest, user: int) -> HttpResponse:
    seen = sight(request)
    get_object_or_404(User, pk=user)
    password = temporary_password()
    try:
        row = verbs.set_password(user=user, password=password, by=seen.actor, at=seen.at)
    except Refused as error:
        messages.error(request, said(error))
        return redirect("user", user=user)
    return render(request, "users/password.html", {"user_row": row, "password": password})


# --- tokens of programs --------------------------------------------------------------------------------------------


class TokenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Which program is it for?"), max_length=100)
    days = forms.TypedChoiceField(label=gettext_lazy("Good for"), coerce=int, choices=EXPIRIES, initial=30)

    def __init__(self, *args: Any, seen: Sight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owned = sorted(token_verbs.rights(seen.user, seen.at))
        self.fields["scopes"] = forms.MultipleChoiceField(
            label=_("It may"),
            choices=[(name, permission_words(name)) for name in owned],
            initial=[LOOK],
            widget=forms.CheckboxSelectMultiple,
        )


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens; those who manage users also see everybody else's of their jurisdiction."""
    seen = sight(request)
    form = TokenForm(request.POST or None, seen=seen)
    issued = None
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            issued = token_verbs.create(
                user=seen.user.pk,
                name=asked["name"],
                scopes=asked["scopes"],
                expires_at=seen.at + timedelta(days=asked["days"]),
                by=seen.actor,
                at=seen.at,
            )
        except Refused as error:
            refuse(form, error)
        else:
            form = TokenForm(seen=seen)
    everybody = seen.may(MANAGE)
    rows = ApiToken.objects.all() if everybody else ApiToken.objects.filter(user=seen.user)
    page = paginate(rows.select_related("user"), order=("-created_at", "-pk"), query=request.GET)
    context = {
        "form": form,
        "issued": issued,
        "page": page,
        "rows": [
            (row, _state_of(row, seen), [permission_words(name) for name in row.scopes]) for row in page.rows
        ],
        "everybody": everybody,
    }
    status = 200 if issued else status_of(request)
    return render(request, "users/tokens.html", context, status=status)


def _state_of(row: ApiToken, seen: Sight) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at <= seen.at else "open"


@require_POST
def revoke_token(request: HttpRequest, token: int) -> HttpResponse:
    seen = sight(request)
    row = get_object_or_404(ApiToken, pk=token)
    if row.user_id != seen.user.pk and not seen.may(MANAGE):
        raise PermissionDenied
    try:
        token_verbs.revoke(token=token, by=seen.actor, at=seen.at)
        messages.success(request, _("The token opens nothing any more."))
    except Refused as error:
        messages.error(request, said(error))
    return redirect("tokens")


urlpatterns = [
    path("users", users, name="users"),
    path("users/new", create, name="user-new"),
    path("users/tokens", tokens, name="tokens"),
    path("users/tokens/<int:token>/revoke", revoke_token, name="token-revoke"),
    path("users/<int:user>", user, name="user"),
    path("users/<int:user>/active", set_active, name="user-active"),
    path("users/<int:user>/password", reset_password, name="user-password"),
]
