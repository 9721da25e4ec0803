"""What has been published about the error surface of small XOR networks, and what is found when it is tried again?

Each with claim, finding and evidence: Coetzee & Stonick 1996 (488 stationary points of a tanh network), Sprinkhuizen-Kuyper & Boers 1996-1999 and Hamey 1998 (no
local minimum of 2-2-1, a region of them for 2-3-1), Mehta, Zhao, Bernal & Wales 2018 (counts over width and penalty),
Pearlmutter & Rosenfeld 1990 (a single unit). Writes published_surfaces and one table for each claim that needs one to the
folder of results.

    python studies/published_surfaces.py
"""

import textwrap
from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import landscape as ls
from landscape.critical.trust_region import minimise
from landscape.studies.descending_path import descending_path
from landscape.studies.options import Options, options, record
from landscape.training.initial_weights import draw_starts

Array = NDArray[np.float64]

PLUS_MINUS = ls.Problem([[-1, -1], [-1, 1], [1, -1], [1, 1]], [-0.8, 0.8, 0.8, -0.8], "xor, -1 and 1 to -0.8 and 0.8")
TENTHS = ls.Problem([[0, 0], [0, 1], [1, 0], [1, 1]], [0.1, 0.9, 0.9, 0.1], "xor, targets 0.1 and 0.9")
STUCK = 1e-6
"""Mean squared error above which an end is no solution."""
SATURATED = 20.0
"""A sum at which the slope of a sigmoid unit is 2e-9: what is flat there may be so by rounding alone."""


class Verdict(NamedTuple):
    """What was claimed, what was found, by what, and the tables of it, by name, each with its title."""

    source: str
    claim: str
    finding: str
    evidence: str
    tables: Mapping[str, tuple[str, pd.DataFrame]] = {}


def modulo_units(surface: ls.Surface, points: ls.Points) -> NDArray[np.int64]:
    """How many classes each class is when only permutations and flips of units count as symmetries, not those of the truth
    table: its different images under the latter."""
    images = ls.symmetries(surface).images(points.theta)
    return np.array([len(np.unique(np.round(images[:, k], 3) + 0.0, axis=0)) for k in range(len(points.theta))], np.int64)


def largest_sum(surface: ls.Surface, theta: Array) -> Array:
    """The largest sum, in size, that a hidden unit or the output has on any pattern (n,)."""
    sums, named = surface.unit_sums(theta), surface.unpack(theta)
    logits = surface.activate(sums)[0] @ named["W2"].swapaxes(1, 2) + named["b2"][:, np.newaxis]
    return np.abs(np.concatenate([sums, logits], axis=2)).max(axis=(1, 2))


class BiasesFree:
    """A 2-2-1 surface with a penalty on the weights alone."""

    def __init__(self, surface: ls.Surface, l2: float) -> None:
        self.n_parameters, self._surface = surface.n_parameters, surface
        self._l2 = l2 * np.array([1, 1, 1, 1, 0, 0, 1, 1, 0])

    def loss(self, theta: Array) -> Array:
        return self._surface.loss(theta) + (self._l2 * theta**2).sum(axis=-1)

    def gradient(self, theta: Array) -> Array:
        return self._surface.gradient(theta) + 2.0 * self._l2 * theta

    def hessian(self, theta: Array) -> Array:
        return self._surface.hessian(theta) + 2.0 * np.diag(self._l2)


