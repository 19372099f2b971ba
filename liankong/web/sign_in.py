"""Who is this, and is it really them? Password, then the second factor of those who have one."""

from datetime import datetime, timedelta
from typing import Any

import django_otp
from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import User
from liankong.vocabulary.facts import SignedIn
from liankong.web.context import now, sight
from liankong.web.preferences import remember, take_up

BACKEND = "django.contrib.auth.backends.ModelBackend"
PENDING = "second_factor"
_otp: Any = django_otp  # ships no types
# How long a right password may wait for its second factor.
PATIENCE = timedelta(minutes=5)


class SignInForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SecondFactorForm(forms.Form):
    token = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=16,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "class": "lk-otp", "autofocus": True}
        ),
    )

    def clean_token(self) -> str:
        return str(self.cleaned_data["token"]).replace(" ", "").lower()


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if user is not None:
            return _password_right(request, user)
        locked = bool(getattr(request, "axes_locked_out", False))
        # The lockout's own page would be a bare sentence; ours says what to do, with the same status.
        request.axes_locked_out = False  # type: ignore[attr-defined]  # set by the lockout's backend
        minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
        form.add_error(
            None,
            _("Too many failed sign-ins. This account is locked; try again in %(minutes)s minutes.")
            % {"minutes": minutes}
            if locked
            else _("User name or password is wrong."),
        )
        status = 429 if locked else 422
    elif request.method == "POST":
        status = 422
    return render(request, "sign_in/sign_in.html", {"form": form, "next": _next(request)}, status=status)


def _password_right(request: HttpRequest, user: User) -> HttpResponse:
    if devices_of(user):
        request.session.cycle_key()
        request.session[PENDING] = {"user": user.pk, "at": now().isoformat(), "next": _next(request)}
        return redirect("sign-in-second")
    return _enter(request, user, _next(request))


@login_not_required
@never_cache
@sensitive_post_parameters("token")
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    pending = request.session.get(PENDING)
    if pending is None or now() - datetime.fromisoformat(pending["at"]) > PATIENCE:
        request.session.pop(PENDING, None)
        return redirect("sign-in")
    form = SecondFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = User.objects.filter(pk=pending["user"], is_active=True).first()
        device = _matching_device(user, form.cleaned_data["token"]) if user else None
        if user is not None and device is not None:
            del request.session[PENDING]
            return _enter(request, user, pending["next"], device=device)
        form.add_error(
            "token", _("This code is wrong, was used before, or too many were tried. Wait for the next one.")
        )
    status = 422 if request.method == "POST" else 200
    return render(request, "sign_in/second_factor.html", {"form": form}, status=status)


def devices_of(user: User) -> list[Any]:
    """The user's second factors that are in use."""
    return list(_otp.devices_for_user(user))


def _matching_device(user: User, token: str) -> Any:
    """Any of the user's devices; the library slows down guessing on each of them."""
    matches = (_otp.verify_token(user, device.persistent_id, token) for device in devices_of(user))
    return next((match for match in matches if match), None)


def _enter(request: HttpRequest, user: User, address: str, *, device: Any = None) -> HttpResponse:
    login(request, user, backend=BACKEND)
    if device is not None:
        _otp.login(request, device)
    with node_scope(), transaction.atomic():
        take_up(request, user)
        log.record(
            SignedIn(user=user.pk), subject=user.pk, division=user.division, by=Actor(user=user.pk), at=now()
        )
    return remember(HttpResponseRedirect(address), language=user.language, theme=user.theme)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    seen = sight(request)
    logout(request)
    return remember(
        redirect(settings.LOGOUT_REDIRECT_URL), language=seen.user.language, theme=seen.user.theme
    )


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else resolve_url(settings.LOGIN_REDIRECT_URL)


urlpatterns = [
    path("sign-in", sign_in, name="sign-in"),
    path("sign-in/second-factor", second_factor, name="sign-in-second"),
    path("sign-out", sign_out, name="sign-out"),
]
