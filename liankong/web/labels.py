"""What is a stored value called, and how does it look? Words first; tone and icon only repeat them.

Closed lists share values (`unknown` is a sex and an origin), so labels are grouped by list.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as _p

from liankong.protocols.words import Placement, Subject, ZoneUnit
from liankong.vocabulary.kinds import (
    AppealState,
    BulletinState,
    CheckKind,
    CheckState,
    ContactState,
    ExposureKind,
    FactSource,
    FoundBy,
    HomeGround,
    InquiryState,
    InquirySubject,
    Mobility,
    NeedKind,
    OrderKind,
    OrderState,
    OrganisationKind,
    Origin,
    Outcome,
    PersonClass,
    PersonKind,
    Protection,
    ResultValue,
    Role,
    RoomState,
    Severity,
    Sex,
    SiteArea,
    StayMode,
    TubeKind,
    ZoneChange,
    ZoneState,
)
from liankong.web.labels_facts import FACTS


@dataclass(frozen=True, slots=True)
class Label:
    """`tone` is one of danger, warn, good, info, violet, neutral; `icon` a name in vendor/tabler-icons."""

    text: str | Promise
    tone: str = "neutral"
    icon: str = ""


LABELS: dict[str, dict[str, Label]] = {
    "class": {
        PersonClass.CONFIRMED: Label(_("Confirmed case"), "danger", "virus"),
        PersonClass.ASYMPTOMATIC: Label(_("Asymptomatic infection"), "warn", "circle-dashed"),
        PersonClass.SUSPECTED: Label(_("Suspected case"), "info", "help"),
        PersonClass.PENDING_REVIEW: Label(_("Pending review"), "violet", "hourglass"),
        PersonClass.CLOSE_CONTACT: Label(_("Close contact"), "info", "users"),
        PersonClass.SECONDARY_CONTACT: Label(_("Contact of a contact"), "neutral", "users-group"),
        PersonClass.GENERAL_CONTACT: Label(_("General contact"), "neutral", "user"),
        PersonClass.EXCLUDED: Label(_("Excluded"), "neutral", "ban"),
    },
    "severity": {
        Severity.MILD: Label(_("Mild"), "neutral", "activity"),
        Severity.COMMON: Label(_p("severity", "Common"), "info", "activity"),
        Severity.SEVERE: Label(_("Severe"), "warn", "alert-triangle"),
        Severity.CRITICAL: Label(_("Critical"), "danger", "heartbeat"),
    },
    "origin": {
        Origin.LOCAL: Label(_("Local"), "neutral", "home"),
        Origin.IMPORTED: Label(_("Imported"), "info", "plane"),
        Origin.UNKNOWN: Label(_("Origin unknown"), "neutral", "help"),
    },
    "outcome": {
        Outcome.IN_CARE: Label(_("In care"), "info", "bed"),
        Outcome.CURED: Label(_("Cured, discharged"), "good", "circle-check"),
        Outcome.RELEASED: Label(_("Released from observation"), "good", "circle-check"),
        Outcome.DEAD: Label(_("Died"), "neutral", "cross"),
        Outcome.UNKNOWN: Label(_("Outcome unknown"), "neutral", "help"),
    },
    "result": {
        ResultValue.POSITIVE: Label(_("Positive"), "danger", "plus"),
        ResultValue.NEGATIVE: Label(_("Negative"), "good", "minus"),
        ResultValue.INVALID: Label(_("Invalid"), "neutral", "x"),
    },
    "tube": {
        TubeKind.SINGLE: Label(_("Single tube"), "neutral", "test-pipe"),
        TubeKind.HOUSEHOLD: Label(_("Household tube"), "neutral", "test-pipe"),
        TubeKind.POOL: Label(_("Pooled tube"), "neutral", "test-pipe"),
    },
    "order": {
        OrderState.DRAFT: Label(_("Draft"), "neutral", "pencil"),
        OrderState.ISSUED: Label(_("Issued"), "info", "send"),
        OrderState.RECEIVED: Label(_("Received"), "info", "check"),
        OrderState.STARTED: Label(_("In progress"), "warn", "clock"),
        OrderState.DONE: Label(_("Done"), "good", "circle-check"),
        OrderState.RETURNED: Label(_("Returned"), "warn", "arrow-back-up"),
        OrderState.CANCELLED: Label(_("Cancelled"), "neutral", "ban"),
    },
    "orderkind": {
        OrderKind.REPORT: Label(_("Statutory report"), "neutral", "report-medical"),
        OrderKind.RESWAB: Label(_("Single re-swab"), "neutral", "test-pipe"),
        OrderKind.REVIEW: Label(_("Expert review"), "neutral", "stethoscope"),
        OrderKind.CORE_TRACK: Label(_("Core track"), "neutral", "timeline"),
        OrderKind.PRELIMINARY_REPORT: Label(_("Preliminary report"), "neutral", "file-text"),
        OrderKind.INQUIRY: Label(_("Inquiry"), "neutral", "send"),
        OrderKind.TRANSFER: Label(_("Transfer"), "neutral", "arrows-exchange"),
        OrderKind.DOOR_KNOCK: Label(_("Door knock"), "neutral", "home"),
        OrderKind.DELIVERY: Label(_("Delivery"), "neutral", "arrow-right"),
        OrderKind.NEED: Label(_("Need of a household"), "neutral", "heartbeat"),
        OrderKind.INCIDENT: Label(_("Incident"), "neutral", "alert-triangle"),
        OrderKind.DISINFECTION: Label(_("Disinfection"), "neutral", "refresh"),
        OrderKind.ENVIRONMENT_SAMPLE: Label(_("Environment samples"), "neutral", "test-pipe"),
        OrderKind.INSPECTION: Label(_("Inspection"), "neutral", "eye"),
        OrderKind.ZONE: Label(_("Measures of a zone"), "neutral", "map"),
        OrderKind.DIRECTIVE: Label(_("Directive"), "neutral", "flag"),
        OrderKind.TASK: Label(_("Task"), "neutral", "checklist"),
    },
    "proof": {
        "figure": Label(_("a figure")),
        "location": Label(_("the location")),
        "file": Label(_("a file")),
    },
    "contactstate": {
        ContactState.PROPOSED: Label(_("Waits for a signature"), "warn", "hourglass"),
        ContactState.CONFIRMED: Label(_("Signed contact"), "info", "signature"),
        ContactState.CONTROLLED: Label(_("Under control"), "good", "shield-check"),
        ContactState.RELEASED: Label(_("Released"), "neutral", "lock-open"),
        ContactState.CASE: Label(_("Became a case"), "danger", "virus"),
        ContactState.ELSEWHERE: Label(_("Handed over elsewhere"), "violet", "mail-forward"),
        ContactState.REJECTED: Label(_("Not a contact"), "neutral", "ban"),
    },
    "exposure": {
        ExposureKind.HOUSEHOLD: Label(_("Lives in the same rooms"), "neutral", "home"),
        ExposureKind.CARE: Label(_("Cares for the case"), "neutral", "heart-handshake"),
        ExposureKind.AEROSOL: Label(_("Aerosol-producing procedure"), "neutral", "lungs"),
        ExposureKind.SAME_ROOM: Label(_("Same office, class, shop or lift"), "neutral", "door"),
        ExposureKind.SHARED_MEAL: Label(_("Shared meal or entertainment"), "neutral", "tools-kitchen-2"),
        ExposureKind.VISIT: Label(_("Visit"), "neutral", "door-enter"),
        ExposureKind.VEHICLE: Label(_("Same vehicle"), "neutral", "bus"),
        ExposureKind.ENVIRONMENT: Label(_("Contaminated environment"), "neutral", "droplet"),
        ExposureKind.OTHER: Label(_("Other, judged by the investigator"), "neutral", "dots"),
    },
    "stay": {
        StayMode.HOME: Label(_("At home"), "neutral", "home"),
        StayMode.WORK: Label(_("Work"), "neutral", "building"),
        StayMode.SCHOOL: Label(_("School"), "neutral", "building-community"),
        StayMode.SHOPPING: Label(_("Shopping, errands"), "neutral", "basket"),
        StayMode.DINING: Label(_("Meal"), "neutral", "tools-kitchen-2"),
        StayMode.LEISURE: Label(_("Leisure"), "neutral", "map-pin"),
        StayMode.MEDICAL: Label(_("Medical care, test"), "neutral", "stethoscope"),
        StayMode.VISIT: Label(_p("stay", "Visit"), "neutral", "door-enter"),
        StayMode.WALK: Label(_("On foot"), "neutral", "route"),
        StayMode.BICYCLE: Label(_("Bicycle, scooter"), "neutral", "route"),
        StayMode.CAR: Label(_("Private car"), "neutral", "car"),
        StayMode.TAXI: Label(_("Taxi"), "neutral", "car"),
        StayMode.BUS: Label(_("Bus"), "neutral", "bus"),
        StayMode.METRO: Label(_("Underground"), "neutral", "train"),
        StayMode.TRAIN: Label(_("Train"), "neutral", "train"),
        StayMode.FLIGHT: Label(_("Flight"), "neutral", "plane"),
        StayMode.OTHER: Label(_p("stay", "Other"), "neutral", "dots"),
    },
    "protection": {
        Protection.NONE: Label(_p("protection", "none")),
        Protection.MASK: Label(_p("protection", "mask")),
        Protection.RESPIRATOR: Label(_p("protection", "respirator")),
        Protection.FULL: Label(_p("protection", "full protective clothing")),
        Protection.UNKNOWN: Label(_p("protection", "unknown")),
    },
    "source": {
        FactSource.INTERVIEW: Label(_p("source", "interview")),
        FactSource.HOUSEHOLD: Label(_p("source", "household register")),
        FactSource.WORKPLACE: Label(_p("source", "workplace roster")),
        FactSource.SCHOOL_ROSTER: Label(_p("source", "class roster")),
        FactSource.SHARED_STAY: Label(_p("source", "shared stay")),
        FactSource.INQUIRY: Label(_p("source", "inquiry")),
        FactSource.HOTLINE: Label(_p("source", "hotline")),
        FactSource.RECORD: Label(_p("source", "tickets, codes, gates")),
        FactSource.DOOR: Label(_p("source", "at the door")),
    },
    "check": {
        CheckKind.TEST: Label(_("Test"), "info", "test-pipe"),
        CheckKind.ANTIGEN: Label(_("Antigen test"), "info", "test-pipe"),
        CheckKind.TEMPERATURE: Label(_("Temperature"), "neutral", "temperature"),
        CheckKind.SYMPTOMS: Label(_("Symptoms"), "neutral", "stethoscope"),
    },
    "checkstate": {
        CheckState.DUE: Label(_p("check", "due"), "warn", "clock"),
        CheckState.DONE: Label(_p("check", "done"), "good", "check"),
        CheckState.MISSED: Label(_p("check", "missed"), "danger", "clock-exclamation"),
        CheckState.CANCELLED: Label(_p("check", "no longer due"), "neutral", "ban"),
    },
    "bulletin": {
        BulletinState.DRAFT: Label(_("Draft"), "warn", "pencil"),
        BulletinState.SIGNED: Label(_("Signed"), "good", "signature"),
        BulletinState.SUPERSEDED: Label(_("Superseded"), "neutral", "history"),
    },
    "sex": {
        Sex.MALE: Label(_("Male")),
        Sex.FEMALE: Label(_("Female")),
        Sex.UNKNOWN: Label(_p("sex", "Unknown")),
        Sex.UNSTATED: Label(_p("sex", "Not stated")),
    },
    "person": {
        PersonKind.RESIDENT: Label(_("Resident"), "neutral", "home"),
        PersonKind.VISITOR: Label(_("Visitor"), "neutral", "plane"),
    },
    "found": {
        FoundBy.FEVER_CLINIC: Label(_("Fever clinic"), "neutral", "stethoscope"),
        FoundBy.SCREENING: Label(_("Screening"), "neutral", "test-pipe"),
        FoundBy.CONTACT: Label(_("Contact tracing"), "neutral", "users"),
        FoundBy.KEY_POPULATION: Label(_("Key population"), "neutral", "users-group"),
        FoundBy.INQUIRY: Label(_("Inquiry from elsewhere"), "neutral", "send"),
        FoundBy.BORDER: Label(_("Border"), "neutral", "plane"),
        FoundBy.IMPORT_FILE: Label(_("Line list"), "neutral", "file-import"),
        FoundBy.OTHER: Label(_p("found by", "Other"), "neutral", "dots"),
    },
    "organisation": {
        OrganisationKind.HEADQUARTERS: Label(_("Headquarters"), "danger", "flag"),
        OrganisationKind.SUB_HEADQUARTERS: Label(_("Sub-headquarters"), "warn", "flag"),
        OrganisationKind.OFFICE: Label(_p("organisation", "Office"), "info", "building-community"),
        OrganisationKind.DEPARTMENT: Label(_("Department"), "info", "sitemap"),
        OrganisationKind.STREET: Label(_("Street"), "neutral", "map-pin"),
        OrganisationKind.CDC: Label(_("Disease control centre"), "neutral", "virus"),
        OrganisationKind.HOSPITAL: Label(_("Hospital"), "neutral", "building-hospital"),
        OrganisationKind.LABORATORY: Label(_("Laboratory"), "neutral", "test-pipe"),
        OrganisationKind.EMERGENCY_CENTRE: Label(_("Emergency centre (120)"), "danger", "ambulance"),
        OrganisationKind.COMMISSION: Label(_("Health commission"), "neutral", "report-medical"),
        OrganisationKind.ISOLATION_SITE: Label(_("Isolation site"), "info", "building"),
        OrganisationKind.TRANSPORT: Label(_("Transfer service"), "neutral", "bus"),
        OrganisationKind.COMMUNITY: Label(_("Community"), "neutral", "home"),
        OrganisationKind.SUPPLY: Label(_("Supply body"), "neutral", "basket"),
        OrganisationKind.DISINFECTION: Label(_("Disinfection team"), "neutral", "spray"),
    },
    "inquiry": {
        InquiryState.DRAFT: Label(_p("inquiry", "Draft"), "neutral", "pencil"),
        InquiryState.ISSUED: Label(_p("inquiry", "Issued"), "warn", "send"),
        InquiryState.RECEIVED: Label(_p("inquiry", "Acknowledged"), "info", "check"),
        InquiryState.CONTROLLED: Label(_p("inquiry", "Under control"), "info", "lock"),
        InquiryState.VERIFIED: Label(_p("inquiry", "Verified"), "info", "user-check"),
        InquiryState.TRANSFERRED: Label(_p("inquiry", "Transferred to a site"), "good", "arrow-right"),
        InquiryState.HOME: Label(_p("inquiry", "Kept at home"), "good", "home"),
        InquiryState.RELEASED: Label(_p("inquiry", "Released"), "good", "lock-open"),
        InquiryState.NOT_FOUND: Label(_p("inquiry", "Not found"), "warn", "user-search"),
        InquiryState.FORWARDED: Label(_p("inquiry", "Forwarded"), "violet", "mail-forward"),
        InquiryState.FEEDBACK: Label(_p("inquiry", "Answered"), "good", "arrow-back-up"),
        InquiryState.CLOSED: Label(_p("inquiry", "Closed"), "neutral", "circle-check"),
    },
    "inquirysubject": {
        InquirySubject.PERSON: Label(_p("inquiry", "Person"), "neutral", "user"),
        InquirySubject.TRIP: Label(_p("inquiry", "Trip"), "neutral", "plane"),
        InquirySubject.PLACE: Label(_p("inquiry", "Place"), "neutral", "map-pin"),
        InquirySubject.GOODS: Label(_p("inquiry", "Goods"), "neutral", "list-details"),
    },
    "inquiryclock": {
        "receive": Label(_("to be acknowledged by")),
        "control": Label(_("to be under control by")),
        "feedback": Label(_("to be answered by")),
    },
    "zonestate": {
        ZoneState.PROPOSED: Label(_p("zone", "Proposed"), "warn", "hourglass"),
        ZoneState.IN_FORCE: Label(_p("zone", "In force"), "danger", "lock"),
        ZoneState.LIFTED: Label(_p("zone", "Lifted"), "good", "lock-open"),
        ZoneState.REJECTED: Label(_p("zone", "Rejected"), "neutral", "ban"),
    },
    "zonechange": {
        ZoneChange.PROPOSED: Label(_p("zone", "Proposed"), "warn", "hourglass"),
        ZoneChange.APPROVED: Label(_p("zone", "Signed"), "danger", "signature"),
        ZoneChange.REJECTED: Label(_p("zone", "Rejected"), "neutral", "ban"),
        ZoneChange.ESCALATED: Label(_p("zone", "Raised"), "danger", "arrow-up"),
        ZoneChange.CLOCK_RESTARTED: Label(_p("zone", "Days count anew"), "warn", "refresh"),
        ZoneChange.EXTENDED: Label(_p("zone", "Extended"), "warn", "calendar-time"),
        ZoneChange.LOWERED: Label(_p("zone", "Lowered"), "info", "arrow-down"),
        ZoneChange.LIFTED: Label(_p("zone", "Lifted"), "good", "lock-open"),
        ZoneChange.EXPIRED: Label(_p("zone", "Ended by itself"), "good", "lock-open"),
        ZoneChange.CORRECTED: Label(_p("zone", "Corrected"), "neutral", "pencil"),
    },
    "zoneunit": {
        ZoneUnit.STAIR: Label(_p("zone", "Stair")),
        ZoneUnit.BUILDING: Label(_p("zone", "Building")),
        ZoneUnit.COMPOUND: Label(_p("zone", "Compound")),
        ZoneUnit.VILLAGE_GROUP: Label(_p("zone", "Village group")),
        ZoneUnit.VILLAGE: Label(_p("zone", "Village")),
        ZoneUnit.COUNTY: Label(_p("zone", "County")),
    },
    "appeal": {
        AppealState.OPEN: Label(_p("appeal", "Open"), "warn", "message"),
        AppealState.UPHELD: Label(_p("appeal", "The measure stands"), "neutral", "lock"),
        AppealState.GRANTED: Label(_p("appeal", "Granted"), "good", "circle-check"),
    },
    "role": {
        Role.COMMANDER: Label(_("Commander"), "neutral", "flag"),
        Role.DUTY_OFFICER: Label(_("Duty officer"), "neutral", "clock"),
        Role.EPIDEMIOLOGIST: Label(_("Epidemiologist"), "neutral", "user-search"),
        Role.INQUIRY_OFFICER: Label(_("Inquiry officer"), "neutral", "mail"),
        Role.DISPATCHER: Label(_("Dispatcher"), "neutral", "bus"),
        Role.SITE_MANAGER: Label(_("Site manager"), "neutral", "building"),
        Role.COMMUNITY_WORKER: Label(_("Community worker"), "neutral", "home"),
        Role.SECRETARY: Label(_("Secretary"), "neutral", "note"),
        Role.LAB_OFFICER: Label(_("Laboratory officer"), "neutral", "test-pipe"),
        Role.CLINICIAN: Label(_("Clinician"), "neutral", "stethoscope"),
        Role.BULLETIN_OFFICER: Label(_("Bulletin officer"), "neutral", "news"),
        Role.REGISTRY_CLERK: Label(_("Registry clerk"), "neutral", "address-book"),
        Role.AUDITOR: Label(_("Auditor"), "neutral", "shield-check"),
        Role.ADMINISTRATOR: Label(_("Administrator"), "neutral", "adjustments"),
    },
    "placement": {
        Placement.CENTRAL: Label(_("Isolation site"), "info", "building"),
        Placement.HOME_ISOLATION: Label(_("Home isolation"), "warn", "home"),
        Placement.HOME_MONITORING: Label(_("Home monitoring"), "neutral", "home"),
        Placement.HOSPITAL: Label(_p("placement", "Hospital"), "danger", "building-hospital"),
    },
    "regime": {
        Subject.CASE: Label(_p("regime", "Case"), "danger", "virus"),
        Subject.CLOSE_CONTACT: Label(_("Close contact"), "info", "users"),
        Subject.SECONDARY_CONTACT: Label(_("Contact of a contact"), "neutral", "users-group"),
        Subject.ENTRANT: Label(_("Arrived from abroad"), "neutral", "plane"),
        Subject.HIGH_RISK_TRAVELLER: Label(_("From a high-risk area"), "warn", "map-pin"),
        Subject.MEDIUM_RISK_TRAVELLER: Label(_("From a medium-risk area"), "neutral", "map-pin"),
        Subject.LOW_RISK_TRAVELLER: Label(_("From a low-risk area"), "neutral", "map-pin"),
        Subject.CLOSED_LOOP_WORKER: Label(_("From a closed loop"), "neutral", "refresh"),
    },
    "room": {
        RoomState.READY: Label(_p("room", "Ready"), "good", "check"),
        RoomState.OCCUPIED: Label(_p("room", "Occupied"), "info", "bed"),
        RoomState.CLEANING: Label(_p("room", "Being disinfected"), "warn", "refresh"),
        RoomState.CLOSED: Label(_p("room", "Closed"), "neutral", "ban"),
    },
    "sitearea": {
        SiteArea.CLEAN: Label(_("Clean area"), "good", "shield-check"),
        SiteArea.BUFFER: Label(_("Buffer area"), "warn", "arrows-exchange"),
        SiteArea.CONTAMINATED: Label(_("Contaminated area"), "danger", "virus"),
    },
    "mobility": {
        Mobility.WALKS: Label(_p("mobility", "Walks"), "neutral", "user"),
        Mobility.WHEELCHAIR: Label(_p("mobility", "Wheelchair"), "warn", "user"),
        Mobility.STRETCHER: Label(_p("mobility", "Stretcher"), "warn", "bed"),
    },
    "homeground": {
        HomeGround.MINOR: Label(_("Minor")),
        HomeGround.PREGNANT: Label(_("Pregnant or just given birth")),
        HomeGround.SERIOUSLY_ILL: Label(_("Seriously ill")),
        HomeGround.CANNOT_CARE: Label(_("Cannot care for themselves")),
    },
    "fact": {fact: Label(*look) for fact, look in FACTS.items()},
    "need": {
        NeedKind.EMERGENCY: Label(_p("need", "Emergency"), "danger", "urgent"),
        NeedKind.BIRTH: Label(_("Birth"), "danger", "baby-carriage"),
        NeedKind.DIALYSIS: Label(_("Dialysis"), "warn", "droplet"),
        NeedKind.CANCER_CARE: Label(_("Cancer care"), "warn", "heartbeat"),
        NeedKind.MEDICINE: Label(_("Medicine"), "info", "pill"),
        NeedKind.OXYGEN: Label(_("Oxygen"), "warn", "lungs"),
        NeedKind.CLINIC: Label(_("Visit to a clinic"), "info", "stethoscope"),
        NeedKind.FOOD: Label(_("Food"), "neutral", "basket"),
        NeedKind.BABY: Label(_("Things for a baby"), "info", "baby-carriage"),
        NeedKind.CARE: Label(_("Somebody alone and infirm"), "warn", "heart-handshake"),
        NeedKind.UTILITIES: Label(_("Water, power or heating"), "neutral", "bolt"),
        NeedKind.OTHER: Label(_p("need", "Something else"), "neutral", "dots"),
    },
    "needpart": {
        "care": Label(_("Hospital"), "neutral", "building-hospital"),
        "ambulance": Label(_("Emergency centre (120)"), "neutral", "ambulance"),
        "community": Label(_("Community"), "neutral", "building-community"),
        "supply": Label(_("Supply"), "neutral", "truck-delivery"),
    },
    "field": {
        "name": Label(_("Name")),
        "id_number": Label(_("ID number")),
        "phone": Label(_("Phone")),
        "address": Label(_("Address")),
        "registered_address": Label(_("Registered address")),
    },
}


def label(group: str, value: str | None) -> Label:
    """The label of a value; an unknown value shows itself, so that nothing is hidden."""
    if not value:
        return Label("")
    return LABELS[group].get(value) or Label(str(value))


def options(group: str, values: tuple[str, ...] | None = None) -> list[tuple[str, str | Promise]]:
    """Choices for a form field, in the order of the list."""
    chosen = LABELS[group] if values is None else {value: label(group, value) for value in values}
    return [(str(value), item.text) for value, item in chosen.items()]
