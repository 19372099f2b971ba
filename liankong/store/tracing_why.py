"""Why is this person a contact? Facts, rule and instrument, edition, signer, and what would change it, as plain values.

One answer for the page, the API and the command line.
"""

from datetime import datetime
from typing import Any

from liankong.protocols import Absent, Protocol
from liankong.rules.tracing_graph import Graph
from liankong.rules.tracing_regime import Condition, Plan, release_conditions
from liankong.rules.tracing_why import Explanation, explain
from liankong.store import tracing, tracing_checks
from liankong.store.access import node_scope
from liankong.store.models import Contact, Exposure
from liankong.vocabulary.kinds import ContactState
from liankong.vocabulary.spans import SHANGHAI, local_day


def why(contact: Contact, *, at: datetime) -> dict[str, Any]:
    """The whole answer for one contact at a moment, calculated now and by the rules."""
    with node_scope():
        loaded = tracing.read(tracing.around([contact.pk]))
        protocol = tracing.protocol_of(contact.outbreak)
        found = explain(loaded.graph, contact.pk, protocol, now=at)
        samples = tracing_checks.samples(contact)
        meetings = {
            row.pk: row
            for row in Exposure.objects.filter(contact=contact).select_related("case", "place").order_by("pk")
        }
    verdict = found.verdict
    followed = contact.state in tracing_checks.FOLLOWED
    return {
        "contact": contact.pk,
        "person": contact.person_id,
        "outbreak": contact.outbreak.code,
        "division": contact.division,
        "state": contact.state,
        "classification": contact.classification,
        "stands": verdict.classification is not None or verdict.infected,
        "case": contact.case_id,
        "found_at": _moment(contact.found_at),
        "first_exposed_at": _moment(contact.first_exposed_at),
        "last_exposed_at": _moment(contact.last_exposed_at),
        "controlled_at": _moment(contact.controlled_at),
        "released_at": _moment(contact.released_at),
        "release_on": None if contact.release_on is None else contact.release_on.isoformat(),
        "followed_until": None if contact.followed_until is None else contact.followed_until.isoformat(),
        "protocol": {"id": protocol.id, "name": protocol.name, "digest": protocol.digest},
        "because": tracing.why_body(verdict.why),
        "signed": None
        if contact.signed_at is None
        else {"by": contact.signed_by_id, "at": _moment(contact.signed_at)},
        "rejected_because": contact.reason if contact.state == ContactState.REJECTED else "",
        "stages": _stages(verdict.plan, protocol),
        "exposures": _exposures(found, meetings),
        "tests": [
            {"at": _moment(one.at), "value": one.value.value}
            for one in sorted(loaded.graph.contacts[contact.pk].tests, key=lambda one: one.at)
        ],
        "linked": _linked(loaded.graph, contact.pk),
        "release": [
            _condition(one)
            for one in release_conditions(
                contact.release_on,
                today=local_day(at),
                tests=samples,
                linkage_open=verdict.linkage_open,
            )
        ]
        if followed and contact.stands
        else [],
        "otherwise": [one.body() for one in found.otherwise],
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(SHANGHAI).isoformat()


def _stages(plan: Plan | None, protocol: Protocol) -> list[dict[str, Any]]:
    if plan is None:
        return []
    return [
        {
            "placement": stage.placement.value,
            "from": stage.first_on.isoformat(),
            "until": stage.last_on.isoformat(),
            "tests_on": [day.isoformat() for day in stage.tests_on],
            "numbers": [
                {
                    "path": one.path,
                    "value": one.value,
                    "instrument": one.instrument,
                    "grade": one.grade.value,
                }
                for one in _cited(protocol, f"{stage.path}.length", f"{stage.path}.tests")
            ],
        }
        for stage in plan.stages
    ]


def _cited(protocol: Protocol, *paths: str) -> list[Any]:
    found = []
    for path in paths:
        try:
            found.append(protocol.cite(path))
        except Absent:
            continue
    return found


def _exposures(found: Explanation, rows: dict[int, Exposure]) -> list[dict[str, Any]]:
    return [
        {
            "id": meeting.key,
            "case": meeting.case,
            "case_number": _number(rows[meeting.key]),
            "via": meeting.via,
            "kind": meeting.kind.value,
            "from": _moment(meeting.from_at),
            "until": _moment(meeting.until_at),
            "minutes": rows[meeting.key].minutes,
            "metres": meeting.metres,
            "protection": meeting.protection.value,
            "place": rows[meeting.key].place_id,
            "source": rows[meeting.key].source,
            "gives": None if (gives := found.verdict.grades[meeting.key].gives) is None else gives.value,
            "criterion": found.verdict.grades[meeting.key].criterion,
            "because": tracing.why_body(why),
        }
        for meeting, why in found.meetings
    ]


def _number(row: Exposure) -> str | None:
    return None if row.case is None else row.case.number


def _linked(graph: Graph, contact: int) -> list[dict[str, Any]]:
    vias = sorted({one.via for one in graph.meetings if one.contact == contact and one.via is not None})
    return [
        {
            "contact": via,
            "controlled_at": _moment(graph.contacts[via].controlled_at),
            "tests": [
                {"at": _moment(one.at), "value": one.value.value}
                for one in sorted(graph.contacts[via].tests, key=lambda one: one.at)
            ],
        }
        for via in vias
    ]


def _condition(one: Condition) -> dict[str, Any]:
    return {
        "code": one.code,
        "met": one.met,
        "text": one.text.format(**one.values),
        "template": one.text,
        "values": dict(one.values),
    }
