"""Which places are sampled and disinfected, and what was found?"""

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from liankong.actions import Refused
from liankong.actions import disinfection as verbs
from liankong.store.models import Order
from liankong.vocabulary.kinds import OrderKind
from liankong.web.api.door import caller
from liankong.web.api.kit import Id, Line, answers, in_sight
from liankong.web.api.orders import OrderOut

router = Router(tags=["disinfection"])


class DisinfectionIn(Schema):
    """For exactly one of: a case's confirmed places, a zone, a site, or places by their numbers."""

    what: list[Literal["environment_sample", "disinfection"]] = Field(min_length=1, max_length=2)
    case: Id | None = None
    zone: Id | None = None
    site: Id | None = None
    places: list[Id] = Field(default_factory=list, max_length=300)
    text: Line = ""


class DisinfectionOut(Schema):
    """What went out, and what runs at those places already and was not sent twice."""

    orders: list[OrderOut]
    standing: list[OrderOut]


class SamplesIn(Schema):
    samples: int = Field(ge=1, le=10_000)
    positive: int = Field(ge=0, le=10_000)
    words: Line = ""


@router.post("/disinfection", response=answers(DisinfectionOut), operation_id="order_disinfection")
def order_disinfection(request: HttpRequest, payload: DisinfectionIn) -> object:
    """Order samples and disinfection in one step."""
    asking = caller(request)
    what = [OrderKind(one) for one in payload.what]
    chosen = [payload.case, payload.zone, payload.site, payload.places or None]
    if sum(one is not None for one in chosen) != 1:
        raise Refused("choose one: a case, a zone, a site, or places", field="case")
    if payload.case is not None:
        return verbs.order_for_case(
            case=payload.case, what=what, text=payload.text, by=asking.actor, at=asking.at
        )
    if payload.zone is not None:
        return verbs.order_for_zone(
            zone=payload.zone, what=what, text=payload.text, by=asking.actor, at=asking.at
        )
    if payload.site is not None:
        return verbs.order_for_site(
            site=payload.site, what=what, text=payload.text, by=asking.actor, at=asking.at
        )
    return verbs.order_places(
        places=payload.places, what=what, text=payload.text, by=asking.actor, at=asking.at
    )


@router.post("/disinfection/{order}/result", response=answers(OrderOut), operation_id="report_samples")
def report_samples(request: HttpRequest, order: Id, payload: SamplesIn) -> object:
    """Enter what the points of a place showed; that closes the order."""
    asking = caller(request)
    in_sight(Order.objects.all(), order)
    return verbs.report(order=order, **payload.dict(), by=asking.actor, at=asking.at)
