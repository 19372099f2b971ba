"""What goes beside an identity: the whereabouts of a person, and the sealed words and files of a response.

Two ends, two functions. `of_response` finds what was collected to fight an outbreak and is no part of any record that
the law keeps: it goes when the response ends. `destroy_of` empties what still says something about given persons.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet

from liankong.store.access import node_scope
from liankong.store.models import (
    Appeal,
    Contact,
    Exposure,
    Inquiry,
    Investigation,
    Isolation,
    Order,
    OrderFile,
    Outbox,
    RejectedRow,
    SourceHypothesis,
    StandingNeed,
    Stay,
)
from liankong.store.retention import EMERGENCY, Scope, closed, responses, rows, touched


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Sealed contents of one kind: what a certificate calls them, the rows, and the column that is emptied."""

    name: str
    model: type[Model]
    field: str
    due: "QuerySet[Any]"

    def empty(self, numbers: list[int]) -> None:
        self.model._default_manager.filter(pk__in=numbers).update(**{self.field: b""})


# What a certificate may list beside persons -> the column that must be empty then.
SEALED: dict[str, tuple[type[Model], str]] = {
    "rejected_rows": (RejectedRow, "content_sealed"),
    "order_files": (OrderFile, "content_sealed"),
    "investigation_notes": (Investigation, "notes_sealed"),
    "appeals": (Appeal, "text_sealed"),
}


def of_response(scope: Scope) -> tuple[Copies, ...]:
    """The sealed contents that must go now, kind by kind, within a division."""
    ended = [outbreak.pk for outbreak in closed(scope)]
    past, going = responses(EMERGENCY, scope)
    # An order belongs to no outbreak by itself: it goes when every response fought for its division has ended.
    orders = Order.objects.filter(
        touched(past, field="division", made="issued_at"), division__startswith=scope.division
    ).exclude(touched(going, field="division"))
    due: dict[str, QuerySet[Any]] = {
        "rejected_rows": rows(scope),
        "order_files": OrderFile.objects.filter(order__in=orders),
        "investigation_notes": Investigation.objects.filter(
            case__outbreak__in=ended, division__startswith=scope.division
        ),
        "appeals": Appeal.objects.filter(zone__outbreak__in=ended, zone__division__startswith=scope.division),
    }
    return tuple(
        Copies(name=name, model=model, field=field, due=due[name].exclude(**{field: b""}))
        for name, (model, field) in SEALED.items()
    )


def still_held(name: str, numbers: Iterable[int]) -> bool:
    """Whether any of these rows still has the contents that a certificate says are gone."""
    model, field = SEALED[name]
    return model._default_manager.filter(pk__in=list(numbers)).exclude(**{field: b""}).exists()


def destroy_of(persons: list[int], at: datetime) -> dict[str, int]:
    """Empty what says where these persons were, what ailed them and what was told of them. Counts of rows.

    Rows about one person may lie in several jurisdictions (a stay in the next district, an exposure found by it, a
    letter): whose identity goes here must not be found again there, so this reaches over the whole node.
    """
    with node_scope():
        stays = _stays(persons)
        about = Q(person__in=persons) | Q(case__person__in=persons)
        Investigation.objects.filter(case__person__in=persons).update(notes_sealed=b"")
        SourceHypothesis.objects.filter(investigation__case__person__in=persons).update(
            text="", speaks_for="", speaks_against="", reason=""
        )
        Contact.objects.filter(person__in=persons).update(reason="")
        Isolation.objects.filter(person__in=persons).update(grounds=[], why={})
        orders = list(Order.objects.filter(about).values_list("pk", flat=True))
        Order.objects.filter(pk__in=orders).update(proof_longitude=None, proof_latitude=None)
        files = OrderFile.objects.filter(order__in=orders).exclude(content_sealed=b"")
        needs = StandingNeed.objects.filter(person__in=persons)
        needs.filter(ended_at=None).update(ended_at=at)
        return {
            "stays": stays,
            "files": files.update(content_sealed=b""),
            "inquiries": _letters(persons),
            "standing_needs": needs.update(what=""),
        }


def _stays(persons: list[int]) -> int:
    """Whereabouts say who somebody is; the meetings that were found by them stay, as numbers."""
    Exposure.objects.filter(stay__person__in=persons).update(stay=None)
    gone, _ = Stay.objects.filter(person__in=persons).delete()
    return gone


def _letters(persons: list[int]) -> int:
    """What was disclosed to other headquarters, wherever it lies, and letters that wait for their receipt."""
    about = Q(person__in=persons) | Q(contact__person__in=persons) | Q(case__person__in=persons)
    asked = list(Inquiry.objects.filter(about).values_list("pk", flat=True))
    # What was forwarded tells the same once more, further on.
    found = asked
    while found:
        found = list(
            Inquiry.objects.filter(forwarded_from__in=found)
            .exclude(pk__in=asked)
            .values_list("pk", flat=True)
        )
        asked += found
    Outbox.objects.filter(body__inquiry__in=asked).update(body_sealed=b"")
    return Inquiry.objects.filter(pk__in=asked).update(
        disclosed_sealed=b"", subject_keys=[], what="", seat="", answer=""
    )
