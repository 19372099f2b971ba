import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liankong.lake import BatchConflict, EngineError, Lake, LakeError, connect, fetch, results
from liankong.lake import files as lake_files

# Ibis 12 still calls DuckDB 2 by a name that DuckDB has replaced.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

NOON = datetime(2022, 1, 9, 4, tzinfo=UTC)
DIVISIONS = ("120112100001", "120112100002", "120112104001", "120101001001")

Row = tuple[int, str, str, datetime, datetime, str]

moments = st.integers(0, 4 * 1440).map(
    lambda minute: datetime(2022, 1, 8, tzinfo=UTC) + timedelta(minutes=minute)
)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    found = []
    for _ in range(draw(st.integers(0, 40))):
        sampled = draw(moments)
        found.append(
            (
                draw(st.integers(1, 12)),
                draw(st.sampled_from(["T1", "T2", "T3"])),
                draw(st.sampled_from(DIVISIONS)),
                sampled,
                sampled + timedelta(minutes=draw(st.integers(0, 500))),
                draw(st.sampled_from(["negative", "negative", "positive", "invalid"])),
            )
        )
    return found


def table(given_rows: list[Row]) -> object:
    keys = ("person", "tube", "division", "sampled_at", "resulted_at", "value")
    columns = zip(*given_rows, strict=True) if given_rows else [()] * len(keys)
    return results.table(**{key: list(column) for key, column in zip(keys, columns, strict=True)})


def row(**changed: object) -> dict[str, list[object]]:
    plain = {
        "person": 7,
        "tube": "T1",
        "division": "120112100001",
        "sampled_at": NOON,
        "resulted_at": NOON + timedelta(hours=6),
        "value": "negative",
    }
    return {key: [value] for key, value in {**plain, **changed}.items()}


def latest(batches: list[list[Row]]) -> list[Row]:
    """Plain Python: of each person and tube the latest result counts."""
    best: dict[tuple[int, str], Row] = {}
    for item in [one for batch in batches for one in batch]:
        key = item[:2]
        if key not in best or (item[4], _reverse(item[5])) > (best[key][4], _reverse(best[key][5])):
            best[key] = item
    return list(best.values())


def _reverse(value: str) -> int:
    return -["invalid", "negative", "positive"].index(value)


def local_day(moment: datetime) -> date:
    return (moment + timedelta(hours=8)).date()


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(rows(), min_size=1, max_size=3), digits=st.sampled_from([4, 6, 9, 12]))
def test_queries_agree_with_plain_python(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Row]], digits: int
) -> None:
    batches = [_one_tube_time(batch, at) for at, batch in enumerate(batches)]
    lake = Lake(tmp_path_factory.mktemp("lake"))
    for number, batch in enumerate(batches):
        report = results.append(lake, f"b{number}", table(batch))
        assert report.rows == len(batch) == report.accepted + report.duplicate
        assert report.accepted == len({item[:2] for item in batch})
    kept = latest(batches)
    found = results.results(lake, connect())
    assert fetch(found.count()) == len(kept)
    _check_tests(found, kept, digits)
    _check_positivity(found, kept, digits)
    start, end = NOON - timedelta(hours=7), NOON + timedelta(hours=30)
    counted = fetch(results.people_tested(found, start=start, end=end, within="120112"))
    assert counted == len({i[0] for i in kept if start <= i[3] < end and i[2].startswith("120112")})


def _one_tube_time(batch: list[Row], at: int) -> list[Row]:
    """Ties of the same person, tube and result time differ in nothing but the value, so that both sides agree."""
    seen: dict[tuple[object, ...], Row] = {}
    return (
        [seen.setdefault((*i[:2], i[4]), i) for i in batch]
        if at == 0
        else [
            (i[0], f"{i[1]}-{at}" if i[0] % 2 else i[1], *i[2:4], i[4] + timedelta(seconds=at), i[5])
            for i in {(*j[:2], j[4]): j for j in batch}.values()
        ]
    )


def _check_tests(found: object, kept: list[Row], digits: int) -> None:
    expected: dict[tuple[str, date], list[Row]] = {}
    for item in kept:
        expected.setdefault((item[2][:digits], local_day(item[3])), []).append(item)
    made = fetch(results.tests_by_division_and_day(found, digits=digits))
    assert len(made) == len(expected)
    for line in made:
        group = expected[line["division"], line["day"]]
        assert line["tests"] == len(group)
        assert line["positives"] == sum(item[5] == "positive" for item in group)
        assert line["people"] == len({item[0] for item in group})


def _check_positivity(found: object, kept: list[Row], digits: int) -> None:
    tubes: dict[str, dict[str, set[str]]] = {}
    for item in kept:
        if item[5] != "invalid":
            tubes.setdefault(item[2][:digits], {}).setdefault(item[1], set()).add(item[5])
    for line in fetch(results.positivity(found, digits=digits)):
        mine = tubes.pop(line["division"])
        positive = sum("positive" in values for values in mine.values())
        assert (line["tubes"], line["positive_tubes"]) == (len(mine), positive)
        assert line["positivity"] == pytest.approx(positive / len(mine))
    assert not tubes


def test_an_empty_lake_answers_with_nothing(tmp_path: Path) -> None:
    found = results.results(Lake(tmp_path / "never made"), connect())
    assert fetch(results.tests_by_division_and_day(found, digits=6)) == []
    assert fetch(results.positivity(found, digits=6)) == []
    assert fetch(results.people_tested(found, start=NOON, end=NOON + timedelta(days=1))) == 0


