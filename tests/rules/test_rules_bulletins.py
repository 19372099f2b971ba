"""Real bulletins in figures: those that balance, and those that rightly do not until a line explains why.

The numbers are facts published by health commissions; each test names place and day.
"""

import json
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from liankong.rules.bulletins import (
    DAY,
    EPIDEMIC,
    UNDECLARED,
    Adjustment,
    Bulletin,
    Counted,
    Figure,
    FigureError,
    Finding,
    Identity,
    Key,
    Measure,
    Part,
    Revision,
    Rollup,
    Series,
    State,
    Window,
    check,
    may_sign,
)

ALL, LOCAL, IMPORTED = Counted.ALL, Counted.LOCAL, Counted.IMPORTED
CONFIRMED, ASYMPTOMATIC = Series.CONFIRMED, Series.ASYMPTOMATIC
ROUND = Window.since(date(2022, 1, 8))


def fig(
    value: int,
    series: Series,
    measure: Measure,
    window: Window,
    *,
    place: str = "CN",
    origin: Counted = ALL,
    geography: str = "",
    definition: str = "",
) -> Figure:
    key = Key(series=series, measure=measure, window=window, place=place, origin=origin, geography=geography)
    return Figure(key, value, definition)


def account(
    cum: int,
    cured: int,
    dead: int,
    active: int,
    *,
    place: str = "CN",
    origin: Counted = ALL,
    window: Window = EPIDEMIC,
) -> list[Figure]:
    numbers = {Measure.REPORTED: cum, Measure.CURED: cured, Measure.DEAD: dead, Measure.ACTIVE: active}
    return [fig(n, CONFIRMED, m, window, place=place, origin=origin) for m, n in numbers.items()]


def bulletin(*figures: Figure, place: str = "CN", day: date = date(2022, 2, 1), **other: Any) -> Bulletin:
    return Bulletin(place=place, day=day, figures=figures, **other)


def of(findings: list[Finding], identity: Identity) -> list[Finding]:
    return [finding for finding in findings if finding.identity is identity]


def one(findings: list[Finding], identity: Identity) -> Finding:
    (finding,) = of(findings, identity)
    return finding


NATION = {
    "2020-05-30": (83001, 78304, 4634, 63),
    "2020-08-31": (85058, 80208, 4634, 216),
    "2021-03-31": (90217, 85394, 4636, 187),
    "2021-07-31": (93005, 87347, 4636, 1022),
    "2022-02-24": (108604, 101714, 4636, 2254),
}


@pytest.mark.parametrize("day", NATION)
def test_the_nations_totals_account_for_every_case(day: str) -> None:
    cum, cured, dead, active = NATION[day]
    finding = one(check(bulletin(*account(cum, cured, dead, active))), Identity.ACCOUNTED)
    assert finding.state is State.OK
    assert finding.arithmetic == f"{cum} = {cured} + {dead} + {active}"


@pytest.mark.parametrize("day", NATION)
def test_one_case_lost_in_any_place_of_the_sum_blocks_the_signature(day: str) -> None:
    for position in range(4):
        numbers = list(NATION[day])
        numbers[position] += 1
        findings = check(bulletin(*account(*numbers)))
        assert one(findings, Identity.ACCOUNTED).delta == (1 if position == 0 else -1)
        assert not may_sign(findings)


def test_the_nation_on_2022_02_01_is_the_sum_of_its_parts_down_to_the_district() -> None:
    provinces = {"Zhejiang": 15, "Tianjin": 12, "Guangdong": 6, "Beijing": 2, "Hebei": 1}
    districts = {"Hebei District": 6, "Binhai": 4, "Hedong": 2}
    cities = {"Shenzhen": 2, "Huizhou": 1, "Meizhou": 1, "Heyuan": 1, "Yunfu": 1}
    new = [
        fig(63, CONFIRMED, Measure.REPORTED, DAY),
        fig(27, CONFIRMED, Measure.REPORTED, DAY, origin=IMPORTED),
        fig(36, CONFIRMED, Measure.REPORTED, DAY, origin=LOCAL),
        *(
            fig(n, CONFIRMED, Measure.REPORTED, DAY, place=p, origin=LOCAL)
            for p, n in {**provinces, **districts, **cities}.items()
        ),
    ]
    rollups = (
        Rollup(parent="CN", children=tuple(provinces)),
        Rollup(parent="Tianjin", children=tuple(districts)),
        Rollup(parent="Guangdong", children=tuple(cities)),
    )
    findings = check(bulletin(*new, rollups=rollups))
    assert [f.arithmetic for f in of(findings, Identity.ORIGINS)] == ["63 = 27 + 36"]
    assert [f.arithmetic for f in of(findings, Identity.PLACES)] == [
        "36 = 15 + 12 + 6 + 2 + 1",
        "12 = 6 + 4 + 2",
        "6 = 2 + 1 + 1 + 1 + 1",
    ]
    assert may_sign(findings)


