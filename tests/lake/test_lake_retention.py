import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from liankong.lake import Lake, PurgedDay, connect, fetch, purge, results
from liankong.lake.retention import certificates

# Ibis 12 still calls DuckDB 2 by a name that DuckDB has replaced.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

NOW = datetime(2022, 3, 1, tzinfo=UTC)


def rows(day: int, people: int = 3) -> object:
    noon = datetime(2022, 1, day, 4, tzinfo=UTC)
    return results.table(
        person=range(1, people + 1),
        tube=[f"T{day}"] * people,
        division=["120112100001"] * people,
        sampled_at=[noon] * people,
        resulted_at=[noon + timedelta(hours=5)] * people,
        value=["negative"] * people,
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    for day in (8, 9, 10):
        results.append(lake, f"lab-{day}", rows(day))
    return lake


def test_days_past_their_date_are_destroyed_and_the_others_stay(lake: Lake) -> None:
    certificate = purge(lake, before=date(2022, 1, 10), at=NOW)
    assert certificate.days == ("2022-01-08", "2022-01-09")
    assert (certificate.batches, certificate.rows) == (2, 6)
    assert [day for day, _ in lake.day_folders()] == ["2022-01-10"]
    assert fetch(results.results(lake, connect()).count()) == 3


def test_the_certificate_proves_what_was_destroyed(lake: Lake) -> None:
    digests = [part.digest for item in lake.batches() for part in item.parts if part.day < "2022-01-10"]
    certificate = purge(lake, before=date(2022, 1, 10), at=NOW)
    proof = "\n".join(["2022-01-10", *sorted(digests)])
    assert certificate.digest == hashlib.sha256(proof.encode()).hexdigest()
    # What was destroyed stays provable from the batches, which still know their digests.
    kept = [part.digest for item in lake.batches() for part in item.purged]
    assert sorted(kept) == sorted(digests)
    assert certificates(lake) == [certificate]


def test_destroyed_facts_do_not_come_back(lake: Lake) -> None:
    purge(lake, before=date(2022, 1, 10), at=NOW)
    assert not results.append(lake, "lab-8", rows(8)).new
    with pytest.raises(PurgedDay, match="2022-01-09"):
        results.append(lake, "lab-9-again", rows(9))
    assert fetch(results.results(lake, connect()).count()) == 3
    assert results.append(lake, "lab-11", rows(11)).new


def test_remains_of_a_writer_that_died_are_destroyed_too(lake: Lake) -> None:
    orphan = lake.day_folder("2022-01-07") / "lost.parquet"
    orphan.parent.mkdir()
    orphan.write_bytes(b"half a file")
    certificate = purge(lake, before=date(2022, 1, 8), at=NOW)
    assert (certificate.days, certificate.rows) == (("2022-01-07",), 0)
    assert not orphan.exists()


def test_nothing_to_destroy_is_certified_as_nothing(lake: Lake) -> None:
    certificate = purge(lake, before=date(2022, 1, 1), at=NOW)
    assert (certificate.days, certificate.batches, certificate.rows) == ((), 0, 0)
    assert fetch(results.results(lake, connect()).count()) == 9


def test_a_purge_that_died_is_finished_by_the_next(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("liankong.lake.retention.shutil.rmtree", die)
        with pytest.raises(OSError, match="power cut"):
            purge(lake, before=date(2022, 1, 10), at=NOW)
    assert fetch(results.results(lake, connect()).count()) == 3
    purge(lake, before=date(2022, 1, 10), at=NOW + timedelta(minutes=1))
    assert [day for day, _ in lake.day_folders()] == ["2022-01-10"]
    assert max(item.rows for item in certificates(lake)) == 6


def test_a_batch_over_two_days_keeps_the_later_one(tmp_path: Path) -> None:
    import pyarrow as pa

    lake = Lake(tmp_path)
    both = pa.concat_tables([rows(8), rows(9)])
    results.append(lake, "lab", both)
    purge(lake, before=date(2022, 1, 9), at=NOW)
    assert fetch(results.results(lake, connect()).count()) == 3
    # The whole batch sent again is still known, and brings nothing back.
    assert not results.append(lake, "lab", both).new
    assert fetch(results.results(lake, connect()).count()) == 3


def test_a_certificate_needs_a_moment_with_a_zone(lake: Lake) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        purge(lake, before=date(2022, 1, 9), at=datetime(2022, 3, 1))  # noqa: DTZ001
