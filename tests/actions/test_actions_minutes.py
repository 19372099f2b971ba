"""A meeting decides at night; by morning each decision is a draft at the signer's desk, linked to its sentence."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from support import minutes as made
from support import town as towns
from support.town import BUILDER, CITY, JINNAN, NANKAI, Town, seat

from liankong.actions import Forbidden, Refused, organisations
from liankong.actions import minutes as verbs
from liankong.actions.minutes import Kept, SetAside
from liankong.exchange.minutes import Directive, Subject
from liankong.store.access import node_scope, scope
from liankong.store.log import Actor
from liankong.store.models import Batch, Entry, Order, Organisation
from liankong.vocabulary.kinds import OrderKind, OrderState, OrganisationKind, Role

pytestmark = pytest.mark.django_db

TEXT = made.report(
    "一是各区要加强巡查，明天18时前完成。二是市卫健委做好接诊。三是津南分指挥部负责值守。四是加强市、区两级疾控力量统筹。",
    opening="2022年1月8日晚8时，天津市疫情防控指挥部召开会议。",
)
DAY = date(2022, 1, 8)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        town = towns.build(at)
        start = at - timedelta(days=30)
        more = (
            ("nankai", OrganisationKind.HEADQUARTERS, NANKAI, "南开区疫情防控指挥部"),
            ("city-cdc", OrganisationKind.CDC, CITY, "天津市疾病预防控制中心"),
            ("commission", OrganisationKind.COMMISSION, CITY, "天津市卫生健康委员会"),
            ("sub", OrganisationKind.SUB_HEADQUARTERS, JINNAN, "津南分指挥部"),
        )
        for code, kind, division, name in more:
            organisations.found(
                code=code,
                kind=kind,
                division=division,
                name=name,
                parent=town.city,
                from_at=start,
                by=BUILDER,
                at=start,
            )
        yield town


@pytest.fixture
def secretary(town: Town, at: datetime) -> Actor:
    return seat(Role.SECRETARY, town.city, at=at - timedelta(days=1))


def body(code: str) -> Organisation:
    return Organisation.objects.get(code=code)


def kept_of(one: Directive, *addressees: str, due_at: datetime, **other: Any) -> Kept:
    return Kept(
        start=one.start,
        end=one.end,
        title=one.title,
        text=one.sentence,
        addressees=[body(code).pk for code in addressees],
        due_at=due_at,
        **other,
    )


def test_names_in_the_text_become_organisations_of_the_structure_at_that_hour(
    town: Town, secretary: Actor, at: datetime
) -> None:
    found, directory = verbs.read(TEXT, place=CITY, at=at)
    told = [
        {row.code for row in directory.addressees(one, besides=secretary.organisation)}
        for one in found.directives
    ]
    assert told == [{"jinnan", "nankai"}, {"commission"}, {"sub"}, {"city-cdc", "jinnan-cdc"}]


def test_an_organisation_that_is_dissolved_is_proposed_no_more(town: Town, at: datetime) -> None:
    organisations.dissolve(
        organisation=body("nankai").pk, until_at=at + timedelta(hours=1), by=BUILDER, at=at
    )
    _found, before = verbs.read(TEXT, place=CITY, at=at)
    found, after = verbs.read(TEXT, place=CITY, at=at + timedelta(hours=2))
    first = found.directives[0]
    assert {row.code for row in before.addressees(first)} == {"jinnan", "nankai"}
    assert {row.code for row in after.addressees(first)} == {"jinnan"}


def test_kept_sentences_become_drafts_and_the_others_stay_in_the_batch(
    town: Town, secretary: Actor, at: datetime
) -> None:
    found, _directory = verbs.read(TEXT, place=CITY, at=at)
    districts, hospital, watch, cdc = found.directives
    assert districts.due is not None
    batch = verbs.draft(
        text=found.text,
        title="夜间调度",
        held_at=verbs.held_at(found.meetings[0]),
        kept=[
            kept_of(hospital, "commission", due_at=at + timedelta(days=1), subject=Subject.HOSPITAL),
            kept_of(districts, "jinnan", "nankai", due_at=districts.due),
        ],
        set_aside=[
            SetAside(start=watch.start, end=watch.end, reason="已另行下达"),
            SetAside(start=cdc.start, end=cdc.end),
        ],
        by=secretary,
        at=at,
    )
    orders = list(Order.objects.filter(batch=batch).order_by("pk"))
    assert [(order.addressee.code, order.state, order.kind) for order in orders] == [
        ("jinnan", OrderState.DRAFT, OrderKind.DIRECTIVE),
        ("nankai", OrderState.DRAFT, OrderKind.DIRECTIVE),
        ("commission", OrderState.DRAFT, OrderKind.DIRECTIVE),
    ]
    assert [order.division for order in orders] == [JINNAN, NANKAI, CITY]
    assert all(order.due_fixed for order in orders)
    for order in orders:
        start = order.sentence_at or 0
        assert batch.text[start : start + len(order.sentence)] == order.sentence
    assert orders[2].detail == {"subject": "hospital"}
    assert [batch.text[one["start"] : one["end"]] for one in batch.set_aside] == [
        watch.sentence,
        cdc.sentence,
    ]
    assert [one["reason"] for one in batch.set_aside] == ["已另行下达", ""]
    entry = Entry.objects.get(kind="MinutesDrafted")
    assert entry.body == {"batch": batch.pk, "orders": [order.pk for order in orders], "set_aside": 2}
    assert Entry.objects.filter(kind="OrderIssued").count() == 0
    assert Entry.objects.filter(kind="OrderDrafted").count() == 3


def test_a_draft_of_the_city_is_not_in_sight_of_another_district(
    town: Town, secretary: Actor, at: datetime
) -> None:
    found, _directory = verbs.read(TEXT, place=CITY, at=at)
    batch = verbs.draft(
        text=found.text,
        title="夜间调度",
        held_at=None,
        kept=[kept_of(found.directives[0], "jinnan", due_at=at + timedelta(days=1))],
        by=secretary,
        at=at,
    )
    with scope(NANKAI):
        assert not Order.objects.filter(batch=batch.pk).exists()
        assert not Batch.objects.exists()


@pytest.fixture
def sound(town: Town, at: datetime) -> dict[str, Any]:
    """What a draft of one sentence needs."""
    found, _directory = verbs.read(TEXT, place=CITY, at=at)
    one = kept_of(found.directives[0], "jinnan", due_at=at + timedelta(days=1))
    return {"text": found.text, "title": "夜间调度", "held_at": None, "kept": [one], "at": at}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "联系13800138000"}, "title"),
        ({"kept": []}, "kept"),
        ({"text": "会议。"}, "kept"),
    ],
)
def test_a_meeting_without_what_it_needs_is_refused(
    secretary: Actor, sound: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as caught:
        verbs.draft(**(sound | change), by=secretary)
    assert caught.value.field == field
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "kept.0.title"),
        ({"title": "联系13800138000"}, "kept.0.title"),
        ({"text": "核实110101199003074514"}, "kept.0.text"),
        ({"addressees": []}, "kept.0.addressees"),
        ({"addressees": [999_999]}, "addressees"),
        ({"kind": OrderKind.REPORT}, "kept.0.kind"),
        ({"due_at": None}, "kept.0.due_at"),
    ],
)
def test_a_sentence_that_makes_no_sound_order_is_refused_at_its_field(
    secretary: Actor, sound: dict[str, Any], change: dict[str, Any], field: str, at: datetime
) -> None:
    if change.get("due_at", at) is None:
        change = {"due_at": at}
    kept = [replace(sound["kept"][0], **change)]
    with pytest.raises(Refused) as caught:
        verbs.draft(**(sound | {"kept": kept}), by=secretary)
    assert caught.value.field == field
    assert not Order.objects.filter(batch__isnull=False).exists()


def test_a_sentence_that_held_a_persons_number_makes_no_order(
    town: Town, secretary: Actor, at: datetime
) -> None:
    text = made.report("一是各区联系13800138000核实。二是做好保障。")
    found, _directory = verbs.read(text, place=CITY, at=at, meeting_day=DAY)
    one = replace(
        kept_of(found.directives[0], "jinnan", due_at=at + timedelta(days=1)), title="核实", text="核实"
    )
    with pytest.raises(Refused, match="person's number"):
        verbs.draft(text=found.text, title="会议", held_at=None, kept=[one], by=secretary, at=at)


def test_who_may_only_handle_orders_drafts_none(town: Town, sound: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        verbs.draft(**sound, by=town[Role.EPIDEMIOLOGIST])


def test_a_district_does_not_draft_orders_to_its_neighbour(
    town: Town, sound: dict[str, Any], at: datetime
) -> None:
    found, _directory = verbs.read(TEXT, place=CITY, at=at)
    kept = [kept_of(found.directives[0], "nankai", due_at=at + timedelta(days=1))]
    with pytest.raises(Refused, match="line of command"):
        verbs.draft(**(sound | {"kept": kept}), by=town[Role.SECRETARY])
    assert not Batch.objects.exists()
