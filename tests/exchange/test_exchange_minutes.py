"""Minutes as they are found: several meetings on a page, lists in many styles, damaged script, reports that order nothing."""

import itertools
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import minutes as made

from liankong.exchange.minutes import (
    DateKind,
    Directive,
    Known,
    Meeting,
    Minutes,
    Part,
    Reach,
    Subject,
    TooLong,
    UnknownDivision,
    read,
)
from liankong.vocabulary.kinds import OrganisationKind
from liankong.vocabulary.spans import SHANGHAI


def everything(minutes: Minutes) -> list[Directive]:
    return [one for meeting in minutes.meetings for one in (*meeting.directives, *meeting.unnumbered)]


def verbatim(minutes: Minutes) -> bool:
    """Nothing invented: every sentence, body and date is a slice of the text at its offset."""
    for one in everything(minutes):
        if minutes.text[one.start : one.end] != one.sentence or one.title not in one.sentence:
            return False
        if any(minutes.text[body.start : body.end] != body.words for body in one.bodies):
            return False
        if any(minutes.text[when.start : when.end] != when.words for when in one.dates):
            return False
    return True


def meeting_of(text: str, **other: object) -> Meeting:
    (only,) = read(text, **other).meetings  # type: ignore[arg-type]  # options of one test
    return only


def test_a_page_that_reports_two_meetings_gives_two_with_their_own_days_and_lists() -> None:
    minutes = read(made.TWO_MEETINGS)
    first, second = minutes.meetings
    assert (first.day, first.hour, first.title) == (date(2022, 1, 19), time(21, 40), "守住楼门")
    assert (second.day, second.hour, second.title) == (date(2022, 1, 18), None, "摸清底数")
    assert [one.label for one in first.directives] == ["一是", "二是", "三是"]
    assert [one.label for one in second.directives] == ["（一）", "（二）"]
    assert minutes.place == "12"
    assert verbatim(minutes)


def test_who_is_told_is_recognised_with_how_far_the_name_reaches() -> None:
    first, second = read(made.TWO_MEETINGS).meetings
    told = [
        [(body.words, body.kind, body.reach, body.division) for body in one.bodies]
        for one in first.directives
    ]
    assert told == [
        [("各区", OrganisationKind.HEADQUARTERS, Reach.EACH, "12")],
        [("市卫健委", OrganisationKind.COMMISSION, Reach.ONE, "12")],
        [("北辰分指挥部", OrganisationKind.SUB_HEADQUARTERS, Reach.ONE, "120113")],
    ]
    (both,) = second.directives[1].bodies
    assert (both.words, both.kind, both.reach) == ("市、区两级疾控力量", OrganisationKind.CDC, Reach.BOTH)


def test_deadlines_count_from_the_meetings_own_day_and_hour() -> None:
    first, second = read(made.TWO_MEETINGS).meetings
    due = [one.due for one in (*first.directives, *second.directives)]
    assert due == [
        datetime(2022, 1, 20, 12, 0, tzinfo=SHANGHAI),  # noon of the next day
        datetime(2022, 1, 22, 0, 0, tzinfo=SHANGHAI),  # two days after the 19th, until 24:00 of the 21st
        datetime(2022, 1, 20, 21, 40, tzinfo=SHANGHAI),  # 24 h from 21:40
        datetime(2022, 1, 19, 7, 0, tzinfo=SHANGHAI),
        None,
    ]


def test_a_decision_outside_the_list_is_offered_apart_with_its_beginning() -> None:
    first, _second = read(made.TWO_MEETINGS).meetings
    (decision,) = first.unnumbered
    assert decision.sentence == "从20日零时起成立市防控指挥部北辰分指挥部，统筹各类力量。"
    assert decision.number == 0
    (since,) = decision.dates
    assert (since.kind, since.moment) == (DateKind.FROM, datetime(2022, 1, 20, tzinfo=SHANGHAI))
    assert decision.due is None
    assert [(body.words, body.part) for body in decision.bodies] == [
        ("市防控指挥部", Part.MENTIONED),
        ("北辰分指挥部", Part.RESPONSIBLE),
    ]


def test_attendance_bylines_and_comments_are_no_directives() -> None:
    words = "".join(one.sentence for one in everything(read(made.TWO_MEETINGS)))
    assert "参加" not in words
    assert "汇报" not in words
    assert "本页注释" not in words


def test_the_name_of_who_spoke_enters_no_title_and_no_directive_of_the_speech() -> None:
    text = made.report("市委书记丁某强调，要严格楼门管理。市长冯远征要求各单位立即落实，加强夜间巡查。")
    for one in everything(read(text)):
        assert "丁某" not in one.sentence
        assert "冯远" not in one.title


@pytest.mark.parametrize("style", made.MARKS)
@pytest.mark.parametrize("paragraphs", [False, True], ids=["inline", "paragraphs"])
def test_numbered_lists_of_every_style_are_read_item_by_item(style: str, paragraphs: bool) -> None:
    items = made.CLAUSES[:5]
    minutes = read(made.report(made.listed(style, items, paragraphs=paragraphs)))
    found = minutes.directives
    assert [one.number for one in found] == [1, 2, 3, 4, 5]
    assert [one.sentence.removeprefix(one.label) for one in found] == [f"{item}。" for item in items]
    assert verbatim(minutes)


