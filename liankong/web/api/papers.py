"""A stored bulletin as the official document: who issues it, under which number, and whether it is signed."""

from typing import Literal

from liankong.exchange import bulletin_json
from liankong.exchange.bulletin_document import Issue, bulletin_document
from liankong.exchange.pdf import PdfUnavailableError, Standing, UnprintableError, render_pdf
from liankong.rules import bulletins as rules
from liankong.store import organisations
from liankong.store.models import Bulletin
from liankong.vocabulary import divisions
from liankong.vocabulary.kinds import BulletinState, OrganisationKind
from liankong.vocabulary.spans import local_day

ISSUERS = (OrganisationKind.COMMISSION, OrganisationKind.HEADQUARTERS)

__all__ = ["PdfUnavailableError", "UnprintableError", "paper"]


def paper(row: Bulletin, *, language: Literal["zh", "en"]) -> bytes:
    """The PDF of a bulletin. Equal bulletins give equal bytes. Raises UnprintableError, PdfUnavailableError."""
    # The document is read in public: places whose few cases would name people are left out of all of it, also of
    # the arithmetic.
    public = rules.protect(bulletin_json.from_json(row.figures), threshold=row.protect_below)
    document = bulletin_document(
        public,
        rules.check(public),
        Issue(
            issuer=_issuer(row, language),
            number=f"{row.outbreak.code}-{row.day:%Y%m%d}-{row.revision}",
            dated=local_day(row.signed_at or row.drafted_at),
            standing=_standing(row),
            signed_by=_signer(row),
            snapshot=f"{row.log_position}" + (f" · {row.digest[:16]}" if row.digest else ""),
            revision=row.revision,
        ),
        names=lambda code: _name(code, language),
        language=language,
    )
    return render_pdf(document)


def _standing(row: Bulletin) -> Standing:
    if row.outbreak.exercise:
        return Standing.EXERCISE
    return Standing.DRAFT if row.state == BulletinState.DRAFT else Standing.ISSUED


def _signer(row: Bulletin) -> str:
    if row.signed_by is None:
        return ""
    return row.signed_by.name or row.signed_by.username


def _issuer(row: Bulletin, language: str) -> str:
    """The nearest body that answers for the division, as it was called then: a health commission before a
    headquarters.
    """
    found = max(
        organisations.terms(row.signed_at or row.drafted_at)
        .filter(organisation__kind__in=ISSUERS, organisation__division__in=_above(row.division))
        .select_related("organisation"),
        key=lambda term: (
            len(term.organisation.division),
            -ISSUERS.index(OrganisationKind(term.organisation.kind)),
        ),
        default=None,
    )
    if found is None:
        return _name(row.division, language)
    return found.english if language == "en" and found.english else found.name


def _above(division: str) -> list[str]:
    return [division[:length] for length in (0, 2, 4, 6, 9, 12) if length <= len(division)]


def _name(code: str, language: str) -> str:
    if not divisions.exists(code):
        return code
    found = divisions.get(code)
    return found.english if language == "en" else found.name
