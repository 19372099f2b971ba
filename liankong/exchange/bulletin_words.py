"""The words of health commissions' bulletins, and what they count. Used by the reader and the writer alike."""

import re
from dataclasses import dataclass

from liankong.rules.bulletins import Counted, Measure, Series

NATION = "全国"

# Short forms in lists ("浙江15例") and the full names under which the same place speaks elsewhere ("浙江省").
PROVINCES = {
    **{name: f"{name}市" for name in ("北京", "天津", "上海", "重庆")},
    **{
        name: f"{name}省"
        for names in (
            (
                "河北",
                "山西",
                "辽宁",
                "吉林",
                "黑龙江",
                "江苏",
                "浙江",
                "安徽",
                "福建",
                "江西",
                "山东",
                "河南",
            ),
            ("湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾"),
        )
        for name in names
    },
    "内蒙古": "内蒙古自治区",
    "广西": "广西壮族自治区",
    "西藏": "西藏自治区",
    "宁夏": "宁夏回族自治区",
    "新疆": "新疆维吾尔自治区",
    "兵团": "新疆生产建设兵团",
    "香港": "香港特别行政区",
    "澳门": "澳门特别行政区",
    "台湾地区": "台湾省",
    "中国内地": NATION,
    "我国": NATION,
}
PROVINCE_NAMES = frozenset(PROVINCES) | frozenset(PROVINCES.values())

# "the 31 provinces (autonomous regions, municipalities) and the Production and Construction Corps"
NATION_PHRASE = re.compile(r"31个省[（]?(?:自治区)?[、，]?(?:直辖市)?[）]?和?(?:新疆生产建设兵团)?")

ORIGIN_ZH = {
    Counted.ALL: "",
    Counted.LOCAL: "本土",
    Counted.IMPORTED: "境外输入",
    Counted.UNKNOWN: "来源待查",
}
ORIGIN_WORDS = (
    (re.compile("境外输入|输入性|输入病例"), Counted.IMPORTED),
    (re.compile("本土|本地"), Counted.LOCAL),
    (re.compile("来源待查"), Counted.UNKNOWN),
)

# Order matters: the first that is found names the series.
SERIES_WORDS = (
    (re.compile("待核验|待复核|初筛阳性"), Series.PENDING_REVIEW),
    (re.compile("重症|危重"), Series.SEVERE),
    (re.compile("(?<!次)(?:密切接触者|密接)"), Series.CONTACTS),
    (re.compile("疑似"), Series.SUSPECTED),
    (re.compile("无症状"), Series.ASYMPTOMATIC),
    (re.compile("(?<!转为)确诊"), Series.CONFIRMED),
    (re.compile("感染者|阳性病例|阳性人员"), Series.POSITIVES),
)
MEASURE_WORDS = (
    (re.compile("较前一日|较昨日|比前一日"), Measure.CHANGE),
    (re.compile("由无症状感染者转"), Measure.CONVERTED_IN),
    (re.compile("病例定义调整|诊断标准调整|临床诊断"), Measure.REDEFINED),
    (re.compile("补报"), Measure.LATE),
    (re.compile("转为(?:确诊|感染者)|转归"), Measure.CONVERTED_OUT),
    (re.compile("解除(?:集中|居家)?(?:隔离)?医学观察|解除隔离|排除"), Measure.RELEASED),
    (re.compile("(?:尚|正|仍)(?:在|有).{0,12}观察|正在接受医学观察"), Measure.UNDER_OBSERVATION),
    (re.compile("死亡"), Measure.DEAD),
    (re.compile("治愈|出院|康复"), Measure.CURED),
    (re.compile("在院|住院|在治"), Measure.IN_HOSPITAL),
    (re.compile("现有"), Measure.ACTIVE),
    (re.compile("新增|累计|总计|共计|追踪|排查|报告|通报"), Measure.REPORTED),
)
INSIDE = (Measure.CONVERTED_IN, Measure.REDEFINED, Measure.LATE)

DAY_WORDS = re.compile("新增|当日|昨日|昨天")
LONG_WORDS = re.compile("累计|总计|共计")
ROUND_WORDS = re.compile("[这此本]轮")

# Noun phrases that may follow a number ("34例本土新冠肺炎确诊病例"), for texts that lost their punctuation.
NUMBER_FIRST = re.compile(
    "(?:本土|境外输入)?(?:新冠肺炎|新型冠状病毒肺炎)?"
    "(?:由无症状感染者转为确诊病例?|(?:无症状感染者|确诊病例|疑似病例|阳性感染者|阳性病例|密切接触者)"
    "(?:治愈出院|解除医学观察)?|正在(?:接受)?(?:医学)?观察|因病例定义调整计入的病例|此前日期补报的病例)"
)
NOUN = re.compile("病例|感染者|接触者|治愈|出院|死亡|在院|住院|观察|转为|人员|排除|确诊")

