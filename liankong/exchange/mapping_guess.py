"""A first mapping for a file nobody has described yet, from its headers and its values.

A guess is a start. What could not be told is left as a question: where the answer is a key of the mapping, it is
"?", and the mapping does not load until a person has put something else there; values that are no code or no age
reject their rows until the mapping says what they mean.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from liankong.exchange.linelist_dates import DayError, DayReader, PartialDayError, find_order
from liankong.exchange.linelist_values import KINDS, ValueProblemError, code_table, plain, read_age
from liankong.exchange.mapping_headers import HEADERS, PERSONAL_HEADERS, UNDIRECTED, form
from liankong.exchange.mapping_model import AGES, DAYS
from liankong.exchange.mapping_write import GuessedField, write
from liankong.exchange.tables import Table, TableOptions

_SAMPLE_ROWS = 5000
_HEADER_SEARCH = 20
_MISSING_WORDS = frozenset(
    plain(word)
    for word in (
        "NA", "N/A", "#N/A", "NaN", "null", "none", "nil", "-", "--", "---", "—", "——", "/", "?", "??", ".",
        "unknown", "unk", "missing", "not known", "X", "C", "不详", "未知", "无", "空", "不明", "待查",
    )
)  # fmt: skip
_SINGLE_LETTERS = frozenset("xc")  # missing only where they stand among days or ages
_LATIN_PART = 5  # shorter words ("date", "no") stand in too many headers
_NUMBERED_KEY = re.compile(r"(.*?)(\d+)")


@dataclass(frozen=True, slots=True)
class Guess:
    """`toml` is the mapping's text; `fields` what was guessed and why; `questions` what a person must settle
    before it loads; `unused` columns that were not recognised.
    """

    toml: str
    fields: tuple[GuessedField, ...]
    questions: tuple[str, ...]
    unused: tuple[str, ...]


@dataclass(slots=True)
class _Column:
    """A column's sampled values: `values` counts those that are not missing words."""

    index: int
    header: str
    values: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    @property
    def filled(self) -> int:
        return self.values.total()

    def share(self, fits: Callable[[str], bool]) -> float:
        """The share of filled cells that fit."""
        if not self.values:
            return 0.0
        return sum(n for value, n in self.values.items() if fits(value)) / self.filled

    def unfit(self, fits: Callable[[str], bool]) -> list[str]:
        return [value for value in self.values if not fits(value)]


def guess(path: Path | str, *, options: TableOptions | None = None, title: str = "") -> Guess:
    """Propose a mapping for a CSV or Excel file. Reads at most 5,000 rows. Raises `TableError`."""
    path = Path(path)
    options = options or TableOptions()
    if options.header_row == 1:
        options = replace(options, header_row=_header_row(path, options))
    table = Table(path, options)
    columns = _sample(table)
    chosen = _choose(columns)
    missing = _missing_words(chosen)
    guessed = [_describe(name, column, chosen) for name, column in chosen.items()]
    personal = _personal(columns, set(chosen.values_indices))
    used = {column.index for column in chosen.values()} | {column.index for column in personal.values()}
    text = write(
        title=title or path.stem,
        table=table,
        missing=missing,
        fields=guessed,
        personal={name: column.header for name, column in personal.items()},
        unused=[column.header for column in columns if column.index not in used],
    )
    questions = [f"fields.{one.name}: {one.question}" for one in guessed if one.question]
    if "key" not in chosen:
        questions.insert(0, "fields.key: no column identifies each case; name one, or set row_number = true")
    unused = tuple(column.header for column in columns if column.index not in used)
    return Guess(text, tuple(guessed), tuple(questions), unused)


def _header_row(path: Path, options: TableOptions) -> int:
    """The first row that is about as wide as the table: titles above it fill one or two cells."""
    rows = Table(path, options).first_rows(_HEADER_SEARCH)
    widths = {number: sum(bool(cell.strip()) for cell in cells) for number, cells in rows}
    widest = max(widths.values(), default=0)
    return next((number for number, width in widths.items() if width and width >= 0.6 * widest), 1)


def _sample(table: Table) -> list[_Column]:
    columns = [_Column(index, header) for index, header in enumerate(table.headers)]
    for row in islice(table.rows(), _SAMPLE_ROWS):
        if row.fault:
            continue
        for column in columns:
            cell = row.cells[column.index]
            if cell:
                (column.missing if plain(cell) in _MISSING_WORDS else column.values)[cell] += 1
    for column in columns:
        # A column of codes may use X or C as codes like any other.
        if not _mostly_days_or_ages(column):
            for value in [value for value in column.missing if plain(value) in _SINGLE_LETTERS]:
                column.values[value] = column.missing.pop(value)
    return columns


def _mostly_days_or_ages(column: _Column) -> bool:
    return column.share(_is_day) >= 0.6 or column.share(_is_age) >= 0.6


def _is_day(value: str) -> bool:
    for order in ("d/m/y", "m/d/y"):
        try:
            DayReader(order, serials=True, year=2000).read(value)
        except PartialDayError:
            return True
        except DayError:
            continue
        return True
    return False


def _is_age(value: str) -> bool:
    try:
        read_age(value)
    except ValueProblemError:
        return False
    return True


def _is_code(name: str) -> Callable[[str], bool]:
    table = code_table(name, None)
    return lambda value: plain(value) in table


class _Choice(dict[str, _Column]):
    """Field -> its column."""

    @property
    def values_indices(self) -> set[int]:
        return {column.index for column in self.values()}


