"""From a page as it was found to plain simplified text, without losing where each character stood.

Handles what public copies of bulletins are really like: HTML, a front matter, traditional script, full-width
digits, and pinyin in brackets that a broken converter left behind some characters ("疫情防(fáng)控").
"""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class CleanText:
    """`text` in simplified script; `offsets[i]` is where character i stands in the source."""

    text: str
    offsets: tuple[int, ...]
    title: str  # from the front matter, or empty
    published: str  # the front matter's or byline's date line, or empty
    notes: tuple[str, ...] = ()

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The span [start, end) of the source from which this span of the clean text comes."""
        if start >= end:
            return (0, 0)
        return self.offsets[start], self.offsets[end - 1] + 1


_BREAK = re.compile(r"</?(?:p|br|div|tr|li|h\d)\b[^>]*>", re.I)
_SKIP = re.compile(r"<!--.*?-->|<(style|script)\b.*?</\1>", re.I | re.S)
_TAG = re.compile(r"<[^<>]*>")
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]+\d*);", re.I)
_FRONT_MATTER = re.compile(r"\A\s*---\n(.*?)\n---\n", re.S)
# Latin letters with tone marks (or bare) in brackets right after a Chinese character
_PINYIN = re.compile(r"(?<=[\u3400-\u9fff])[(（][a-zü\u00e0-\u01dc\u0261]{1,6}[)）]")
# headlines set a space where the body sets a comma
_GAP = re.compile(r"(?<=[例人诊者院病])[ \u3000]+(?=[\u3400-\u9fff])")
_COMMENT_LINE = re.compile(r"^#[^\n]*$", re.M)

_PUNCTUATION = str.maketrans({",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "【": "（", "】": "）",
                              "~": "—", "-": "—", "–": "—", "－": "—", "─": "—", "～": "—", "|": "。", "丨": "。",
                              "!": "。", "！": "。", "?": "。", "？": "。", "﹐": "，", "、": "、"})  # fmt: skip
_DROPPED = {" ", "\t", "\u3000", "\u00a0", "\u200b", "\ufeff", "\r", "*"}


def clean(source: str) -> CleanText:
    """Strip, simplify and unify; paragraphs are kept as line breaks."""
    title, published = _front_matter(source)
    notes: tuple[str, ...] = ()
    pieces: list[str] = []
    offsets: list[int] = []

    def put(text: str, at: int) -> None:
        for character in text:
            pieces.append(character)
            offsets.append(at)

    skipped = _skipped(source)
    pinyin = 0
    position = 0
    while position < len(source):
        rule = skipped.get(position)
        if rule is not None:
            end, replacement, kind = rule
            put(replacement, position)
            pinyin += kind == "pinyin"
            position = end
            continue
        put(_unified(source[position]), position)
        position += 1
    if pinyin:
        notes = (*notes, f"pinyin in brackets removed at {pinyin} places")
    text, kept = _tidy("".join(pieces), offsets)
    if _traditional(source):
        notes = (*notes, "traditional script converted")
    return CleanText(text=text, offsets=tuple(kept), title=_plain(title), published=published, notes=notes)


def simplified(text: str) -> str:
    """Simplified script, character by character, so that positions hold."""
    return "".join(_simple(character) for character in text)


@lru_cache(maxsize=1)
def _converter() -> Any:
    """Loaded at first use: its tables take a moment."""
    return import_module("opencc").OpenCC("t2s")


@lru_cache(maxsize=30_000)
def _simple(character: str) -> str:
    if not "\u3400" <= character <= "\u9fff":
        return character
    converted: str = _converter().convert(character)
    return converted if len(converted) == 1 else character


def _traditional(source: str) -> bool:
    """Several in a hundred: one rare variant in a personal name is no traditional text."""
    characters = [character for character in source if "\u3400" <= character <= "\u9fff"]
    changed = sum(_simple(character) != character for character in characters)
    return changed * 50 > len(characters)


def _unified(character: str) -> str:
    if character in _DROPPED:
        return ""
    if "\uff01" <= character <= "\uff5e":  # full-width ASCII
        character = unicodedata.normalize("NFKC", character)
    return _simple(character.translate(_PUNCTUATION))


def _plain(text: str) -> str:
    return "".join(_unified(character) for character in text)


def _skipped(source: str) -> dict[int, tuple[int, str, str]]:
    """Where something is not text: start -> (end, what to put instead, why)."""
    found: dict[int, tuple[int, str, str]] = {}
    front = _FRONT_MATTER.match(source)
    if front:
        found[0] = (front.end(), "", "front matter")
    for pattern, replacement, kind in (
        (_COMMENT_LINE, "", "comment"),
        (_SKIP, "", "markup"),
        (_BREAK, "\n", "break"),
        (_TAG, "", "markup"),
        (_PINYIN, "", "pinyin"),
        (_GAP, "，", "gap"),
    ):
        for match in pattern.finditer(source):
            found.setdefault(match.start(), (match.end(), replacement, kind))
    for match in _ENTITY.finditer(source):
        found.setdefault(match.start(), (match.end(), _plain(html.unescape(match[0])), "entity"))
    return found


def _front_matter(source: str) -> tuple[str, str]:
    front = _FRONT_MATTER.match(source)
    if front is None:
        return "", ""
    fields = dict(re.findall(r"^(title|date):\s*'?(.*?)'?$", front[1], re.M))
    return fields.get("title", ""), fields.get("date", "")


def _tidy(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    """No empty lines, none at either end."""
    kept: list[str] = []
    kept_offsets: list[int] = []
    for character, at in zip(text, offsets, strict=True):
        if character == "\n" and (not kept or kept[-1] == "\n"):
            continue
        kept.append(character)
        kept_offsets.append(at)
    return "".join(kept), kept_offsets
