"""Bulletins as they are found: clean, traditional, without punctuation, in HTML, mangled, and untrustworthy."""

import re
from datetime import date
from pathlib import Path

import pytest

from liankong.exchange.bulletin_clean import clean
from liankong.exchange.bulletin_text import NoYearError, Reading, read, write_en
from liankong.rules.bulletins import (
    DAY,
    EPIDEMIC,
    UNDECLARED,
    Bulletin,
    Counted,
    Figure,
    Identity,
    Key,
    Measure,
    Series,
    State,
    Window,
    check,
    may_sign,
)

LOCAL, IMPORTED = Counted.LOCAL, Counted.IMPORTED
CONFIRMED, ASYMPTOMATIC = Series.CONFIRMED, Series.ASYMPTOMATIC
ROUND = Window.since(date(2022, 1, 8))

# The day's form with the published numbers of 2022-02-01.
NATION = (
    "2022年2月1日0—24时，31个省（自治区、直辖市）和新疆生产建设兵团报告新增确诊病例63例。其中境外输入病例27例；"
    "本土病例36例（浙江15例，均在杭州市；天津12例，其中河北区6例、滨海新区4例、河东区2例；"
    "广东6例，其中深圳市2例、惠州市1例、梅州市1例、河源市1例、云浮市1例；北京2例，均在丰台区；河北1例，在衡水市）。\n"
)
TIANJIN = (
    "自2022年1月8日至2月1日，天津市累计报告本土新冠肺炎确诊病例405例，治愈出院342人，在院63例。"
    "累计报告本土无症状感染者22例，解除医学观察6人，转为确诊病例16例。"
)
TIANJIN_13 = (
    "2022年1月13日0—24时，天津市新增34例本土新冠肺炎确诊病例（含1例由无症状感染者转为确诊病例）。"
    "截至1月13日，天津市累计报告新型冠状病毒肺炎确诊病例290例，出院病例145例，死亡病例3例，在院142例。"
)


def bulletin_of(text: str, **other: int) -> Bulletin:
    reading = read(text, year=other.get("year"))
    assert reading.bulletin is not None
    assert reading.unread == ()
    return reading.bulletin


def arithmetic(bulletin: Bulletin, identity: Identity) -> list[str]:
    return [f.arithmetic for f in check(bulletin) if f.identity is identity]


def test_the_nation_and_a_city_in_one_text_are_told_apart() -> None:
    found = bulletin_of(NATION + TIANJIN)
    assert (found.place, found.day) == ("全国", date(2022, 2, 1))
    assert arithmetic(found, Identity.ORIGINS) == ["63 = 27 + 36"]
    assert arithmetic(found, Identity.PLACES) == [
        "36 = 15 + 12 + 6 + 2 + 1", "15 = 15", "12 = 6 + 4 + 2", "6 = 2 + 1 + 1 + 1 + 1", "2 = 2", "1 = 1",
    ]  # fmt: skip
    assert arithmetic(found, Identity.ACCOUNTED) == ["405 = 342 + 63", "22 = 6 + 16"]
    tianjin = found.number(CONFIRMED, Measure.REPORTED, ROUND, origin=LOCAL, place="天津市")
    assert tianjin == 405
    assert found.number(CONFIRMED, Measure.REPORTED, DAY, origin=LOCAL, place="天津市") == 12
    assert may_sign(check(found))


def test_a_conversion_in_brackets_and_the_running_total() -> None:
    found = bulletin_of(TIANJIN_13)
    assert found.number(CONFIRMED, Measure.REPORTED, DAY, origin=LOCAL) == 34
    assert found.number(CONFIRMED, Measure.CONVERTED_IN, DAY, origin=LOCAL) == 1
    assert arithmetic(found, Identity.ACCOUNTED) == ["290 = 145 + 3 + 142"]


@pytest.mark.parametrize("text", [TIANJIN, TIANJIN_13, NATION])
def test_lost_punctuation_loses_no_figure(text: str) -> None:
    bare = re.sub("[，。；：、（）]", "", text)
    assert set(bulletin_of(bare).figures) == set(bulletin_of(text).figures)


@pytest.mark.parametrize("text", [NATION, TIANJIN, TIANJIN_13])
def test_full_width_digits_spaces_and_markup_change_nothing(text: str) -> None:
    wide = re.sub(r"\d", lambda m: chr(ord(m[0]) + 0xFEE0), text)
    marked = (
        "<div><p>" + wide.replace("报告", "<strong>报告</strong>").replace("确诊", "确 诊") + "</p></div>"
    )
    assert set(bulletin_of(marked).figures) == set(bulletin_of(text).figures)


