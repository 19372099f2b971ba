"""Whose personal data must go now, who agreed to it, and how do we prove that they went?

What is destroyed: the identity (name, ID number, phone, addresses), a household's address when its last member's
identity goes, day of birth, occupation and registered place, whereabouts, words about the person's exposure, source,
isolation and needs, what was disclosed to other headquarters; and, when a response ends, the sealed contents of
rejected rows, proofs, notes and appeals. What stays: numbers that count (sex, division, age at the case, days, links),
so that bulletins and studies still add up.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Sum

from liankong.actions import Refused, action
from liankong.protocols.standing import RetentionStart, retention
from liankong.rules import registry as rules
from liankong.store import log, retention_copies, seals
from liankong.store import retention as due
from liankong.store.log import Actor
from liankong.store.models import (
    Case,
    CaseLink,
    Entry,
    Household,
    Identity,
    Person,
    PurgeCertificate,
    Stay,
)
from liankong.store.retention import Scope
from liankong.vocabulary.facts import PersonalDataPurged, PurgeApproved, PurgeProposed
from liankong.vocabulary.spans import SHANGHAI

Progress = Callable[[int, int], None]

BATCH = 5_000  # persons in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One retention class: how many identities are held, how many must go now, and why no more."""

    retention: str
    held: int
    due: int
    kept_by_law: int
    waiting_for: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a purge would destroy. `copies` counts sealed contents by kind, `needs_second` asks for a second person."""

    scope: Scope
    lines: tuple[Line, ...]
    copies: dict[str, int]
    needs_second: bool

    @property
    def persons(self) -> int:
        return sum(line.due for line in self.lines)


@action("access.purge")
def survey(*, division: str, by: Actor, at: datetime, assessed_until: date | None = None) -> Survey:
    """Count what must go, class by class. Destroys nothing."""
    scope = Scope(division=_inside(division, by), today=due.local_today(at), assessed_until=assessed_until)
    lines = tuple(_line(code, scope) for code in due.codes(scope))
    return Survey(
        scope=scope,
        lines=lines,
        copies={one.name: one.due.count() for one in retention_copies.of_response(scope)},
        needs_second=_needs_second(sum(line.due for line in lines), at),
    )


@action("access.purge")
def propose(*, division: str, by: Actor, at: datetime, assessed_until: date | None = None) -> Entry:
    """Ask for a large destruction. The entry's number is what a second person approves."""
    newest = Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    scope = Scope(
        division=_inside(division, by),
        today=due.local_today(at),
        assessed_until=assessed_until,
        newest=newest,
    )
    count, digest = _named(scope)
    if not count:
        raise Refused("nobody's data are due there")
    fact = PurgeProposed(
        user=_named_user(by),
        division=division,
        due_on=scope.today,
        assessed_until=assessed_until,
        newest=newest,
        persons=count,
        digest=digest,
    )
    return log.record(fact, subject=_named_user(by), division=division, by=by, at=at)


@action("access.purge")
def approve(*, proposal: int, by: Actor, at: datetime) -> Entry:
    """Agree to a proposed destruction. Never by the one who proposed it, and only while it is still the same."""
    entry = _proposal(proposal, at)
    _inside(entry.division, by)
    if entry.by == _named_user(by):
        raise Refused("a second person must agree, not the one who proposed it")
    if _named(_scope_of(entry)) != (entry.body["persons"], entry.body["digest"]):
        raise Refused("what would be destroyed has changed since it was proposed: propose it again")
    fact = PurgeApproved(user=_named_user(by), proposal=entry.pk)
    return log.record(fact, subject=entry.pk, division=entry.division, by=by, at=at, cause=entry)


