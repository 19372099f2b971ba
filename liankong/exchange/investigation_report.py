"""The investigation report (流行病学调查报告) as an official document: for the headquarters, and for the public.

The public's version is made from `PublicReport`, which has no field for a person: no number, age, sex, seat, plate or
companion can reach it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from liankong.exchange.itinerary_write import Told, sentence
from liankong.exchange.pdf import Block, Document, Heading, Paragraph, Standing, Table, date_words
from liankong.rules.investigation_public import PublicStay
from liankong.vocabulary.kinds import Origin, PersonClass
from liankong.vocabulary.spans import SHANGHAI

_CLASSES: dict[PersonClass, str] = {
    PersonClass.CONFIRMED: "确诊病例",
    PersonClass.ASYMPTOMATIC: "无症状感染者",
    PersonClass.SUSPECTED: "疑似病例",
    PersonClass.PENDING_REVIEW: "初筛阳性人员（待复核）",
    PersonClass.EXCLUDED: "已排除",
    PersonClass.CLOSE_CONTACT: "密切接触者",
    PersonClass.SECONDARY_CONTACT: "密接的密接",
    PersonClass.GENERAL_CONTACT: "一般接触者",
}
_ORIGINS: dict[Origin, str] = {
    Origin.LOCAL: "本土",
    Origin.IMPORTED: "境外输入",
    Origin.UNKNOWN: "正在调查",
}
_SEXES = {"male": "男", "female": "女"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Who issues the report, under which number and day. `trace` says what it was made from, and by whom."""

    issuer: str
    number: str
    dated: date
    standing: Standing
    signed_by: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What has been done, in numbers; `zones` by name."""

    zones: tuple[str, ...] = ()
    disinfected: int = 0
    controlled: int = 0
    sampled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLine:
    """One class of contacts: how many, and their numbers in the register of contacts."""

    classification: PersonClass
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    text: str
    infector: str = ""
    likelihood: int | None = None
    standing: str = "open"  # open, taken, rejected
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalReport:
    """All that an investigation found. Persons are numbers."""

    place: str
    case: str
    person: int
    sex: str
    age: int | None
    classification: PersonClass
    found_at: datetime
    found_by: str
    onset_on: date | None
    sampled_at: datetime | None
    stays: tuple[Told, ...]
    unknown_hours: int | None
    contacts: tuple[ContactLine, ...]
    origin: Origin
    sources: tuple[Hypothesis, ...]
    measures: Measures


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReport:
    """What may be published. There is no field for a person."""

    place: str
    classification: PersonClass
    found_on: date
    stays: tuple[PublicStay, ...]
    contacts: tuple[tuple[PersonClass, int], ...]
    origin: Origin
    measures: Measures


def internal_document(report: InternalReport, issue: Issue) -> Document:
    """For the headquarters: case, onset, track, contacts, source, measures."""
    blocks: list[Block] = [Heading("一、病例基本情况"), Paragraph(_case(report))]
    blocks += [Heading("二、发病与检测"), Paragraph(_onset(report))]
    blocks.append(Heading("三、活动轨迹"))
    blocks += [Paragraph(sentence(stay)) for stay in report.stays] or [Paragraph("尚无已掌握的活动轨迹。")]
    if report.unknown_hours:
        blocks.append(Paragraph(f"调查期内尚有{report.unknown_hours}小时行踪不明，正在核实。"))
    blocks.append(Heading("四、接触者"))
    blocks += _contacts(report)
    blocks.append(Heading("五、感染来源"))
    blocks += [Paragraph(text) for text in _sources(report)]
    blocks += [Heading("六、已采取的措施"), *(Paragraph(text) for text in _measures(report.measures))]
    return _document(f"关于{report.place}病例{report.case}的\n流行病学调查报告", blocks, issue)


def public_document(report: PublicReport, issue: Issue) -> Document:
    """For everybody: where and when, and what to do; never who."""
    found = date_words(report.found_on, "zh")
    blocks: list[Block] = [
        Heading("一、基本情况"),
        Paragraph(
            f"{found}，{report.place}发现1例{_CLASSES[report.classification]}，感染来源：{_ORIGINS[report.origin]}。"
        ),
        Heading("二、主要活动轨迹"),
    ]
    blocks += [Paragraph(public_sentence(stay)) for stay in report.stays] or [
        Paragraph("经调查，暂无需要公布的公共场所轨迹。")
    ]
    counts = [f"{_CLASSES[kind]}{number}人" for kind, number in report.contacts if number]
    blocks += [
        Heading("三、接触者与措施"),
        Paragraph("目前已判定" + "、".join(counts) + "。" if counts else "目前尚未判定接触者。"),
        *(Paragraph(text) for text in _measures(report.measures)),
    ]
    if report.stays:
        blocks.append(
            Paragraph("请上述时段到过上述场所的人员，立即向所在社区（村）报告，并配合落实防控措施。")
        )
    return _document(
        f"关于{report.place}新增1例{_CLASSES[report.classification]}\n活动轨迹的通告", blocks, issue
    )


def public_sentence(stay: PublicStay) -> str:
    """`1月6日08:30至09:30在新华超市购物。`"""
    return sentence(
        Told(
            from_at=stay.from_at,
            until_at=stay.until_at,
            mode=stay.mode,
            place=stay.place,
            vehicle=stay.vehicle,
        )
    )


def _document(title: str, blocks: Sequence[Block], issue: Issue) -> Document:
    return Document(
        language="zh",
        issuer=issue.issuer,
        banner=f"{issue.issuer}文件",
        number=issue.number,
        title=title,
        blocks=tuple(blocks),
        dated=issue.dated,
        standing=issue.standing,
        seal="（用印处）",
        signed=f"调查人：{issue.signed_by}" if issue.signed_by else "",
        imprint=((f"{issue.issuer}", f"{date_words(issue.dated, 'zh')}印发"),),
        trace=issue.trace,
    )


def _moment(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"


def _case(report: InternalReport) -> str:
    person = [
        f"人员编号{report.person}",
        _SEXES.get(report.sex, ""),
        f"{report.age}岁" if report.age is not None else "",
    ]
    return (
        f"病例{report.case}（{'，'.join(part for part in person if part)}），现住{report.place}，"
        f"{_moment(report.found_at)}经{report.found_by}发现，分类为{_CLASSES[report.classification]}。"
    )


def _onset(report: InternalReport) -> str:
    onset = f"发病日期为{date_words(report.onset_on, 'zh')}。" if report.onset_on else "尚无发病日期。"
    sampled = f"阳性样本采集时间为{_moment(report.sampled_at)}。" if report.sampled_at else ""
    return onset + sampled


def _contacts(report: InternalReport) -> list[Block]:
    if not any(line.numbers for line in report.contacts):
        return [Paragraph("目前尚未判定接触者。")]
    rows = tuple((_CLASSES[line.classification], str(len(line.numbers))) for line in report.contacts)
    total = sum(len(line.numbers) for line in report.contacts)
    table = Table(
        caption="接触者（以编号表示）",
        columns=("类别", "人数"),
        rows=(*rows, ("合计", str(total))),
        strong=(len(rows),),
    )
    named = [
        Paragraph(f"{_CLASSES[line.classification]}编号：{'、'.join(map(str, line.numbers))}。")
        for line in report.contacts
        if line.numbers
    ]
    return [table, *named]


def _sources(report: InternalReport) -> list[str]:
    words = {"taken": "采信", "rejected": "排除", "open": "待定"}
    said = [f"来源分类：{_ORIGINS[report.origin]}。"]
    for number, one in enumerate(report.sources, start=1):
        parts = [one.text]
        parts += [f"可能的传染源为病例{one.infector}"] if one.infector else []
        parts += [f"可能性{one.likelihood}%"] if one.likelihood is not None else []
        parts += [one.reason] if one.reason and one.standing == "rejected" else []
        said.append(f"假设{number}（{words[one.standing]}）：{'；'.join(parts)}。")
    return said


def _measures(measures: Measures) -> list[str]:
    said = []
    if measures.controlled:
        said.append(f"已落实管控{measures.controlled}人。")
    if measures.zones:
        said.append(f"已划定{'、'.join(measures.zones)}。")
    if measures.disinfected:
        said.append(f"已完成{measures.disinfected}处场所终末消毒。")
    if measures.sampled:
        said.append(f"已完成{measures.sampled}处环境采样。")
    return said or ["相关措施正在落实。"]
