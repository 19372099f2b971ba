"""From a file to records: every row accounted for, nothing personal let out, links found."""

import csv
import io
import logging
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liankong.exchange import linelist, mapping
from liankong.exchange.linelist_rejects import REASONS, rejected_csv
from liankong.exchange.tables import TableError
from liankong.vocabulary.facts import CaseRecord
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, Sex

BASE = """
[file]
missing = ["", "NA"]
[fields]
key = "id"
sex = "sex"
age = "age"
[fields.onset]
column = "onset"
format = "d/m/y"
[checks]
earliest = 2020-01-01
latest = 2020-12-31
"""
HEADER = "id,sex,age,onset\n"


def put(tmp_path: Path, text: str, name: str = "list.csv") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def read(tmp_path: Path, rows: str, shape: str = BASE, **options: object) -> linelist.LineList:
    return linelist.read(put(tmp_path, rows), mapping.loads(shape, name="m.toml"), **options)  # type: ignore[arg-type]  # test shorthand


def test_a_good_row_becomes_a_record(tmp_path: Path) -> None:
    read_list = read(tmp_path, HEADER + "7,F,20 to 29,15/1/2020\n8,NA,,NA\n")
    assert read_list.accepted == [
        CaseRecord(key="7", sex=Sex.FEMALE, age=20, age_high=29, onset=date(2020, 1, 15)),
        CaseRecord(key="8"),
    ]
    assert read_list.row_numbers == {"7": 2, "8": 3}


def test_a_bad_row_is_told_by_row_field_and_what_was_expected(tmp_path: Path) -> None:
    read_list = read(tmp_path, HEADER + "1,F,30,15/1/2020\n2,Q,abc,31/2/2020\n,M,3,\n4,M,5,1/1/2030\n5,M\n")
    assert read_list.counts() == {"in": 5, "accepted": 1, "rejected": 4, "duplicate": 0}
    told = [(error.row, error.field) for error in read_list.errors]
    assert told == [(3, "sex"), (3, "age"), (3, "onset"), (4, "key"), (5, "onset"), (6, "row")]
    assert "'31/2/2020' is not a day; expected a day that exists" in str(read_list.errors[2])
    assert "2020-12-31 or earlier" in read_list.errors[4].expected


def test_the_same_row_twice_is_a_duplicate_and_another_content_a_conflict(tmp_path: Path) -> None:
    read_list = read(tmp_path, HEADER + "1,F,30,15/1/2020\n1,f,30,15/01/20\n1,F,31,15/1/2020\n")
    assert read_list.counts() == {"in": 3, "accepted": 1, "rejected": 1, "duplicate": 1}
    assert read_list.duplicate == [linelist.DuplicateRow(3, 2)]
    assert "stands already in row 2 with other content in: age" in str(read_list.errors[0])


def test_a_rejected_file_mended_and_read_again_gives_the_rest(tmp_path: Path) -> None:
    shape = mapping.loads(BASE)
    first = read(tmp_path, HEADER + "1,F,30,15/1/2020\n2,Q,31,16/1/2020\n3,M,32,17/13/2020\n")
    text = rejected_csv(first, shape).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == [*REASONS, "id", "sex", "age", "onset"]
    assert [row[:2] for row in rows[1:]] == [["3", "sex"], ["4", "onset"]]
    mended = put(tmp_path, text.replace(",Q,", ",M,"), "mended.csv")
    second = linelist.read(mended, shape)
    assert [case.key for case in second.accepted] == ["2"]
    # What is still wrong can be written, mended and read once more.
    third = put(
        tmp_path, rejected_csv(second, shape).decode("utf-8-sig").replace("17/13", "17/1"), "again.csv"
    )
    assert [case.key for case in linelist.read(third, shape).accepted] == ["3"]


