"""The shipped protocols: what they say, what they retire, and which was in force."""

from datetime import date, timedelta

import pytest

from liankong import protocols
from liankong.protocols import (
    Absent,
    Citation,
    Concept,
    Grade,
    Protocol,
    Retired,
    Subject,
    UnknownProtocolError,
    Unstated,
)
from liankong.protocols.checks import walk
from liankong.protocols.leaves import Count, Counts
from liankong.protocols.model import Example
from liankong.rules.examples import run
from liankong.vocabulary.kinds import PersonClass

SHIPPED = protocols.available()
EXAMPLES = [(protocol, example) for protocol in SHIPPED for example in protocol.examples]


@pytest.mark.parametrize(("protocol", "example"), EXAMPLES, ids=[f"{p.id}: {e.name}" for p, e in EXAMPLES])
def test_worked_example(protocol: Protocol, example: Example) -> None:
    assert run(example, protocol) == ()


@pytest.mark.parametrize("protocol", SHIPPED, ids=lambda one: one.id)
def test_every_number_has_a_unit_an_instrument_and_a_grade(protocol: Protocol) -> None:
    leaves = list(walk(protocol.document))
    assert len(leaves) > 10
    for path, leaf in leaves:
        assert protocol.instrument(leaf.instrument), path
        assert isinstance(leaf.grade, Grade), path
        if isinstance(leaf, (Count, Counts)):
            assert leaf.unit, path


@pytest.mark.parametrize("protocol", SHIPPED, ids=lambda one: one.id)
def test_every_protocol_carries_worked_examples(protocol: Protocol) -> None:
    assert protocol.examples


@pytest.mark.parametrize(
    ("day", "division", "expected"),
    [
        (date(2021, 8, 6), "411702", "CN-COV-v8"),  # Zhumadian
        (date(2021, 8, 6), "410102", "CN-COV-v8-ZZ21"),  # Zhengzhou looks further back
        (date(2022, 1, 8), "120112", "CN-COV-v8"),  # Jinnan
        (date(2022, 3, 21), "120112", "CN-COV-v8"),
        (date(2022, 3, 22), "120112", "CN-COV-v8-T3"),
        (date(2022, 4, 15), "310115", "CN-COV-v8-L4"),
        (date(2022, 5, 15), "110105", "CN-COV-v8-BJ22"),
        (date(2022, 6, 27), "12", "CN-COV-v8-T3"),
        (date(2022, 6, 28), "12", "CN-COV-v9"),
        (date(2022, 11, 10), None, "CN-COV-v9"),
        (date(2022, 11, 11), None, "CN-COV-20"),
        (date(2023, 1, 8), "120112", "CN-COV-BB"),
        (date(2026, 1, 1), "120112", "CN-COV-BB"),
    ],
)
def test_the_protocol_in_force_follows_the_day_and_the_place(
    day: date, division: str | None, expected: str
) -> None:
    assert protocols.in_force(pathogen="covid19", on=day, division=division).id == expected


def test_a_city_overlay_does_not_hold_for_the_nation() -> None:
    assert protocols.in_force(pathogen="covid19", on=date(2022, 5, 15)).id == "CN-COV-v8-T3"


@pytest.mark.parametrize(
    ("pathogen", "day"),
    [("covid19", date(2020, 1, 1)), ("covid19", date(2022, 12, 20)), ("plague", date(2022, 1, 1))],
)
def test_a_day_or_pathogen_without_a_protocol_is_said_so(pathogen: str, day: date) -> None:
    with pytest.raises(UnknownProtocolError, match=f"{pathogen} was in force on {day}"):
        protocols.in_force(pathogen=pathogen, on=day)


def test_an_unknown_id_lists_those_that_there_are() -> None:
    with pytest.raises(UnknownProtocolError, match="CN-COV-v9"):
        protocols.load("CN-COV-v99")


def test_class_b_retires_isolation_contacts_and_zones_and_says_by_which_instrument() -> None:
    classb = protocols.load("CN-COV-BB")
    for ask in (
        lambda: classb.isolation,
        lambda: classb.contact,
        lambda: classb.zones,
        lambda: classb.area_testing,
        lambda: classb.regime(Subject.CLOSE_CONTACT),
        lambda: classb.zone("lockdown"),
        lambda: classb.clock("move_contact"),
        lambda: classb.cite("zones.kinds[0].lift.no_new"),
    ):
        with pytest.raises(Retired, match="乙类乙管"):
            ask()


def test_the_twenty_measures_retire_contacts_of_contacts_alone() -> None:
    twenty = protocols.load("CN-COV-20")
    with pytest.raises(Retired, match="secondary_contacts"):
        twenty.regime(Subject.SECONDARY_CONTACT)
    with pytest.raises(Retired):
        twenty.clock("move_secondary")
    assert PersonClass.SECONDARY_CONTACT not in twenty.document.classes
    assert twenty.contact.secondary is None
    assert twenty.regime(Subject.CLOSE_CONTACT).stages[0].length.value == timedelta(days=5)
    assert [kind.code for kind in twenty.zones.kinds] == ["high", "low"]


