"""Diagnosis: why each run of a training ended where it did."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from typing import Protocol as Interface

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from landscape._kernels.trainer import SOLVED
from landscape.critical.boolean import idle_units
from landscape.critical.catalogue import Points, sort_out
from landscape.critical.classify import classify_all
from landscape.critical.descent import lowest
from landscape.critical.subproblems import norms
from landscape.critical.trust_region import GTOL, follow
from landscape.machine import processors
from landscape.protocol import Protocol
from landscape.schema import OUTCOMES, Ending
from landscape.statistics import wilson_interval
from landscape.summary import Summary, counted, interval, short, summarized
from landscape.surface import Surface
from landscape.training.batch import train_on_threads
from landscape.training.settings import trainer_settings
from landscape.training.train import Result
from landscape.validation import integer, real

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

ENDS: Mapping[str, Ending] = MappingProxyType(
    {
        "solved": OUTCOMES["solved"],
        "strict_minimum": Ending(
            "A descent from where it stopped leads to a minimum that is no solution, with every eigenvalue positive.",
            "More epochs do not help: start again with another run, or try more hidden units.",
        ),
        "flat_minimum": Ending(
            "A descent from where it stopped leads to a minimum that is no solution, with some eigenvalues zero.",
            "More epochs do not help: start again with another run, or try more hidden units.",
        ),
        "saddle_stall": Ending(
            "It stopped close to a saddle, where the gradient is small and a way down exists.",
            "Try a larger lr, optimizer=momentum, or more epochs.",
        ),
        "escaping": Ending(
            "The loss falls toward a level above the solution while the weights grow without bound.",
            "More epochs do not help: start again with another run, or add l2, which keeps weights small.",
        ),
        "dead_units": Ending(
            "Units whose slope is 0 on every pattern stay so, and what is left does not solve it.",
            "Try activation=leaky_relu, a smaller lr, or more hidden units.",
        ),
        "slow": Ending(
            "A descent from where it stopped solves it, or is itself not at its end.",
            "Try a larger budget, a larger lr, or optimizer=adam.",
        ),
        "unresolved": Ending(
            "The descent stopped, and neither a place to stay nor a way to go on was made out.",
            "Look at the run itself with landscape show, or diagnose with a smaller gtol in Python.",
        ),
        "diverged": OUTCOMES["diverged"],
    }
)
"""Ends of runs, in the order in which tables show them."""

BESIDE = 0.1
"""A run has stalled at a saddle if it ended nearer to it than this part of the saddle's distance from the origin, or than
this where that distance is less than 1 ..."""
NEWTON_STEPS = 40
"""Most steps of Newton's method; from beside a saddle it needs ten."""
LEVEL = 0.01
"""... and if its loss differs from the saddle's by no more than this part of it."""

SHOWN = 4
"""Most ends that a summary names."""


