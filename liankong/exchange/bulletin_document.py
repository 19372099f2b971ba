"""A bulletin as an official document: its sentences, its table by district, its arithmetic, its corrections."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from liankong.exchange.bulletin_english import REASONS_EN
from liankong.exchange.bulletin_labels import identity_label, window_label
from liankong.exchange.bulletin_text import label_en, label_zh, write_en, write_zh
from liankong.exchange.bulletin_writer import REASONS_ZH
from liankong.exchange.pdf import (
    Block,
    Check,
    Checks,
    Document,
    Heading,
    Language,
    Paragraph,
    Standing,
    Table,
    date_words,
)
from liankong.rules.bulletins import (
    DAY,
    Bulletin,
    Counted,
    Finding,
    Identity,
    Key,
    Measure,
    Series,
    State,
    Window,
    WindowKind,
)

Namer = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Who issues the bulletin, under which number and date, and where it came from.

    `snapshot` names the immutable state that was counted; `signed_by` is empty until a person has signed.
    """

    issuer: str
    number: str
    dated: date
    standing: Standing
    addressees: str = ""
    signed_by: str = ""
    copies_to: str = ""
    snapshot: str = ""
    revision: int = 1


_WORDS = {
    "zh": {
        "banner": "{issuer}文件",
        "title": "关于{day}{place}\n疫情情况的通报",
        "revised": "（第{n}版）",
        "figures": "一、基本情况",
        "districts": "二、分区情况",
        "corrections": "三、核减与更正",
        "caption": "{day}各区疫情数据",
        "place": "地区",
        "total": "合计",
        "unit": "单位：例。累计{window}。",
        "box": "数据核对",
        "seal": "（用印处）",
        "signed": "签发人：{name}",
        "copies": "抄送：{to}",
        "printed": "{issuer}办公室",
        "printed_on": "{day}印发",
        "trace": "数据快照：{snapshot}",
    },
    "en": {
        "banner": "{issuer}",
        "title": "Epidemic situation in {place}\non {day}",
        "revised": " (revision {n})",
        "figures": "1. Situation",
        "districts": "2. By division",
        "corrections": "3. Adjustments and revisions",
        "caption": "Figures by division, {day}",
        "place": "Division",
        "total": "Total",
        "unit": "Persons. Totals count {window}.",
        "box": "Arithmetic",
        "seal": "(seal)",
        "signed": "Signed by {name}",
        "copies": "Copies to: {to}",
        "printed": "Office of {issuer}",
        "printed_on": "Issued {day}",
        "trace": "Snapshot: {snapshot}",
    },
}

# (heading zh, heading en, series, measure, of the day or running)
_COLUMNS = (
    ("新增\n确诊", "New\nconfirmed", Series.CONFIRMED, Measure.REPORTED, True),
    ("新增\n无症状", "New\nasympt.", Series.ASYMPTOMATIC, Measure.REPORTED, True),
    ("累计\n确诊", "Total\nconfirmed", Series.CONFIRMED, Measure.REPORTED, False),
    ("治愈\n出院", "Cured", Series.CONFIRMED, Measure.CURED, False),
    ("死亡", "Died", Series.CONFIRMED, Measure.DEAD, False),
    ("现有\n确诊", "Active", Series.CONFIRMED, Measure.ACTIVE, False),
    ("在观\n无症状", "Under\nobserv.", Series.ASYMPTOMATIC, Measure.UNDER_OBSERVATION, False),
)


def bulletin_document(
    bulletin: Bulletin,
    findings: Sequence[Finding],
    issue: Issue,
    *,
    names: Namer = str,
    language: Language = "zh",
) -> Document:
    """Set a bulletin as a document in one language. `findings` are those of `check`, shown with their numbers.

    The arithmetic box shows the main identities of the bulletin's own place, with the adjustments that explain
    them, and every one that failed, wherever it is.
    """
    words = _WORDS[language]
    day = date_words(bulletin.day, language)
    text = write_zh(bulletin, names=names) if language == "zh" else write_en(bulletin, names=names)
    corrections = ("核增：", "核减：", "更正：", "Adjustment,", "Revision,")
    lines = text.split("\n")
    blocks: list[Block] = [Heading(words["figures"])]
    blocks += [Paragraph(line) for line in lines if not line.startswith(corrections)]
    table = _table(bulletin, names, language)
    if table is not None:
        blocks += [Heading(words["districts"]), table]
    corrected = [Paragraph(line) for line in lines if line.startswith(corrections)]
    if corrected:
        heading = (
            words["corrections"]
            if table is not None
            else words["corrections"].replace("三", "二").replace("3", "2")
        )
        blocks += [Heading(heading), *corrected]
    checked = _checks(bulletin, findings, names, language)
    if checked.lines:
        blocks.append(checked)
    title = words["title"].format(day=day, place=names(bulletin.place))
    if issue.revision > 1:
        title += words["revised"].format(n=issue.revision)
    imprint = [(words["copies"].format(to=issue.copies_to), "")] if issue.copies_to else []
    imprint.append(
        (
            words["printed"].format(issuer=issue.issuer),
            words["printed_on"].format(day=date_words(issue.dated, language)),
        )
    )
    return Document(
        language=language,
        issuer=issue.issuer,
        banner=words["banner"].format(issuer=issue.issuer),
        number=issue.number,
        title=title,
        addressees=issue.addressees,
        blocks=tuple(blocks),
        dated=issue.dated,
        standing=issue.standing,
        seal=words["seal"],
        signed=words["signed"].format(name=issue.signed_by) if issue.signed_by else "",
        imprint=tuple(imprint),
        trace=words["trace"].format(snapshot=issue.snapshot) if issue.snapshot else "",
    )


