"""Each setting at its own best learning rate: found on a grid with seeds of its own, then measured on fresh ones.

The best of many noisy numbers is better than it is true. So the runs that choose a rate are never those that are reported.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

import landscape as ls
from landscape.io.sentences import none_or, number_of
from landscape.studies.options import GUARDS, Options


class Tuned(NamedTuple):
    """What was found.

    Attributes
    ----------
    tried : one row a setting and learning rate: expected running time on the seed of the tuning
    best : one row a setting: its learning rate, and whether that lies at an end of the grid
    study : the best cells, on the fresh seed
    """

    tried: pd.DataFrame
    best: pd.DataFrame
    study: ls.Study

    def runs(self, by: Sequence[str]) -> pd.DataFrame:
        """The fresh runs, with what statistics need."""
        return self.study.runs(columns=[*dict.fromkeys([*by, "lr", *GUARDS, "solved", "epochs", "budget"])])

    def sentence(self) -> str:
        """How rates were chosen, and how often the grid was too narrow."""
        rates = self.tried["lr"]
        return (
            f"Learning rates were chosen among {rates.nunique()} from {rates.min():g} to {rates.max():g} by expected "
            f"running time on another seed, {number_of(self.tried['runs'].max(), 'run')} each; "
            f"of the {len(self.best)} chosen, {none_or(int(self.best['at_end'].sum()), 'lie')} at an end of that range."
        )


def tuned(given: Options, cells: Sequence[dict[str, Any]], rates: Sequence[float], by: Sequence[str], runs: int) -> Tuned:
    """Train every cell at every learning rate on seed + 1, ``runs`` of each; then, on the seed itself, each at the rate with
    the lowest expected running time; the lowest rate where none is ever solved, which ``at_end`` then tells.

    ``by`` names the settings that tell cells apart.
    """
    folder = given.out / given.study
    trial = ls.Study(folder / "tuning", ls.grid(cells, lr=rates), runs, given.seed + 1).run()
    tried = ls.expected_running_time(trial.runs(columns=[*by, "lr", *GUARDS, "solved", "epochs", "budget"]), [*by, "lr"])
    best = tried.sort_values("expected_running_time", kind="stable").groupby(list(by), observed=True, sort=False).head(1)
    best = best.sort_values(list(by)).reset_index(drop=True)
    best["at_end"] = best["lr"].isin([tried["lr"].min(), tried["lr"].max()])
    chosen = {tuple(row) for row in best[[*by, "lr"]].itertuples(index=False)}
    own = [cell for cell in trial.manifest.cells if tuple(cell.settings[name] for name in [*by, "lr"]) in chosen]
    study = ls.Study(folder / "measured", ls.grid(own), given.runs, given.seed).run()
    return Tuned(tried, best, study)


def rates_and_costs(runs: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Success rates, with the interval of the expected running time as ``cost_low`` and ``cost_high``."""
    costs = ls.expected_running_time(runs, by)
    return ls.success_rates(runs, by).assign(cost_low=costs["low"], cost_high=costs["high"])