def test_tianjins_round_accounts_for_cases_and_asymptomatic_alike() -> None:
    findings = check(
        bulletin(
            fig(405, CONFIRMED, Measure.REPORTED, ROUND, origin=LOCAL),
            fig(342, CONFIRMED, Measure.CURED, ROUND, origin=LOCAL),
            fig(63, CONFIRMED, Measure.IN_HOSPITAL, ROUND, origin=LOCAL),
            fig(22, ASYMPTOMATIC, Measure.REPORTED, ROUND, origin=LOCAL),
            fig(6, ASYMPTOMATIC, Measure.RELEASED, ROUND, origin=LOCAL),
            fig(16, ASYMPTOMATIC, Measure.CONVERTED_OUT, ROUND, origin=LOCAL),
        )
    )
    cases, carriers = of(findings, Identity.ACCOUNTED)
    assert (cases.arithmetic, cases.state, cases.note) == (
        "405 = 342 + 63",
        State.OK,
        "not stated, taken as 0: dead",
    )
    assert (carriers.arithmetic, carriers.state) == ("22 = 6 + 16", State.OK)
    assert "under_observation" in carriers.note


def test_two_baselines_on_one_evening_are_two_figures_and_both_are_right() -> None:
    findings = check(
        bulletin(
            *account(290, 145, 3, 142, place="TJ"),
            fig(142, CONFIRMED, Measure.REPORTED, ROUND, place="TJ"),
            fig(22, ASYMPTOMATIC, Measure.REPORTED, ROUND, place="TJ"),
            fig(1, ASYMPTOMATIC, Measure.CONVERTED_OUT, ROUND, place="TJ"),
            place="TJ",
        )
    )
    assert of(findings, Identity.ACCOUNTED)[0].arithmetic == "290 = 145 + 3 + 142"
    assert of(findings, Identity.ACCOUNTED)[1].state is State.NOT_APPLICABLE
    assert one(findings, Identity.NESTED_WINDOWS).arithmetic == "142 ≤ 290"
    assert may_sign(findings)


def test_a_cumulative_figure_without_a_baseline_cannot_be_signed() -> None:
    findings = check(bulletin(fig(290, CONFIRMED, Measure.REPORTED, UNDECLARED)))
    assert one(findings, Identity.BASELINE_DECLARED).state is State.FAILED
    assert not may_sign(findings)


def test_positives_at_noon_are_cases_carriers_and_those_pending_review() -> None:
    noon = Bulletin(
        place="TJ",
        day=date(2022, 1, 11),
        until=time(12),
        figures=(
            fig(97, Series.POSITIVES, Measure.REPORTED, ROUND, place="TJ"),
            fig(49, CONFIRMED, Measure.REPORTED, ROUND, place="TJ"),
            fig(15, ASYMPTOMATIC, Measure.REPORTED, ROUND, place="TJ"),
            fig(33, Series.PENDING_REVIEW, Measure.ACTIVE, ROUND, place="TJ"),
        ),
    )
    assert one(check(noon), Identity.POSITIVES).arithmetic == "97 = 49 + 15 + 33"


def test_zhumadians_positives_add_up_by_class_and_by_county() -> None:
    since = Window.since(date(2022, 7, 9))
    findings = check(
        bulletin(
            fig(245, Series.POSITIVES, Measure.REPORTED, since),
            fig(10, CONFIRMED, Measure.REPORTED, since),
            fig(235, ASYMPTOMATIC, Measure.REPORTED, since),
            fig(242, Series.POSITIVES, Measure.REPORTED, since, place="Biyang"),
            fig(3, Series.POSITIVES, Measure.REPORTED, since, place="Yicheng"),
            rollups=(Rollup(parent="CN", children=("Biyang", "Yicheng")),),
        )
    )
    assert one(findings, Identity.POSITIVES).arithmetic == "245 = 10 + 235"
    assert one(findings, Identity.PLACES).arithmetic == "245 = 242 + 3"


HUBEI_0212 = (
    *account(48206, 3441, 1310, 43455, place="42"),
    fig(33693, CONFIRMED, Measure.IN_HOSPITAL, EPIDEMIC, place="42"),
    fig(
        14840, CONFIRMED, Measure.REPORTED, DAY, place="42", definition="5th edition, with clinical diagnosis"
    ),
    fig(13332, CONFIRMED, Measure.REDEFINED, DAY, place="42"),
)


