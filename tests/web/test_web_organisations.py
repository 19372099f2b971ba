"""The structure as dated data: seen at any hour, changed from an hour on, its posts filled and vacated."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support.town import BUILDER, JINNAN, Town

from liankong.actions import organisations
from liankong.store.access import node_scope
from liankong.store.models import Holding, Organisation, OrganisationTerm, Post
from liankong.vocabulary.kinds import OrganisationKind, Role
from liankong.vocabulary.spans import SHANGHAI

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2022, 1, 14, 0, 0, tzinfo=SHANGHAI)


@pytest.fixture
def sub(town: Town, at: datetime) -> Organisation:
    """A sub-headquarters that begins at an hour to come."""
    with node_scope():
        return organisations.found(
            code="north",
            kind=OrganisationKind.SUB_HEADQUARTERS,
            division=JINNAN,
            name="北片区分指挥部",
            english="Northern sub-headquarters",
            parent=town.district,
            from_at=MIDNIGHT,
            by=BUILDER,
            at=at,
        )


def test_a_sub_headquarters_appears_at_its_hour_and_not_before(
    client_of: Callable[[Role], Client], sub: Organisation
) -> None:
    client = client_of(Role.DUTY_OFFICER)

    def tree(hour: str) -> str:
        return (
            client.get("/organisations", {"at": hour})
            .content.decode()
            .split('id="tree"')[1]
            .split('id="changes"')[0]
        )

    assert "Northern sub-headquarters" not in tree("2022-01-13T23:59")
    assert "Northern sub-headquarters" in tree("2022-01-14T00:00")
    assert "begins at this hour" in tree("2022-01-14T00:00")
    assert "2022-01-14" in client.get("/organisations").content.decode().split('id="changes"')[1]


@pytest.mark.parametrize("hour", ["", "never", "2022-13-45", "9999999999999"])
def test_an_unreadable_hour_is_now(client_of: Callable[[Role], Client], hour: str) -> None:
    assert client_of(Role.DUTY_OFFICER).get("/organisations", {"at": hour}).status_code == 200


def test_only_administrators_change_the_structure(client_of: Callable[[Role], Client], town: Town) -> None:
    officer = client_of(Role.DUTY_OFFICER)
    assert officer.get("/organisations/new").status_code == 403
    assert (
        officer.post(f"/organisations/{town.cdc.pk}/dissolve", {"until_at": "2022-02-01T00:00"}).status_code
        == 403
    )
    assert 'id="change"' not in officer.get(f"/organisations/{town.cdc.pk}").content.decode()


def test_an_organisation_is_founded_renamed_and_dissolved_and_its_terms_stay(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.ADMINISTRATOR)
    answer = client.post(
        "/organisations/new",
        {
            "name": "社会面防控部",
            "english": "Community control",
            "code": "community-control",
            "kind": "department",
            "division": JINNAN,
            "parent": town.district.pk,
            "from_at": "2022-01-09T08:00",
        },
    )
    assert answer.status_code == 302, re.findall(
        r'class="lk-error".*?<span>(.*?)</span>', answer.content.decode()
    )
    with node_scope():
        made = Organisation.objects.get(code="community-control")
    rename = {"name": "社会管控部", "english": "", "parent": town.district.pk, "from_at": "2022-01-09T08:00"}
    early = client.post(f"/organisations/{made.pk}/rearrange", rename)
    assert early.status_code == 422 and 'id="id_from_at_error"' in early.content.decode()
    client.post(f"/organisations/{made.pk}/rearrange", rename | {"from_at": "2022-01-10T00:00"})
    client.post(f"/organisations/{made.pk}/dissolve", {"until_at": "2022-01-20T00:00"})
    with node_scope():
        terms = list(OrganisationTerm.objects.filter(organisation=made).order_by("from_at"))
    assert [term.name for term in terms] == ["社会面防控部", "社会管控部"]
    assert terms[1].until_at == datetime(2022, 1, 20, tzinfo=SHANGHAI)


def test_one_that_others_answer_to_is_not_dissolved(client_of: Callable[[Role], Client], town: Town) -> None:
    answer = client_of(Role.ADMINISTRATOR).post(
        f"/organisations/{town.district.pk}/dissolve", {"until_at": "2022-02-01T00:00"}
    )
    assert answer.status_code == 422
    assert "still answers to it" in answer.content.decode()


def test_a_post_is_added_filled_and_vacated_and_unfit_pairs_are_refused(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.ADMINISTRATOR)
    client.post(f"/organisations/{town.district.pk}/posts", {"title": "审计二", "role": "auditor"})
    with node_scope():
        post = Post.objects.get(title="审计二")
    unfit = client.post(f"/posts/{post.pk}/fill", {f"post{post.pk}-user": "registry_clerk-jinnan"})
    assert unfit.status_code == 422
    assert "at once" in unfit.content.decode()
    unknown = client.post(f"/posts/{post.pk}/fill", {f"post{post.pk}-user": "nobody"})
    assert "No user of this name" in unknown.content.decode()
    client.post(f"/posts/{post.pk}/fill", {f"post{post.pk}-user": "commander-jinnan"})
    with node_scope():
        holding = Holding.objects.get(post=post)
    assert holding.user_id == town[Role.COMMANDER].user
    client.post(f"/holdings/{holding.pk}/vacate")
    with node_scope():
        assert Holding.objects.get(pk=holding.pk).until_at is not None


def test_the_tree_asks_the_database_as_often_for_a_large_structure(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    client = client_of(Role.DUTY_OFFICER)
    client.get("/organisations")
    with CaptureQueriesContext(connection) as few:
        client.get("/organisations")
    with node_scope():
        for number in range(40):
            organisations.found(
                code=f"street-{number}",
                kind=OrganisationKind.STREET,
                division=JINNAN,
                name=f"街道{number}",
                parent=town.district,
                from_at=at - timedelta(days=2, minutes=number),
                by=BUILDER,
                at=at,
            )
    with CaptureQueriesContext(connection) as many:
        page = client.get("/organisations").content.decode()
    assert len(many) == len(few)
    assert '<span lang="zh-CN">街道</span>39' in page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_the_slider_walks_to_the_hour_at_which_a_sub_headquarters_begins(
    page_of: Callable[[Role], "Page"], town: Town, axe: Callable[["Page"], None]
) -> None:
    page = page_of(Role.ADMINISTRATOR)
    page.goto("/organisations/new")
    axe(page)
    page.fill("#id_name", "北片区分指挥部")
    page.fill("#id_english", "Northern sub-headquarters")
    page.fill("#id_code", "north")
    page.select_option("#id_kind", "sub_headquarters")
    page.select_option("#id_parent", str(town.district.pk))
    page.fill("#id_from_at", "2022-01-14T00:00")
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile(r"/organisations/\d+$"))
    axe(page)
    page.goto("/organisations")
    axe(page)
    assert page.locator(".dk-tree", has_text="北片区分指挥部").count() == 0
    page.locator("#slide").focus()
    page.keyboard.press("End")
    page.wait_for_url(re.compile("at=2022-01-14"))
    assert page.locator(".dk-tree", has_text="北片区分指挥部").count() == 1