def test_rejected_rows_keep_the_encoding_and_header_row_of_their_mapping(tmp_path: Path) -> None:
    shape = mapping.loads(
        '[file]\nencoding = "gb18030"\ndelimiter = ";"\nheader_row = 2\n[fields]\nkey = "编号"\nsex = "性别"'
    )
    file = tmp_path / "list.csv"
    file.write_bytes("一览表;\n编号;性别\n1;男\n2;公\n".encode("gb18030"))
    first = linelist.read(file, shape)
    assert first.counts()["rejected"] == 1
    file.write_bytes(rejected_csv(first, shape).decode("gb18030").replace("公", "女").encode("gb18030"))
    assert linelist.read(file, shape).accepted == [CaseRecord(key="2", sex=Sex.FEMALE)]


# --- personal data --------------------------------------------------------------------------------------------

PERSONAL = BASE + '[personal]\nname = "姓名"\nid_number = "身份证号"\nphone = "电话"\n'
SECRETS = ("张三丰", "120112198501010011", "13800000001")


def test_names_and_numbers_go_to_the_registry_channel_alone(tmp_path: Path) -> None:
    rows = "id,sex,age,onset,姓名,身份证号,电话\n1,F,30,15/1/2020," + ",".join(SECRETS) + "\n"
    read_list = read(tmp_path, rows, PERSONAL)
    assert read_list.persons["1"].id_number == SECRETS[1]
    for shown in (
        repr(read_list),
        repr(read_list.accepted),
        repr(read_list.persons["1"]),
        *read_list.digests.values(),
    ):
        assert not any(secret in shown for secret in SECRETS)


def test_a_row_shifted_by_a_cell_leaks_nobody_into_errors_or_logs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shifted = [
        f"1,{SECRETS[0]},{SECRETS[1]},{SECRETS[2]},x,x,x",
        f"2,{SECRETS[1]},{SECRETS[2]},{SECRETS[0]},x,x,x",
        f"3,{SECRETS[2]},{SECRETS[0]},{SECRETS[1]},x,x,x",
    ]
    read_list = read(tmp_path, "id,sex,age,onset,姓名,身份证号,电话\n" + "\n".join(shifted), PERSONAL)
    assert read_list.counts()["rejected"] == 3
    told = "\n".join(map(str, read_list.errors)) + caplog.text + repr(read_list.rejected)
    assert not any(secret in told for secret in SECRETS)


# --- days -----------------------------------------------------------------------------------------------------


def auto(rows: list[str]) -> tuple[str, str]:
    return "id,onset\n" + "".join(
        f"{n},{day}\n" for n, day in enumerate(rows)
    ), '[fields]\nkey = "id"\nonset = "onset"'


def test_the_order_of_days_is_decided_by_the_whole_column(tmp_path: Path) -> None:
    read_list = read(tmp_path, *auto(["3/4/2020", "25/4/2020", "2020-05-01", "43853"]))
    assert [str(case.onset) for case in read_list.accepted] == [
        "2020-04-03",
        "2020-04-25",
        "2020-05-01",
        "2020-01-23",
    ]


def test_an_undecided_column_is_refused_rather_than_guessed(tmp_path: Path) -> None:
    with pytest.raises(
        mapping.MappingError, match=r"m.toml: fields.onset.format: .*2 days, none with a number above 12"
    ):
        read(tmp_path, *auto(["3/4/2020", "5/6/2020"]))
    with pytest.raises(mapping.MappingError, match="only d/m/y and days that are only m/d/y"):
        read(tmp_path, *auto(["13/4/2020", "5/16/2020"]))


def test_a_month_alone_is_rejected_or_left_empty_with_a_notice(tmp_path: Path) -> None:
    shape = '[fields]\nkey = "id"\n[fields.onset]\ncolumn = "onset"\n'
    assert read(tmp_path, "id,onset\n1,2020-04\n", shape).counts()["rejected"] == 1
    kept = read(tmp_path, "id,onset\n1,2020-04\n2,2020-05\n", shape + 'partial = "empty"')
    assert kept.counts()["accepted"] == 2
    assert [(notice.field, notice.count, notice.first_row) for notice in kept.notices] == [("onset", 2, 2)]


