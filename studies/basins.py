"""Which starts learn XOR, and how rough is the boundary between them and the others?

The five planes of Kolen & Pollack (NIPS 3, 1990), under both update orders. Two weights of a 2-2-1 network run over a
plane, the seven others are fixed; each start is trained for 200 epochs at most. The paper does not say whether the patterns
came one by one or all together, so both are tried, with the gradient of half the sum of squares. Zooms of the fifth plane
go to steps of 0.018 and 0.004 of 200 an axis, as there; where they lay is not said, and here each lies where the boundary
is longest. ``--runs`` gives the starts an axis. Writes the maps, basins.npz and basins_zooms.npz, and basins_table: share
solved, dimension of the boundary, basin entropy.

    python studies/basins.py
"""

from typing import Any

import numpy as np
import pandas as pd

import landscape as ls
from landscape.io.sentences import none_or
from landscape.studies.options import options, record

PLANES = (
    ("-5 -3 +3 +6 Y -1 -6 +7 X", 3.25, 0.40),
    ("+4 -7 +6 +0 -3 Y +1 X +1", 2.75, 0.0),
    ("-5 +5 +1 -6 +3 X Y +8 +3", 2.75, 0.80),
    ("Y X -3 +6 +8 +3 +1 +7 -3", 3.25, 0.0),
    ("+7 +4 -9 -9 -5 Y -3 +9 X", 3.00, 0.70),
)
"""Weights in tenths, the rate and the momentum. Order: left unit in1 in2 bias, right unit in1 in2 bias, output left right
bias."""
PLACES = (0, 1, 4, 2, 3, 5, 6, 7, 8)
"""Where each of them stands in theta."""
ZOOMS = (0.018, 0.004)


def plane_of(surface: ls.Surface, text: str, steps: int) -> ls.Slice:
    """The plane of X and Y, each from -10 to 10."""
    words = text.split()
    theta = np.zeros(9)
    for word, place in zip(words, PLACES, strict=True):
        theta[place] = 0.0 if word in "XY" else float(word) / 10.0
    axes = [PLACES[words.index(word)] for word in "XY"]
    return ls.slices.parameter_plane(surface, theta, axes, steps=steps)


def longest_boundary(data: ls.BasinMap, width: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The square of that width, within the map, in which most neighbours have different outcomes."""
    x, y = data.plane.coordinates
    cells = max(2, round(width / (x[1] - x[0])))
    outcome = data.outcome
    differs = (outcome[1:, 1:] != outcome[:-1, 1:]) | (outcome[1:, 1:] != outcome[1:, :-1])
    inside = np.lib.stride_tricks.sliding_window_view(differs, (min(cells, len(differs)),) * 2).sum(axis=(2, 3))
    row, column = np.unravel_index(inside.argmax(), inside.shape)
    return (x[column], x[column] + width), (y[row], y[row] + width)


def measured(data: ls.BasinMap) -> dict[str, Any]:
    """Share solved, and how rough the boundary between solved and not is."""
    row: dict[str, Any] = {"solved": data.shares["solved"]}
    entropy = ls.basin_entropy(data)
    row |= {"boundary_entropy": entropy.boundary_entropy, "boundary_entropy_error": entropy.boundary_entropy_error}
    try:
        fit = ls.uncertainty_exponent(data)
        row |= {"dimension": 2.0 - fit.exponent, "dimension_error": fit.error}
    except ValueError as error:
        row |= {"dimension": np.nan, "dimension_error": np.nan, "why_not": str(error)}
    return row


def main() -> None:
    given = options(__doc__, runs=401, quick_runs=129)
    surface = ls.Surface(reduction="half_sum")
    maps, rows = {}, []
    for number, (text, lr, momentum) in enumerate(PLANES, 1):
        for update in ("batch", "online"):
            protocol = ls.Protocol(optimizer="momentum", lr=lr, momentum=momentum, update=update, budget=200)
            data = ls.basin_map(surface, protocol, plane_of(surface, text, given.runs))
            maps[f"{number} {update}"] = data
            rows.append({"plane": number, "update": update, "step": 20.0 / (given.runs - 1)} | measured(data))
    zooms = {}
    for update in ("batch", "online"):
        data = maps[f"5 {update}"]
        for step in ZOOMS:
            ranges = longest_boundary(data, step * 200)
            data = ls.basin_map(surface, data.protocol, data.plane.zoom(*ranges), given.runs)
            zooms[f"{step} {update}"] = data
            rows.append({"plane": 5, "update": update, "step": step * 200 / (given.runs - 1)} | measured(data))
    ls.save(maps, given.out / "basins.npz")
    ls.save(zooms, given.out / "basins_zooms.npz")
    table = pd.DataFrame(rows)
    print("Share of starts that learn XOR within 200 epochs, and the boundary between them and the others:\n")
    print(table.to_string(index=False, float_format="%.3f"))
    rough = table[table["dimension"] - 2.0 * table["dimension_error"] > 1.0]
    whole = table[table["step"] == table["step"].max()].groupby("update")["solved"].agg(["min", "max"])
    shares = ", ".join(f"{row.Index} {row.min:.3f} to {row.max:.3f}" for row in whole.itertuples())
    findings = [
        f"Share of the starts of a plane that learn XOR within 200 epochs, by update order: {shares}.",
        f"Of {len(table)} boundaries, {none_or(len(rough), 'have')} a dimension above 1 by more than two errors, the "
        "largest "
        f"{table['dimension'].max():.2f}.",
    ]
    title = "Share of starts that learn XOR, and how rough the boundary is, by plane, update order and step"
    shared = {"problem": "xor", "reduction": surface.reduction, "optimizer": "momentum", "budget": protocol.budget}
    record(given, {"basins_table": (title, table)}, findings, shared)


if __name__ == "__main__":
    main()
