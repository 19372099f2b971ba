"""What may stand in an order, where it may go, and what proves it done."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.rules import orders_proof as proof
from liankong.rules.orders_issue import BY_HAND, may_issue, where
from liankong.rules.orders_proof import Given, Proof
from liankong.rules.orders_words import PersonalNumber, check, fitting, masked, personal_number
from liankong.vocabulary.kinds import OrderKind
from liankong.vocabulary.spans import SHANGHAI

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def office(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    return out.getvalue()


# --- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("call 13800138000 first", "phone"),
        ("电话１３８００１３８０００", "phone"),
        ("138 0013 8000", "phone"),
        ("12010119900307123X is at home", "id_number"),
        ("120101 19900307 1234", "id_number"),
        ("居民120101199003071234住院", "id_number"),
        ("order 120112101001 of 2022-01-08", None),
        ("hotline 022-12345678", None),
        ("batch 20220108120000123456", None),
        ("", None),
    ],
)
def test_a_persons_number_is_known_however_it_is_written(text: str, kind: str | None) -> None:
    assert personal_number(text) == kind


@given(st.text(max_size=10), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=10))
def test_a_refusal_never_repeats_the_number_and_a_masked_text_never_holds_one(
    before: str, number: str, after: str
) -> None:
    text = f"{before} {number} {after}"
    with pytest.raises(PersonalNumber) as refused:
        check(title=text)
    assert refused.value.field == "title"
    assert number not in str(refused.value)
    assert personal_number(masked(text)) is None


def test_a_long_title_is_cut_where_the_database_would_refuse_it() -> None:
    assert len(fitting("通" * 500)) == 160
    assert fitting("通知") == "通知"


# --- where ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issuer", "addressee", "wanted", "found"),
    [
        ("12", "120112", "", "120112"),
        ("12", "120112", "120112101001", "120112101001"),
        ("12", "120112", "120104", None),
        ("120112", "12", "", "120112"),
        ("120112", "120104", "", None),
        ("", "120112", "", "120112"),
    ],
)
def test_an_order_lies_where_issuer_and_addressee_both_see_it(
    issuer: str, addressee: str, wanted: str, found: str | None
) -> None:
    assert where(jurisdiction=issuer, issuer=issuer, addressee=addressee, wanted=wanted) == found


def test_nobody_issues_by_hand_what_a_stage_makes_or_for_yesterday() -> None:
    from datetime import datetime, timedelta

    now = datetime(2022, 1, 8, tzinfo=SHANGHAI)
    later = now + timedelta(hours=1)
    assert may_issue(OrderKind.TASK, title="t", due_at=later, now=now, places=1).allowed
    faults = [
        may_issue(OrderKind.REPORT, title="t", due_at=later, now=now, places=1),
        may_issue(OrderKind.TASK, title=" ", due_at=later, now=now, places=1),
        may_issue(OrderKind.TASK, title="t", due_at=later, now=now, places=0),
        may_issue(OrderKind.TASK, title="t", due_at=now, now=now, places=1),
    ]
    assert [fault.field for fault in faults] == ["kind", "title", "addressees", "due_at"]
    assert OrderKind.INSPECTION in BY_HAND


# --- proof ------------------------------------------------------------------------------------------------


def test_words_are_asked_for_always_and_the_rest_as_the_issuer_says() -> None:
    detail = proof.detail([Proof.LOCATION, Proof.FIGURE], unit="households")
    assert detail == {"asks": ["figure", "location"], "unit": "households"}
    asks = proof.asked(detail)
    full = Given(words="done", figure=12, longitude=117.3, latitude=38.9)
    assert proof.suffices(full, asks).allowed
    missing = [
        (Given(words=" "), "proof"),
        (Given(words="done", longitude=117.3, latitude=38.9), "figure"),
        (Given(words="done", figure=12), "longitude"),
        (Given(words="done", figure=-1, longitude=117.3, latitude=38.9), "figure"),
        (Given(words="done", figure=1, longitude=117.3), "longitude"),
        (Given(words="done", figure=1, longitude=181.0, latitude=38.9), "longitude"),
    ]
    assert [proof.suffices(given, asks).field for given, _field in missing] == [f for _given, f in missing]
    assert proof.suffices(Given(words="done"), [Proof.FILE]).field == "files"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\xff\xd8\xff\xe0 jpeg", "image/jpeg"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8", "image/webp"),
        (office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (office("xl/workbook.xml", "xl/vbaProject.bin"), None),
        (office("payload.exe"), None),
        (b"PK\x03\x04 broken", None),
        (b"<svg onload=alert(1)>", None),
        (b"MZ\x90", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_content_says_it_is(content: bytes, kind: str | None) -> None:
    assert proof.media_type(content) == kind
    assert proof.may_attach(content).allowed == (kind is not None)


def test_a_file_too_large_is_refused() -> None:
    assert proof.may_attach(PNG + b"0" * proof.LARGEST_FILE).message == "A file has at most 10 MB."


def test_a_proof_is_opened_by_the_two_jurisdictions_and_those_above_them_alone() -> None:
    assert proof.may_read("12", issuer="12", addressee="120112")
    assert proof.may_read("120112", issuer="12", addressee="120112")
    assert proof.may_read("", issuer="12", addressee="120112")
    assert not proof.may_read("120112101", issuer="12", addressee="120112")
    assert not proof.may_read("120104", issuer="12", addressee="120112")
