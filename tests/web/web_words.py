"""What a page says: its visible words, those for screen readers, and which of them are of another language."""

import re
from html.parser import HTMLParser

# Elements that hold no words of the interface: code, keys, numbers of machines, and what people pasted.
WORDLESS = {"script", "style", "code", "kbd", "samp", "pre", "textarea", "svg", "datalist"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "path", "source", "wbr"}
SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-confirm", "data-label", "hx-confirm", "aria-valuetext")
CHINESE = re.compile(r"[㐀-鿿]+")
# A word of English: letters alone. `T1`, `P3`, `a.b@c`, `CN-COV-v8` and `2022-01-08T12:00` are none.
ENGLISH = re.compile(r"(?<![\w.@/\\#&{=:·-])[A-Za-z][A-Za-z'’]+(?![\w@/\\}=-]|\.\w|:\w)")


class _Reader(HTMLParser):
    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, self.words, self._open = language, [], []  # type: str, list[str], list[tuple[str, bool]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        lang = given.get("lang", self.language)
        foreign = not lang.startswith(self.language[:2]) or tag in WORDLESS or "lk-mono" in given.get("class", "").split()
        if not foreign and not self._hidden:
            spoken = [given.get(name, "") for name in SPOKEN]
            spoken += [value for name, value in given.items() if name.startswith("data-word")]
            spoken += [given.get("value", "")] if given.get("type") in ("submit", "button") else []
            self.words += [text for text in spoken if text]
        if tag not in VOID:
            self._open.append((tag, foreign))

    def handle_endtag(self, tag: str) -> None:
        while self._open and tag in (name for name, _hidden in self._open):
            if self._open.pop()[0] == tag:
                break

    @property
    def _hidden(self) -> bool:
        return any(foreign for _tag, foreign in self._open)

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(" ".join(data.split()))


def words_of(html: str, language: str) -> list[str]:
    """Every text of a page that a reader of `language` (zh or en) sees or hears. Parts in a language of their own,
    marked by `lang`, are left out.
    """
    reader = _Reader(language)
    reader.feed(html)
    return reader.words


def english_in(text: str, known: set[str]) -> list[str]:
    """The English words of a text that are not known names or abbreviations."""
    return [word for word in ENGLISH.findall(text) if word.lower() not in known]


def chinese_in(text: str, known: str) -> list[str]:
    """The Chinese words of a text that do not stand in the known names."""
    return [word for word in CHINESE.findall(text) if word not in known]
