"""Mappings: read, checked, guessed."""

from pathlib import Path

import pytest

from liankong.exchange import linelist, mapping
from liankong.exchange.mapping import ALLOWED_KEYS
from liankong.exchange.mapping_guess import guess
from liankong.exchange.mapping_headers import HEADERS, PERSONAL_HEADERS
from liankong.exchange.mapping_model import DIRECTIONS, FIELDS, PERSONAL

KEY = '[fields.key]\ncolumn = "id"\n'


def fault(text: str) -> mapping.MappingError:
    with pytest.raises(mapping.MappingError) as told:
        mapping.loads(text, name="list.toml")
    return told.value


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ("[fields", "TOML", ""),
        ("", "fields.key", "is missing"),
        ('[fields.keys]\ncolumn = "id"', "fields.keys", "did you mean 'key'"),
        (KEY + '[fields.onset]\ncolum = "x"', "fields.onset.colum", "did you mean 'column'"),
        (KEY + "[fields.onset]", "fields.onset", "does not say where its value is"),
        (KEY + '[fields.onset]\ncolumn = "x"\nformat = "dd/mm"', "fields.onset.format", "'dd/mm' is not a format"),
        (KEY + '[fields.onset]\ncolumn = "x"\nformat = ["d/m/y", "m/d/y"]', "fields.onset.format", "both orders"),
        (KEY + '[fields.sex]\ncolumn = "x"\nvalues = { mal = ["M"] }', "fields.sex.values.mal", "did you mean 'male'"),
        (KEY + '[fields.sex]\ncolumn = "x"\nvalues = { male = 1 }', "fields.sex.values.male", "is 1"),
        (KEY + '[fields.infectors]\ncolumn = "x"\npattern = "(\\\\d+)"', "fields.infectors.pattern", "no group named key"),
        (KEY + '[fields.infectors]\ncolumn = "x"\npattern = "("', "fields.infectors.pattern", "not a regular expression"),
        (KEY + '[fields.infectors]\ncolumn = "x"\nkey = "SK_"', "fields.infectors.key", "is 'SK_'"),
        (KEY + '[[fields.onset]]\ncolumn = "x"\n[[fields.onset]]\nformat = "iso"', "fields.onset[2]", "does not say"),
        (KEY + '[file]\nencoding = "utf-99"', "file.encoding", "is not known"),
        (KEY + "[file]\nheader_row = 0", "file.header_row", "is 0"),
        (KEY + '[file]\nheader_row = true', "file.header_row", "is True"),
        (KEY + '[file]\ndelimiter = ", "', "file.delimiter", "is ', '"),
        (KEY + '[personal]\nmother = "x"', "personal.mother", "is not known"),
        (KEY + '[checks]\nearliest = "2020"', "checks.earliest", "is '2020'"),
        (KEY + '[links]\ndirection = "infectee"', "links.direction", "is 'infectee'"),
        ("fields = 3", "fields", "is not a table"),
    ],
)  # fmt: skip
def test_a_fault_names_file_key_and_what_was_expected(text: str, key: str, problem: str) -> None:
    error = fault(text)
    assert (error.file, error.key) == ("list.toml", key)
    assert problem in error.problem
    assert error.expected
    assert str(error).startswith(f"list.toml: {key}: ")