@action("access.purge")
def purge_batch(
    *,
    by: Actor,
    at: datetime,
    division: str = "",
    proposal: int | None = None,
    assessed_until: date | None = None,
    limit: int = BATCH,
) -> PurgeCertificate | None:
    """Destroy one batch of one class and certify it, in one transaction; None when nothing is left.

    Interrupted between batches, what is destroyed is certified and the rest is still there: run it again.
    """
    # One destroyer at a time: two could otherwise each stay below the limit for one.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('liankong.purge'))")
    if proposal is not None:
        scope = _scope_of(_approved(proposal, at))
        _inside(scope.division, by)
    else:
        scope = Scope(
            division=_inside(division, by), today=due.local_today(at), assessed_until=assessed_until
        )
        if _needs_second(sum(due.persons(code, scope).count() for code in due.codes(scope)), at):
            raise Refused(
                "more than {most} persons: propose it, and let a second person approve",
                field="proposal",
                most=retention().limits.alone_up_to.value,
            )
    for code in due.codes(scope):
        persons = list(
            due.persons(code, scope)
            .select_for_update(of=("self",))
            .order_by("pk")
            .values_list("pk", flat=True)[:limit]
        )
        if persons:
            return _certify(code, scope, proposal, by, at, persons=persons, destroyed=_destroy(persons, at))
    for copies in retention_copies.of_response(scope):
        rows = list(copies.due.order_by("pk").values_list("pk", flat=True)[:limit])
        if rows:
            copies.empty(rows)
            return _certify(copies.name, scope, proposal, by, at, persons=[], destroyed={copies.name: rows})
    return None


def purge(
    *,
    by: Actor,
    at: datetime,
    division: str = "",
    proposal: int | None = None,
    assessed_until: date | None = None,
    progress: Progress | None = None,
) -> Iterator[PurgeCertificate]:
    """Batch after batch until nothing is left; each certificate stands as soon as it is given."""
    done = 0
    while True:
        certificate = purge_batch(
            by=by, at=at, division=division, proposal=proposal, assessed_until=assessed_until
        )
        if certificate is None:
            return
        done += certificate.persons
        if progress is not None:
            progress(done, certificate.persons)
        yield certificate


def verify_certificate(row: PurgeCertificate) -> tuple[str, ...]:
    """What is wrong with a certificate: not as signed, or what it says was destroyed is still there."""
    flaws = []
    if row.digest != certificate_digest(row):
        flaws.append("the certificate was changed")
    if not seals.signed_by_us(row.digest, row.signature):
        flaws.append("the signature is not this node's")
    persons = row.body.get("persons", [])
    if row.persons != len(persons):
        flaws.append("the number of persons is not the number listed")
    if Identity.objects.filter(person_id__in=persons).exists():
        flaws.append("an identity that it lists is still held")
    if Person.objects.filter(pk__in=persons, purged_at__isnull=True).exists():
        flaws.append("a person that it lists is not marked as purged")
    if Stay.objects.filter(person_id__in=persons).exists():
        flaws.append("whereabouts of a person that it lists are still held")
    flaws += [
        f"{name}: a row that it lists still has its contents"
        for name in retention_copies.SEALED
        if retention_copies.still_held(name, row.body.get(name, []))
    ]
    return tuple(flaws)


def certificate_digest(row: PurgeCertificate) -> str:
    """SHA-256 over all that a certificate says."""
    values = [
        row.division,
        row.retention,
        row.persons,
        row.issued_at.astimezone(SHANGHAI).isoformat(),
        row.issued_by_id,
        row.body,
    ]
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _line(code: str, scope: Scope) -> Line:
    held = due.held(scope).filter(retention=code).count()
    if code not in rules.retention_classes():
        reason = "The rules know no such class: nothing is destroyed until it has one."
        return Line(retention=code, held=held, due=0, kept_by_law=0, waiting_for=(), reason=reason)
    past, now = due.past(code, scope).count(), due.persons(code, scope).count()
    starts = retention().of(code).starts
    going = [] if starts is RetentionStart.CREATED else due.responses(code, scope)[1]
    found = rules.destruction(code, created=scope.today)
    number = "; ".join(str(citation) for citation in found.why.numbers)
    return Line(
        retention=code,
        held=held,
        due=now,
        kept_by_law=past - now,
        waiting_for=tuple(sorted(outbreak.code for outbreak in going)),
        reason=number,
    )


# --- who agreed -----------------------------------------------------------------------------------------------


def _named_user(by: Actor) -> int:
    if by.user is None:
        raise Refused("a named person must do this")
    return by.user


