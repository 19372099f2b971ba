"""Who asks to know who somebody is, and what stays behind of the asking."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from support import town as towns
from support.town import COMMUNITY, JINNAN, NANKAI, Town

from liankong.actions import Forbidden, Refused, registry
from liankong.protocols import standing
from liankong.store.access import node_scope, scope
from liankong.store.models import Entry, Identity, Person
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import Role, Sex

pytestmark = pytest.mark.django_db
NUMBER = make_id_number("120112", date(1980, 5, 17), 123)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


def register(town: Town, at: datetime, **more: object) -> Person:
    given = {"name": "测试人", "id_number": NUMBER, "phone": "+8615400000001", "sex": Sex.MALE} | more
    return registry.register(division=COMMUNITY, by=town[Role.REGISTRY_CLERK], at=at, **given)


def test_a_person_is_entered_once(town: Town, at: datetime) -> None:
    register(town, at)
    with pytest.raises(Refused) as caught:
        register(town, at)
    assert caught.value.field == "id_number"
    assert NUMBER not in str(caught.value)
    assert Person.objects.filter(division=COMMUNITY).count() == 1


def test_an_exact_number_finds_the_person_and_the_search_is_on_record(town: Town, at: datetime) -> None:
    person = register(town, at)
    found = registry.find(id_number=NUMBER, why="case 00001", by=town[Role.EPIDEMIOLOGIST], at=at)
    assert [row.pk for row in found] == [person.pk]
    entry = Entry.objects.get(kind="IdentitySearched")
    assert (entry.subject, entry.by, entry.body["why"]) == (
        person.pk,
        town[Role.EPIDEMIOLOGIST].user,
        "case 00001",
    )


def test_a_search_that_finds_nobody_is_on_record_too(town: Town, at: datetime) -> None:
    assert registry.find(phone="+8615400000009", why="hotline call", by=town[Role.DUTY_OFFICER], at=at) == []
    assert Entry.objects.get(kind="IdentitySearched").body["person"] is None


def test_revealing_needs_a_reason_and_opens_only_what_was_asked(town: Town, at: datetime) -> None:
    person = register(town, at)
    clerk = town[Role.REGISTRY_CLERK]
    with pytest.raises(Refused):
        registry.reveal(person=person.pk, fields=("phone",), why=" ", by=clerk, at=at)
    shown = registry.reveal(person=person.pk, fields=("phone",), why="order 12", by=clerk, at=at)
    assert shown == {"phone": "+8615400000001"}
    assert Entry.objects.get(kind="IdentityRead").body["fields"] == ["phone"]


def test_no_personal_value_is_ever_in_the_log(town: Town, at: datetime) -> None:
    person = register(town, at)
    clerk = town[Role.REGISTRY_CLERK]
    registry.find(id_number=NUMBER, why="case 00001", by=clerk, at=at)
    registry.reveal(person=person.pk, fields=registry.FIELDS, why="case 00001", by=clerk, at=at)
    text = " ".join(str(body) for body in Entry.objects.values_list("body", flat=True))
    assert NUMBER not in text
    assert "测试人" not in text
    assert "15400000001" not in text


def test_what_is_stored_is_sealed(town: Town, at: datetime) -> None:
    row = Identity.objects.get(person=register(town, at))
    stored = bytes(row.name_sealed) + bytes(row.id_sealed) + bytes(row.phone_sealed)
    assert NUMBER.encode() not in stored
    assert "测试人".encode() not in stored


def test_a_neighbouring_district_finds_nobody(town: Town, at: datetime) -> None:
    register(town, at)
    with scope(NANKAI):
        neighbour = replace(town[Role.EPIDEMIOLOGIST], division=NANKAI)
        assert registry.find(id_number=NUMBER, why="case 00001", by=neighbour, at=at) == []
    with scope(JINNAN):
        assert (
            len(registry.find(id_number=NUMBER, why="case 00001", by=town[Role.EPIDEMIOLOGIST], at=at)) == 1
        )


def test_an_auditor_reads_the_log_but_no_identity(town: Town, at: datetime) -> None:
    person = register(town, at)
    with pytest.raises(Forbidden):
        registry.reveal(person=person.pk, fields=("name",), why="curious", by=town[Role.AUDITOR], at=at)


def test_the_glass_is_broken_for_three_hours_with_a_reason(town: Town, at: datetime) -> None:
    broken = registry.break_glass(
        division="12", why="patient without consciousness", by=town[Role.CLINICIAN], at=at
    )
    assert broken.until_at - broken.from_at == standing.retention().limits.glass.value == timedelta(hours=3)
    assert Entry.objects.get(kind="GlassBroken").body["division"] == "12"
    with pytest.raises(Refused):
        registry.break_glass(division="12", why="", by=town[Role.CLINICIAN], at=at)