def test_more_active_cases_than_beds_must_be_explained_to_the_unit() -> None:
    day = date(2020, 2, 12)
    findings = check(bulletin(*HUBEI_0212, place="42", day=day))
    failed = one(findings, Identity.IN_HOSPITAL_IS_ACTIVE)
    assert (failed.state, failed.delta, failed.arithmetic) == (State.FAILED, -9762, "33693 ≠ 43455")
    assert one(findings, Identity.ACCOUNTED).state is State.OK
    assert one(findings, Identity.COUNTED_INSIDE).arithmetic == "13332 ≤ 14840"
    assert not may_sign(findings)

    def with_line(delta: int) -> list[Finding]:
        line = Adjustment(
            key=failed.key,
            delta=delta,
            reason="clinically diagnosed cases not yet admitted",
            explains=Identity.IN_HOSPITAL_IS_ACTIVE,
        )
        return check(bulletin(*HUBEI_0212, place="42", day=day, adjustments=(line,)))

    assert not may_sign(with_line(-9761))
    explained = one(with_line(-9762), Identity.IN_HOSPITAL_IS_ACTIVE)
    assert explained.state is State.EXPLAINED
    assert explained.arithmetic == "33693 = 43455 - 9762"
    assert explained.explained_by[0].reason.startswith("clinically")
    assert may_sign(with_line(-9762))


def hubei_0213(*adjustments: Adjustment, rollups: tuple[Rollup, ...] = ()) -> Bulletin:
    return bulletin(
        fig(51986, CONFIRMED, Measure.REPORTED, EPIDEMIC, place="42"),
        fig(4823, CONFIRMED, Measure.REPORTED, DAY, place="42"),
        place="42",
        day=date(2020, 2, 13),
        adjustments=adjustments,
        rollups=rollups,
    )


def test_a_write_off_of_1043_carries_the_total_from_one_day_to_the_next() -> None:
    before = bulletin(*HUBEI_0212, place="42", day=date(2020, 2, 12))
    total = Key(series=CONFIRMED, measure=Measure.REPORTED, window=EPIDEMIC, place="42")
    bare = one(check(hubei_0213(), before), Identity.CARRIED)
    assert (bare.state, bare.delta, bare.arithmetic) == (State.FAILED, -1043, "51986 ≠ 48206 + 4823")

    line = Adjustment(
        key=total, delta=-1043, reason="write-off by six cities", instrument="bulletin of 2020-02-14"
    )
    assert one(check(hubei_0213(line), before), Identity.CARRIED).state is State.EXPLAINED

    by_city = [
        Adjustment(key=total.at(place=city), delta=delta, reason="write-off")
        for city, delta in (("4201", -1000), ("4211", -43))
    ]
    cities = (Rollup(parent="42", children=("4201", "4211")),)
    assert one(check(hubei_0213(*by_city, rollups=cities), before), Identity.CARRIED).state is State.EXPLAINED


def test_a_write_off_cannot_hide_a_slip_in_addition_nor_explain_what_balances() -> None:
    total = Key(series=CONFIRMED, measure=Measure.REPORTED, window=EPIDEMIC, place="CN")
    line = Adjustment(key=total, delta=-1, reason="write-off")
    wrong_sum = bulletin(*account(9, 5, 1, 4), adjustments=(line,))
    assert not may_sign(check(wrong_sum))

    yesterday = bulletin(fig(8, CONFIRMED, Measure.REPORTED, EPIDEMIC), day=date(2022, 1, 31))
    today = bulletin(
        fig(9, CONFIRMED, Measure.REPORTED, EPIDEMIC),
        fig(1, CONFIRMED, Measure.REPORTED, DAY),
        adjustments=(line,),
    )
    assert one(check(today, yesterday), Identity.CARRIED).state is State.FAILED


def test_negative_new_cases_are_kept_and_need_a_line() -> None:
    negative = fig(-3, CONFIRMED, Measure.REPORTED, DAY, place="Huanggang")
    assert not may_sign(check(bulletin(negative)))
    line = Adjustment(key=negative.key, delta=-3, reason="write-off", explains=Identity.NOT_NEGATIVE)
    assert may_sign(check(bulletin(negative, adjustments=(line,))))


