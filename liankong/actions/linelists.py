"""Which cases stand in this file, and which of them do we have already?"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from liankong.actions import Refused, action
from liankong.exchange.linelist import LineList, PersonRecord, RejectedRow
from liankong.store import bulk, identity, log
from liankong.store import models as rows
from liankong.store.log import Actor
from liankong.store.models import Case, LineListImport, Outbreak
from liankong.vocabulary.facts import CaseRecord, LineListImported
from liankong.vocabulary.kinds import FoundBy, Outcome, PersonKind
from liankong.vocabulary.spans import local

Progress = Callable[[int, int], None]
NOON = time(12)
MANY = 1_000  # from here on the planner is told at once


@dataclass(frozen=True, slots=True)
class _Conflict:
    """A case that stands with other content: the file cannot overwrite what people may have worked on since."""

    record: CaseRecord
    row: int


@action("cases.import")
def import_line_list(
    *,
    outbreak: int,
    line_list: LineList,
    mapping: str,
    by: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> LineListImport:
    """Take the accepted rows of a file into an outbreak, in one transaction.

    A row whose case stands with the same content is a duplicate, with other content a rejection: importing
    twice adds nothing and overwrites nothing. Interrupted, it leaves nothing behind and can be run again.
    """
    target = Outbreak.objects.select_for_update().filter(pk=outbreak).first()
    if target is None:
        raise Refused("there is no such outbreak in your jurisdiction", field="outbreak")
    known = dict(Case.objects.filter(outbreak=target).values_list("number", "source_digest"))
    fresh = [record for record in line_list.accepted if record.key not in known]
    conflicts = [
        _Conflict(record, line_list.row_numbers[record.key])
        for record in line_list.accepted
        if record.key in known and known[record.key] != line_list.digests[record.key]
    ]
    source = LineListImport.objects.create(
        outbreak=target,
        division=target.division,
        filename=line_list.file[:200],
        digest=line_list.digest,
        mapping=mapping,
        rows=line_list.rows_in,
        accepted=len(fresh),
        rejected=len(line_list.rejected) + len(conflicts),
        duplicate=len(line_list.duplicate) + len(line_list.accepted) - len(fresh) - len(conflicts),
        created_by_id=by.user,
        created_at=at,
    )
    _write(source, target, fresh, line_list, by=by, at=at, progress=progress)
    _reject(source, line_list.rejected, conflicts)
    fact = LineListImported(
        outbreak=target.pk,
        digest=source.digest,
        rows=source.rows,
        accepted=source.accepted,
        rejected=source.rejected,
        duplicate=source.duplicate,
    )
    log.record(fact, subject=source.pk, division=target.division, by=by, at=at, protocol=target.protocol)
    return source


def _write(
    source: LineListImport,
    target: Outbreak,
    fresh: list[CaseRecord],
    line_list: LineList,
    *,
    by: Actor,
    at: datetime,
    progress: Progress | None,
) -> None:
    if not fresh:
        return
    people = bulk.allocate(rows.Person, len(fresh))
    cases = bulk.allocate(rows.Case, len(fresh))
    total = len(fresh)
    bulk.insert(
        rows.Person,
        (_person_row(number, record, target, at) for number, record in zip(people, fresh, strict=True)),
    )
    _identify(dict(zip((record.key for record in fresh), people, strict=True)), line_list.persons)

    def case_rows() -> Iterator[dict[str, object]]:
        for done, (number, person, record) in enumerate(zip(cases, people, fresh, strict=True)):
            if progress is not None and done % 1000 == 0:
                progress(done, total)
            yield _case_row(number, person, record, target, source, line_list.digests[record.key], at)

    bulk.insert(rows.Case, case_rows())
    bulk.insert(
        rows.CaseChange,
        (
            change
            for number, record in zip(cases, fresh, strict=True)
            for change in _changes(number, record, target, by, at)
        ),
    )
    if total >= MANY:
        bulk.refresh_statistics(rows.Person, rows.Case, rows.CaseChange)
    _link(target, dict(zip(cases, fresh, strict=True)), line_list)
    if total >= MANY:
        bulk.refresh_statistics(rows.CaseLink, rows.CaseRelation)
    if progress is not None:
        progress(total, total)


def _link(target: Outbreak, fresh: dict[int, CaseRecord], line_list: LineList) -> None:
    """Join the new cases, by their keys in the store, to their infectors and to cases of the list related to them."""
    numbers = dict(Case.objects.filter(outbreak=target).values_list("number", "pk"))
    # Links of earlier files that waited for a case which this one brings.
    waiting = rows.CaseLink.objects.filter(case__outbreak=target, infector__isnull=True)
    found = [link for link in waiting if link.infector_number in numbers]
    for link in found:
        link.infector_id = numbers[link.infector_number]
    rows.CaseLink.objects.bulk_update(found, ["infector"], batch_size=1000)
    bulk.insert(
        rows.CaseLink,
        (
            {
                "case_id": number,
                "infector_id": numbers.get(key),
                "infector_number": key,
                "rank": rank,
                "exposure": "",
            }
            for number, record in fresh.items()
            for rank, key in enumerate(dict.fromkeys(record.infectors), start=1)
            if key != record.key
        ),
    )
    pairs = (
        sorted((numbers[one], numbers[other]))
        for one, other in line_list.related
        if one in numbers and other in numbers
    )
    # Between two cases that stood before, the file changes nothing.
    new = ({"case_id": one, "other_id": other} for one, other in pairs if one in fresh or other in fresh)
    bulk.insert(rows.CaseRelation, new)


def _identify(people: dict[str, int], told: dict[str, PersonRecord]) -> None:
    """Personal columns go sealed into the registry, and nowhere else."""

    def sealed() -> Iterator[dict[str, object]]:
        for key, person in told.items():
            number = people.get(key)
            if number is None:
                continue
            row = identity.columns(
                number,
                name=person.name,
                id_number=person.id_number,
                phone=person.phone,
                registered_address=person.address,
            )
            # A line list's ID numbers are not checked against the register here: two rows may share a typing
            # error, so they are kept sealed but take no part in the search by ID until a clerk confirms them.
            yield row | {"id_kind": "unconfirmed", "id_hash": None}

    bulk.insert(rows.Identity, sealed())


def _person_row(number: int, record: CaseRecord, target: Outbreak, at: datetime) -> dict[str, object]:
    return {
        "id": number,
        "kind": PersonKind.RESIDENT,
        "sex": record.sex,
        "division": target.division,
        "registered_division": "",
        "occupation": "",
        "retention": "report_card",
        "created_at": at,
    }


def _case_row(
    number: int,
    person: int,
    record: CaseRecord,
    target: Outbreak,
    source: LineListImport,
    digest: str,
    at: datetime,
) -> dict[str, object]:
    found = record.reported or record.confirmed or record.sampled or record.onset
    return {
        "id": number,
        "outbreak_id": target.pk,
        "number": record.key,
        "person_id": person,
        "division": target.division,
        "classification": record.classification,
        "severity": record.severity or "",
        "origin": record.origin,
        "origin_place": record.origin_place[:80],
        "found_by": FoundBy.IMPORT_FILE,
        "age": record.age,
        "age_high": record.age_high,
        "exposed_from": record.exposed_from,
        "exposed_to": record.exposed_to,
        "onset_on": record.onset,
        "sampled_at": _noon(record.sampled),
        "isolated_on": record.isolated,
        "found_at": _noon(found) or at,
        "reported_at": _noon(record.reported),
        "confirmed_at": _noon(record.confirmed),
        "hospital_name": record.hospital[:120],
        "admitted_at": _noon(record.admitted),
        "outcome": _outcome(record),
        "outcome_at": _noon(_ended(record)),
        "cluster": record.cluster[:120],
        "exposure": record.exposure[:300],
        "protocol": target.protocol,
        "source_id": source.pk,
        "source_digest": digest,
    }


def _changes(
    number: int, record: CaseRecord, target: Outbreak, by: Actor, at: datetime
) -> Iterator[dict[str, object]]:
    """What was known when, as far as a line list tells it: the case on its day, its outcome on its own."""
    opened = _noon(record.confirmed or record.reported or record.sampled or record.onset) or at
    ended = _noon(_ended(record))
    outcome = _outcome(record)
    steps = [(opened, outcome if ended is None else Outcome.IN_CARE)]
    if ended is not None:
        steps.append((max(ended, opened), outcome))
    for moment, state in steps:
        yield {
            "case_id": number,
            "at": moment,
            "classification": record.classification,
            "severity": record.severity or "",
            "origin": record.origin,
            "outcome": state,
            "division": target.division,
            "by_id": by.user,
            "protocol": target.protocol,
            "reason": "line list",
        }


def _outcome(record: CaseRecord) -> Outcome:
    return Outcome.DEAD if record.died is not None else record.outcome


def _ended(record: CaseRecord) -> date | None:
    return record.died or record.outcome_day


def _noon(day: date | None) -> datetime | None:
    """A day without a time of day: its noon, which falls on that day in every zone of the country."""
    return None if day is None else local(day, NOON)


def _reject(source: LineListImport, rejected: list[RejectedRow], conflicts: list[_Conflict]) -> None:
    """Keep each refused row, sealed, with its reasons, until it is mended."""
    kept: list[rows.RejectedRow] = []
    for item in rejected:
        content = json.dumps(item.cells, ensure_ascii=False)
        kept += [
            rows.RejectedRow(
                source=source,
                row=item.row,
                field=error.field,
                reason=error.problem[:300],
                expected=error.expected[:300],
                content_sealed=identity.seal(content, owner=source.pk, field="row"),
            )
            for error in item.errors
        ]
    kept += [
        rows.RejectedRow(
            source=source,
            row=item.row,
            field="key",
            reason="this case stands already with other content",
            expected="a new case; correct the standing one on its own page",
        )
        for item in conflicts
    ]
    rows.RejectedRow.objects.bulk_create(kept, batch_size=2000)
