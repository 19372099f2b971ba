"""Tonight's bulletin: counted from what was known, checked, signed by a person, revised with a reason."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from support import town as towns
from support.town import JINNAN, Town

from liankong import flow
from liankong.actions import Forbidden, Refused, bulletins, cases, lab
from liankong.exchange import bulletin_json
from liankong.rules.bulletins import DAY, Adjustment, Figure, Identity, Key, Measure, Series, Window
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.models import Bulletin, Case
from liankong.vocabulary.kinds import BulletinState, Origin, PersonClass, ResultValue, Role, Severity

pytestmark = pytest.mark.django_db
DAY_ONE = date(2022, 1, 8)
SINCE = Window.since(DAY_ONE)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


def found(town: Town, at: datetime, code: str, to: PersonClass) -> Case:
    """A positive, reviewed within the hour, local."""
    towns.tube(town, at, code=code)
    with log.collecting() as consequences:
        lab.report_result(tube=code, value=ResultValue.POSITIVE, by=town[Role.LAB_OFFICER], at=at)
    flow.answer_now(consequences)
    case = Case.objects.latest("pk")
    severity = Severity.MILD if to is PersonClass.CONFIRMED else None
    cases.classify(
        case=case.pk,
        classification=to,
        severity=severity,
        reason="review",
        by=town[Role.CLINICIAN],
        at=at + timedelta(hours=1),
    )
    cases.set_source(
        case=case.pk, origin=Origin.LOCAL, by=town[Role.EPIDEMIOLOGIST], at=at + timedelta(hours=1, minutes=1)
    )
    return case


def draft(town: Town, day: date, at: datetime, **more: object) -> Bulletin:
    return bulletins.draft(
        outbreak=town.outbreak.pk, division=JINNAN, day=day, by=town[Role.BULLETIN_OFFICER], at=at, **more
    )


def sign(town: Town, bulletin: Bulletin, at: datetime) -> Bulletin:
    with log.collecting() as consequences:
        signed = bulletins.sign(bulletin=bulletin.pk, by=town[Role.COMMANDER], at=at)
    flow.answer_now(consequences)
    return signed


def number(bulletin: Bulletin, series: Series, measure: Measure, window: Window = DAY) -> int | None:
    return bulletin_json.from_json(bulletin.figures).number(series, measure, window)


def test_the_day_is_counted_and_a_conversion_stands_inside_the_new_cases(town: Town, at: datetime) -> None:
    found(town, at, "A", PersonClass.CONFIRMED)
    carrier = found(town, at, "B", PersonClass.ASYMPTOMATIC)
    first = draft(town, DAY_ONE, at + timedelta(days=1))
    assert number(first, Series.CONFIRMED, Measure.REPORTED) == 1
    assert number(first, Series.ASYMPTOMATIC, Measure.REPORTED) == 1
    sign(town, first, at + timedelta(days=1))
    cases.classify(
        case=carrier.pk,
        classification=PersonClass.CONFIRMED,
        severity=Severity.COMMON,
        reason="fever, pneumonia",
        by=town[Role.CLINICIAN],
        at=at + timedelta(days=1),
    )
    second = draft(town, DAY_ONE + timedelta(days=1), at + timedelta(days=2))
    assert number(second, Series.CONFIRMED, Measure.REPORTED) == 1
    assert number(second, Series.CONFIRMED, Measure.CONVERTED_IN) == 1
    assert number(second, Series.CONFIRMED, Measure.REPORTED, SINCE) == 2
    assert number(second, Series.ASYMPTOMATIC, Measure.UNDER_OBSERVATION, SINCE) == 0
    assert "津南区" in second.text_zh
    assert "Jinnan" in second.text_en
    sign(town, second, at + timedelta(days=2))


def test_an_old_day_gives_for_ever_what_it_gave_that_evening(town: Town, at: datetime) -> None:
    case = found(town, at, "A", PersonClass.CONFIRMED)
    before = draft(town, DAY_ONE, at + timedelta(days=1)).figures
    cases.classify(
        case=case.pk,
        classification=PersonClass.EXCLUDED,
        reason="laboratory error",
        by=town[Role.CLINICIAN],
        at=at + timedelta(days=3),
    )
    assert draft(town, DAY_ONE, at + timedelta(days=4)).figures == before


def test_what_does_not_balance_cannot_be_signed_unless_an_adjustment_explains_it_exactly(
    town: Town, at: datetime
) -> None:
    found(town, at, "A", PersonClass.CONFIRMED)
    # One is active but nobody is in hospital: so it was at Hubei's temporary wards, and it must be said.
    ward = Key(series=Series.CONFIRMED, measure=Measure.IN_HOSPITAL, window=SINCE, place=JINNAN)
    entered = [Figure(ward, 0)]
    first = draft(town, DAY_ONE, at + timedelta(days=1), entered=entered)
    with pytest.raises(Refused, match="balance"):
        sign(town, first, at + timedelta(days=1))
    wrong = Adjustment(key=ward, delta=-2, reason="in a ward", explains=Identity.IN_HOSPITAL_IS_ACTIVE)
    with pytest.raises(Refused, match="balance"):
        sign(
            town,
            draft(town, DAY_ONE, at + timedelta(days=1), entered=entered, adjustments=[wrong]),
            at + timedelta(days=1),
        )
    line = Adjustment(key=ward, delta=-1, reason="in a ward", explains=Identity.IN_HOSPITAL_IS_ACTIVE)
    again = draft(town, DAY_ONE, at + timedelta(days=1), entered=entered, adjustments=[line])
    assert sign(town, again, at + timedelta(days=1)).state == BulletinState.SIGNED


def test_a_signed_bulletin_verifies_and_a_changed_one_does_not(town: Town, at: datetime) -> None:
    found(town, at, "A", PersonClass.CONFIRMED)
    signed = sign(town, draft(town, DAY_ONE, at + timedelta(days=1)), at + timedelta(days=1))
    assert bulletins.verify(signed)
    signed.text_zh += "。"
    assert not bulletins.verify(signed)
    with pytest.raises(DatabaseError, match="final"), transaction.atomic():
        signed.save()


def test_a_revision_needs_a_reason_supersedes_and_says_what_changed(town: Town, at: datetime) -> None:
    found(town, at, "A", PersonClass.CONFIRMED)
    sign(town, draft(town, DAY_ONE, at + timedelta(days=1)), at + timedelta(days=1))
    with pytest.raises(Refused) as caught:
        draft(town, DAY_ONE, at + timedelta(days=2))
    assert caught.value.field == "reason"
    contacts = Figure(Key(series=Series.CONTACTS, measure=Measure.REPORTED, window=SINCE, place=JINNAN), 12)
    revised = draft(town, DAY_ONE, at + timedelta(days=2), entered=[contacts], reason="late paper cards")
    assert revised.revision == 2
    sign(town, revised, at + timedelta(days=2))
    states = Bulletin.objects.order_by("revision").values_list("state", flat=True)
    assert list(states) == [BulletinState.SUPERSEDED, BulletinState.SIGNED]


def test_who_drafts_does_not_sign(town: Town, at: datetime) -> None:
    found(town, at, "A", PersonClass.CONFIRMED)
    made = draft(town, DAY_ONE, at + timedelta(days=1))
    with pytest.raises(Forbidden):
        bulletins.sign(bulletin=made.pk, by=town[Role.BULLETIN_OFFICER], at=at)


def test_a_day_before_the_baseline_is_refused(town: Town, at: datetime) -> None:
    with pytest.raises(Refused) as caught:
        draft(town, DAY_ONE - timedelta(days=1), at)
    assert caught.value.field == "day"
