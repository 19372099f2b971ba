"""A summary on a terminal: what a person wants to see first, first."""

from pathlib import Path

from rich.columns import Columns
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from liankong.cli import console
from liankong.cli.linelist_pictures import bar, epicurve, spark, tree
from liankong.epi.arrays import days
from liankong.epi.curves import Curve, epidemic_curve
from liankong.epi.delays import Delay
from liankong.epi.quality import Doubt
from liankong.epi.summary import CURVES, Summary
from liankong.exchange.linelist import LineList
from liankong.exchange.mapping import Mapping
from liankong.exchange.mapping_guess import Guess

_TOP = 8
_SHOWN_KEYS = 6
_DOUBTS = {
    Doubt.SECONDARY_BEFORE_PRIMARY: "secondary case fell ill before its infector",
    Doubt.LONG_GAP: "long gap between the onsets",
    Doubt.ONSET_UNKNOWN: "link without both onsets",
    Doubt.DANGLING_INFECTOR: "infector is not in the list",
    Doubt.NO_INFECTOR: "no infector stated, not imported",
    Doubt.SEVERAL_INFECTORS: "several infectors",
    Doubt.SELF_LINK: "case is its own infector",
    Doubt.CYCLE: "on a circle of infectors",
}


def print_summary(summary: Summary, line_list: LineList, mapping: Mapping) -> None:
    """The whole summary."""
    screen = console()
    screen.print(_head(summary, line_list, mapping))
    _print_curve(screen, summary)
    screen.print(Columns([_counts(summary), _demography(summary)], padding=(0, 3)))
    if summary.delays:
        _print_delays(screen, summary)
    if summary.clusters:
        _print_stated_clusters(screen, summary)
    if len(summary.chains.linked):
        _print_links(screen, summary, line_list)


def print_chains(summary: Summary, line_list: LineList, mapping: Mapping, *, trees: int) -> None:
    """Links, the first trees, doubts."""
    screen = console()
    screen.print(_head(summary, line_list, mapping))
    if not len(summary.chains.linked):
        screen.print("No case is linked to another.")
        return
    onset = days(record.onset for record in summary.records)
    by_size = sorted(summary.chains.roots.tolist(), key=lambda root: summary.chains.cluster[root])
    for root in by_size[:trees]:
        screen.print(tree(summary.chains, onset, root))
    if len(by_size) > trees:
        screen.print(f"[dim]{len(by_size) - trees} more chains (--trees shows more)[/dim]")
    _print_links(screen, summary, line_list)


def print_guess(found: Guess, output: Path) -> None:
    """What was guessed, field by field."""
    screen = console()
    table = Table(
        title=f"Guessed mapping, written to {output}", title_justify="left", box=None, padding=(0, 2)
    )
    for column in ("field", "column", ""):
        table.add_column(column)
    for one in found.fields:
        mark = "[yellow]question[/yellow]" if one.question else "" if one.sure else "[yellow]check[/yellow]"
        table.add_row(one.name, Text(one.column), mark)
    screen.print(table)
    if found.unused:
        verb = "is" if len(found.unused) == 1 else "are"
        screen.print(f"[dim]{_many(len(found.unused), 'column')} {verb} not used.[/dim]")


def _head(summary: Summary, line_list: LineList, mapping: Mapping) -> Panel:
    counts = line_list.counts()
    account = Text.assemble(
        f"{counts['in']:,} rows in = ",
        (f"{counts['accepted']:,} accepted", "green"),
        " + ",
        (f"{counts['rejected']:,} rejected", "red" if counts["rejected"] else ""),
        " + ",
        (f"{counts['duplicate']:,} duplicate", "yellow" if counts["duplicate"] else ""),
    )
    lines = [account]
    if line_list.links is not None:
        links = line_list.links.counts()
        lines.append(
            Text(
                f"{links['in']:,} links in {line_list.links.file} = {links['accepted']:,} accepted"
                f" + {links['rejected']:,} rejected + {links['duplicate']:,} duplicate"
            )
        )
    if summary.set_aside:
        aside = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in summary.set_aside.items())
        lines.append(Text(f"not counted as cases: {aside}"))
    lines += [Text(str(notice), style="dim") for notice in line_list.notices]
    title = Text(
        f"{mapping.title or line_list.file}: {_many(len(summary.records), 'case')}, {_many(summary.deaths, 'death')}"
    )
    title.stylize("bold")
    return Panel(Group(*lines), title=title, title_align="left", expand=False)


