"""The official document: what stands on its pages, and that the same bulletin gives the same bytes."""

import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from liankong.exchange.bulletin_document import Issue, bulletin_document
from liankong.exchange.pdf import (
    FONTS,
    Check,
    Checks,
    Document,
    Heading,
    Language,
    Paragraph,
    Standing,
    Table,
    UnprintableError,
    render_pdf,
    unprintable,
)
from liankong.rules.bulletins import Bulletin, CaseState, Finding, Known, Window, check, tally
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass

NAMES_ZH = {"12": "天津市", "120112": "津南区", "120105": "河北区"}
NAMES_EN = {"12": "Tianjin", "120112": "Jinnan", "120105": "Hebei District"}
DISTRICTS = ("120105", "120112")


def counted() -> tuple[Bulletin, list[Finding]]:
    """A small round: one conversion, one cured, one excluded today."""

    def at(day: int) -> datetime:
        return datetime(2022, 1, day, 2, tzinfo=UTC)

    def known(day: int, kind: PersonClass, place: str, outcome: Outcome = Outcome.IN_CARE) -> Known:
        return Known(since=at(day), person_class=kind, origin=Origin.LOCAL, place=place, outcome=outcome)

    confirmed, asymptomatic = PersonClass.CONFIRMED, PersonClass.ASYMPTOMATIC
    cases = [
        CaseState(case="1", history=(known(9, asymptomatic, "120112"), known(12, confirmed, "120112"))),
        CaseState(
            case="2", history=(known(9, confirmed, "120105"), known(12, confirmed, "120105", Outcome.CURED))
        ),
        CaseState(
            case="3", history=(known(10, confirmed, "120112"), known(12, PersonClass.EXCLUDED, "120112"))
        ),
        CaseState(case="4", history=(known(12, asymptomatic, "120112"),)),
    ]
    window = Window.since(date(2022, 1, 8))
    today, before = (
        tally(cases, place="12", day=date(2022, 1, day), windows=(window,), divisions=DISTRICTS)
        for day in (12, 11)
    )
    return today, check(today, before)


def issue(standing: Standing = Standing.ISSUED, revision: int = 1) -> Issue:
    return Issue(
        issuer="天津市疫情防控指挥部",
        number="津疫指发〔2022〕17号",
        dated=date(2022, 1, 13),
        standing=standing,
        addressees="各区疫情防控指挥部：",
        signed_by="" if standing is Standing.DRAFT else "总指挥",
        copies_to="市卫生健康委。",
        snapshot="18204",
        revision=revision,
    )


def document(standing: Standing = Standing.ISSUED, language: Language = "zh") -> Document:
    today, findings = counted()
    names = NAMES_ZH if language == "zh" else NAMES_EN
    return bulletin_document(today, findings, issue(standing), names=names.__getitem__, language=language)


def text_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_same_bulletin_gives_the_same_bytes(language: Language) -> None:
    first, second = render_pdf(document(language=language)), render_pdf(document(language=language))
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()
    assert render_pdf(replace(document(language=language), number="other")) != first


def test_the_chinese_edition_carries_head_text_table_arithmetic_and_signature() -> None:
    pdf = render_pdf(document())
    text = text_of(pdf)
    for part in (
        "天津市疫情防控指挥部文件",
        "津疫指发〔2022〕17号",
        "关于2022年1月12日天津市疫情情况的通报",
        "天津市新增确诊病例1例，含1例由无症状感染者转为确诊病例",
        "一、基本情况",
        "二、分区情况",
        "三、核减与更正",
        "核减：天津市累计报告确诊病例1例，原因：经复核排除。",
        "2=1+0+1",  # cumulative = cured + dead + active
        "2=2+1－1",  # carried, with its adjustment
        "签发人：总指挥",
        "2022年1月13日",
        "抄送：市卫生健康委。",
        "数据快照：18204",
        "—1—",
    ):
        assert part in text, part
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    assert reader.metadata.title == "关于2022年1月12日天津市疫情情况的通报"
    assert reader.metadata.creation_date == datetime(2022, 1, 13, tzinfo=UTC)


def test_the_english_edition_says_the_same() -> None:
    text = text_of(render_pdf(document(language="en")))
    for part in ("EpidemicsituationinTianjinon12January2022", "1.Situation", "Jinnan", "Signedby", "2=1+0+1"):
        assert part in text, part


