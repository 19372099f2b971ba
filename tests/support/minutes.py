"""Made-up reports of meetings in the field's styles. No sentence, person or number in them is real."""

from collections.abc import Sequence

CLAUSES = (
    "加强重点小区核酸采样组织",
    "提高阳性样本转运速度",
    "严格楼门管理",
    "加快隔离房间腾退",
    "完善流调信息交接",
    "做好封控楼栋药品配送",
    "组织夜间值守力量下沉",
    "开展养老院防护检查",
    "优化发热患者接诊流程",
    "强化电梯和楼道消毒",
    "落实运输车辆登记",
    "建立物资日清日结台账",
)
NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
MARKS = {
    "是": lambda n: f"{NUMERALS[n - 1]}是",
    "要": lambda n: f"{NUMERALS[n - 1]}要",
    "第": lambda n: f"第{NUMERALS[n - 1]}，",
    "（一）": lambda n: f"（{NUMERALS[n - 1]}）",
    "1.": lambda n: f"{n}.",
    "（1）": lambda n: f"（{n}）",
    "①": lambda n: chr(ord("①") + n - 1),
}

TWO_MEETINGS = """---
title: '连夜部署 一天两会'
date: Thu, 20 Jan 2022 02:10:00 GMT
---
<div><p>　　<strong>19日晚9:40会议:守住楼门</strong></p>
<p>　　19日晚9:40,天津市疫情防控指挥部召开调度会。市委书记丁某某、市长冯某某出席。</p>
<p>　　会议指出,当前形势仍不容乐观。市政府决定,从20日零时起成立市防控指挥部北辰分指挥部,统筹各类力量。一是各区要在明天中午12时前完成重点小区采样。二是市卫健委牵头,2日内完善转诊流程。三是北辰分指挥部负责楼门值守,24小时内到位。</p>
<p>　　市领导贾某、万某某参加。</p>
<p>　　<strong>18日下午会议:摸清底数</strong></p>
<p>　　18日下午,指挥部召开专题会。会议强调,要加快摸排。随后各区汇报有关情况。(一)提高信息推送速度,各区防控指挥部于1月19日7时前报送名册。(二)加强市、区两级疾控力量统筹。</p>
<p>　　责任编辑:某某</p></div>
<!-- 1.本页注释 2.不是指令 -->
"""

TRADITIONAL = """防控指揮部召開會議
2022年3月2日上午,市疫情防控指揮部召開例會。會議強調,要壓實責任。一是加強核酸檢測(cè)能力建設。二是強(qiáng)化社區管控。三是做好醫療救治準備。
"""

COUNTED = """全市防控工作会议召开
2022年5月6日,全市防控工作会议召开。会议强调,突出“三个到位”,即楼门管控到位、物资配送到位、重点人群服务到位,坚决守住底线。加强“两项工作”,即加强夜间巡查,确保无遗漏;加强车辆登记,确保可追溯。实现确保人员安全、确保供应稳定“两个确保”目标。落实“五个规范”要求,认真总结经验。
"""

REPORT_ONLY = """情况通报
2022年5月6日,市疫情防控指挥部召开新闻发布会,通报有关情况如下:
一、5月5日晚,两名密接人员已转运至集中隔离点。
二、5月6日上午,已采集样本一百份,结果均为阴性。
三、相关场所环境消毒已经结束。
"""


def listed(style: str, items: Sequence[str], *, paragraphs: bool) -> str:
    """A list in a style, inline or one item a paragraph."""
    between = "\n" if paragraphs else ""
    return between.join(f"{MARKS[style](n)}{item}。" for n, item in enumerate(items, 1))


def report(body: str, *, opening: str = "2022年1月20日晚8时，市疫情防控指挥部召开调度会议。") -> str:
    """A meeting with that body."""
    return f"夜间调度\n{opening}\n会议对下一步工作提出要求。\n{body}\n责任编辑：某某\n"
