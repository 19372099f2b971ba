"""Rows by stage. Each model says in `access` who may see its rows; `store.access` turns that into policies."""

from liankong.store.models.access import ApiToken, GlassBreak, User
from liankong.store.models.bulletins import Bulletin
from liankong.store.models.cases import Case, CaseChange, CaseLink, LineListImport, Outbreak, RejectedRow
from liankong.store.models.lab import Result, Tube, TubeMember
from liankong.store.models.log import Answer, Entry, Seal
from liankong.store.models.orders import Order
from liankong.store.models.registry import (
    Holding,
    Household,
    Identity,
    Organisation,
    OrganisationTerm,
    Person,
    Place,
    Post,
    PurgeCertificate,
)

__all__ = [
    "Answer",
    "ApiToken",
    "Bulletin",
    "Case",
    "CaseChange",
    "CaseLink",
    "Entry",
    "GlassBreak",
    "Holding",
    "Household",
    "Identity",
    "LineListImport",
    "Order",
    "Organisation",
    "OrganisationTerm",
    "Outbreak",
    "Person",
    "Place",
    "Post",
    "PurgeCertificate",
    "RejectedRow",
    "Result",
    "Seal",
    "Tube",
    "TubeMember",
    "User",
]
