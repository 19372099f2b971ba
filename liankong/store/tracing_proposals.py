"""People who met a case or a contact, many at once: who is a contact becomes a proposal that waits for a signature.

All meetings are graded by one calculation and written by a handful of statements, however many people there are.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from liankong.protocols import Protocol
from liankong.rules import tracing as rules
from liankong.rules.tracing_graph import Followed, Graph, Verdict, recompute
from liankong.rules.why import Why, because
from liankong.store import bulk, log, tracing
from liankong.store.log import Actor, Told
from liankong.store.models import Case, Contact, Entry, Exposure, Outbreak, Person
from liankong.store.organisations import responsible
from liankong.vocabulary.facts import ContactProposed, ExposureRecorded
from liankong.vocabulary.kinds import (
    ContactState,
    ExposureKind,
    FactSource,
    OrganisationKind,
    PersonClass,
    Protection,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """One person who met the case (or the contact `via`), as an interview, a roster or a track has it."""

    person: int
    kind: ExposureKind
    from_at: datetime
    until_at: datetime
    metres: float | None = None
    minutes: int | None = None
    prolonged: bool | None = None
    protection: Protection = Protection.UNKNOWN
    place: int | None = None
    source: FactSource = FactSource.INTERVIEW
    stay: int | None = None
    lives_in: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What came of a list of meetings: rows = proposed_rows + added + nobody + duplicate.

    `proposed` are contacts that now wait for a signature (`proposed_rows` their places in the list), `added` meetings
    of contacts known before; `nobody` says for which place there is no contact, and why; `duplicate` stood already.
    """

    rows: int
    proposed: list[int] = field(default_factory=list)
    proposed_rows: int = 0
    added: int = 0
    nobody: list[tuple[int, Why]] = field(default_factory=list)
    duplicate: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """What a list of meetings would add: unsaved contacts by key, unsaved meetings by their place in the list."""

    loaded: tracing.Loaded
    new: dict[int, Contact]
    exposures: dict[int, Exposure]


def propose(
    met: Sequence[Met],
    *,
    outbreak: Outbreak,
    case: Case | None = None,
    via: Contact | None = None,
    by: Actor,
    at: datetime,
    cause: Entry | None = None,
) -> Proposed:
    """Take in meetings with one case, or with one contact. Needs the node's scope."""
    protocol = tracing.protocol_of(outbreak)
    gone = rules.contacts_absent(protocol)
    if gone is not None or not met:
        return Proposed(len(met), nobody=[] if gone is None else [(place, gone) for place in range(len(met))])
    tracing.lock(outbreak.pk)
    known = {
        row.person_id: row
        for row in Contact.objects.filter(outbreak=outbreak, person__in={one.person for one in met})
    }
    ill = _cases_among(met, known, outbreak)
    fresh, duplicate = _without_repeats(met, known, case, via)
    itself = because(rules.RULE, "They are a case themselves.", protocol)
    nobody = [(place, itself) for place in fresh if met[place].person in ill]
    fresh = [place for place in fresh if met[place].person not in ill]
    new = _new_contacts(met, fresh, known, outbreak, case, via, at)
    seeds = {known[met[place].person].pk for place in fresh if met[place].person in known}
    draft = _Draft(
        loaded=tracing.read(tracing.around(seeds | ({via.pk} if via else set())), locked=True),
        new={row.pk: row for row in new.values()},
        exposures=_exposures(
            met, fresh, {person: row.pk for person, row in (known | new).items()}, case, via, by, at
        ),
    )
    verdicts = recompute(_graph(draft, case), protocol)
    for place, row in list(draft.exposures.items()):
        verdict = verdicts[row.contact_id]
        if row.contact_id in draft.new and verdict.classification is None:
            nobody.append((place, verdict.grades[row.pk].why))
            del draft.exposures[place]
    counts = _write(draft, verdicts, protocol, by=by, at=at, cause=cause)
    return Proposed(len(met), nobody=sorted(nobody, key=lambda one: one[0]), duplicate=duplicate, **counts)


def _cases_among(met: Sequence[Met], known: Mapping[int, Contact], outbreak: Outbreak) -> set[int]:
    """People who are cases and never were contacts: nobody is made a contact after the fact."""
    wanted = {one.person for one in met} - known.keys()
    rows = Case.objects.filter(outbreak=outbreak, person__in=wanted).exclude(
        classification=PersonClass.EXCLUDED
    )
    return set(rows.values_list("person_id", flat=True))


def _graph(draft: _Draft, case: Case | None) -> Graph:
    """The part of the graph that stands, with what the list adds."""
    begun: dict[int, datetime] = {}
    for row in draft.exposures.values():
        begun[row.contact_id] = min(row.from_at, begun.get(row.contact_id, row.from_at))
    findings = tracing.findings_of(draft.new.values())
    added = {
        key: Followed(
            found_at=row.found_at,
            tests=tuple(one for one in findings.get(row.person_id, ()) if one.at >= begun[key]),
        )
        for key, row in draft.new.items()
    }
    standing = draft.loaded.graph
    return replace(
        standing,
        contacts={**standing.contacts, **added},
        cases={**standing.cases, **({} if case is None else {case.pk: tracing.infected(case)})},
        meetings=(*standing.meetings, *(tracing.meeting(row) for row in draft.exposures.values())),
    )


