"""What minutes of meetings say: meetings, directives, who is told, by when, about what."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from liankong.vocabulary.kinds import OrganisationKind


class Reach(StrEnum):
    """How far the name of a body reaches."""

    ONE = "one"  # 市卫健委, 津南分指挥部
    EACH = "each"  # 各区: every division next below
    BOTH = "both"  # 市、区两级: the division itself and every one next below
    SOME = "some"  # 有关部门: a person must say which


class Part(StrEnum):
    """What a body does in a directive."""

    RESPONSIBLE = "responsible"  # it must act
    LEAD_IN = "lead_in"  # the sentence that leads a list in says so, the directive itself names nobody
    MENTIONED = "mentioned"  # it is obeyed, cited or reported to


class DateKind(StrEnum):
    FROM = "from"  # 从14日零时起
    BY = "by"  # 明天中午12时前, 2日内
    AT = "at"


class Subject(StrEnum):
    """What an order is about."""

    SCREENING = "screening"  # 核酸筛查
    TRACING = "tracing"  # 流调溯源
    INQUIRY = "inquiry"  # 协查
    ISOLATION = "isolation"  # 隔离
    TRANSPORT = "transport"  # 转运
    ZONES = "zones"  # 三区管理
    HOSPITAL = "hospital"  # 医疗救治、院感
    SUPPLY = "supply"  # 物资保障
    DOOR_KNOCK = "door_knock"  # 敲门行动
    PROTECTION = "protection"  # 防护、消毒
    VACCINATION = "vaccination"  # 疫苗接种
    SURVEILLANCE = "surveillance"  # 监测预警、排查
    MOBILISATION = "mobilisation"  # 下沉、队伍
    PLANS = "plans"  # 预案、方案
    COMMAND = "command"  # 指挥调度
    ENFORCEMENT = "enforcement"  # 依法打击、问责
    PUBLICITY = "publicity"  # 宣传引导
    ECONOMY = "economy"  # 经济、市场、学校


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An organisation of the node, so that its own name is recognised."""

    code: str
    name: str
    kind: OrganisationKind
    division: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body named in the text at [start, end). `division` is "" where the text does not say which.

    `code` is that of a known organisation. `kind` is what the name says, whatever the node calls it.
    """

    words: str
    start: int
    end: int
    kind: OrganisationKind
    reach: Reach
    division: str = ""
    code: str = ""
    part: Part = Part.RESPONSIBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A date or term named in the text at [start, end). `problem` says why there is no moment (Shanghai time)."""

    words: str
    start: int
    end: int
    kind: DateKind
    moment: datetime | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One directive. `sentence` is the text's own words at [start, end), `label` the mark of its list (一是).

    `number` counts within its list, 0 where the text does not number; `under` is the heading of the list, or the name
    of a counted one (“三项举措”). `title` is a part of the sentence without names of persons, "" where there is none.
    `refused` names the kind of a person's number that stood in the sentence: id_number, phone, or "".
    """

    number: int
    label: str
    sentence: str
    start: int
    end: int
    title: str
    under: str = ""
    bodies: tuple[Body, ...] = ()
    dates: tuple[When, ...] = ()
    subjects: tuple[Subject, ...] = ()
    refused: str = ""

    @property
    def due(self) -> datetime | None:
        """The last deadline that the sentence states, None where it states none."""
        stated = [when.moment for when in self.dates if when.kind is DateKind.BY and when.moment is not None]
        return max(stated, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting that the text reports. `spans` are the parts of the text about it, the first one opens it.

    `directives` are the items of its numbered and counted lists. `unnumbered` are sentences outside the lists that
    also tell somebody to do something; they are offered apart, because a speech has many of them.
    """

    number: int
    day: date | None
    hour: time | None
    when: str  # the words of the text, such as 13日晚11：30
    title: str
    spans: tuple[tuple[int, int], ...]
    directives: tuple[Directive, ...] = ()
    unnumbered: tuple[Directive, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """A page of minutes. All offsets are into `text`, the cleaned and simplified text.

    `place` is the code of the division whose headquarters speaks, "" where the text does not tell. Numbers of persons
    are masked in `text`; `notes` say what was mended and what could not be settled.
    """

    text: str
    title: str
    published: date | None
    place: str
    meetings: tuple[Meeting, ...]
    notes: tuple[str, ...] = ()

    @property
    def directives(self) -> tuple[Directive, ...]:
        return tuple(directive for meeting in self.meetings for directive in meeting.directives)
