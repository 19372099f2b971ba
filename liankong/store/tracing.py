"""The graph of contacts as rows: read around whomever something concerns, calculated by the rules, written back.

The whole of it is read under the node's scope: a class may hang on a contact in another district, whom the acting
user does not see and is not shown.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from liankong import protocols
from liankong.protocols import Protocol
from liankong.rules.tracing import Grade, Infected, Meeting
from liankong.rules.tracing_graph import Finding, Followed, Graph, Verdict, recompute
from liankong.rules.why import Why
from liankong.store import log, tracing_checks
from liankong.store.log import Actor, Told
from liankong.store.models import Case, Check, Contact, Entry, Exposure, Outbreak, TubeMember
from liankong.vocabulary.facts import (
    ContactProposed,
    ContactReclassified,
    ContactRedated,
    ContactRejected,
)
from liankong.vocabulary.kinds import (
    CheckKind,
    CheckState,
    ContactState,
    ExposureKind,
    PersonClass,
    Protection,
    ResultValue,
    TubeKind,
)
from liankong.vocabulary.spans import local, local_day

# Any number that no other advisory lock of the platform uses; the second key is the outbreak.
_GRAPH = 0x7C0
SIGNED = (ContactState.CONFIRMED, ContactState.CONTROLLED, ContactState.ELSEWHERE)

_AROUND = """
WITH RECURSIVE down(id) AS (
    SELECT unnest(%s::bigint[])
    UNION SELECT e.contact_id FROM store_exposure e JOIN down ON e.via_id = down.id
), up(id) AS (
    SELECT id FROM down
    UNION SELECT e.via_id FROM store_exposure e JOIN up ON e.contact_id = up.id WHERE e.via_id IS NOT NULL
)
SELECT id FROM up ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A part of the graph with the rows that it was read from."""

    graph: Graph
    contacts: dict[int, Contact]
    exposures: dict[int, Exposure]


def lock(outbreak: int) -> None:
    """One change of an outbreak's graph at a time, until the transaction ends: each sees all that came before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_GRAPH, outbreak])


def around(contacts: Iterable[int]) -> list[int]:
    """Whoever hangs on these contacts, and everybody on whom those hang: what one calculation must see."""
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, [sorted(contacts)])
        return [int(row[0]) for row in cursor.fetchall()]


def exposed_to(case: int) -> list[int]:
    """Contacts who met a case."""
    return list(Exposure.objects.filter(case=case).values_list("contact_id", flat=True).distinct())


def read(keys: Collection[int], *, locked: bool = False) -> Loaded:
    """The graph of these contacts. Five queries, whatever their number."""
    rows = Contact.objects.filter(pk__in=keys).order_by("pk")
    if locked:
        rows = rows.select_for_update(of=("self",))
    contacts = {row.pk: row for row in rows}
    exposures = {row.pk: row for row in Exposure.objects.filter(contact__in=keys).order_by("pk")}
    named = (row.case_id for rows in (exposures, contacts) for row in rows.values())
    wanted = {key for key in named if key is not None}
    cases = {row.pk: infected(row) for row in Case.objects.filter(pk__in=wanted)}
    begun: dict[int, datetime] = {}
    for exposure in exposures.values():
        known = begun.get(exposure.contact_id, exposure.from_at)
        begun[exposure.contact_id] = min(known, exposure.from_at)
    findings = findings_of(contacts.values())
    for contact, finding in _entered(keys):
        # What a laboratory reported is known already; what a person entered from paper is not.
        mine = findings.setdefault(contacts[contact].person_id, [])
        if all(one.at != finding.at for one in mine):
            mine.append(finding)
    graph = Graph(
        contacts={
            key: Followed(
                found_at=row.found_at,
                controlled_at=row.controlled_at,
                case=None if row.case_id is None else cases[row.case_id],
                # A positive of an earlier illness is none of this one.
                tests=tuple(
                    one for one in findings.get(row.person_id, ()) if one.at >= begun.get(key, row.found_at)
                ),
            )
            for key, row in contacts.items()
        },
        cases=cases,
        meetings=tuple(meeting(row) for row in exposures.values()),
    )
    return Loaded(graph, contacts, exposures)