@pytest.mark.parametrize(
    ("standing", "mark"),
    [(Standing.DRAFT, "草稿DRAFT"), (Standing.EXERCISE, "演练EXERCISE"), (Standing.ISSUED, "")],
)
def test_every_page_of_a_drill_or_a_draft_says_so(standing: Standing, mark: str) -> None:
    pages = PdfReader(io.BytesIO(render_pdf(document(standing)))).pages
    texts = ["".join(page.extract_text().split()) for page in pages]
    if mark:
        assert all(mark in text for text in texts)
    else:
        assert not any("DRAFT" in text or "EXERCISE" in text for text in texts)


def test_a_failed_identity_is_printed_as_failing_and_a_revision_is_named() -> None:
    today, findings = counted()
    silent = replace(today, adjustments=())
    before = replace(today, day=today.day - timedelta(days=1))
    failing = bulletin_document(
        silent, check(silent, before), issue(Standing.DRAFT, revision=2), names=NAMES_ZH.__getitem__
    )
    (box,) = [block for block in failing.blocks if isinstance(block, Checks)]
    assert "failed" in {line.state for line in box.lines}
    assert failing.title.endswith("（第2版）")
    assert "≠" in text_of(render_pdf(failing))
    assert findings


def plain(*blocks: Heading | Paragraph | Table | Checks) -> Document:
    return Document(
        language="zh",
        issuer="指挥部",
        banner="指挥部文件",
        number="〔2022〕1号",
        title="通报",
        blocks=blocks,
        dated=date(2022, 1, 1),
        standing=Standing.ISSUED,
    )


def test_a_long_table_repeats_its_head_on_every_page() -> None:
    rows = tuple((f"第{i}街道", str(i)) for i in range(1, 91))
    table = Table(columns=("地区", "新增确诊"), rows=rows, caption="分区数据")
    pages = PdfReader(io.BytesIO(render_pdf(plain(Heading("一、数据"), table)))).pages
    with_rows = [text for page in pages if "街道" in (text := page.extract_text())]
    assert len(with_rows) >= 3
    assert all("新增确诊" in "".join(text.split()) for text in with_rows)
    assert "第90街道" in "".join(with_rows[-1].split())


def test_a_table_with_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="row 1 has 1 cells"):
        Table(columns=("a", "b"), rows=(("x", "1"), ("y",)))


def test_a_character_the_fonts_lack_is_named_instead_of_printed_as_a_box() -> None:
    assert unprintable("津南区硚口 ✓") == ["✓"]
    with pytest.raises(UnprintableError, match="𠮷"):
        render_pdf(plain(Paragraph("签发人：𠮷某")))


def test_all_marks_of_a_check_can_be_set() -> None:
    lines = tuple(
        Check(label="累计", name="相符", arithmetic="1 = 1", state=state, note="说明")
        for state in ("ok", "explained", "failed", "not_applicable")
    )
    assert render_pdf(plain(Checks(caption="核对", lines=lines))).startswith(b"%PDF")


def test_the_shipped_fonts_are_the_ones_whose_digests_are_recorded() -> None:
    recorded = dict(
        reversed(line.split("  ", 1))
        for line in (FONTS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
        if not line.endswith("(source)")
    )
    fonts = sorted(FONTS.glob("*.otf"))
    assert [font.name for font in fonts] == sorted(recorded)
    for font in fonts:
        assert hashlib.sha256(font.read_bytes()).hexdigest() == recorded[font.name]
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text(encoding="utf-8")


def test_without_typst_the_reader_still_works_and_the_pdf_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "typst.py").write_text("raise ImportError('not here')", encoding="utf-8")
    code = (
        "from liankong.exchange import bulletin_text, pdf\n"
        "from datetime import date\n"
        "d = pdf.Document(language='zh', issuer='a', banner='a', number='1', title='t', blocks=(),"
        " dated=date(2022, 1, 1), standing=pdf.Standing.DRAFT)\n"
        "try:\n    pdf.render_pdf(d)\nexcept pdf.PdfUnavailableError as error:\n    print(error)\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{tmp_path}:{root}"},
    )
    assert "liankong[server]" in found.stdout
