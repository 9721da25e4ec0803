"""How often does a small network learn XOR, by activation, width and initializer?

Every activation, one to ten hidden units, two initializers, the same starts for all (learning rate 1, 20,000 epochs at
most): success rates with intervals, what a solution costs with restarts after failures, and the epoch at which it is
cheapest to start over. Writes the tables success_rates, success_rates_costs, success_rates_restarts and success_rates_pairs,
and keeps the runs in its folder success_rates: stopped, it goes on where it was.

    python studies/success_rates.py
"""

import pandas as pd

import landscape as ls
from landscape.io.sentences import none_or
from landscape.parts.activations import ACTIVATIONS
from landscape.studies.options import GUARDS, options, record, share, shared_settings

WIDTHS = range(1, 11)
INITIALIZERS = ("xavier_normal", "uniform")
BY = ["init", "activation", "hidden"]
ENOUGH = 0.95
"""The rate at which a width is called enough, by the low end of its interval."""
SOLVED = 20
"""Solved runs that a best restart needs."""


def tables_of(study: ls.Study) -> dict[str, tuple[str, pd.DataFrame]]:
    """Rates, costs, restarts and pairs of initializers, each with its title."""
    runs = study.runs(columns=[*BY, *GUARDS, "solved", "epochs", "budget"])
    rates = ls.success_rates(runs, BY)
    often = rates.loc[rates["solved"] >= SOLVED, BY]
    restarts = ls.best_restart(runs.merge(often), BY)
    pairs = ls.compare(runs, "init", by=["activation", "hidden"])
    return {
        "success_rates": ("Success rates", rates),
        "success_rates_costs": (
            "Epochs that a solution costs, restarted after each failure",
            ls.expected_running_time(runs, BY),
        ),
        "success_rates_restarts": (f"When to start over, where at least {SOLVED} runs are solved", restarts),
        "success_rates_pairs": ("The two initializers on the same starts", pairs),
    }


def findings(tables: dict[str, tuple[str, pd.DataFrame]]) -> list[str]:
    """What the tables say."""
    rates, restarts, pairs = (tables[name][1] for name in ("success_rates", "success_rates_restarts", "success_rates_pairs"))
    first = rates[rates["init"] == INITIALIZERS[0]]
    enough = first[first["low"] >= ENOUGH].groupby("activation", observed=True)["hidden"].min()
    never = [name for name in first["activation"].unique() if name not in enough.index]
    widths = "; ".join(f"{width}: {', '.join(sorted(names.index))}" for width, names in enough.groupby(enough))
    two = first[(first["hidden"] == 2) & (first["solved"] > 0)].sort_values("rate")
    gains = restarts[(restarts["init"] == INITIALIZERS[0]) & (restarts["hidden"] == 2)].sort_values("gain")
    sure = pairs[pairs["p_holm"] < 0.05]
    mark = f"at least {100 * ENOUGH:.0f} % of the starts"
    said = [
        f"Fewest hidden units with which {mark} are solved (low end of the 95 % interval, {INITIALIZERS[0]}): {widths}"
        + (f"; not with up to {max(WIDTHS)}: {', '.join(never)}." if never else ".")
        if widths
        else f"With up to {max(WIDTHS)} hidden units no activation solves {mark}, by the low end of the 95 % interval."
    ]
    if len(two):
        worst, best = two.iloc[0], two.iloc[-1]
        said.append(
            f"With two units {best['activation']} is solved most often, {share(best)}; {worst['activation']} least often of "
            f"those that are solved at all, {share(worst)}."
        )
    if len(gains):
        gain = gains.iloc[-1]
        band = f"[{gain['epoch_low']:,}, {gain['epoch_high']:,}]"
        said.append(
            f"Of two units {gain['activation']} gains most by starting over early: given up at epoch "
            f"{gain['restart_epoch']:,} {band} a solution costs {gain['cost']:,.0f} "
            f"epochs, {gain['gain']:.1f} [{gain['gain_low']:.1f}, {gain['gain_high']:.1f}] times fewer than where each run "
            "goes on to its end."
        )
    return [
        *said,
        f"{INITIALIZERS[1]} and {INITIALIZERS[0]} differ in {none_or(len(sure))} of {len(pairs)} pairs of activation and "
        "width (McNemar, Holm, 5 %)"
        + (f"; {INITIALIZERS[1]} solves more in {none_or(_more(sure))} of them." if len(sure) else "."),
    ]


def _more(pairs: pd.DataFrame) -> int:
    """Pairs in which the second initializer solves more."""
    second = pairs["b"].astype(str) == INITIALIZERS[1]
    return int(((pairs["difference"] > 0) == second).sum())


def main() -> None:
    given = options(__doc__, runs=10_000, quick_runs=64)
    budget = 2_000 if given.quick else 20_000
    grid = ls.grid(activation=list(ACTIVATIONS), hidden=WIDTHS, init=INITIALIZERS, lr=1.0, budget=budget)
    study = ls.Study(given.out / "success_rates", grid, given.runs, given.seed).run()
    tables = tables_of(study)
    wide = tables["success_rates"][1].pivot_table("rate", ["init", "activation"], "hidden", sort=False, observed=True)
    print(f"Share of {given.runs:,} networks 2-H-1 that learn XOR, over hidden units:\n")
    print(wide.to_string(float_format="%.3f"))
    record(given, tables, findings(tables), shared_settings(study))


if __name__ == "__main__":
    main()
