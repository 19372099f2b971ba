"""What the platform writes it reads back to the same figures."""

from datetime import date, datetime, time, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from liankong.exchange.bulletin_text import read, write_zh
from liankong.exchange.bulletin_words import DAY_WORDING, INSIDE, LONG_WORDING
from liankong.rules.bulletins import (
    DAY,
    EPIDEMIC,
    UNDECLARED,
    Adjustment,
    Bulletin,
    CaseState,
    Counted,
    Figure,
    Key,
    Known,
    Measure,
    Part,
    Revision,
    Rollup,
    Series,
    Window,
    check,
    tally,
)
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass

NAMES = {"12": "天津市", "120101": "和平区", "120105": "河北区", "120112": "津南区", "120116": "滨海新区",
         "120112100": "咸水沽镇", "120112101": "葛沽镇"}  # fmt: skip
CODES = {name: code for code, name in NAMES.items()}
DISTRICTS = ("120101", "120105", "120112", "120116")
TOWNS = ("120112100", "120112101")
ROLLUPS = (Rollup(parent="12", children=DISTRICTS), Rollup(parent="120112", children=TOWNS))
ROUND = Window.since(date(2022, 1, 8))

windows = st.sampled_from([DAY, EPIDEMIC, ROUND, UNDECLARED])


@st.composite
def figures(draw: st.DrawFn) -> list[Figure]:
    """Any figures that bulletins have words for; a list of places is given only under a figure that is said."""
    found: dict[Key, int] = {}
    for _ in range(draw(st.integers(1, 12))):
        window = draw(windows)
        series, measure = draw(st.sampled_from(list(DAY_WORDING if window == DAY else LONG_WORDING)))
        origin = draw(st.sampled_from(list(Counted)))
        key = Key(series=series, measure=measure, window=window, place="12", origin=origin)
        if measure is Measure.CHANGE:
            found[key.at(origin=Counted.ALL)] = draw(st.integers(-30, 30))
            continue
        found[key] = draw(st.integers(0, 2_000_000))
        if measure is Measure.REPORTED and series is Series.CONFIRMED and draw(st.booleans()):
            found[key.at(measure=draw(st.sampled_from(INSIDE)))] = draw(st.integers(0, 500))
        for district in draw(st.lists(st.sampled_from(DISTRICTS), unique=True, max_size=4)):
            found[key.at(place=district)] = draw(st.integers(1, 999))
            if district == "120112":
                for town in draw(st.lists(st.sampled_from(TOWNS), unique=True, max_size=2)):
                    found[key.at(place=town)] = draw(st.integers(1, 99))
    return [Figure(key, value) for key, value in found.items()]


@settings(deadline=None)
@given(figures(), st.sampled_from([None, time(12), time(17, 30)]))
def test_every_figure_that_is_written_in_full_is_read_back(stated: list[Figure], until: time | None) -> None:
    bulletin = Bulletin(place="12", day=date(2022, 2, 1), until=until, figures=tuple(stated), rollups=ROLLUPS)
    text = write_zh(bulletin, names=NAMES.__getitem__, full=True)
    reading = read(text, codes=CODES.get)
    assert reading.bulletin is not None, text
    assert (reading.bulletin.place, reading.bulletin.day, reading.bulletin.until) == (
        "12",
        bulletin.day,
        until,
    )
    assert set(reading.bulletin.figures) == set(stated), text
    assert reading.unread == ()
    for key, source in reading.sources.items():
        value = reading.bulletin.value(key)
        assert value == 0 or str(abs(value or 0)) in text[source.start : source.end], text


SHANGHAI = timezone(timedelta(hours=8))
known = st.builds(
    Known,
    since=st.integers(0, 5 * 24).map(
        lambda hour: datetime(2022, 1, 28, tzinfo=SHANGHAI) + timedelta(hours=hour)
    ),
    person_class=st.sampled_from([PersonClass.CONFIRMED, PersonClass.ASYMPTOMATIC, PersonClass.EXCLUDED]),
    origin=st.sampled_from([Origin.LOCAL, Origin.LOCAL, Origin.IMPORTED]),
    place=st.sampled_from(DISTRICTS),
    outcome=st.sampled_from([Outcome.IN_CARE, Outcome.CURED, Outcome.RELEASED, Outcome.DEAD]),
)
cases = st.lists(st.lists(known, min_size=1, max_size=4, unique_by=lambda k: k.since), max_size=6)