def test_a_missing_column_is_named_with_its_neighbour(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("id,date_onset\n1,2020-01-01\n", encoding="utf-8")
    with pytest.raises(
        mapping.MappingError, match=r"fields.onset.column: .*'date_onst'; did you mean 'date_onset'"
    ):
        linelist.read(file, mapping.loads(KEY + '[fields.onset]\ncolumn = "date_onst"'))


def test_a_mapping_that_does_not_exist_suggests_a_shipped_one() -> None:
    with pytest.raises(mapping.MappingError, match="did you mean 'taiwan_2020'"):
        mapping.load("taiwan_2021")


@pytest.mark.parametrize("name", mapping.shipped())
def test_every_shipped_mapping_loads_and_has_a_title(name: str) -> None:
    assert mapping.load(name).title


def test_every_header_known_belongs_to_a_field() -> None:
    assert set(HEADERS) <= set(FIELDS)
    assert set(PERSONAL_HEADERS) == set(PERSONAL)


CHINESE = """津南区新冠肺炎病例一览表,,,,,,,,,
病例编号,姓名,性别,年龄,身份证号,联系电话,现住址,发病日期,确诊日期,感染来源
JN001,张三,男,37岁,120112198501010011,13800000001,辛庄镇某村1号,2022年1月5日,2022/1/8,不详
JN002,李四,女,8个月,120112202105010022,13800000002,辛庄镇某村2号,2022年1月7日,2022/1/8,密接 病例JN001
JN003,王五,男,60-69,120112195501010033,13800000003,辛庄镇某村3号,,2022/1/9,JN001、JN002的密接
"""


def test_a_chinese_list_under_a_title_row_is_guessed_and_reads(tmp_path: Path) -> None:
    file = tmp_path / "一览表.csv"
    file.write_bytes(CHINESE.encode("gb18030"))
    found = guess(file)
    assert found.questions == ()
    shape = mapping.loads(found.toml)
    assert shape.options.header_row == 2
    assert shape.options.encoding == "gb18030"
    assert set(shape.personal) == {"name", "id_number", "phone", "address"}
    read = linelist.read(file, shape)
    assert read.counts() == {"in": 3, "accepted": 3, "rejected": 0, "duplicate": 0}
    assert [case.infectors for case in read.accepted] == [(), ("JN001",), ("JN001", "JN002")]
    assert [(case.age, case.age_high) for case in read.accepted] == [(37, None), (0.6667, None), (60, 69)]


def test_an_ambiguous_day_stays_a_question_and_the_guess_does_not_load(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("id,onset date\n1,3/4/2020\n2,5/6/2020\n", encoding="utf-8")
    found = guess(file)
    assert found.questions == (
        "fields.onset: every day can be read as d/m/y and as m/d/y; set format to the right one",
    )
    with pytest.raises(mapping.MappingError, match=r"fields.onset.format: is '\?', still to be answered"):
        mapping.loads(found.toml)
    settled = mapping.loads(found.toml.replace('format = "?"', 'format = "d/m/y"'))
    assert str(linelist.read(file, settled).accepted[0].onset) == "2020-04-03"


def test_the_order_of_days_is_guessed_from_the_values(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("id,onset date\n1,3/4/2020\n2,15/6/2020\n3,43853\n", encoding="utf-8")
    assert 'format = ["d/m/y", "excel"]' in guess(file).toml


def test_missing_words_and_unknown_codes_are_found(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    rows = ["id,sex,date_onset,outcome", "1,M,X,Dead", "2,X,2020-01-02,Alive", "3,F,2020-01-03,NA"]
    file.write_text("\n".join(rows), encoding="utf-8")
    found = guess(file)
    shape = mapping.loads(found.toml)
    assert set(shape.missing) == {"", "X", "NA"}
    assert [one.unknown for one in found.fields if one.name == "outcome"] == [("Alive",)]
    assert len(found.questions) == 1


def test_a_list_without_a_key_column_is_a_question(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("class,day_absent\n1,2\n1,3\n", encoding="utf-8")
    assert guess(file).questions[0].startswith("fields.key: no column identifies each case")


def test_related_cases_are_guessed_as_undirected(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('CaseID,Related cases\n1,"2,3"\n2,1\n3,\n', encoding="utf-8")
    assert 'direction = "related"' in guess(file).toml


def test_a_prefix_of_keys_is_added_to_bare_numbers(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("id,infector\nSK_1,\nSK_2,contact of case 1\n", encoding="utf-8")
    read = linelist.read(file, mapping.loads(guess(file).toml))
    assert read.accepted[1].infectors == ("SK_1",)


DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "linelists.md"


def test_every_field_and_key_of_a_mapping_is_documented() -> None:
    text = DOCUMENT.read_text("utf-8")
    for word in (*FIELDS, *PERSONAL, *DIRECTIONS, *{key for keys in ALLOWED_KEYS.values() for key in keys}):
        assert f"`{word}" in text or f'"{word}"' in text or f"{word} =" in text, word
    for name in mapping.shipped():
        assert f"`{name}`" in text


def test_the_documented_mapping_loads() -> None:
    example = DOCUMENT.read_text("utf-8").split("```toml\n")[1].split("```")[0]
    assert mapping.loads(example).fields["infectors"][0].key == "JN{key}"


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ('[fields.key]\ncolumn = "?"', "fields.key.column", "the column that identifies a case"),
        (KEY + '[fields.onset]\ncolumn = "x"\nformat = "?"', "fields.onset.format", '"d/m/y"'),
        (KEY + '[fields.onset]\ncolumn = "x"\nformat = ["?", "excel"]', "fields.onset.format", '"m/d/y"'),
        (KEY + '[fields.onset]\ncolumn = "x"\nyear = "?"', "fields.onset.year", "a whole number"),
        (KEY + '[fields.age]\ncolumns = ["x", "?"]', "fields.age.columns", "the names of columns"),
        (KEY + '[fields.age]\ncolumn = "x"\npattern = "?"', "fields.age.pattern", "(?P<value>...)"),
        (KEY + '[fields.infectors]\ncolumn = "x"\npattern = "?"', "fields.infectors.pattern", "(?P<key>...)"),
        (KEY + '[[fields.sex]]\ncolumn = "x"\n[[fields.sex]]\ncolumn = "?"', "fields.sex[2].column", "a column"),
        ('[fields]\nkey = "?"', "fields.key.column", "the column that identifies a case"),
        (KEY + '[personal]\nname = "?"', "personal.name", "the name of a column"),
    ],
)  # fmt: skip
def test_a_question_that_nobody_answered_keeps_the_mapping_from_loading(
    text: str, key: str, expected: str
) -> None:
    error = fault(text)
    assert error.key == key
    assert error.problem == "is '?', still to be answered"
    assert expected in error.expected


def test_a_question_mark_that_means_a_missing_value_is_no_question() -> None:
    text = KEY + '[file]\nmissing = ["", "?"]\n[fields.sex]\ncolumn = "sex"\nvalues = { unknown = ["?"] }\n'
    shape = mapping.loads(text + "# QUESTION: settled\n")
    assert shape.missing == ("", "?")


@pytest.mark.parametrize(
    ("ages", "question"),
    [(["ten"], "1 value is not an age"), (["ten", "eleven"], "2 different values are not ages")],
)
def test_a_guess_counts_what_is_no_age_in_good_english(
    tmp_path: Path, ages: list[str], question: str
) -> None:
    file = tmp_path / "list.csv"
    rows = [*(str(age) for age in range(20, 30)), *ages]
    file.write_text("id,age\n" + "".join(f"C{at},{age}\n" for at, age in enumerate(rows)), encoding="utf-8")
    assert guess(file).questions == (f"fields.age: {question}",)


@pytest.mark.parametrize(
    ("codes", "question"), [(["Q"], "1 code is not known; give it"), (["Q", "R"], "2 codes are not known; give each")]
)  # fmt: skip
def test_a_guess_counts_unknown_codes_in_good_english(
    tmp_path: Path, codes: list[str], question: str
) -> None:
    file = tmp_path / "list.csv"
    rows = ["F", "M", "F", *codes]
    file.write_text("id,sex\n" + "".join(f"C{at},{sex}\n" for at, sex in enumerate(rows)), encoding="utf-8")
    assert guess(file).questions[0].startswith(f"fields.sex: {question} under one of unknown, male")