def test_traditional_script_and_stray_pinyin_read_as_the_simplified_text() -> None:
    source = "2022年2月2日0—24時,天津市新增本土確(què)診(zhěn)病例9例(河北區(qū)3例、河東區(qū)6例)。尚在醫學觀察的無症狀感染者855例。"
    found = read(source)
    assert found.notes == ("pinyin in brackets removed at 4 places", "traditional script converted")
    assert found.bulletin is not None
    assert found.bulletin.number(CONFIRMED, Measure.REPORTED, DAY, origin=LOCAL, place="河北区") == 3
    key = Key(series=CONFIRMED, measure=Measure.REPORTED, window=DAY, place="河东区", origin=LOCAL)
    span = found.sources[key]
    assert source[span.start : span.end] == "河東區(qū)6例"


def test_front_matter_gives_the_year_and_a_january_paper_may_speak_of_december() -> None:
    text = "---\ntitle: '通报'\ndate: Sat, 01 Jan 2022 02:00:00 GMT\n---\n12月31日0—24时，天津市新增确诊病例3例。"
    assert bulletin_of(text).day == date(2021, 12, 31)


def test_a_text_without_any_year_asks_for_one() -> None:
    text = "2月1日0—24时，天津市新增确诊病例3例。"
    with pytest.raises(NoYearError, match="2月1日"):
        read(text)
    assert bulletin_of(text, year=2022).day == date(2022, 2, 1)


def test_nothing_new_is_a_figure_of_zero() -> None:
    found = bulletin_of(
        "2022年2月1日0—24时，河南省新增本土确诊病例2例，无新增境外输入确诊病例。无新增死亡病例。"
    )
    assert found.number(CONFIRMED, Measure.REPORTED, DAY, origin=IMPORTED) == 0
    assert found.number(CONFIRMED, Measure.DEAD, DAY) == 0


def test_severe_cases_fewer_than_the_day_before_are_a_negative_change() -> None:
    found = bulletin_of("2022年2月1日0—24时，全国新增确诊病例9例，重症病例较前一日减少2例。")
    assert found.number(Series.SEVERE, Measure.CHANGE, DAY) == -2


def test_the_imported_keep_the_floor_across_sentences() -> None:
    found = bulletin_of(
        "2022年1月28日0—24时，全国新增确诊病例59例。\n"
        "境外输入现有确诊病例958例。累计确诊病例12520例，累计治愈出院病例11562例，无死亡病例。\n"
        "截至1月28日24时，全国现有确诊病例2127例，累计治愈出院病例99171例，累计死亡病例4636例，"
        "累计报告确诊病例105934例。"
    )
    assert arithmetic(found, Identity.ACCOUNTED) == [
        "12520 = 11562 + 0 + 958",
        "105934 = 99171 + 4636 + 2127",
    ]


def test_a_sum_that_is_wrong_in_the_text_is_found() -> None:
    found = bulletin_of(TIANJIN_13.replace("142例", "141例"))
    failed = [f for f in check(found) if f.state is State.FAILED]
    assert [f.arithmetic for f in failed] == ["290 ≠ 145 + 3 + 141"]


def test_a_figure_stated_twice_with_two_values_is_a_contradiction() -> None:
    reading = read(TIANJIN_13 + "截至1月13日，天津市累计报告确诊病例291例。")
    assert reading.bulletin is not None
    assert [c.kind for c in reading.contradictions] == ["restated"]
    assert not may_sign(check(reading.bulletin))


def untrusted() -> Reading:
    return read(
        "河南商丘病毒感染者超500例 多在泌阳县\n"
        "截止到7月20日24时，这轮新冠疫情驻马店市总计汇报病毒感染者511例，在其中确诊病例13例，无症状感染者498例。\n"
        "在511例病毒感染者中，泌阳县508例。",
        year=2022,
    )


def test_a_reworded_copy_is_read_but_its_wrong_city_and_missing_baseline_are_said() -> None:
    reading = untrusted()
    assert reading.bulletin is not None
    assert reading.bulletin.place == "驻马店市"
    assert arithmetic(reading.bulletin, Identity.POSITIVES) == ["511 = 13 + 498"]
    assert [c.kind for c in reading.contradictions] == ["title_place"]
    assert "商丘" in reading.contradictions[0].detail
    assert {figure.key.window for figure in reading.bulletin.figures} == {UNDECLARED}
    assert not may_sign(check(reading.bulletin))


def test_a_headline_with_another_number_than_the_text_is_said() -> None:
    reading = read("1月13日天津市新增本土确诊病例43例 情况通报\n" + TIANJIN_13)
    assert [c.kind for c in reading.contradictions] == ["title_figure"]
    assert "43" in reading.contradictions[0].detail


