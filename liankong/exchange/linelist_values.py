"""Ages and coded values as line lists write them, and how to speak of a bad value without leaking it."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum

from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, Severity, Sex

OLDEST = 130  # years; nobody is known to have lived longer
_DAYS_A_YEAR, _WEEKS_A_YEAR, _MONTHS_A_YEAR = 365.25, 52.18, 12

_NUMBER = r"(\d+(?:\.\d+)?)"
_YEARS_WORD = r"(?:\s*(?:years?(?:\s+old)?|yrs?|y|yo|周?岁|周?歲|嵗))?"
_BAND = re.compile(rf"{_NUMBER}{_YEARS_WORD}\s*(?:-|~|–|—|－|to|至|到|_)\s*{_NUMBER}{_YEARS_WORD}", re.I)
_EXACT = re.compile(rf"{_NUMBER}{_YEARS_WORD}", re.I)
_YEARS_MONTHS = re.compile(r"(\d+)\s*(?:y|years?|周?岁|周?歲)\s*(\d+)\s*(?:m|months?|个?月)", re.I)
_MONTHS = re.compile(rf"{_NUMBER}\s*(?:m|mo|mos|months?(?:\s+old)?|个月|個月|月龄|月)", re.I)
_WEEKS = re.compile(rf"{_NUMBER}\s*(?:w|weeks?(?:\s+old)?|周龄|周|週)", re.I)
_DAYS = re.compile(rf"{_NUMBER}\s*(?:d|days?(?:\s+old)?|天|日龄|日)", re.I)
_UNDER = re.compile(
    rf"(?:<|＜|under\s+|不满|未满|小于){_NUMBER}{_YEARS_WORD}|{_NUMBER}{_YEARS_WORD}以下", re.I
)
_OVER = re.compile(
    rf"(?:>=|≥|≧|over\s+|大于等于){_NUMBER}{_YEARS_WORD}"
    rf"|{_NUMBER}{_YEARS_WORD}\s*(?:\+|以上|and over|or older)",
    re.I,
)
_DECADE = re.compile(r"(\d{1,2}0)\s*(?:s|'s|多岁|多歲|余岁|餘歲|代)", re.I)

_Aliases = Mapping[StrEnum, tuple[str, ...]]
_SEX: _Aliases = {
    Sex.MALE: ("m", "male", "man", "boy", "男", "男性", "1"),
    Sex.FEMALE: ("f", "female", "woman", "girl", "女", "女性", "2"),
    Sex.UNSTATED: ("未说明", "unstated", "9"),
    Sex.UNKNOWN: ("unknown", "未知", "不详", "0"),
}
_CLASSES: _Aliases = {
    PersonClass.CONFIRMED: ("confirmed", "确诊", "确诊病例", "確診", "實驗室診斷病例", "实验室诊断病例"),
    PersonClass.ASYMPTOMATIC: ("asymptomatic", "无症状", "无症状感染者", "無症狀感染者", "阳性检测"),
    PersonClass.SUSPECTED: ("suspected", "probable", "疑似", "疑似病例", "临床诊断病例"),
    PersonClass.PENDING_REVIEW: ("pending review", "pending", "初筛阳性", "待核验"),
    PersonClass.CLOSE_CONTACT: ("close contact", "密接", "密切接触者"),
    PersonClass.SECONDARY_CONTACT: ("secondary contact", "次密接", "密接的密接"),
    PersonClass.GENERAL_CONTACT: ("general contact", "一般接触者"),
    PersonClass.EXCLUDED: ("excluded", "not a case", "排除", "订正排除"),
}
_SEVERITIES: _Aliases = {
    Severity.MILD: ("mild", "轻型", "轻症", "輕症"),
    Severity.COMMON: ("common", "moderate", "普通型", "普通"),
    Severity.SEVERE: ("severe", "重型", "重症"),
    Severity.CRITICAL: ("critical", "危重型", "危重"),
}
_ORIGINS: _Aliases = {
    Origin.LOCAL: ("local", "indigenous", "autochthonous", "本土", "本地", "本土病例"),
    Origin.IMPORTED: ("imported", "abroad", "境外输入", "境外移入", "输入", "境外"),
    Origin.UNKNOWN: ("unknown", "不明", "待查", "不详"),
}
_OUTCOMES: _Aliases = {
    Outcome.IN_CARE: (
        "in care",
        "hospitalised",
        "hospitalized",
        "in hospital",
        "在院",
        "住院",
        "治疗中",
        "在观",
    ),
    Outcome.CURED: ("cured", "discharged", "recover", "recovered", "治愈", "出院", "治愈出院", "痊愈"),
    Outcome.RELEASED: ("released", "解除", "解除隔离", "解除医学观察", "解除隔離"),
    Outcome.DEAD: ("dead", "death", "died", "deceased", "死亡", "病亡"),
    Outcome.UNKNOWN: ("unknown", "不详", "未知"),
}
CODES: dict[str, _Aliases] = {
    "sex": _SEX,
    "classification": _CLASSES,
    "severity": _SEVERITIES,
    "origin": _ORIGINS,
    "outcome": _OUTCOMES,
}
KINDS: dict[str, type[StrEnum]] = {
    "sex": Sex,
    "classification": PersonClass,
    "severity": Severity,
    "origin": Origin,
    "outcome": Outcome,
}


class ValueProblemError(ValueError):
    """A cell that cannot be used: `problem` is safe to show (see `shown`), `expected` says what would do."""

    def __init__(self, problem: str, expected: str) -> None:
        super().__init__(f"{problem}; expected {expected}")
        self.problem = problem
        self.expected = expected


def plain(text: str) -> str:
    """The form in which codes are compared: full-width folded, case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def read_age(text: str, *, unit: str = "years") -> tuple[float, float | None]:
    """An age as (years, upper completed year of a band or None).

    "37" -> (37, None); "20 to 29" -> (20, 29); "<1" -> (0, None); "<5" -> (0, 4); "80+" -> (80, 130);
    "8 months" -> (0.6667, None); "20多岁" -> (20, 29). `unit` is what a bare number counts.
    Raises `ValueProblemError`.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    low, high = _age(text, unit)
    if not 0 <= low <= OLDEST or (high is not None and not low <= high <= OLDEST):
        raise ValueProblemError(f"{shown(text)} is not a possible age", f"0 to {OLDEST} years")
    return low, high


def _age(text: str, unit: str) -> tuple[float, float | None]:
    scale = {"years": 1.0, "months": _MONTHS_A_YEAR, "days": _DAYS_A_YEAR}[unit]
    if match := _EXACT.fullmatch(text):
        return _years(match[1], scale), None
    if match := _BAND.fullmatch(text):
        return _years(match[1], scale), _years(match[2], scale)
    if match := _YEARS_MONTHS.fullmatch(text):
        return round(int(match[1]) + int(match[2]) / _MONTHS_A_YEAR, 4), None
    for pattern, units in ((_MONTHS, _MONTHS_A_YEAR), (_WEEKS, _WEEKS_A_YEAR), (_DAYS, _DAYS_A_YEAR)):
        if match := pattern.fullmatch(text):
            return _years(match[1], units), None
    if match := _UNDER.fullmatch(text):
        limit = float(match[1] or match[2])
        # Completed years below 1 can only be 0: that is exact, not a band.
        return 0.0, (limit - 1 if limit > 1 else None)
    if match := _OVER.fullmatch(text):
        return float(match[1] or match[2]), float(OLDEST)
    if match := _DECADE.fullmatch(text):
        return float(match[1]), float(match[1]) + 9
    raise ValueProblemError(f"{shown(text)} is not an age", "such as 37, 20-29, <1, 80+ or 8 months")


def _years(text: str, scale: float) -> float:
    return round(float(text) / scale, 4)


def code_table(field: str, values: Mapping[str, Iterable[str]] | None) -> dict[str, StrEnum]:
    """Every accepted spelling -> kind. Spellings of the mapping go before those known anyway."""
    table = {plain(alias): kind for kind, aliases in CODES[field].items() for alias in (kind.value, *aliases)}
    if values:
        kinds = KINDS[field]
        table |= {plain(alias): kinds(name) for name, aliases in values.items() for alias in aliases}
    return table


def read_code(text: str, table: Mapping[str, StrEnum]) -> StrEnum:
    """Look a coded value up; "*" in the table stands for any other value. Raises `ValueProblemError`."""
    code = plain(text)
    kind = table.get(code) or table.get("*")
    if kind is None:
        close = difflib.get_close_matches(code, table, n=1, cutoff=0.8)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        known = ", ".join(dict.fromkeys(kind.value for kind in table.values()))
        what = repr(text) if close or _TERSE.fullmatch(text) else _describe(text)
        raise ValueProblemError(f"{what} is not a known code{hint}", f"a code for one of {known}")
    return kind


_TERSE = re.compile(r"[A-Za-z]|\d{1,3}")
_DIGITS_AND_MARKS = re.compile(r"[\d\s:/.,<>=+~TZ年月日号时点岁周个天-]*")
_WORD = re.compile(r"[A-Za-z]+")
_MANY_DIGITS = re.compile(r"\d{9}")
_CALENDAR_WORDS = re.compile(
    r"jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?"
    r"|nov(ember)?|dec(ember)?|st|nd|rd|th|to|y|yrs?|years?|m|months?|w|weeks?|d|days?|old|under|over",
    re.I,
)


def shown(value: str) -> str:
    """A value quoted for an error message, or only described when it might tell who somebody is.

    Rows shifted by one cell are the usual fault, so a name or a phone may stand in any column.
    """
    calendar = all(_CALENDAR_WORDS.fullmatch(word) for word in _WORD.findall(value))
    rest = _WORD.sub("", value) if calendar else value
    if len(value) <= 24 and _DIGITS_AND_MARKS.fullmatch(rest) and not _MANY_DIGITS.search(value):
        return repr(value)
    return _describe(value)


def _describe(value: str) -> str:
    if value.isdigit():
        return f"a number of {len(value)} digits"
    return f"a text of {len(value)} character{'s' if len(value) != 1 else ''}"
