"""Real outbreaks through the shipped mappings, against what is known of them."""

from collections import Counter
from pathlib import Path

import pytest

from liankong.exchange import linelist, mapping
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass

OUTBREAKS = "data/outbreaks"


def read(file: Path, name: str, links: Path | None = None) -> linelist.LineList:
    return linelist.read(file, mapping.load(name), links=links)


def test_singapore_2020_reads_whole_and_keeps_its_clusters(shared: Path) -> None:
    read_list = read(shared / "data/singapore_2020/COVID-19_Singapore_data_revised.csv", "singapore_2020")
    assert read_list.counts() == {"in": 93, "accepted": 93, "rejected": 0, "duplicate": 0}
    assert sum(case.onset is not None for case in read_list.accepted) == 83
    clusters = Counter(case.cluster for case in read_list.accepted)
    known = {
        "Grace Assembly of God": 23,
        "Wuhan": 22,
        "Yong Thai Hang": 9,
        "Life Church": 6,
        "Seletar Aerospace Heights": 5,
    }
    assert {name: clusters[name] for name in known} == known


def test_taiwan_2020_reads_alike_from_csv_and_workbook(shared: Path) -> None:
    by_file = {
        name: read(shared / "data/taiwan_2020" / name, "taiwan_2020")
        for name in ("Individual_data.csv", "taiwan_covid.xlsx")
    }
    text, book = by_file.values()
    assert text.accepted == book.accepted
    assert text.counts() == book.counts() == {"in": 579, "accepted": 579, "rejected": 0, "duplicate": 0}


def test_taiwan_2020_origins_deaths_and_the_withdrawn_case(shared: Path) -> None:
    cases = read(shared / "data/taiwan_2020/Individual_data.csv", "taiwan_2020").accepted
    origins = Counter(case.origin for case in cases)
    assert (origins[Origin.IMPORTED], origins[Origin.LOCAL]) == (486, 55)
    assert sum(case.cluster == "Navy" for case in cases) == 36
    assert [case.key for case in cases if case.classification is PersonClass.EXCLUDED] == ["530"]
    assert sum(case.outcome is Outcome.DEAD for case in cases) == 7
    assert {case.key: case.infectors for case in cases}["477"] == ("460", "461")


def test_mers_korea_2015_with_its_file_of_links(shared: Path) -> None:
    read_list = read(shared / OUTBREAKS / "mers_korea_2015__linelist.csv", "mers_korea_2015")
    assert read_list.counts()["accepted"] == 162
    assert read_list.links is not None
    assert read_list.links.counts() == {"in": 98, "accepted": 98, "rejected": 0, "duplicate": 0}
    assert sum(case.outcome is Outcome.DEAD for case in read_list.accepted) == 19


@pytest.mark.parametrize(
    ("file", "name", "cases"),
    [
        ("measles_hagelloch_1861.csv", "measles_hagelloch_1861", 188),
        ("fluH7N9_china_2013.csv", "flu_h7n9_china_2013", 136),
        ("smallpox_abakaliki_1967.csv", "smallpox_abakaliki_1967", 32),
        ("rabies_car_2003__linelist.csv", "rabies_car_2003", 151),
    ],
)
def test_other_outbreaks_read_whole(shared: Path, file: str, name: str, cases: int) -> None:
    assert read(shared / OUTBREAKS / file, name).counts() == {
        "in": cases,
        "accepted": cases,
        "rejected": 0,
        "duplicate": 0,
    }


def test_links_to_cases_that_were_cleaned_away_are_rejected_by_row(shared: Path) -> None:
    folder = shared / OUTBREAKS
    whole = read(folder / "ebola_sim__linelist.csv", "ebola_sim", folder / "ebola_sim__contacts.csv")
    clean = read(
        folder / "ebola_sim_clean__linelist.csv", "ebola_sim", folder / "ebola_sim_clean__contacts.csv"
    )
    assert whole.links is not None
    assert clean.links is not None
    assert whole.links.counts() == {"in": 3800, "accepted": 3800, "rejected": 0, "duplicate": 0}
    assert clean.links.counts() == {"in": 3800, "accepted": 3741, "rejected": 59, "duplicate": 0}
