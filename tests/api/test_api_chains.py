"""A file of linked cases and the outbreak that it was taken into tell the same clusters, by every door."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from liankong.actions import linelists
from liankong.epi.summary import Summary, summarise
from liankong.exchange import linelist, mapping
from liankong.exchange.linelist import LineList
from liankong.store.access import node_scope, scope
from liankong.store.cases import records, related
from liankong.store.models import Case, CaseRelation, LineListImport
from liankong.vocabulary.kinds import Role
from liankong.web import chains_data
from tests.support.programs import Program
from tests.support.town import JINNAN, Town, seat

MakeProgram = Callable[..., Program]

MAP = """
[fields.key]
column = "no"
[fields.onset]
column = "onset"
[fields.infectors]
column = "linked to"
direction = "related"
"""
# 1 and 2 fell ill on the same day and 3 at an unknown one: nobody knows who infected whom. 1 infected 4.
FIRST = "no,onset,linked to\n1,2022-01-05,\n2,2022-01-05,1\n3,,2\n4,2022-01-10,1\n5,2022-01-11,\n"
# 6 is linked to a case that stood before, 7 to one that is new, both without a direction.
MORE = "6,,5\n7,,6\n8,,\n"


def read(folder: Path, text: str) -> LineList:
    path = folder / "cases.csv"
    path.write_text(text, encoding="utf-8")
    return linelist.read(path, mapping.loads(MAP))


def take_in(town: Town, listed: LineList, at: datetime) -> LineListImport:
    return linelists.import_line_list(
        outbreak=town.outbreak.pk, line_list=listed, mapping=MAP, by=town[Role.EPIDEMIOLOGIST], at=at
    )


def clusters(summary: Summary) -> set[frozenset[str]]:
    found = summary.chains
    return {
        frozenset(found.links.keys[at] for at in np.flatnonzero(found.cluster == number))
        for number in range(len(found.sizes))
    }


def of_file(listed: LineList) -> set[frozenset[str]]:
    told = summarise(listed.accepted, related=listed.related, rng=np.random.default_rng(1))
    return clusters(told)


def of_store(town: Town) -> set[frozenset[str]]:
    rows = list(records(town.outbreak))
    return clusters(summarise(rows, related=related(town.outbreak), rng=np.random.default_rng(1)))


def of_page(town: Town) -> set[frozenset[str]]:
    web = chains_data.load(town.outbreak.pk)
    numbers = dict(Case.objects.values_list("pk", "number"))
    return {
        frozenset(numbers[pk] for pk in web.pk[web.chains.cluster == number].tolist())
        for number in range(len(web.chains.sizes))
    }


def test_cases_linked_without_a_direction_stand_in_one_cluster_in_the_file_and_everywhere_else(
    town: Town, program: MakeProgram, tmp_path: Path, at: datetime
) -> None:
    listed = read(tmp_path, FIRST)
    with node_scope():
        take_in(town, listed, at)
        assert of_file(listed) == {frozenset("1234")}
        assert of_store(town) == of_page(town) == of_file(listed)
        drawn = chains_data.picture(chains_data.load(town.outbreak.pk))
        numbers = dict(Case.objects.values_list("pk", "number"))
    # Drawn together, but with an arrow only where the direction is known.
    assert {node["number"] for node in drawn["nodes"]} == set("1234")
    arrows = [(numbers[int(edge["source"])], numbers[int(edge["target"])]) for edge in drawn["edges"]]
    assert arrows == [("1", "4")]
    with node_scope():
        epidemiologist = seat(Role.EPIDEMIOLOGIST, town.city, at=at - timedelta(days=1))
    told = program(epidemiologist).get(f"/outbreaks/{town.outbreak.pk}/chains?graph=true").json()
    assert told["links"]["related_without_direction"] == 2
    assert {frozenset(pair) for pair in told["graph"]["related"]} == {frozenset("12"), frozenset("23")}


def test_a_list_that_grew_joins_its_new_cases_to_the_old_ones_and_nothing_twice(
    town: Town, tmp_path: Path, at: datetime
) -> None:
    grown = read(tmp_path, FIRST + MORE)
    with node_scope():
        take_in(town, read(tmp_path, FIRST), at)
        done = take_in(town, grown, at)
        assert (done.accepted, done.duplicate) == (3, 5)
        assert of_store(town) == of_page(town) == of_file(grown) == {frozenset("1234"), frozenset("567")}
        take_in(town, grown, at)
        assert CaseRelation.objects.count() == len(grown.related) == 4


def test_a_case_out_of_sight_joins_no_cluster(town: Town, tmp_path: Path, at: datetime) -> None:
    with node_scope():
        take_in(town, read(tmp_path, FIRST), at)
        Case.objects.filter(number__in=("1", "2")).update(division=JINNAN)
    with scope(JINNAN):
        assert related(town.outbreak) == [("1", "2")]
        assert of_page(town) == {frozenset("12")}
    with node_scope():
        # The district's part of the whole: its own cases, and those related to them wherever they are.
        web = chains_data.load(town.outbreak.pk, JINNAN)
        assert related(town.outbreak, JINNAN) == [("1", "2")]
        assert set(Case.objects.filter(pk__in=web.pk.tolist()).values_list("number", flat=True)) == set("123")


@pytest.mark.parametrize("limit", [2, 3])
def test_a_picture_that_is_cut_keeps_the_nearest_whatever_links_them(
    town: Town, tmp_path: Path, at: datetime, limit: int
) -> None:
    with node_scope():
        take_in(town, read(tmp_path, FIRST), at)
        web = chains_data.load(town.outbreak.pk)
        focus = web.position(Case.objects.get(number="3").pk)
        drawn = chains_data.picture(web, cluster=0, focus=focus, limit=limit)
    assert {node["number"] for node in drawn["nodes"]} == set("321"[:limit])
