"""A city too large for memory comes in by chunks, and goes on where it was interrupted."""

from pathlib import Path
from typing import Any

import pytest

from liankong.cli import Failure, demo
from liankong.drill import stream
from liankong.store.access import node_scope
from liankong.store.models import Household, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """Chunks of 400 people, so that households lie across borders."""
    settings.LIANKONG_DATA = tmp_path
    whole = stream.chunks
    monkeypatch.setattr(stream, "chunks", lambda people, *, seed: whole(people, seed=seed, size=400))


def silent(_line: str) -> None:
    pass


def families() -> list[int]:
    keys = list(Person.objects.order_by("pk").values_list("household_id", flat=True))
    return [keys.index(key) for key in keys]


def test_an_interrupted_load_ends_as_an_uninterrupted_one(small: None, settings: Any, tmp_path: Path) -> None:
    def interrupt(line: str) -> None:
        if line.startswith("registered 800"):
            raise KeyboardInterrupt

    with node_scope():
        with pytest.raises(KeyboardInterrupt):
            demo._load_register(2_000, 5, interrupt)
        assert Person.objects.count() == 800
        found = demo._load_register(2_000, 5, silent)
        assert found["people"] == 2_000
        expected = [person.household for chunk in stream.chunks(2_000, seed=5) for person in chunk.persons]
        assert families() == [expected.index(number) for number in expected]
        assert Household.objects.count() == len(set(expected))


def test_another_city_is_not_mixed_in(small: None) -> None:
    with node_scope():
        demo._load_register(1_000, 5, silent)
        with pytest.raises(Failure):
            demo._load_register(1_000, 6, silent)
