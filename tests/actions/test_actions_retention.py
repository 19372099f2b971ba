"""Personal data go when their time is over, two people agree to a large destruction, and a certificate proves it."""

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from liankong.actions import Forbidden, Refused, registry, retention
from liankong.protocols import standing
from liankong.store.access import node_scope, scope
from liankong.store.log import Actor
from liankong.store.models import (
    Appeal,
    Case,
    Check,
    Contact,
    Entry,
    Exposure,
    Household,
    Identity,
    Inquiry,
    Investigation,
    Isolation,
    LineListImport,
    Order,
    OrderFile,
    Outbox,
    Outbreak,
    Person,
    Place,
    PurgeCertificate,
    RejectedRow,
    SourceHypothesis,
    StandingNeed,
    Stay,
    User,
)
from liankong.vocabulary.kinds import Role
from tests.support import rows, rows_response
from tests.support.town import COMMUNITY, JINNAN, NANKAI, Town, build, seat

pytestmark = pytest.mark.django_db

LONG_AFTER = timedelta(days=4 * 365)


@pytest.fixture
def town(at: datetime) -> Town:
    with node_scope():
        return build(at)


def register(
    town: Town,
    at: datetime,
    *,
    retention: str = "emergency",
    division: str = COMMUNITY,
    home: int | None = None,
) -> Person:
    return registry.register(
        division=division,
        birth_date=date(1980, 1, 2),
        name="甲",
        phone="13800000000",
        registered_address="某路1号",
        household=Household.objects.get(pk=home) if home else None,
        occupation="teacher",
        retention=retention,
        by=Actor(rule="test"),
        at=at,
    )


def close(town: Town, at: datetime) -> None:
    Outbreak.objects.filter(pk=town.outbreak.pk).update(closed_at=at)


def purge(by: Actor, at: datetime, **more: object) -> list[PurgeCertificate]:
    return list(retention.purge(by=by, at=at, **{"division": JINNAN, **more}))  # type: ignore[arg-type]


def test_while_the_response_goes_on_nobodys_data_are_destroyed(town: Town, at: datetime) -> None:
    with node_scope():
        person = register(town, at)
        found = retention.survey(division=JINNAN, by=town[Role.ADMINISTRATOR], at=at + LONG_AFTER)
        assert (found.persons, found.lines[0].waiting_for) == (0, ("jinnan-2022",))
        assert purge(town[Role.ADMINISTRATOR], at + LONG_AFTER) == []
        assert Identity.objects.filter(person=person).exists()


def test_when_the_response_ends_identities_go_and_the_numbers_stay(town: Town, at: datetime) -> None:
    with node_scope():
        person = register(town, at)
        case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
        Case.objects.filter(pk=case.pk).update(person=person, exposure="met a neighbour", age=42)
        close(town, at + timedelta(days=30))
        later = at + timedelta(days=31)
        certificates = purge(town[Role.ADMINISTRATOR], later)
        assert sum(one.persons for one in certificates) == 2
        assert not Identity.objects.filter(person=person).exists()
        person.refresh_from_db()
        assert (person.purged_at, person.birth_date, person.occupation) == (later, None, "")
        case.refresh_from_db()
        assert (case.age, case.exposure, case.division) == (42, "", COMMUNITY)


def test_a_report_card_is_kept_three_years_though_the_response_has_ended(town: Town, at: datetime) -> None:
    with node_scope():
        person = register(town, at)
        case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
        Case.objects.filter(pk=case.pk).update(person=person, reported_at=at)
        close(town, at + timedelta(days=30))
        administrator = town[Role.ADMINISTRATOR]
        early = retention.survey(division=JINNAN, by=administrator, at=at + timedelta(days=2 * 365))
        assert early.lines[0].kept_by_law == 1
        purge(administrator, at + timedelta(days=2 * 365))
        assert Identity.objects.filter(person=person).exists()
        purge(administrator, at + timedelta(days=3 * 365 + 3))
        assert not Identity.objects.filter(person=person).exists()


