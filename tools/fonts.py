"""Rebuild the font subsets that documents are set in.

    uv run --with fonttools==4.68.0 python tools/fonts.py [FOLDER]

FOLDER holds the four files NotoSerifCJK-Regular.ttc, NotoSerifCJK-Bold.ttc and NotoSansCJK-Bold.ttc of Noto CJK
(Debian's package fonts-noto-cjk puts them under /usr/share/fonts/opentype/noto). The subsets keep GB 2312, every
character of the shipped division names, rarer characters usual in personal names, Latin and the signs that a
document needs. They carry names of their own, as the licence asks of modified versions, so that no installed
font can be taken for them.
"""

import argparse
import hashlib
import lzma
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "liankong" / "exchange" / "fonts"
DIVISIONS = ROOT / "liankong" / "vocabulary" / "data" / "divisions.tsv.xz"
SOURCES = {
    "LiankongSong-Regular.otf": ("NotoSerifCJK-Regular.ttc", "Noto Serif CJK SC", "Liankong Song", "Regular"),
    "LiankongSong-Bold.otf": ("NotoSerifCJK-Bold.ttc", "Noto Serif CJK SC", "Liankong Song", "Bold"),
    "LiankongHei-Bold.otf": ("NotoSansCJK-Bold.ttc", "Noto Sans CJK SC", "Liankong Hei", "Bold"),
}
# Characters of recent personal names that GB 2312 lacks.
NAMES = (
    "彧沣玥喆堃垚镕珺璟昇翀赟祎睿瑄炜烨旻晟玮珏琦菁筠骞頔淼犇骉燚喆旸昕昀玙珩琛瑀璐璇祺禔稷竑筱翊芃芮苡茜菡萱蕤袆誉谡赟轶逸邈郗钰铄锜镝闫阗陟雯霏颢颀馥骐麒堉埕墁奭妤姝婕婧婵嫣孜孥嵘巍帏"
    "弈彤忻怡恺悫愫憬懿扆昉昊昱晗晖晞暄曦杞枞柘栎栩桁梓棣楹榛樾檀歆殷毓沄沅沐泓泠泱洵浔浛浠涵淇渊湛湜溱滢漪潇澍澔濂瀚灏煊煜熠燊牧琰瑗瑜瑾瑶璋璞瓒甯畅皓皙砺禄穆窈竣笠笪笙箬簌"
)
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x180)]
SIGNS = "‐–—‘’“”…·•〔〕【】《》〈〉（），。、；：？！％‰℃№①②③④⑤⑥⑦⑧⑨⑩＋－×÷＝≠≤≥±→←↑↓√■□●○★☆△▲◆◇※〇　￥"


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the document fonts")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("/usr/share/fonts/opentype/noto"))
    folder: Path = parser.parse_args().folder
    wanted = characters()
    lines = []
    for name, (source, face, family, style) in SOURCES.items():
        target = TARGET / name
        build(folder / source, face, target, wanted, family, style)
        lines.append(f"{digest(target)}  {name}\n{digest(folder / source)}  {source} (source)\n")
        print(f"{name}: {target.stat().st_size / 1e6:.2f} MB")
    (TARGET / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    extra = sorted(c for c in wanted if c > "\u0180" and not in_gb2312(c))
    (TARGET / "beyond_gb2312.txt").write_text("".join(extra) + "\n", encoding="utf-8")


def characters() -> set[str]:
    """What a document may print."""
    gb2312 = {
        bytes([row, cell]).decode("gb2312", "ignore")
        for row in range(0xA1, 0xF8)
        for cell in range(0xA1, 0xFF)
    }
    with lzma.open(DIVISIONS, "rt", encoding="utf-8") as lines:
        divisions = {character for line in lines for character in line.strip()}
    found = gb2312 | divisions | set(NAMES) | set(SIGNS) | {chr(code) for code in LATIN}
    return {character for character in found if len(character) == 1 and character.isprintable()}


def in_gb2312(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def build(source: Path, face: str, target: Path, wanted: set[str], family: str, style: str) -> None:
    collection = TTCollection(str(source), lazy=True)
    font = next(
        found for found in collection.fonts if found["name"].getDebugName(1) in {face, f"{face} {style}"}
    )
    options = Options()
    options.layout_features = ["kern", "palt", "halt", "liga", "locl", "lnum", "tnum", "pnum", "vert"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    options.hinting = False  # documents are printed or shown large; the outlines suffice
    options.desubroutinize = False
    options.drop_tables += ["DSIG", "VORG", "vhea", "vmtx", "BASE"]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(wanted)))
    subsetter.subset(font)
    rename(font, family, style)
    font["head"].created = font["head"].modified = (
        3_700_000_000  # fixed, so that a rebuild gives the same bytes
    )
    font.recalcTimestamp = False
    font.flavor = None
    font.save(str(target))


def rename(font: TTFont, family: str, style: str) -> None:
    """The family's own name in every record; the copyright and licence records stay as they came."""
    plain = f"{family}-{style}".replace(" ", "")
    new = {1: family, 2: style, 3: f"1.0;{plain}", 4: f"{family} {style}", 6: plain}
    names = font["name"]
    names.names = [
        record for record in names.names if record.nameID in {0, 13, 14} and record.platformID == 3
    ]
    for identifier, text in new.items():
        names.setName(text, identifier, 3, 1, 0x409)
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames = [plain]
        top = cff.topDictIndex[0]
        top.FullName, top.FamilyName = f"{family} {style}", family


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
