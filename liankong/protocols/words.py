"""Closed lists that protocol files are written in."""

from enum import StrEnum


class Concept(StrEnum):
    """What a protocol can retire as a whole."""

    CONTACTS = "contacts"
    SECONDARY_CONTACTS = "secondary_contacts"
    GENERAL_CONTACTS = "general_contacts"
    ISOLATION = "isolation"
    ZONES = "zones"
    AREA_TESTING = "area_testing"
    PENDING_REVIEW = "pending_review"
    ASYMPTOMATIC = "asymptomatic"
    SUSPECTED = "suspected"


class Subject(StrEnum):
    """Who is put under a regime, or for whom a laboratory rule holds."""

    CASE = "case"
    CLOSE_CONTACT = "close_contact"
    SECONDARY_CONTACT = "secondary_contact"
    ENTRANT = "entrant"  # 入境人员
    HIGH_RISK_TRAVELLER = "high_risk_traveller"
    MEDIUM_RISK_TRAVELLER = "medium_risk_traveller"
    LOW_RISK_TRAVELLER = "low_risk_traveller"
    CLOSED_LOOP_WORKER = "closed_loop_worker"
    RESIDENT = "resident"  # of an area being tested


class ClockStart(StrEnum):
    """From which moment a regime's days count."""

    LAST_EXPOSURE = "last_exposure"
    LEFT_AREA = "left_area"
    ENTRY = "entry"
    LEFT_LOOP = "left_loop"
    ONSET = "onset"
    RASH = "rash"


class Placement(StrEnum):
    CENTRAL = "central"  # 集中隔离
    HOME_ISOLATION = "home_isolation"  # 居家隔离
    HOME_MONITORING = "home_monitoring"  # 居家健康监测
    HOSPITAL = "hospital"


class ZoneUnit(StrEnum):
    STAIR = "stair"  # 单元
    BUILDING = "building"  # 楼栋
    COMPOUND = "compound"  # 小区
    VILLAGE_GROUP = "village_group"  # 自然村组
    VILLAGE = "village"
    COUNTY = "county"


class ZoneGround(StrEnum):
    """What a zone is drawn for."""

    RESIDENCE = "residence"  # where an infected person lives
    LIKELY = "likely"  # a place where transmission is likely and contacts are hard to trace
    POSSIBLE = "possible"  # a place with some risk
    REST = "rest"  # the rest of the county


class ZoneStart(StrEnum):
    """From which moment a zone's days without a new infection count."""

    APPROVAL = "approval"
    CASE_LEFT = "case_left"  # when the last infected person was taken out


class ZoneReset(StrEnum):
    """What makes a zone's days count anew."""

    NEW_CASE = "new_case"
    TRANSFERRED_CONTACT = "transferred_contact"  # confirmed after transfer, with new contacts in the zone
    POSITIVE_POINT = "positive_point"  # an environment sample is positive outside the known points


class ZoneTask(StrEnum):
    """What somebody must do because a zone is in force."""

    ENFORCE = "enforce"  # 落实管控
    SUPPLY = "supply"  # 生活物资保供
    DOOR_TEST = "door_test"  # 上门采样
    FULL_ROUND = "full_round"  # 解除前全员核酸


class Anchor(StrEnum):
    """The moment before which a look-back reaches."""

    ONSET_OR_SAMPLING = "onset_or_sampling"  # onset; sampling for the asymptomatic
    RASH = "rash"


class Evidence(StrEnum):
    """Where the laboratory stands on a person."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NONE = "none"


class Measure(StrEnum):
    RESPIRATORY_RATE = "respiratory_rate"  # per minute
    SPO2 = "spo2"  # percent, at rest
    PAO2_FIO2 = "pao2_fio2"  # mmHg


class Change(StrEnum):
    """What a change of a case's class is, and so where bulletins count it."""

    VERIFICATION = "verification"  # 核验: a screening positive becomes what it is
    CONVERSION = "conversion"  # 转归: asymptomatic to confirmed, inside 新增确诊 and an outflow of 无症状
    EXCLUSION = "exclusion"  # 排除
    CORRECTION = "correction"  # 订正
    WRITE_OFF = "write_off"  # 核减: a published case is taken back; needs an adjustment line
    REOPENING = "reopening"  # an excluded person tests positive after all


# Where each concept stands in a file: what retiring it takes away, and whose mention then contradicts it.
PATHS_OF: dict[Concept, tuple[str, ...]] = {
    Concept.CONTACTS: (
        "contact",
        "classes.close_contact",
        "isolation.regimes.close_contact",
        "clocks.move_contact",
    ),
    Concept.SECONDARY_CONTACTS: (
        "contact.secondary",
        "contact.secondary_kinds",
        "contact.high_risk_kinds",
        "classes.secondary_contact",
        "isolation.regimes.secondary_contact",
        "clocks.move_secondary",
    ),
    Concept.GENERAL_CONTACTS: ("classes.general_contact",),
    Concept.ISOLATION: ("isolation", "clocks.move_contact", "clocks.move_secondary"),
    Concept.ZONES: ("zones",),
    Concept.AREA_TESTING: ("testing.area",),
    Concept.PENDING_REVIEW: ("classes.pending_review",),
    Concept.ASYMPTOMATIC: ("classes.asymptomatic",),
    Concept.SUSPECTED: ("classes.suspected",),
}
