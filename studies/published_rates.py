"""How often XOR is learned, as published and as found here: figures, readings, and whether they agree.

Hamey 1991, Kramer & Sangiovanni-Vincentelli 1988, Swirszcz, Czarnecki & Pascanu 2016, Kolen & Pollack 1990, Schmidhuber
1993, and a replica of the posted program. Where a text is silent, each plausible reading of it is tried, and all are in the
table. A reading agrees with a claim where every one of its figures and ours meet within their intervals; the rule, one for
all, stands in ``published_verdicts.py``.

Writes published_rates (a figure under a reading a row), published_rates_verdicts (a claim a row) and published_rates.md to
the folder of results, and keeps runs in its folder published_rates.

    python studies/published_rates.py
"""

from math import inf
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import landscape as ls
from landscape.io.tables import FORMATS
from landscape.statistics import wilson_interval
from landscape.studies.line_search import Ends, Task, descend, descend_wolfe
from landscape.studies.options import GUARDS, Options, options, record
from landscape.studies.published_claims import CLAIMS, SWIRSZCZ, Claim, Figure
from landscape.studies.published_surfaces import BiasesFree
from landscape.studies.published_verdicts import Ours, Z, compare, findings, verdict
from landscape.training.initial_weights import draw_starts

Array = NDArray[np.float64]
Found = dict[tuple[str, str], Ours]
"""By reading and figure."""

TIMES = {"hamey": 10, "posted": 10, "schmidhuber": 2_500} | dict.fromkeys(SWIRSZCZ, 2)
EXACT, WOLFE = 5, 0.5
"""Runs a cell, in multiples of those asked for; the last two of descents all at once, and of SciPy's one by one."""
GAMMA = 1e-4
"""The penalty of Kramer & Sangiovanni-Vincentelli, (gamma / 2) |w|^2."""