def infected(case: Case) -> Infected:
    return Infected(
        found_at=case.found_at,
        onset_on=case.onset_on,
        sampled_at=case.sampled_at,
        excluded=case.classification == PersonClass.EXCLUDED,
    )


def apart_from(case: Case, *, at: datetime) -> datetime:
    """From when a case met nobody any more: isolated, or in hospital; `at` while neither is known."""
    isolated = None if case.isolated_on is None else local(case.isolated_on + timedelta(days=1))
    return min(moment for moment in (at, isolated, case.admitted_at) if moment is not None)


def meeting(row: Exposure) -> Meeting:
    return Meeting(
        key=row.pk,
        contact=row.contact_id,
        case=row.case_id,
        via=row.via_id,
        kind=ExposureKind(row.kind),
        from_at=row.from_at,
        until_at=row.until_at,
        metres=row.metres,
        protection=Protection(row.protection),
        prolonged=row.prolonged,
    )


def findings_of(contacts: Iterable[Contact]) -> dict[int, list[Finding]]:
    """Each person's own tests, the last word on each tube. A positive pool says nothing of one person."""
    rows = (
        TubeMember.objects.filter(person__in=[row.person_id for row in contacts], tube__results__isnull=False)
        .order_by("tube__results__resulted_at", "tube__results__pk")
        .values_list("person", "tube", "tube__kind", "tube__sampled_at", "tube__results__value")
    )
    last: dict[tuple[int, int], Finding] = {}
    for person, tube, kind, sampled_at, value in rows:
        own = kind == TubeKind.SINGLE or value == ResultValue.NEGATIVE
        last.pop((person, tube), None)
        if own:
            last[person, tube] = Finding(at=sampled_at, value=ResultValue(value))
    found: dict[int, list[Finding]] = {}
    for (person, _tube), finding in last.items():
        found.setdefault(person, []).append(finding)
    return found


def _entered(keys: Collection[int]) -> Iterator[tuple[int, Finding]]:
    """Tests that stand in the schedules."""
    rows = Check.objects.filter(
        contact__in=keys, kind=CheckKind.TEST, state=CheckState.DONE, done_at__isnull=False
    ).exclude(value="")
    for contact, done_at, value in rows.order_by("pk").values_list("contact", "done_at", "value"):
        if done_at is not None:
            yield contact, Finding(at=done_at, value=ResultValue(value))


def protocol_of(outbreak: Outbreak) -> Protocol:
    return protocols.load(outbreak.protocol)


# --- writing back ----------------------------------------------------------------------------------------------


def settle(
    contacts: Iterable[int], *, outbreak: Outbreak, by: Actor, at: datetime, cause: Entry | None = None
) -> list[int]:
    """Calculate again whoever hangs on these contacts; returns who changed. Needs the node's scope."""
    seeds = list(contacts)
    if not seeds:
        return []
    lock(outbreak.pk)
    loaded = read(around(seeds), locked=True)
    protocol = protocol_of(outbreak)
    verdicts = recompute(loaded.graph, protocol)
    return apply(loaded, verdicts, protocol, by=by, at=at, cause=cause)


def apply(
    loaded: Loaded,
    verdicts: Mapping[int, Verdict],
    protocol: Protocol,
    *,
    by: Actor,
    at: datetime,
    cause: Entry | None = None,
) -> list[int]:
    """Write verdicts where they differ from what stands, with a fact for each change that concerns somebody."""
    told: list[Told] = []
    changed: list[Contact] = []
    replan: list[tuple[Contact, Verdict, bool]] = []
    for key, verdict in verdicts.items():
        row = loaded.contacts[key]
        before = (row.classification, row.release_on, row.followed_until)
        facts = _turn(row, verdict, protocol, at)
        if facts is None:
            continue
        changed.append(row)
        told += [Told(fact, row.pk, row.division) for fact in facts]
        if row.state in SIGNED and (row.classification, row.release_on, row.followed_until) != before:
            replan.append((row, verdict, row.classification != before[0]))
    write_grades(loaded.exposures.values(), verdicts)
    if changed:
        Contact.objects.bulk_update(changed, _COLUMNS)
        log.record_all(told, by=by, at=at, cause=cause, protocol=protocol.id)
    withdrawn = [row.pk for row in changed if row.state == ContactState.REJECTED]
    tracing_checks.cancel(withdrawn)
    tracing_checks.replan(replan, protocol, at=at)
    return [row.pk for row in changed]


