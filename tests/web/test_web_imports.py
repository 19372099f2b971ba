"""A line list of nobody's shape becomes cases: uploaded, mapped, looked at, committed, mended, imported again."""

import csv
import io
import os
import re
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support.town import BUILDER, JINNAN, Town

from liankong.actions import outbreaks
from liankong.store.access import node_scope
from liankong.store.models import Case, Identity, LineListImport
from liankong.vocabulary.kinds import Role
from liankong.web import imports_folder, imports_work
from liankong.web.imports_form import from_form
from liankong.web.imports_mapping import columns_of, lines, sample
from liankong.web.imports_toml import parse, to_toml

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db

MESSY = (
    "编号,姓名,性别,年龄,发病日期,报告日期,感染来源,备注\n"
    "P1,甲一,女,34,13/01/2022,15/01/2022,,\n"
    "P2,乙二,男,8 months,14/01/2022,16/01/2022,病例 P1 的密接,\n"
    "P3,丙三,男,41,not known,17/01/2022,接触 P2,无发病日\n"
    "P4,丁四,女,250,15/01/2022,17/01/2022,病例 P2,\n"
    "P1,甲一,女,34,13/01/2022,15/01/2022,,\n"
)


@pytest.fixture
def town(town: Town, at: datetime) -> Town:
    """The district has a study of its own."""
    with node_scope():
        study = outbreaks.open_outbreak(
            code="study",
            name="研究",
            english="A study",
            pathogen="covid19",
            protocol="CN-COV-v8",
            division=JINNAN,
            baseline_on=date(2022, 1, 1),
            study=True,
            by=BUILDER,
            at=at - timedelta(days=1),
        )
    return replace(town, outbreak=study)


@pytest.fixture(autouse=True)
def _no_uploads_left() -> Any:
    yield
    for folder in imports_folder.root().iterdir():
        imports_folder.Upload(folder).remove()


def upload(client: Client, text: str = MESSY, name: str = "list.csv", **more: Any) -> str:
    """The token of an upload."""
    file = SimpleUploadedFile(name, text.encode("utf-8-sig"))
    answer = client.post("/imports", {"file": file} | more)
    assert answer.status_code == 302, answer.status_code
    return str(re.findall(r"/imports/new/([^/]+)/mapping", answer.headers["Location"])[0])


def table_of(client: Client, token: str) -> dict[str, str]:
    """What the mapping's table would send back as it stands."""
    page = client.get(f"/imports/new/{token}/mapping").content.decode()
    form = page.split('id="mapping-form"')[1].split("</form>")[0]
    sent: dict[str, str] = {}
    for name, chosen in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        found = re.search(r'<option value="([^"]*)" selected', chosen)
        sent[name] = found[1] if found else (re.findall(r'<option value="([^"]*)"', chosen) or [""])[0]
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag):
            sent[name[1]] = value[1].replace("&lt;", "<").replace("&gt;", ">") if value else ""
    return sent


def account(page: str) -> dict[str, int]:
    return {
        name: int(value.replace(",", ""))
        for name, value in re.findall(r'data-account="(\w+)">([\d,]+)<', page)
    }


def imported(client: Client, token: str, outbreak: str = "study") -> LineListImport:
    """Read with the mapping as it stands, its pattern written where it was left open; commit, and give the import."""
    sent = table_of(client, token)
    sent |= {name: r"(?P<key>P\d+)" for name in sent if name.endswith("-pattern")}
    answer = client.post(f"/imports/new/{token}/mapping", sent | {"do": "next"})
    assert answer.status_code == 302, re.findall(
        r'role="alert">.*?<(?:span|p)>(.*?)</', answer.content.decode(), re.S
    )
    client.post(f"/imports/new/{token}/commit", {"outbreak": outbreak})
    with node_scope():
        return LineListImport.objects.latest("pk")


# --- the story -----------------------------------------------------------------------------------------------------


