"""Published figures beside ours: every reading faint, the nearest strong.

python -m figures published_rates
"""

import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from landscape import plot
from landscape.figures.common import load

OURS, THEIRS = plot.style.SPARE_COLOURS[1], plot.style.SPARE_COLOURS[3]


def draw(results: Path) -> tuple[Figure, str]:
    """The figure, drawn from the tables in the folder of results, and its caption."""
    table = load(results, "published_rates", made_by="published_rates")
    verdicts = load(results, "published_rates_verdicts", made_by="published_rates")
    figure = plt.figure(figsize=(plot.PAGE, 7.6), layout="constrained")
    rows = figure.subfigures(4, 1)
    share = table["quantity"].str.startswith("share")
    kramer = table["key"].isin(["fixed_step", "steepest_descent", "polak_ribiere"])
    of = {
        "Hamey 1991": table["key"] == "hamey",
        "Kramer & Sangiovanni-V. 1988": kramer,
        "replica of the posted program": table["key"] == "posted",
        "Schmidhuber 1993": table["key"] == "schmidhuber",
    }
    names = ("Hamey 1991", "Kramer & Sangiovanni-V. 1988", "replica of the posted program")
    for ax, name in zip(rows[0].subplots(1, 3, sharey=True, width_ratios=(2, 3, 6)), names, strict=True):
        compare(ax, table[of[name] & share], name)
    names = ("Hamey 1991", "Kramer & Sangiovanni-V. 1988", "Schmidhuber 1993")
    for ax, name in zip(rows[1].subplots(1, 3, width_ratios=(4, 4, 1.6)), names, strict=True):
        compare(ax, table[of[name] & ~share], name)
        ax.set_yscale("log")
        ax.margins(y=0.1)
    rows[1].axes[0].set_ylabel("epochs, or solved\nper 1000 epochs")
    rows[1].axes[2].set_ylabel("draws")
    lines = table[table["name"].str.startswith("Swirszcz")]
    groups = lines.groupby("key", sort=False)
    for ax, (key, group) in zip(rows[2].subplots(1, groups.ngroups, sharey=True), groups, strict=True):
        compare(ax, group, key.replace("_", ", "), "h")
    rows[2].suptitle("Swirszcz, Czarnecki & Pascanu 2016, by hidden units h", fontsize=8)
    lines = table[table["key"] == "kolen"]
    groups = lines.groupby(lines["figure"].str.rpartition(", ")[0], sort=False)
    for ax, (settings, group) in zip(rows[3].subplots(1, groups.ngroups, sharey=True), groups, strict=True):
        compare(ax, group, settings.replace(", ", ",\n"), "p")
    rows[3].suptitle("Kolen & Pollack 1990, by half-width p of the start", fontsize=8)
    for row, label in ((0, "share solved"), (2, "share solved"), (3, "share not solved")):
        rows[row].axes[0].set(ylabel=label, ylim=(-0.08, 1.08))
    handles, _ = rows[0].axes[0].get_legend_handles_labels()
    handles.append(plt.Line2D([], [], color=THEIRS, marker="|", linestyle="none", markersize=8, label="published, a range"))
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    tried, agreeing = (verdicts["readings"] + verdicts["against_text"]).sum(), (verdicts["agreeing"] > 0).sum()
    return figure, (
        f"{table['figure'].nunique()} published figures with their intervals, or the range given (pink), and ours: under "
        f"the nearest reading of each text with its 95 % interval (blue), and under each of {tried:,} readings (grey). "
        f"Under some reading of the text all figures agree for {agreeing} of {len(verdicts)} claims."
    )


def compare(ax: Axes, rows: pd.DataFrame, title: str, along: str = "") -> None:
    """The figures of some claims side by side. Named by their last words; with ``along``, by the number after it."""
    places = {name: place for place, name in enumerate(rows["figure"].unique())}
    x, finite = rows["figure"].map(places), np.isfinite(rows["ours"])
    ax.plot(x[finite], rows.loc[finite, "ours"], "_", color="0.45", alpha=0.35, markersize=7, label="ours, every reading")
    best = rows[rows["best"] & finite]
    at = best["figure"].map(places)
    length = np.array([best["ours"] - best["low"], (best["high"] - best["ours"]).where(np.isfinite(best["high"]), 0.0)])
    ax.errorbar(at + 0.14, best["ours"], length, fmt="o", color=OURS, elinewidth=1.1, label="ours, nearest reading")
    once = rows[rows["best"]].drop_duplicates("figure")
    at, value = once["figure"].map(places), once["published"]
    middle = value.fillna((once["published_low"] + once["published_high"]) / 2)
    length = np.array([middle - once["published_low"], once["published_high"] - middle])
    ax.errorbar(at - 0.14, middle, length, fmt="none", color=THEIRS, elinewidth=1.4)
    ax.plot(at - 0.14, value, "D", color=THEIRS, markerfacecolor="white", markersize=4, label="published")
    if along:
        ax.set_xticks(range(len(places)), [name.rpartition(f"{along} = ")[2].removeprefix("0") for name in places])
        ax.set_xlabel(along, labelpad=0.0)
    else:
        ax.set_xticks(range(len(places)), [textwrap.fill(name, 10) for name in places])
    ax.set_xlim(-0.6, len(places) - 0.4)
    ax.set_title(title)
