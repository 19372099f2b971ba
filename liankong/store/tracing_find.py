"""Who was where a case was, at the same time? Stays in the database that overlap, by place or by vehicle."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from liankong.protocols import Protocol
from liankong.rules import tracing as rules
from liankong.store import tracing
from liankong.store.models import Case, Person
from liankong.store.tracing_proposals import Met
from liankong.vocabulary.kinds import ExposureKind, FactSource, Protection, StayMode

# One row for each stay of the case and each person met in it. Two halves, so that each has its index.
_SHARED = """
SELECT person, stay, mode, place, min(met), max(parted), min(protection) FILTER (WHERE protection <> 'unknown')
FROM (
    SELECT theirs.person_id AS person, mine.id AS stay, mine.mode, mine.place_id AS place,
           greatest(mine.from_at, theirs.from_at) AS met, least(mine.until_at, theirs.until_at) AS parted,
           theirs.protection
    FROM store_stay mine JOIN store_stay theirs ON theirs.place_id = mine.place_id
    WHERE mine.person_id = %(person)s AND mine.confirmed_at IS NOT NULL AND mine.until_at >= %(since)s
      AND theirs.person_id <> mine.person_id
      AND theirs.from_at <= mine.until_at AND theirs.until_at >= mine.from_at
    UNION ALL
    SELECT theirs.person_id, mine.id, mine.mode, NULL::bigint,
           greatest(mine.from_at, theirs.from_at), least(mine.until_at, theirs.until_at), theirs.protection
    FROM store_stay mine JOIN store_stay theirs ON theirs.vehicle = mine.vehicle AND theirs.vehicle <> ''
    WHERE mine.person_id = %(person)s AND mine.confirmed_at IS NOT NULL AND mine.until_at >= %(since)s
      AND mine.vehicle <> '' AND theirs.person_id <> mine.person_id
      AND theirs.from_at <= mine.until_at AND theirs.until_at >= mine.from_at
) AS shared
GROUP BY person, stay, mode, place
ORDER BY person, stay
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """One person at the case's place or in the case's vehicle during one stay."""

    person: int
    stay: int
    mode: StayMode
    place: int | None
    from_at: datetime
    until_at: datetime
    protection: Protection


def shared_stays(case: Case, since: datetime) -> Iterator[Shared]:
    """Overlapping stays since a moment. Needs the node's scope: people do not stay inside districts."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARED, {"person": case.person_id, "since": since})
        for person, stay, mode, place, from_at, until_at, protection in cursor.fetchall():
            yield Shared(
                person, stay, StayMode(mode), place, from_at, until_at, Protection(protection or "unknown")
            )


def met_on_track(case: Case, protocol: Protocol) -> list[Met]:
    """Everybody who shared a stay with the case inside the window that counts."""
    if rules.contacts_absent(protocol) is not None:
        return []
    since = rules.infectious_span(tracing.infected(case), protocol).start
    found = []
    for one in shared_stays(case, since):
        kind = rules.kind_of_stay(one.mode)
        if kind is not None:
            found.append(
                Met(
                    person=one.person,
                    kind=kind,
                    from_at=one.from_at,
                    until_at=one.until_at,
                    minutes=int((one.until_at - one.from_at) / timedelta(minutes=1)),
                    metres=rules.metres_of_stay(one.mode, protocol),
                    protection=one.protection,
                    place=one.place,
                    stay=one.stay,
                    source=FactSource.SHARED_STAY,
                )
            )
    return found


def met_at_home(case: Case, protocol: Protocol, *, at: datetime) -> list[Met]:
    """Those who live with the case, as the register has them: exposed until now, or until the case was isolated."""
    person = Person.objects.select_related("household").get(pk=case.person_id)
    home = person.household
    if home is None or rules.contacts_absent(protocol) is not None:
        return []
    span = rules.infectious_span(tracing.infected(case), protocol)
    longest = protocol.incubation.longest
    # They have lived together all along; how far back counts is the look-back's to say, also when the onset moves.
    since = span.start if longest is None else span.start - longest.value
    until = tracing.apart_from(case, at=at)
    members = home.members.exclude(pk=person.pk).filter(purged_at__isnull=True).order_by("pk")
    return [
        Met(
            person=member,
            kind=ExposureKind.HOUSEHOLD,
            from_at=min(since, until),
            until_at=until,
            place=home.dwelling_id,
            source=FactSource.HOUSEHOLD,
        )
        for member in members.values_list("pk", flat=True)
    ]