@summarized
@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Why each run of one training ended where it did.

    Attributes
    ----------
    runs : DataFrame
        The table of runs, and for each run: end, one of ``ENDS``; point, its class in ``points`` (-1 for none), with
        distance, how far from that point the run stopped (to a point at infinity: to where the descent was given up);
        descent_loss, the loss of the point; smallest_eigenvalue of the Hessian where the run stopped; growth, the norm of
        its parameters against the norm of its start; saturated_units and dead_units, hidden units whose slope is on no
        pattern above a hundredth of the activation's largest, or 0.
    points : Points
        Classes of points in which the runs end; ``points.member`` and hits count the runs that did not diverge.
    ends : DataFrame
        Number of runs for each end and point, the most frequent first.

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> diagnosis = ls.diagnose(surface, ls.train(surface, ls.Protocol(lr=5.0, budget=2000), runs=20))
    >>> diagnosis.ends[["end", "runs"]].to_numpy().tolist()
    [['solved', 16], ['escaping', 3], ['slow', 1]]
    """

    runs: pd.DataFrame
    points: Points

    def _summary(self) -> Summary:
        n, found = len(self.runs), self.runs["end"].value_counts()
        first, found = f"Diagnosis of {counted(n, 'run')}", found[found > 0]
        if n:
            row = self.runs.iloc[0]
            shares = [f"{k:,} {name} {interval(*wilson_interval(k, n))}" for name, k in found.head(SHOWN).items()]
            more = [f"{found.iloc[SHOWN:].sum():,} others"] if len(found) > SHOWN else []
            network = f"{row['architecture']} {short(row['activation'])} on {short(row['problem'])}"
            first += f" of {network}: {', '.join([*shares, *more])}"
        seen = ["end", "runs", "share", "low", "high", "point", "kind", "loss", "function"]
        return Summary(first, ("ends", "runs", "points"), lambda: self.ends.filter(seen))

    @property
    def ends(self) -> pd.DataFrame:
        """Count the runs of each end and point: one row for each pair, the most frequent first.

        Columns are end, runs, share of all runs with its 95 % interval low and high, and of the point: point, kind, loss,
        outputs (pattern by pattern), patterns_right, function, units.
        """
        table = self.runs.groupby(["end", "point"], observed=True).size().rename("runs").reset_index()
        table["share"] = table["runs"] / max(len(self.runs), 1)
        table["low"], table["high"] = wilson_interval(table["runs"], np.full(len(table), max(len(self.runs), 1)))
        points = self.points.table[["point", "kind", "loss", "outputs", "patterns_right", "function", "units"]]
        table = table.merge(points, on="point", how="left").sort_values("runs", ascending=False, kind="stable")
        order = ["end", "runs", "share", "low", "high", *points.columns]
        return table[order].reset_index(drop=True)


class Results(Interface):
    """What keeps results of trainings by name, as a study does."""

    def result(self, cell: Any, /) -> Result: ...


def diagnose(surface: Surface | Results, result: Result | Any, gtol: float = GTOL, threads: int | None = None) -> Diagnosis:
    """Name the end of every run of a training, and the point it belongs to.

    From the end of each run a second-order descent goes on downhill, so that a run that was slow is told from one that is
    stuck by trying; and from each run that is not solved Newton's method looks for a saddle close by. A training with
    ``criterion="never"`` is judged by the criterion "threshold".

    Parameters
    ----------
    surface : Surface, or Study
    result : Result, or Cell or str
        Of a surface the result of ``train`` on it; of a study a cell, as ``study.result`` takes it: its name in the column
        ``_cell``, for instance.
    gtol : float above 0
        Gradient norm at which a point is stationary.
    threads : int, 1 or more, default all processors
        The diagnosis is the same whatever the number of threads.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        for a result of another surface, a cell that the study does not have, or numbers out of range.
    TypeError
        for what is neither a Surface and a Result nor a Study and a cell.

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2)
    >>> diagnosis = ls.diagnose(surface, ls.train(surface, ls.Protocol(lr=5.0, budget=2000), runs=20))
    >>> diagnosis.runs["end"].head(7).tolist()
    ['solved', 'solved', 'solved', 'solved', 'solved', 'solved', 'escaping']

    A cell of a study:

    >>> study = ls.Study("stuck", ls.grid(hidden=2, lr=5.0, budget=2000), runs=20).run(progress=False)
    >>> ls.diagnose(study, study.cells()["_cell"][0]).ends["end"].tolist()
    ['solved', 'escaping', 'slow']
    """
    gtol = real("gtol", gtol, above=0.0)
    threads = processors() if threads is None else integer("threads", threads, 1)
    if not isinstance(surface, Surface) and hasattr(surface, "result"):
        result = surface.result(result)
        surface = result.surface
    if not isinstance(surface, Surface):
        raise TypeError(
            f"surface of type {type(surface).__name__} does not fit; give a Surface, or a Study and one of its cells"
        )
    if not isinstance(result, Result):
        raise TypeError(f"result of type {type(result).__name__} is not a Result; give what landscape.train returns")
    if result.surface != surface:
        raise ValueError("the runs are those of another surface; give the surface that they were trained on")
    runs = result.runs
    diverged = (runs["outcome"] == "diverged").to_numpy() | ~np.isfinite(result.theta).all(axis=1)
    rows = np.flatnonzero(~diverged)
    theta, start = result.theta[rows], result.theta0[rows]
    protocol = result.protocol
    if protocol.criterion == "never":
        protocol = replace(protocol, criterion="threshold")
    solved = runs["solved"].to_numpy()[rows] | _solved(surface, protocol, theta, threads)

    lower = lowest(surface, theta, gtol, threads)
    here = classify_all(surface, theta, gtol, threads, examine=False)
    points_at = lower.copy()
    stalled = np.zeros(len(rows), np.bool_)
    failed = np.flatnonzero(~solved)
    saddle, stalled[failed] = _saddles_beside(surface, theta[failed], here.loss[failed], gtol, threads)
    points_at[stalled] = saddle[stalled[failed]]
    points = sort_out(surface, points_at, gtol, threads)
    points_at = points.ends
    lower[~stalled] = points_at[~stalled]

    kind = points.table["kind"].astype(str).to_numpy()
    kind = np.where(points.member >= 0, kind[points.member] if len(kind) else "", "not_stationary")
    dead, saturated = idle_units(surface, theta)
    still_dead = (idle_units(surface, lower)[0] > 0) & (dead > 0)
    end = np.full(len(rows), "slow", dtype="U16")
    for name in ("strict_minimum", "flat_minimum", "escaping", "unresolved"):
        end[kind == name] = name
    end[still_dead & np.isin(end, ["strict_minimum", "flat_minimum", "escaping"])] = "dead_units"
    end[np.isin(kind, ["saddle", "degenerate_saddle", "maximum"])] = "saddle_stall"
    end[~stalled & _solved(surface, protocol, lower, threads)] = "slow"
    end[solved] = "solved"

    def column(values: NDArray[np.generic], missing: object) -> NDArray[np.generic]:
        full = np.full(len(runs), missing, dtype=values.dtype)
        full[rows] = values
        return full

    names = column(end, "diverged")
    table = runs.assign(
        end=pd.Categorical(names, categories=list(ENDS)),
        point=column(points.member, -1),
        distance=column(norms(points_at - theta), np.nan),
        descent_loss=column(surface.loss(points_at), np.nan),
        smallest_eigenvalue=column(here.eigenvalues[:, 0], np.nan),
        growth=column(norms(theta) / np.maximum(norms(start), 1e-300), np.nan),
        saturated_units=column(saturated, -1),
        dead_units=column(dead, -1),
    )
    return Diagnosis(table, points)


def _solved(surface: Surface, protocol: Protocol, theta: Array, threads: int) -> Flags:
    """Whether (n,) the criterion holds at parameters (n, P): a run that starts there is solved before its first epoch."""
    settings = trainer_settings(surface, replace(protocol, budget=1))
    ends = train_on_threads(surface, settings, np.ascontiguousarray(theta), np.empty(0, np.int64), threads)
    solved: Flags = (ends.outcomes == SOLVED) & (ends.epochs == 0)
    return solved


def _saddles_beside(surface: Surface, theta: Array, loss: Array, gtol: float, threads: int) -> tuple[Array, Flags]:
    """Points (n, P) that Newton's method finds from points (n, P), and whether (n,) each is a saddle close by."""
    found = follow(surface, theta, np.full(len(theta), -1), gtol, threads, NEWTON_STEPS).theta
    near = norms(found - theta) <= BESIDE * np.maximum(1.0, norms(found))
    level = surface.loss(found)
    near &= (loss >= level - LEVEL * level) & (loss <= level + LEVEL * level)
    rows = np.flatnonzero(near)
    kind = classify_all(surface, found[rows], gtol, threads).kind
    near[rows] = np.isin(kind, ["saddle", "degenerate_saddle"])
    return found, near