# --- fields ---------------------------------------------------------------------------------------------------


def test_sources_of_a_field_are_tried_in_order(tmp_path: Path) -> None:
    shape = """
[file]
missing = ["", "X"]
[fields]
key = "id"
[fields.origin]
column = "where"
values = { imported = ["Abroad"], unknown = ["*"] }
[[fields.outcome]]
column = "died"
values = { dead = ["*"] }
[[fields.outcome]]
column = "left"
values = { cured = ["*"] }
[[fields.classification]]
column = "note"
pattern = '(?P<value>withdrawn)'
values = { excluded = ["withdrawn"] }
[[fields.classification]]
value = "asymptomatic"
"""
    rows = "id,where,died,left,note\n1,Abroad,X,X,\n2,Ship,2020-01-01,2020-01-01,\n3,X,X,April,case withdrawn today\n"
    cases = read(tmp_path, rows, shape).accepted
    assert [case.origin for case in cases] == [Origin.IMPORTED, Origin.UNKNOWN, Origin.UNKNOWN]
    assert [case.outcome for case in cases] == [Outcome.UNKNOWN, Outcome.DEAD, Outcome.CURED]
    assert [case.classification for case in cases] == [PersonClass.ASYMPTOMATIC] * 2 + [PersonClass.EXCLUDED]


def test_a_key_may_be_joined_of_columns_or_be_the_row_number(tmp_path: Path) -> None:
    joined = read(tmp_path, "ward,no\nA,1\nB,1\n", '[fields.key]\ncolumns = ["ward", "no"]')
    assert [case.key for case in joined.accepted] == ["A-1", "B-1"]
    numbered = read(tmp_path, "ward,no\nA,1\nA,1\n", "[fields.key]\nrow_number = true")
    assert [case.key for case in numbered.accepted] == ["2", "3"]


def test_an_age_band_may_stand_in_two_columns(tmp_path: Path) -> None:
    shape = '[fields]\nkey = "id"\nage = "from"\nage_high = "to"'
    cases = read(tmp_path, "id,from,to\n1,20,29\n2,20,20\n3,,5\n", shape).accepted
    assert [(case.age, case.age_high) for case in cases] == [(20, 29), (20, None), (None, None)]


def test_an_age_that_the_pattern_does_not_find_is_a_fault_of_its_row(tmp_path: Path) -> None:
    shape = '[fields]\nkey = "id"\n[fields.age]\ncolumn = "age"\npattern = "(?P<value>[0-9]+) years"\n'
    found = read(tmp_path, "id,age\n1,37 years\n2,38\n3,\n4,Zhang\n5,38\n", shape)
    assert [(case.key, case.age) for case in found.accepted] == [("1", 37), ("3", None)]
    assert [(one.row, one.field, one.problem) for one in found.errors] == [
        (3, "age", "'38' is not an age"),
        (5, "age", "a text of 5 characters is not an age"),
        (6, "age", "'38' is not an age"),
    ]
    assert {one.expected for one in found.errors} == {"a text in which the pattern finds an age"}


def test_an_age_is_looked_for_in_all_sources_before_it_is_a_fault(tmp_path: Path) -> None:
    years = '[[fields.age]]\ncolumn = "age"\npattern = "(?P<value>[0-9]+) years"\n'
    both = '[fields]\nkey = "id"\n' + years + '[[fields.age]]\ncolumn = "months"\nunit = "months"\n'
    found = read(tmp_path, "id,age,months\n1,infant,6\n2,infant,\n3,40 years,\n", both)
    assert [(case.key, case.age) for case in found.accepted] == [("1", 0.5), ("3", 40)]
    assert [one.row for one in found.errors] == [3]