def test_measles_never_had_zones_which_is_not_the_same_as_retiring_them() -> None:
    measles = protocols.load("CN-MEA-2009")
    with pytest.raises(Unstated):
        _ = measles.zones
    assert not measles.has("zones")
    assert not measles.document.retired


def test_both_kinds_of_absence_can_be_caught_as_one() -> None:
    for identifier in ("CN-COV-BB", "CN-MEA-2009"):
        with pytest.raises(Absent) as caught:
            _ = protocols.load(identifier).zones
        assert (caught.value.protocol, caught.value.what) == (identifier, "zones")


def test_asking_for_a_concept_that_nobody_has_heard_of_is_an_error() -> None:
    with pytest.raises(ValueError, match="quarantine"):
        protocols.load("CN-COV-v9").has("quarantine")


@pytest.mark.parametrize("concept", list(Concept))
@pytest.mark.parametrize("protocol", SHIPPED, ids=lambda one: one.id)
def test_no_protocol_both_retires_and_has_a_concept(protocol: Protocol, concept: Concept) -> None:
    assert not (concept in protocol.document.retired and protocol.has(concept))


def test_the_numbers_of_isolation_are_those_of_each_edition() -> None:
    def days(identifier: str, subject: Subject) -> list[tuple[int, tuple[int, ...]]]:
        stages = protocols.load(identifier).regime(subject).stages
        return [(stage.length.value.days, stage.tests.value if stage.tests else ()) for stage in stages]

    assert days("CN-COV-v8", Subject.CLOSE_CONTACT) == [(14, (1, 4, 7, 14)), (7, ())]
    assert days("CN-COV-v9", Subject.CLOSE_CONTACT) == [(7, (1, 2, 3, 5, 7)), (3, (3,))]
    assert days("CN-COV-20", Subject.CLOSE_CONTACT) == [(5, (1, 2, 3, 5)), (3, (1, 3))]
    assert days("CN-COV-v8", Subject.SECONDARY_CONTACT) == [(7, (1, 4, 7))]
    assert days("CN-COV-20", Subject.HIGH_RISK_TRAVELLER) == [(7, (1, 3, 5, 7))]


def test_zones_lift_as_each_edition_says() -> None:
    lockdown = protocols.load("CN-COV-v8").zone("lockdown")
    assert lockdown.lift.no_new is not None
    assert lockdown.lift.no_new.value == timedelta(days=14)
    assert lockdown.on_positive == "lockdown"
    assert protocols.load("CN-COV-v8").zone("prevention").lift.all_lifted == ("lockdown", "control")
    high = protocols.load("CN-COV-v9").zone("high")
    assert high.lift.then == "medium"
    assert high.lift.then_for is not None
    assert high.lift.then_for.value == timedelta(days=3)


def test_the_ninth_edition_links_a_secondary_contact_to_two_tests() -> None:
    linkage = protocols.load("CN-COV-v9").regime(Subject.SECONDARY_CONTACT).linkage
    assert linkage is not None
    assert (linkage.index_tests.value, linkage.release_on_day.value) == (2, 7)
    assert linkage.upgrade_to is PersonClass.CLOSE_CONTACT


def test_an_overlay_changes_its_number_and_its_source_and_nothing_else() -> None:
    base, city = protocols.load("CN-COV-v8"), protocols.load("CN-COV-v8-ZZ21")
    assert city.cite("contact.look_back").value == "5 d"
    assert "郑州" in city.cite("contact.look_back").instrument
    changed = {
        path
        for (path, leaf), (_, own) in zip(walk(base.document), walk(city.document), strict=True)
        if leaf != own
    }
    assert changed == {"in_force", "contact.look_back"}
    assert city.divisions == ("4101",)


def test_a_digest_names_the_very_text_of_a_protocol_and_its_bases() -> None:
    digests = {protocol.digest for protocol in SHIPPED}
    assert len(digests) == len(SHIPPED)
    assert all(len(digest) == 64 for digest in digests)


def test_a_citation_carries_value_instrument_and_grade() -> None:
    cited = protocols.load("CN-COV-v9").cite("clocks.report")
    assert cited == Citation(
        "clocks.report", "2 h", "新型冠状病毒肺炎防控方案（第九版）联防联控机制综发〔2022〕71号", Grade.S1
    )


@pytest.mark.parametrize("path", ["clocks", "clocks.unheard_of", "cases.rows[99]", "contact.look_back.value"])
def test_only_sourced_values_can_be_cited(path: str) -> None:
    with pytest.raises(Unstated):
        protocols.load("CN-COV-v9").cite(path)


def test_protocols_are_frozen() -> None:
    with pytest.raises(AttributeError):
        protocols.load("CN-COV-v9").contact.look_back.value = timedelta(days=9)  # type: ignore[misc]  # on purpose
