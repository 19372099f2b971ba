"""Opens the database to the jurisdiction of whoever is signed in, for the length of one request, and no wider."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404

from liankong.store.access import node_scope, scope
from liankong.store.models import User
from liankong.web.context import SightedRequest, now, open_sight

# Programs bring a token and a scope of their own.
OWN_DOORS = ("/api/",)
WITHOUT_POST = {"account", "account-password", "account-two-factor", "sign-out", "preferences", "language"}
BEFORE_NEW_PASSWORD = {"account-password", "sign-out", "preferences"}


class SightMiddleware:
    """Sign-in is the rule; a view that is open to all is marked with `login_not_required`.

    Placed after the session, authentication and one-time-password middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith((*OWN_DOORS, settings.STATIC_URL)):
            return self.get_response(request)
        # The session's user, devices and posts cannot be read from inside a jurisdiction that is not known yet.
        with node_scope():
            user = request.user
            if not user.is_authenticated:
                return self._stranger(request)
            at = now()
            seen = open_sight(request, user, at)
        sighted = cast("SightedRequest", request)
        if seen.seat is None:
            sighted.sight = seen
            return self._without_post(request, seen.user)
        with scope(seen.division, seen.user.pk):
            sighted.sight = seen
            if seen.user.must_change_password and url_name(request) not in BEFORE_NEW_PASSWORD:
                return redirect("account-password")
            return self.get_response(request)

    def _stranger(self, request: HttpRequest) -> HttpResponseBase:
        if open_to_all(request):
            return self.get_response(request)
        address = resolve_url(settings.LOGIN_URL)
        if request.headers.get("HX-Request"):
            # A fragment must not become a sign-in form inside a page.
            return HttpResponse(status=401, headers={"HX-Redirect": address})
        return redirect_to_login(request.get_full_path(), address)

    def _without_post(self, request: HttpRequest, user: User) -> HttpResponseBase:
        """Someone whom no post seats sees their own account and nothing of the outbreak."""
        if url_name(request) in WITHOUT_POST or open_to_all(request):
            with scope(user.division, user.pk):
                return self.get_response(request)
        return render(request, "account/no_post.html", {"account": reverse("account")}, status=403)


def view_of(request: HttpRequest) -> Any:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def url_name(request: HttpRequest) -> str:
    match = view_of(request)
    return (match.url_name or "") if match else ""


def open_to_all(request: HttpRequest) -> bool:
    match = view_of(request)
    return match is not None and not getattr(match.func, "login_required", True)
