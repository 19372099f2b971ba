"""CAP 1.2 out and held to the standard: order, closed lists, references, exercises."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.exchange import cap
from liankong.exchange.cap import (
    Alert,
    AlertArea,
    CapError,
    Certainty,
    Gravity,
    Info,
    MessageKind,
    Reference,
    Response,
    Scope,
    Status,
    Urgency,
)
from liankong.exchange.zones_notice import ZoneText, notices
from liankong.vocabulary.kinds import ZoneChange
from liankong.vocabulary.spans import SHANGHAI

SENT = datetime(2022, 1, 8, 12, tzinfo=SHANGHAI)
RING = ((117.38, 38.95), (117.4, 38.95), (117.4, 38.97), (117.38, 38.95))


def info(**more: Any) -> Info:
    plain: dict[str, Any] = {
        "language": "zh-CN",
        "event": "封控区",
        "urgency": Urgency.IMMEDIATE,
        "severity": Gravity.SEVERE,
        "certainty": Certainty.OBSERVED,
        "responses": (Response.SHELTER,),
        "headline": "通告 <1> & 2",
        "areas": (AlertArea(description="津南区", polygons=(RING,), geocodes=(("GB/T 2260", "120112"),)),),
    }
    return Info(**plain | more)


def alert(**more: Any) -> Alert:
    plain: dict[str, Any] = {
        "identifier": "jinnan-2022.Z0001.1",
        "sender": "jinnan",
        "sent": SENT,
        "status": Status.ACTUAL,
        "kind": MessageKind.ALERT,
        "infos": (info(),),
    }
    return Alert(**plain | more)


def faults(xml: bytes) -> list[str]:
    return [fault.path for fault in cap.validate(xml)]


def changed(old: str, new: str) -> bytes:
    text = cap.write(alert()).decode()
    assert old in text, text
    return text.replace(old, new).encode()


def test_a_message_is_written_in_the_standards_order_and_latitude_first() -> None:
    text = cap.write(alert()).decode()
    tags = re.findall(r"<(\w+)>", text)
    assert tags[:6] == ["identifier", "sender", "sent", "status", "msgType", "scope"]
    assert tags[6:13] == ["info", "language", "category", "event", "responseType", "urgency", "severity"]
    assert "<polygon>38.95,117.38 " in text
    assert "<sent>2022-01-08T12:00:00+08:00</sent>" in text
    assert "&lt;1&gt; &amp; 2" in text


def test_a_corner_keeps_its_place_to_a_tenth_of_a_metre() -> None:
    ring = ((117.391234, 38.961234), (117.4, 38.95), (117.4, 38.97), (117.391234, 38.961234))
    text = cap.write(alert(infos=(info(areas=(AlertArea(description="x", polygons=(ring,)),)),))).decode()
    assert "<polygon>38.961234,117.391234 38.95,117.4 " in text


def test_a_moment_in_utc_is_written_with_minus_zero_as_the_standard_has_it() -> None:
    assert cap.moment(datetime(2022, 1, 8, 4, tzinfo=UTC)) == "2022-01-08T04:00:00-00:00"
    with pytest.raises(ValueError, match="no time zone"):
        cap.moment(datetime(2022, 1, 8, 4))  # noqa: DTZ001  # naive on purpose


def test_an_update_refers_to_what_came_before_or_is_refused() -> None:
    earlier = Reference(sender="jinnan", identifier="jinnan-2022.Z0001.1", sent=SENT)
    done = cap.write(alert(kind=MessageKind.UPDATE, references=(earlier,))).decode()
    assert "<references>jinnan,jinnan-2022.Z0001.1,2022-01-08T12:00:00+08:00</references>" in done
    for kind in (MessageKind.UPDATE, MessageKind.CANCEL):
        with pytest.raises(CapError) as caught:
            cap.write(alert(kind=kind))
        assert [fault.path for fault in caught.value.faults] == ["alert.references"]


def test_an_exercise_names_its_exercise_or_is_refused() -> None:
    assert b"<note>" in cap.write(alert(status=Status.EXERCISE, note="autumn drill"))
    with pytest.raises(CapError, match="which exercise it is"):
        cap.write(alert(status=Status.EXERCISE))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("<status>Actual</status>", "<status>Real</status>", "alert.status"),
        ("<msgType>Alert</msgType>", "", "alert.msgType"),
        ("<scope>Public</scope>", "<scope>Everybody</scope>", "alert.scope"),
        ("<urgency>Immediate</urgency>", "<urgency>now</urgency>", "alert.info[0].urgency"),
        ("<category>Health</category>", "<category>Disease</category>", "alert.info[0].category[0]"),
        ("+08:00</sent>", "Z</sent>", "alert.sent"),
        (
            "<identifier>jinnan-2022.Z0001.1</identifier>",
            "<identifier>a b</identifier>",
            "alert.identifier",
        ),
        ("<areaDesc>津南区</areaDesc>", "", "alert.info[0].area[0].areaDesc"),
        ("38.95,117.38</polygon>", "38.96,117.38</polygon>", "alert.info[0].area[0].polygon[0]"),
        ("38.97,117.4 ", "98.97,117.4 ", "alert.info[0].area[0].polygon[0]"),
        ("<event>封控区</event>", "<event></event>", "alert.info[0].event"),
        ("<event>封控区</event>", "<event>a</event><colour>red</colour>", "alert.info[0].colour"),
        ("<event>封控区</event>", "<event>a</event><event>b</event>", "alert.info[0].event"),
        (
            "<status>Actual</status>\n  <msgType>Alert</msgType>",
            "<msgType>Alert</msgType>\n  <status>Actual</status>",
            "alert.status",
        ),
    ],
)
def test_whatever_departs_from_the_standard_is_named_by_its_element(old: str, new: str, path: str) -> None:
    assert path in faults(changed(old, new))


def test_a_message_with_a_document_type_or_of_another_namespace_is_not_read() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbb">]><alert>&b;</alert>'
    assert faults(bomb) == ["alert"]
    assert faults(b"\xff\xfe\x00") == ["alert"]
    assert faults(b"<alert/>") == ["alert"]
    assert faults(cap.write(alert()).replace(b"cap:1.2", b"cap:1.1")) == ["alert"]


TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(str.strip)
POINT = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
RINGS = st.lists(POINT, min_size=3, max_size=6).map(lambda points: (*points, points[0]))


@given(
    headline=TEXT,
    event=TEXT,
    rings=st.lists(RINGS, max_size=2).map(tuple),
    status=st.sampled_from(Status),
    kind=st.sampled_from(MessageKind),
    scope=st.sampled_from(Scope),
    earlier=st.integers(1, 3),
    severity=st.sampled_from(Gravity),
    responses=st.lists(st.sampled_from(Response), max_size=3).map(tuple),
    hours=st.integers(-24, 24),
)
def test_everything_that_is_written_is_valid(
    headline: str,
    event: str,
    rings: Any,
    status: Status,
    kind: MessageKind,
    scope: Scope,
    earlier: int,
    severity: Gravity,
    responses: Any,
    hours: int,
) -> None:
    made = alert(
        status=status,
        kind=kind,
        scope=scope,
        note="a drill",
        references=tuple(
            Reference(sender="jinnan", identifier=f"Z.{number}", sent=SENT) for number in range(earlier)
        ),
        infos=(
            info(
                headline=headline,
                event=event,
                severity=severity,
                responses=responses,
                onset=SENT + timedelta(hours=hours),
                areas=(AlertArea(description="x", polygons=rings),),
            ),
        ),
    )
    assert cap.validate(cap.write(made)) == ()


# --- notices -------------------------------------------------------------------------------------------------------


def text(**more: Any) -> ZoneText:
    plain: dict[str, Any] = {
        "change": ZoneChange.APPROVED,
        "kind": "lockdown",
        "kind_before": "",
        "place": "津南区双港镇",
        "place_english": "Jinnan District",
        "area": "海天南苑1号楼",
        "issuer": "津南区防控指挥部",
        "issuer_english": "Jinnan headquarters",
        "number": "Z0001",
        "legal_basis": "传染病防治法第四十二条",
        "at": SENT,
        "from_at": SENT,
        "review_on": SENT.date(),
        "expires_at": SENT + timedelta(days=15),
        "exercise": False,
    }
    return ZoneText(**plain | more)


@pytest.mark.parametrize("protocol", ["CN-COV-v8", "CN-COV-v9", "CN-COV-20", "CN-COV-v8-BJ22"])
def test_every_edition_writes_its_notices_from_its_own_words(protocol: str) -> None:
    found = protocols.load(protocol)
    for kind in found.zones.kinds:
        chinese, english = notices(text(kind=kind.code), found)
        assert kind.name in chinese.headline
        assert kind.measure.value in chinese.text
        assert "the same" not in english.text
        assert "解除条件：" in chinese.text
        assert "海天南苑1号楼" in english.text


def test_a_lowered_zone_says_what_it_was_and_an_ended_one_that_it_is_over() -> None:
    v9 = protocols.load("CN-COV-v9")
    lowered, _english = notices(text(change=ZoneChange.LOWERED, kind="medium", kind_before="high"), v9)
    assert "由高风险区降为中风险区" in lowered.headline
    lifted, english = notices(text(change=ZoneChange.LIFTED, kind="medium"), v9)
    assert "解除中风险区" in lifted.headline
    assert "is lifted" in english.text
    expired, english = notices(text(change=ZoneChange.EXPIRED, kind="medium"), v9)
    assert "到期自动解除" in expired.headline
    assert "ended at its set date" in english.text
