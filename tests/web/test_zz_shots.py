"""temporary"""
import os, re
from datetime import date, datetime, timedelta
from dataclasses import replace
from pathlib import Path
import pytest
from django.conf import settings
from liankong.actions import cases as case_verbs, registry, organisations, bulletins as bv
from liankong.store import cases, seals, log
from liankong.store.access import node_scope
from liankong.store.models import *
from liankong.vocabulary.kinds import *
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.spans import SHANGHAI
from support import rows
from support.town import BUILDER, JINNAN, Town
from web.test_web_imports import MESSY, big
OUT = Path("/tmp/w2shots"); OUT.mkdir(exist_ok=True)

@pytest.fixture
def town(town, at):
    with node_scope():
        spread = case_verbs.open_outbreak(code="jinnan-own", name="津南区本轮疫情", english="Jinnan, January 2022", pathogen="covid19", protocol="CN-COV-v8", division=JINNAN, baseline_on=date(2022,1,1), by=BUILDER, at=at - timedelta(days=1))
        case_verbs.open_outbreak(code="study", name="研究：新加坡", english="A study", pathogen="covid19", protocol="CN-COV-v8", division=JINNAN, baseline_on=date(2022,1,1), study=True, by=BUILDER, at=at - timedelta(days=2))
    return replace(town, outbreak=spread)

