"""Which personal data are past their date? The rules say when; this finds the rows."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from liankong.protocols.standing import RetentionStart, retention
from liankong.rules import registry as rules
from liankong.store.access import node_scope
from liankong.store.models import Case, Outbreak, Person, RejectedRow
from liankong.vocabulary.spans import SHANGHAI, Span

REPORT_CARD, EMERGENCY = "report_card", "emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose data are looked at: a division, on a day, up to a person's number (what a proposal named)."""

    division: str
    today: date
    assessed_until: date | None = None
    newest: int | None = None


def local_today(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def codes(scope: Scope) -> list[str]:
    """The classes of the identities held; one that the rules do not know is shown, and never destroyed."""
    return sorted(held(scope).values_list("retention", flat=True).distinct())


def held(scope: Scope) -> "QuerySet[Person]":
    rows = Person.objects.filter(purged_at__isnull=True, division__startswith=scope.division)
    return rows if scope.newest is None else rows.filter(pk__lte=scope.newest)


def persons(code: str, scope: Scope) -> "QuerySet[Person]":
    """Persons whose class has ended and whom no report card keeps."""
    until = _created_before(REPORT_CARD, scope)
    card = Case.objects.filter(person=OuterRef("pk"), reported_at__gte=until)
    return past(code, scope).exclude(Exists(card))


def past(code: str, scope: Scope) -> "QuerySet[Person]":
    """Persons whose own class has ended."""
    rows = held(scope).filter(retention=code)
    if code not in rules.retention_classes():
        return rows.none()
    if retention().of(code).starts is RetentionStart.CREATED:
        return rows.filter(created_at__lt=_created_before(code, scope))
    ended, going = responses(code, scope)
    return rows.filter(touched(ended, made="created_at")).exclude(touched(going))


def _created_before(code: str, scope: Scope) -> datetime:
    """Records of a class that counts from their making are due when made before this moment.

    The rule is asked, not repeated: it is monotone in the day of making, so halving finds the last due one.
    """
    low, high = date(1900, 1, 1).toordinal(), scope.today.toordinal() + 1
    while high - low > 1:
        middle = (low + high) // 2
        is_past = rules.destruction(code, created=date.fromordinal(middle)).is_due(scope.today)
        low, high = (middle, high) if is_past else (low, middle)
    return Span.of_day(date.fromordinal(low + 1)).start


def responses(code: str, scope: Scope) -> tuple[list[Outbreak], list[Outbreak]]:
    """Outbreaks whose response has ended long enough ago for a class, and those for which data still serve.

    Studies of imported line lists are no response and hold nothing back.
    """
    ended: list[Outbreak] = []
    going: list[Outbreak] = []
    with node_scope():
        # A response that a superior commands lies above the actor's sight, and its data still serve it.
        outbreaks = list(Outbreak.objects.filter(study=False))
    for outbreak in outbreaks:
        closed = outbreak.closed_at and local_today(outbreak.closed_at)
        found = rules.destruction(
            code,
            created=local_today(outbreak.opened_at),
            response_ended=closed,
            assessed_until=scope.assessed_until,
        )
        (ended if found.is_due(scope.today) else going).append(outbreak)
    return ended, going


def touched(outbreaks: list[Outbreak], *, field: str = "division", made: str = "") -> Q:
    """Rows for whose division one of the outbreaks was fought: it holds the division, or lies inside it.

    With `made`, the column that says when a row was made: only what was there before the outbreak was closed.
    """
    found = Q(pk__in=[])
    for outbreak in outbreaks:
        code = outbreak.division
        above = [code[:length] for length in (2, 4, 6, 9)]
        here = Q(**{f"{field}__startswith": code}) | Q(**{f"{field}__in": above})
        if made:
            # Somebody registered after a response ended was not registered for it.
            here &= Q(**{f"{made}__lte": outbreak.closed_at})
        found |= here
    return found


def closed(scope: Scope) -> list[Outbreak]:
    """Outbreaks that are over for what was collected to fight them."""
    with node_scope():
        outbreaks = list(Outbreak.objects.filter(closed_at__isnull=False))
    return [
        outbreak
        for outbreak in outbreaks
        if rules.destruction(
            EMERGENCY,
            created=local_today(outbreak.opened_at),
            response_ended=outbreak.closed_at and local_today(outbreak.closed_at),
        ).is_due(scope.today)
    ]


def rows(scope: Scope) -> "QuerySet[RejectedRow]":
    """Contents of rejected rows: working copies for the response, so they go with it."""
    ended = [outbreak.pk for outbreak in closed(scope)]
    return RejectedRow.objects.filter(
        source__outbreak__in=ended, source__division__startswith=scope.division
    ).exclude(content_sealed=b"")
