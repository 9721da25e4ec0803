"""Whether a published figure and ours agree: one rule for all claims.

A figure agrees where the 95 % interval of ours meets that of the published one. The latter is the source's own where it has
one, else the sampling interval of its number of runs (for a mean with the deviation found here, if it tells none), else its
rounding. A reading agrees with a claim where all its figures do. The gap is the distance of the two numbers over the two
half widths that lie between them: 1 or less is agreement.
"""

from collections.abc import Mapping
from math import inf
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from landscape.io.sentences import none_or
from landscape.statistics import wilson_interval
from landscape.studies.published_claims import BESIDE, CLAIMS, Claim, Figure

Z = 1.959963984540054


class Ours(NamedTuple):
    """A number found here, the ends of its 95 % interval, and how many runs it is of."""

    number: float
    low: float
    high: float
    runs: int


def published_interval(figure: Figure, ours: Ours) -> tuple[float, float]:
    """Low and high end for a published figure, by the rule above."""
    if not np.isnan(figure.low):
        return figure.low, figure.high
    low, high = max(figure.value - figure.rounding, 0.0), figure.value + figure.rounding
    high = min(high, 1.0) if figure.quantity == "share" else high
    if figure.runs and figure.quantity == "share":
        ends = wilson_interval(figure.value * figure.runs, figure.runs)
        return min(low, float(ends[0])), max(high, float(ends[1]))
    if figure.runs:
        half = Z * figure.deviation / figure.runs**0.5
        if np.isnan(half):
            half = (ours.high - ours.low) / 2 * (ours.runs / figure.runs) ** 0.5
        half = half if np.isfinite(half) else 0.0
        return min(low, figure.value - half), max(high, figure.value + half)
    return low, high


def gap(figure: Figure, published: tuple[float, float], ours: Ours) -> float:
    """Distance of ours from the published number, or from the nearer end of a published range, over the two half widths that
    lie between: 1 where the intervals touch."""
    number, low, high, _ = ours
    below, above = (published[0], published[1]) if np.isnan(figure.value) else (figure.value, figure.value)
    if below <= number <= above:
        return 0.0
    if number > above:
        return (number - above) / max(number - low + published[1] - above, 1e-300) if number < inf else inf
    return (below - number) / max(high - number + below - published[0], 1e-300)


def compare(key: str, claim: Claim, found: Mapping[tuple[str, str], Ours]) -> pd.DataFrame:
    """One row a reading and figure."""
    rows = []
    for (reading, name), ours in found.items():
        figure = claim.figures[name]
        ends = published_interval(figure, ours)
        distance = gap(figure, ends, ours)
        numbers = dict(zip(("published", "published_low", "published_high"), (figure.value, *ends), strict=True))
        numbers |= dict(zip(("ours", "low", "high", "runs"), ours, strict=True))
        words = {
            "key": key,
            "name": claim.name,
            "source": claim.source,
            "claim": claim.claim,
            "figure": name,
            "quantity": figure.quantity,
        }
        rows.append(words | {"reading": reading} | numbers | {"gap": distance, "agrees": distance <= 1.0})
    return pd.DataFrame(rows)


def verdict(rows: pd.DataFrame) -> dict[str, Any]:
    """Of one claim, from its rows. Readings against the text decide nothing and are counted apart; the nearest of the others
    is that whose largest gap is smallest."""
    by_reading = rows.groupby("reading", sort=False)
    agrees, worst = by_reading["agrees"].all(), by_reading["gap"].max()
    beside = agrees.index.str.contains(BESIDE)
    right, agrees, worst = int(agrees[beside].sum()), agrees[~beside], worst[~beside]
    best = str(worst.idxmin())
    mine = rows[rows["reading"] == best]
    farthest = mine.loc[mine["gap"].idxmax()]
    if agrees.all():
        text = "agrees"
    elif not agrees.any():
        text = "disagrees"
    elif agrees.sum() == 1:
        text = f"agrees only under: {best}"
    else:
        text = f"agrees only under {agrees.sum()} of {len(agrees)} readings, nearest: {best}"
    return {
        **farthest[["key", "name", "source", "claim"]],
        "figures": rows["figure"].nunique(),
        "readings": len(agrees),
        "agreeing": int(agrees.sum()),
        "against_text": int(beside.sum()),
        "agreeing_against_text": right,
        "verdict": text,
        "best_reading": best,
        "largest_gap": float(worst.min()),
        "farthest": farthest["figure"],
        **farthest[["published", "published_low", "published_high", "ours", "low", "high", "runs"]],
    }


def together(rates: pd.DataFrame) -> list[str]:
    """For claims of one source that have the same readings and agree under some of them: under how many all hold at once, in
    words."""
    claims: dict[tuple[str, frozenset[str]], dict[str, pd.Series]] = {}
    for (source, name), rows in rates.groupby(["source", "name"], sort=False):
        agrees = rows.groupby("reading")["agrees"].all()
        if agrees.any():
            claims.setdefault((source, frozenset(agrees.index)), {})[name] = agrees
    return [
        f"{' and '.join(several)} hold together under {pd.DataFrame(several).all(axis=1).sum()} of {len(readings)} readings"
        for (_, readings), several in claims.items()
        if len(several) > 1
    ]


_OF_UNTOLD_RUNS = {
    claim.name
    for claim in CLAIMS.values()
    if any(figure.quantity == "share" and not figure.runs and np.isnan(figure.low) for figure in claim.figures.values())
}


def findings(rates: pd.DataFrame, verdicts: pd.DataFrame) -> list[str]:
    """What the two tables say, in sentences."""
    always, never = verdicts["agreeing"] == verdicts["readings"], verdicts["agreeing"] == 0
    beside, right = verdicts["against_text"].sum(), verdicts["agreeing_against_text"].sum()
    sentences = [
        f"Of {len(verdicts)} claims with {verdicts['figures'].sum()} figures, {none_or(always.sum(), 'agree')} under every "
        f"reading of the text, {none_or((~always & ~never).sum())} under some of them, {none_or(never.sum())} under "
        "none; of "
        f"{beside} readings against the text, {none_or(right, 'agree')}."
    ]
    for title, chosen in (("Under every reading", always), ("Under some", ~always & ~never)):
        parts = [
            f"{row.name} ({row.agreeing} of {row.readings}; nearest: {row.best_reading})"
            for row in verdicts[chosen].itertuples(index=False)
        ]
        sentences += [f"{title}: {'; '.join(parts)}."] if parts else []
    parts = [f"{row.name} ({row.readings} readings; {_nearest(row)})" for row in verdicts[never].itertuples(index=False)]
    sentences += [f"Under none: {'; '.join(parts)}."] if parts else []
    silent = [name for name in verdicts.loc[never, "name"] if name in _OF_UNTOLD_RUNS]
    if silent:
        sentences.append(
            f"Of these, {'; '.join(silent)} give shares and not of how many runs: only their rounding is allowed for, "
            "so that chance in the published number may be part of the distance."
        )
    both = together(rates)
    return [*sentences, *([f"{'; '.join(both)}."] if both else [])]


def _nearest(row: Any) -> str:
    ends = f"{row.published_low:g} to {row.published_high:g}" if np.isnan(row.published) else f"{row.published:g}"
    ours = f"{number(row.ours)} [{number(row.low)}, {number(row.high)}]"
    return f"nearest: {row.best_reading}; farthest off there: {row.farthest}, published {ends}, ours {ours}"


def number(value: float) -> str:
    """Whole from a thousand on, else with three digits."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