def test_report_cards_of_a_line_list_go_after_their_years_whatever_becomes_of_the_outbreak(
    town: Town, at: datetime
) -> None:
    with node_scope():
        register(town, at, retention="report_card")
        administrator = town[Role.ADMINISTRATOR]
        assert purge(administrator, at + timedelta(days=3 * 365 - 2)) == []
        assert [one.retention for one in purge(administrator, at + timedelta(days=3 * 365 + 2))] == [
            "report_card"
        ]


def test_a_home_keeps_its_address_until_the_last_of_its_people_is_gone(town: Town, at: datetime) -> None:
    with node_scope():
        home = Household.objects.create(division=COMMUNITY, address_sealed=b"sealed")
        register(town, at, home=home.pk)
        kept = register(town, at, home=home.pk, retention="report_card")
        close(town, at + timedelta(days=1))
        purge(town[Role.ADMINISTRATOR], at + timedelta(days=2))
        home.refresh_from_db()
        assert bytes(home.address_sealed) == b"sealed"
        assert Identity.objects.filter(person=kept).exists()
        purge(town[Role.ADMINISTRATOR], at + LONG_AFTER)
        home.refresh_from_db()
        assert bytes(home.address_sealed) == b""


def test_a_class_that_the_rules_do_not_know_is_shown_and_never_destroyed(town: Town, at: datetime) -> None:
    with node_scope():
        register(town, at, retention="whim")
        close(town, at + timedelta(days=1))
        found = retention.survey(division=JINNAN, by=town[Role.ADMINISTRATOR], at=at + LONG_AFTER)
        assert [(line.retention, line.held, line.due) for line in found.lines] == [("whim", 1, 0)]
        assert purge(town[Role.ADMINISTRATOR], at + LONG_AFTER) == []


def test_another_districts_open_outbreak_holds_nothing_back_here(town: Town, at: datetime) -> None:
    with node_scope():
        close(town, at + timedelta(days=1))
        rows.outbreak(division=NANKAI, at=at)
        register(town, at)
        assert len(purge(town[Role.ADMINISTRATOR], at + timedelta(days=2))) == 1


def test_somebody_registered_after_a_response_ended_was_not_registered_for_it(
    town: Town, at: datetime
) -> None:
    with node_scope():
        close(town, at + timedelta(days=1))
        register(town, at + timedelta(days=5))
        assert purge(town[Role.ADMINISTRATOR], at + timedelta(days=6)) == []


def test_rejected_rows_lose_their_contents_and_keep_their_reasons(town: Town, at: datetime) -> None:
    with node_scope():
        source = LineListImport.objects.create(
            outbreak=town.outbreak, division=JINNAN, filename="f", digest="d", mapping="", created_at=at
        )
        row = RejectedRow.objects.create(
            source=source, row=2, field="age", reason="not a number", content_sealed=b"x"
        )
        close(town, at + timedelta(days=1))
        (certificate,) = purge(town[Role.ADMINISTRATOR], at + timedelta(days=2))
        row.refresh_from_db()
        assert (bytes(row.content_sealed), row.reason) == (b"", "not a number")
        assert certificate.body["rejected_rows"] == [row.pk]
        assert retention.verify_certificate(certificate) == ()


# --- what the response collected ------------------------------------------------------------------------------


def respond(town: Town, at: datetime) -> tuple[Case, Person]:
    """A case of the town with a row in every table of the response, and a contact of it in the next district."""
    person = register(town, at)
    case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    Case.objects.filter(pk=case.pk).update(person=person)
    case.refresh_from_db()
    neighbour = register(town, at, division="120104001001", retention="report_card")
    place = Place.objects.create(name="market", kind="market", division=COMMUNITY)
    user = User.objects.get(pk=town[Role.ADMINISTRATOR].user or 0)
    body = town.cdc
    rows_response.one_of_each(case, body=body, user=user, place=place, person=neighbour, at=at)
    Order.objects.filter(files__isnull=False).update(
        person=person, proof_longitude=117.0, proof_latitude=39.0
    )
    Investigation.objects.update(notes_sealed=b"notes")
    SourceHypothesis.objects.update(text="dined with a cousin", speaks_for="the same table")
    Stay.objects.update(place_text="at a cousin's", seat="12A")
    # The next district's contact was found by this case's stay.
    Exposure.objects.update(stay=Stay.objects.get(), case=case)
    Inquiry.objects.update(
        person=person, what="train of the evening", disclosed_sealed=b"letter", subject_keys=["id:1"]
    )
    Outbox.objects.update(body={"inquiry": Inquiry.objects.get().pk}, body_sealed=b"letter")
    Isolation.objects.update(person=person, grounds=["pregnant"], why={"rule": "home"})
    StandingNeed.objects.update(person=person)
    return case, neighbour


