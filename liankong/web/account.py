"""My own sign-in: password, second factor, recovery codes, and which identities I have read."""

import base64
import io
import secrets
from typing import Any

import django_otp
import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from liankong.store.access import node_scope
from liankong.store.models import Entry, User
from liankong.web.audit import READS
from liankong.web.context import sight

RECOVERY_CODES = 8
_otp: Any = django_otp  # ships no types
READS_SHOWN = 20


class PasswordForm(forms.Form):
    old = forms.CharField(
        label=gettext_lazy("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("New password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_old(self) -> str:
        old = str(self.cleaned_data["old"])
        if not self.user.check_password(old):
            raise forms.ValidationError(_("This is not your present password."))
        return old

    def clean_new(self) -> str:
        new = str(self.cleaned_data["new"])
        password_validation.validate_password(new, self.user)
        return new

    def clean(self) -> None:
        if self.cleaned_data.get("new") and self.cleaned_data.get("new") != self.cleaned_data.get("again"):
            self.add_error("again", _("The two new passwords differ."))


class TokenForm(forms.Form):
    token = forms.RegexField(
        label=gettext_lazy("Six digits"),
        regex=r"^\s*\d{3}\s?\d{3}\s*$",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "lk-otp"}
        ),
    )


class ConfirmPasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@never_cache
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    user = sight(request).user
    with node_scope():
        reads = list(Entry.objects.filter(by=user.pk, kind__in=READS).order_by("-id")[:READS_SHOWN])
        device = _totp(user)
        left = StaticToken.objects.filter(device__user=user).count()
    return render(
        request,
        "account/account.html",
        {"account": user, "reads": reads, "device": device, "codes_left": left},
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    user = sight(request).user
    form = PasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        user.set_password(form.cleaned_data["new"])
        user.must_change_password = False
        with node_scope():
            user.save(update_fields=["password", "must_change_password"])
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password is changed. Other sessions of yours are signed out."))
        return redirect("account")
    status = 422 if request.method == "POST" else 200
    return render(request, "account/password.html", {"form": form, "account": user}, status=status)


# --- second factor -----------------------------------------------------------------------------------------------


def _totp(user: User, *, confirmed: bool = True) -> TOTPDevice | None:
    return TOTPDevice.objects.filter(user=user, confirmed=confirmed).first()


@never_cache
@require_http_methods(["GET", "POST"])
def two_factor(request: HttpRequest) -> HttpResponse:
    """Show the secret as a picture, and take it into use once a code proves that it was read."""
    user = sight(request).user
    with node_scope(), transaction.atomic():
        if _totp(user):
            return redirect("account")
        device = _totp(user, confirmed=False) or TOTPDevice.objects.create(
            user=user, name="totp", confirmed=False
        )
        form = TokenForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            if device.verify_token(form.cleaned_data["token"].replace(" ", "").strip()):
                device.confirmed = True
                device.save(update_fields=["confirmed"])
                _otp.login(request, device)
                return _show_codes(request, user)
            form.add_error("token", _("This code is wrong. Check that your telephone's clock is right."))
        status = 422 if request.method == "POST" else 200
        secret = " ".join(_base32(device)[start : start + 4] for start in range(0, 32, 4))
        return render(request, "account/two_factor.html", {"form": form, "secret": secret}, status=status)


def _base32(device: TOTPDevice) -> str:
    return base64.b32encode(device.bin_key).decode()


@never_cache
@require_GET
def two_factor_picture(request: HttpRequest) -> HttpResponse:
    """The secret as a QR code; only while it is not yet in use."""
    with node_scope():
        device = _totp(sight(request).user, confirmed=False)
        if device is None:
            raise Http404
        address = device.config_url
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True)
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def two_factor_off(request: HttpRequest) -> HttpResponse:
    """Give up the second factor, or make new recovery codes: both ask for the password again."""
    user = sight(request).user
    form = ConfirmPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if user.check_password(form.cleaned_data["password"]):
            with node_scope(), transaction.atomic():
                if request.POST.get("do") == "codes" and _totp(user):
                    return _show_codes(request, user)
                TOTPDevice.objects.filter(user=user).delete()
                StaticDevice.objects.filter(user=user).delete()
            messages.success(request, _("Your second factor is removed."))
            return redirect("account")
        form.add_error("password", _("This is not your present password."))
    status = 422 if request.method == "POST" else 200
    return render(request, "account/two_factor_off.html", {"form": form}, status=status)


def _show_codes(request: HttpRequest, user: User) -> HttpResponse:
    """New recovery codes, shown this once; the old ones are void."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery", confirmed=True)
    codes = [secrets.token_hex(5) for _number in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return render(request, "account/codes.html", {"codes": codes})


urlpatterns = [
    path("account", account, name="account"),
    path("account/password", password, name="account-password"),
    path("account/two-factor", two_factor, name="account-two-factor"),
    path("account/two-factor/picture.svg", two_factor_picture, name="account-two-factor-picture"),
    path("account/two-factor/off", two_factor_off, name="account-two-factor-off"),
]