@given(
    style=st.sampled_from(sorted(made.MARKS)),
    items=st.lists(st.sampled_from(made.CLAUSES), min_size=2, max_size=12),
    paragraphs=st.booleans(),
    noise=st.sampled_from(["", "第一时间报告。", "这一是关键。", "全市有30万人。", "参加人员一百二十名。"]),
)
def test_as_many_directives_as_items_never_more_never_fewer(
    style: str, items: list[str], paragraphs: bool, noise: str
) -> None:
    minutes = read(made.report(noise + made.listed(style, items, paragraphs=paragraphs)))
    assert len(minutes.directives) == len(items)
    assert verbatim(minutes)


@given(
    st.text(
        alphabet="一二三四五六七八九十是第（）、，。；：“”\n1２.日时月年各区市指挥部要必须会议召开调度<>&-#*█张李",
        max_size=300,
    )
)
def test_whatever_the_text_nothing_is_invented_and_nothing_breaks(text: str) -> None:
    minutes = read(text, meeting_day=date(2022, 1, 8), place="12")
    assert verbatim(minutes)
    spans = sorted((one.start, one.end) for one in everything(minutes))
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@given(
    style=st.sampled_from(sorted(made.MARKS)),
    items=st.lists(st.sampled_from(made.CLAUSES), min_size=2, max_size=6),
    paragraphs=st.booleans(),
)
def test_the_cleaned_text_read_again_gives_the_same_sentences(
    style: str, items: list[str], paragraphs: bool
) -> None:
    once = read(made.report(made.listed(style, items, paragraphs=paragraphs)))
    again = read(once.text, meeting_day=once.meetings[0].day)
    assert again.text == once.text
    assert everything(again) == everything(once)


def test_a_lone_mark_is_no_list_and_a_mark_out_of_turn_belongs_to_none() -> None:
    assert read(made.report("一是加强管理。")).directives == ()
    found = read(made.report("一是加强管理。二是做好保障。四是没有三。")).directives
    assert [one.label for one in found] == ["一是", "二是"]


def test_a_list_in_a_list_is_read_by_its_inner_items_where_the_outer_one_is_a_heading() -> None:
    text = made.report(
        "一、加强社区管理\n（一）严格楼门值守。\n（二）完善出入登记。\n二、做好医疗保障\n组织夜间接诊，确保不断诊。"
    )
    assert [(one.under, one.label) for one in read(text).directives] == [
        ("一、加强社区管理", "（一）"),
        ("一、加强社区管理", "（二）"),
        ("", "二、"),
    ]


def test_the_last_item_ends_where_somebody_is_quoted_anew() -> None:
    text = made.report("一是加强管理。二是做好保障。会议最后强调，要保持清醒。")
    minutes = read(text)
    assert minutes.directives[-1].sentence == "二是做好保障。"
    assert [one.sentence for one in minutes.meetings[0].unnumbered] == ["要保持清醒。"]


def test_counted_lists_are_taken_only_when_as_many_items_follow_as_they_say() -> None:
    found = read(made.COUNTED).directives
    assert [(one.under, one.number, one.sentence) for one in found] == [
        ("“三个到位”", 1, "楼门管控到位"),
        ("“三个到位”", 2, "物资配送到位"),
        ("“三个到位”", 3, "重点人群服务到位"),
        ("“两项工作”", 1, "加强夜间巡查，确保无遗漏"),
        ("“两项工作”", 2, "加强车辆登记，确保可追溯"),
        ("“两个确保”", 1, "确保人员安全"),
        ("“两个确保”", 2, "确保供应稳定"),
    ]


def test_a_numbered_report_of_what_was_done_orders_nothing() -> None:
    assert everything(read(made.REPORT_ONLY)) == []


def test_a_bulletin_or_a_news_item_without_a_meeting_has_none() -> None:
    minutes = read("2022年1月20日0—24时，新增确诊病例3例。一是津南区2例，二是南开区1例。")
    assert minutes.meetings == ()
    assert "no meeting was found" in minutes.notes


def test_traditional_script_and_pinyin_left_by_a_converter_are_read() -> None:
    minutes = read(made.TRADITIONAL)
    assert [one.sentence for one in minutes.directives] == [
        "一是加强核酸检测能力建设。",
        "二是强化社区管控。",
        "三是做好医疗救治准备。",
    ]
    assert minutes.meetings[0].day == date(2022, 3, 2)
    assert verbatim(minutes)


def test_list_commas_are_kept_so_that_a_quotation_is_one() -> None:
    (one, _two) = read(made.report("一是优化采、送、检、报。二是做好保障。")).directives
    assert one.sentence == "一是优化采、送、检、报。"