def test_whereabouts_words_and_letters_about_a_person_go_with_the_identity(town: Town, at: datetime) -> None:
    later = at + timedelta(days=31)
    with node_scope():
        case, neighbour = respond(town, at)
        close(town, at + timedelta(days=30))
    # The district alone: what lies in the next one about its people goes as well.
    with scope(JINNAN):
        purge(town[Role.ADMINISTRATOR], later)
    with node_scope():
        assert not Stay.objects.exists()
        assert bytes(OrderFile.objects.get().content_sealed) == b""
        assert Order.objects.exclude(proof_longitude=None).count() == 0
        source = SourceHypothesis.objects.get()
        assert (source.text, source.speaks_for) == ("", "")
        letter = Inquiry.objects.get()
        assert (bytes(letter.disclosed_sealed), letter.subject_keys, letter.what) == (b"", [], "")
        assert bytes(Outbox.objects.get().body_sealed) == b""
        isolated = Isolation.objects.get()
        assert (isolated.grounds, isolated.why) == ([], {})
        need = StandingNeed.objects.get()
        assert (need.what, need.ended_at) == ("", later)
        # What counts stays: the contact of the next district, the meeting, the check, the days.
        met = Contact.objects.get(person=neighbour)
        assert (met.last_exposed_at, Check.objects.filter(contact=met).count()) == (at, 1)
        assert Exposure.objects.get(contact=met).case == case


def test_files_notes_and_appeals_go_with_the_response_though_a_report_card_keeps_the_person(
    town: Town, at: datetime
) -> None:
    with node_scope():
        case, _ = respond(town, at)
        Case.objects.filter(pk=case.pk).update(reported_at=at)
        administrator = town[Role.ADMINISTRATOR]
        before = retention.survey(division=JINNAN, by=administrator, at=at + timedelta(days=31))
        assert set(before.copies.values()) == {0}
        close(town, at + timedelta(days=30))
        found = retention.survey(division=JINNAN, by=administrator, at=at + timedelta(days=31))
        expected = {"rejected_rows": 0, "order_files": 1, "investigation_notes": 1, "appeals": 1}
        assert (found.persons, found.copies) == (1, expected)
        made = purge(administrator, at + timedelta(days=31))
        assert [one.retention for one in made] == [
            "emergency",
            "order_files",
            "investigation_notes",
            "appeals",
        ]
        assert Identity.objects.filter(person=case.person).exists()
        assert bytes(OrderFile.objects.get().content_sealed) == b""
        assert bytes(Investigation.objects.get().notes_sealed) == b""
        assert bytes(Appeal.objects.get().text_sealed) == b""
        assert Stay.objects.count() == 1
        for one in made:
            assert retention.verify_certificate(one) == ()


def test_files_stay_while_any_response_is_fought_there(town: Town, at: datetime) -> None:
    with node_scope():
        respond(town, at)
        close(town, at + timedelta(days=30))
        rows.outbreak(division=JINNAN, at=at)
        found = retention.survey(division=JINNAN, by=town[Role.ADMINISTRATOR], at=at + timedelta(days=31))
        assert (found.persons, found.copies["order_files"]) == (0, 0)


