"""Faults of lower floors in the reader's language.

The library says what is wrong in English sentences with values in them. Here is the list of those sentences; one
that is not on it is shown as it stands, so nothing is hidden.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from liankong.web import faults_lists
from liankong.web.faults_rules import quoted, refilled

# A sentence as it comes -> the words for it. Groups are carried over by name; groups are not translated.
SENTENCES: tuple[tuple[str, Promise], ...] = (
    # a value that might tell who somebody is
    (r"a number of (?P<count>\d+) digits", _l("a number of %(count)s digits")),
    (r"a text of (?P<count>\d+) characters?", _l("a text of %(count)s characters")),
    (r"at most (?P<most>\d+) characters", _l("at most %(most)s characters")),
    (r"(?P<least>\d+) to (?P<most>\d+) characters", _l("%(least)s to %(most)s characters")),
    # values of a line list
    (
        r"(?P<what>.+) is not a known code \(did you mean '(?P<near>.+)'\?\)",
        _l("%(what)s is not a known code; did you mean “%(near)s”?"),
    ),
    (r"(?P<what>.+) is not a known code", _l("%(what)s is not a known code")),
    (r"(?P<what>.+) is not a day", _l("%(what)s is not a day")),
    (r"(?P<what>.+) is not a whole day", _l("%(what)s is not a whole day")),
    (r"(?P<what>.+) is not an age", _l("%(what)s is not an age")),
    (r"(?P<what>.+) is not a possible age", _l("%(what)s is not a possible age")),
    (r"(?P<what>.+) is too early", _l("%(what)s is too early")),
    (r"(?P<what>.+) is too late", _l("%(what)s is too late")),
    (r"is empty", _l("is empty")),
    (r"names no case", _l("names no case")),
    (
        r"has (?P<found>\d+) cells where the header has (?P<wanted>\d+)",
        _l("has %(found)s cells where the header has %(wanted)s"),
    ),
    (r"cannot be split into cells \((?P<why>.+)\)", _l("cannot be split into cells (%(why)s)")),
    (
        r"this case stands already in row (?P<row>\d+) with other content in: (?P<fields>.+)",
        _l("this case stands already in row %(row)s, with other content in: %(fields)s"),
    ),
    (r"this case stands already with other content", _l("this case stands already with other content")),
    # what was expected
    (r"a code for one of (?P<known>.+)", _l("a code for one of %(known)s")),
    (r"a day that exists in the calendar", _l("a day that exists in the calendar")),
    (
        r"a day such as 2020-11-03 \(here it is unknown which number is the month\)",
        _l("a day such as 2020-11-03 (here it is unknown which number is the month)"),
    ),
    (r"a day such as 2020-11-03", _l("a day such as 2020-11-03")),
    (
        r"an English month name, or a day such as 2020-11-03",
        _l("an English month name, or a day such as 2020-11-03"),
    ),
    (
        r"an Excel day number between (?P<low>\d+) and (?P<high>\d+)",
        _l("an Excel day number between %(low)s and %(high)s"),
    ),
    (r"a whole day, not only a month or year.*", _l("a whole day, not only a month or year")),
    (r"such as 37, 20-29, <1, 80\+ or 8 months", _l("such as 37, 20-29, <1, 80+ or 8 months")),
    (r"0 to (?P<most>\d+) years", _l("0 to %(most)s years")),
    (r"the case's own identifier", _l("the case's own number")),
    (r"one row for each case", _l("one row for each case")),
    (r"one cell for each column.*", _l("one cell for each column; is a delimiter unquoted in a text?")),
    (r"a text that the pattern finds a case key in", _l("a text in which the pattern finds a case's number")),
    (
        r"a new case; correct the standing one on its own page",
        _l("a new case; correct the standing one on its own page"),
    ),
    (r"(?P<day>\S+) or later, by \[checks\] earliest", _l("%(day)s or later")),
    (r"(?P<day>\S+) or earlier, by \[checks\] latest", _l("%(day)s or earlier")),
    (r"the key of a case", _l("the number of a case")),
    (r"is not an accepted case of the line list", _l("is not an accepted case of the line list")),
    # notices
    (r"text without a case key", _l("text in which no case was found")),
    (r"link to a case that is not in the list", _l("link to a case that is not in the list")),
    (r"only a month or year is known, left empty", _l("only a month or year is known, left empty")),
    # a mapping
    (
        r"column '(?P<column>.+)' can be read as d/m/y and as m/d/y \((?P<n>\d+) days, .+\)",
        _l("the %(n)s days of “%(column)s” can be read as day/month/year and as month/day/year"),
    ),
    (
        r"column '(?P<column>.+)' holds days that are only d/m/y and days that are only m/d/y",
        _l("“%(column)s” holds days that are only day/month/year and days that are only month/day/year"),
    ),
    (r"format = \"d/m/y\" or format = \"m/d/y\"", _l("a choice: which number is the month")),
    (r"'\?' is not a format", _l("it is open which number is the month")),
    (r"there is no column '(?P<column>.+?)'.*", _l("there is no column “%(column)s”")),
    (r"is '\?'.*", _l("is still open")),
    (r"is missing", _l("is missing")),
    (r"the column that identifies a case", _l("the column that identifies a case")),
    (
        r"is not a regular expression \(nothing to repeat at position 0\)",
        _l("it is open what surrounds a case's number in this text"),
    ),
    (r"is not a regular expression \((?P<why>.+)\)", _l("is not a pattern (%(why)s)")),
    (r"has no group named (?P<group>\w+)", _l("has no group named %(group)s")),
    (r"does not say where its value is", _l("does not say where its value is")),
    (r"names both orders of day and month", _l("names both orders of day and month")),
    (r"valid TOML", _l("valid TOML")),
    (r"one of (?P<known>.+)", _l("one of %(known)s")),
    # a file
    (
        r"(?P<file>[^:]+): has a password; expected a workbook without one",
        _l("%(file)s has a password: save it without one"),
    ),
    (
        r"(?P<file>[^:]+): is not a readable workbook.*",
        _l("%(file)s is not a readable workbook: save it as .xlsx"),
    ),
    (
        r"(?P<file>[^:]+): row (?P<row>\d+) holds no column names",
        _l("Row %(row)s of %(file)s holds no column names"),
    ),
    (
        r"(?P<file>[^:]+): row (?P<row>\d+) opens a quotation mark that is never closed",
        _l("Row %(row)s of %(file)s opens a quotation mark that is never closed"),
    ),
    (
        r"(?P<file>[^:]+): is neither UTF-8 nor GB18030.*",
        _l("%(file)s is neither UTF-8 nor GB18030: state its encoding"),
    ),
    (
        r"(?P<file>[^:]+): near row (?P<row>\d+): is not (?P<encoding>\S+) text;.*",
        _l("Near row %(row)s, %(file)s is not %(encoding)s text: state its encoding"),
    ),
    (r"(?P<file>[^:]+): has no sheet '(?P<sheet>.+)'; .*", _l("%(file)s has no sheet “%(sheet)s”")),
    (
        r"(?P<file>[^:]+): the mapping's \[links\] file is not beside .+",
        _l("The mapping names the file of links %(file)s: upload it together with the list"),
    ),
    # changes on record
    (r"post (?P<n>\d+) created", _l("post %(n)s created")),
    (r"founded from (?P<when>\S+)", _l("founded from %(when)s")),
    (r"rearranged from (?P<when>\S+)", _l("rearranged from %(when)s")),
    (r"dissolved at (?P<when>\S+)", _l("dissolved at %(when)s")),
    (r"created", _l("created")),
    (r"enabled", _l("let in")),
    (r"disabled", _l("kept out")),
    (r"password set", _l("new temporary password")),
    # orders that rules issue, and their proofs
    (r"Single re-swab at the door: tube (?P<code>.+)", _l("Single re-swab at the door: tube %(code)s")),
    (r"this note was taken already", _l("this note was taken already")),
    (r"whoever comes in takes it, not its writer", _l("whoever comes in takes it, not its writer")),
    (r"no user of this name is in sight", _l("no user of this name is in sight")),
    (
        r"whoever is on duty holds a post in this organisation",
        _l("whoever is on duty holds a post in this organisation"),
    ),
    (r"this user is on duty already at that time", _l("this user is on duty already at that time")),
    (r"a stay ends after it begins", _l("a stay ends after it begins")),
    (r"a stay lies in the past", _l("a stay lies in the past")),
    (
        r"say where: a place of the register, a place in words, or a vehicle",
        _l("say where: a place of the register, a place in words, or a vehicle"),
    ),
    (
        r"an ID number has no place in an order: give the person's number in the register",
        _l("an ID number has no place in an order: give the person's number in the register"),
    ),
    (
        r"a mobile phone number has no place in an order: give the person's number in the register",
        _l("a mobile phone number has no place in an order: give the person's number in the register"),
    ),
    (r"the code of a site in your jurisdiction", _l("the code of a site in your jurisdiction")),
    (r"the code of a body in your jurisdiction", _l("the code of a body in your jurisdiction")),
    (r"Direct report of case (?P<number>.+)", _l("Direct report of case %(number)s")),
    (r"Track of case (?P<number>.+)", _l("Track of case %(number)s")),
    (r"Preliminary report of case (?P<number>.+)", _l("Preliminary report of case %(number)s")),
    (r"Missed checks of contact (?P<number>.+)", _l("Missed checks of contact %(number)s")),
    (r"Take person (?P<number>.+) to an isolation site", _l("Take person %(number)s to an isolation site")),
    (r"Take person (?P<number>.+) to hospital", _l("Take person %(number)s to hospital")),
    (
        r"Begin home isolation of person (?P<number>.+)",
        _l("Begin home isolation of person %(number)s"),
    ),
    (
        r"Begin home monitoring of person (?P<number>.+)",
        _l("Begin home monitoring of person %(number)s"),
    ),
    (
        r"Zone (?P<number>.+): test everybody inside before lifting",
        _l("Zone %(number)s: test everybody inside before lifting"),
    ),
    (r"Zone (?P<number>\S+): (?P<issued>.+)", _l("Zone %(number)s: %(issued)s")),
    (r"Expert review of case (?P<number>.+)", _l("Expert review of case %(number)s")),
    (r"Missed checks of contact (?P<number>\d+)", _l("Missed checks of contact %(number)s")),
    (r"reported", _l("has been reported")),
    (r"track confirmed", _l("the track is confirmed")),
    (r"preliminary report filed", _l("the preliminary report is filed")),
    (r"at home", _l("under care at home")),
    (r"the zone has ended", _l("the zone has ended")),
    (r"the case was excluded", _l("the case was excluded")),
    (r"households", _l("households")),
    (r"people", _l("people")),
    (r"people negative", _l("people negative")),
    (r"positive points", _l("positive points")),
    # what rules write of zones, sources and letters
    (r"exception: (?P<words>.+) \((?P<what>\d+ of \d+ met.*)\)", _l("by exception: %(words)s (%(what)s)")),
    (r"another source was taken", _l("another source was taken")),
    (r"exposure to a case", _l("exposure to a case")),
    (r"the sender's own record of the person", _l("the sender's own record of the person")),
    (r"row (?P<row>\d+) of a list", _l("row %(row)s of a list")),
    (r"the next one's receipt is in", _l("the next one's receipt is in")),
    (r"household members", _l("household members")),
    (r"occupation and registered address", _l("occupation and registered address")),
    (r"health, tests and vaccination", _l("health, tests and vaccination")),
    (r"other stays than the exposure", _l("other stays than the exposure")),
    (r"who the case is", _l("who the case is")),
    # the course of a case
    (r"a moment not in the future", _l("a moment not in the future")),
    (r"a moment not before the admission", _l("a moment not before the admission")),
    (r"a day not before \w+ \((?P<day>\S+)\)", _l("a day not before %(day)s")),
    (r"a day not after (?P<day>\S+)", _l("a day not after %(day)s")),
    (
        r"a day of death and the outcome dead together",
        _l("a day of death and the outcome dead together"),
    ),
    (r"the same day as outcome_day", _l("the same day as that of the outcome")),
    (
        r"cured: only the asymptomatic are released",
        _l("cured: only the asymptomatic are released"),
    ),
    (
        r"released: the asymptomatic are not cured",
        _l("released: the asymptomatic are not cured"),
    ),
    (r"none, because the case is \w+", _l("none: only a confirmed case has a severity")),
    # a figure of a bulletin
    (
        r"window '(?P<window>.+)' is no baseline for a bulletin of (?P<day>\S+)",
        _l("%(window)s is no baseline for a bulletin of %(day)s"),
    ),
    (r"no wording for .+", _l("a bulletin has no words for this figure")),
    # needs, baskets, disinfection: titles and proofs that rules write
    (r"Emergency · (?P<where>.+)", _l("Emergency · %(where)s")),
    (r"Birth · (?P<where>.+)", _l("Birth · %(where)s")),
    (r"Dialysis · (?P<where>.+)", _l("Dialysis · %(where)s")),
    (r"Cancer care · (?P<where>.+)", _l("Cancer care · %(where)s")),
    (r"Medicine · (?P<where>.+)", _l("Medicine · %(where)s")),
    (r"Oxygen · (?P<where>.+)", _l("Oxygen · %(where)s")),
    (r"Visit to a clinic · (?P<where>.+)", _l("Visit to a clinic · %(where)s")),
    (r"Food · (?P<where>.+)", _l("Food · %(where)s")),
    (r"Things for a baby · (?P<where>.+)", _l("Things for a baby · %(where)s")),
    (r"Somebody alone and infirm · (?P<where>.+)", _l("Somebody alone and infirm · %(where)s")),
    (r"Water, power or heating · (?P<where>.+)", _l("Water, power or heating · %(where)s")),
    (r"Need · (?P<where>.+)", _l("Need · %(where)s")),
    (r"Standard basket · (?P<where>.+)", _l("Standard basket · %(where)s")),
    (r"Basket for infants · (?P<where>.+)", _l("Basket for infants · %(where)s")),
    (r"Medicine kit · (?P<where>.+)", _l("Medicine kit · %(where)s")),
    (r"Terminal disinfection · (?P<where>.+)", _l("Terminal disinfection · %(where)s")),
    (r"Environment samples · Terminal disinfection", _l("Environment samples · Terminal disinfection")),
    (r"Environment samples · (?P<where>.+)", _l("Environment samples · %(where)s")),
    (r"Environment samples", _l("Environment samples")),
    (r"Terminal disinfection", _l("Terminal disinfection")),
    (r"Need", _l("Need")),
    (r"Standard basket", _l("Standard basket")),
    (r"Basket for infants", _l("Basket for infants")),
    (r"Medicine kit", _l("Medicine kit")),
    (r"Care was refused: order (?P<order>\d+)", _l("Care was refused: order %(order)s")),
    (
        r"Care was not answered in time: order (?P<order>\d+)",
        _l("Care was not answered in time: order %(order)s"),
    ),
    (
        r"(?P<positive>\d+) of (?P<samples>\d+) points positive",
        _l("%(positive)s of %(samples)s points positive"),
    ),
    # work that went wrong
    (
        r"something went wrong; nothing was imported",
        _l("something went wrong; nothing was imported"),
    ),
    (r"this needs the permission (?P<name>\S+),.*", _l("this needs the permission %(name)s")),
    # what holds inside a zone, on the order that puts it in force
    (r"(?P<name>[^·]+) · (?P<issued>[A-Z][^·:]+): (?P<measure>.+)", _l("%(name)s · %(issued)s: %(measure)s")),
)
# What groups of a sentence hold, where it is more than a value.
GROUPS: dict[str, Callable[[str], str]] = {"issued": quoted, "measure": quoted, **faults_lists.GROUPS}


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], Promise], ...]:
    return tuple((re.compile(pattern, re.S), words) for pattern, words in (*SENTENCES, *faults_lists.LISTED))


def _shown(value: str | None) -> str:
    """A value of a sentence: moments in the field's time, everything else as it is."""
    if value and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*", value):
        return timezone.localtime(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M")
    return value or ""


def say(text: str) -> str:
    """A fault's sentence in the reader's language, its values as they are."""
    for pattern, words in _compiled():
        match = pattern.fullmatch(text)
        if match is not None:
            found = match.groupdict()
            told = GROUPS | {"what": say}
            return str(words) % {name: told.get(name, _shown)(found[name]) for name in found}
    return refilled(text) or (str(_(text)) if text else "")
