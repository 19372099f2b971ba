"""Rows by stage. Each model says in `access` who may see its rows; `store.access` turns that into policies."""

from liankong.store.models.access import (
    ApiToken,
    GlassBreak,
    User,
)
from liankong.store.models.bulletins import (
    Bulletin,
)
from liankong.store.models.cases import (
    Case,
    CaseChange,
    CaseLink,
    CaseRelation,
    LineListImport,
    Outbreak,
    RejectedRow,
)
from liankong.store.models.duty import (
    CarePoint,
    Handover,
    Shift,
    StandingNeed,
)
from liankong.store.models.inquiries import (
    Inquiry,
    InquiryJob,
    InquiryStep,
    Outbox,
)
from liankong.store.models.isolation import (
    Hold,
    Isolation,
    Room,
    RoomSwab,
    Site,
    StaffTerm,
    Trip,
    Vehicle,
)
from liankong.store.models.lab import (
    Result,
    Tube,
    TubeMember,
)
from liankong.store.models.log import (
    Answer,
    Entry,
    Seal,
)
from liankong.store.models.orders import (
    Batch,
    Order,
    OrderFile,
    OrderWait,
)
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
from liankong.store.models.tracing import (
    Check,
    Contact,
    Exposure,
    Investigation,
    SourceHypothesis,
    Stay,
)
from liankong.store.models.zones import (
    Appeal,
    Zone,
    ZonePlace,
    ZoneStep,
)

__all__ = [
    "Answer",
    "ApiToken",
    "Appeal",
    "Batch",
    "Bulletin",
    "CarePoint",
    "Case",
    "CaseChange",
    "CaseLink",
    "CaseRelation",
    "Check",
    "Contact",
    "Entry",
    "Exposure",
    "GlassBreak",
    "Handover",
    "Hold",
    "Holding",
    "Household",
    "Identity",
    "Inquiry",
    "InquiryJob",
    "InquiryStep",
    "Investigation",
    "Isolation",
    "LineListImport",
    "Order",
    "OrderFile",
    "OrderWait",
    "Organisation",
    "OrganisationTerm",
    "Outbox",
    "Outbreak",
    "Person",
    "Place",
    "Post",
    "PurgeCertificate",
    "RejectedRow",
    "Result",
    "Room",
    "RoomSwab",
    "Seal",
    "Shift",
    "Site",
    "SourceHypothesis",
    "StaffTerm",
    "StandingNeed",
    "Stay",
    "Trip",
    "Tube",
    "TubeMember",
    "User",
    "Vehicle",
    "Zone",
    "ZonePlace",
    "ZoneStep",
]