def test_a_certificate_does_not_hold_when_whereabouts_or_a_file_come_back(town: Town, at: datetime) -> None:
    with node_scope():
        case, _ = respond(town, at)
        close(town, at + timedelta(days=30))
        made = purge(town[Role.ADMINISTRATOR], at + timedelta(days=31))
        people, appeals = made[0], next(one for one in made if one.retention == "appeals")
        assert [retention.verify_certificate(one) for one in (people, appeals)] == [(), ()]
        Appeal.objects.update(text_sealed=b"back")
        Stay.objects.create(
            person=case.person, division=COMMUNITY, vehicle="G1", from_at=at, until_at=at, recorded_at=at
        )
        assert retention.verify_certificate(people) == (
            "whereabouts of a person that it lists are still held",
        )
        assert retention.verify_certificate(appeals) == (
            "appeals: a row that it lists still has its contents",
        )


def test_the_destruction_is_on_record_with_its_digest(town: Town, at: datetime) -> None:
    with node_scope():
        register(town, at)
        close(town, at + timedelta(days=1))
        (certificate,) = purge(town[Role.ADMINISTRATOR], at + timedelta(days=2))
        entry = Entry.objects.get(kind="PersonalDataPurged")
        assert (entry.subject, entry.body["digest"]) == (certificate.pk, certificate.digest)
        assert "甲" not in str(entry.body)


def test_a_true_certificate_verifies_and_a_false_one_says_what_is_wrong(town: Town, at: datetime) -> None:
    with node_scope():
        person = register(town, at)
        close(town, at + timedelta(days=1))
        (certificate,) = purge(town[Role.ADMINISTRATOR], at + timedelta(days=2))
        assert retention.verify_certificate(certificate) == ()
        certificate.persons = 7
        assert retention.verify_certificate(certificate) == (
            "the certificate was changed",
            "the number of persons is not the number listed",
        )
        certificate.refresh_from_db()
        Identity.objects.create(person=person)
        assert retention.verify_certificate(certificate) == ("an identity that it lists is still held",)
        certificate.signature = ""
        assert "the signature is not this node's" in retention.verify_certificate(certificate)


def test_a_certificate_cannot_be_changed_in_the_database(town: Town, at: datetime) -> None:
    with node_scope():
        register(town, at)
        close(town, at + timedelta(days=1))
        purge(town[Role.ADMINISTRATOR], at + timedelta(days=2))
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE store_purgecertificate SET persons = 0")


def test_only_an_administrator_purges(town: Town, at: datetime) -> None:
    with node_scope(), pytest.raises(Forbidden):
        retention.survey(division=JINNAN, by=town[Role.EPIDEMIOLOGIST], at=at)


def test_a_district_purges_no_neighbours_data(town: Town, at: datetime) -> None:
    with node_scope():
        neighbour = register(town, at, division="120104001001")
        own = register(town, at)
        close(town, at + timedelta(days=1))
        for wider in ("", "12", NANKAI):
            with pytest.raises(Refused, match="jurisdiction"):
                purge(town[Role.ADMINISTRATOR], at + timedelta(days=2), division=wider)
    with scope(JINNAN):
        purge(town[Role.ADMINISTRATOR], at + timedelta(days=2))
    with node_scope():
        assert Identity.objects.filter(person=neighbour).exists()
        assert not Identity.objects.filter(person=own).exists()


def test_a_response_of_the_whole_city_holds_back_a_districts_data(town: Town, at: datetime) -> None:
    with node_scope():
        own = register(town, at)
        closed = rows.outbreak(division=JINNAN, at=at)
        Outbreak.objects.filter(pk=closed.pk).update(closed_at=at + timedelta(days=1))
    with scope(JINNAN):
        # The city's outbreak lies above the district's sight, and still counts.
        assert purge(town[Role.ADMINISTRATOR], at + timedelta(days=2)) == []
        assert Identity.objects.filter(person=own).exists()


# --- two persons ----------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(town: Town, at: datetime) -> list[Person]:
    """More people than one user may destroy alone; their response has ended."""
    with node_scope():
        people = [register(town, at) for _ in range(standing.retention().limits.alone_up_to.value + 1)]
        close(town, at + timedelta(days=1))
        return people


@pytest.fixture
def second(town: Town, at: datetime) -> Actor:
    with node_scope():
        return seat(Role.ADMINISTRATOR, town.cdc, at=at)


