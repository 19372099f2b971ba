"""Searching for people, opening identities, registering, breaking the glass: and what the log says of each."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support.town import BUILDER, NANKAI, Town

from liankong.actions import registry
from liankong.store.access import node_scope
from liankong.store.models import Entry, GlassBreak, Identity, Person
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import Role

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db

COMMUNITY = "120112100001"
NUMBER = make_id_number("120112", date(1980, 5, 4), 11)
PHONE = "+8613800138000"


def faults(answer: Any) -> list[str]:
    """What a page says is wrong."""
    return re.findall(r'class="lk-error"[^>]*>.*?<span>(.*?)</span>', answer.content.decode(), re.S)


@pytest.fixture
def someone(town: Town, at: datetime) -> Person:
    with node_scope():
        return registry.register(
            division=COMMUNITY, name="甲乙丙", id_number=NUMBER, phone=PHONE, by=BUILDER, at=at
        )


def test_a_person_is_found_by_the_exact_number_and_stays_masked(
    client_of: Callable[[Role], Client], someone: Person
) -> None:
    client = client_of(Role.REGISTRY_CLERK)
    answer = client.post("/registry", {"value": NUMBER, "why": "case 12 names this contact"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert f"/registry/{someone.pk}" in text
    assert "甲乙丙" not in text
    with node_scope():
        logged = Entry.objects.get(kind="IdentitySearched")
    assert logged.body == {"person": someone.pk, "why": "case 12 names this contact"}


def test_a_phone_number_finds_as_well_however_it_is_written(
    client_of: Callable[[Role], Client], someone: Person
) -> None:
    answer = client_of(Role.REGISTRY_CLERK).post(
        "/registry", {"value": "138 0013 8000", "why": "hotline call"}
    )
    assert f"/registry/{someone.pk}" in answer.content.decode()


def test_a_mistyped_number_is_refused_at_its_field_and_not_repeated_in_the_log(
    client_of: Callable[[Role], Client], someone: Person
) -> None:
    wrong = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
    answer = client_of(Role.REGISTRY_CLERK).post("/registry", {"value": wrong, "why": "case 12"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    with node_scope():
        assert not Entry.objects.filter(kind="IdentitySearched").exists()


def test_an_identity_opens_only_with_a_reason_and_the_log_knows_who_what_and_why(
    client_of: Callable[[Role], Client], someone: Person, town: Town
) -> None:
    client = client_of(Role.REGISTRY_CLERK)
    closed = client.get(f"/registry/{someone.pk}").content.decode()
    assert "甲乙丙" not in closed
    refused = client.post(f"/registry/{someone.pk}/reveal", {"fields": ["name"], "why": ""})
    assert refused.status_code == 422
    assert "甲乙丙" not in refused.content.decode()
    opened = client.post(
        f"/registry/{someone.pk}/reveal", {"fields": ["name", "phone"], "why": "tracing case 12"}
    )
    text = opened.content.decode()
    assert "甲乙丙" in text and PHONE in text and NUMBER not in text
    assert "no-store" in opened.headers["Cache-Control"]
    with node_scope():
        entry = Entry.objects.get(kind="IdentityRead")
    assert (entry.by, entry.subject) == (town[Role.REGISTRY_CLERK].user, someone.pk)
    assert entry.body["fields"] == ["name", "phone"]


def test_a_commander_may_not_search_and_a_duty_officer_may_not_open(
    client_of: Callable[[Role], Client], someone: Person
) -> None:
    assert client_of(Role.COMMANDER).get("/registry").status_code == 403
    officer = client_of(Role.DUTY_OFFICER)
    assert officer.get(f"/registry/{someone.pk}").status_code == 200
    assert (
        officer.post(f"/registry/{someone.pk}/reveal", {"fields": ["name"], "why": "why not"}).status_code
        == 403
    )


def test_somebody_of_another_district_is_not_there(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    with node_scope():
        other = registry.register(division=NANKAI, id_number=NUMBER, by=BUILDER, at=at)
    client = client_of(Role.REGISTRY_CLERK)
    assert client.get(f"/registry/{other.pk}").status_code == 404
    assert (
        f"/registry/{other.pk}"
        not in client.post("/registry", {"value": NUMBER, "why": "a call"}).content.decode()
    )


def test_registering_takes_sex_and_birth_from_the_number_and_seals_the_name(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.REGISTRY_CLERK)
    answer = client.post(
        "/registry/new",
        {
            "name": "丁戊",
            "id_number": NUMBER.lower(),
            "division": COMMUNITY,
            "kind": "resident",
            "retention": "emergency",
        },
    )
    assert answer.status_code == 302, faults(answer)
    with node_scope():
        made = Person.objects.get()
        sealed = Identity.objects.get(person=made)
    assert (made.sex, made.birth_date, made.registered_division) == ("male", date(1980, 5, 4), "120112")
    assert "丁戊".encode() not in bytes(sealed.name_sealed)
    again = client.post(
        "/registry/new",
        {
            "name": "己",
            "id_number": NUMBER,
            "division": COMMUNITY,
            "kind": "resident",
            "retention": "emergency",
        },
    )
    assert again.status_code == 422
    assert "registered already" in again.content.decode()


def test_the_number_is_explained_while_it_is_typed(client_of: Callable[[Role], Client]) -> None:
    client = client_of(Role.REGISTRY_CLERK)
    assert "1980-05-04" in client.post("/registry/check-number", {"id_number": NUMBER}).content.decode()
    wrong = client.post(
        "/registry/check-number", {"id_number": NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")}
    )
    assert "check character" in wrong.content.decode()


def test_breaking_the_glass_shows_another_district_for_three_hours_with_a_banner(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    with node_scope():
        other = registry.register(division=NANKAI, by=BUILDER, at=at)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert client.get(f"/registry/{other.pk}").status_code == 404
    answer = client.post(
        "/registry/glass", {"division": "12", "why": "the night shift asks about one family"}
    )
    assert answer.status_code == 302, faults(answer)
    shown = client.get(f"/registry/{other.pk}")
    assert shown.status_code == 200
    assert re.search(r'class="lk-banner is-danger"', shown.content.decode())
    with node_scope():
        glass = GlassBreak.objects.get()
        assert Entry.objects.get(kind="GlassBroken").body["why"] == glass.why
    assert (glass.until_at - glass.from_at).total_seconds() == 3 * 3600


def test_a_persons_page_asks_the_database_as_often_for_long_histories(
    client_of: Callable[[Role], Client], someone: Person, town: Town, at: datetime
) -> None:
    client = client_of(Role.REGISTRY_CLERK)
    client.get(f"/registry/{someone.pk}")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/registry/{someone.pk}")
    with node_scope():
        for number in range(20):
            registry.reveal(
                person=someone.pk, fields=("name",), why=f"reading {number}", by=town[Role.CLINICIAN], at=at
            )
    with CaptureQueriesContext(connection) as many:
        client.get(f"/registry/{someone.pk}")
    # One more query names the users who looked, once there are any.
    assert len(many) <= len(few) + 1


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_a_search_and_a_reveal_stand_before_the_auditor_a_moment_later(
    page_of: Callable[[Role], "Page"], someone: Person, axe: Callable[["Page"], None]
) -> None:
    page = page_of(Role.REGISTRY_CLERK)
    page.goto("/registry")
    axe(page)
    page.fill("#id_value", NUMBER)
    page.fill("#id_why", "热线 12345 第 7 号来电")
    page.keyboard.press("Enter")
    page.click(f"a[href='/registry/{someone.pk}']")
    axe(page)
    assert page.get_by_text("甲乙丙").count() == 0
    page.check("#open-name")
    page.fill("#why", "核对 12 号病例的密接")
    page.click("form[action$='/reveal'] button")
    page.wait_for_selector("[data-opened=name]")
    assert page.locator("[data-opened=name]").inner_text() == "甲乙丙"
    assert NUMBER not in page.content()
    page = page_of(Role.AUDITOR)
    page.goto("/audit/reads")
    axe(page)
    assert page.get_by_text("核对 12 号病例的密接").is_visible()
    assert page.get_by_text("热线 12345 第 7 号来电").is_visible()
    page.goto("/audit")
    axe(page)
    page.click("tbody a.lk-row-link >> nth=0")
    axe(page)
