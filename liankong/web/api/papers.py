"""A stored bulletin as the official document: who issues it, under which number, and whether it is signed."""

from typing import Literal

from liankong.exchange import bulletin_json
from liankong.exchange.bulletin_document import Issue, bulletin_document
from liankong.exchange.pdf import PdfUnavailableError, Standing, UnprintableError, render_pdf
from liankong.rules import bulletins as rules
from liankong.store import organisations
from liankong.store.models import Bulletin
from liankong.store.organisations import NobodyResponsible
from liankong.vocabulary import divisions
from liankong.vocabulary.kinds import BulletinState, OrganisationKind
from liankong.vocabulary.spans import local_day

__all__ = ["PdfUnavailableError", "UnprintableError", "paper"]


def paper(row: Bulletin, *, language: Literal["zh", "en"]) -> bytes:
    """The PDF of a bulletin. Equal bulletins give equal bytes. Raises UnprintableError, PdfUnavailableError."""
    stated = bulletin_json.from_json(row.figures)
    document = bulletin_document(
        stated,
        rules.check(stated),
        Issue(
            issuer=_issuer(row, language),
            number=f"{row.outbreak.code}-{row.day:%Y%m%d}-{row.revision}",
            dated=local_day(row.signed_at or row.drafted_at),
            standing=_standing(row),
            signed_by=_signer(row),
            snapshot=str(row.log_position),
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
    """The headquarters that answers for the division, as it was called when the bulletin was drafted."""
    at = row.signed_at or row.drafted_at
    try:
        body = organisations.responsible(OrganisationKind.HEADQUARTERS, row.division, at)
    except NobodyResponsible:
        return _name(row.division, language) if row.division else ""
    term = organisations.terms(at).filter(organisation=body).first()
    if term is None:
        return body.code
    return term.english if language == "en" and term.english else term.name


def _name(code: str, language: str) -> str:
    if not divisions.exists(code):
        return code
    found = divisions.get(code)
    return found.english if language == "en" else found.name