def test_every_row_of_a_messy_list_is_accounted_for_and_a_mended_row_comes_in_later(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    token = upload(client)
    client.post(f"/imports/new/{token}/mapping", table_of(client, token) | {"do": "next"})
    preview = client.get(f"/imports/new/{token}/preview").content.decode()
    assert account(preview) == {"in": 5, "accepted": 3, "rejected": 1, "duplicate": 1}
    assert "is not a possible age" in preview
    assert "甲一" not in preview
    rejected = client.get(f"/imports/new/{token}/rejected.csv").content.decode("utf-8-sig")
    client.post(f"/imports/new/{token}/commit", {"outbreak": "study"})
    with node_scope():
        row = LineListImport.objects.get()
        assert Case.objects.get(number="P2").links.get().infector_number == "P1"
        assert Identity.objects.count() == 3
    assert (row.rows, row.accepted, row.rejected, row.duplicate) == (5, 3, 1, 1)
    result = client.get(f"/imports/{row.pk}").content.decode()
    assert account(result) == {"in": 5, "accepted": 3, "rejected": 1, "duplicate": 1}

    mended = rejected.replace("250", "25")
    again = upload(client, mended, "mended.csv")
    assert "is used" in client.get(f"/imports/new/{again}/mapping").content.decode()
    second = imported(client, again)
    assert (second.rows, second.accepted, second.rejected) == (1, 1, 0)
    with node_scope():
        assert Case.objects.count() == 4


def test_the_same_file_twice_brings_nothing_new_and_says_so(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    good = MESSY.replace("250", "25")
    imported(client, upload(client, good))
    token = upload(client, good)
    assert "is used" in client.get(f"/imports/new/{token}/mapping").content.decode()
    client.post(f"/imports/new/{token}/mapping", table_of(client, token) | {"do": "next"})
    assert "This very file was imported" in client.get(f"/imports/new/{token}/preview").content.decode()
    client.post(f"/imports/new/{token}/commit", {"outbreak": "study"})
    with node_scope():
        second = LineListImport.objects.latest("pk")
        assert Case.objects.count() == 4
    assert (second.accepted, second.duplicate) == (0, 5)
    assert "Nothing new." in client.get(f"/imports/{second.pk}").content.decode()


def test_the_file_is_closed_to_others_and_goes_at_commit(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    token = upload(client)
    folder = imports_folder.root() / token
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.rglob("*") if file.is_file()} == {0o600}
    assert client_of(Role.BULLETIN_OFFICER).get(f"/imports/new/{token}/mapping").status_code == 404
    imported(client, token)
    assert not (folder / "file").exists()


def test_giving_up_deletes_the_file_and_a_day_old_one_goes_by_itself(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    first, second = upload(client), upload(client)
    client.post(f"/imports/new/{first}/give-up")
    assert not (imports_folder.root() / first).exists()
    old = time.time() - 25 * 3600
    os.utime(imports_folder.root() / second / "file", (old, old))
    assert imports_folder.sweep() == 1
    assert client.get(f"/imports/new/{second}/mapping").status_code == 404


@pytest.mark.parametrize("token", ["..", ".", "%2e%2e", "nowhere", "a" * 300])
def test_a_token_is_no_path(client_of: Callable[[Role], Client], token: str) -> None:
    assert client_of(Role.EPIDEMIOLOGIST).get(f"/imports/new/{token}/mapping").status_code == 404


def test_only_posts_that_import_see_the_wizard(client_of: Callable[[Role], Client]) -> None:
    clerk = client_of(Role.REGISTRY_CLERK)
    assert 'name="file"' not in clerk.get("/imports").content.decode()
    clerk.post("/imports", {"file": SimpleUploadedFile("a.csv", b"id\n1\n")})
    assert not list(imports_folder.root().iterdir())


# --- mapping -------------------------------------------------------------------------------------------------------


def test_days_that_read_both_ways_are_asked_for_and_not_guessed(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    text = "case_id,onset\n1,03/04/2022\n2,05/06/2022\n"
    token = upload(client, text)
    answer = client.post(f"/imports/new/{token}/mapping", table_of(client, token) | {"do": "next"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "is-faulty" in page and "something is still open" in page
    sent = table_of(client, token)
    order = next(name for name in sent if name.endswith("-order"))
    assert (
        client.post(f"/imports/new/{token}/mapping", sent | {order: "d/m/y", "do": "next"}).status_code == 302
    )
    shown = client.get(f"/imports/new/{token}/preview").content.decode()
    assert "2022-04-03" in shown


def test_codes_of_the_file_are_mapped_one_by_one(client_of: Callable[[Role], Client], town: Town) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    token = upload(client, "case_id,sex\n1,W\n2,M\n3,W\n")
    sent = table_of(client, token)
    values = {name: value for name, value in sent.items() if name.endswith("-value")}
    woman = next(name for name, value in values.items() if value == "W").replace("-value", "-kind")
    client.post(f"/imports/new/{token}/mapping", sent | {woman: "female", "do": "next"})
    assert account(client.get(f"/imports/new/{token}/preview").content.decode())["accepted"] == 3


def test_a_column_can_be_given_another_field_and_a_second_use(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    token = upload(client, "case_id,day\n1,2022-01-03\n")
    sent = table_of(client, token)
    field = next(name for name in sent if name.endswith("1-field"))
    client.post(f"/imports/new/{token}/mapping", sent | {field: "confirmed", "do": "update"})
    added = table_of(client, token) | {"add-column": "day", "add-field": "reported", "do": "update"}
    client.post(f"/imports/new/{token}/mapping", added)
    text = client.get(f"/imports/new/{token}/mapping.toml").content.decode()
    assert "[fields.confirmed]" in text and "[fields.reported]" in text


def test_the_pattern_for_links_shows_what_it_finds_while_it_is_written(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    token = upload(client)
    sent = table_of(client, token)
    name = next(name for name in sent if name.endswith("-pattern"))
    number = name.split("-")[1]
    hits = client.post(f"/imports/new/{token}/matches", sent | {name: r"(?P<key>P\d)", "line": number})
    assert re.findall(r"<mark>(P\d)</mark>", hits.content.decode()) == ["P1", "P2", "P2"]
    broken = client.post(f"/imports/new/{token}/matches", sent | {name: "(", "line": number})
    assert "This is no pattern" in broken.content.decode()


def test_a_mapping_comes_and_goes_as_text_and_a_broken_one_is_refused_with_its_place(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    token = upload(client)
    answer = client.get(f"/imports/new/{token}/mapping.toml")
    assert "attachment" in answer.headers["Content-Disposition"]
    text = answer.content.decode()
    broken = client.post(f"/imports/new/{token}/mapping", {"do": "toml", "toml": text + "\n[fields"})
    assert broken.status_code == 422
    assert client.get(f"/imports/new/{token}/mapping.toml").content.decode() == text
    file = SimpleUploadedFile("m.toml", text.replace("title = ", "title = ", 1).encode())
    assert client.post(f"/imports/new/{token}/mapping", {"do": "file", "toml_file": file}).status_code == 200


def test_a_table_that_nobody_touches_gives_the_same_mapping_back(tmp_path: Path) -> None:
    from liankong.exchange.mapping_guess import guess
    from liankong.exchange.tables import Table

    file = tmp_path / "list.csv"
    file.write_text(MESSY, "utf-8")
    data = parse(guess(file).toml)
    found = lines(data, columns_of(sample(Table(file))))
    posted = {"title": str(data["title"])}
    for line in found:
        prefix = f"line-{line.number}-"
        posted[prefix + "field"] = line.field
        if line.kind == "day":
            posted[prefix + "order"] = line.order
        if line.kind == "links":
            posted[prefix + "pattern"] = line.entry.get("pattern", "")
            posted[prefix + "key"] = line.entry.get("key", "{key}")
            posted[prefix + "direction"] = line.entry.get("direction", "infector")
    assert parse(to_toml(from_form(posted, data, found)))["fields"] == data["fields"]


def test_a_file_that_is_no_table_is_refused_at_its_field(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    answer = client.post(
        "/imports", {"file": SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0 not a workbook")}
    )
    assert answer.status_code == 422
    assert 'id="id_file_error"' in answer.content.decode()
    assert not list(imports_folder.root().iterdir())


# --- large files ---------------------------------------------------------------------------------------------------


def big(rows: int) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["case_id", "sex", "age", "onset", "infected by"])
    for number in range(1, rows + 1):
        day = date(2022, 1, 1) + timedelta(days=number % 200)
        writer.writerow(
            [
                f"K{number}",
                "FM"[number % 2],
                number % 90,
                day.isoformat(),
                f"K{number // 2}" if number > 2 else "",
            ]
        )
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_a_large_file_is_handed_to_the_worker_and_can_be_interrupted(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    token = upload(client, big(22_000), "large.csv")
    answer = client.post(f"/imports/new/{token}/mapping", table_of(client, token) | {"do": "next"})
    assert answer.status_code == 302
    waiting = client.get(f"/imports/new/{token}/preview").content.decode()
    assert "Waiting for a worker" in waiting
    work(token, "read")
    assert imports_folder.by_token(token).read("progress")["state"] == "done", imports_folder.by_token(
        token
    ).read("progress")
    assert account(client.get(f"/imports/new/{token}/preview").content.decode())["accepted"] == 22_000
    client.post(f"/imports/new/{token}/commit", {"outbreak": "study"})
    running = imports_folder.by_token(token)
    running.cancel()
    imports_work.WRITE_EVERY_SECONDS, kept = 0.0, imports_work.WRITE_EVERY_SECONDS
    try:
        work(token, "commit")
    finally:
        imports_work.WRITE_EVERY_SECONDS = kept
    with node_scope():
        assert not LineListImport.objects.exists() and not Case.objects.exists()
    client.get(f"/imports/new/{token}/preview")
    client.post(f"/imports/new/{token}/commit", {"outbreak": "study"})
    work(token, "commit")
    with node_scope():
        assert LineListImport.objects.get().accepted == 22_000


def work(token: str, step: str) -> None:
    """What the worker does with the job."""
    from django.db import connections

    def run() -> None:
        imports_work.work_off(token, step)
        connections.close_all()

    turn = threading.Thread(target=run)
    turn.start()
    turn.join()


def test_the_result_asks_the_database_as_often_for_many_rejections(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)

    def queries(bad: int) -> int:
        good = "".join(f"G{bad}-{number},30\n" for number in range(3 * bad))
        text = "case_id,age\n" + "".join(f"X{bad}-{number},{500 + number}\n" for number in range(bad)) + good
        row = imported(client, upload(client, text))
        client.get(f"/imports/{row.pk}")
        with CaptureQueriesContext(connection) as caught:
            page = client.get(f"/imports/{row.pk}").content.decode()
        assert page.count("is not a possible age") == min(bad, 50)
        client.get(f"/imports/{row.pk}/summary")
        with CaptureQueriesContext(connection) as more:
            client.get(f"/imports/{row.pk}/summary")
        return len(caught) + len(more)

    assert queries(2) == queries(120)


# --- in the browser ------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_a_messy_list_is_mapped_committed_mended_and_imported_again(
    page_of: Callable[[Role], "Page"], town: Town, tmp_path: Path, axe: Callable[["Page"], None]
) -> None:
    page = page_of(Role.EPIDEMIOLOGIST)
    file = tmp_path / "疫情 list.csv"
    file.write_text(MESSY, "gb18030")
    page.goto("/imports")
    axe(page)
    page.set_input_files("#id_file", file)
    page.click("main form[enctype] button")
    page.wait_for_selector("#mapping-form")
    axe(page)
    note = page.get_by_label("备注", exact=False).and_(page.locator("select[id$='-field']"))
    note.select_option("notes")
    page.wait_for_selector("body:not(.is-loading)")
    pattern = page.locator("input[name$='-pattern']")
    pattern.fill(r"(?P<key>P\d+)")
    page.wait_for_selector(".dk-matches mark")
    page.click("button[value=next]")
    page.wait_for_selector("[data-account=rejected]")
    axe(page)
    assert page.locator("[data-account=rejected]").inner_text() == "1"
    with page.expect_download() as waiting:
        page.click("a[href$='rejected.csv']")
    rejected = Path(waiting.value.path()).read_bytes()
    page.select_option("#id_outbreak", "study")
    page.click("form[action$='/commit'] button")
    page.wait_for_selector("#summary")
    axe(page)
    assert page.locator("[data-account=accepted]").inner_text() == "3"
    mended = tmp_path / "mended.csv"
    mended.write_bytes(rejected.replace(b"250", b"25"))
    page.goto("/imports")
    page.set_input_files("#id_file", mended)
    page.click("main form[enctype] button")
    page.click("button[value=next]")
    page.select_option("#id_outbreak", "study")
    page.click("form[action$='/commit'] button")
    page.wait_for_selector("#summary")
    assert page.locator("[data-account=accepted]").inner_text() == "1"
    with node_scope():
        assert Case.objects.count() == 4