def _write(
    draft: _Draft,
    verdicts: Mapping[int, Verdict],
    protocol: Protocol,
    *,
    by: Actor,
    at: datetime,
    cause: Entry | None,
) -> dict[str, Any]:
    loaded, counts = draft.loaded, Counter(row.contact_id for row in draft.exposures.values())
    made = [row for key, row in draft.new.items() if key in counts]
    for row in made:
        tracing.set_verdict(row, verdicts[row.pk], protocol, at)
    for exposure in draft.exposures.values():
        grade = verdicts[exposure.contact_id].grades[exposure.pk]
        exposure.gives, exposure.criterion = grade.gives or "", grade.criterion
    Contact.objects.bulk_create(made)
    Exposure.objects.bulk_create(draft.exposures.values())
    again = {key: count for key, count in sorted(counts.items()) if key in loaded.contacts}
    for key in again:
        row = loaded.contacts[key]
        if row.state == ContactState.REJECTED and verdicts[key].classification is not None:
            row.stands = (
                False  # a new meeting of somebody whom a person had set aside asks the question again
            )
    told = [
        Told(
            ContactProposed(
                contact=row.pk, classification=PersonClass(row.classification), exposures=counts[row.pk]
            ),
            row.pk,
            row.division,
        )
        for row in made
    ] + [
        Told(ExposureRecorded(contact=key, exposures=count), key, loaded.contacts[key].division)
        for key, count in again.items()
    ]
    log.record_all(told, by=by, at=at, cause=cause, protocol=protocol.id)
    standing = {key: verdict for key, verdict in verdicts.items() if key in loaded.contacts}
    changed = tracing.apply(loaded, standing, protocol, by=by, at=at, cause=cause)
    waiting = [key for key in changed if key in again and loaded.contacts[key].state == ContactState.PROPOSED]
    return {
        "proposed": sorted({row.pk for row in made} | set(waiting)),
        "proposed_rows": sum(counts[row.pk] for row in made),
        "added": sum(again.values()),
    }


def _without_repeats(
    met: Sequence[Met], known: Mapping[int, Contact], case: Case | None, via: Contact | None
) -> tuple[list[int], list[int]]:
    """Places of the list that say something new, and those that stand already or were said before."""
    there: set[tuple[object, ...]] = set()
    rows = Exposure.objects.filter(contact__in=[row.pk for row in known.values()], case=case, via=via)
    for person, kind, from_at, until_at, source, stay in rows.values_list(
        "contact__person_id", "kind", "from_at", "until_at", "source", "stay_id"
    ):
        there.add((person, kind, from_at, until_at))
        there.add((person, kind, source) if source == FactSource.HOUSEHOLD else (person, "stay", stay))
    fresh: list[int] = []
    repeats: list[int] = []
    for place, one in enumerate(met):
        said: set[tuple[object, ...]] = {(one.person, one.kind.value, one.from_at, one.until_at)}
        if one.source is FactSource.HOUSEHOLD:
            # Living together is one exposure, whenever it is asked.
            said.add((one.person, one.kind.value, one.source.value))
        if one.stay is not None:
            said.add((one.person, "stay", one.stay))
        own = (case is not None and one.person == case.person_id) or (via and one.person == via.person_id)
        (repeats if own or said & there else fresh).append(place)
        there |= said
    return fresh, repeats


def _new_contacts(
    met: Sequence[Met],
    fresh: Sequence[int],
    known: Mapping[int, Contact],
    outbreak: Outbreak,
    case: Case | None,
    via: Contact | None,
    at: datetime,
) -> dict[int, Contact]:
    """Unsaved rows of those who were no contacts so far, by person."""
    wanted = {met[place].person: met[place] for place in fresh if met[place].person not in known}
    if not wanted:
        return {}
    source = case.division if case is not None else via.division if via is not None else outbreak.division
    ours = responsible(OrganisationKind.HEADQUARTERS, source, at).division
    homes = dict(Person.objects.filter(pk__in=wanted).values_list("pk", "division"))
    keys = bulk.allocate(Contact, len(wanted))
    return {
        person: Contact(
            pk=key,
            outbreak=outbreak,
            person_id=person,
            # The headquarters that traces keeps sight of whom it found elsewhere, until that one answers.
            division=homes[person] if homes[person].startswith(ours) and not one.lives_in else source,
            lives_in=one.lives_in or ("" if homes[person].startswith(ours) else homes[person]),
            state=ContactState.PROPOSED,
            found_at=at,
        )
        for key, (person, one) in zip(keys, sorted(wanted.items()), strict=True)
    }


def _exposures(
    met: Sequence[Met],
    fresh: Sequence[int],
    keys: Mapping[int, int],
    case: Case | None,
    via: Contact | None,
    by: Actor,
    at: datetime,
) -> dict[int, Exposure]:
    """Unsaved rows of the meetings, by their place in the list."""
    numbers = bulk.allocate(Exposure, len(fresh)) if fresh else []
    return {
        place: Exposure(
            pk=number,
            contact_id=keys[met[place].person],
            case=case,
            via=via,
            kind=met[place].kind,
            from_at=met[place].from_at,
            until_at=met[place].until_at,
            minutes=met[place].minutes,
            metres=met[place].metres,
            prolonged=met[place].prolonged,
            protection=met[place].protection,
            place_id=met[place].place,
            source=met[place].source,
            stay_id=met[place].stay,
            recorded_at=at,
            recorded_by_id=by.user,
        )
        for place, number in zip(fresh, numbers, strict=True)
    }