@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_shots(page_of, town, at, context, live, tmp_path):
    want = os.environ.get("SHOTS", "")
    with node_scope():
        for n in range(40):
            street = f"1201121{n%5:02d}" if n % 3 else "120112100"
            c = rows.case(outbreak=town.outbreak, division=street[:9], at=at-timedelta(hours=n), classification=[PersonClass.CONFIRMED, PersonClass.ASYMPTOMATIC, PersonClass.PENDING_REVIEW][n%3])
            c.origin = Origin.LOCAL if n%5 else Origin.IMPORTED; c.save()
            cases.remember(c, at=at-timedelta(hours=n), by=BUILDER, reason="x")
        someone = registry.register(division="120112100001", name="王小明", id_number=make_id_number("120112", date(1980,5,4), 11), phone="+8613800138000", registered_address="津南区某路 1 号", sex=Sex.MALE, birth_date=date(1980,5,4), by=BUILDER, at=at)
        registry.reveal(person=someone.pk, fields=("name","phone"), why="追踪病例 C12 的密接", by=town[Role.CLINICIAN], at=at)
        seals.seal(at=at)
        organisations.found(code="north", kind=OrganisationKind.SUB_HEADQUARTERS, division=JINNAN, name="北片区分指挥部", english="Northern sub-headquarters", parent=town.district, from_at=datetime(2022,1,14,tzinfo=SHANGHAI), by=BUILDER, at=at)
    theme = os.environ.get("THEME", "light"); lang = os.environ.get("LANGUAGE_", "en"); width = int(os.environ.get("WIDTH", "1366"))
    context.add_cookies([{"name": "liankong-theme", "value": theme, "url": live.url}, {"name": settings.LANGUAGE_COOKIE_NAME, "value": lang, "url": live.url}])
    def shot(page, name):
        if want and not re.search(want, name): return
        page.wait_for_timeout(500)
        page.screenshot(path=str(OUT / f"{name}-{lang}-{theme}-{width}.png"), full_page=True)
    page = page_of(Role.REGISTRY_CLERK)
    page.set_viewport_size({"width": width, "height": 768})
    page.goto("/registry"); shot(page, "registry")
    page.fill("#id_value", make_id_number("120112", date(1980,5,4), 11)); page.fill("#id_why", "case 12"); page.click("main form button.btn-primary"); page.wait_for_load_state(); shot(page, "found")
    page.goto(f"/registry/{someone.pk}"); shot(page, "person")
    page.goto("/registry/new"); page.fill("#id_id_number", make_id_number("120112", date(1980,5,4), 13)); page.locator("#id_id_number").press("End"); page.wait_for_timeout(700); shot(page, "register")
    page = page_of(Role.AUDITOR)
    page.goto("/audit"); shot(page, "audit")
    page.goto("/audit/reads"); shot(page, "reads")
    with node_scope(): e = Entry.objects.order_by("pk").first().pk
    page.goto(f"/audit/{e}"); shot(page, "entry")
    page.goto("/audit/seals"); page.click("main form button"); page.wait_for_load_state(); shot(page, "seals")
    page = page_of(Role.ADMINISTRATOR)
    page.goto("/organisations?at=2022-01-14T00:00"); shot(page, "tree")
    page.goto(f"/organisations/{town.district.pk}"); shot(page, "organisation")
    page.goto("/users"); shot(page, "users")
    page.goto(f"/users/{town[Role.CLINICIAN].user}"); shot(page, "user")
    page.goto("/users/tokens"); shot(page, "tokens")
    page.goto("/protocols/CN-COV-v8"); shot(page, "protocol")
    page.goto("/outbreaks"); shot(page, "outbreaks")
    page.goto("/outbreaks/new"); shot(page, "outbreaknew")
    page = page_of(Role.EPIDEMIOLOGIST)
    page.goto("/registry/glass"); shot(page, "glass")
    f = tmp_path / "津南 list.csv"; f.write_text(MESSY, "gb18030")
    page.goto("/imports"); shot(page, "imports0")
    page.set_input_files("#id_file", f); page.click("main form[enctype] button"); page.wait_for_selector("#mapping-form")
    page.locator("input[name$='-pattern']").fill(r"(?P<key>P\d+)"); page.wait_for_timeout(900)
    shot(page, "mapping")
    page.click("button[value=next]"); page.wait_for_selector("[data-account=rejected]"); shot(page, "preview")
    page.select_option("#id_outbreak", "study"); page.click("form[action$='/commit'] button"); page.wait_for_selector("#summary"); shot(page, "import")
    f2 = tmp_path / "large.csv"; f2.write_text(big(22000))
    page.goto("/imports"); page.set_input_files("#id_file", f2); page.click("main form[enctype] button"); page.wait_for_selector("#mapping-form"); page.click("button[value=next]"); page.wait_for_timeout(800); shot(page, "progress")
    page.goto("/imports"); shot(page, "imports")
    page = page_of(Role.BULLETIN_OFFICER)
    page.goto("/bulletins"); shot(page, "bulletins0")
    page.goto("/bulletins/new"); shot(page, "draft")
    page.fill("#id_day", "2022-01-08"); page.select_option("#id_row0-figure", "since|confirmed|in_hospital"); page.fill("#id_row0-value", "4"); page.select_option("#id_outbreak", label="津南区本轮疫情 (jinnan-own)")
    page.click("main form button.btn-primary"); page.wait_for_url(re.compile(r"/bulletins/\d+$")); shot(page, "failing")
    address = page.url
    while page.locator("[name=finding]").count():
        first = page.locator("details.dk-more", has=page.locator("[name=finding]")).first
        first.locator("summary").click(); first.locator("[name=reason]").fill("一人在家等待转运"); first.locator("button").click(); page.wait_for_load_state()
    shot(page, "explained")
    address = page.url
    page.goto("/bulletins/read"); page.fill("#id_text", "2022年2月1日0—24时，天津市新增本土确诊病例6例。\n自2022年1月8日至2022年2月1日24时，天津市累计报告本土确诊病例405例，累计治愈出院342例，现有确诊病例63例。"); page.click("main form button"); page.wait_for_load_state(); shot(page, "read")
    page = page_of(Role.COMMANDER)
    page.goto(address); page.click("form[action$='/sign'] button"); page.click("[data-confirm-yes]"); page.wait_for_load_state(); shot(page, "signed")
    page.goto("/bulletins"); shot(page, "bulletins")