PLACE_WITH_SUFFIX = re.compile(
    r"[\u4e00-\u9fff·]{1,14}?(?:特别行政区|自治区|自治州|自治县|地区|新区|示范区|开发区|省|市|州|盟|区|县|旗|师|兵团)"
)


def canonical(name: str) -> str:
    """The full name of a province given by its short one; other names as they are."""
    return PROVINCES.get(name, name)


@dataclass(frozen=True, slots=True)
class Wording:
    """How a figure is said. `{o}` takes the origin, `{n}` the number; English `{s}` the plural's s."""

    zh: str
    en: str
    zh_none: str = ""  # the form for zero, where there is one


def _zh(text: str, en: str, none: str = "") -> Wording:
    return Wording(text, en, none)


DAY_WORDING: dict[tuple[Series, Measure], Wording] = {
    (Series.CONFIRMED, Measure.REPORTED): _zh(
        "新增{o}确诊病例{n}例", "{n} new {o}confirmed case{s}", "无新增{o}确诊病例"
    ),
    (Series.CONFIRMED, Measure.CURED): _zh(
        "当日治愈出院{o}确诊病例{n}例", "{n} {o}case{s} cured and discharged"
    ),
    (Series.CONFIRMED, Measure.DEAD): _zh("新增{o}死亡病例{n}例", "{n} new {o}death{s}", "无新增{o}死亡病例"),
    (Series.SEVERE, Measure.CHANGE): _zh("{o}重症病例较前一日{d}{n}例", "{o}severe cases {d} by {n}"),
    (Series.ASYMPTOMATIC, Measure.REPORTED): _zh(
        "新增{o}无症状感染者{n}例", "{n} new {o}asymptomatic infection{s}", "无新增{o}无症状感染者"
    ),
    (Series.ASYMPTOMATIC, Measure.CONVERTED_OUT): _zh(
        "{o}无症状感染者当日转为确诊病例{n}例", "{n} {o}asymptomatic infection{s} became confirmed"
    ),
    (Series.ASYMPTOMATIC, Measure.RELEASED): _zh(
        "{o}无症状感染者当日解除医学观察{n}例", "{n} {o}asymptomatic infection{s} released from observation"
    ),
    (Series.ASYMPTOMATIC, Measure.DEAD): _zh(
        "{o}无症状感染者当日死亡{n}例", "{n} {o}asymptomatic infection{s} died"
    ),
    (Series.SUSPECTED, Measure.REPORTED): _zh(
        "新增{o}疑似病例{n}例", "{n} new {o}suspected case{s}", "无新增{o}疑似病例"
    ),
    (Series.SUSPECTED, Measure.CONVERTED_OUT): _zh(
        "{o}疑似病例当日转为确诊病例{n}例", "{n} {o}suspected case{s} became confirmed"
    ),
    (Series.SUSPECTED, Measure.RELEASED): _zh(
        "{o}疑似病例当日排除{n}例", "{n} {o}suspected case{s} excluded"
    ),
    (Series.PENDING_REVIEW, Measure.REPORTED): _zh(
        "新增{o}初筛阳性待核验人员{n}例", "{n} new {o}screening positive{s} pending review"
    ),
    (Series.PENDING_REVIEW, Measure.CONVERTED_OUT): _zh(
        "{o}初筛阳性待核验人员当日转为感染者{n}例", "{n} {o}screening positive{s} confirmed on review"
    ),
    (Series.PENDING_REVIEW, Measure.RELEASED): _zh(
        "{o}初筛阳性待核验人员当日排除{n}例", "{n} {o}screening positive{s} excluded on review"
    ),
    (Series.POSITIVES, Measure.REPORTED): _zh("新增{o}阳性感染者{n}例", "{n} new {o}positive{s}"),
    (Series.CONTACTS, Measure.REPORTED): _zh("新增{o}密切接触者{n}人", "{n} new {o}close contact{s}"),
    (Series.CONTACTS, Measure.RELEASED): _zh(
        "当日解除医学观察的{o}密切接触者{n}人", "{n} {o}close contact{s} released from observation"
    ),
}
LONG_WORDING: dict[tuple[Series, Measure], Wording] = {
    (Series.CONFIRMED, Measure.REPORTED): _zh(
        "累计报告{o}确诊病例{n}例", "{n} {o}confirmed case{s} reported in total"
    ),
    (Series.CONFIRMED, Measure.CURED): _zh("治愈出院{o}病例{n}例", "{n} {o}cured and discharged"),
    (Series.CONFIRMED, Measure.DEAD): _zh("死亡{o}病例{n}例", "{n} {o}died"),
    (Series.CONFIRMED, Measure.ACTIVE): _zh("现有{o}确诊病例{n}例", "{n} {o}active"),
    (Series.CONFIRMED, Measure.IN_HOSPITAL): _zh("在院{o}病例{n}例", "{n} {o}in hospital"),
    (Series.SEVERE, Measure.ACTIVE): _zh("现有{o}重症病例{n}例", "{n} {o}severe"),
    (Series.ASYMPTOMATIC, Measure.REPORTED): _zh(
        "累计报告{o}无症状感染者{n}例", "{n} {o}asymptomatic infection{s} reported in total"
    ),
    (Series.ASYMPTOMATIC, Measure.RELEASED): _zh(
        "{o}无症状感染者累计解除医学观察{n}例", "{n} {o}released from observation"
    ),
    (Series.ASYMPTOMATIC, Measure.UNDER_OBSERVATION): _zh(
        "尚在医学观察的{o}无症状感染者{n}例", "{n} {o}still under observation"
    ),
    (Series.ASYMPTOMATIC, Measure.CONVERTED_OUT): _zh(
        "{o}无症状感染者累计转为确诊病例{n}例", "{n} {o}became confirmed cases"
    ),
    (Series.ASYMPTOMATIC, Measure.DEAD): _zh("{o}无症状感染者累计死亡{n}例", "{n} {o}asymptomatic died"),
    (Series.SUSPECTED, Measure.REPORTED): _zh(
        "累计报告{o}疑似病例{n}例", "{n} {o}suspected case{s} reported in total"
    ),
    (Series.SUSPECTED, Measure.ACTIVE): _zh("现有{o}疑似病例{n}例", "{n} {o}suspected case{s} at present"),
    (Series.SUSPECTED, Measure.CONVERTED_OUT): _zh(
        "{o}疑似病例累计转为确诊病例{n}例", "{n} {o}suspected case{s} became confirmed"
    ),
    (Series.SUSPECTED, Measure.RELEASED): _zh(
        "{o}疑似病例累计排除{n}例", "{n} {o}suspected case{s} excluded"
    ),
    (Series.PENDING_REVIEW, Measure.REPORTED): _zh(
        "累计报告{o}初筛阳性待核验人员{n}例", "{n} {o}screening positive{s} in total"
    ),
    (Series.PENDING_REVIEW, Measure.ACTIVE): _zh(
        "现有{o}初筛阳性待核验人员{n}例", "{n} {o}screening positive{s} pending review"
    ),
    (Series.PENDING_REVIEW, Measure.CONVERTED_OUT): _zh(
        "{o}初筛阳性待核验人员累计转为感染者{n}例", "{n} {o}screening positive{s} confirmed on review"
    ),
    (Series.PENDING_REVIEW, Measure.RELEASED): _zh(
        "{o}初筛阳性待核验人员累计排除{n}例", "{n} {o}screening positive{s} excluded on review"
    ),
    (Series.POSITIVES, Measure.REPORTED): _zh(
        "累计报告{o}阳性感染者{n}例", "{n} {o}positive{s} reported in total"
    ),
    (Series.CONTACTS, Measure.REPORTED): _zh(
        "累计追踪到{o}密切接触者{n}人", "{n} {o}close contact{s} traced in total"
    ),
    (Series.CONTACTS, Measure.RELEASED): _zh(
        "累计解除医学观察的{o}密切接触者{n}人", "{n} {o}close contact{s} released"
    ),
    (Series.CONTACTS, Measure.UNDER_OBSERVATION): _zh(
        "尚在医学观察的{o}密切接触者{n}人", "{n} {o}close contact{s} under observation"
    ),
}
PART_WORDING = {
    Measure.CONVERTED_IN: _zh(
        "含{n}例由无症状感染者转为确诊病例", "including {n} converted from asymptomatic"
    ),
    Measure.REDEFINED: _zh(
        "含{n}例因病例定义调整计入的病例", "including {n} counted only under the changed case definition"
    ),
    Measure.LATE: _zh("含{n}例此前日期补报的病例", "including {n} older cases reported late"),
}
