from importlib import resources

import pytest

from liankong.drill import numbers

FILES = sorted(
    item.name.removesuffix(".toml")
    for item in resources.files("liankong.drill").joinpath("data").iterdir()
    if item.name.endswith(".toml")
)


@pytest.mark.parametrize("name", FILES)
def test_every_number_has_unit_source_and_grade(name: str) -> None:
    assert numbers.load(name).tree["title"]


def refusal(tree: dict[str, object]) -> str:
    with pytest.raises(numbers.NumbersError) as caught:
        numbers._check("made", tree, (), {})
    return str(caught.value)


def test_a_number_without_source_is_refused_by_file_and_key() -> None:
    assert refusal({"a": {"b": {"value": 1, "unit": "d", "grade": "G"}}}) == "made.toml: a.b lacks source"


def test_a_made_up_grade_is_refused() -> None:
    message = refusal({"a": {"value": 1, "unit": "d", "source": "x", "grade": "A+"}})
    assert message.startswith("made.toml: a has grade 'A+', expected one of")


def test_a_table_may_state_its_source_once() -> None:
    numbers._check("made", {"t": {"unit": "d", "source": "x", "grade": "G", "1": {"value": 2}}}, (), {})


def test_a_missing_number_names_its_path() -> None:
    with pytest.raises(numbers.NumbersError, match=r"population\.toml has no defaults\.nothing"):
        numbers.load("population").value("defaults", "nothing")


def test_the_districts_add_up_to_the_census() -> None:
    assert sum(numbers.load("population").values("district_people").values()) == 13_866_009


def test_shares_of_compositions_add_up_within_each_size() -> None:
    data = numbers.load("population")
    assert sum(data.values("household_size").values()) == pytest.approx(1)
    for size in data.values("household_size"):
        shares = [row["share"]["value"] for row in data.node("composition") if str(row["size"]) == size]
        assert sum(shares) == pytest.approx(1), size