def test_an_exact_age_has_no_upper_bound_for_a_pattern_to_find(tmp_path: Path) -> None:
    shape = '[fields]\nkey = "id"\nage = "age"\n[fields.age_high]\ncolumn = "age"\npattern = "-(?P<value>[0-9]+)"\n'
    cases = read(tmp_path, "id,age\n1,20-29\n2,37\n", shape).accepted
    assert [(case.age, case.age_high) for case in cases] == [(20, 29), (37, None)]


# --- links ----------------------------------------------------------------------------------------------------


def linked(tmp_path: Path, texts: dict[str, str], spec: str, **options: object) -> dict[str, tuple[str, ...]]:
    rows = "id;onset;link\n" + "".join(f"{key};{text}\n" for key, text in texts.items())
    shape = f'[file]\ndelimiter = ";"\n[fields]\nkey = "id"\nonset = "onset"\n[fields.infectors]\ncolumn = "link"\n{spec}'
    return {case.key: case.infectors for case in read(tmp_path, rows, shape, **options).accepted}


@pytest.mark.parametrize("text", ["contact of case 12", "Son of 12", "密接 case 12", "12"])
def test_the_infector_is_found_in_free_text(tmp_path: Path, text: str) -> None:
    found = linked(tmp_path, {"12": ";", "13": f";{text}"}, "pattern = '(?P<key>\\d+)'")
    assert found["13"] == ("12",)


def test_several_infectors_keep_the_order_stated(tmp_path: Path) -> None:
    found = linked(tmp_path, {"1": ";", "2": ";", "3": ";2, 1、2"}, "")
    assert found["3"] == ("2", "1")


def test_numbers_in_text_become_keys_by_a_template(tmp_path: Path) -> None:
    spec = "pattern = 'case (?P<key>\\d+)'\nkey = \"SK_{key}\""
    assert linked(tmp_path, {"SK_1": ";", "SK_2": ";wife of case 1, aged 40"}, spec)["SK_2"] == ("SK_1",)


def test_text_without_a_case_is_noticed_or_rejected_as_the_mapping_says(tmp_path: Path) -> None:
    shape = '[fields]\nkey = "id"\n[fields.infectors]\ncolumn = "link"\npattern = "(?P<key>[0-9]+)"\n'
    noted = read(tmp_path, "id,link\n1,Taxi driver\n", shape)
    assert [notice.what for notice in noted.notices] == ["text without a case key"]
    assert (
        read(tmp_path, "id,link\n1,Taxi driver\n", shape + 'unmatched = "reject"').counts()["rejected"] == 1
    )


def test_related_cases_are_directed_by_onset_and_else_left_alone(tmp_path: Path) -> None:
    texts = {"1": "2020-01-05;2,3", "2": "2020-01-01;1", "3": ";1", "4": "2020-01-05;1", "5": "2020-01-09;5"}
    found = linked(tmp_path, texts, 'direction = "related"')
    assert found == {"1": ("2",), "2": (), "3": (), "4": (), "5": ("5",)}
    rows = "id,onset,link\n1,2020-01-05,2\n2,2020-01-05,1\n"
    shape = (
        '[fields]\nkey = "id"\nonset = "onset"\n[fields.infectors]\ncolumn = "link"\ndirection = "related"'
    )
    assert read(tmp_path, rows, shape).related == (("1", "2"),)


def test_a_column_may_name_those_whom_the_case_infected(tmp_path: Path) -> None:
    found = linked(tmp_path, {"1": ";2,3", "2": ";", "3": ";99"}, 'direction = "infectee"')
    assert found == {"1": (), "2": ("1",), "3": ("1",)}


EDGES = "infector,infectee\n1,2\n1,2\n9,2\n1,7\n,2\n"


def test_a_file_of_links_is_accounted_for_row_by_row(tmp_path: Path) -> None:
    edges = put(tmp_path, EDGES, "edges.csv")
    read_list = read(tmp_path, "id,sex,age,onset\n1,F,,\n2,M,,\n", links=edges)
    assert read_list.links is not None
    assert read_list.links.counts() == {"in": 5, "accepted": 2, "rejected": 2, "duplicate": 1}
    # An infector that is not in the list is kept for the checks; an infectee that is not has nowhere to go.
    assert read_list.accepted[1].infectors == ("1", "9")
    assert [(error.row, error.field) for error in read_list.links.rejected] == [
        (5, "infectee"),
        (6, "infector"),
    ]


