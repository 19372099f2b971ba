"""Contacts met, proposed and signed, and swabs of one person: what stories of tracing are made of."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from liankong import flow
from liankong.actions import lab, tracing_contacts
from liankong.store import log
from liankong.store.models import Contact, Household, Person
from liankong.store.tracing_proposals import Met
from liankong.vocabulary.kinds import ExposureKind, ResultValue, Role
from support import rows
from support.town import COMMUNITY, Town


def settled(verb: Callable[..., Any], **arguments: Any) -> Any:
    """A verb, and everything that follows from it."""
    with log.collecting() as consequences:
        done = verb(**arguments)
    flow.answer_now(consequences)
    return done


def swabbed(
    town: Town,
    person: Person,
    at: datetime,
    value: ResultValue,
    *,
    code: str,
    sampled_at: datetime | None = None,
) -> None:
    """A single tube of one person, reported."""
    lab.register_tube(
        code=code,
        kind="single",
        persons=[person.pk],
        division=COMMUNITY,
        sampled_at=sampled_at or at - timedelta(hours=6),
        by=town[Role.LAB_OFFICER],
        at=at,
    )
    settled(lab.report_result, tube=code, value=value, by=town[Role.LAB_OFFICER], at=at)


def family(at: datetime, size: int) -> list[Person]:
    home = Household.objects.create(division=COMMUNITY)
    members = [rows.person(division=COMMUNITY, at=at) for _ in range(size)]
    Person.objects.filter(pk__in=[one.pk for one in members]).update(household=home)
    return members


def met(person: Person, at: datetime, kind: ExposureKind = ExposureKind.SHARED_MEAL, **more: Any) -> Met:
    return Met(person=person.pk, kind=kind, from_at=at - timedelta(hours=1), until_at=at, **more)


def propose(town: Town, at: datetime, people: list[Met], **source: int) -> Any:
    return settled(tracing_contacts.propose, met=people, by=town[Role.EPIDEMIOLOGIST], at=at, **source)


def sign(town: Town, at: datetime, *contacts: Contact) -> list[int]:
    return settled(
        tracing_contacts.sign,
        contacts=[row.pk for row in contacts],
        by=town[Role.EPIDEMIOLOGIST],
        at=at,
    )