@settings(deadline=None)
@given(cases)
def test_a_counted_bulletin_keeps_its_figures_and_its_findings_through_its_text(
    histories: list[list[Known]],
) -> None:
    states = [
        CaseState(case=str(i), history=tuple(sorted(h, key=lambda k: k.since)))
        for i, h in enumerate(histories)
    ]
    bulletin = tally(
        states, place="12", day=date(2022, 2, 1), windows=(EPIDEMIC, Window.since(date(2022, 1, 30))),
        divisions=DISTRICTS,
    )  # fmt: skip
    text = write_zh(bulletin, names=NAMES.__getitem__, full=True)
    reading = read(text, codes=CODES.get)
    assert reading.bulletin is not None
    assert set(reading.bulletin.figures) == set(bulletin.figures), text
    again = {(f.identity, f.key, f.delta) for f in check(reading.bulletin)}
    assert {(f.identity, f.key, f.delta) for f in check(bulletin) if f.key.place == "12"} <= again

    brief = read(write_zh(bulletin, names=NAMES.__getitem__), codes=CODES.get).bulletin
    assert brief is not None
    assert set(brief.figures) <= set(bulletin.figures)
    # the brief form leaves out only zeros and running totals of conversions, which the asymptomatic account says
    top = {
        f
        for f in bulletin.figures
        if f.key.place == "12"
        and f.value
        and (f.key.window == DAY or f.key.measure is not Measure.CONVERTED_IN)
    }
    assert top <= set(brief.figures)


def test_adjustments_and_revisions_are_written_and_read_with_their_reasons() -> None:
    new = Key(series=Series.CONFIRMED, measure=Measure.REPORTED, window=DAY, place="湖北省")
    total = new.at(window=EPIDEMIC)
    bulletin = Bulletin(
        place="湖北省",
        day=date(2020, 2, 20),
        figures=(Figure(new, 631), Figure(total, 62662)),
        adjustments=(Adjustment(key=total, delta=-1043, reason="excluded", instrument="鄂卫函〔2020〕3号"),),
        revisions=(
            Revision(
                key=new,
                before=411,
                after=631,
                reason="监狱系统补报",
                parts=(Part(delta=271, reason="纸质报告卡"), Part(delta=-51, reason="已计入")),
            ),
        ),
    )
    text = write_zh(bulletin, full=True)
    assert "核减：湖北省累计报告确诊病例1043例，原因：经复核排除（依据：鄂卫函〔2020〕3号）。" in text
    again = read(text).bulletin
    assert again is not None
    assert again.adjustments == bulletin.adjustments
    assert again.revisions == bulletin.revisions


def test_a_second_hierarchy_is_written_apart_and_read_apart() -> None:
    local = Key(
        series=Series.CONFIRMED, measure=Measure.REPORTED, window=DAY, place="河南省", origin=Counted.LOCAL
    )
    parts = {"国家": {"安阳市": 43, "滑县": 1, "许昌市": 28}, "省": {"安阳市": 44, "许昌市": 28}}
    figures = [Figure(local, 72)] + [
        Figure(local.at(place=place, geography=geography), value)
        for geography, list_ in parts.items()
        for place, value in list_.items()
    ]
    bulletin = Bulletin(
        place="河南省",
        day=date(2022, 1, 12),
        figures=tuple(figures),
        rollups=tuple(Rollup(parent="河南省", children=tuple(p), geography=g) for g, p in parts.items()),
    )
    again = read(write_zh(bulletin, full=True)).bulletin
    assert again is not None
    assert set(again.figures) == set(figures)
    assert all(finding.delta == 0 for finding in check(again))
