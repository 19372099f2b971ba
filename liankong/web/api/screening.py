"""Where was tested, how many, and what share was positive?"""

from datetime import date

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from liankong.actions import Refused
from liankong.vocabulary.spans import local_day
from liankong.web.api.door import caller
from liankong.web.api.kit import Day, DivisionOrNode, answers
from liankong.web.screening import SPAN, inside, tested

router = Router(tags=["screening"])

LONGEST_SPAN = 366  # days; a question over the whole of a lake is not one for a page of answers


class TestedOut(Schema):
    """Tests of one division; `share` is that of the positive ones."""

    division: str
    tests: int = Field(ge=1)
    positives: int = Field(ge=0)
    share: float = Field(ge=0, le=1)


class ScreeningOut(Schema):
    """Tests by the divisions next below `division`, the most tested first, sampled from `first` to `last`."""

    division: str
    first: date
    last: date
    tests: int
    positives: int
    divisions: list[TestedOut]


@router.get("/screening", response=answers(ScreeningOut), operation_id="get_screening")
def get_screening(
    request: HttpRequest,
    division: DivisionOrNode | None = None,
    first: Day | None = None,
    last: Day | None = None,
) -> object:
    """Tests and positives by division, by default of the last week; only what lies in the jurisdiction."""
    asking = caller(request)
    asking.need()
    if division is not None and inside(division, asking.division) != division:
        raise Refused("this division is unknown, or lies outside your jurisdiction", field="division")
    within = asking.division if division is None else division
    today = local_day(asking.at)
    until = min(last or today, today)
    since = first or until - SPAN
    if since > until:
        raise Refused("the first day lies after the last", field="first")
    if (until - since).days >= LONGEST_SPAN:
        raise Refused("ask for at most {days} days", field="first", days=LONGEST_SPAN)
    rows = tested(within, since, until)
    return {
        "division": within,
        "first": since,
        "last": until,
        "tests": sum(row["tests"] for row in rows),
        "positives": sum(row["positives"] for row in rows),
        "divisions": rows,
    }
