"""A line list comes in: every row accounted for, nothing twice, nothing overwritten, nobody named outside the registry."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from support import town as towns
from support.town import CITY, Town

from liankong.actions import linelists, outbreaks
from liankong.exchange import linelist, mapping
from liankong.store.access import node_scope
from liankong.store.cases import records
from liankong.store.models import Case, Entry, Identity, LineListImport, Outbreak
from liankong.vocabulary.kinds import Role

pytestmark = pytest.mark.django_db

MAP = """
[fields.key]
column = "no"
[fields.age]
column = "age"
[fields.onset]
column = "onset"
[fields.infectors]
column = "source"
pattern = 'case (?P<key>\\d+)'
[personal]
name = "name"
"""
ROWS = """no,age,onset,source,name
1,44,2022-01-05,,甲
2,10,2022-01-08,case 1,乙
3,x,2022-01-09,case 2,丙
2,10,2022-01-08,case 1,乙
4,9,2022-01-10,contact of case 3,丁
"""


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def study(town: Town, at: datetime) -> Outbreak:
    return outbreaks.open_outbreak(
        code="study",
        name="研究",
        pathogen="covid19",
        protocol="CN-COV-v8",
        division=CITY,
        baseline_on=date(2022, 1, 1),
        study=True,
        by=town[Role.COMMANDER],
        at=at,
    )


def take_in(town: Town, study: Outbreak, text: str, folder: Path, at: datetime) -> LineListImport:
    path = folder / "cases.csv"
    path.write_text(text, encoding="utf-8")
    listed = linelist.read(path, mapping.loads(MAP))
    return linelists.import_line_list(
        outbreak=study.pk, line_list=listed, mapping=MAP, by=town[Role.EPIDEMIOLOGIST], at=at
    )


def account(done: LineListImport) -> tuple[int, int, int, int]:
    return done.rows, done.accepted, done.rejected, done.duplicate


def test_every_row_is_accounted_for_and_the_bad_one_says_why(
    town: Town, study: Outbreak, tmp_path: Path, at: datetime
) -> None:
    done = take_in(town, study, ROWS, tmp_path, at)
    assert account(done) == (5, 3, 1, 1)
    rejected = done.rejections.get()
    assert (rejected.row, rejected.field) == (4, "age")
    assert rejected.expected
    assert Entry.objects.get(kind="LineListImported").body["rejected"] == 1


def test_importing_twice_adds_nothing(town: Town, study: Outbreak, tmp_path: Path, at: datetime) -> None:
    take_in(town, study, ROWS, tmp_path, at)
    again = take_in(town, study, ROWS, tmp_path, at)
    assert account(again) == (5, 0, 1, 4)
    assert Case.objects.filter(outbreak=study).count() == 3


def test_the_mended_row_comes_in_and_links_that_waited_for_it_close(
    town: Town, study: Outbreak, tmp_path: Path, at: datetime
) -> None:
    take_in(town, study, ROWS, tmp_path, at)
    waiting = Case.objects.get(outbreak=study, number="4").links.get()
    assert (waiting.infector, waiting.infector_number) == (None, "3")
    done = take_in(town, study, ROWS.replace("3,x", "3,33"), tmp_path, at)
    assert account(done) == (5, 1, 0, 4)
    waiting.refresh_from_db()
    assert waiting.infector.number == "3"
    assert [record.infectors for record in records(study)] == [(), ("1",), ("2",), ("3",)]


def test_a_row_that_contradicts_a_standing_case_is_rejected_not_written_over(
    town: Town, study: Outbreak, tmp_path: Path, at: datetime
) -> None:
    take_in(town, study, ROWS, tmp_path, at)
    done = take_in(town, study, ROWS.replace("1,44", "1,45"), tmp_path, at)
    assert account(done) == (5, 0, 2, 3)
    assert Case.objects.get(outbreak=study, number="1").age == 44


def test_names_go_sealed_into_the_registry_and_nowhere_else(
    town: Town, study: Outbreak, tmp_path: Path, at: datetime
) -> None:
    take_in(town, study, ROWS, tmp_path, at)
    assert Identity.objects.count() == 3
    assert not any("乙".encode() in bytes(row.name_sealed) for row in Identity.objects.all())
    for row in Case.objects.filter(outbreak=study).values():
        assert "乙" not in str(row)


def test_an_interrupted_import_leaves_nothing_behind(
    town: Town, study: Outbreak, tmp_path: Path, at: datetime
) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(ROWS, encoding="utf-8")
    listed = linelist.read(path, mapping.loads(MAP))

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        linelists.import_line_list(
            outbreak=study.pk,
            line_list=listed,
            mapping=MAP,
            by=town[Role.EPIDEMIOLOGIST],
            at=at,
            progress=interrupt,
        )
    assert not Case.objects.filter(outbreak=study).exists()
    assert not LineListImport.objects.exists()


def test_a_study_never_takes_a_laboratorys_positive(town: Town, study: Outbreak, at: datetime) -> None:
    from liankong.store.outbreaks import current

    assert current("120112", at) == town.outbreak
