"""At which learning rates and scales of the initial weights does training work?

Sigmoid, tanh and relu with two hidden units. Each cell trains the same starts, drawn from a normal distribution, for 2,000
epochs at most. Writes the table trainability: runs, solved, stalled and diverged, the rate with its interval.

    python studies/trainability.py
"""

import numpy as np
import pandas as pd

import landscape as ls
from landscape.studies.options import options, record

ACTIVATIONS = ("sigmoid", "tanh", "relu")
STALLED = 1e-12
"""A gradient norm below this is one of saturated units: such a run has stalled."""


def main() -> None:
    given = options(__doc__, runs=200, quick_runs=16)
    steps = 9 if given.quick else 41
    rates, scales = np.geomspace(0.01, 1000.0, steps), np.geomspace(0.05, 50.0, steps)
    protocol = ls.Protocol(init="normal", init_bias="same", budget=2_000, stall=STALLED)
    tables = []
    for activation in ACTIVATIONS:
        surface = ls.Surface(activation=activation, output="identity" if activation == "relu" else "sigmoid")
        found = ls.trainability_map(
            surface, protocol, ("lr", rates), ("init_scale", scales), runs=given.runs, seed=given.seed
        )
        tables.append(found.assign(activation=activation, output=surface.output))
    table = pd.concat(tables, ignore_index=True)
    print(f"Share of {given.runs:,} runs of 2-2-1 that learn XOR in 2,000 epochs, over {steps} x {steps} settings:")
    findings = []
    for activation, rows in table.groupby("activation", sort=False):
        best = rows.sort_values(["rate", "median_epochs"], ascending=[False, True]).iloc[0]
        half = f"{100 * (rows['rate'] >= 0.5 * best['rate']).mean():.0f} %"
        share = f"{best['rate']:.3f} [{best['low']:.3f}, {best['high']:.3f}]"
        where = f"learning rate {best['lr']:.3g} and scale {best['init_scale']:.3g}"
        diverged, stalled = 100 * rows["diverged_rate"].mean(), 100 * rows["stalled_rate"].mean()
        findings.append(
            f"{activation}, {best['output']} output: best {share} at {where}; at least half of that in {half} of "
            f"the settings; {diverged:.0f} % of all runs diverged, {stalled:.0f} % stalled."
        )
    title = "Share of runs that learn XOR, stalled and diverged, by activation, learning rate and scale of the start"
    shared = {name: protocol.settings[name] for name in ("init", "init_bias", "budget", "stall")}
    record(given, {"trainability": (title, table)}, findings, {"problem": "xor", "hidden": 2} | shared)


if __name__ == "__main__":
    main()
