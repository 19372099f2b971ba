"""Identifiers of people: the citizen's identity number (GB 11643-1999) and the mobile phone number.

Pure arithmetic over text. No message, repr or exception of this module ever contains the number it was given:
an error travels to logs and screens that must not know who is meant.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from liankong.vocabulary.kinds import Sex

# ISO 7064 MOD 11-2 as GB 11643 uses it: position i (from the left, 0-based) weighs 2^(17 - i) mod 11.
_WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))
_CHECKS = "10X98765432"
_OLD_LENGTH = 15  # numbers issued before 1999 had no century and no check character
_LENGTH = 18
_MAINLAND_MOBILE = re.compile(r"1[3-9]\d{9}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


class Fault(StrEnum):
    """Why a number was refused. The value is a sentence that may be shown and logged."""

    EMPTY = "no number was given"
    LENGTH = "an identity number has 18 characters"
    OLD_LENGTH = "a 15-digit identity number has no check character: ask for the 18-digit one"
    CHARACTERS = "an identity number is 17 digits and a digit or X"
    BIRTH = "the eight digits of the birth date are no calendar day"
    BIRTH_FUTURE = "the birth date lies in the future"
    CHECK = "the check character does not match: a digit is wrong or two are swapped"
    DIVISION = "a division code has 6 digits"
    SEQUENCE = "a sequence lies between 0 and 999"
    PHONE = (
        "a mobile number has 11 digits and starts with 13 to 19, or is written with + and its country code"
    )


class IdentifierError(ValueError):
    """A refused identifier. `fault` says why; the identifier itself is not kept."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class IdNumber:
    """What an identity number says: division of first registration (6 digits), birth date, sex.

    `number` is left out of the repr, so that a logged object tells nothing.
    """

    number: str = field(repr=False)
    division: str = field(repr=False)
    birth: date = field(repr=False)
    sex: Sex = field(repr=False)


def check_character(body: str) -> str:
    """The check character of the first 17 digits (ISO 7064 MOD 11-2)."""
    if len(body) != _LENGTH - 1 or not _all_digits(body):
        raise IdentifierError(Fault.CHARACTERS)
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def parse_id_number(text: str, *, today: date | None = None) -> IdNumber:
    """Check and read an 18-character identity number; full-width characters, spaces and a small x are
    forgiven.

    `today` refuses birth dates after it. Whether the division code exists is the registry's question
    (`divisions.is_known`): a code abolished decades ago is still a good one in a number.
    Raises `IdentifierError`, which never holds the number.
    """
    number = _squeeze(text).upper()
    if not number:
        raise IdentifierError(Fault.EMPTY)
    if len(number) == _OLD_LENGTH and _all_digits(number):
        raise IdentifierError(Fault.OLD_LENGTH)
    if len(number) != _LENGTH:
        raise IdentifierError(Fault.LENGTH)
    body, check = number[:-1], number[-1]
    if not _all_digits(body) or check not in _CHECKS:
        raise IdentifierError(Fault.CHARACTERS)
    if check_character(body) != check:
        raise IdentifierError(Fault.CHECK)
    birth = _birth(body[6:14])
    if today is not None and birth > today:
        raise IdentifierError(Fault.BIRTH_FUTURE)
    sex = Sex.MALE if int(body[16]) % 2 else Sex.FEMALE
    return IdNumber(number=number, division=body[:6], birth=birth, sex=sex)


def is_id_number(text: str) -> bool:
    """Whether the text is a well-formed identity number."""
    try:
        parse_id_number(text)
    except IdentifierError:
        return False
    return True


def make_id_number(division: str, birth: date, sequence: int) -> str:
    """A valid number for a generated person. `sequence` 0 to 999; odd means male (GB 11643)."""
    if len(division) != 6 or not _all_digits(division):
        raise IdentifierError(Fault.DIVISION)
    if not 0 <= sequence <= 999:
        raise IdentifierError(Fault.SEQUENCE)
    body = f"{division}{birth.year:04d}{birth.month:02d}{birth.day:02d}{sequence:03d}"
    return body + check_character(body)


def normalise_phone(text: str) -> str:
    """A phone number as +<country><number> (E.164): "138 0013 8000" and "0086-138..." both become
    "+86138...".

    Numbers without a country code are taken as mainland China mobiles. Raises `IdentifierError` without the
    number.
    """
    squeezed = re.sub(r"[\s().\-]", "", _squeeze(text))
    if not squeezed:
        raise IdentifierError(Fault.EMPTY)
    if squeezed.startswith("00"):
        squeezed = "+" + squeezed[2:]
    national = squeezed.removeprefix("+86")
    if not squeezed.startswith("+") and len(national) == 13 and national.startswith("86"):
        national = national[2:]
    if squeezed.startswith("+86") or not squeezed.startswith("+"):
        if _MAINLAND_MOBILE.fullmatch(national) and national.isascii():
            return "+86" + national
        raise IdentifierError(Fault.PHONE)
    if _E164.fullmatch(squeezed) and squeezed.isascii():
        return squeezed
    raise IdentifierError(Fault.PHONE)


def _squeeze(text: str) -> str:
    # NFKC turns full-width digits and letters, which Chinese input methods produce, into plain ones.
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _all_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _birth(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        # `from None`: the original message would carry the digits into a traceback.
        raise IdentifierError(Fault.BIRTH) from None
