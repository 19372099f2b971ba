"""Which outbreak does a new fact belong to, and which protocol is in force for it?"""

from datetime import datetime

from django.db.models import F, Q

from liankong.store.models import Outbreak


class NoOutbreak(LookupError):
    """No open outbreak covers the division at that hour: the headquarters must open one first."""


def current(division: str, at: datetime) -> Outbreak:
    """The newest outbreak open at `at` whose division holds `division`."""
    prefixes = [division[:length] for length in (12, 9, 6, 4, 2, 0) if length <= len(division)]
    rows = Outbreak.objects.filter(
        Q(closed_at__isnull=True) | Q(closed_at__gt=at), division__in=prefixes, opened_at__lte=at, study=False
    )
    found = rows.order_by(F("opened_at").desc(), "-pk").first()
    if found is None:
        raise NoOutbreak(f"no open outbreak covers division {division} at {at.isoformat()}")
    return found
