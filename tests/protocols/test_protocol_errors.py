"""A broken protocol file says which file, which key, and what was expected there."""

from pathlib import Path

import pytest

from liankong import protocols
from liankong.protocols import ProtocolError
from liankong.protocols.standing import retention, statute

GOOD = (protocols.SHIPPED / "measles" / "cn_2009.toml").read_text(encoding="utf-8")
V8 = (protocols.SHIPPED / "covid19" / "v8.toml").read_text(encoding="utf-8")


def load(folder: Path, text: str, name: str = "own.toml") -> protocols.Protocol:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return protocols.load(path)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ProtocolError) as caught:
        load(folder, text)
    assert all(problem.file == folder / "own.toml" for problem in caught.value.problems)
    return [f"{problem.key}: {problem.expected}" for problem in caught.value.problems]


def changed(old: str, new: str, text: str = GOOD) -> str:
    assert text.count(old) >= 1, "the test's own text is gone from the file"
    return text.replace(old, new, 1)


def test_the_file_as_shipped_loads_from_anywhere(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD).id == "CN-MEA-2009"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'look_back = { value = "4 d"',
            "look_back = { value = 4",
            "contact.look_back.value: expected a duration as text, such as '14 d', '2 h' or '30 min'",
        ),
        (
            'look_back = { value = "4 d"',
            'look_back = { value = "4 days"',
            "contact.look_back.value: '4 days' is not a duration",
        ),
        ("look_back =", "lookback =", "contact.lookback: unknown key; did you mean 'look_back'?"),
        ("[contact]", "[contatc]", "contatc: unknown key; did you mean 'contact'?"),
        (
            'vaccinate_contact = { value = "72 h", after',
            'vaccinate_contact = { value = "72 h", aftre = "x", after',
            "clocks.vaccinate_contact.aftre: unknown key; did you mean 'after'?",
        ),
        (
            'instrument = "guide", grade = "S3" },\n  { number = 2',
            'grade = "S3" },\n  { number = 2',
            "contact.criteria[0].instrument: this key is required",
        ),
        (
            'place = "home_monitoring"',
            'place = "home_monitorin"',
            "isolation.regimes.close_contact.stages[0].place: expected 'central'",
        ),
        ("[isolation.regimes.case]", "[isolation.regimes.cases]", "isolation.regimes.cases: expected 'case'"),
        (
            'instrument = "general", grade = "G", note = "exposed',
            'instrument = "genral", grade = "G", note = "exposed',
            "cases.import_window.instrument: expected one of general, guide",
        ),
        (
            'grade = "G", note = "exposed',
            'grade = "A", note = "exposed',
            "cases.import_window.grade: expected 'S1', 'S2'",
        ),
        ("number = 3,", 'number = "3",', "contact.criteria[2].number: expected a whole number, got '3'"),
        ("number = 3,", "number = true,", "contact.criteria[2].number: expected a whole number, got True"),
        (
            "first_day = 2009-01-01",
            'first_day = "soon"',
            "in_force.first_day: expected a day such as 2022-01-08",
        ),
        ("schema = 1", "schema = 2", "schema: expected 1, got 2"),
        (
            'signs_all = ["fever", "rash"]',
            'signs_all = ["fever", "spots"]',
            "cases.rows[2]: expected signs of cases.signs",
        ),
        (
            'before = "suspected", after = "confirmed"',
            'before = "suspected", after = "excluded"',
            "cases.transitions[1]: expected two different classes",
        ),
        (
            "diagnose_from_pool =",
            "extra = 1\ndiagnose_from_pool =",
            "laboratory.extra: unknown key; expected one of recall_pool",
        ),
        ("[laboratory]", "[[laboratory]]", "laboratory: expected a table"),
        ("[[clusters]]", "[clusters]", ": expected valid TOML"),
    ],
)
def test_a_fault_is_named_by_key_and_expectation(tmp_path: Path, old: str, new: str, expected: str) -> None:
    found = problems(tmp_path, changed(old, new))
    assert any(expected in problem for problem in found), found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "value = [1, 4, 7, 14], unit",
            "value = [1, 4, 7, 15], unit",
            "isolation.regimes.close_contact.stages[0].tests.value: expected days from 1 to 14, got 15",
        ),
        (
            'on_positive = "lockdown"',
            'on_positive = "lockdwn"',
            "zones.kinds[0].on_positive: expected one of lockdown, control, prevention, got 'lockdwn'",
        ),
        (
            'all_lifted = ["lockdown"',
            'all_lifted = ["red"',
            "zones.kinds[2].lift.all_lifted[0]: expected one of lockdown",
        ),
        (
            'code = "control"',
            'code = "lockdown"',
            "zones.kinds[1].code: expected a code that no other kind has",
        ),
        (
            "last_day = 2022-06-27",
            "last_day = 2020-06-27",
            "in_force.last_day: expected a day not before 2021-05-11",
        ),
        ("at_least = 30.0,", "", "cases.severity[1].thresholds[0]: expected either at_least or at_most"),
        (
            "[classes]",
            '[retired]\nzones = { instrument = "v8", grade = "G" }\n[classes]',
            "zones: expected nothing here, because retired.zones does away with it",
        ),
        (
            "[classes]",
            '[retired]\nsuspected = { instrument = "v8", grade = "G" }\n[classes]',
            "cases.rows[4]: expected no row that gives suspected",
        ),
        (
            "[classes]",
            '[retired]\nzoens = { instrument = "v8", grade = "G" }\n[classes]',
            "retired.zoens: expected 'contacts'",
        ),
        ("schema = 1", 'schema = 1\ndivisions = ["Tianjin"]', "divisions[0]: expected a division code"),
    ],
)
def test_a_contradiction_is_named_too(tmp_path: Path, old: str, new: str, expected: str) -> None:
    found = problems(tmp_path, changed(old, new, V8))
    assert any(expected in problem for problem in found), found


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = changed(
        "number = 3,",
        'number = "3",',
        changed('grade = "G", note = "exposed', 'grade = "A", note = "exposed'),
    )
    assert len(problems(tmp_path, text)) == 2


