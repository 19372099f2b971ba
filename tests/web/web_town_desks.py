"""What the desks of a town have before them: needs, places, rosters, orders, minutes, inquiries of every kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from support import inquiries as neighbours
from support import inside as insides
from support import minutes as meetings
from support.inquiries import advance, answer, close, drafted, receive, sent, told
from support.sites import answered
from support.town import COMMUNITY, JINNAN, Town
from web_town import name_bodies
from web_town_response import CLOCK, DAY, HOUR, Response

from liankong.actions import (
    disinfection,
    duty,
    inquiries,
    inquiries_in,
    minutes,
    needs,
    needs_deliveries,
    needs_standing,
    orders,
    orders_clocks,
    orders_issue,
    orders_waiting,
)
from liankong.actions.orders_issue import Words
from liankong.rules.orders_proof import Proof
from liankong.store.models import Batch, Handover, Household, Inquiry, Order, Place, Zone
from liankong.vocabulary.kinds import InquiryState, NeedKind, OrderKind, OrderState, Role

BODIES = {
    "nankai": "南开区疫情防控指挥部",
    "hexi": "河西区疫情防控指挥部",
    "zhumadian": "驻马店市疫情防控指挥部",
    "street": "辛庄镇人民政府",
    "community": "辛庄镇某社区居委会",
    "120-city": "市急救中心",
    "near": "津南区咸水沽医院",
    "far": "市南开医院",
}
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
MEETING = meetings.report(
    "一是区疾控中心要加快流调，明天12时前报告。二是各街道加强巡查。三是做好接诊，联系13800138000。会议要求，要保持清醒头脑。",
    opening="2022年1月8日上午10时，津南区疫情防控指挥部召开会议。",
)


@dataclass(frozen=True)
class Desks:
    """Rows that no list shows first."""

    inquiries: Sequence[int]
    batches: Sequence[int]


def build(town: Town, response: Response, at: datetime) -> Desks:
    """Needs an open node scope."""
    inside = insides.build(town, at)
    Place.objects.filter(pk=inside.dwelling.pk).update(name="花园小区")
    name_bodies(BODIES)
    with_needs(town, inside, at)
    with_places(town, response, at)
    with_duty(town, at)
    batches = [*with_orders(town, inside, at), with_minutes(town, at)]
    letters = with_inquiries(town, at)
    name_bodies(BODIES)
    with answered():
        for ring in (
            orders_clocks.warn,
            orders_clocks.mark_overdue,
            orders_clocks.remind,
            orders_clocks.escalate,
        ):
            ring(by=CLOCK, at=at - HOUR / 2)
        inquiries.mark_overdue(by=CLOCK, at=at)
    return Desks(inquiries=letters, batches=batches)


# --- the people inside ------------------------------------------------------------------------------------------


def with_needs(town: Town, inside: insides.Inside, at: datetime) -> None:
    """Each kind of need; one asked for twice, one refused at a hospital's door, one on the list, a round of baskets."""
    worker, start = inside.worker, at - 3 * HOUR
    zone = insides.zone(town, inside, at - 2 * DAY, number="Z9001")
    Zone.objects.filter(pk=zone.pk).update(
        name="花园小区", reason="有病例居住", legal_basis="传染病防治法第四十二条"
    )
    for kind in NeedKind:
        home = Household.objects.create(division=COMMUNITY, dwelling=inside.dwelling)
        with answered():
            needs.take(kind=kind, household=home.pk, words="独居老人", by=worker, at=start)
    food = {"kind": NeedKind.FOOD, "household": inside.household.pk, "by": worker}
    for hours in (0, 1):
        with answered():
            needs.take(**food, at=start + hours * HOUR)  # type: ignore[arg-type]  # arguments of the verb
    with answered():
        taken = needs.take(
            kind=NeedKind.EMERGENCY, person=inside.person.pk, emergency=True, by=worker, at=at - HOUR
        )
    care = next(order for order in taken.orders if order.detail["part"] == "care")
    with answered():
        orders.send_back(order=care.pk, reason="没有床位", by=inside.clinician, at=at - HOUR)
    for number, what in enumerate(("每周三次透析", "每月取药")):
        row = needs_standing.put_on_list(
            kind=(NeedKind.DIALYSIS, NeedKind.MEDICINE)[number], household=inside.household.pk, what=what,
            next_on=at.date(), every_days=(2, None)[number], hospital=(inside.near.pk, None)[number],
            by=worker, at=start,
        )  # fmt: skip
    needs_standing.take_off_list(standing=row.pk, reason="已转出", by=worker, at=at)
    needs_deliveries.deliver_to_zone(
        zone=zone.pk, basket="standard", parcels=2, each_household=True, by=town[Role.COMMANDER], at=at - HOUR
    )


