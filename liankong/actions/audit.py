"""Is the log as it was written?"""

from datetime import datetime

from liankong.actions import action
from liankong.store import seals
from liankong.store.log import Actor
from liankong.store.models import Seal


@action("audit.clock", automatic=True)
def seal(*, by: Actor, at: datetime) -> Seal | None:
    """Seal what has ended since the last seal."""
    return seals.seal(at=at)


@action("audit.verify", automatic=True)
def verify(*, by: Actor, at: datetime) -> seals.Verdict:
    """Recompute all seals against the log as it stands."""
    return seals.verify()
