"""What columns of line lists are usually called, in English and Chinese.

Headers are compared without case, spaces and punctuation: "Date of onset", "date_of_onset" are one.
"""

import re
import unicodedata

_MARKS = re.compile(r"[\W_]+")


def form(header: str) -> str:
    """The form in which headers are compared."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", header).casefold())


# In the order in which fields choose their columns.
HEADERS: dict[str, tuple[str, ...]] = {
    "key": (
        "id", "caseid", "casenumber", "caseno", "casekey", "case", "patientid", "uniqueid", "index",
        "no", "number", "病例编号", "病例号", "病例id", "个案编号", "個案編號", "案号", "案號", "编号",
        "序号", "卡片编号",
    ),
    "died": (
        "deathdate", "dateofdeath", "datedeath", "dtdeath", "dateofdied", "died", "死亡日期",
        "死亡时间",
    ),
    "outcome_day": (
        "dateofoutcome", "outcomedate", "datedischarge", "dischargedate", "dateofdischarge",
        "recovery", "daterecovered", "dateofrecovery", "出院日期", "出院时间", "转归日期", "治愈日期",
        "解除日期",
    ),
    "onset": (
        "onset", "onsetdate", "dateonset", "dateofonset", "dtonset", "symptomonset", "onsetofsymptom",
        "onsetofsymptoms", "symptomonsetdate", "dateonsetsymptoms", "dateofsymptomonset",
        "dateofprodrome", "发病日期", "发病时间", "发病", "症状出现日期", "出现症状日期", "發病日期",
        "發病日",
    ),
    "sampled": (
        "sampled", "sampledate", "dateofsample", "datesample", "specimendate", "dateofspecimen",
        "swabdate", "采样日期", "采样时间", "首次采样日期",
    ),
    "isolated": (
        "isolated", "isolationdate", "dateofisolation", "dateisolation", "quarantinedate",
        "datequarantine", "dateofquarantine", "隔离日期", "隔离时间", "管控日期", "管控时间",
    ),
    "admitted": (
        "admitted", "admissiondate", "dateofadmission", "dateadmission", "dateofhospitalisation",
        "dateofhospitalization", "datehospital", "hospitalisationdate", "hospitalizationdate",
        "入院日期", "入院时间", "收治日期", "收治时间",
    ),
    "confirmed": (
        "confirmed", "confirmeddate", "dateconfirmed", "dateconfirmation", "confirmationdate",
        "dateofconfirmation", "dtdiag", "diagnosisdate", "dateofdiagnosis", "datediagnosis",
        "positivedate", "确诊日期", "确诊时间", "诊断日期", "诊断时间", "確診日期", "確診日",
    ),
    "reported": (
        "reported", "reportdate", "dateofreport", "datereport", "datereported", "dtreport",
        "reporttocdc", "notificationdate", "dateofnotification", "date", "报告日期", "报告时间",
        "报卡日期", "网报日期", "通報日",
    ),
    "exposed_from": (
        "exposurestart", "startofexposure", "dtstartexp", "startsource", "firstexposure",
        "首次暴露日期", "暴露开始日期",
    ),
    "exposed_to": (
        "exposureend", "endofexposure", "dtendexp", "endsource", "lastexposure", "lastpossexposure",
        "dateofinfection", "末次暴露日期", "末次接触日期", "暴露结束日期", "感染日期",
    ),
    "sex": (
        "sex", "gender", "性别", "性別",
    ),
    "age": (
        "age", "ageyears", "ageinyears", "agegroup", "ageband", "年龄", "年齡", "年龄岁", "年龄组",
    ),
    "classification": (
        "classification", "casestatus", "casetype", "casedefinition", "status", "病例分类", "病例类型",
        "诊断类型", "人员类别", "分类",
    ),
    "severity": (
        "severity", "clinicaltype", "临床分型", "病情", "临床严重程度", "分型",
    ),
    "origin": (
        "origin", "importedlocal", "localimported", "abroadlocal", "caseorigin", "病例来源",
        "来源类型", "感染类型", "是否输入",
    ),
    "outcome": (
        "outcome", "finaloutcome", "vitalstatus", "转归", "结局", "当前状态",
    ),
    "infectors": (
        "infector", "infectedby", "infectors", "sourcecase", "sourcecaseid", "sourceinfectedcasesall",
        "sourceinfectedcase", "source", "contactof", "传染源", "感染来源", "上代病例", "上级病例",
        "relatedcases", "linkedto", "linkedcases", "contacts", "关联病例", "接触史",
    ),
    "origin_place": (
        "infectionsource", "travelhistory", "placeinfect", "placeofinfection", "countryofinfection",
        "输入国家", "来源地", "感染地",
    ),
    "hospital": (
        "hospital", "lochosp", "facility", "treatedat", "收治医院", "医院", "就诊医院",
    ),
    "cluster": (
        "cluster", "clustername", "outbreak", "聚集性疫情", "疫情名称", "关联疫情",
    ),
    "exposure": (
        "exposure", "presumedreason", "exposuresetting", "routeofinfection", "wayofdiscover",
        "感染途径", "暴露史", "暴露场所", "发现方式",
    ),
    "place": (
        "place", "district", "province", "region", "county", "city", "location", "village", "区县",
        "所属区", "街道", "乡镇", "社区", "县区", "省份", "报告地区",
    ),
    "notes": (
        "notes", "note", "remarks", "remark", "comments", "comment", "additionalinformation", "detail",
        "备注", "说明",
    ),
}  # fmt: skip
PERSONAL_HEADERS: dict[str, tuple[str, ...]] = {
    "name": (
        "name", "fullname", "patientname", "casename", "姓名", "患者姓名", "病例姓名",
    ),
    "id_number": (
        "idnumber", "idcard", "nationalid", "idcardnumber", "passport", "身份证号", "身份证号码",
        "身份证", "证件号码", "证件号",
    ),
    "phone": (
        "phone", "phonenumber", "mobile", "telephone", "tel", "电话", "联系电话", "手机", "手机号",
        "手机号码", "联系方式",
    ),
    "address": (
        "address", "homeaddress", "residence", "现住址", "家庭住址", "住址", "居住地", "现住地",
        "详细地址", "户籍地址",
    ),
}  # fmt: skip
# Columns of links that do not say who infected whom.
UNDIRECTED = frozenset({"relatedcases", "linkedto", "linkedcases", "contacts", "关联病例"})