def _inside(division: str, by: Actor) -> str:
    """The division, if the actor answers for it."""
    if not division.startswith(by.division):
        raise Refused("this lies outside your jurisdiction", field="division")
    return division


def _needs_second(persons: int, at: datetime) -> bool:
    """Whether so many persons more, beside those destroyed lately, are more than one user's word is enough for."""
    limits = retention().limits
    # Many small purges are one large one.
    lately = PurgeCertificate.objects.filter(
        issued_at__gt=at - limits.alone_within.value, body__proposal=None
    )
    alone = int(lately.aggregate(persons=Sum("persons"))["persons"] or 0)
    return persons + alone > limits.alone_up_to.value


def _named(scope: Scope) -> tuple[int, str]:
    """How many persons are due, and a digest over their numbers."""
    count, digest = 0, hashlib.sha256()
    for code in due.codes(scope):
        for person in (
            due.persons(code, scope).order_by("pk").values_list("pk", flat=True).iterator(chunk_size=50_000)
        ):
            digest.update(f"{person}\n".encode())
            count += 1
    return count, digest.hexdigest()


def _proposal(number: int, at: datetime) -> Entry:
    entry = Entry.objects.filter(pk=number, kind=PurgeProposed.__name__).first()
    if entry is None:
        raise Refused("there is no such proposal in your jurisdiction", field="proposal")
    if not entry.occurred_at <= at < entry.occurred_at + retention().limits.agreed_for.value:
        raise Refused("this proposal has lapsed: propose it again", field="proposal")
    return entry


def _approved(number: int, at: datetime) -> Entry:
    entry = _proposal(number, at)
    approval = Entry.objects.filter(kind=PurgeApproved.__name__, cause=entry.pk).first()
    if approval is None or approval.by == entry.by:
        raise Refused("no second person has approved this yet", field="proposal")
    return entry


def _scope_of(entry: Entry) -> Scope:
    """Exactly what was proposed: nobody who fell due or was registered since."""
    until = entry.body["assessed_until"]
    return Scope(
        division=entry.body["division"],
        today=date.fromisoformat(entry.body["due_on"]),
        assessed_until=date.fromisoformat(until) if until else None,
        newest=entry.body["newest"],
    )


# --- destroying -----------------------------------------------------------------------------------------------


def _destroy(persons: list[int], at: datetime) -> dict[str, Any]:
    homes = set(Person.objects.filter(pk__in=persons).values_list("household_id", flat=True)) - {None}
    identities, _ = Identity.objects.filter(person_id__in=persons).delete()
    Person.objects.filter(pk__in=persons).update(
        purged_at=at, birth_date=None, occupation="", registered_division=""
    )
    Case.objects.filter(person_id__in=persons).update(exposure="")
    CaseLink.objects.filter(case__person_id__in=persons).update(exposure="")
    inhabited = Person.objects.filter(household_id__in=homes, purged_at__isnull=True)
    empty = homes - set(inhabited.values_list("household_id", flat=True))
    addresses = Household.objects.filter(pk__in=empty).exclude(address_sealed=b"").update(address_sealed=b"")
    return {"identities": identities, "addresses": addresses, **retention_copies.destroy_of(persons, at)}


def _certify(
    code: str,
    scope: Scope,
    proposal: int | None,
    by: Actor,
    at: datetime,
    *,
    persons: list[int],
    destroyed: dict[str, Any],
) -> PurgeCertificate:
    row = PurgeCertificate(
        division=scope.division,
        retention=code,
        persons=len(persons),
        issued_at=at,
        issued_by_id=_named_user(by),
        body={
            "format": 1,
            "due_on": scope.today.isoformat(),
            "proposal": proposal,
            "persons": persons,
            **destroyed,
        },
    )
    row.digest = certificate_digest(row)
    row.signature = seals.sign(row.digest)
    row.save(force_insert=True)
    fact = PersonalDataPurged(
        certificate=row.pk, retention_class=code, persons=len(persons), digest=row.digest
    )
    cause = Entry.objects.filter(pk=proposal).first() if proposal is not None else None
    log.record(fact, subject=row.pk, division=scope.division, by=by, at=at, cause=cause)
    return row
