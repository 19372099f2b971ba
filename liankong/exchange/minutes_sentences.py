"""What a single sentence of minutes is: a directive or a report, about what, under which title."""

import re
from collections.abc import Collection

from liankong.exchange.minutes_lists import first_cue, tells
from liankong.exchange.minutes_model import Subject
from liankong.exchange.minutes_words import in_order, words

_DECIDED = "|".join(words("directive", "decided"))
_SPEECH = re.compile(
    rf"[^。；]{{0,160}}?(?:(?P<decided>{_DECIDED})(?:[，：]|事项如下：|(?=要|从|自|成立|由))"
    rf"|(?P<said>{'|'.join(words('directive', 'speech'))})(?:(?=要)|[^，：。；“”要]{{0,12}}[，：]))"
)
_REPORT = re.compile("|".join(words("directive", "reports")))
_ENDS = re.compile(r"[。！；][”』」’）]*$")
_OPENS = re.compile(r"^(?:同时|此外|另外|当前)?(?:还要|也要|要)?(?=[^求点闻])")
# A day or "under the guidance of …" says nothing of what is to be done.
_CIRCUMSTANCE = re.compile(r"(?:从|自)?[\d年月日时分点：零至]+(?:起|前|内)?|在.*(?:下|中|上|前|时|同时)")
LONGEST_TITLE, SHORTEST_TITLE = 40, 4
HEAD_COUNTS = 3


def spoken(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The directive in a sentence at [start, end), without the words that say who spoke; None if it is a report."""
    sentence = text[start:end]
    if not _ENDS.search(sentence):
        return None
    at, decided = start, False
    while (speech := _SPEECH.match(text, at, end)) is not None:
        verb = "decided" if speech["decided"] else "said"
        if tells(text[at : speech.start(verb)]):
            break
        at, decided = speech.end(), verb == "decided"
    said = text[at:end]
    report = _REPORT.search(said)
    cue = first_cue(said)
    if report and (cue is None or report.start() < cue):
        return None
    return (at, end) if decided or tells(said) else None


def subjects(words_of: str) -> tuple[Subject, ...]:
    """What a sentence is about, the main subject first. A word in its first clause counts three times."""
    head = re.split("[，。；：]", words_of, maxsplit=1)[0]
    scores: dict[Subject, int] = {}
    for name, group in in_order("subject").items():
        score = sum((word in words_of) + (HEAD_COUNTS - 1) * (word in head) for word in group)
        if score:
            scores[Subject(name)] = score
    return tuple(sorted(scores, key=lambda subject: -scores[subject]))


def title_of(words_of: str, persons: Collection[str]) -> str:
    """The first clause that names no person, at most 40 characters long; "" when each names one."""
    for clause in re.split(r"[，。；：！\n]", words_of):
        words_left = _OPENS.sub("", clause)
        if len(words_left) < SHORTEST_TITLE or _CIRCUMSTANCE.fullmatch(words_left):
            continue
        if not any(name in words_left for name in persons):
            return words_left[:LONGEST_TITLE]
    return ""
