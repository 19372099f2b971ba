"""What rows of a list of people, rooms, vehicles, shifts or inquiries should have held, in the reader's language."""

import re
from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _l

from liankong.exchange.duty_roster import HEADERS

# A sentence as the readers of lists write it -> the words for it.
LISTED: tuple[tuple[str, Promise], ...] = (
    (
        r"is empty, and so are the other columns that say who",
        _l("is empty, as are the other columns that say who"),
    ),
    (r"is not a person's number", _l("is not a person's number")),
    (r"is not a division code", _l("is not a division code")),
    (r"is not a known code", _l("is not a known code")),
    (r"is not a known kind", _l("is not a known kind")),
    (r"is not a moment", _l("is not a moment")),
    (r"is not a whole trip", _l("is not a whole trip")),
    (r"is too long", _l("is too long")),
    (r"names a person", _l("names a person")),
    (r"holds an ID or phone number", _l("holds an ID or phone number")),
    (r"lies beyond the end of a list", _l("lies beyond the end of a list")),
    (r"at most (?P<most>\d+) rows in one list", _l("at most %(most)s rows in one list")),
    (r"a code", _l("a code")),
    (r"a lot or batch number", _l("a lot or batch number")),
    (r"a text that names nobody", _l("a text that names nobody")),
    (r"a user name of this node", _l("a user name of this node")),
    (
        r"a whole number from (?P<least>-?\d+) to (?P<most>\d+)",
        _l("a whole number from %(least)s to %(most)s"),
    ),
    (r"a day, since the hours stand without one", _l("a day, since the hours stand without one")),
    (r"a day such as (?P<day>[\d-]+)", _l("a day such as %(day)s")),
    (r"a moment such as (?P<moment>[\d: -]+)", _l("a moment such as %(moment)s")),
    (r"a moment after the beginning", _l("a moment after the beginning")),
    (r"an hour of the day such as (?P<hour>[\d:]+)", _l("an hour of the day such as %(hour)s")),
    (r"an 18-character identity number", _l("an 18-character identity number")),
    (r"one phone number", _l("one phone number")),
    (r"no name or number in a row about a thing", _l("no name or number in a row about a thing")),
    (r"person, trip, place or goods", _l("person, trip, place or goods")),
    (
        r"(?:what the person is, )?such as 密接(?:, 次密接, 一般接触者)? or close contact",
        _l("what the person is, such as 密接 or close contact"),
    ),
    (
        r"a phone, an ID number or an address to find the person by",
        _l("a phone, an ID number or an address to find the person by"),
    ),
    (r"a flight, train or plate and a day", _l("a flight, train or plate, and a day")),
    (r"room for one passenger at least", _l("room for one passenger at least")),
    (r"the headquarters that asks", _l("the headquarters that asks")),
    (r"the place", _l("the place")),
    (r"yes or no", _l("yes or no")),
    (r"[^:]+: lacks the column (?P<columns>.+)", _l("the file lacks the column %(columns)s")),
    (
        r"[^:]+: has no column (?P<headers>[\w, ]+); expected user, from and until",
        _l("the file lacks the column %(headers)s"),
    ),
    (
        r"[^:]+: no column says who or what is asked for; expected headers such as (?P<examples>.+)",
        _l("no column of the file says who or what is asked for; expected headers such as %(examples)s"),
    ),
    (
        r"no column says who: expected one named 身份证号, 手机号 or person number",
        _l("no column says who: expected one named 身份证号, 手机号 or person number"),
    ),
)


def columns(text: str) -> str:
    """`site (隔离点代码)`: readers of Chinese know a column by its Chinese name alone."""
    return text if get_language() == "en" else re.sub(r"\w+ \(([^)]+)\)", r"\1", text)


def headers(text: str) -> str:
    """Columns of a roster by their names."""
    if get_language() == "en":
        return text
    chinese = {name: word for word, name in reversed(HEADERS.items()) if not word.isascii()}
    return "、".join(chinese.get(name, name) for name in text.split(", "))


GROUPS: dict[str, Callable[[str], str]] = {"columns": columns, "headers": headers}
