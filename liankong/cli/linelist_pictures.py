"""Pictures of a summary for a terminal: curve, bars, trees. Plain text in, rich renderables out."""

from datetime import date
from math import ceil

import numpy as np
from rich.markup import escape
from rich.tree import Tree

from liankong.epi.arrays import Days
from liankong.epi.chains import Chains, neighbours
from liankong.epi.curves import Curve

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_SHOWN_CHILDREN = 8
_SHOWN_DEPTH = 6


def epicurve(curve: Curve, *, width: int, height: int = 8) -> list[str]:
    """A curve in block characters, at most `width` wide: `height` lines of blocks, an axis, its days.

    A longer curve is drawn with several steps to a column, and says so.
    """
    totals = curve.totals
    if len(totals) == 0:
        return ["(no day is known)"]
    room = max(width - 8, 10)
    together = ceil(len(totals) / room)
    padded = np.pad(totals, (0, -len(totals) % together))
    columns = padded.reshape(-1, together).sum(axis=1)
    wide = max(1, min(3, room // len(columns)))
    top = int(columns.max())
    heights = np.ceil(columns / max(top, 1) * height * 8).astype(int)
    lines = []
    for level in range(height - 1, -1, -1):
        blocks = "".join(_EIGHTHS[min(8, max(0, filled - level * 8))] * wide for filled in heights)
        label = f"{top:>6}" if level == height - 1 else " " * 6
        lines.append(f"{label} │{blocks}")
    lines.append(f"{0:>6} └" + "─" * (len(columns) * wide))
    labels = curve.labels()
    gap = max(1, len(columns) * wide - len(labels[0]) - len(labels[-1]))
    lines.append(" " * 8 + (labels[0] if len(labels) == 1 else labels[0] + " " * gap + labels[-1]))
    if together > 1:
        lines.append(" " * 8 + f"each column is {together} {curve.step}s")
    return lines


def bar(share: float, *, width: int = 20) -> str:
    """A horizontal bar of up to `width` characters, in eighths."""
    blocks = " ▏▎▍▌▋▊▉█"
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (blocks[rest] if rest else "")


def spark(counts: list[int]) -> str:
    """A list of counts as one line of blocks; a small count is never drawn as none."""
    top = max(counts, default=0)
    return "".join(_EIGHTHS[ceil(count / top * 8) if count else 0] for count in counts) if top else ""


def tree(chains: Chains, onset: Days, root: int) -> Tree:
    """The chain below a root, children by onset; large families and deep chains are cut with a count."""
    links = chains.links
    offsets, children = neighbours(links.infector, links.infectee, links.n)
    seen = {root}

    def label(case: int) -> str:
        infected = int(chains.offspring[case])
        day: date | None = onset[case].item()
        words = [f"[bold]{escape(links.keys[case])}[/bold]", f"[dim]{day or 'onset unknown'}[/dim]"]
        if infected:
            words.append(f"infected [cyan]{infected}[/cyan]")
        return "  ".join(words)

    def grow(branch: Tree, case: int, depth: int) -> None:
        found = [
            int(child) for child in children[offsets[case] : offsets[case + 1]] if int(child) not in seen
        ]
        seen.update(found)
        # Who infected others is shown first: leaves are the ones to cut.
        found.sort(key=lambda child: (-int(chains.offspring[child]), onset[child].astype(np.int64), child))
        for child in found[:_SHOWN_CHILDREN]:
            below = branch.add(label(child))
            if depth < _SHOWN_DEPTH:
                grow(below, child, depth + 1)
        if len(found) > _SHOWN_CHILDREN:
            branch.add(f"[dim]and {len(found) - _SHOWN_CHILDREN} more[/dim]")

    top = Tree(label(root))
    grow(top, root, 1)
    return top
