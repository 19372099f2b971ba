"""What is a division, an organisation or a post called? A code without a name shows itself."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liankong.store.models import OrganisationTerm
from liankong.store.organisations import in_force
from liankong.vocabulary import divisions
from liankong.web.labels import label


def division_name(code: str) -> str:
    """The division's name in the reader's language, where that is known; "" is the whole node."""
    if not code:
        return _("Whole node")
    try:
        found = divisions.get(code)
    except divisions.UnknownDivision:
        return code
    return found.english if get_language() == "en" else found.name


def short_path(code: str) -> str:
    """County and street, where the code reaches that far."""
    if len(code) <= 6:
        return division_name(code)
    return f"{division_name(code[:6])} {division_name(code[:9])}"


def division_path(code: str) -> str:
    """The names from county down, so that a community can be told from its namesakes."""
    lengths = [length for length in (6, 9, 12) if length <= len(code)]
    return " ".join(division_name(code[:length]) for length in lengths) or division_name(code)


def organisation_names(ids: Iterable[int], at: datetime) -> dict[int, str]:
    """What organisations are called at an hour, in the reader's language. One query."""
    english = get_language() == "en"
    terms = OrganisationTerm.objects.filter(in_force(at), organisation__in=set(ids))
    return {term.organisation_id: (english and term.english) or term.name for term in terms}


def post_title(title: str, role: str) -> str:
    """A post's title. Titles are kept in the organisation's own language: English readers see the role instead."""
    if title.isascii() or get_language() != "en":
        return title
    return str(label("role", role).text)
