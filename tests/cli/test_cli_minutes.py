"""`liankong minutes` as a person and a script meet it: a table of directives, or the complete reading as JSON."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cli_docs import documented, printed
from click.testing import CliRunner, Result
from support import minutes as made

from liankong.cli import ExitCode, main

docx = pytest.importorskip("docx")


def run(*arguments: object, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["minutes", *map(str, arguments)], input=given, env={"COLUMNS": "200"})


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def document(folder: Path, *paragraphs: tuple[str, str | None]) -> Path:
    """A Word document of paragraphs with their styles."""
    made_here = docx.Document()
    for text, style in paragraphs:
        made_here.add_paragraph(text, style=style)
    path = folder / "minutes.docx"
    made_here.save(str(path))
    return path


def test_a_page_becomes_a_table_of_directives_with_who_and_when(tmp_path: Path) -> None:
    result = run(written(tmp_path, "page.html", made.TWO_MEETINGS))
    assert result.exit_code == ExitCode.DONE, result.output
    assert "2022-01-19 21:40" in result.output
    assert "3 directives, 1 more outside the lists" in result.output
    assert "明天中午12时前 (by 01-20 12:00)" in result.output
    assert "北辰分指挥部" in result.output
    assert "从20日零时起" not in result.output
    assert "从20日零时起" in run(tmp_path / "page.html", "--all").output


def test_every_key_of_the_json_is_documented_and_offsets_are_into_its_text(tmp_path: Path) -> None:
    shape: set[str] = {"meetings[].unnumbered"}
    for text in (made.TWO_MEETINGS, made.COUNTED):
        data = json.loads(run(written(tmp_path, "page.html", text), "--json").stdout)
        for meeting in data["meetings"]:
            meeting["directives"] += meeting.pop("unnumbered")  # the same shape, documented once
            for one in meeting["directives"]:
                assert data["text"][one["start"] : one["end"]] == one["sentence"]
        shape |= printed(data)
    assert shape == documented("minutes")


def test_the_same_text_by_pipe_in_gb18030_and_as_a_document_reads_the_same(tmp_path: Path) -> None:
    text = made.report("一是各区要加强巡查。\n二是做好保障，2日内完成。")
    (tmp_path / "gb.txt").write_bytes(text.encode("gb18030"))
    by_file = json.loads(run(tmp_path / "gb.txt", "--json").stdout)
    by_pipe = json.loads(run("-", "--json", given=text).stdout)
    by_word = json.loads(
        run(document(tmp_path, *((line, None) for line in text.split("\n"))), "--json").stdout
    )
    assert by_file == by_pipe == by_word
    assert [one["due"] for one in by_file["meetings"][0]["directives"]] == [None, "2022-01-23T00:00:00+08:00"]


def test_a_list_numbered_by_the_word_processor_is_read_like_one_that_was_typed(tmp_path: Path) -> None:
    path = document(
        tmp_path,
        ("2022年1月20日，指挥部召开会议。", None),
        ("会议议定：", None),
        ("加强巡查，明天18时前报告。", "List Number"),
        ("做好保障。", "List Number"),
    )
    data = json.loads(run(path, "--json").stdout)
    assert [(one["label"], one["title"]) for one in data["meetings"][0]["directives"]] == [
        ("1.", "加强巡查"),
        ("2.", "做好保障"),
    ]


def test_a_sentence_with_a_persons_number_ends_with_3_and_the_number_is_nowhere(tmp_path: Path) -> None:
    path = written(tmp_path, "page.txt", made.report("一是联系13800138000核实。二是做好保障。"))
    for options in ((), ("--json",), ("--all",)):
        result = run(path, *options)
        assert result.exit_code == ExitCode.INCOMPLETE
        assert "138001" not in result.output
        assert "phone" in result.output


def test_a_year_that_the_text_leaves_out_is_given_with_day(tmp_path: Path) -> None:
    text = made.report("一是加强巡查。二是做好保障。", opening="3月15日，指挥部召开例会。")
    path = written(tmp_path, "page.txt", text)
    assert "say the day of the meeting" in run(path).output
    data = json.loads(run(path, "--day", "2022-03-15", "--json").stdout)
    assert data["meetings"][0]["day"] == "2022-03-15"


@pytest.mark.parametrize(
    ("name", "content", "options", "told"),
    [
        ("a.txt", "新增确诊病例3例。", (), "no meeting was found"),
        ("a.docx", "PK nothing", (), "not a readable .docx"),
        ("a.txt", made.COUNTED, ("--division", "津南"), "--division"),
        ("a.txt", "会" * 200_001, (), "expected at most 200000"),
    ],
)
def test_what_cannot_be_read_is_told_without_a_traceback(
    tmp_path: Path, name: str, content: str, options: tuple[str, ...], told: str
) -> None:
    result = run(written(tmp_path, name, content), *options)
    assert result.exit_code == ExitCode.USAGE
    assert told in result.output


def test_a_document_that_unpacks_to_gigabytes_is_not_opened(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", b"0" * 70_000_000)
    result = run(path)
    assert result.exit_code == ExitCode.USAGE
    assert "unpacks to more" in result.output