_COLUMNS = [
    "classification",
    "state",
    "stands",
    "first_exposed_at",
    "last_exposed_at",
    "release_on",
    "followed_until",
    "released_at",
    "controlled_at",
    "signed_by",
    "signed_at",
    "reason",
    "protocol",
    "why",
]


def _turn(row: Contact, verdict: Verdict, protocol: Protocol, at: datetime) -> list[Any] | None:
    """Bring a row to its verdict. The facts of what changed for the person; None where nothing did."""
    if row.state == ContactState.REJECTED and row.stands:
        return None  # a person's judgement; only a new meeting asks the question again
    before = [getattr(row, name) for name in _COLUMNS[:7]]
    was_class, was_release = row.classification, row.release_on
    set_verdict(row, verdict, protocol, at)
    facts: list[Any] = []
    if row.state == ContactState.PROPOSED and not row.stands:
        row.state, row.reason = ContactState.REJECTED, verdict.why.sentence()[:300]
        facts.append(ContactRejected(contact=row.pk, reason=row.reason))
    elif (row.state == ContactState.REJECTED and row.stands) or _must_return(row):
        facts.append(propose_again(row))
    elif row.state in SIGNED:
        if row.classification != was_class:
            facts.append(
                ContactReclassified(
                    contact=row.pk, before=PersonClass(was_class), after=PersonClass(row.classification)
                )
            )
        if row.release_on != was_release:
            facts.append(ContactRedated(contact=row.pk, before=was_release, after=row.release_on))
    same = before == [getattr(row, name) for name in _COLUMNS[:7]]
    return None if same else facts


def set_verdict(row: Contact, verdict: Verdict, protocol: Protocol, at: datetime) -> None:
    """The columns that a verdict decides. Whoever no meeting makes a contact keeps the class they had."""
    row.stands = verdict.classification is not None or verdict.infected
    row.why, row.protocol = why_body(verdict.why), protocol.id
    if verdict.classification is not None:
        row.classification = verdict.classification
        row.first_exposed_at, row.last_exposed_at = verdict.first_exposed_at, verdict.last_exposed_at
    if row.stands:
        row.release_on, row.followed_until = verdict.release_on, verdict.followed_until
    else:
        row.release_on = row.followed_until = local_day(at) if row.state in SIGNED else None


def propose_again(row: Contact) -> ContactProposed:
    """Somebody who was released or set aside has become a contact anew: a person signs again."""
    row.state, row.reason = ContactState.PROPOSED, ""
    row.released_at = row.controlled_at = row.signed_by = row.signed_at = None
    return ContactProposed(contact=row.pk, classification=PersonClass(row.classification), exposures=0)


def _must_return(row: Contact) -> bool:
    return (
        row.state == ContactState.RELEASED
        and row.stands
        and row.release_on is not None
        and row.released_at is not None
        and row.release_on > local_day(row.released_at)
    )


def why_body(why: Why) -> dict[str, Any]:
    """A reason as the row keeps it: the sentence, and its parts, so that a page can say it in the reader's language."""
    return {**why.body(), "template": why.reason, "values": dict(why.values)}


def write_grades(exposures: Iterable[Exposure], verdicts: Mapping[int, Verdict]) -> None:
    """What each meeting gives, where that has changed."""
    changed = []
    for row in exposures:
        grade: Grade = verdicts[row.contact_id].grades[row.pk]
        gives = grade.gives or ""
        if (row.gives, row.criterion) != (gives, grade.criterion):
            row.gives, row.criterion = gives, grade.criterion
            changed.append(row)
    if changed:
        Exposure.objects.bulk_update(changed, ["gives", "criterion"])


# --- what pages, programs and commands ask --------------------------------------------------------------------------


def in_sight(keys: Sequence[int]) -> "QuerySet[Contact]":
    """Rows for a change, in one order for everybody, so that two bulk changes cannot wait for each other."""
    return Contact.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")


def linkage_open(contact: Contact) -> int:
    """How many first tests of linked contacts still stand between a contact and release. Needs the node's scope."""
    loaded = read(around([contact.pk]))
    return recompute(loaded.graph, protocol_of(contact.outbreak))[contact.pk].linkage_open
