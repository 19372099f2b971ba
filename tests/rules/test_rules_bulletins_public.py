"""A district with one case is not named; nobody can work it out from the rest."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from liankong.rules.bulletins import DAY, Bulletin, Figure, Key, Measure, Rollup, Series, protect

NEW = Key(series=Series.CONFIRMED, measure=Measure.REPORTED, window=DAY, place="12")


def bulletin(values: list[int]) -> Bulletin:
    parts = tuple(f"1201{number:02d}" for number in range(len(values)))
    figures = [Figure(NEW, sum(values))]
    figures += [Figure(NEW.at(place=part), value) for part, value in zip(parts, values, strict=True) if value]
    return Bulletin(
        place="12",
        day=date(2022, 1, 8),
        figures=tuple(figures),
        rollups=(Rollup(parent="12", children=parts),),
    )


def test_a_small_district_and_one_more_are_left_out_and_the_list_says_it_is_not_complete() -> None:
    public = protect(bulletin([20, 9, 1]), threshold=5)
    assert [figure.key.place for figure in public.figures] == ["12", "120100"]
    assert not public.rollups[0].complete
    assert public.value(NEW) == 30


def test_without_small_numbers_nothing_changes() -> None:
    whole = bulletin([20, 9, 0])
    assert protect(whole, threshold=5) is whole
    assert protect(bulletin([1]), threshold=0) == bulletin([1])


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_no_small_number_is_printed_and_none_is_the_only_one_missing(values: list[int]) -> None:
    public = protect(bulletin(values), threshold=5)
    printed = [figure.value for figure in public.figures if figure.key.place != "12"]
    assert all(value >= 5 for value in printed)
    hidden = sum(1 for value in values if value) - len(printed)
    # One hidden part beside printed ones would be the total less the rest.
    assert hidden != 1 or not printed
