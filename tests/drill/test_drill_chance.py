import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.drill import chance, numbers

DELAY_FILES = ("omicron", "response")


def delays() -> list[tuple[str, dict[str, object]]]:
    return [
        (f"{name}.{section}.{key}", spec)
        for name in DELAY_FILES
        for section, table in numbers.load(name).tree.items()
        if isinstance(table, dict)
        for key, spec in table.items()
        if isinstance(spec, dict) and "distribution" in spec
    ]


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=30).filter(lambda w: sum(w) > 0.01),
    st.integers(0, 2**32),
)
def test_a_table_draws_only_what_has_weight(weights: list[float], seed: int) -> None:
    drawn = chance.Table.of(weights).draw(chance.stream(seed), 200)
    assert {int(item) for item in drawn} <= {i for i, weight in enumerate(weights) if weight > 0}


def test_a_table_keeps_its_proportions() -> None:
    drawn = chance.Table.of([1, 3, 6]).draw(chance.stream(1), 100_000)
    shares = np.bincount(drawn) / drawn.size
    assert np.allclose(shares, [0.1, 0.3, 0.6], atol=0.01)


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [-1.0, 2.0]])
def test_weights_that_mean_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        chance.Table.of(weights)


@pytest.mark.parametrize(("name", "spec"), delays(), ids=lambda item: item if isinstance(item, str) else "")
def test_every_delay_has_the_mean_that_its_file_states(name: str, spec: dict[str, object]) -> None:
    minutes = {"h": 60, "d": 1440}[str(spec["unit"])]
    drawn = chance.Delay.of(spec).draw(chance.stream(5), 40_000) / minutes
    low, high = float(spec.get("from", 0)), float(spec.get("to", spec.get("max")))
    assert drawn.min() > 0
    assert low <= drawn.min()
    assert drawn.max() <= high
    stated = float(spec["mean"]) if "mean" in spec else (low + high) / 2
    # Cutting the tails moves the mean a little.
    assert drawn.mean() == pytest.approx(stated, rel=0.08), name


def test_streams_for_different_purposes_differ_and_are_repeatable() -> None:
    assert chance.stream(1, 2).integers(0, 10**9) == chance.stream(1, 2).integers(0, 10**9)
    assert chance.stream(1, 2).integers(0, 10**9) != chance.stream(2, 1).integers(0, 10**9)


def test_a_delay_without_an_upper_end_is_refused() -> None:
    with pytest.raises(ValueError, match="upper end"):
        chance.Delay.of({"distribution": "gamma", "mean": 1.0, "sd": 1.0, "unit": "d"})