def with_places(town: Town, response: Response, at: datetime) -> None:
    """Sampled and disinfected: found clean, found positive, still to do."""
    what = [OrderKind.ENVIRONMENT_SAMPLE, OrderKind.DISINFECTION]
    commander = town[Role.COMMANDER]
    with answered():
        disinfection.order_for_zone(zone=response.zone.pk, what=what, by=commander, at=at - 8 * HOUR)
        disinfection.order_for_case(case=response.case.pk, what=what, by=commander, at=at - 7 * HOUR)
    disinfection.order_places(
        places=[response.estate.compound.pk], what=what, by=commander, at=at - HOUR, text="含楼道扶手"
    )
    samples = Order.objects.filter(
        kind=OrderKind.ENVIRONMENT_SAMPLE, addressee=town.cdc, state=OrderState.ISSUED
    )
    for order, positive in zip(samples.order_by("pk")[:2], (2, 0), strict=True):
        with answered():
            disinfection.report(
                order=order.pk, samples=12, positive=positive, by=town[Role.LAB_OFFICER], at=at - 2 * HOUR
            )


# --- rosters ----------------------------------------------------------------------------------------------------


def with_duty(town: Town, at: datetime) -> None:
    """Somebody leads now, a colleague follows, then a gap; one note is taken, one waits."""
    by = town[Role.COMMANDER]
    turns = ((Role.DUTY_OFFICER, 0, True), (Role.SECRETARY, 0, False), (Role.DISPATCHER, 8, False))
    for role, begin, leads in turns:
        duty.plan(
            organisation=town.district.pk, user=town[role].user or 0, from_at=at + (begin - 1) * HOUR,
            until_at=at + (begin + 7) * HOUR, leads=leads, by=by, at=at,
        )  # fmt: skip
    officer = town[Role.DUTY_OFFICER]
    for text in ("两件转运待落实", "市里十五时来电"):
        duty.hand_over(text=text, by=officer, at=at - 2 * HOUR)
    first = Handover.objects.order_by("pk")[0]
    duty.take_over(handover=first.pk, by=town[Role.DISPATCHER], at=at - HOUR)


# --- orders -----------------------------------------------------------------------------------------------------


def with_orders(town: Town, inside: insides.Inside, at: datetime) -> list[int]:
    """To sign, waiting, started, proved with a file, returned and issued again, withdrawn, late, to many at once."""
    commander, told = town[Role.COMMANDER], town[Role.EPIDEMIOLOGIST]
    start = at - 10 * HOUR

    def issue(title: str, hours: int = 12, **more: object) -> Order:
        given: dict[str, object] = {
            "kind": OrderKind.TASK,
            "title": title,
            "due_at": start + hours * HOUR,
        } | more
        words = Words(**given)  # type: ignore[arg-type]  # fields of the words
        return orders_issue.issue(words=words, addressee=town.cdc.pk, by=commander, at=start)

    first = issue(
        "核对口罩库存", asks=[Proof.FIGURE, Proof.FILE, Proof.LOCATION], unit="户", text="逐户核对。"
    )
    orders_waiting.wait_for(order=issue("开放通道").pk, until_done=first.pk, by=commander, at=start)
    orders.start(order=first.pk, by=told, at=start + HOUR)
    done = issue("排查冷链", asks=[Proof.FIGURE], unit="件")
    orders.finish(
        order=done.pk,
        proof="已查",
        figure=12,
        files=[PNG],
        longitude=117.4,
        latitude=39.0,
        by=told,
        at=at - HOUR,
    )
    orders.read_file(file=done.files.get().pk, by=commander, at=at - HOUR)
    lying, again = issue("调运试剂"), issue("增派人手")
    for row in (lying, again):
        orders.send_back(order=row.pk, reason="没有试剂", by=told, at=start + HOUR)
    orders_issue.issue_again(order=again.pk, due_at=at + 9 * HOUR, by=commander, at=at - 2 * HOUR)
    orders_issue.cancel(order=issue("设置路障").pk, reason="不再需要", by=commander, at=at - 2 * HOUR)
    orders_waiting.hurry(order=issue("送医").pk, reason="胸痛", by=commander, at=at - HOUR)
    issue("报告床位", 2, emergency=True)
    issue("报告物资", 1)
    issue("夜间值守", 11)
    words = Words(kind=OrderKind.DIRECTIVE, title="报告隔离房间", due_at=at + HOUR)
    orders_issue.draft(words=words, addressee=town.cdc.pk, by=town[Role.SECRETARY], at=at)
    bodies = [town.cdc.pk, inside.street.pk, inside.community.pk]
    batch = orders_issue.issue_many(words=words, addressees=bodies, by=commander, at=at - 2 * HOUR)
    one = batch.orders.get(addressee=town.cdc)
    orders.finish(order=one.pk, proof="四十间", by=told, at=at - HOUR)
    orders_clocks.remind_batch(batch=batch.pk, by=commander, at=at - HOUR)
    return [batch.pk, *Batch.objects.exclude(pk=batch.pk).order_by("pk").values_list("pk", flat=True)[:1]]


