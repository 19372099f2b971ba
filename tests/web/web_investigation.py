"""An investigation for the console's stories: opened by a positive, and a line as an investigator types it."""

from datetime import datetime
from typing import TYPE_CHECKING

from web_cases import RULE, positive

from liankong.actions import investigation as verbs
from liankong.store.access import node_scope
from liankong.store.models import Entry, Investigation

if TYPE_CHECKING:
    from support.town import Town

LINE = {
    "day": "7",
    "begin": "830",
    "end": "9.30",
    "place": "新华超市",
    "mode": "shopping",
    "protection": "mask",
    "companions": "2",
}


def opened(town: "Town", at: datetime) -> Investigation:
    with node_scope():
        positive(town, at)
        entry = Entry.objects.get(kind="CaseOpened")
        return verbs.open_investigation(cause=entry, by=RULE, at=at)
