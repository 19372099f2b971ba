"""A hundred thousand rows are read in well under a minute."""

import time
from pathlib import Path

import pytest

from liankong.exchange import linelist, mapping

SHAPE = """
[fields]
key = "病例编号"
sex = "性别"
age = "年龄"
onset = "发病日期"
confirmed = "确诊日期"
hospital = "收治医院"
[fields.infectors]
column = "感染来源"
pattern = '(?P<key>JN\\d+)'
[personal]
name = "姓名"
"""


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_within_the_minute(tmp_path: Path) -> None:
    rows = 100_000
    file = tmp_path / "big.csv"
    with file.open("w", encoding="gb18030") as out:
        out.write("病例编号,姓名,性别,年龄,发病日期,确诊日期,收治医院,感染来源\n")
        for n in range(rows):
            day = f"2022年1月{n % 28 + 1}日"
            out.write(f"JN{n},某人,{'男女'[n % 2]},{n % 90}岁,{day},2022-02-01,海河医院,密接 JN{n // 2}\n")
    began = time.perf_counter()
    read_list = linelist.read(file, mapping.loads(SHAPE))
    assert time.perf_counter() - began < 60
    assert read_list.counts() == {"in": rows, "accepted": rows, "rejected": 0, "duplicate": 0}
    assert read_list.accepted[-1].infectors == (f"JN{(rows - 1) // 2}",)
