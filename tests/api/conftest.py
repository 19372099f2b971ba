"""A town whose people have programs: `program(role)` is a client with a token of that role's user."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.programs import Program
    from support.town import Town


@pytest.fixture(autouse=True)
def _node(settings: Any, at: datetime) -> Iterator[None]:
    """The node's clock stands at the story's hour, and each test starts with nobody counted."""
    from liankong.web.api import limits

    settings.LIANKONG_CLOCK = lambda: at
    settings.ROOT_URLCONF = "liankong.web.api"
    limits.limiter.cache_clear()
    (settings.LIANKONG_DATA / limits.FILE_NAME).unlink(missing_ok=True)
    yield
    limits.limiter().close()
    limits.limiter.cache_clear()


@pytest.fixture
def town(db: None, at: datetime) -> "Town":
    from liankong.store.access import node_scope
    from tests.support import town as towns

    with node_scope():
        return towns.build(at)


@pytest.fixture
def program(town: "Town", at: datetime) -> "Callable[..., Program]":
    """Make a token: for a role of the town's own headquarters, or for any actor, with some or all rights."""
    from liankong.vocabulary.kinds import Role
    from tests.support import programs

    def make(who: Any, *scopes: str, days: int = 30) -> "Program":
        return programs.make(town[who] if isinstance(who, Role) else who, *scopes, at=at, days=days)

    return make
