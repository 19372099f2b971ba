"""Who inside is brought what?"""

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from liankong.actions import needs_deliveries as verbs
from liankong.web.api.door import caller
from liankong.web.api.kit import Id, Line, Slug, answers
from liankong.web.api.orders import OrderOut

router = Router(tags=["needs"])


class DeliveryRoundIn(Schema):
    """A round of one basket for all households of a zone."""

    zone: Id
    basket: Slug
    each_household: bool = False
    text: Line = ""
    parcels: int | None = Field(None, ge=0, le=10**9, description="Parcels in stock.")


class DeliveryRoundOut(Schema):
    """`needed`: the parcels that must lie in stock; `suffices`: whether those there do, if they were counted."""

    batch: int
    orders: int
    households: int
    needed: int
    suffices: bool | None


class BasketIn(Schema):
    household: Id
    basket: Slug
    text: Line = ""


@router.post("/deliveries/rounds", response=answers(DeliveryRoundOut), operation_id="deliver_to_zone")
def deliver_to_zone(request: HttpRequest, payload: DeliveryRoundIn) -> object:
    """Send out a round: an order for each community of the zone, or for each household."""
    asking = caller(request)
    found = verbs.deliver_to_zone(**payload.dict(), by=asking.actor, at=asking.at)
    return {
        "batch": found.batch.pk,
        "orders": found.orders,
        "households": found.households,
        "needed": found.stock.needed,
        "suffices": found.stock.suffices,
    }


@router.post("/deliveries", response=answers(OrderOut), operation_id="deliver_to_household")
def deliver_to_household(request: HttpRequest, payload: BasketIn) -> object:
    """Send one basket to one household."""
    asking = caller(request)
    return verbs.deliver_to_household(**payload.dict(), by=asking.actor, at=asking.at)
