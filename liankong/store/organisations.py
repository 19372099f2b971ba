"""Dated structure: who answers for a division now, and whom an organisation answers to."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from liankong.store.models import Holding, Organisation, OrganisationTerm, Post, User
from liankong.vocabulary.kinds import OrganisationKind, Role


class NobodyResponsible(LookupError):
    """No organisation of that kind exists for the division or anything above it at that hour."""


def in_force(at: datetime) -> Q:
    return Q(from_at__lte=at) & (Q(until_at__isnull=True) | Q(until_at__gt=at))


def terms(at: datetime) -> "QuerySet[OrganisationTerm]":
    """The structure as it stands at an hour."""
    return OrganisationTerm.objects.filter(in_force(at)).select_related("organisation", "parent")


def responsible(kind: OrganisationKind, division: str, at: datetime) -> Organisation:
    """The organisation of that kind for the smallest division that holds `division`.

    Raises NobodyResponsible when there is none up to the top.
    """
    found = responsible_for(kind, [division], at).get(division)
    if found is None:
        raise NobodyResponsible(f"no {kind} answers for division {division} at {at.isoformat()}")
    return found


def responsible_for(
    kind: OrganisationKind, divisions: Iterable[str], at: datetime
) -> dict[str, Organisation]:
    """As `responsible`, for many divisions in one query; where nobody answers, the division is left out."""
    prefixes = {
        division: {division[:length] for length in (12, 9, 6, 4, 2, 0) if length <= len(division)}
        for division in divisions
    }
    rows = list(
        Organisation.objects.filter(
            Q(terms__in=OrganisationTerm.objects.filter(in_force(at))),
            kind=kind,
            division__in=sorted(set().union(*prefixes.values())),
        )
    )
    best = {
        division: max(
            (row for row in rows if row.division in mine),
            key=lambda row: (len(row.division), -row.pk),
            default=None,
        )
        for division, mine in prefixes.items()
    }
    return {division: row for division, row in best.items() if row is not None}


def holdings(user: User, at: datetime) -> "QuerySet[Holding]":
    """Posts that a user holds at an hour."""
    return (
        Holding.objects.filter(in_force(at), user=user)
        .select_related("post", "post__organisation")
        .order_by("post__organisation__division", "post_id")
    )


def roles(user: User, at: datetime) -> frozenset[Role]:
    return frozenset(Role(holding.post.role) for holding in holdings(user, at))


def posts_of(organisation: Organisation) -> "QuerySet[Post]":
    return Post.objects.filter(organisation=organisation)