def with_minutes(town: Town, at: datetime) -> int:
    """Three sentences become drafts, the last is set aside."""
    found, _directory = minutes.read(MEETING, place=JINNAN, at=at)
    *kept, aside = found.directives
    return minutes.draft(
        text=found.text,
        title="夜间调度",
        held_at=at - 2 * HOUR,
        kept=[
            minutes.Kept(
                start=one.start,
                end=one.end,
                title=one.title,
                addressees=[town.cdc.pk],
                due_at=at + timedelta(days=1),
            )
            for one in kept
        ],
        set_aside=[minutes.SetAside(start=aside.start, end=aside.end, reason="无具体任务")],
        by=town[Role.SECRETARY],
        at=at,
    ).pk


# --- inquiries --------------------------------------------------------------------------------------------------


def with_inquiries(town: Town, at: datetime) -> list[int]:
    """Asked and asking: drafted, sent, worked off step by step, answered, asked again, forwarded, closed, late."""
    near = neighbours.build(at, town)
    number = iter(range(10, 90))

    def phone() -> dict[str, str]:
        return {"number": "", "phone": f"+861390000{next(number):04d}"}

    start = at - 30 * HOUR
    drafted(near, at, **phone())
    out = sent(near, start, **phone())
    replied = sent(near, start, **phone())
    receive(near, replied, start + HOUR)
    advance(near, replied, InquiryState.CONTROLLED, start + 2 * HOUR)
    advance(near, replied, InquiryState.VERIFIED, start + 3 * HOUR)
    answer(near, replied, start + 4 * HOUR, outcome=InquiryState.HOME, text="已居家观察")
    lost = sent(near, start, **phone())
    receive(near, lost, start + HOUR)
    answer(near, lost, start + 4 * HOUR, outcome=InquiryState.NOT_FOUND, text="号码为空号")
    close(near, lost, start + 5 * HOUR)
    passed = sent(near, start, **phone())
    receive(near, passed, start + HOUR)
    by = near.officer(near.nankai)
    told(
        lambda: inquiries_in.forward(
            inquiry=passed.pk, receiver=near.hexi.pk, reason="已迁往该区", by=by, at=start + 2 * HOUR
        ),
        by,
    )
    shared = {"number": "", "name": "丁戊"}
    asked = sent(near, start, sender=near.nankai, to=town.district, **shared)
    also = sent(near, start + HOUR, sender=near.hexi, to=town.district, **shared)
    receive(near, asked, start + 2 * HOUR)
    advance(near, asked, InquiryState.CONTROLLED, start + 3 * HOUR, note="已到门口")
    waiting = sent(near, start, sender=near.nankai, to=town.district, **phone())
    # The stories write in English.
    Inquiry.objects.filter(what="dinner in a restaurant").update(what="某餐厅聚餐")
    return [row.pk for row in (out, replied, lost, passed, asked, also, waiting)]
