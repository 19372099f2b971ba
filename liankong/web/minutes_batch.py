"""Meetings whose minutes were read: what became of each directive. Nothing that was read is lost."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from liankong.store.models import Batch, Order
from liankong.vocabulary.kinds import OrderState
from liankong.web.context import Sight, sight
from liankong.web.desk import user_names
from liankong.web.minutes_show import Mark, paragraphs
from liankong.web.minutes_words import reason_words
from liankong.web.pages import paginate
from liankong.web.places import organisation_names

# --- the list ------------------------------------------------------------------------------------------------


@require_GET
def minutes(request: HttpRequest) -> HttpResponse:
    """Meetings whose minutes were read, the latest first, with what became of their orders."""
    open_ones = ~Q(orders__state__in=(OrderState.DRAFT, OrderState.DONE, OrderState.CANCELLED))
    rows = (
        Batch.objects.exclude(text="")
        .defer("text")
        .annotate(
            drafts=Count("orders", filter=Q(orders__state=OrderState.DRAFT)),
            waiting=Count("orders", filter=open_ones & Q(orders__isnull=False)),
            done=Count("orders", filter=Q(orders__state=OrderState.DONE)),
        )
    )
    page = paginate(rows, order=("-created_at", "-pk"), query=request.GET)
    names = user_names(row.created_by_id for row in page.rows)
    for row in page.rows:
        row.reader = names.get(row.created_by_id or 0, "")  # type: ignore[attr-defined]  # for the template alone
    return render(request, "minutes/minutes.html", {"page": page})


# --- one batch -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """One order of a sentence, and what its addressee is called."""

    order: Order
    body: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """A sentence of a batch: its orders, or why there is none."""

    number: int
    sentence: str
    orders: list[Told]
    reason: str = ""

    @property
    def states(self) -> list[tuple[str, int]]:
        return sorted(Counter(str(told.order.state) for told in self.orders).items())

    @property
    def title(self) -> str:
        return str(self.orders[0].order.title) if self.orders else ""


@never_cache
@require_GET
def batch(request: HttpRequest, batch: int) -> HttpResponse:
    """The text of a meeting with what became of each of its directives. Nothing that was read is lost."""
    row = get_object_or_404(Batch.objects.exclude(text=""), pk=batch)
    sentences, marks = _drafted(row, sight(request))
    orders = [told.order for one in sentences for told in one.orders]
    context = {
        "batch": row,
        "sentences": sentences,
        "text": paragraphs(row.text, [(0, len(row.text))], marks),
        "reader": user_names([row.created_by_id]).get(row.created_by_id or 0, ""),
        "drafts": sum(order.state == OrderState.DRAFT for order in orders),
        "orders_count": len(orders),
        "aside_count": len(row.set_aside),
    }
    return render(request, "minutes/batch.html", context)


def _drafted(row: Batch, seen: Sight) -> tuple[list[Drafted], list[Mark]]:
    """Sentences in the order of the text: drafted ones with their orders, and those that were set aside."""
    rows = list(Order.objects.filter(batch=row, sentence_at__isnull=False).order_by("sentence_at", "pk"))
    names = organisation_names((order.addressee_id for order in rows), seen.at)
    found: dict[int, list[Told]] = {}
    for order in rows:
        body = names.get(order.addressee_id, str(order.addressee_id))
        found.setdefault(order.sentence_at or 0, []).append(Told(order, body))
    places: list[tuple[int, int, list[Told], str]] = [
        (start, start + len(told[0].order.sentence), told, "") for start, told in found.items()
    ]
    places += [(one["start"], one["end"], [], reason_words(one["reason"])) for one in row.set_aside]
    sentences, marks = [], []
    for number, (start, end, told, reason) in enumerate(sorted(places, key=lambda place: place[:2]), 1):
        sentences.append(Drafted(number, row.text[start:end], told, reason))
        marks.append(Mark(start, end, number, "" if told else "is-aside"))
    return sentences, marks


urlpatterns = [
    path("minutes", minutes, name="minutes"),
    path("minutes/<int:batch>", batch, name="minutes-batch"),
]
