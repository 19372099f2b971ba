"""Results of tubes, one row a person: mostly the negatives, which are facts that nobody has to decide about.

    lake = Lake(folder)
    append(lake, "lab-1-2022-01-09", table(person=..., tube=..., division=..., sampled_at=..., ...))
    fetch(tests_by_division_and_day(results(lake, connect()), digits=6))

A person's result of a tube that is sent again, in another batch, replaces the earlier one: the latest counts.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import ibis
import numpy as np

from liankong.lake.arrow import Table, pa, pc
from liankong.lake.files import AppendReport, Lake, LakeError
from liankong.vocabulary.kinds import ResultValue
from liankong.vocabulary.spans import SHANGHAI, aware

_MOMENT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("person", pa.int64()),
        ("tube", pa.string()),
        ("division", pa.string()),
        ("day", pa.date32()),  # local day of the sampling
        ("sampled_at", _MOMENT),
        ("resulted_at", _MOMENT),
        ("value", pa.string()),
    ]
)
_ORDER = [
    ("division", "ascending"),
    ("sampled_at", "ascending"),
    ("tube", "ascending"),
    ("person", "ascending"),
]
_IBIS_SCHEMA = ibis.schema(
    {
        "person": "int64",
        "tube": "string",
        "division": "string",
        "day": "date",
        "sampled_at": "timestamp('UTC', 6)",
        "resulted_at": "timestamp('UTC', 6)",
        "value": "string",
    }
)


def table(
    *,
    person: Sequence[int] | np.ndarray[Any, Any],
    tube: Sequence[str] | np.ndarray[Any, Any],
    division: Sequence[str] | np.ndarray[Any, Any],
    sampled_at: Sequence[datetime] | np.ndarray[Any, Any],
    resulted_at: Sequence[datetime] | np.ndarray[Any, Any],
    value: Sequence[str] | np.ndarray[Any, Any],
) -> Table:
    """Rows as a table of `SCHEMA`, from sequences or arrays of one length; datetime64 arrays are UTC.

    Raises LakeError that names the first bad row (from 0), its field and what was expected.
    """
    moments = [_moments("sampled_at", sampled_at), _moments("resulted_at", resulted_at)]
    columns = [
        pa.array(person, pa.int64()),
        pa.array([str(item) for item in tube], pa.string()),
        pa.array([str(item) for item in division], pa.string()),
        pc.cast(pc.local_timestamp(pc.cast(moments[0], pa.timestamp("us", tz=SHANGHAI.key))), pa.date32()),
        *moments,
        pa.array([str(item) for item in value], pa.string()),
    ]
    if len({len(column) for column in columns}) > 1:
        raise LakeError(f"columns have different lengths: {[len(column) for column in columns]}")
    made = pa.Table.from_arrays(columns, schema=SCHEMA)
    _check(made)
    return made


def append(lake: Lake, batch: str, rows: Table) -> AppendReport:
    """Write one batch. Rows that repeat a (person, tube) of the same batch are counted as duplicates.

    Idempotent: the same id with the same rows, in any order, writes nothing. Raises BatchConflict, PurgedDay.
    """
    if rows.schema != SCHEMA:
        raise LakeError(f"expected the columns {SCHEMA.names} of `table()`, got {rows.schema.names}")
    # The latest result first, so that the one that is kept of a repeated pair does not depend on the order sent.
    ordered = rows.sort_by(
        [("resulted_at", "descending"), ("value", "ascending"), ("sampled_at", "ascending")]
    )
    kept = _first_of_each(ordered).sort_by(_ORDER)
    days = {
        day.isoformat(): kept.filter(pc.equal(kept["day"], pa.scalar(day)))
        for day in pc.unique(kept["day"]).to_pylist()
    }
    return lake.append(batch, days, duplicate=rows.num_rows - kept.num_rows)


def results(lake: Lake, connection: Any, *, first: date | None = None, last: date | None = None) -> Any:
    """The results sampled from day `first` to day `last`, as an Ibis table: of each (person, tube) the latest.

    What is visible is settled now; batches that arrive later belong to the next call.
    """
    files = lake.files(first=first, last=last)
    if files:
        found = connection.read_parquet([str(path) for path in files])
    else:
        found = ibis.memtable(SCHEMA.empty_table(), schema=_IBIS_SCHEMA)
    newest = ibis.row_number().over(
        group_by=["person", "tube"], order_by=[ibis.desc("resulted_at"), ibis.asc("value")]
    )
    return found.mutate(_rank=newest).filter(ibis._["_rank"] == 0).drop("_rank")


def tests_by_division_and_day(rows: Any, *, digits: int, within: str = "") -> Any:
    """division (its first `digits` digits), day, tests, positives, people; ordered.

    `tests` counts (person, tube) pairs: a pool of ten is ten people's tests.
    """
    if digits not in (2, 4, 6, 9, 12):
        raise LakeError(f"a division has 2, 4, 6, 9 or 12 digits, not {digits}")
    grouped = _inside(rows, within).mutate(division=ibis._.division.left(digits)).group_by("division", "day")
    return grouped.agg(
        tests=ibis._.count(),
        positives=_count(ResultValue.POSITIVE),
        people=ibis._.person.nunique(),
    ).order_by("division", "day")


def positivity(rows: Any, *, digits: int, within: str = "") -> Any:
    """division, tubes, positive_tubes, positivity (share, null without a valid tube); invalid tubes are left out."""
    tubes = (
        _inside(rows, within)
        .filter(ibis._.value != ResultValue.INVALID.value)
        .mutate(division=ibis._.division.left(digits))
        .select("division", "tube", "value")
        .distinct()
    )
    grouped = tubes.group_by("division").agg(
        tubes=ibis._.tube.nunique(),
        positive_tubes=ibis._.tube.nunique(where=ibis._.value == ResultValue.POSITIVE.value),
    )
    return grouped.mutate(positivity=ibis._.positive_tubes.cast("float64") / ibis._.tubes).order_by(
        "division"
    )


def people_tested(rows: Any, *, start: datetime, end: datetime, within: str = "") -> Any:
    """One number: how many people of a division were swabbed in [start, end)."""
    since, until = (
        ibis.literal(aware(start), "timestamp('UTC')"),
        ibis.literal(aware(end), "timestamp('UTC')"),
    )
    swabbed = _inside(rows, within).filter(ibis._.sampled_at >= since, ibis._.sampled_at < until)
    return swabbed.person.nunique()


def _inside(rows: Any, division: str) -> Any:
    return rows.filter(ibis._.division.startswith(division)) if division else rows


def _count(value: ResultValue) -> Any:
    return ibis._.count(where=ibis._.value == value.value)


def _first_of_each(rows: Table) -> Table:
    """The first row of every (person, tube), in the order given."""
    numbered = rows.append_column("_row", pa.array(np.arange(rows.num_rows)))
    first = numbered.group_by(["person", "tube"], use_threads=False).aggregate([("_row", "min")])
    return rows.take(first["_row_min"].combine_chunks())


def _moments(field: str, values: Any) -> Any:
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return pc.assume_timezone(pa.array(values.astype("datetime64[us]")), "UTC")
    try:
        return pa.array([None if item is None else aware(item) for item in values], _MOMENT)
    except ValueError as error:
        raise LakeError(f"{field}: {error}") from None


def _check(rows: Table) -> None:
    values = pa.array([value.value for value in ResultValue])
    rules = (
        ("person", pc.greater_equal(rows["person"], 1), "a positive person identifier"),
        ("tube", pc.greater(pc.utf8_length(rows["tube"]), 0), "a tube code"),
        (
            "division",
            pc.match_substring_regex(rows["division"], r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$"),
            "a division code of 2, 4, 6, 9 or 12 digits",
        ),
        ("sampled_at", pc.is_valid(rows["sampled_at"]), "a moment"),
        (
            "resulted_at",
            pc.greater_equal(rows["resulted_at"], rows["sampled_at"]),
            "a moment not before sampled_at",
        ),
        ("value", pc.is_in(rows["value"], value_set=values), f"one of {', '.join(values.to_pylist())}"),
    )
    for field, good, expected in rules:
        bad = pc.invert(pc.fill_null(good, False))
        if pc.any(bad).as_py():
            row = pc.index(bad, pa.scalar(True)).as_py()
            raise LakeError(f"row {row}, {field}: expected {expected}")