def test_a_mapping_may_name_its_link_file_beside_the_list(tmp_path: Path) -> None:
    shape = BASE + '[links]\nfile = "edges.csv"\ninfector = "who"\ninfectee = "whom"\nkey = "SK_{key}"\n'
    with pytest.raises(TableError, match="file is not beside list"):
        read(tmp_path, HEADER + "SK_1,F,,\n", shape)
    put(tmp_path, "who,whom\n1,2\n", "edges.csv")
    assert read(tmp_path, HEADER + "SK_1,F,,\nSK_2,F,,\n", shape).accepted[1].infectors == ("SK_1",)


# --- digests, progress, invariants ------------------------------------------------------------------------------


def test_a_digest_depends_on_content_alone(tmp_path: Path) -> None:
    one = read(tmp_path, HEADER + "1,F,30,15/1/2020\n2,M,31,16/1/2020\n")
    other = read(tmp_path, HEADER + "2,male,31,16/01/20\n1,女,30,2020-01-15\n")
    assert one.digests == other.digests
    assert one.digest != other.digest
    changed = read(tmp_path, HEADER + "1,F,30,16/1/2020\n")
    assert changed.digests["1"] != one.digests["1"]


def test_the_digest_of_a_record_never_changes() -> None:
    record = CaseRecord(
        key="7", sex=Sex.FEMALE, age=20, age_high=29, onset=date(2020, 1, 15), infectors=("1", "2")
    )
    assert linelist.record_digest(record) == "34243349d19cae6337c24f4db45763f8"


def test_progress_is_told_and_may_interrupt(tmp_path: Path) -> None:
    rows = HEADER + "".join(f"{n},F,30,15/1/2020\n" for n in range(2500))
    told: list[tuple[int, float | None]] = []
    read(tmp_path, rows, progress=lambda done, share: told.append((done, share)))
    assert [done for done, _ in told] == [1000, 2000, 2500]
    assert told[-1] == (2500, 1.0)

    def stop(done: int, share: float | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(tmp_path, rows, progress=stop)


def test_a_preview_reads_only_the_first_rows(tmp_path: Path) -> None:
    rows = HEADER + "".join(f"{n},F,30,15/1/2020\n" for n in range(50))
    assert read(tmp_path, rows, limit=20).counts() == {
        "in": 20,
        "accepted": 20,
        "rejected": 0,
        "duplicate": 0,
    }


KEYS = st.sampled_from(["1", "2", "3", "4", ""])
CELLS = st.tuples(KEYS, st.sampled_from(["F", "m", "Q", ""]), st.sampled_from(["3", "200", "x"]), KEYS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(CELLS, max_size=30))
def test_rows_in_are_always_accepted_rejected_or_duplicate(
    tmp_path: Path, cells: list[tuple[str, ...]]
) -> None:
    shape = '[fields]\nkey = "id"\nsex = "sex"\nage = "age"\ninfectors = "from"'
    read_list = read(tmp_path, "id,sex,age,from\n" + "".join(",".join(row) + "\n" for row in cells), shape)
    assert read_list.balances
    assert read_list.rows_in == len(cells)
    # Against the plainest account: first good row of a key is taken, equal ones repeat it, the rest is refused.
    taken: dict[str, tuple[str, ...]] = {}
    duplicates = 0
    for key, sex, age, infector in cells:
        if key and sex != "Q" and age == "3":
            said = (sex.lower(), infector)
            duplicates += taken.setdefault(key, said) == said and taken[key] is not said
    assert [case.key for case in read_list.accepted] == list(taken)
    assert len(read_list.duplicate) == duplicates