def test_the_message_names_file_key_and_expectation(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError) as caught:
        load(tmp_path, changed("number = 3,", 'number = "3",'))
    assert str(caught.value) == "own.toml: contact.criteria[2].number: expected a whole number, got '3'"


def test_a_file_that_is_not_there_or_not_utf8_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"gone\.toml: file: expected a readable UTF-8 file"):
        protocols.load(tmp_path / "gone.toml")
    (tmp_path / "gbk.toml").write_bytes("name = '麻疹'".encode("gb18030"))
    with pytest.raises(ProtocolError, match="UTF-8"):
        protocols.load(tmp_path / "gbk.toml")


# --- overlays of one's own --------------------------------------------------------------------------------

OVERLAY = """
schema = 1
id = "MY-TOWN"
pathogen = "covid19"
name = "本市细则"
english = "Our town"
extends = "CN-COV-v9"
divisions = ["120112"]
in_force = { first_day = 2022-07-01, last_day = 2022-07-31, instrument = "town", grade = "S2" }
[instruments]
town = { title = "津南区通告" }
[contact]
look_back = { value = "4 d", instrument = "town", grade = "S2" }
"""


def test_a_town_may_extend_a_shipped_protocol_from_its_own_folder(tmp_path: Path) -> None:
    town = load(tmp_path, OVERLAY)
    assert town.cite("contact.look_back").value == "4 d"
    assert town.clock("report").value == protocols.load("CN-COV-v9").clock("report").value
    assert town.examples == ()


def test_a_folder_of_ones_own_takes_part_in_what_is_in_force(tmp_path: Path) -> None:
    load(tmp_path, OVERLAY)
    day = protocols.load("CN-COV-v9").document.in_force.first_day.replace(month=7, day=15)
    found = protocols.in_force(pathogen="covid19", on=day, division="120112001", folder=tmp_path)
    assert found.id == "MY-TOWN"
    assert (
        protocols.in_force(pathogen="covid19", on=day, division="120113", folder=tmp_path).id == "CN-COV-v9"
    )
    assert protocols.load("MY-TOWN", folder=tmp_path).id == "MY-TOWN"
    assert len(protocols.available(folder=tmp_path)) == len(protocols.available()) + 1