def _choose(columns: list[_Column]) -> _Choice:
    chosen = _Choice()
    for name, headers in HEADERS.items():
        ranked = sorted(
            (rank, column.index, column)
            for column in columns
            if column.index not in chosen.values_indices
            and (rank := _rank(column.header, headers, loosely=name in DAYS)) is not None
            and _fits(name, column, known=rank < 100)
        )
        if ranked:
            chosen[name] = ranked[0][2]
    return chosen


def _rank(header: str, known: tuple[str, ...], *, loosely: bool = True) -> int | None:
    """0.. for a known name (earlier is better), 100.. for a header that begins or ends with one.

    `loosely` False: only Chinese names may be part of a longer header, which often ends in a remark.
    """
    wanted = form(header)
    if wanted in known:
        return known.index(wanted)
    for place, name in enumerate(known):
        long_enough = (loosely and len(name) >= _LATIN_PART) if name.isascii() else len(name) >= 2
        if long_enough and (wanted.startswith(name) or wanted.endswith(name)):
            return 100 + place
    return None


def _fits(name: str, column: _Column, *, known: bool) -> bool:
    if name == "key":
        return bool(column.values) and len(column.values) >= 0.8 * column.filled
    if name in DAYS:
        return column.share(_is_day) >= 0.6
    if name in AGES:
        return column.share(_is_age) >= 0.6
    if name in KINDS:
        return column.share(_is_code(name)) > (0 if known else 0.5)
    return True


def _personal(columns: list[_Column], used: set[int]) -> dict[str, _Column]:
    found: dict[str, _Column] = {}
    for name, headers in PERSONAL_HEADERS.items():
        for column in columns:
            rank = _rank(column.header, headers, loosely=False)
            if column.index not in used and name not in found and rank is not None:
                found[name] = column
    return found


def _missing_words(chosen: _Choice) -> list[str]:
    """Words found in the chosen columns. A letter that means missing among days means it among codes too."""
    words = dict.fromkeys(value for column in chosen.values() for value in column.missing)
    for name, column in chosen.items():
        if name in KINDS:
            for value in [value for value in column.values if value in words]:
                column.missing[value] = column.values.pop(value)
    return ["", *words]


def _describe(name: str, column: _Column, chosen: _Choice) -> GuessedField:
    found = GuessedField(
        name=name, column=column.header, sure=(_rank(column.header, HEADERS[name]) or 0) < 100
    )
    if name in DAYS:
        return _describe_days(found, column)
    if name in KINDS:
        return _describe_codes(found, column)
    if name == "infectors":
        return _describe_links(found, column, chosen.get("key"))
    if name in AGES and column.unfit(_is_age):
        count = len(column.unfit(_is_age))
        found.question = "1 value is not an age" if count == 1 else f"{count} different values are not ages"
    return found


def _describe_days(found: GuessedField, column: _Column) -> GuessedField:
    finding = find_order(column.values)
    if finding.mixed:
        found.question = (
            "some days can only be d/m/y, others only m/d/y; set the right one, the others are rejected"
        )
    elif finding.ambiguous and finding.decided is None:
        found.question = "every day can be read as d/m/y and as m/d/y; set format to the right one"
    order = "?" if found.question else finding.decided
    formats = ([order] if order else []) + (["excel"] if finding.serials else [])
    found.keys["format"] = formats[0] if len(formats) == 1 else formats or "iso"
    if any(re.fullmatch(r"\d{1,2}月\d{1,2}[日号]?", value) for value in column.values):
        found.question = "days without a year; set year = ..."
        found.keys["year"] = "?"
    if any(_is_partial(value) for value in column.values):
        found.keys["partial"] = "empty"
        found.note = "some cells give only a month or a year: left empty"
    return found


def _is_partial(value: str) -> bool:
    try:
        DayReader("d/m/y", serials=True).read(value)
    except PartialDayError:
        return True
    except DayError:
        return False
    return False


def _describe_codes(found: GuessedField, column: _Column) -> GuessedField:
    table = code_table(found.name, None)
    values: dict[str, list[str]] = {}
    unknown = []
    for value in column.values:
        kind = table.get(plain(value))
        if kind is None:
            unknown.append(value)
        else:
            values.setdefault(kind.value, []).append(value)
    found.keys["values"] = values
    if unknown:
        kinds = ", ".join(kind.value for kind in KINDS[found.name])
        said = (
            "1 code is not known; give it"
            if len(unknown) == 1
            else f"{len(unknown)} codes are not known; give each"
        )
        found.question = f"{said} under one of {kinds}"
        found.unknown = tuple(unknown[:20])
    return found


def _describe_links(found: GuessedField, column: _Column, key: _Column | None) -> GuessedField:
    keys = set(key.values) if key else set()
    if form(column.header) in UNDIRECTED:
        found.keys["direction"] = "related"
        found.note = "related cases: each pair is directed from the earlier onset to the later"
    if column.share(lambda value: value in keys) == 1:
        return found
    shapes = Counter(
        match[1] for value in keys if (match := _NUMBERED_KEY.fullmatch(value)) is not None
    ).most_common(1)
    if not shapes:
        found.question = "a pattern with (?P<key>...) is needed to find case keys in this text"
        found.keys["pattern"] = "?"
        return found
    prefix = shapes[0][0]
    if prefix and column.share(lambda value: prefix in value) > 0.5:
        found.keys["pattern"] = f"(?P<key>{re.escape(prefix)}\\d+)"
    else:
        found.keys["pattern"] = r"(?P<key>\d+)"
        if prefix:
            found.keys["key"] = prefix + "{key}"
    found.sure = False
    return found
