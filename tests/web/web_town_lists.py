"""Lists of people, rooms, vehicles, shifts and inquiries whose rows have every fault that a row can have."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from liankong.vocabulary.kinds import Role


def listed(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("list.csv", "\n".join(lines).encode())


# Lists with a row for each fault that a row can have.
LISTS: tuple[tuple[Role, str, dict[str, Any]], ...] = (
    (
        Role.EPIDEMIOLOGIST,
        "/contacts/roster?case={traced}",
        {
            "roster-file": listed(
                "姓名,身份证号,手机号", "甲,120112201003040000,", "乙,,13800000003", "丁,,", "戊,,138"
            ),
            "roster-source": "school_roster",
            "roster-kind": "same_room",
            "roster-from_at": "2022-01-07T08:00",
            "roster-until_at": "2022-01-07T16:00",
        },
    ),
    (Role.EPIDEMIOLOGIST, "/contacts/roster?case={traced}", {"roster-file": listed("name,seat", "A,1")}),
    (
        Role.SITE_MANAGER,
        "/sites/lists",
        {
            "what": "rooms",
            "file": listed(
                "隔离点代码,房号,楼层,床位,无障碍",
                "jinnan-site-1,901,9,1,否",
                "jinnan-site-1,901,9,1,否",
                "jinnan-site-1,,x,0,也许",
                "jinnan-site-1,902,999,1,否",
                "jinnan-site-1,903,1,0,否",
                "jinnan-site-1,904,1,1,也许",
                ",905,1,1,否",
                "elsewhere-1,1,1,1,",
            ),
        },
    ),
    (Role.SITE_MANAGER, "/sites/lists", {"what": "rooms", "file": listed("a,b", "1,2")}),
    (
        Role.DISPATCHER,
        "/sites/lists",
        {
            "what": "vehicles",
            "code": "jinnan-1",
            "file": listed("plate,seats", "津A11111,7", "津B1,0", ",4", "津A22222,x"),
        },
    ),
    (
        Role.COMMANDER,
        "/duty/plan/list",
        {
            "list-file": listed(
                "user,day,from,until",
                "nobody,2022-02-01,08:00,16:00",
                "duty_officer-jinnan,2022-02-01,x,16:00",
                "duty_officer-jinnan,gestern,08:00,16:00",
                "duty_officer-jinnan,2022-02-02,08:00,08:00",
                ",2022-02-02,08:00,16:00",
                "duty_officer-jinnan,2021-02-02,08:00,16:00",
                "auditor-jinnan,2022-02-02,08:00,16:00",
            )
        },
    ),
    (Role.COMMANDER, "/duty/plan/list", {"list-file": listed("a,b", "1,2")}),
    (
        Role.INQUIRY_OFFICER,
        "/inquiries/list",
        {
            "look": "yes",
            "file": listed(
                "序号,发函单位,姓名,身份证号,联系电话,人员类别,末次接触时间,接触地点",
                "1,郑州市,甲乙丙,120112201003040000,13800138000,密接,2022-01-07 18:30,某餐厅",
                "2,郑州市,甲乙丁,,138,密接,2022-01-07 18:30,某餐厅",
                "3,郑州市,甲乙戊,,13800138001,路人,2022-01-07 18:30,某餐厅",
                "4,郑州市,甲乙己,,13800138002,密接,gestern,某餐厅",
                "5,,,,,,,",
            ),
        },
    ),
    (
        Role.INQUIRY_OFFICER,
        "/inquiries/list",
        {"look": "yes", "file": SimpleUploadedFile("x.csv", b"\x00\x01")},
    ),
)
