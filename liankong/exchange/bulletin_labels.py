"""The names of windows and identities in both languages, for documents and for the terminal."""

from typing import Literal

from liankong.rules.bulletins import Identity, State, Window, WindowKind

Language = Literal["zh", "en"]

IDENTITIES: dict[Identity, tuple[str, str]] = {
    Identity.BASELINE_DECLARED: ("累计数注明起算时间", "a running total declares its baseline"),
    Identity.STATED_ONCE: ("同一指标只有一个数", "a figure is stated with one value"),
    Identity.NOT_NEGATIVE: ("数字不为负", "a count is not below zero"),
    Identity.ACCOUNTED: ("累计等于各去向之和", "the total equals the sum of outcomes"),
    Identity.IN_HOSPITAL_IS_ACTIVE: ("在院等于现有", "in hospital equals active"),
    Identity.ORIGINS: ("合计等于境外输入加本土", "all equals imported plus local"),
    Identity.PLACES: ("合计等于各地区之和", "the place equals the sum of its parts"),
    Identity.COUNTED_INSIDE: ("其中数不大于总数", "a part is not above its whole"),
    Identity.NESTED_WINDOWS: ("较短时段不大于较长时段", "a shorter window is not above a longer one"),
    Identity.CONVERSIONS: ("转入确诊等于无症状转出", "converted in equals converted out"),
    Identity.POSITIVES: ("阳性等于确诊、无症状、待核验之和", "positives equal their classes"),
    Identity.CARRIED: ("累计等于前一日累计加当日新增", "the total equals yesterday's plus new"),
    Identity.FLOW: ("现有等于前一日现有加进减出", "the stock equals yesterday's plus in minus out"),
    Identity.REVISION: ("更正前后相符", "a revision agrees with its figures"),
}
STATES: dict[State, tuple[str, str]] = {
    State.OK: ("相符", "balances"),
    State.EXPLAINED: ("有说明", "explained"),
    State.FAILED: ("不符", "FAILS"),
    State.NOT_APPLICABLE: ("未核对", "not tried"),
}


def identity_label(identity: Identity, language: Language) -> str:
    return IDENTITIES[identity][language == "en"]


def window_label(window: Window, language: Language) -> str:
    """ "自2022年1月8日起", "since 8 January 2022"."""
    first = window.first_day
    if first is not None:
        if language == "zh":
            return f"自{first.year}年{first.month}月{first.day}日起"
        return f"since {first.day} {first:%B %Y}"
    zh, en = {
        WindowKind.DAY: ("当日", "on the day"),
        WindowKind.EPIDEMIC: ("自疫情发生起", "since the epidemic began"),
        WindowKind.UNDECLARED: ("起算时间未注明", "baseline not declared"),
        WindowKind.SINCE: ("", ""),
    }[window.kind]
    return zh if language == "zh" else en
