"""The public notice (通告) of a zone in Chinese and English: what is closed, why, since when, until when.

It names places and rules, never people: nobody's number, age, work or case is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from liankong.protocols import Protocol
from liankong.protocols.leaves import Statement
from liankong.protocols.model import ZoneKind
from liankong.vocabulary.kinds import ZoneChange
from liankong.vocabulary.spans import SHANGHAI, aware


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneText:
    """What a notice says. `place` and `issuer` are named in each language; `kinds_before` are codes."""

    change: ZoneChange
    kind: str
    kind_before: str
    place: str
    place_english: str
    area: str
    issuer: str
    issuer_english: str
    number: str
    legal_basis: str
    at: datetime
    from_at: datetime | None
    review_on: date | None
    expires_at: datetime | None
    exercise: bool
    also: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`headline`, `body` (paragraphs) and `instruction` in one language."""

    language: str
    headline: str
    body: tuple[str, ...]
    instruction: str

    @property
    def text(self) -> str:
        return "\n\n".join([self.headline, *self.body, *([self.instruction] if self.instruction else [])])


ENDS = frozenset({ZoneChange.LIFTED, ZoneChange.EXPIRED})


def notices(text: ZoneText, protocol: Protocol) -> tuple[Notice, Notice]:
    """The notice in Chinese and in English, from the protocol's own words for measures and conditions."""
    return chinese(text, protocol), english(text, protocol)


def chinese(text: ZoneText, protocol: Protocol) -> Notice:
    kind = protocol.zone(text.kind)
    place = f"{text.place}{text.area}"
    exercise = "【演练】" if text.exercise else ""
    hour = _hour(text.at)
    if text.change in ENDS:
        end = "到期自动解除" if text.change is ZoneChange.EXPIRED else "解除"
        return Notice(
            language="zh-CN",
            headline=f"{exercise}关于{end}{kind.name}的通告（{text.number}）",
            body=(f"自{hour}起，{place}{kind.name}{end}。",),
            instruction="请继续做好个人防护。" if text.change is ZoneChange.LIFTED else "",
        )
    before = protocol.zone(text.kind_before).name if text.kind_before else ""
    what = {
        ZoneChange.ESCALATED: f"由{before}调整为{kind.name}",
        ZoneChange.LOWERED: f"由{before}降为{kind.name}",
        ZoneChange.EXTENDED: f"{kind.name}管理时间延长",
    }.get(text.change, f"划定为{kind.name}")
    since = _hour(text.from_at) if text.from_at else hour
    lines = [
        f"自{hour if before else since}起，{place}{what}。",
        f"管理措施：{kind.measure.value}。",
        f"解除条件：{_rule(kind, protocol).value}。",
    ]
    if text.review_on and text.expires_at:
        lines.append(f"{_day(text.review_on)}复核；{_hour(text.expires_at)}未延长的自动解除。")
    lines.append(f"依据：{text.legal_basis}；{protocol.name}。")
    lines.append("急救、分娩、透析等就医需求不受限制。对划定有异议的，可向社区或指挥部提出申诉。")
    lines.append(f"{text.issuer}　{_hour(text.at)}")
    return Notice(
        language="zh-CN",
        headline=f"{exercise}关于{place}{what}的通告（{text.number}）",
        body=tuple(lines),
        instruction=f"{kind.measure.value}。",
    )


def english(text: ZoneText, protocol: Protocol) -> Notice:
    kind = protocol.zone(text.kind)
    place = f"{text.area}, {text.place_english}" if text.area else text.place_english
    exercise = "[EXERCISE] " if text.exercise else ""
    hour = _stamp(text.at)
    name = kind.english.lower()
    if text.change in ENDS:
        how = "has ended at its set date" if text.change is ZoneChange.EXPIRED else "is lifted"
        return Notice(
            language="en-US",
            headline=f"{exercise}Notice {text.number}: the {name} {how}",
            body=(f"From {hour}, the {name} of {place} {how}.",),
            instruction="Please keep protecting yourself." if text.change is ZoneChange.LIFTED else "",
        )
    before = protocol.zone(text.kind_before).english.lower() if text.kind_before else ""
    what = {
        ZoneChange.ESCALATED: f"is raised from {before} to {name}",
        ZoneChange.LOWERED: f"is lowered from {before} to {name}",
        ZoneChange.EXTENDED: f"stays a {name} for longer",
    }.get(text.change, f"is a {name}")
    since = _stamp(text.from_at) if text.from_at else hour
    lines = [
        f"From {hour if before else since}, {place} {what}.",
        f"What holds there: {kind.measure.english}.",
        f"It is lifted when: {_rule(kind, protocol).english}.",
    ]
    if text.review_on and text.expires_at:
        lines.append(
            f"It is reviewed on {text.review_on.isoformat()} and ends by itself at {_stamp(text.expires_at)} "
            "unless extended."
        )
    lines.append(f"Basis: {text.legal_basis}; {protocol.english}.")
    lines.append(
        "Emergency care, births and dialysis are never restricted. "
        "Whoever objects may appeal to the community or the headquarters."
    )
    lines.append(f"{text.issuer_english}, {hour}")
    return Notice(
        language="en-US",
        headline=f"{exercise}Notice {text.number}: {place} {what}",
        body=tuple(lines),
        instruction=f"{kind.measure.english[:1].upper()}{kind.measure.english[1:]}.",
    )


def _rule(kind: ZoneKind, protocol: Protocol) -> Statement:
    """The conditions written out: "the same as there" tells the public nothing, so the first kind with them speaks."""
    wanted = _numbers(kind)
    return next(one.lift.rule for one in protocol.zones.kinds if _numbers(one) == wanted)


def _numbers(kind: ZoneKind) -> tuple[object, ...]:
    lift = kind.lift
    leaves = (lift.no_new, lift.contacts_clear, lift.full_round_within, lift.full_round_on_day, lift.then_for)
    return (*(leaf.value if leaf else None for leaf in leaves), lift.then, lift.all_lifted)


def _hour(at: datetime) -> str:
    here = aware(at).astimezone(SHANGHAI)
    minute = f"{here.minute}分" if here.minute else ""
    return f"{here.year}年{here.month}月{here.day}日{here.hour}时{minute}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _stamp(at: datetime) -> str:
    return f"{aware(at).astimezone(SHANGHAI):%Y-%m-%d %H:%M} (UTC+8)"
