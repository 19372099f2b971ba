"""Bulletins at the command line, and the JSON that scripts rely on."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from liankong.cli.bulletin_files import bulletin
from liankong.exchange.bulletin_json import BulletinFormError, from_json, reading_json, to_json
from liankong.exchange.bulletin_text import read

TEXT = (
    "2022年1月13日0—24时，天津市新增34例本土新冠肺炎确诊病例（含1例由无症状感染者转为确诊病例）。"
    "截至1月13日，天津市累计报告确诊病例290例，出院病例145例，死亡病例3例，在院142例。"
)
FORM: dict[str, Any] = {
    "place": "42",
    "day": "2020-02-13",
    "until": None,
    "figures": [
        {"series": "confirmed", "measure": "reported", "window": "epidemic", "value": 51986},
        {
            "series": "confirmed",
            "measure": "reported",
            "window": "day",
            "value": 4823,
            "definition": "5th edition",
        },
    ],
    "rollups": [{"parent": "42", "children": ["4201"]}],
    "adjustments": [
        {
            "series": "confirmed",
            "measure": "reported",
            "window": "epidemic",
            "delta": -1043,
            "reason": "write-off",
        }
    ],
    "revisions": [
        {
            "series": "confirmed",
            "measure": "reported",
            "window": "day",
            "before": 4800,
            "after": 4823,
            "reason": "late cards",
            "parts": [{"delta": 23, "reason": "cards"}],
        }
    ],
}
BEFORE = {
    "place": "42",
    "day": "2020-02-12",
    "figures": [{"series": "confirmed", "measure": "reported", "window": "epidemic", "value": 48206}],
}


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(bulletin, list(arguments), input=given, env={"COLUMNS": "200"})


def written(folder: Path, name: str, content: str | dict[str, Any]) -> str:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def test_json_gives_back_the_same_bulletin() -> None:
    once = from_json(FORM)
    assert from_json(json.loads(json.dumps(to_json(once)))) == once
    assert once.figures[0].key.place == "42"
    reading = read(TEXT)
    assert from_json(reading_json(reading)) == reading.bulletin


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"day": "13 Feb"}, "day: expected YYYY-MM-DD, found '13 Feb'"),
        ({"place": ""}, "the bulletin.place: expected a text"),
        ({"until": "noon"}, "until: expected HH:MM"),
        ({"figures": {}}, "figures: expected a list, found dict"),
        ({"figures": [{"series": "cases"}]}, r"figures\[0\].series: 'cases' is not one of confirmed"),
        (
            {"figures": [{"series": "confirmed", "measure": "active", "window": "day", "value": 1}]},
            r"figures\[0\]: active stands at a moment",
        ),
        (
            {"figures": [{"series": "confirmed", "measure": "reported", "window": "day", "value": "12"}]},
            r"figures\[0\].value: expected a whole number, found '12'",
        ),
        (
            {"rollups": [{"parent": "42", "children": "4201"}]},
            r"rollups\[0\].children: expected a list of places",
        ),
    ],
)
def test_a_broken_form_is_refused_with_entry_field_and_what_was_expected(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(BulletinFormError, match=message):
        from_json({**FORM, **change})


def test_read_prints_each_figure_with_its_words(tmp_path: Path) -> None:
    result = run("read", written(tmp_path, "b.txt", TEXT))
    assert result.exit_code == 0, result.output
    assert "290" in result.output
    assert "出院病例145例" in result.output
    assert "every identity that can be tried holds" in result.output


def test_read_as_json_gives_figures_with_the_span_of_their_source(tmp_path: Path) -> None:
    result = run("read", written(tmp_path, "b.txt", TEXT), "--json")
    data = json.loads(result.output)
    assert set(data) == {"bulletin", "contradictions", "unread", "notes"}
    entry = data["bulletin"]["figures"][2]
    assert {k: entry[k] for k in ("series", "measure", "window", "place", "origin", "value")} == {
        "series": "confirmed",
        "measure": "reported",
        "window": "epidemic",
        "place": "天津市",
        "origin": "all",
        "value": 290,
    }
    source = entry["source"]
    assert TEXT[source["start"] : source["end"]].endswith("290例")


def test_check_shows_the_arithmetic_and_ends_well(tmp_path: Path) -> None:
    result = run("check", written(tmp_path, "b.txt", TEXT))
    assert result.exit_code == 0
    assert "290 = 145 + 3 + 142" in result.output
    assert "1 ≤ 34" in result.output


def test_check_ends_with_code_3_when_a_sum_fails(tmp_path: Path) -> None:
    result = run("check", written(tmp_path, "b.txt", TEXT.replace("142例", "141例")))
    assert result.exit_code == 3
    assert "290 ≠ 145 + 3 + 141" in result.output
    assert "off by +1" in result.output


def test_a_text_in_gb18030_and_from_standard_input_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "gb.txt"
    path.write_bytes(TEXT.encode("gb18030"))
    by_file = run("read", str(path), "--json")
    by_pipe = run("read", "-", "--json", given=TEXT)
    assert by_file.exit_code == by_pipe.exit_code == 0
    assert json.loads(by_file.output) == json.loads(by_pipe.output)


def test_the_day_before_adds_the_day_to_day_identities(tmp_path: Path) -> None:
    today, before = written(tmp_path, "b.json", FORM), written(tmp_path, "a.json", BEFORE)
    result = run("check", today, "--previous", before)
    assert result.exit_code == 0, result.output
    assert "51986 = 48206 + 4823 - 1043" in result.output
    assert "write-off" in result.output

    bare = written(tmp_path, "c.json", {**FORM, "adjustments": []})
    failed = run("check", bare, "--previous", before, "--json")
    assert failed.exit_code == 3
    data = json.loads(failed.output)
    assert data["may_sign"] is False
    assert data["counts"]["failed"] == 1
    (carried,) = [f for f in data["findings"] if f["identity"] == "carried"]
    assert (carried["left"], carried["right"], carried["delta"], carried["state"]) == (
        51986,
        53029,
        -1043,
        "failed",
    )
    assert [(t["value"], t["day_before"]) for t in carried["terms"]] == [(48206, True), (4823, False)]


def test_a_contradicted_text_ends_with_code_3_though_its_sums_hold(tmp_path: Path) -> None:
    spun = "河南商丘病毒感染者超500例 多在泌阳县\n截至7月20日24时，驻马店市累计报告病毒感染者511例，其中确诊病例13例，无症状感染者498例。"
    path = written(tmp_path, "b.txt", spun)
    assert run("check", path).exit_code == 2
    result = run("check", path, "--year", "2022")
    assert result.exit_code == 3
    assert "511 = 13 + 498" in result.output
    assert "商丘" in result.output


def test_a_text_without_figures_and_a_broken_file_are_told_plainly(tmp_path: Path) -> None:
    nothing = run("read", written(tmp_path, "b.txt", "全市疫情防控指挥部全体会议召开。"))
    assert nothing.exit_code == 2
    assert "no figures of a bulletin" in nothing.output
    broken = run("check", written(tmp_path, "b.json", '{"place": "42"'))
    assert broken.exit_code == 2
    assert "b.json" in broken.output