def test_one_person_alone_may_not_destroy_a_crowd(town: Town, at: datetime, crowd: list[Person]) -> None:
    with node_scope(), pytest.raises(Refused, match="a second person"):
        purge(town[Role.ADMINISTRATOR], at + timedelta(days=2))


def test_nor_bit_by_bit_within_a_day(town: Town, at: datetime, crowd: list[Person]) -> None:
    later = at + timedelta(days=2)
    with node_scope():
        Person.objects.filter(pk__in=[one.pk for one in crowd[1:60]]).update(division="120112101003")
        administrator = town[Role.ADMINISTRATOR]
        assert len(purge(administrator, later, division="120112101003")) == 1
        with pytest.raises(Refused, match="a second person"):
            purge(administrator, later)
        # The next day starts afresh.
        assert len(purge(administrator, later + timedelta(days=2))) == 1


def test_a_crowd_goes_when_another_person_agrees(
    town: Town, at: datetime, crowd: list[Person], second: Actor
) -> None:
    later = at + timedelta(days=2)
    first = town[Role.ADMINISTRATOR]
    with node_scope():
        proposal = retention.propose(division=JINNAN, by=first, at=later)
        with pytest.raises(Refused, match="no second person has approved"):
            purge(first, later, proposal=proposal.pk)
        with pytest.raises(Refused, match="not the one who proposed"):
            retention.approve(proposal=proposal.pk, by=first, at=later)
        retention.approve(proposal=proposal.pk, by=second, at=later)
        certificates = purge(first, later, proposal=proposal.pk)
        assert sum(one.persons for one in certificates) == len(crowd)
        assert certificates[0].body["proposal"] == proposal.pk


def test_an_agreement_covers_nobody_who_came_later(
    town: Town, at: datetime, crowd: list[Person], second: Actor
) -> None:
    later = at + timedelta(days=2)
    with node_scope():
        proposal = retention.propose(division=JINNAN, by=town[Role.ADMINISTRATOR], at=later)
        retention.approve(proposal=proposal.pk, by=second, at=later)
        late = register(town, at)
        purge(town[Role.ADMINISTRATOR], later, proposal=proposal.pk)
        assert Identity.objects.filter(person=late).exists()


def test_what_changed_since_it_was_proposed_must_be_proposed_again(
    town: Town, at: datetime, crowd: list[Person], second: Actor
) -> None:
    later = at + timedelta(days=2)
    with node_scope():
        proposal = retention.propose(division=JINNAN, by=town[Role.ADMINISTRATOR], at=later)
        Person.objects.filter(pk=crowd[0].pk).update(retention="report_card")
        with pytest.raises(Refused, match="has changed"):
            retention.approve(proposal=proposal.pk, by=second, at=later)


def test_an_agreement_lapses(town: Town, at: datetime, crowd: list[Person], second: Actor) -> None:
    later = at + timedelta(days=2)
    with node_scope():
        proposal = retention.propose(division=JINNAN, by=town[Role.ADMINISTRATOR], at=later)
        retention.approve(proposal=proposal.pk, by=second, at=later)
        with pytest.raises(Refused, match="lapsed"):
            purge(town[Role.ADMINISTRATOR], later + timedelta(days=8), proposal=proposal.pk)


def test_an_interrupted_purge_is_certified_as_far_as_it_went_and_goes_on_where_it_stopped(
    town: Town, at: datetime, crowd: list[Person], second: Actor
) -> None:
    later = at + timedelta(days=2)
    first = town[Role.ADMINISTRATOR]
    with node_scope():
        proposal = retention.propose(division=JINNAN, by=first, at=later).pk
        retention.approve(proposal=proposal, by=second, at=later)
        half = retention.purge_batch(by=first, at=later, proposal=proposal, limit=60)
        assert half is not None
        assert (half.persons, Identity.objects.count()) == (60, len(crowd) - 60)
        rest = purge(first, later, proposal=proposal)
        assert sum(one.persons for one in rest) == len(crowd) - 60
        listed = [number for one in (half, *rest) for number in one.body["persons"]]
        assert sorted(listed) == sorted(one.pk for one in crowd)
        assert purge(first, later, proposal=proposal) == []
