"""What a busy town's own rows are called, and what its people wrote: words that no catalogue translates."""

import re

from django.conf import settings
from django.db.models import Model
from support.town import JINNAN
from web_town import LIST, TEXT
from web_town_desks import MEETING
from web_words import ENGLISH, LATIN

from liankong.store import models
from liankong.store.access import node_scope
from liankong.vocabulary import divisions

NAMES: tuple[tuple[type[Model], str], ...] = (
    (models.User, "username"),
    (models.User, "name"),
    (models.Post, "title"),
    (models.Outbreak, "code"),
    (models.Outbreak, "name"),
    (models.Outbreak, "english"),
    (models.OrganisationTerm, "name"),
)
WRITTEN: tuple[tuple[type[Model], str], ...] = (
    (models.Case, "exposure"),
    (models.Place, "name"),
    (models.StaffTerm, "job"),
    (models.Vehicle, "plate"),
    (models.Zone, "name"),
    (models.Zone, "reason"),
    (models.Zone, "legal_basis"),
    (models.ZoneStep, "reason"),
    (models.Appeal, "answer"),
    (models.Order, "title"),
    (models.Order, "text"),
    (models.Order, "proof"),
    (models.Order, "reason"),
    (models.Order, "sentence"),
    (models.Batch, "title"),
    (models.Handover, "text"),
    (models.StandingNeed, "what"),
    (models.Inquiry, "what"),
    (models.Inquiry, "answer"),
    (models.InquiryStep, "note"),
    (models.Stay, "place_text"),
    (models.SourceHypothesis, "text"),
    (models.Contact, "reason"),
)


def names() -> tuple[set[str], str]:
    """Latin words in small letters, and all Chinese text. An imported file is called list.csv."""
    with node_scope():
        called = [
            text for model, field in NAMES for text in model._default_manager.values_list(field, flat=True)
        ]
        written = [
            text for model, field in WRITTEN for text in model._default_manager.values_list(field, flat=True)
        ]
    codes = ["12", *(part.code for part in divisions.children(JINNAN)), "5105", "4101", "31"]
    places = [divisions.get(code).name for code in codes]
    chinese = [*called, *written, *places, *map(str, dict(settings.LANGUAGES).values()), LIST, TEXT, MEETING]
    latin = {word.lower() for text in called for word in re.findall(ENGLISH, text)}
    return LATIN | latin | {"list"}, " ".join([*chinese, "病例一所需三次阳性核减"])
