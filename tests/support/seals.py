"""Sealing in a test, while other tests hold transactions open on the same server."""

import time
from datetime import datetime

from liankong.store import seals
from liankong.store.models import Entry, Seal


def seal_all(at: datetime) -> Seal:
    """Seal what was recorded. The horizon is the server's: a transaction in any of its databases holds it back."""
    end = time.monotonic() + 60
    while Entry.objects.extra(where=["xid >= pg_snapshot_xmin(pg_current_snapshot())"]).exists():
        assert time.monotonic() < end, "another transaction stayed open for a minute"
        time.sleep(0.05)
    made = seals.seal(at=at)
    assert made is not None
    return made