def hubei_revised(new_after: int, cum_after: int, *parts: Part) -> Bulletin:
    new = Key(series=CONFIRMED, measure=Measure.REPORTED, window=DAY, place="42")
    suspected = new.at(series=Series.SUSPECTED)
    reason = "paper cards from prisons outside the network"
    return bulletin(
        Figure(new, 631),
        Figure(new.at(window=EPIDEMIC), 62662),
        Figure(suspected, 1279),
        place="42",
        day=date(2020, 2, 20),
        revisions=(
            Revision(key=new, before=411, after=new_after, reason=reason, parts=parts),
            Revision(key=new.at(window=EPIDEMIC), before=62442, after=cum_after, reason=reason),
            Revision(key=suspected, before=1269, after=1279, reason=reason),
        ),
    )


def test_a_revision_says_before_after_and_why_and_its_reasons_add_up() -> None:
    cards, twice = Part(delta=271, reason="paper cards"), Part(delta=-51, reason="already counted")
    findings = check(hubei_revised(631, 62662, cards, twice))
    assert "220 = 271 - 51" in [f.arithmetic for f in of(findings, Identity.REVISION)]
    assert may_sign(findings)
    assert not may_sign(check(hubei_revised(631, 62662, cards)))  # 271 alone is not 220
    assert not may_sign(check(hubei_revised(632, 62663)))  # revised to another number than is stated


def test_a_county_under_the_province_is_a_second_hierarchy_and_no_contradiction() -> None:
    def local(value: int, place: str, geography: str = "") -> Figure:
        return fig(value, CONFIRMED, Measure.REPORTED, DAY, place=place, origin=LOCAL, geography=geography)

    others = {"Xuchang": 28, "Zhengzhou": 3, "Xinyang": 1}
    figures = [
        local(76, "Henan"),
        *(local(n, p, g) for g in ("national", "province") for p, n in others.items()),
        local(43, "Anyang", "national"),
        local(1, "Huaxian", "national"),
        local(44, "Anyang", "province"),
    ]
    rollups = (
        Rollup(parent="Henan", children=("Anyang", "Huaxian", *others), geography="national"),
        Rollup(parent="Henan", children=("Anyang", *others), geography="province"),
        Rollup(
            parent="Anyang", parent_geography="province", children=("Anyang", "Huaxian"), geography="national"
        ),
    )
    findings = check(bulletin(*figures, rollups=rollups))
    assert [f.arithmetic for f in of(findings, Identity.PLACES)] == [
        "76 = 43 + 1 + 28 + 3 + 1",
        "76 = 44 + 28 + 3 + 1",
        "44 = 43 + 1",
    ]
    assert may_sign(findings)
    mixed = bulletin(local(43, "Anyang"), local(44, "Anyang"))
    assert one(check(mixed), Identity.STATED_ONCE).state is State.FAILED


def test_older_cases_in_todays_total_are_shown_inside_it() -> None:
    def england(late: int) -> Bulletin:
        return bulletin(fig(22961, CONFIRMED, Measure.REPORTED, DAY), fig(late, CONFIRMED, Measure.LATE, DAY))

    assert may_sign(check(england(15841)))
    assert not may_sign(check(england(22962)))


def test_the_asymptomatic_under_observation_follow_from_yesterday() -> None:
    def evening(day: int, under: int, new: int, out: int, released: int) -> Bulletin:
        return bulletin(
            fig(under, ASYMPTOMATIC, Measure.UNDER_OBSERVATION, EPIDEMIC),
            fig(new, ASYMPTOMATIC, Measure.REPORTED, DAY),
            fig(out, ASYMPTOMATIC, Measure.CONVERTED_OUT, DAY),
            fig(released, ASYMPTOMATIC, Measure.RELEASED, DAY),
            day=date(2021, 7, day),
        )

    yesterday = evening(30, 423, 0, 0, 0)
    flow = one(check(evening(31, 443, 37, 4, 13), yesterday), Identity.FLOW)
    assert (flow.arithmetic, flow.state) == ("443 = 423 + 37 - 4 - 13", State.OK)
    assert not may_sign(check(evening(31, 444, 37, 4, 13), yesterday))


def test_conversions_reported_on_both_sides_must_agree() -> None:
    into = fig(35, CONFIRMED, Measure.CONVERTED_IN, DAY)
    assert may_sign(check(bulletin(into, fig(35, ASYMPTOMATIC, Measure.CONVERTED_OUT, DAY))))
    assert not may_sign(check(bulletin(into, fig(34, ASYMPTOMATIC, Measure.CONVERTED_OUT, DAY))))


def test_without_yesterdays_bulletin_the_day_to_day_identities_are_said_to_be_untried() -> None:
    finding = one(check(bulletin(fig(9, CONFIRMED, Measure.REPORTED, EPIDEMIC))), Identity.CARRIED)
    assert (finding.state, finding.note) == (State.NOT_APPLICABLE, "no bulletin of the day before")


