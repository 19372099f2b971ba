"""The words of minutes on pages: subjects, kinds of dates, and what the reader notes."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext_lazy

from liankong.exchange.minutes import DateKind, Subject, When

SUBJECTS: dict[Subject, Promise] = {
    Subject.SCREENING: pgettext_lazy("subject", "Testing"),
    Subject.TRACING: pgettext_lazy("subject", "Contact tracing"),
    Subject.INQUIRY: pgettext_lazy("subject", "Inquiries"),
    Subject.ISOLATION: pgettext_lazy("subject", "Isolation"),
    Subject.TRANSPORT: pgettext_lazy("subject", "Transport"),
    Subject.ZONES: pgettext_lazy("subject", "Zones"),
    Subject.HOSPITAL: pgettext_lazy("subject", "Hospitals and care"),
    Subject.SUPPLY: pgettext_lazy("subject", "Supply"),
    Subject.DOOR_KNOCK: pgettext_lazy("subject", "Door knocks"),
    Subject.PROTECTION: pgettext_lazy("subject", "Protection and disinfection"),
    Subject.VACCINATION: pgettext_lazy("subject", "Vaccination"),
    Subject.SURVEILLANCE: pgettext_lazy("subject", "Surveillance"),
    Subject.MOBILISATION: pgettext_lazy("subject", "Staff and volunteers"),
    Subject.PLANS: pgettext_lazy("subject", "Plans and guides"),
    Subject.COMMAND: pgettext_lazy("subject", "Command"),
    Subject.ENFORCEMENT: pgettext_lazy("subject", "Enforcement"),
    Subject.PUBLICITY: pgettext_lazy("subject", "Public information"),
    Subject.ECONOMY: pgettext_lazy("subject", "Economy and daily life"),
}
DATES: dict[DateKind, Promise] = {
    DateKind.FROM: pgettext_lazy("date", "from"),
    DateKind.BY: pgettext_lazy("date", "by"),
    DateKind.AT: pgettext_lazy("date", "on"),
}
REFUSED: dict[str, Promise] = {
    "id_number": _l("An ID number stood in this sentence. It is masked, and the sentence makes no order."),
    "phone": _l("A phone number stood in this sentence. It is masked, and the sentence makes no order."),
}
# What the reader says in English -> the words for it.
_NOTES: tuple[tuple[str, Promise], ...] = (
    (
        r"pinyin in brackets removed at (?P<n>\d+) places",
        _l("Pinyin in brackets was removed at %(n)s places."),
    ),
    (r"traditional script converted", _l("Traditional script was converted.")),
    (
        r"numbers of persons masked at (?P<n>\d+) places .*",
        _l("Numbers of persons were masked at %(n)s places."),
    ),
    (
        r"the day of meeting .* is not known.*",
        _l("The day of a meeting is not known: give it below and read again."),
    ),
    (r"no meeting was found", _l("No meeting was found in the text.")),
    (r"the day of the meeting is not known", _l("the day of the meeting is not known")),
    (r"the hour of the meeting is not known", _l("the hour of the meeting is not known")),
    (r"working days need the calendar of holidays", _l("working days need the calendar of holidays")),
    (r"there is no such day", _l("there is no such day")),
    (r"the file is larger than (?P<n>\d+) MB", _l("The file is larger than %(n)s MB.")),
    (r"expected a file of .*", _l("Expected a file of .txt, .html or .docx.")),
    (r"expected text in .*", _l("Expected text in UTF-8 or GB18030.")),
    (r"this is not a readable .*", _l("This is not a readable .docx document.")),
    (r"the document unpacks to .*", _l("The document is larger than a report of a meeting.")),
)


def noted(sentence: str) -> str:
    """What the reader says, in the user's language; a sentence that is not listed shows itself."""
    for pattern, words in _NOTES:
        match = re.fullmatch(pattern, sentence)
        if match:
            found = match.groupdict()
            return str(words) % found if found else str(words)
    return sentence


def reason_words(reason: str) -> str:
    """Why a sentence was set aside: in a person's words, or the reader's."""
    return str(REFUSED.get(reason, reason))


def subject_words(value: str) -> str:
    """A subject as words; an unknown one shows itself."""
    return str(SUBJECTS[Subject(value)]) if value in set(Subject) else value


def date_words(when: When) -> str:
    """明天中午12时前: by 2022-01-09 12:00."""
    if when.moment is None:
        return _("%(words)s: %(problem)s") % {"words": when.words, "problem": noted(when.problem)}
    moment = f"{when.moment:%Y-%m-%d %H:%M}"
    return _("%(words)s: %(kind)s %(moment)s") % {
        "words": when.words,
        "kind": DATES[when.kind],
        "moment": moment,
    }
