"""The report of an investigation: chapters for the headquarters, a track for the public that names nobody."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from support import rows, rows_response
from support.town import COMMUNITY
from web_investigation import LINE, opened

from liankong.actions import investigation as verbs
from liankong.actions.investigation import StayTold
from liankong.actions.investigation_sources import propose_source
from liankong.store.access import node_scope
from liankong.store.models import Household, Investigation, Person, Place
from liankong.vocabulary.kinds import Role, StayMode

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def row(town: "Town", at: datetime) -> Investigation:
    return opened(town, at)


@pytest.fixture
def told(town: "Town", row: Investigation, at: datetime) -> Investigation:
    """An investigation full of what must not be published."""
    by = town[Role.EPIDEMIOLOGIST]
    with node_scope():
        home = Place.objects.create(name="百合小区3号楼2单元501室", kind="dwelling", division=COMMUNITY)
        shop = Place.objects.create(name="新华超市", kind="market", division=COMMUNITY)
        household = Household.objects.create(division=COMMUNITY, dwelling=home)
        Person.objects.filter(pk=row.case.person_id).update(
            household=household, sex="female", birth_date="1979-03-02"
        )
        stays = [
            StayTold(from_at=at - 30 * HOUR, until_at=at - 20 * HOUR, mode=StayMode.HOME),
            StayTold(
                from_at=at - 20 * HOUR,
                until_at=at - 19 * HOUR,
                mode=StayMode.TAXI,
                vehicle="津A12345",
                companions=1,
            ),
            StayTold(from_at=at - 19 * HOUR, until_at=at - 18 * HOUR, mode=StayMode.SHOPPING, place=shop.pk),
            StayTold(
                from_at=at - 17 * HOUR,
                until_at=at - 16 * HOUR,
                mode=StayMode.TRAIN,
                vehicle="G123",
                seat="07车11F号",
            ),
            StayTold(
                from_at=at - 15 * HOUR,
                until_at=at - 14 * HOUR,
                mode=StayMode.VISIT,
                place_text="朋友王建国家",
            ),
        ]
        verbs.record_stays(investigation=row.pk, stays=stays, by=by, at=at)
        verbs.confirm_track(investigation=row.pk, by=by, at=at)
        propose_source(investigation=row.pk, text="与李建国同桌就餐", by=by, at=at)
        rows_response.contact(case=row.case, person=rows.person(division=COMMUNITY, at=at), at=at)
    return row


def texts(content: bytes, kind: str) -> str:
    """All the words of a paper, of its notes and properties too."""
    if kind == "pdf":
        from pypdf import PdfReader

        pages = PdfReader(BytesIO(content))
        return "".join(page.extract_text() for page in pages.pages) + str(pages.metadata)
    from zipfile import ZipFile

    with ZipFile(BytesIO(content)) as parts:
        return "".join(
            re.sub(r"<[^>]+>", "", parts.read(name).decode("utf-8", "ignore"))
            for name in parts.namelist()
            if name.endswith((".xml", ".rels"))
        )


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_the_public_paper_tells_the_track_and_nobody(
    town: "Town", told: Investigation, client_of: "Callable[[Role], Client]", kind: str
) -> None:
    answer = client_of(Role.EPIDEMIOLOGIST).get(f"/investigations/{told.pk}/report/public.{kind}")
    assert answer.status_code == 200
    text = texts(answer.content, kind).replace("\n", "").replace(" ", "")
    assert "新华超市" in text
    assert "百合小区" in text
    assert "G123" in text
    case = told.case
    secrets = ["号楼", "单元", "501", "津A", "07车", "11F", "王建国", "李建国", "女", "1979", "42岁", "同行", case.number,
               f"人员编号{case.person_id}", str(town[Role.EPIDEMIOLOGIST].user) + "·", "epidemiologist"]  # fmt: skip
    assert [secret for secret in secrets if secret in text] == []
    assert "编号" not in text


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_the_headquarters_paper_has_its_chapters_with_persons_as_numbers(
    town: "Town", told: Investigation, client_of: "Callable[[Role], Client]", kind: str
) -> None:
    answer = client_of(Role.EPIDEMIOLOGIST).get(f"/investigations/{told.pk}/report/internal.{kind}")
    text = texts(answer.content, kind).replace("\n", "").replace(" ", "")
    chapters = ["病例基本情况", "发病与检测", "活动轨迹", "接触者", "感染来源", "已采取的措施"]
    assert [chapter for chapter in chapters if chapter not in text] == []
    assert f"人员编号{told.case.person_id}" in text
    assert "密切接触者" in text
    assert "津A12345" in text
    # Whose copy it is stands on it.
    assert "epidemiologist-jinnan-cdc" in text


def test_whoever_does_not_investigate_sees_the_public_paper_alone(
    town: "Town", told: Investigation, client_of: "Callable[[Role], Client]"
) -> None:
    client = client_of(Role.BULLETIN_OFFICER)
    page = client.get(f"/investigations/{told.pk}/report")
    assert "王建国" not in page.text
    assert "津A12345" not in page.text
    assert client.get(f"/investigations/{told.pk}/report/internal.pdf").status_code == 302
    assert client.post(f"/investigations/{told.pk}/stays", LINE).status_code == 403


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1366])
def test_the_pages_are_usable_by_everybody(
    page_of: "Callable[[Role], Page]",
    told: Investigation,
    axe: "Callable[[Page], None]",
    width: int,
) -> None:
    page = page_of(Role.EPIDEMIOLOGIST)
    page.set_viewport_size({"width": width, "height": 900})
    for address in ("s", f"s/{told.pk}", f"s/{told.pk}/sources", f"s/{told.pk}/report", f"s/{told.pk}/paste"):
        page.goto(f"/investigation{address}")
        page.wait_for_selector("h1")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
