"""A town in which every page has something to say: cases, bulletins and lists here, the response in its own module.

Its places, bodies and people are named in Chinese, as those of a real district are, so that a page in English shows
whether it says which of its words are Chinese.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile
from support import town as towns
from support.town import BUILDER, JINNAN, Town
from web_cases import many, positive

from liankong.actions import cases, outbreaks, registry
from liankong.store.access import node_scope
from liankong.store.models import LineListImport, Organisation, OrganisationTerm
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import Outcome, PersonClass, Role, Severity

if TYPE_CHECKING:
    from django.test import Client

NUMBER = make_id_number("120112", date(1980, 5, 4), 11)
LIST = (
    "编号,性别,年龄,发病日期,报告日期,感染来源\n"
    "Q1,女,34,2022-01-03,2022-01-05,\n"
    "Q2,男,41,2022-01-04,2022-01-06,病例 Q1 的密接\n"
    "Q3,男,250,2022-01-05,2022-01-07,\n"
)
TEXT = "2022年1月8日0—24时，新增本土新冠肺炎确诊病例3例（轻型2例、普通型1例）。累计确诊病例405例，其中境外输入342例。"
# What a town's bodies are really called; stories name them by their codes.
CALLED = {
    "city": "市疫情防控指挥部",
    "jinnan": "津南区疫情防控指挥部",
    "jinnan-cdc": "津南区疾病预防控制中心",
}


def with_outbreak(town: Town, at: datetime) -> Town:
    """The same town, with an outbreak of its district's own. Needs an open node scope, as all of these do."""
    own = outbreaks.open_outbreak(
        code="district-2022",
        name="本区疫情",
        english="District outbreak",
        pathogen="covid19",
        protocol="CN-COV-v8",
        division=JINNAN,
        baseline_on=date(2022, 1, 1),
        by=BUILDER,
        at=at - timedelta(days=10),
    )
    return Town(town.city, town.district, town.cdc, own, town.actors)


def name_bodies(called: dict[str, str]) -> None:
    """Chinese names; and a number in the code, which is shown beside it and would pass for an English word."""
    for code, name in called.items():
        OrganisationTerm.objects.filter(organisation__code=code).update(name=name)
        Organisation.objects.filter(code=code).update(code=f"{code}-1")


def with_cases(town: Town, at: datetime) -> None:
    """Cases of several classes, one classified, with its course and its source; and a person with an identity."""
    epidemiologist = town[Role.EPIDEMIOLOGIST]
    first = positive(town, at - timedelta(hours=3))
    positive(town, at - timedelta(hours=1), code="T2")
    linked = many(town, at, 4)
    many(town, at, 2, classification=PersonClass.ASYMPTOMATIC, linked=False)
    cases.classify(
        case=first.pk,
        classification=PersonClass.CONFIRMED,
        severity=Severity.COMMON,
        reason="三次阳性",
        by=epidemiologist,
        at=at,
    )
    cases.record_course(
        case=first.pk,
        outcome=Outcome.IN_CARE,
        admitted_at=at - timedelta(hours=2),
        by=epidemiologist,
        at=at,
    )
    cases.set_source(
        case=first.pk, origin="local", infector=linked[0].number, exposure="同楼", by=epidemiologist, at=at
    )
    person = registry.register(division=towns.COMMUNITY, name="甲乙丙", id_number=NUMBER, by=BUILDER, at=at)
    registry.reveal(person=person.pk, fields=("name",), why="病例一所需", by=town[Role.REGISTRY_CLERK], at=at)


def with_bulletins(own: int, client_of: "Callable[..., Client]") -> None:
    """One that is signed, and one that fails its checks."""
    officer, commander = client_of(Role.BULLETIN_OFFICER), client_of(Role.COMMANDER)
    sent = {"outbreak": own, "division": JINNAN, "day": "2022-01-08", "rows": 0}
    made = officer.post("/bulletins/new", sent)
    assert made.status_code == 302
    commander.post(f"{made.headers['Location']}/sign")
    wrong = {
        "row0-figure": "since|confirmed|in_hospital",
        "row0-origin": "all",
        "row0-place": "",
        "row0-value": "99",
    }
    again = officer.post("/bulletins/new", sent | wrong | {"rows": 1, "reason": "核减"})
    assert again.status_code == 302


def with_imports(code: str, client: "Client") -> None:
    """One that is begun, one that is looked at, and one with a rejected row that is done."""
    steps: Sequence[Sequence[str]] = (["update"], ["next"], ["next", "commit"])
    for do in steps:
        answer = client.post("/imports", {"file": SimpleUploadedFile("list.csv", LIST.encode("utf-8-sig"))})
        page = answer.headers["Location"]
        client.post(page, {"do": do[0], "line-5-pattern": r"(?P<key>Q\d+)"})
        if "commit" in do:
            client.post(page.replace("mapping", "commit"), {"outbreak": code})
    with node_scope():
        assert LineListImport.objects.get().rejected