def cells(claim: Claim, quick: bool = False) -> dict[tuple[str, str], Any]:
    """The cell of each reading and figure; with ``quick``, with a tenth of the epochs."""
    found = {}
    for reading, settings in claim.readings.items():
        for name, figure in claim.figures.items():
            every = settings | figure.settings
            found[reading, name] = every | {"budget": every["budget"] // 10} if quick else every
    return {key: ls.grid([settings]).cells[0] for key, settings in found.items()}


def as_quantity(quantity: str, solved: int, runs: int) -> Ours:
    """A count as a share, or as the draws until one is solved."""
    low, high = (float(end) for end in wilson_interval(solved, runs))
    if quantity == "share not solved":
        return Ours(1.0 - solved / runs, 1.0 - high, 1.0 - low, runs)
    if quantity == "draws":
        return Ours(runs / solved if solved else inf, 1.0 / high, 1.0 / low if low else inf, runs)
    return Ours(solved / runs, low, high, runs)


def trained(given: Options, key: str, claim: Claim) -> Found:
    """Shares that are solved, of a study with a cell for each reading and figure."""
    by_key = cells(claim, given.quick)
    runs = given.runs * TIMES.get(key, 1)
    study = ls.Study(given.out / "published_rates" / key, ls.grid(by_key.values()), runs, given.seed).run()
    rates = ls.success_rates(study.runs(columns=[*GUARDS, "solved"]), "_cell").set_index("_cell")["solved"]
    return {
        (reading, name): as_quantity(claim.figures[name].quantity, int(rates[cell.id]), runs)
        for (reading, name), cell in by_key.items()
    }


def drawn(given: Options, key: str, claim: Claim) -> Found:
    """The same of starts that are not trained, too many to be kept."""
    found, runs, part = {}, given.runs * TIMES[key], 50_000
    for (reading, name), cell in cells(claim).items():
        starts = [(first, min(part, runs - first)) for first in range(0, runs, part)]
        tables = [ls.train(cell.surface, cell.protocol, many, given.seed, first).runs for first, many in starts]
        solved = sum(int(table["solved"].sum()) for table in tables)
        found[reading, name] = as_quantity(claim.figures[name].quantity, solved, runs)
    return found


def posted(given: Options, key: str, claim: Claim) -> Found:
    """Right at an epoch is not yet right at some epoch until then: a network may unlearn."""
    found = {}
    for (reading, name), cell in cells(claim).items():
        runs, epoch = given.runs * TIMES[key], cell.protocol.budget
        result = ls.train(cell.surface, cell.protocol, runs, given.seed, checkpoints=(epoch,))
        table = result.checkpoints if reading == "at that epoch" else result.runs
        found[reading, name] = as_quantity("share", int(table["solved"].sum()), runs)
    return found


def learning_times(counts: Array, runs: int) -> dict[str, Array]:
    """Hamey's figures.

    Parameters
    ----------
    counts : (..., T), how many of so many runs were solved at epoch 1 to T

    Returns
    -------
    Of shape (...). Efficiency at epoch t is 1000 times the runs solved by t over the epochs spent by all runs until then,
    ``sum(min(t, t_i))``. Epochs count from 1, for a start that is right: else its harmonic mean would be 0.
    """
    epochs = np.arange(1, counts.shape[-1] + 1)
    solved, sums = counts.cumsum(axis=-1), (counts * epochs).cumsum(axis=-1)
    efficiency = 1000.0 * solved / (sums + (runs - solved) * epochs)
    some, none = np.maximum(solved[..., -1], 1), solved[..., -1] == 0
    return {
        "solved by epoch 54": solved[..., 53] / runs,
        "solved by epoch 2,000": solved[..., -1] / runs,
        "mean of the solved": np.where(none, inf, sums[..., -1] / some),
        "harmonic mean": np.where(none, inf, some / np.maximum((counts / epochs).sum(axis=-1), 1e-9)),
        "epoch of the peak": epochs[efficiency.argmax(axis=-1)],
        "peak efficiency": efficiency.max(axis=-1),
    }


def hamey(given: Options, key: str, claim: Claim) -> Found:
    """Intervals by the bootstrap, 200 resamples of the runs."""
    by_reading = {reading: cell for (reading, _), cell in cells(claim).items()}
    runs = given.runs * TIMES[key]
    study = ls.Study(given.out / "published_rates" / key, ls.grid(by_reading.values()), runs, given.seed).run()
    table = study.runs(columns=["_cell", "epochs"], where={"solved": True})
    solved_at = {cell: epochs.to_numpy() for cell, epochs in table.groupby("_cell", observed=True)["epochs"]}
    rng, found = np.random.default_rng(given.seed), {}
    for reading, cell in by_reading.items():
        counts = np.bincount(solved_at.get(cell.id, np.empty(0, np.int64)), minlength=cell.protocol.budget + 1)
        shares = np.append(counts, runs - counts.sum()) / runs
        ours, spread = learning_times(counts, runs), learning_times(rng.multinomial(runs, shares, 200)[:, :-1], runs)
        for name in claim.figures:
            low, high = np.sort(spread[name])[[4, -5]]  # 2.5 % on either side; infinite where none is solved
            found[reading, name] = Ours(float(ours[name]), float(low), float(high), runs)
    return found


def kramer_task(problem: Any, biases: bool) -> Task:
    """Half the sum of squares with a penalty on all parameters, or on the weights alone."""
    surface = ls.Surface(problem, reduction="half_sum", l2=0.5 * GAMMA if biases else 0.0)
    descended = surface if biases else BiasesFree(surface, 0.5 * GAMMA)
    targets = surface.table.targets
    return Task(
        descended.loss, descended.gradient, lambda theta: np.abs(surface.forward(theta) - targets).max(axis=(-2, -1)) <= 0.1
    )


def mean_of(values: NDArray[np.int64]) -> Ours:
    """Mean, its normal interval, and of how many; of fewer than two, nothing is known."""
    if len(values) < 2:
        return Ours(inf, 0.0, inf, len(values))
    half = Z * values.std(ddof=1) / len(values) ** 0.5
    return Ours(float(values.mean()), float(values.mean() - half), float(values.mean() + half), len(values))


def kramer(given: Options, key: str, claim: Claim) -> Found:
    """Descents of the same starts, by the method that the key names. None that fails takes longer than the longest allowed:
    100,000 fixed steps, 2,000 with a line search, 1,000 with SciPy's."""
    found, wolfe = {}, {}
    conjugate, fixed, shorter = key == "polak_ribiere", key == "fixed_step", 10 if given.quick else 1
    protocol = ls.Protocol(init="uniform", init_bias="same")
    starts = draw_starts(ls.Surface(), protocol, given.runs * EXACT, given.seed)
    for reading, settings in claim.readings.items():
        place = settings["problem"], settings["biases"]
        task = kramer_task(*place)
        if fixed:
            ends = descend(task, starts, 100_000 // shorter, step=1.0)
        elif settings["search"] == "exact":
            ends = descend(task, starts, 2_000 // shorter, conjugate=conjugate)
        else:
            few = starts[: max(int(given.runs * WOLFE), 4)]
            wolfe[place] = wolfe.get(place) or descend_wolfe(task, few, 1_000 // shorter, conjugate)
            ends = wolfe[place]
        for name, figure in claim.figures.items():
            found[reading, name] = of_ends(ends, name, figure, settings.get("search") == "evaluations")
    return found


def of_ends(ends: Ends, name: str, figure: Figure, evaluations: bool) -> Ours:
    """Share solved, or the mean of what the solved, or the failed, took."""
    if figure.quantity == "share":
        return as_quantity("share", int(ends.solved.sum()), len(ends.solved))
    wanted = ~ends.solved if name.endswith("failed after") else ends.solved
    return mean_of((ends.evaluations if evaluations else ends.steps)[wanted])


METHODS = {"hamey": hamey, "fixed_step": kramer, "steepest_descent": kramer, "polak_ribiere": kramer} | {
    "schmidhuber": drawn,
    "posted": posted,
}
"""How ours are found; where none is named, by training."""


def main() -> None:
    given = options(__doc__, runs=200, quick_runs=16)
    tables = [compare(key, claim, METHODS.get(key, trained)(given, key, claim)) for key, claim in CLAIMS.items()]
    verdicts = pd.DataFrame([verdict(table) for table in tables])
    rates = pd.concat(tables, ignore_index=True)
    best = verdicts.set_index("key")["best_reading"]
    rates["best"] = rates["reading"] == rates["key"].map(best)
    markdown = FORMATS["markdown"]
    columns = ["source", "claim", "figure", "reading", "published", "published_low", "published_high", "ours", "low", "high"]
    nearest = markdown(rates.loc[rates["best"], [*columns, "runs", "agrees"]])
    given.out.mkdir(parents=True, exist_ok=True)
    parts = {
        "Verdicts": markdown(verdicts.drop(columns="key")),
        "Under the nearest reading of each claim": nearest,
        "Every reading": markdown(rates[[*columns, "runs", "gap", "agrees"]]),
    }
    text = "\n\n".join(f"## {title}\n\n{table}" for title, table in parts.items())
    (given.out / "published_rates.md").write_text(f"# {given.question}\n\n{text}\n", encoding="utf-8")
    print(nearest)
    described = {
        "published_rates": ("Published figures and ours, a figure under a reading a row", rates),
        "published_rates_verdicts": ("Whether published figures and ours agree, a claim a row", verdicts),
    }
    record(given, described, findings(rates, verdicts), {"bias": True, "gradient": "exact"})


if __name__ == "__main__":
    main()