def test_the_same_batch_again_adds_nothing_in_any_order(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    data = [
        (n, f"T{n // 10}", DIVISIONS[n % 4], NOON, NOON + timedelta(hours=5), "negative")
        for n in range(1, 200)
    ]
    first = results.append(lake, "lab-1", table(data))
    again = results.append(lake, "lab-1", table(data[::-1]))
    assert (first.accepted, first.new) == (199, True)
    assert (again.accepted, again.duplicate, again.new) == (0, 199, False)
    assert fetch(results.results(lake, connect()).count()) == 199


def test_a_batch_id_with_another_content_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    results.append(lake, "lab-1", results.table(**row()))
    with pytest.raises(BatchConflict, match="lab-1"):
        results.append(lake, "lab-1", results.table(**row(value="positive")))
    assert fetch(results.results(lake, connect()).value) == ["negative"]


def test_a_corrected_result_in_a_later_batch_replaces_the_first(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    results.append(
        lake, "lab-2", results.table(**row(value="positive", resulted_at=NOON + timedelta(hours=9)))
    )
    results.append(lake, "lab-1", results.table(**row()))
    assert fetch(results.results(lake, connect()).value) == ["positive"]


def test_a_writer_that_dies_leaves_nothing_to_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)

    def die(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(lake_files, "write_json", die)
        with pytest.raises(OSError, match="disk full"):
            results.append(lake, "lab-1", results.table(**row()))
    assert lake.files() == []
    assert fetch(results.results(lake, connect()).count()) == 0
    # Sent again, it is written over its own remains.
    assert results.append(lake, "lab-1", results.table(**row())).new
    assert fetch(results.results(lake, connect()).count()) == 1
    assert not list(tmp_path.rglob("*.part"))


def test_what_a_reader_has_opened_does_not_grow_while_it_reads(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    results.append(lake, "lab-1", results.table(**row()))
    opened = results.results(lake, connect())
    results.append(lake, "lab-2", results.table(**row(person=8)))
    assert fetch(opened.count()) == 1
    assert fetch(results.results(lake, connect()).count()) == 2


def test_rows_lie_by_local_day_and_only_the_asked_days_are_read(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    late = datetime(2022, 1, 9, 16, 30, tzinfo=UTC)  # half past midnight of the 10th in Tianjin
    data = [(1, "T1", DIVISIONS[0], NOON, NOON, "negative"), (2, "T2", DIVISIONS[0], late, late, "negative")]
    results.append(lake, "lab-1", table(data))
    assert [folder.name for _, folder in lake.day_folders()] == ["day=2022-01-09", "day=2022-01-10"]
    tenth = results.results(lake, connect(), first=date(2022, 1, 10))
    assert fetch(tenth.person) == [2]
    assert fetch(results.results(lake, connect(), last=date(2022, 1, 8)).count()) == 0


def test_files_are_zstd_and_sorted_and_hold_no_more_than_the_schema(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    data = [
        (n, f"T{n}", DIVISIONS[-n % 4], NOON + timedelta(minutes=-n), NOON, "negative") for n in range(1, 50)
    ]
    results.append(lake, "lab-1", table(data))
    (path,) = lake.files()
    read = pq.ParquetFile(path)
    assert read.schema_arrow.names == results.SCHEMA.names
    assert read.metadata.row_group(0).column(0).compression == "ZSTD"
    stored = read.read().to_pylist()
    assert stored == sorted(stored, key=lambda item: (item["division"], item["sampled_at"], item["tube"]))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("person", 0, "row 0, person: expected a positive person identifier"),
        ("tube", "", "row 0, tube: expected a tube code"),
        ("division", "12011", "row 0, division: expected a division code"),
        ("value", "maybe", "row 0, value: expected one of positive, negative, invalid"),
        (
            "resulted_at",
            NOON - timedelta(minutes=1),
            "row 0, resulted_at: expected a moment not before sampled_at",
        ),
        ("sampled_at", None, "row 0, sampled_at: expected a moment"),
        ("sampled_at", datetime(2022, 1, 9), "has no time zone"),  # noqa: DTZ001
    ],
)
def test_a_bad_row_is_refused_by_row_and_field(field: str, value: object, message: str) -> None:
    with pytest.raises(LakeError, match=message):
        results.table(**row(**{field: value}))


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(LakeError, match="different lengths"):
        results.table(**{**row(), "person": [1, 2]})


@pytest.mark.parametrize("batch", ["", "../x", "a b", ".hidden", "x" * 121])
def test_a_batch_id_that_is_no_file_name_is_refused(tmp_path: Path, batch: str) -> None:
    with pytest.raises(LakeError, match="batch id"):
        results.append(Lake(tmp_path), batch, results.table(**row()))


def test_arrays_of_moments_are_taken_as_utc() -> None:
    made = results.table(
        person=np.array([1]),
        tube=np.array(["T"]),
        division=np.array(["120112"]),
        sampled_at=np.array(["2022-01-09T16:00"], dtype="datetime64[us]"),
        resulted_at=np.array(["2022-01-09T17:00"], dtype="datetime64[us]"),
        value=np.array(["negative"]),
    ).to_pylist()[0]
    assert made["day"] == date(2022, 1, 10)
    assert made["sampled_at"] == datetime(2022, 1, 9, 16, tzinfo=UTC)


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(EngineError, match="unknown engine 'spark': expected one of duckdb"):
        connect("spark")


def test_a_division_level_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="not 5"):
        results.tests_by_division_and_day(results.results(Lake(tmp_path), connect()), digits=5)


def test_the_manifest_is_plain_to_read(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    results.append(lake, "lab-1", results.table(**row()))
    manifest = json.loads((tmp_path / "batches" / "lab-1.json").read_text())
    assert manifest["rows"] == 1
    assert [part["day"] for part in manifest["parts"]] == ["2022-01-09"]
    assert lake.batch("lab-1").digest == manifest["digest"]
