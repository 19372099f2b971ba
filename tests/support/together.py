"""Contacts signed together, and what follows from them measured: at once, one by one, and undone again."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, settings

from liankong.actions import tracing_contacts
from liankong.store import log
from liankong.store.log import Actor
from liankong.store.models import Case, Contact, Entry, Household, Person
from liankong.vocabulary.kinds import ContactState, Role
from support import rows_response
from support.town import COMMUNITY, Town

RULE = Actor(rule="flow:test")
FEW = 60
settings_ = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Undone(Exception):
    """Ends a savepoint whose rows are not to stay."""


def apart(tell: Callable[[], Any]) -> Any:
    """What something leads to, and then it has not happened."""
    found: list[Any] = []
    try:
        with transaction.atomic(), log.collecting():
            found.append(tell())
            raise Undone
    except Undone:
        return found[0]


def fact(contacts: Sequence[Contact], at: datetime) -> Entry:
    told = tracing_contacts.together(contacts)
    return log.record(told.fact, subject=told.subject, division=told.division, by=RULE, at=at)


def sign_all(contacts: Sequence[Contact], town: Town, at: datetime) -> None:
    Contact.objects.filter(pk__in=[row.pk for row in contacts]).update(
        state=ContactState.CONFIRMED, signed_at=at, signed_by=town[Role.EPIDEMIOLOGIST].user
    )


def hundred(town: Town, case: Case, at: datetime, *, division: str = COMMUNITY) -> list[Contact]:
    """A hundred signed close contacts, two to a household."""
    homes = Household.objects.bulk_create(Household(division=division) for _ in range(50))
    people = Person.objects.bulk_create(
        Person(division=division, household=homes[number // 2], created_at=at) for number in range(100)
    )
    return contacts_of(town, case, people, at)


def contacts_of(town: Town, case: Case, people: Sequence[Person], at: datetime) -> list[Contact]:
    found = [rows_response.contact(case=case, person=one, at=at) for one in people]
    sign_all(found, town, at)
    return found


def statements(act: Callable[[], Any]) -> int:
    with log.collecting(), CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)