def _table(bulletin: Bulletin, names: Namer, language: Language) -> Table | None:
    """The parts of the place, one a row, in the order of the bulletin's list; None if it has no parts."""
    rollup = next((r for r in bulletin.rollups if r.parent == bulletin.place and not r.geography), None)
    running = _running(bulletin)
    if rollup is None or running is None:
        return None
    words = _WORDS[language]
    columns = [
        (zh if language == "zh" else en, series, measure, DAY if of_day else running)
        for zh, en, series, measure, of_day in _COLUMNS
    ]
    columns = [c for c in columns if _total(bulletin, bulletin.place, c[1], c[2], c[3]) is not None]
    if not columns:
        return None

    def row(place: str, name: str) -> tuple[str, ...]:
        found = [_total(bulletin, place, series, measure, window) for _, series, measure, window in columns]
        return (name, *(str(value or 0) if language == "zh" else f"{value or 0:,}" for value in found))

    parts = [row(place, names(place)) for place in dict.fromkeys(rollup.children)]
    return Table(
        caption=words["caption"].format(day=date_words(bulletin.day, language)),
        columns=(words["place"], *(column[0] for column in columns)),
        rows=(row(bulletin.place, words["total"]), *parts),
        strong=(0,),
        note=words["unit"].format(window=window_label(running, language)),
    )


def _running(bulletin: Bulletin) -> Window | None:
    """The longest declared baseline that the place's cases are counted from."""
    for window in bulletin.windows():
        if window.kind is not WindowKind.UNDECLARED and (
            _total(bulletin, bulletin.place, Series.CONFIRMED, Measure.REPORTED, window) is not None
        ):
            return window
    return None


def _total(bulletin: Bulletin, place: str, series: Series, measure: Measure, window: Window) -> int | None:
    """All origins, or the sum of those stated."""
    key = Key(series=series, measure=measure, window=window, place=place)
    value = bulletin.value(key)
    if value is not None:
        return value
    stated = [bulletin.value(key.at(origin=o)) for o in Counted if o is not Counted.ALL]
    known = [number for number in stated if number is not None]
    return sum(known) if known else None


def _checks(bulletin: Bulletin, findings: Sequence[Finding], names: Namer, language: Language) -> Checks:
    shown = [
        finding
        for finding in findings
        if finding.state is State.FAILED
        or (finding.state is not State.NOT_APPLICABLE and _worth_showing(bulletin, finding))
    ]
    return Checks(
        caption=_WORDS[language]["box"],
        lines=tuple(_check_line(finding, bulletin, names, language) for finding in shown),
    )


def _worth_showing(bulletin: Bulletin, finding: Finding) -> bool:
    """Of the identities that hold, those a reader would work out with a pencil: the place's own main numbers.

    One that fails is always shown.
    """
    key = finding.key
    if key.place != bulletin.place or finding.relation != "=" or not (finding.left or finding.right):
        return False
    if key.origin is Counted.LOCAL:
        # the local list is the one the text gives; its sum over all origins would say the same twice
        return finding.identity is Identity.PLACES and key.window == DAY and key.measure is Measure.REPORTED
    main = key.series in {Series.CONFIRMED, Series.ASYMPTOMATIC} or finding.identity is Identity.POSITIVES
    if key.origin is not Counted.ALL or not main:
        return False
    if finding.identity in {Identity.ORIGINS, Identity.PLACES}:
        return key.measure is Measure.REPORTED and (
            key.window.cumulative or finding.identity is Identity.ORIGINS
        )
    return key.measure is not Measure.CONVERTED_IN or finding.identity is Identity.CONVERSIONS


def _check_line(finding: Finding, bulletin: Bulletin, names: Namer, language: Language) -> Check:
    label = label_zh(finding.key) if language == "zh" else label_en(finding.key)
    if finding.key.place != bulletin.place:
        label = f"{names(finding.key.place)} {label}"
    elif language == "en":
        label = label[:1].upper() + label[1:]
    minus = "–" if language == "en" else "－"
    notes = [
        f"{line.delta:+d} {_reason(line.reason, language)}"
        + (f"（{line.instrument}）" if line.instrument else "")
        for line in finding.explained_by
    ]
    return Check(
        label=label,
        name=identity_label(finding.identity, language),
        arithmetic=finding.arithmetic.replace("≰", ">").replace("≱", "<").replace("-", minus),
        state=finding.state.value,
        note=("；" if language == "zh" else "; ").join(notes).replace("-", minus),
    )


def _reason(reason: str, language: Language) -> str:
    return (REASONS_ZH if language == "zh" else REASONS_EN).get(reason, reason)
