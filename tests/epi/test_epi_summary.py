"""The bundle, on a small outbreak and on real ones with known answers."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from liankong.epi.summary import Summary, as_dict, graph_dict, summarise
from liankong.exchange import linelist, mapping
from liankong.vocabulary.facts import CaseRecord
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, Sex

RECORDS = [
    CaseRecord(
        key="1",
        sex=Sex.MALE,
        age=40,
        origin=Origin.IMPORTED,
        onset=date(2022, 1, 1),
        confirmed=date(2022, 1, 4),
    ),
    CaseRecord(
        key="2", sex=Sex.FEMALE, age=30, onset=date(2022, 1, 4), confirmed=date(2022, 1, 3), infectors=("1",)
    ),
    CaseRecord(key="3", outcome=Outcome.DEAD, onset=date(2022, 1, 6), infectors=("1",), cluster="school"),
    CaseRecord(key="4", died=date(2022, 2, 1), classification=PersonClass.ASYMPTOMATIC),
    CaseRecord(key="5", classification=PersonClass.EXCLUDED, onset=date(2021, 1, 1)),
    CaseRecord(key="6", classification=PersonClass.CLOSE_CONTACT),
]


def bundle(records: list[CaseRecord], **options: object) -> Summary:
    return summarise(records, rng=np.random.default_rng(1), **options)  # type: ignore[arg-type]  # test shorthand


def test_excluded_people_and_contacts_are_set_aside_and_said_so() -> None:
    summary = bundle(RECORDS)
    assert len(summary.records) == 4
    assert summary.set_aside == {"excluded": 1, "close_contact": 1}
    assert summary.counts["classification"] == {"confirmed": 3, "asymptomatic": 1}


def test_a_death_counts_by_outcome_or_by_day_but_once() -> None:
    assert bundle(RECORDS).deaths == 2


def test_a_negative_delay_stays_in_the_mean_and_names_its_case() -> None:
    told = as_dict(bundle(RECORDS))["delays"]
    confirmed = next(one for one in told if (one["from"], one["to"]) == ("onset", "confirmed"))
    assert (confirmed["n"], confirmed["mean"], confirmed["negative_cases"]) == (2, 1.0, ["2"])


def test_only_cases_that_are_not_imported_are_asked_for_an_infector() -> None:
    findings = as_dict(bundle(RECORDS))["quality"]["findings"]
    assert [one["case"] for one in findings if one["doubt"] == "no_infector"] == ["4"]


def test_a_stated_threshold_for_long_gaps_is_used_and_marked() -> None:
    quality = as_dict(bundle(RECORDS, long_gap=4))["quality"]
    assert (quality["long_gap_days"], quality["long_gap_stated"]) == (4, True)
    assert [one["case"] for one in quality["findings"] if one["doubt"] == "long_gap"] == ["3"]


def test_the_summary_is_plain_json_and_the_same_for_the_same_seed() -> None:
    first, again = (json.dumps(as_dict(bundle(RECORDS)), allow_nan=False) for _ in range(2))
    assert first == again
    assert json.dumps(graph_dict(bundle(RECORDS)), allow_nan=False)


def test_an_empty_list_has_an_empty_summary() -> None:
    told = as_dict(bundle([]))
    assert told["cases"] == 0
    assert told["delays"] == []
    assert told["serial_interval"]["n"] == 0


# --- real outbreaks -------------------------------------------------------------------------------------------


def real(shared: Path, file: str, name: str) -> dict[str, object]:
    read = linelist.read(shared / "data" / file, mapping.load(name))
    return as_dict(bundle(read.accepted, related=read.related))


def top(told: dict[str, object]) -> list[tuple[str, int]]:
    return [(one["case"], one["infected"]) for one in told["links"]["top_spreaders"]]  # type: ignore[index]  # plain JSON


def test_hagelloch_1861_as_published(shared: Path) -> None:
    told = real(shared, "outbreaks/measles_hagelloch_1861.csv", "measles_hagelloch_1861")
    serial = told["serial_interval"]
    assert (serial["n"], round(serial["mean"], 2), round(serial["sd"], 2)) == (184, 10.39, 1.68)  # type: ignore[index]  # plain JSON
    assert top(told)[0] == ("45", 30)
    assert told["deaths"] == 12


def test_mers_korea_2015_as_published(shared: Path) -> None:
    told = real(shared, "outbreaks/mers_korea_2015__linelist.csv", "mers_korea_2015")
    serial = told["serial_interval"]
    assert (serial["n"], round(serial["mean"], 2), round(serial["sd"], 2)) == (98, 14.47, 5.20)  # type: ignore[index]  # plain JSON
    assert top(told)[:3] == [("SK_14", 38), ("SK_1", 26), ("SK_16", 21)]
    assert told["links"]["roots"] == ["SK_1", "SK_76"]  # type: ignore[index]  # plain JSON
    assert told["deaths"] == 19


def test_singapore_2020_simple_links_come_near_the_published_interval(shared: Path) -> None:
    told = real(shared, "singapore_2020/COVID-19_Singapore_data_revised.csv", "singapore_2020")
    assert {one["name"]: one["cases"] for one in told["clusters_stated"]}["Wuhan"] == 22  # type: ignore[attr-defined]  # plain JSON
    serial = told["serial_interval"]
    # Tindale et al. publish 4.17 d (2.44-5.89) from a mixture model that allows for unseen intermediates. Ours
    # directs each related pair by its onsets, so it has no negative interval: near, but not the same quantity.
    assert serial["n"] == 54  # type: ignore[index]  # plain JSON
    assert serial["mean"] == pytest.approx(4.20, abs=0.005)  # type: ignore[index]  # plain JSON
    assert serial["negative"] == 0  # type: ignore[index]  # plain JSON


def test_taiwan_2020_counts_its_origins(shared: Path) -> None:
    told = real(shared, "taiwan_2020/Individual_data.csv", "taiwan_2020")
    assert (told["cases"], told["set_aside"]) == (578, {"excluded": 1})
    assert told["counts"]["origin"] == {"imported": 486, "local": 55, "unknown": 37}  # type: ignore[index]  # plain JSON
