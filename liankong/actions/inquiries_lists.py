"""Which of the requests that came by phone or mail are new? A list from outside, taken in by a named person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from liankong.actions import Refused, action
from liankong.exchange.inquiries_lists import InquiryList
from liankong.store import inquiries, log
from liankong.store import inquiries_job as work
from liankong.store.log import Actor
from liankong.store.models import Inquiry
from liankong.vocabulary.facts import InquiryListTaken


@dataclass(frozen=True, slots=True)
class Taken:
    """rows in = accepted + rejected + duplicate. `rows` are the new inquiries, `known` the rows that stood already."""

    rows: list[Inquiry]
    known: list[int]
    rows_in: int
    rejected: int
    duplicate: int

    @property
    def balances(self) -> bool:
        return self.rows_in == len(self.rows) + self.rejected + self.duplicate


@action("inquiries.handle")
def take_list(*, found: InquiryList, by: Actor, at: datetime) -> Taken:
    """Every acceptable row becomes an inquiry, acknowledged by whoever takes the list in, with its order. The same
    list taken in twice adds nothing.
    """
    receiver = inquiries.own_headquarters(by, at)
    if receiver is None:
        raise Refused("only a headquarters asks another: your post is in none")
    outbreak = inquiries.outbreak_of(receiver, at)
    if outbreak is None:
        raise Refused("no outbreak is open in your jurisdiction: the headquarters must open one first")
    rows: list[Inquiry] = []
    known: list[int] = []
    for one in found.accepted:
        message = uuid5(NAMESPACE_URL, f"inquiry:{receiver.code}:{one.digest}")
        if inquiries.by_message(message) is not None:
            known.append(one.row)
            continue
        row = work.enter(one.letter, message=message, receiver=receiver, outbreak=outbreak, at=at)
        inquiries.remark(row, by=by, organisation=receiver.pk, at=at, note=f"row {one.row} of a list")
        work.deliver(row, by=by, at=at)
        work.acknowledge(row, to=None, by=by, at=at)
        rows.append(row)
    duplicate = len(found.duplicate) + len(known)
    taken = Taken(rows, known, found.rows_in, len(found.rejected), duplicate)
    fact = InquiryListTaken(
        organisation=receiver.pk,
        digest=found.digest,
        rows=taken.rows_in,
        accepted=len(rows),
        rejected=taken.rejected,
        duplicate=duplicate,
    )
    log.record(fact, subject=receiver.pk, division=receiver.division, by=by, at=at)
    return taken