def _print_curve(screen: Console, summary: Summary) -> None:
    # Onset says most about transmission; a list without onsets is drawn by what it has.
    name = max(CURVES, key=lambda one: (int(summary.curves[one].totals.sum()) > 0, -CURVES.index(one)))
    curve = summary.curves[name]
    if not len(curve.starts):
        return
    curve = _fitting(curve, summary, name, screen.width)
    unknown = int(curve.unknown.sum())
    aside = f" ({unknown:,} unknown)" if unknown else ""
    screen.print(f"\n[bold]Cases by {curve.step} of {_words(name)}[/bold]{aside}")
    for line in epicurve(curve, width=screen.width):
        screen.print(Text(line, style="cyan", no_wrap=True))
    screen.print()


def _fitting(curve: Curve, summary: Summary, name: str, width: int) -> Curve:
    """A curve by day that is too long for the screen is drawn by week."""
    if curve.step == "week" or len(curve.starts) <= width - 8:
        return curve
    return epidemic_curve(days(getattr(record, name) for record in summary.records), by="week")


def _counts(summary: Summary) -> Table:
    table = Table(title="Cases by", title_justify="left", title_style="bold", box=None, padding=(0, 1))
    table.add_column("")
    table.add_column("", justify="left")
    table.add_column("n", justify="right")
    for name, counts in summary.counts.items():
        if set(counts) == {"unknown"}:
            continue
        for index, (value, n) in enumerate(counts.items()):
            table.add_row(name if index == 0 else "", _words(value), f"{n:,}")
    return table


def _demography(summary: Summary) -> Table | str:
    shown = summary.demography
    if not shown.counts[:-1].any():
        return ""
    table = Table(title="Sex and age", title_justify="left", title_style="bold", box=None, padding=(0, 1))
    table.add_column("age", justify="right")
    used = [column for column in range(len(shown.sexes)) if shown.counts[:, column].any() or column < 2]
    for column in used:
        table.add_column(shown.sexes[column], justify="right")
    table.add_column("")
    totals = shown.counts.sum(axis=1)
    oldest = max(index for index, total in enumerate(totals[:-1]) if total)
    for index, label in enumerate(shown.labels()):
        if index <= oldest or totals[index]:
            cells = [f"{int(shown.counts[index, column]):,}" for column in used]
            table.add_row(label, *cells, Text(bar(totals[index] / totals.max()), style="cyan"))
    return table


def _print_delays(screen: Console, summary: Summary) -> None:
    table = Table(box=None, padding=(0, 1))
    table.add_column("from → to", no_wrap=True)
    for column in ("n", "mean", "SD", "median", "Q1-Q3", "min", "max"):
        table.add_column(column, justify="right", no_wrap=True)
    negative = []
    for (start, end), figures in summary.delays.items():
        name = f"{_words(start)} → {_words(end)}"
        table.add_row(name, *_figures(figures))
        keys = [summary.records[case].key for case in figures.negative]
        if keys:
            negative.append(f"{name}: {len(keys)} negative, kept: {_some(keys)}")
    screen.print("\n[bold]Delays in days[/bold]")
    screen.print(table)
    for line in negative:
        screen.print(Text(f" {line}", style="yellow"))


def _figures(figures: Delay) -> tuple[str, ...]:
    return (
        f"{figures.n:,}",
        _number(figures.mean, 2),
        _number(figures.sd, 2),
        _number(figures.median, 1),
        f"{_number(figures.q1, 1)}-{_number(figures.q3, 1)}",
        _number(figures.minimum, 0),
        _number(figures.maximum, 0),
    )


