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
CHOSEN = "chosen_before_sign_in"
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


def take_up(request: HttpRequest, user: User) -> None:
    """What was chosen on the sign-in page becomes the preference of whoever signs in there."""
    chosen = request.session.pop(CHOSEN, None)
    if chosen:
        for name, value in chosen.items():
            setattr(user, name, value)
        user.save(update_fields=list(chosen))


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """One form for all switches of the top bar; what is not posted stays."""
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(wanted if safe else "/")
    chosen = {
        **({"language": language} if language in dict(settings.LANGUAGES) else {}),
        **({"theme": theme} if theme in THEMES else {}),
    }
    if not request.user.is_authenticated:
        if chosen:
            # Whose preference this is shows when they have signed in; see `take_up`.
            request.session[CHOSEN] = {**request.session.get(CHOSEN, {}), **chosen}
    else:
        if chosen:
            User.objects.filter(pk=request.user.pk).update(**chosen)
        for key, name in ((POST_KEY, "post"), (OUTBREAK_KEY, "outbreak")):
            value = request.POST.get(name)
            if value:
                # What the session names is looked up among the user's own posts and visible outbreaks.
                request.session[key] = int(value) if name == "post" and value.isdecimal() else value
    return remember(response, language=language, theme=theme)


urlpatterns = [path("preferences", preferences, name="preferences")]
