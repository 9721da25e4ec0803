"""Times to solution: curves and quantiles, against worked examples, SciPy and statsmodels, and by simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

import landscape as ls

BUDGET = 1000


def drawn(rng: np.random.Generator, n: int, share: float = 0.7, diverged: float = 0.1) -> pd.DataFrame:
    """Runs of which a share can be solved, in geometric time, and some diverge early."""
    when = rng.geometric(1 / 300, n)
    gone = rng.random(n) < diverged
    solved = ~gone & (rng.random(n) < share) & (when <= BUDGET)
    return pd.DataFrame(
        {
            "solved": solved,
            "epochs": np.where(solved, when, np.where(gone, rng.integers(1, 50, n), BUDGET)),
            "budget": BUDGET,
        }
    )


def test_a_curve_worked_out_by_hand() -> None:
    runs = pd.DataFrame({"solved": [True, True, False, True], "epochs": [10, 30, 7, 10], "budget": 100})
    table = ls.time_to_solution(runs)
    assert table.epoch.tolist() == [0, 10, 30, 100]
    assert table.solved.tolist() == [0, 2, 3, 3]
    assert table.rate.tolist() == [0.0, 0.5, 0.75, 0.75]
    assert table.runs.tolist() == [4] * 4
    assert ls.time_to_solution(runs.head(0)).empty


def test_the_curve_is_one_minus_kaplan_meier_of_runs_that_never_solve(rng: np.random.Generator) -> None:
    """A run that diverges never solves: it stays at risk to the budget, where it is censored."""
    runs = drawn(rng, 400)
    table = ls.time_to_solution(runs)
    found = SurvfuncRight(runs.epochs.where(runs.solved, BUDGET), runs.solved.astype(int))
    expected = [1.0 - np.append(1.0, found.surv_prob)[(found.surv_times <= epoch).sum()] for epoch in table.epoch]
    np.testing.assert_allclose(table.rate, expected, atol=1e-12)


def test_the_curve_is_the_cumulative_incidence_with_diverging_as_a_competing_event(rng: np.random.Generator) -> None:
    runs = drawn(rng, 400)
    event = np.where(runs.solved, 1, np.where(runs.epochs < BUDGET, 2, 0))
    found = CumIncidenceRight(runs.epochs.to_numpy(), event)
    table = ls.time_to_solution(runs)
    own = table.rate.to_numpy()[np.searchsorted(table.epoch, found.times, side="right") - 1]
    np.testing.assert_allclose(own, found.cinc[0], atol=1e-12)


def test_quantiles_worked_out_by_hand() -> None:
    runs = pd.DataFrame({"solved": [True] * 3 + [False], "epochs": [30, 10, 20, 5], "budget": 100})
    table = ls.time_quantiles(runs, quantiles=(0.25, 0.5, 0.75, 0.76))
    assert table.epochs.tolist() == [10.0, 20.0, 30.0, np.inf]
    assert table["quantile"].tolist() == [0.25, 0.5, 0.75, 0.76]
    assert (table.low <= table.epochs).all()
    assert (table.high == np.inf).all()  # four runs set no bound above


def test_the_median_and_its_interval_are_scipys(rng: np.random.Generator) -> None:
    """SciPy's quantile test inverts the same binomial."""
    epochs = rng.integers(1, 10**6, 101)
    runs = pd.DataFrame({"solved": True, "epochs": epochs, "budget": 10**6})
    row = ls.time_quantiles(runs, quantiles=[0.5]).iloc[0]
    expected = stats.quantile_test(epochs, q=0, p=0.5).confidence_interval(0.95)
    assert (row.low, row.epochs, row.high) == (expected.low, np.median(epochs), expected.high)
    assert row.epochs == ls.success_rates(runs.assign(cell=0), "cell").median_epochs.iloc[0]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.6])
def test_quantile_intervals_cover(share: float) -> None:
    """Of 60 runs, 70 % of them solvable within no limit: at least as often as they say, but for the noise of 400 samples."""
    rng = np.random.default_rng(1)
    truth = stats.geom(1 / 300).ppf(share / 0.7)
    held = 0
    for _ in range(400):
        when, able = rng.geometric(1 / 300, 60), rng.random(60) < 0.7
        runs = pd.DataFrame({"solved": able, "epochs": np.where(able, when, 10**6), "budget": 10**6})
        row = ls.time_quantiles(runs, quantiles=[share]).iloc[0]
        held += row.low <= truth <= row.high
    assert held / 400 >= 0.95 - 2.6 * np.sqrt(0.95 * 0.05 / 400)


def test_what_cannot_be_answered_is_refused(rng: np.random.Generator) -> None:
    runs = drawn(rng, 20)
    for statistic in (ls.time_to_solution, ls.time_quantiles):
        with pytest.raises(ValueError, match=r"different budget \(1000, 5000\) are in one group; name 'budget'"):
            statistic(pd.concat([runs, runs.assign(budget=5000)]))
        with pytest.raises(ValueError, match=r"different lr \(0.1, 1.0\) are in one group \(hidden=2\)"):
            statistic(pd.concat([runs.assign(hidden=2, lr=rate) for rate in (0.1, 1.0)]), by="hidden")
        named = runs.assign(run=range(20), seed=0)
        with pytest.raises(ValueError, match=r"run 3 stands more than once in a group \(2 rows too many\)"):
            statistic(pd.concat([named, named.iloc[[3, 5]]]))
        with pytest.raises(ValueError, match="column 'budget' is not in the table"):
            statistic(runs.drop(columns="budget"))
        with pytest.raises(ValueError, match="numbers of 0 and above"):
            statistic(runs.assign(epochs=-1))
        for budget in (np.nan, runs.epochs.max() - 1):
            with pytest.raises(ValueError, match="'budget' is below 'epochs', or missing, in some rows"):
                statistic(runs.assign(budget=budget))
        with pytest.raises(ValueError, match="cannot hold 'epochs'"):
            statistic(runs, by="epochs")
    with pytest.raises(ValueError, match="shares between 0 and 1"):
        ls.time_quantiles(runs, quantiles=[50])


def test_different_seeds_are_one_sample(rng: np.random.Generator) -> None:
    runs = pd.concat([drawn(rng, 20).assign(seed=seed, run=range(20)) for seed in (0, 1)])
    assert ls.time_quantiles(runs).runs.tolist() == [40] * 3