def test_a_year_nobody_tells_is_asked_for_and_not_guessed() -> None:
    text = made.report(
        "一是加强管理，3月18日前完成。二是做好保障。", opening="3月15日上午，市疫情防控指挥部召开例会。"
    )
    minutes = read(text)
    assert minutes.meetings[0].day is None
    assert minutes.directives[0].due is None
    assert minutes.directives[0].dates[0].problem
    assert any("day of meeting 1 is not known" in note for note in minutes.notes)
    told = read(text, meeting_day=date(2022, 3, 20))
    assert told.meetings[0].day == date(2022, 3, 15)
    assert told.directives[0].due == datetime(2022, 3, 19, tzinfo=SHANGHAI)


def test_minutes_without_any_opening_are_one_meeting_of_the_day_that_the_caller_says() -> None:
    text = "会议纪要\n会议议定事项如下：\n1.由市商务局牵头，3日内建立台账。\n2.请各区加强巡查。"
    meeting = meeting_of(text, meeting_day=date(2022, 1, 8), place="12")
    assert meeting.day == date(2022, 1, 8)
    assert [one.label for one in meeting.directives] == ["1.", "2."]
    assert meeting.directives[0].due == datetime(2022, 1, 12, tzinfo=SHANGHAI)
    assert meeting.directives[0].bodies[0].kind is OrganisationKind.DEPARTMENT


def test_names_of_the_nodes_own_organisations_are_recognised_in_their_short_forms_too() -> None:
    known = (
        Known(
            code="commission-12", name="天津市卫生健康委员会", kind=OrganisationKind.COMMISSION, division="12"
        ),
        Known(code="department-1", name="社会管控指导部", kind=OrganisationKind.DEPARTMENT, division="12"),
    )
    text = made.report("一是市卫健委加强统筹。二是社会管控指导部做好值守。")
    found = read(text, place="12", known=known).directives
    assert [one.bodies[0].code for one in found] == ["commission-12", "department-1"]


def test_a_body_that_is_obeyed_or_cited_is_not_the_one_told() -> None:
    text = made.report("一是各指挥部要服从市防控指挥部统一调度。二是按照市卫健委要求做好保障。")
    first, second = read(text, place="12").directives
    assert [(body.words, body.part) for body in first.bodies] == [
        ("各指挥部", Part.RESPONSIBLE),
        ("市防控指挥部", Part.MENTIONED),
    ]
    assert [body.part for body in second.bodies] == [Part.MENTIONED]


def test_a_lead_in_that_puts_a_body_under_a_duty_holds_for_items_that_name_nobody() -> None:
    text = made.report("各区要立即行动。一是加强巡查。二是市卫健委做好保障。")
    first, second = read(text, place="12").directives
    assert [(body.words, body.part) for body in first.bodies] == [("各区", Part.LEAD_IN)]
    assert [(body.words, body.part) for body in second.bodies] == [("市卫健委", Part.RESPONSIBLE)]


def test_what_a_district_means_by_its_own_words_is_the_district() -> None:
    text = made.report("一是区卫健委加强统筹。二是各街道做好值守。三是报告市防控指挥部要及时。")
    first, second, third = read(text, place="120112").directives
    assert (first.bodies[0].reach, first.bodies[0].division) == (Reach.ONE, "120112")
    assert (second.bodies[0].kind, second.bodies[0].reach) == (OrganisationKind.STREET, Reach.EACH)
    assert third.bodies[0].division == "12"


def test_a_sentence_with_a_persons_number_is_masked_and_refused() -> None:
    text = made.report("一是加强联络，联系电话138 0013-8000。二是核实110101199003074514人员。三是做好保障。")
    minutes = read(text)
    assert [one.refused for one in minutes.directives] == ["phone", "id_number", ""]
    assert "8000" not in minutes.text
    assert "199003" not in minutes.text
    assert [bool(one.title) for one in minutes.directives] == [False, False, True]
    assert verbatim(minutes)
    assert any("masked at 2 places" in note for note in minutes.notes)
    again = read(minutes.text, meeting_day=minutes.meetings[0].day)
    assert everything(again) == everything(minutes), (
        "what was masked stays refused when the text is read again"
    )


@pytest.mark.parametrize(
    ("sentence", "subject"),
    [
        ("加快核酸采样，做好服务。", Subject.SCREENING),
        ("提高协查信息推送速度，及时转运。", Subject.INQUIRY),
        ("增加负压车辆保障，压缩转运时间。", Subject.TRANSPORT),
        ("严格封控区管理，做好配送。", Subject.ZONES),
        ("备足隔离房间，统筹力量。", Subject.ISOLATION),
        ("加快流调溯源。", Subject.TRACING),
        ("做好生活物资配送。", Subject.SUPPLY),
        ("开展院感排查。", Subject.HOSPITAL),
    ],
)
def test_the_first_clause_says_what_an_order_is_about(sentence: str, subject: Subject) -> None:
    (one, _other) = read(made.report(f"一是{sentence}二是保持清醒，坚决落实。")).directives
    assert one.subjects[0] is subject


def test_a_text_that_is_no_page_and_a_place_that_is_no_code_are_refused() -> None:
    with pytest.raises(TooLong):
        read("会" * 200_001)
    with pytest.raises(UnknownDivision):
        read(made.COUNTED, place="津南")
    assert read("").meetings == ()
