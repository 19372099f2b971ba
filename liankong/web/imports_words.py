"""What the fields of a line list are called, and which closed list each code belongs to."""

from django.utils.translation import gettext as _

KIND_GROUPS = {
    "sex": "sex",
    "classification": "class",
    "severity": "severity",
    "origin": "origin",
    "outcome": "outcome",
}


def field_words(name: str) -> str:
    """What a field of a mapping is called."""
    words = {
        "key": _("Case number"),
        "sex": _("Sex"),
        "classification": _("Class"),
        "severity": _("Severity"),
        "origin": _("Origin"),
        "outcome": _("Outcome"),
        "age": _("Age"),
        "age_high": _("Age, upper end of a band"),
        "origin_place": _("Place of origin"),
        "place": _("Place"),
        "hospital": _("Hospital"),
        "cluster": _("Cluster"),
        "exposure": _("Exposure"),
        "notes": _("Notes"),
        "exposed_from": _("Exposed from"),
        "exposed_to": _("Exposed until"),
        "onset": _("Onset"),
        "sampled": _("Sampled"),
        "isolated": _("Isolated"),
        "admitted": _("Admitted"),
        "reported": _("Reported"),
        "confirmed": _("Confirmed"),
        "outcome_day": _("Day of outcome"),
        "died": _("Died"),
        "infectors": _("Infected by"),
        "personal.name": _("Name"),
        "personal.id_number": _("ID number"),
        "personal.phone": _("Phone"),
        "personal.address": _("Address"),
    }
    return words.get(name, name)