def test_an_overlay_of_an_overlay_in_the_same_folder_works(tmp_path: Path) -> None:
    load(tmp_path, OVERLAY, "town.toml")
    street = (
        OVERLAY.replace('"MY-TOWN"', '"MY-STREET"').replace("CN-COV-v9", "MY-TOWN").replace('"4 d"', '"6 d"')
    )
    assert load(tmp_path, street).cite("contact.look_back").value == "6 d"


def test_an_overlay_may_retire_what_its_base_has(tmp_path: Path) -> None:
    town = load(tmp_path, OVERLAY + '[retired]\nzones = { instrument = "town", grade = "S2" }\n')
    assert not town.has("zones")
    with pytest.raises(protocols.Retired, match="津南区通告"):
        _ = town.zones


def test_a_fault_in_an_overlay_is_blamed_on_the_overlay_not_on_its_base(tmp_path: Path) -> None:
    assert problems(tmp_path, OVERLAY.replace('"4 d"', "4")) == [
        "contact.look_back.value: expected a duration as text, such as '14 d', '2 h' or '30 min'"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'extends = "CN-COV-v9"',
            'extends = "CN-COV-v99"',
            "extends: expected the id of a protocol, got 'CN-COV-v99'",
        ),
        ('extends = "CN-COV-v9"', 'extends = "MY-TOWN"', "extends: expected no circle"),
        (
            'extends = "CN-COV-v9"',
            'extends = "CN-COV-v9"\nwithout = ["zoning"]',
            "without[0]: expected a key of the base, got 'zoning'",
        ),
        ('id = "MY-TOWN"\n', "", "id: expected the protocol's id as text"),
    ],
)
def test_an_overlay_that_leads_nowhere_is_refused(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in problems(tmp_path, changed(old, new, OVERLAY))[0]


def test_two_files_of_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(OVERLAY, encoding="utf-8")
    with pytest.raises(ProtocolError, match=r"b\.toml: id: expected an id of its own, 'MY-TOWN' is a\.toml"):
        protocols.available(folder=tmp_path)


# --- the standing rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["retention", "statute"])
def test_the_standing_files_are_checked_just_as_strictly(tmp_path: Path, name: str) -> None:
    text = (protocols.SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
    path = tmp_path / f"{name}.toml"
    path.write_text(text.replace("schema = 1", "schema = 1\nschmea = 1", 1), encoding="utf-8")
    read = {"retention": retention, "statute": statute}[name]
    with pytest.raises(ProtocolError, match="schmea: unknown key; did you mean 'schema'"):
        read(path)
    path = tmp_path / f"{name}2.toml"
    path.write_text(text.replace('instrument = "', 'instrument = "no', 1), encoding="utf-8")
    with pytest.raises(ProtocolError, match="instrument: expected one of"):
        read(path)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('glass = { value = "3 h"', "glass = { value = 3", r"limits\.glass\.value: expected a duration as text"),
        ("alone_up_to = { value = 100", 'alone_up_to = { value = "many"', r"limits\.alone_up_to\.value: expected a whole"),
        ("agreed_for = {", "agred_for = {", r"limits\.agred_for: unknown key; did you mean 'agreed_for'"),
        ('"24 h", instrument = "pipl"', '"24 h", instrument = "law"', r"limits\.alone_within\.instrument: expected one of"),
        ('"24 h", instrument = "pipl", grade = "D"', '"24 h", instrument = "pipl"', r"limits\.alone_within\.grade: this key"),
    ],
)  # fmt: skip
def test_a_broken_limit_of_one_user_is_named_with_its_file_and_key(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    text = (protocols.SHIPPED / "retention.toml").read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "limits.toml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ProtocolError, match=rf"limits\.toml: {told}"):
        retention(path)