def test_numbers_of_another_day_or_without_meaning_are_left_unread_and_listed() -> None:
    reading = read(TIANJIN_13 + "\n2022年1月11日，河西区报告3例阳性病例。\n另有5例待定。")
    assert [reason for _, reason in reading.unread] == [
        "of another day than the bulletin's",
        "whom or what it counts is not said",
    ]


def test_a_meeting_report_holds_no_bulletin() -> None:
    reading = read("1月13日，市防控指挥部召开会议，部署第二轮全员筛查工作。")
    assert reading.bulletin is None
    assert reading.notes == ("no figures of a bulletin found",)


def test_every_span_points_at_its_own_number() -> None:
    reading = read(NATION + TIANJIN)
    assert reading.bulletin is not None
    text = NATION + TIANJIN
    for key, span in reading.sources.items():
        words = text[span.start : span.end]
        assert str(reading.bulletin.value(key)) in words or "在" in words, words


def test_the_english_edition_says_the_same_numbers() -> None:
    key = Key(series=CONFIRMED, measure=Measure.REPORTED, window=EPIDEMIC, place="12")
    figures = [Figure(key, 1290), Figure(key.at(measure=Measure.DEAD), 3)]
    new = key.at(window=DAY)
    figures += [Figure(new, 1), Figure(new.at(measure=Measure.CONVERTED_IN), 1)]
    text = write_en(
        Bulletin(place="12", day=date(2022, 1, 13), figures=tuple(figures)),
        names={"12": "Tianjin"}.__getitem__,
    )
    assert text == (
        "On 13 January 2022, 00:00 to 24:00, Tianjin reports: "
        "1 new confirmed case (including 1 converted from asymptomatic).\n"
        "As of 24:00 on 13 January 2022, Tianjin reports: 1,290 confirmed cases reported in total; 3 died."
    )


# --- the public copies themselves, where they are at hand ------------------------------------------------


def shared_reading(shared: Path, *parts: str) -> Reading:
    (path,) = sorted(shared.joinpath(*parts[:-1]).glob(parts[-1]))
    return read(path.read_text(encoding="utf-8"), year=2022)


@pytest.mark.parametrize(
    ("folder", "name", "figures", "unread"),
    [
        ("seeds", "001_*", 25, 0),
        ("seeds", "002_*", 6, 0),
        ("data/texts", "cn_national_2022-01-28.txt", 63, 0),
        ("data/texts", "cn_national_2022-02-02_trad.txt", 48, 0),
        ("data/texts", "henan_bulletin_2022-08-27.txt", 32, 2),
    ],
)
def test_public_copies_are_read_whole_and_balance(
    shared: Path, folder: str, name: str, figures: int, unread: int
) -> None:
    reading = shared_reading(shared, folder, name)
    assert reading.bulletin is not None
    assert len(reading.bulletin.figures) == figures
    assert len(reading.unread) == unread
    assert reading.contradictions == ()
    assert may_sign(check(reading.bulletin))


def test_the_first_text_of_tianjins_new_year_gives_its_published_sums(shared: Path) -> None:
    found = shared_reading(shared, "seeds", "001_*").bulletin
    assert found is not None
    assert arithmetic(found, Identity.ORIGINS) == ["63 = 27 + 36"]
    assert arithmetic(found, Identity.PLACES)[:3] == ["36 = 15 + 12 + 6 + 2 + 1", "15 = 15", "12 = 6 + 4 + 2"]
    assert arithmetic(found, Identity.ACCOUNTED) == ["405 = 342 + 63", "22 = 6 + 16"]


def test_the_spun_repost_is_not_trusted(shared: Path) -> None:
    reading = shared_reading(shared, "data/texts", "UNRELIABLE_*")
    assert reading.bulletin is not None
    assert reading.bulletin.number(Series.POSITIVES, Measure.REPORTED, Window.since(date(2022, 7, 9))) == 511
    assert [c.kind for c in reading.contradictions] == ["title_place"]


def test_pinyin_mojibake_is_cleaned_from_a_whole_page(shared: Path) -> None:
    (path,) = sorted((shared / "seeds").glob("004_*"))
    cleaned = clean(path.read_text(encoding="utf-8"))
    assert "深入驻马店市疫情防控指挥部实地调研指导疫情防控工作" in cleaned.text
    assert not re.search(r"（[a-zāáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜü]+）", cleaned.text)


@pytest.mark.parametrize("name", ["meeting_*", "notice_*", "tj_zones_*", "xiecha_*"])
def test_other_notices_hold_no_bulletin(shared: Path, name: str) -> None:
    for path in sorted((shared / "data" / "texts").glob(name)):
        assert read(path.read_text(encoding="utf-8"), year=2022).bulletin is None, path.name
