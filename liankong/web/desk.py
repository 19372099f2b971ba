"""What the desks share: permission at the door, refusals at their field, divisions as input, names of users."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liankong.actions import Forbidden, Refused
from liankong.store.models import User
from liankong.vocabulary import divisions
from liankong.web.context import sight
from liankong.web.places import division_name
from liankong.web.words import said

P = ParamSpec("P")
View = Callable[..., HttpResponse]
OFFERED = 400
UNPROCESSABLE = 422


def needs(*permissions: str) -> Callable[[View], View]:
    """Open a view only to seats that carry one of the permissions; a verb's own refusal leads to the same page."""

    def wrap(view: View) -> View:
        @wraps(view)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not any(sight(request).may(permission) for permission in permissions):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except Forbidden as error:
                raise PermissionDenied from error

        return run

    return wrap


def refuse(form: forms.Form, error: Refused) -> None:
    """Show a verb's refusal at the field at fault, or above the form."""
    form.add_error(error.field if error.field in form.fields else None, said(error))


def status_of(request: HttpRequest) -> int:
    """A form that comes back after a post was not taken."""
    return UNPROCESSABLE if request.method == "POST" else 200


class DivisionInput(forms.TextInput):
    """A text field that offers the divisions of a jurisdiction by code and name."""

    template_name = "organisations/division_input.html"

    def __init__(self, scope: str, **kwargs: Any) -> None:
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false"}, **kwargs)
        self.scope = scope

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context(name, value, attrs)
        listed = f"{found['widget']['attrs'].get('id', name)}_list"
        found["widget"]["attrs"]["list"] = listed
        found["widget"]["list"] = listed
        found["widget"]["offered"] = offered(self.scope)
        return found


class DivisionChoice(forms.CharField):
    """A division inside a jurisdiction, given as its code, its name, or both; "" only where `whole` allows it."""

    def __init__(self, scope: str, *, whole: bool = False, anywhere: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Division"))
        # A list of the whole nation would be longer than the page; there the name itself is typed.
        widget = (
            DivisionInput(scope) if scope or not anywhere else forms.TextInput(attrs={"autocomplete": "off"})
        )
        super().__init__(widget=widget, max_length=60, **kwargs)
        self.scope, self.whole, self.anywhere = scope, whole, anywhere

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "").strip()
        if not text:
            if self.required and not self.whole:
                raise forms.ValidationError(_("Give a division by its code or name."))
            return ""
        code = self._code(text)
        if not self.anywhere and not code.startswith(self.scope):
            raise forms.ValidationError(
                _("This division lies outside your jurisdiction, %(place)s.")
                % {"place": division_name(self.scope)}
            )
        return code

    def _code(self, text: str) -> str:
        head = text.split(maxsplit=1)[0]
        if head.isdigit():
            try:
                return divisions.get(head).code
            except divisions.UnknownDivision:
                raise forms.ValidationError(_("No division has this code.")) from None
        found = divisions.find(text, within="" if self.anywhere else self.scope)
        if not found:
            raise forms.ValidationError(_("No division of this name is known; give its code."))
        if len(found) > 1 and len(found[0].code) == len(found[1].code):
            raise forms.ValidationError(_("Several divisions bear this name; give the code."))
        return found[0].code


def offered(scope: str) -> list[tuple[str, str]]:
    """A jurisdiction itself and what lies in the two levels below it, as (code, name)."""
    top = [(scope, division_name(scope))] if scope else []
    below = divisions.children(scope)
    rows = top + [(child.code, division_name(child.code)) for child in below]
    for child in below:
        if len(rows) > OFFERED or len(child.code) >= 12:
            break
        rows += [(inner.code, division_name(inner.code)) for inner in divisions.children(child.code)]
    return rows[:OFFERED]


def user_names(keys: Iterable[int | None]) -> dict[int, str]:
    """User -> what to call them; users outside one's jurisdiction are missing, and show as their number."""
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return {}
    rows = User.objects.filter(pk__in=wanted).values_list("pk", "name", "username")
    return {key: name or username for key, name, username in rows}