def test_a_stock_over_a_day_and_a_baseline_without_its_day_cannot_be_written() -> None:
    with pytest.raises(FigureError, match="cannot be a day"):
        fig(1, CONFIRMED, Measure.ACTIVE, DAY)
    with pytest.raises(FigureError, match="expected day, epidemic"):
        Window.parse("since monday")
    assert Window.parse("since 2022-01-08") == ROUND
    assert str(ROUND) == "since 2022-01-08"


# --- the same over the file of real vectors, where it is at hand ---


def from_vector(vector: dict[str, Any]) -> Bulletin:
    """A vector of the shared file as a bulletin; `baseline` gives the window of its totals."""
    window = ROUND if "2022-01-08" in vector.get("baseline", "") else EPIDEMIC
    names = {
        "cum": Measure.REPORTED,
        "cured": Measure.CURED,
        "dead": Measure.DEAD,
        "active": Measure.ACTIVE,
        "in_hospital": Measure.IN_HOSPITAL,
    }
    figures = [fig(vector[n], CONFIRMED, m, window) for n, m in names.items() if n in vector]
    figures += [
        fig(vector["imp"][n], CONFIRMED, m, window, origin=IMPORTED)
        for n, m in names.items()
        if n in vector.get("imp", {})
    ]
    new = vector.get("new", {})
    new = {"total": new} if isinstance(new, int) else new
    for name, origin in (("total", ALL), ("imported", IMPORTED), ("local", LOCAL)):
        if name in new:
            figures.append(fig(new[name], CONFIRMED, Measure.REPORTED, DAY, origin=origin))
    if "of_which_converted" in new:
        figures.append(fig(new["of_which_converted"], CONFIRMED, Measure.CONVERTED_IN, DAY))
    provinces = vector.get("local_by_province", {})
    figures += [fig(n, CONFIRMED, Measure.REPORTED, DAY, place=p, origin=LOCAL) for p, n in provinces.items()]
    asym = vector.get("asym", {})
    if isinstance(asym, dict):
        for name, measure in (
            ("cum", Measure.REPORTED),
            ("released", Measure.RELEASED),
            ("converted", Measure.CONVERTED_OUT),
            ("under_obs", Measure.UNDER_OBSERVATION),
        ):
            if name in asym and "cum" in asym:
                figures.append(fig(asym[name], ASYMPTOMATIC, measure, window))
    if "positives" in vector:
        figures.append(fig(vector["positives"], Series.POSITIVES, Measure.REPORTED, window))
        figures.append(fig(vector["confirmed"], CONFIRMED, Measure.REPORTED, window))
        figures.append(fig(vector["asym"], ASYMPTOMATIC, Measure.REPORTED, window))
        if "pending_review" in vector:
            figures.append(fig(vector["pending_review"], Series.PENDING_REVIEW, Measure.ACTIVE, window))
    counties = vector.get("by_district", {})
    figures += [fig(n, Series.POSITIVES, Measure.REPORTED, window, place=p) for p, n in counties.items()]
    parts = tuple(provinces) + tuple(counties)
    return bulletin(*figures, rollups=(Rollup(parent="CN", children=parts),) if parts else ())


def test_every_shared_vector_balances_or_fails_exactly_where_it_says(shared: Path) -> None:
    vectors = json.loads((shared / "formats" / "bulletin_vectors.json").read_text(encoding="utf-8"))
    assert len(vectors) == 15
    for vector in vectors:
        if "before" in vector or "national" in vector or "prev_cum" in vector:
            continue  # told day by day above: revision, alternate geography, write-off
        findings = check(from_vector(vector))
        tried = [f for f in findings if f.state is not State.NOT_APPLICABLE]
        failed = [f.identity for f in tried if f.state is State.FAILED]
        assert failed == ([Identity.IN_HOSPITAL_IS_ACTIVE] if "expect_fail" in vector else []), vector["id"]
        assert tried or vector["id"] == "TJ-2022-01-13-round", vector["id"]


def test_a_bulletin_of_two_days_ago_is_not_taken_for_yesterdays() -> None:
    total = fig(9, CONFIRMED, Measure.REPORTED, EPIDEMIC)
    older = bulletin(fig(2, CONFIRMED, Measure.REPORTED, EPIDEMIC), day=date(2022, 1, 30))
    finding = one(check(bulletin(total, fig(1, CONFIRMED, Measure.REPORTED, DAY)), older), Identity.CARRIED)
    assert (finding.state, finding.note) == (State.NOT_APPLICABLE, "the bulletin given is not yesterday's")