def coetzee_stonick(given: Options) -> Verdict:
    """How many stationary classes, minima and saddles, under eight readings of the error's and the penalty's size."""
    rows: list[dict[str, Any]] = []
    starts = np.random.default_rng(given.seed).normal(size=(max(given.runs // 3, 10), 9))
    starts = np.concatenate([0.3 * starts, starts, 3.0 * starts])
    for reduction, l2 in product(("mean", "half_mean", "sum", "half_sum"), (0.05, 0.025)):
        surface = ls.Surface(PLUS_MINUS, 2, "tanh", "tanh", reduction=reduction, l2=l2)
        points = ls.find_stationary_points(surface, starts, max_index=4)
        classes, table = modulo_units(surface, points), points.table
        minima = (table["index"] == 0).to_numpy()
        right = table["patterns_right"].to_numpy()
        rows.append(
            {
                "reduction": reduction,
                "l2": l2,
                "classes": classes.sum(),
                "minima": classes[minima].sum(),
                "minima_xor": classes[minima & (right == 4)].sum(),
                "minima_half_right": classes[minima & (right == 2)].sum(),
                "saddles": classes[~minima].sum(),
                "points": table["orbit_size"].sum(),
                "degenerate": classes[(table["nullity"] > 0).to_numpy()].sum(),
                "coverage": points.coverage,
                "chao1": points.chao1,
            }
        )
    table = pd.DataFrame(rows)
    without = ls.find_minima(BiasesFree(ls.Surface(PLUS_MINUS, 2, "tanh", "tanh"), 0.05), starts)
    flat = without.table.loc[without.table["nullity"] > 0, "hits"].sum() / without.searches
    counts = ", ".join(map(str, sorted(table["classes"].unique())))
    same = table[table["classes"] == 61]
    agrees = "gives 61 classes" if len(same) else f"gives 61 classes; they give {counts}"
    return Verdict(
        "Coetzee & Stonick 1996",
        "tanh 2-2-1, mean squared error + 0.05 |w|^2: 61 classes modulo unit permutations and sign flips (488 points), 17 of "
        "them minima (4 compute XOR, 13 get half right), 44 saddles.",
        ("Reproduced: " if len(same) else "Not reproduced: no normalisation of error and penalty that was tried ")
        + agrees
        + f"; minima {table['minima'].min()} to {table['minima'].max()} ({table['minima_xor'].max()} compute XOR, "
        f"{table['minima_half_right'].max()} get half right, one is the origin), no maxima.",
        f"{len(table)} normalisations (mean, sum and their halves; 0.05 and half of it), descent, Newton and eigenvector "
        f"following to index 4 from {len(starts)} starts each; Turing coverage {table['coverage'].min():.3f} or more, Chao's "
        f"number of classes at most {table['chao1'].max():.0f} modulo all symmetries; {table['degenerate'].max()} degenerate. With the biases left out of the penalty, {flat:.0%} of the descents end in "
        "flat valleys, which have no such count.",
        {
            "published_surfaces_classes": (
                "Stationary classes of tanh 2-2-1 under eight readings of error and penalty",
                table,
            )
        },
    )


def one_hidden_unit(given: Options) -> Verdict:
    """At which errors descents end with one hidden unit and shortcut."""
    worst, found = 0.0, []
    for problem in ("xor", TENTHS):
        surface = ls.Surface(problem, hidden=1, shortcut=True)
        points = ls.find_minima(surface, given.runs, given.seed, ls.Protocol(init="uniform", init_bias="same"))
        worst = max(worst, points.table["loss"].max())
        found.append(", ".join(f"{row.kind} at {row.loss:.1e}" for row in points.table.itertuples()))
    return Verdict(
        "Sprinkhuizen-Kuyper & Boers 1996",
        "2-1-1 with shortcut: every minimum has error 0.",
        f"{'Confirmed' if worst < STUCK else 'Contradicted'}: the largest error at which a descent ends is {worst:.1e}.",
        f"Descents from {given.runs:,} starts in (-1, 1): targets 0 and 1: {found[0]}; targets 0.1 and 0.9: {found[1]}.",
    )


def two_hidden_units(given: Options) -> Verdict:
    """Whether any stationary point with an error, of those at finite weights, is a minimum."""
    finite = []
    for problem in ("xor", TENTHS):
        for scale in (1.0, 5.0):
            surface = ls.Surface(problem, hidden=2)
            protocol = ls.Protocol(init="uniform", init_scale=scale, init_bias="same")
            points = ls.find_stationary_points(surface, max(given.runs // 10, 10), given.seed, protocol=protocol)
            table = points.table.assign(
                problem=surface.table.name, scale=scale, largest_sum=largest_sum(surface, points.theta)
            )
            finite.append(table[(table["kind"] != "escaping") & (table["loss"] > STUCK)])
    table = pd.concat(finite)
    minima = table["kind"].isin(["strict_minimum", "flat_minimum"]) & (table["largest_sum"] < SATURATED)
    beyond = table["kind"].isin(["strict_minimum", "flat_minimum"]) & ~minima
    kinds = table.loc[~minima & ~beyond, "kind"].astype(str).value_counts()
    return Verdict(
        "Sprinkhuizen-Kuyper & Boers 1998, Hamey 1998",
        "2-2-1: every finite stationary point is a saddle or a global minimum.",
        f"{'Confirmed' if not minima.any() else 'Contradicted'}: {int(minima.sum())} classes of local minima with an error were "
        f"found, beside {', '.join(f'{count} of {kind}' for kind, count in kinds.items())}; {int(beyond.sum())} more are flat "
        f"where a unit is saturated (a sum beyond {SATURATED:g}), and there rounding makes them so.",
        "All stationary points that descent, Newton and eigenvector following find from starts in (-1, 1) and (-5, 5), targets "
        "0 and 1, and 0.1 and 0.9; those at which the weights grow without bound are not finite.",
        {"published_surfaces_finite_points": ("Stationary points of 2-2-1 with an error, at finite weights", table)},
    )


def way_down(given: Options) -> Verdict:
    """From how many ends of stuck runs a strictly decreasing path is constructed."""
    surface = ls.Surface("xor", hidden=2)
    result = ls.train(surface, ls.Protocol(lr=1.0, budget=20_000), runs=given.runs, seed=given.seed)
    ends = ls.diagnose(surface, result).runs
    stuck = np.flatnonzero(ends["end"] == "escaping")
    paths = {int(run): descending_path(surface, result.theta[run]) for run in stuck}
    down = {run: path for run, path in paths.items() if path is not None}
    pieces = [
        pd.DataFrame(path, columns=[f"theta_{i}" for i in range(9)]).assign(run=run, loss=surface.loss(path))
        for run, path in down.items()
    ]
    title = "Ways down from stuck ends of 2-2-1, point by point"
    kept = {"published_surfaces_paths": (title, pd.concat(pieces, ignore_index=True))} if pieces else {}
    errors = [surface.loss(path[-1]) for path in down.values()]
    return Verdict(
        "Sprinkhuizen-Kuyper & Boers 1999",
        "2-2-1: from each finite point a strictly decreasing path leads to error 0.",
        f"A path was found from {len(down)} of the {len(stuck)} ends of {given.runs:,} runs that are stuck at 1/8 with growing "
        f"weights; it ends at an error of {max(errors, default=np.nan):.1e} or less.",
        "Constructed of straight pieces, the error falling by more than rounding between any two of 50 points on every piece; "
        "kept in published_surfaces_paths.",
        kept,
    )


def descend_in(dtype: Any, start: Array, epochs: int, rate: float) -> Array:
    """Outputs (runs, 4) of sigmoid 2-2-1 networks after so many epochs of gradient descent on the mean squared error, every
    number of this type. Plain NumPy, since the library computes in double precision."""
    x, y = (np.array(part, dtype) for part in (ls.problems.xor.inputs, ls.problems.xor.targets[:, 0]))
    w, b, v, c = (
        np.array(part, dtype) for part in (start[:, :4].reshape(-1, 2, 2), start[:, 4:6], start[:, 6:8], start[:, 8:])
    )
    rate, one = dtype(rate), dtype(1)
    for _ in range(epochs):
        h = one / (one + np.exp(-(w @ x.T + b[:, :, np.newaxis])))
        o = one / (one + np.exp(-((v[:, np.newaxis] @ h)[:, 0] + c)))
        delta = (o - y) * o * (one - o) / dtype(2)
        back = v[:, :, np.newaxis] * delta[:, np.newaxis] * h * (one - h)
        v = v - rate * (h @ delta[:, :, np.newaxis])[:, :, 0]
        c = c - rate * delta.sum(axis=1, keepdims=True)
        w, b = w - rate * (back @ x), b - rate * back.sum(axis=2)
    h = one / (one + np.exp(-(w @ x.T + b[:, :, np.newaxis])))
    return one / (one + np.exp(-((v[:, np.newaxis] @ h)[:, 0] + c)))


def precision(given: Options) -> Verdict:
    """How many descents are stuck in single and in double precision, and by the tolerance at which they may stop."""
    surface = ls.Surface("xor", hidden=2)
    runs = min(given.runs, 1000)
    start = draw_starts(surface, ls.Protocol(init="uniform", init_scale=5.0, init_bias="same"), runs, given.seed)
    epochs = 2_000 if given.quick else 20_000
    wrong = {
        name: int(((descend_in(dtype, start, epochs, 1.0) > 0.5) != [0, 1, 1, 0]).any(axis=1).sum())
        for name, dtype in (("float32", np.float32), ("float64", np.float64))
    }
    fewer = []
    for gtol in (1e-6, 1e-8, 1e-10, 1e-12, 1e-14):
        tenths = ls.Surface(TENTHS, hidden=2)
        ends = minimise(tenths, start[: max(runs // 4, 10)], gtol, threads=2).theta
        fewer.append(f"{int((tenths.loss(ends) > STUCK).sum())} at {gtol:.0e}")
    return Verdict(
        "Sprinkhuizen-Kuyper & Boers 1999",
        "Apparent local minima of 2-2-1 are regions where units saturate; higher precision finds fewer of them.",
        f"Of {runs:,} gradient descents of {epochs:,} epochs, {wrong['float32']} are stuck in single and {wrong['float64']} in "
        f"double precision. Of {max(runs // 4, 10)} second-order descents, so many stop at an error, by the gradient norm at "
        f"which they may stop: {', '.join(fewer)}.",
        "The same starts in (-5, 5), learning rate 1, targets 0 and 1; second-order descents with targets 0.1 and 0.9.",
    )


def three_hidden_units(given: Options) -> Verdict:
    """Where, with three hidden units, descents from far out end with an error."""
    rows = []
    for problem, scale in product(("xor", TENTHS), (10.0, 20.0)):
        surface = ls.Surface(problem, hidden=3)
        protocol = ls.Protocol(init="uniform", init_scale=scale, init_bias="same")
        points = ls.find_minima(surface, given.runs, given.seed, protocol)
        table = points.table[points.table["loss"] > STUCK]
        largest = largest_sum(surface, points.theta[table.index])
        rows.append(table.assign(problem=surface.table.name, scale=scale, largest_sum=largest))
    table = pd.concat(rows)
    flat = table[table["kind"].isin(["flat_minimum", "strict_minimum"]) & (table["largest_sum"] < SATURATED)]
    gone = table[table["kind"] == "escaping"]
    levels = ", ".join(f"{level:.4g}" for level in sorted(gone["loss"].round(4).unique()))
    where = (
        f"{len(flat)} classes of flat minima at finite weights, at {', '.join(f'{loss:.4g}' for loss in flat['loss'])}"
        if len(flat)
        else f"no minimum with an error where no sum of a unit is beyond {SATURATED:g}"
    )
    return Verdict(
        "Sprinkhuizen-Kuyper & Boers 1999",
        "2-3-1: a region of local minima with an error exists.",
        f"Descents end at errors of {levels} where units saturate and the weights grow without bound ({int(gone['hits'].sum())} "
        f"of {4 * given.runs:,}); {where}.",
        "Descents from starts in (-10, 10) and (-20, 20), targets 0 and 1, and 0.1 and 0.9. The "
        f"sums of the units there reach {table['largest_sum'].min():.0f} to {table['largest_sum'].max():.0f}: a region, if "
        "saturated units count as constant.",
        {"published_surfaces_2_3_1": ("Ends of descents on 2-3-1 that have an error", table)},
    )


def width_and_penalty(given: Options) -> Verdict:
    """Counts of minima and saddles over width and penalty, and the gradient at points padded with a zero unit."""
    rows: list[dict[str, Any]] = []
    padded: dict[str, float] = {}
    for activation, hidden, l2 in product(("tanh", "sigmoid"), range(1, 5), (1e-4, 1e-3, 1e-2, 3e-2)):
        surface = ls.Surface("xor", hidden, activation, objective="cross_entropy", l2=l2)
        protocol = ls.Protocol(init="normal", init_scale=2.0, init_bias="same")
        points = ls.find_stationary_points(surface, max(given.runs // 4, 10), given.seed, 1, protocol)
        table = points.table
        rows.append(
            {
                "activation": activation,
                "hidden": hidden,
                "l2": l2,
                "minima": int((table["kind"] == "strict_minimum").sum()),
                "saddles": int(((table["kind"] == "saddle") & (table["index"] == 1)).sum()),
                "coverage": points.coverage,
            }
        )
        wider = ls.Surface("xor", hidden + 1, activation, objective="cross_entropy", l2=l2)
        named = surface.unpack(points.theta)
        zero = np.zeros((len(points.theta), 1))
        parts = [named["W1"].reshape(len(zero), -1), zero, zero, named["b1"], zero, named["W2"][:, 0], zero, named["b2"]]
        worst = np.linalg.norm(wider.gradient(np.concatenate(parts, axis=1)), axis=1).max()
        padded[activation] = max(padded.get(activation, 0.0), float(worst))
    table = pd.DataFrame(rows)
    wide = table[table["activation"] == "tanh"].pivot(index="l2", columns="hidden", values=["minima", "saddles"])
    grows = bool((wide["saddles"].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None))
    falls = bool((wide["saddles"].diff().iloc[1:] <= 0).all(axis=None))

    def line(l2: float) -> str:
        cells = table[(table["activation"] == "tanh") & (table["l2"] == l2)]
        return f"l2 {l2:g}: " + ", ".join(f"{row.minima}/{row.saddles}" for row in cells.itertuples())

    return Verdict(
        "Mehta, Zhao, Bernal & Wales 2018",
        "Minima and index-1 saddles grow fast in number with hidden units and fall with the strength of l2; a stationary point "
        "of H units is one of H + 1 when the new unit's weights are zero.",
        f"Saddles {'grow' if grows else 'do not always grow'} with width and {'fall' if falls else 'do not always fall'} with "
        f"l2. Minima/saddles of tanh for H = 1 to 4: {'; '.join(line(l2) for l2 in sorted(table['l2'].unique()))}. Padding: "
        f"the gradient stays below {padded['tanh']:.1e} for tanh; for sigmoid it is up to {padded['sigmoid']:.1e}, since a unit "
        "without weights puts out 1/2 and a penalty on the output bias unbalances its weight: true where f(0) = 0.",
        f"Cross-entropy, classes modulo all symmetries, {max(given.runs // 4, 10)} starts a cell and three searches from each; "
        f"Turing coverage {table['coverage'].min():.2f} or more.",
        {"published_surfaces_counts": ("Minima and saddles of index 1 over hidden units and penalty", table)},
    )


def single_unit(given: Options) -> Verdict:
    """The origin of a network without hidden units, and where its descents end."""
    surface = ls.Surface("xor", hidden=0)
    origin = np.zeros(3)
    found = ls.classify(surface, origin)
    by_hand = np.mean([np.outer(x, x) for x in np.column_stack([surface.table.inputs, np.ones(4)])], axis=0) / 8.0
    same = np.abs(surface.hessian(origin) - by_hand).max()
    protocol = ls.Protocol(init="uniform", init_scale=5.0, init_bias="same")
    points = ls.find_minima(surface, given.runs, given.seed, protocol).table
    ends = ", ".join(f"{row.kind} at {row.loss:.4f} ({row.share:.0%})" for row in points.itertuples())
    sixth = (points["loss"] - 1 / 6).abs().min() < 1e-3
    return Verdict(
        "Pearlmutter & Rosenfeld 1990",
        "No hidden layer (one sigmoid unit): a saddle at mean squared error 1/4, a broken-symmetry solution at 1/6.",
        f"The point at {float(found.loss):g} is a {found.kind}, not a saddle: its Hessian is the mean of x x' / 8, smallest "
        f"eigenvalue {found.eigenvalues[0]:.4f}. No descent ends at 1/6"
        + (", but for those listed." if sixth else ": the only other level is three patterns right, 1/4 again."),
        f"Hessian by hand and by program differ by {same:.0e}. Descents from {given.runs:,} starts in (-5, 5): {ends}.",
    )


CLAIMS = (
    coetzee_stonick,
    one_hidden_unit,
    two_hidden_units,
    way_down,
    precision,
    three_hidden_units,
    width_and_penalty,
    single_unit,
)


def main() -> None:
    given = options(__doc__, runs=300, quick_runs=20)
    verdicts = []
    for claim in CLAIMS:
        verdict = claim(given)
        verdicts.append(verdict)
        print(verdict.source)
        for name in ("claim", "finding", "evidence"):
            print(textwrap.fill(getattr(verdict, name), 110, initial_indent=f"  {name}: ", subsequent_indent="    "))
        print(flush=True)
    columns = ["source", "claim", "finding", "evidence"]
    tables = {"published_surfaces": ("Claims, findings and evidence", pd.DataFrame(verdicts)[columns])}
    for verdict in verdicts:
        tables |= verdict.tables
    record(given, tables, [f"{verdict.source}: {verdict.finding}" for verdict in verdicts], {"problem": "xor"})


if __name__ == "__main__":
    main()
