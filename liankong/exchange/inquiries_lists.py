"""Lists of inquiries as headquarters mail them, CSV or Excel, in; and the list of answers, out.

One row is one request. Columns are recognised by their usual names, Chinese or English; what is not recognised is set
aside and named. No message of this module holds a name or a number of a person.
"""

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path

from openpyxl import Workbook

from liankong.exchange.inquiries import Letter
from liankong.exchange.linelist import DuplicateRow, RejectedRow, RowError
from liankong.exchange.linelist_dates import DayError, DayReader
from liankong.exchange.linelist_values import CODES, plain
from liankong.exchange.mapping_headers import form
from liankong.exchange.tables import Row, Table, TableError, file_digest
from liankong.protocols.standing import IdentityField
from liankong.rules.inquiries_disclosure import names_somebody
from liankong.vocabulary.identifiers import IdentifierError, normalise_phone, parse_id_number
from liankong.vocabulary.kinds import InquirySubject, PersonClass
from liankong.vocabulary.spans import local

# Field -> usual headers, in the form in which headers are compared.
COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("函号", "协查函号", "文号", "来文编号", "协查编号", "编号", "number", "letternumber"),
    "serial": ("序号", "no", "serial", "row"),
    "sender": ("发函单位", "发函地区", "来函单位", "来函地区", "协查来源", "推送地区", "来源", "sender", "from"),
    "subject": ("协查对象类型", "对象类型", "协查类型", "subject", "subjectkind"),
    "name": ("姓名", "name"),
    "id_number": ("身份证号", "身份证号码", "证件号", "证件号码", "公民身份号码", "idnumber", "id"),
    "phone": ("电话", "联系电话", "手机", "手机号", "手机号码", "联系方式", "phone", "mobile"),
    "address": ("现住址", "住址", "地址", "居住地址", "现住地址", "目的地", "address"),
    "role": ("人员类别", "人员分类", "人员性质", "身份", "类别", "风险类别", "role", "class"),
    "last_exposed_at": (
        "末次暴露时间", "末次接触时间", "最后暴露时间", "最后接触时间", "暴露时间", "接触时间", "乘坐时间",
        "乘车时间", "乘机时间", "日期", "时间", "lastexposed", "lastexposure", "exposedat", "date",
    ),
    "what": (
        "暴露地点", "接触地点", "暴露场所", "接触情况", "暴露情况", "涉及场所", "协查内容", "情况说明", "场所",
        "what", "exposure", "place",
    ),
    "vehicle": ("航班号", "车次", "航班车次", "航班", "车次航班", "交通工具", "车牌号", "flight", "train", "vehicle"),
    "seat": ("座位号", "座位", "座位车厢", "seat"),
    "lot": ("批号", "批次", "货物批号", "lot", "batch"),
    "asks": ("协查要求", "管控要求", "工作要求", "要求", "asks", "request"),
}  # fmt: skip
SUBJECTS: dict[InquirySubject, tuple[str, ...]] = {
    InquirySubject.PERSON: ("person", "人", "人员", "个人"),
    InquirySubject.TRIP: ("trip", "航班", "车次", "行程", "交通工具", "同乘"),
    InquirySubject.PLACE: ("place", "场所", "地点"),
    InquirySubject.GOODS: ("goods", "货物", "物品", "冷链食品", "食品"),
}
_TIME = re.compile(r"(?:\s|T|日|号)(\d{1,2})\s*[:时点]\s*(\d{1,2})?")
_LENGTHS = {"what": 300, "vehicle": 40, "seat": 20, "lot": 60, "asks": 300, "number": 40, "sender": 120}
LONGEST = 5_000  # rows of one list


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row that can be taken. `digest` is of what it says, by which the same row is known again."""

    row: int
    letter: Letter
    digest: str


@dataclass(slots=True, kw_only=True)
class InquiryList:
    """The outcome of reading one file. `columns` says which column was taken as what, `unused` names the others."""

    file: str
    digest: str
    columns: dict[str, str]
    unused: tuple[str, ...]
    rows_in: int = 0
    accepted: list[ListRow] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    duplicate: list[DuplicateRow] = field(default_factory=list)

    @property
    def errors(self) -> list[RowError]:
        return [error for row in self.rejected for error in row.errors]

    @property
    def balances(self) -> bool:
        return self.rows_in == len(self.accepted) + len(self.rejected) + len(self.duplicate)

    def counts(self) -> dict[str, int]:
        return {
            "in": self.rows_in,
            "accepted": len(self.accepted),
            "rejected": len(self.rejected),
            "duplicate": len(self.duplicate),
        }


def read(
    path: Path, *, name: str = "", sender_name: str = "", role: PersonClass | None = None
) -> InquiryList:
    """Read a list. `sender_name` and `role` hold for rows that say none themselves; `name` is what the file is called.

    Raises `TableError` when the file is no table.
    """
    table = Table(path)
    columns = _columns(table.headers)
    if not columns.keys() & {"name", "id_number", "phone", "vehicle", "lot", "what"}:
        raise TableError(
            f"{name or path.name}: no column says who or what is asked for; "
            "expected headers such as 姓名, 联系电话, 车次"
        )
    found = InquiryList(
        file=name or path.name,
        digest=file_digest(path),
        columns={key: table.headers[at] for key, at in columns.items()},
        unused=tuple(header for at, header in enumerate(table.headers) if at not in columns.values()),
    )
    seen: dict[str, int] = {}
    for row in table.rows():
        found.rows_in += 1
        _take(row, columns, found, seen, sender_name=sender_name, role=role)
    return found


def _columns(headers: Sequence[str]) -> dict[str, int]:
    forms = [form(header) for header in headers]
    chosen: dict[str, int] = {}
    for key, names in COLUMNS.items():
        at = next((forms.index(name) for name in names if name in forms), None)
        if at is not None and at not in chosen.values():
            chosen[key] = at
    return chosen


def _take(
    row: Row,
    columns: Mapping[str, int],
    found: InquiryList,
    seen: dict[str, int],
    *,
    sender_name: str,
    role: PersonClass | None,
) -> None:
    if row.fault or found.rows_in > LONGEST:
        problem = row.fault or "lies beyond the end of a list"
        expected = "one cell for each column" if row.fault else f"at most {LONGEST} rows in one list"
        error = RowError(row.number, "row", "", problem, expected)
        found.rejected.append(RejectedRow(row.number, (error,), row.cells))
        return
    cells = {key: row.cells[at] for key, at in columns.items()}
    digest = _digest(cells, sender_name)
    if digest in seen:
        found.duplicate.append(DuplicateRow(row.number, seen[digest]))
        return
    reader = _Reader(row.number, cells, found.columns)
    letter = reader.letter(sender_name, role)
    if letter is None:
        found.rejected.append(RejectedRow(row.number, tuple(reader.errors), row.cells))
        return
    seen[digest] = row.number
    found.accepted.append(ListRow(row.number, letter, digest))


def _digest(cells: Mapping[str, str], sender_name: str) -> str:
    # The running number of a row is not what it says: the same person listed twice is one request.
    said = [f"{key}={cells[key]}" for key in sorted(cells) if key != "serial"]
    return hashlib.sha256("\0".join([sender_name, *said]).encode()).hexdigest()


class _Reader:
    """One row's cells on their way to a letter; what is wrong collects in `errors`."""

    def __init__(self, number: int, cells: Mapping[str, str], headers: Mapping[str, str]) -> None:
        self.number, self.cells, self.headers = number, cells, headers
        self.errors: list[RowError] = []

    def letter(self, sender_name: str, role: PersonClass | None) -> Letter | None:
        identity = self._identity()
        subject = self._subject(identity)
        sender = self._text("sender") or sender_name
        if not sender:
            self._wrong("sender", "is empty", "the headquarters that asks")
        exposed = self._moment()
        found = self._role(role) if subject is InquirySubject.PERSON else None
        self._complete(subject, identity, exposed)
        if subject is not InquirySubject.PERSON and identity:
            self._wrong("subject", "names a person", "no name or number in a row about a thing")
        letter = Letter(
            number="/".join(part for part in (self._text("number"), self.cells.get("serial", "")) if part)[
                :60
            ],
            subject=subject,
            sender_name=sender,
            role=found,
            what=self._text("what") or self._text("vehicle") or "–",
            last_exposed_at=exposed,
            vehicle=self._text("vehicle").upper(),
            seat=self._text("seat"),
            lot=self._text("lot"),
            asks=self._text("asks"),
            identity=identity,
        )
        return None if self.errors else letter

    def _wrong(self, key: str, problem: str, expected: str) -> None:
        self.errors.append(RowError(self.number, key, self.headers.get(key, ""), problem, expected))

    def _text(self, key: str) -> str:
        text = " ".join(self.cells.get(key, "").split())
        if len(text) > _LENGTHS.get(key, 300):
            self._wrong(key, "is too long", f"at most {_LENGTHS[key]} characters")
        elif text and names_somebody(text) is not None and key != "number":
            self._wrong(key, "holds an ID or phone number", "a text that names nobody")
        return text

    def _identity(self) -> dict[IdentityField, str]:
        values = {}
        if name := " ".join(self.cells.get("name", "").split()):
            values[IdentityField.NAME] = name
        if address := " ".join(self.cells.get("address", "").split()):
            values[IdentityField.ADDRESS] = address
        if number := self.cells.get("id_number", ""):
            try:
                values[IdentityField.ID_NUMBER] = parse_id_number(number).number
            except IdentifierError as error:
                self._wrong("id_number", error.fault.value, "an 18-character identity number")
        if phone := self.cells.get("phone", ""):
            try:
                values[IdentityField.PHONE] = normalise_phone(phone)
            except IdentifierError as error:
                self._wrong("phone", error.fault.value, "one phone number")
        return values

    def _subject(self, identity: Mapping[IdentityField, str]) -> InquirySubject:
        text = plain(self.cells.get("subject", ""))
        if text:
            for kind, names in SUBJECTS.items():
                if text in names:
                    return kind
            self._wrong("subject", "is not a known kind", "person, trip, place or goods")
        if identity or any(self.cells.get(key) for key in ("name", "id_number", "phone")):
            return InquirySubject.PERSON
        if self.cells.get("lot"):
            return InquirySubject.GOODS
        return InquirySubject.TRIP if self.cells.get("vehicle") else InquirySubject.PLACE

    def _role(self, otherwise: PersonClass | None) -> PersonClass | None:
        text = plain(self.cells.get("role", ""))
        if not text:
            if otherwise is None:
                self._wrong("role", "is empty", "what the person is, such as 密接 or close contact")
            return otherwise
        for kind, names in CODES["classification"].items():
            if text == kind or text in {plain(name) for name in names}:
                return PersonClass(kind)
        self._wrong("role", "is not a known code", "such as 密接, 次密接, 一般接触者 or close contact")
        return None

    def _moment(self) -> datetime | None:
        text = unicodedata.normalize("NFKC", self.cells.get("last_exposed_at", "")).strip()
        if not text:
            return None
        clock = _TIME.search(text)
        try:
            day = DayReader().read(text[: clock.start()] + ("日" if "月" in text else "") if clock else text)
            hour = time(int(clock[1]), int(clock[2] or 0)) if clock else time(0)
        except DayError as error:
            self._wrong("last_exposed_at", "is not a moment", error.expected)
        except ValueError:
            self._wrong("last_exposed_at", "is not a moment", "an hour of the day such as 14:30")
        else:
            return local(day, hour)
        return None

    def _complete(
        self, subject: InquirySubject, identity: Mapping[IdentityField, str], exposed: datetime | None
    ) -> None:
        """Enough to look for it."""
        reach = (IdentityField.ID_NUMBER, IdentityField.PHONE, IdentityField.ADDRESS)
        if subject is InquirySubject.PERSON and not self.errors and not any(key in identity for key in reach):
            self._wrong("phone", "is empty", "a phone, an ID number or an address to find the person by")
        if subject is InquirySubject.TRIP and not (self.cells.get("vehicle") and exposed):
            self._wrong("vehicle", "is not a whole trip", "a flight, train or plate and a day")
        if subject is InquirySubject.PLACE and not self.cells.get("what"):
            self._wrong("what", "is empty", "the place")
        if subject is InquirySubject.GOODS and not self.cells.get("lot"):
            self._wrong("lot", "is empty", "a lot or batch number")


# --- answers, out -----------------------------------------------------------------------------------------

ANSWER_COLUMNS = (
    ("number", "协查编号"),
    ("their_number", "来文编号"),
    ("sender", "发函单位"),
    ("receiver", "接收单位"),
    ("subject", "协查对象类型"),
    ("role", "人员类别"),
    ("state", "状态"),
    ("issued_at", "发出时间"),
    ("received_at", "接收时间"),
    ("controlled_at", "管控时间"),
    ("outcome", "处置结果"),
    ("answer", "反馈内容"),
    ("feedback_at", "反馈时间"),
    ("overdue_at", "超时时间"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(rows: Iterable[Mapping[str, str]]) -> bytes:
    """The answers as a workbook, one row an inquiry, headers in Chinese. Numbers and states only, nobody's name."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("协查反馈")
    sheet.freeze_panes = "A2"
    sheet.append([header for _key, header in ANSWER_COLUMNS])
    for row in rows:
        sheet.append([_cell(row.get(key, "")) for key, _header in ANSWER_COLUMNS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(text: str) -> str:
    # A spreadsheet runs what begins like a formula.
    return f"'{text}" if text.startswith(_FORMULA) else text