def _print_stated_clusters(screen: Console, summary: Summary) -> None:
    table = Table(box=None, padding=(0, 1), show_header=False)
    table.add_column("")
    table.add_column("cases", justify="right")
    for name, n in list(summary.clusters.items())[:_TOP]:
        table.add_row(Text(name), f"{n:,}")
    if len(summary.clusters) > _TOP:
        table.add_row(f"[dim]and {len(summary.clusters) - _TOP} more[/dim]", "")
    screen.print(f"\n[bold]Clusters as stated ({len(summary.clusters):,})[/bold]")
    screen.print(table)


def _print_links(screen: Console, summary: Summary, line_list: LineList) -> None:
    graph = summary.chains
    keys = graph.links.keys
    table = Table(box=None, show_header=False)
    table.add_column("", no_wrap=True)
    table.add_column("")
    sizes = graph.sizes.tolist()
    more = f" and {len(sizes) - 12} more" if len(sizes) > 12 else ""
    table.add_row("infector → infectee", f"{len(graph.links.infector):,} among {len(graph.linked):,} cases")
    if len(graph.links.related):
        table.add_row("direction unknown", f"{len(graph.links.related):,}")
    table.add_row("roots", Text(f"{len(graph.roots):,}: {_some([keys[root] for root in graph.roots])}"))
    table.add_row("cluster sizes", ", ".join(map(str, sizes[:12])) + more)
    top = [f"{keys[case]} ({infected})" for case, infected in graph.top_spreaders(_TOP)]
    table.add_row("infected most", Text(", ".join(top)))
    offspring = graph.offspring_distribution().tolist()
    table.add_row("offspring 0, 1, 2, ...", f"{spark(offspring)}  {_some([str(n) for n in offspring])}")
    screen.print("\n[bold]Links[/bold]")
    screen.print(table)
    _print_serial(screen, summary, line_list)
    _print_doubts(screen, summary)


def _print_serial(screen: Console, summary: Summary, line_list: LineList) -> None:
    serial = summary.serial
    figures = serial.figures
    if figures.n == 0:
        return
    between = ""
    if serial.mean_interval:
        low, high = serial.mean_interval
        between = f" ({serial.level:.0%} interval {low:.2f} to {high:.2f})"
    screen.print(
        f"\n[bold]Serial interval[/bold] of linked onsets: mean [bold]{_number(figures.mean, 2)}[/bold] d{between}, "
        f"SD {_number(figures.sd, 2)}, median {_number(figures.median, 1)}, n {figures.n}"
    )
    if len(figures.negative):
        screen.print(f"[yellow]{len(figures.negative)} of them negative, kept[/yellow]")
    if line_list.directed_by_onset:
        screen.print(
            f"[dim]{line_list.directed_by_onset} links got their direction from the onsets, so none of those can be "
            "negative: read this as links of cases, not of proven transmissions.[/dim]"
        )


def _print_doubts(screen: Console, summary: Summary) -> None:
    if not summary.findings:
        screen.print("\nNo link is in doubt.")
        return
    table = Table(box=None, show_header=False)
    table.add_column("", justify="right")
    table.add_column("")
    table.add_column("")
    keys = summary.chains.links.keys
    for doubt, words in _DOUBTS.items():
        found = [finding for finding in summary.findings if finding.doubt is doubt]
        if not found:
            continue
        limit = f" (over {_number(summary.long_gap, 0)} d{'' if summary.long_gap_stated else ', far out'})"
        said = words + (limit if doubt is Doubt.LONG_GAP else "")
        shown = []
        for finding in found:
            infector = finding.stated or (None if finding.infector is None else keys[finding.infector])
            arrow = f"{infector} → " if infector else ""
            gap = "" if finding.gap is None else f" ({finding.gap:.0f} d)"
            shown.append(f"{arrow}{keys[finding.case]}{gap}")
        table.add_row(
            Text(f"{len(found):,}", style="yellow"),
            said,
            Text(_some(shown), style="dim"),
        )
    screen.print("\n[bold]To be looked at[/bold]")
    screen.print(table)


def _some(items: list[str]) -> str:
    more = ", ..." if len(items) > _SHOWN_KEYS else ""
    return ", ".join(items[:_SHOWN_KEYS]) + more


def _number(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
