"""Proposals for many at once: whoever nothing is known of yet is placed in memory and written together.

Where somebody of the household is kept apart already, or stands proposed, each is proposed on their own as ever
(`isolation_propose.propose_person`), which is also what this must agree with.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from liankong.protocols.words import Placement
from liankong.rules import isolation as rules
from liankong.store import isolation as store
from liankong.store import orders
from liankong.store.isolation_propose import (
    Asked,
    Proposals,
    fill,
    member_of,
    order_of,
    propose_person,
    settle,
    tell,
    wanted_of,
)
from liankong.store.log import Actor
from liankong.store.models import Entry, Isolation
from liankong.store.organisations import NobodyResponsible, responsible_for
from liankong.vocabulary.kinds import OrganisationKind
from liankong.vocabulary.spans import local_day


def propose_many(asked: Sequence[Asked], *, by: Actor, at: datetime, cause: Entry | None) -> list[Isolation]:
    """Propose for many people; as if each were proposed in turn, in a few statements where nothing stands yet.

    Returns the proposals and stays that hold now. The people come with their households loaded.
    """
    fresh, known = _apart(asked)
    turn = {one.person.pk: number for number, one in enumerate(asked)}
    found = _write(fresh, turn, by=by, at=at, cause=cause)
    told: Proposals = {}
    for one in known:
        row = propose_person(one, by=by, at=at, cause=cause, told=told)
        if row is not None:
            found.append(row)
    tell(told, by=by, at=at, cause=cause)
    return found


Home = tuple[str, int]


def _home(one: Asked) -> Home:
    household = one.person.household_id
    return ("alone", one.person.pk) if household is None else ("household", household)


def _apart(asked: Sequence[Asked]) -> tuple[dict[Home, list[Asked]], list[Asked]]:
    """Households of which nothing is known yet, and those people who must be looked at one by one."""
    homes: dict[Home, list[Asked]] = {}
    for one in asked:
        homes.setdefault(_home(one), []).append(one)
    open_rows = Isolation.objects.filter(
        Q(person__in=[one.person.pk for one in asked])
        | Q(person__household__in=[key for kind, key in homes if kind == "household"]),
        released_at__isnull=True,
    ).values_list("person_id", "person__household_id")
    busy: set[Home] = set()
    for person, household in open_rows:
        busy |= {("alone", person), ("household", household or 0)}
    for home, members in homes.items():
        mixed = len({one.protocol.id for one in members}) > 1
        if mixed or len({one.person.pk for one in members}) < len(members):
            busy.add(home)
    fresh = {home: members for home, members in homes.items() if home not in busy}
    return fresh, [one for one in asked if _home(one) in busy]


def _write(
    homes: dict[Home, list[Asked]],
    turn: dict[int, int],
    *,
    by: Actor,
    at: datetime,
    cause: Entry | None,
) -> list[Isolation]:
    """Arrange household by household in memory; then orders, isolations and facts, each in one go and in `turn`."""
    rows: list[Isolation] = []
    placed: list[tuple[Isolation, str]] = []
    for members in homes.values():
        mine = [row for row in (_row(one, at) for one in members) if row is not None]
        rows += mine
        placed += _arrange(mine, members[0], at)
    placed.sort(key=lambda one: turn[one[0].person_id])
    _draft(placed, by=by, at=at, cause=cause)
    made = Isolation.objects.bulk_create(sorted(rows, key=lambda row: turn[row.person_id]))
    tell(
        {row.pk: (row, Placement(row.placement), row.protocol) for row, _basis in placed},
        by=by,
        at=at,
        cause=cause,
    )
    return made


def _row(one: Asked, at: datetime) -> Isolation | None:
    wanted = wanted_of(one, None, at)
    if wanted is None or one.subject is None:
        return None
    row = Isolation(person=one.person, created_at=at, determined_at=one.determined_at)
    fill(row, one, one.subject, wanted, None)
    return row


def _arrange(rows: Sequence[Isolation], one: Asked, at: datetime) -> list[tuple[Isolation, str]]:
    """The rows of one household with their places; each with what its order rests on."""
    placed = {
        mine.key: mine
        for mine in rules.arrange([member_of(row, at) for row in rows], one.protocol, on=local_day(at))
    }
    found = []
    for row in rows:
        mine = placed[row.person_id]
        if mine.placement is not None:
            found.append((row, settle(row, mine, mine.missing, one.protocol)))
    return found


def _draft(placed: Sequence[tuple[Isolation, str]], *, by: Actor, at: datetime, cause: Entry | None) -> None:
    """The orders of all moves as drafts; whoever moves and who orders is looked up once for all."""
    moves = {(Placement(row.placement), row.division) for row, _basis in placed}
    movers = store.movers(moves, at)
    divisions = {division for _placement, division in moves}
    issuers = responsible_for(OrganisationKind.HEADQUARTERS, divisions, at) if divisions else {}
    by_protocol: dict[str, list[tuple[Isolation, str]]] = {}
    for row, basis in placed:
        if row.division not in issuers:
            raise NobodyResponsible(f"no headquarters answers for division {row.division}")
        by_protocol.setdefault(row.protocol, []).append((row, basis))
    for protocol, mine in by_protocol.items():
        made = orders.issue_many(
            [
                order_of(
                    row,
                    basis,
                    to=movers[Placement(row.placement), row.division],
                    issuer=issuers[row.division],
                    at=at,
                )
                for row, basis in mine
            ],
            by=by,
            at=at,
            cause=cause,
            protocol=protocol,
            draft=True,
        )
        for (row, _basis), order in zip(mine, made, strict=True):
            row.order = order
