"""How does this reader want to see the console: language, light or dark, which post, which outbreak?"""

from typing import TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from liankong.store.models import User
from liankong.web.context import OUTBREAK_KEY, POST_KEY

THEME_COOKIE = "liankong-theme"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600

R = TypeVar("R", bound=HttpResponseBase)


def remember(response: R, *, language: str = "", theme: str = "") -> R:
    """Keep the choice in the browser, so that the sign-in page has it too."""
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=YEAR,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """One form for all switches of the top bar; what is not posted stays."""
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(wanted if safe else "/")
    if request.user.is_authenticated:
        chosen = {
            **({"language": language} if language in dict(settings.LANGUAGES) else {}),
            **({"theme": theme} if theme in THEMES else {}),
        }
        if chosen:
            User.objects.filter(pk=request.user.pk).update(**chosen)
        for key, name in ((POST_KEY, "post"), (OUTBREAK_KEY, "outbreak")):
            value = request.POST.get(name)
            if value:
                # What the session names is looked up among the user's own posts and visible outbreaks.
                request.session[key] = int(value) if name == "post" and value.isdecimal() else value
    return remember(response, language=language, theme=theme)


urlpatterns = [path("preferences", preferences, name="preferences")]
