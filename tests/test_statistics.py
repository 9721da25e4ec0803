"""Success rates, curves through checkpoints, and how many runs an interval takes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats import binomtest

import landscape as ls
from landscape.statistics import wilson_interval
from landscape.statistics.groups import PROBLEM, RESULTS, SETTINGS


@pytest.mark.parametrize(("solved", "runs"), [(0, 1), (1, 1), (0, 50), (50, 50), (7, 20), (499, 1000), (3, 4)])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_wilson_interval_is_scipys(solved: int, runs: int, confidence: float) -> None:
    expected = binomtest(solved, runs).proportion_ci(confidence, method="wilson")
    low, high = wilson_interval(solved, runs, confidence)
    assert (low, high) == (pytest.approx(expected.low, abs=1e-12), pytest.approx(expected.high, abs=1e-12))


@pytest.mark.parametrize(("solved", "runs"), [(5, 3), (0, 0), ([1, -1], 3), (float("nan"), 3)])
def test_wilson_interval_of_no_proportion_is_refused(solved: Any, runs: int) -> None:
    with pytest.raises(ValueError, match="solved out of runs is no proportion"):
        wilson_interval(solved, runs)
    with pytest.raises(ValueError, match="confidence=95 is not allowed"):
        wilson_interval(1, 3, 95)


@pytest.mark.parametrize("rate", [0.02, 0.3, 0.5, 0.9])
def test_wilson_interval_covers(rate: float) -> None:
    """20,000 samples of 200: the share of intervals that hold the truth is near 95 %, within a standard error of 0.0015 and
    the few percent by which a discrete count must miss."""
    solved = np.random.default_rng(3).binomial(200, rate, size=20_000)
    low, high = wilson_interval(solved, 200)
    assert np.mean((low <= rate) & (rate <= high)) == pytest.approx(0.95, abs=0.02)


def test_a_table_worked_out_by_hand() -> None:
    runs = pd.DataFrame(
        {
            "hidden": [2, 2, 2, 2, 3, 3, 3, 4, 4],
            "solved": [True, True, False, True, False, False, True, False, False],
            "epochs": [10, 30, 100, 20, 100, 100, 50, 100, 5],
        }
    )
    table = ls.success_rates(runs, by=["hidden"]).set_index("hidden")
    assert table.runs.tolist() == [4, 3, 2]
    assert table.solved.tolist() == [3, 1, 0]
    assert table.rate.tolist() == [0.75, 1 / 3, 0.0]
    assert table.median_epochs.tolist() == [20.0, np.inf, np.inf]
    assert table.expected_running_time.tolist() == [160 / 3, 250.0, np.inf]
    assert (table.low <= table.rate).all()
    assert (table.high >= table.rate).all()


def test_median_is_finite_as_soon_as_half_are_solved() -> None:
    runs = pd.DataFrame({"cell": 0, "solved": [True, False], "epochs": [7, 100]})
    assert ls.success_rates(runs, "cell").median_epochs.tolist() == [7.0]


def test_every_level_of_a_trained_table_is_told_once() -> None:
    tables = [
        ls.train(ls.Surface(hidden=h, activation=a), ls.Protocol(budget=50), runs=8).runs
        for h in (2, 3)
        for a in ("tanh", "relu")
    ]
    table = ls.success_rates(pd.concat(tables), by=["activation", "hidden"])
    assert sorted(zip(table.activation, table.hidden, strict=True)) == [("relu", 2), ("relu", 3), ("tanh", 2), ("tanh", 3)]
    assert table.runs.tolist() == [8] * 4


def test_checkpoints_have_rates_without_times() -> None:
    seen = ls.train(ls.Surface(), ls.Protocol(budget=50), runs=8, checkpoints=(10, 50)).checkpoints
    table = ls.success_rates(seen, by="epoch")
    assert table.columns.tolist() == ["epoch", "runs", "solved", "rate", "low", "high"]


def test_what_cannot_be_answered_is_refused() -> None:
    runs = pd.DataFrame({"hidden": [2], "solved": [True]})
    with pytest.raises(ValueError, match="'activation' is not in the table; it has: hidden, solved"):
        ls.success_rates(runs, by=["activation"])
    with pytest.raises(ValueError, match="names no column"):
        ls.success_rates(runs, by=[])
    with pytest.raises(TypeError, match="runs of type list is not a table"):
        ls.success_rates([1], by="hidden")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="by=None names no columns"):
        ls.success_rates(runs, by=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot hold 'solved'"):
        ls.success_rates(runs, by=["solved"])
    with pytest.raises(ValueError, match="holds more than True and False"):
        ls.success_rates(runs.assign(solved=[None]), by="hidden")
    with pytest.raises(ValueError, match="between 0 and 1"):
        ls.success_rates(runs, by="hidden", confidence=95.0)


def test_a_run_without_its_epochs_is_no_cheaper_for_it() -> None:
    runs = pd.DataFrame({"hidden": [2, 2], "solved": [True, False], "epochs": [7.0, np.nan]})
    with pytest.raises(ValueError, match="column 'epochs' holds more than numbers of 0 and above"):
        ls.success_rates(runs, by="hidden")
    assert ls.success_rates(runs.assign(epoch=5), by="hidden").rate.tolist() == [0.5]


def test_no_run_is_lost_for_lack_of_a_name() -> None:
    runs = pd.DataFrame({"lr": [1.0, np.nan, np.nan], "solved": [True, False, True]})
    assert ls.success_rates(runs, by="lr").runs.tolist() == [1, 2]


def test_at_a_checkpoint_no_times_are_told() -> None:
    """What was spent after it would count, so the epochs of a joined table are left alone."""
    runs = pd.DataFrame({"epoch": [10, 10], "solved": [True, False], "epochs": [5, 1000]})
    assert "expected_running_time" not in ls.success_rates(runs, by="epoch")


def test_settings_of_the_statistics_are_those_of_surfaces_and_protocols() -> None:
    """Statistics import nothing of ours, so they name the columns themselves."""
    assert set(SETTINGS) == {*ls.Surface().settings, *ls.Protocol().settings, "precision"}
    result = ls.train(ls.Surface(), ls.Protocol(budget=5), runs=2, checkpoints=(5,), precision="float32")
    assert {*result.runs.columns, *result.checkpoints.columns} == {*SETTINGS, *RESULTS, "architecture", PROBLEM}


@pytest.mark.parametrize("rate", [0.0, 0.003, 0.2, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("width", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_required_runs_is_the_first_number_that_is_enough(rate: float, width: float, confidence: float) -> None:
    runs = ls.required_runs(rate, width, confidence)
    widths = [np.subtract(*wilson_interval(rate * n, n, confidence)[::-1]) for n in (runs, max(runs - 1, 1))]
    assert widths[0] <= width * (1 + 1e-12)
    assert runs == 1 or widths[1] > width


def test_required_runs_of_several_rates() -> None:
    assert ls.required_runs([0.1, 0.5], 0.02).tolist() == [ls.required_runs(0.1, 0.02), ls.required_runs(0.5, 0.02)]
    with pytest.raises(ValueError, match=r"rate=1\.2 is not allowed"):
        ls.required_runs(1.2, 0.1)
    with pytest.raises(ValueError, match="width=2 is not allowed; give the width of the whole interval"):
        ls.required_runs(0.5, 2)
    with pytest.raises(ValueError, match="width=1e-10 is not allowed; give 1e-08 or more"):
        ls.required_runs(0.5, 1e-10)
    assert ls.required_runs(0.5, 1e-8) == pytest.approx(stats.norm.ppf(0.975) ** 2 * 1e16, rel=1e-6)


def test_a_curve_through_checkpoints_by_hand() -> None:
    seen = pd.DataFrame(
        {
            "run": [0, 0, 0, 1, 1, 1, 2, 2, 2],
            "epoch": [10, 20, 30] * 3,
            "solved": [True, False, True, False, True, True, False, False, False],
        }
    )
    table = ls.curve_through(seen.sample(frac=1.0, random_state=0))
    assert table.columns.tolist() == ["epoch", "runs", "solved", "rate", "low", "high", "lost"]
    assert table.epoch.tolist() == [10, 20, 30]
    assert table.solved.tolist() == [1, 1, 2]
    assert table.lost.tolist() == [0, 1, 0]
    assert table.rate.tolist() == [1 / 3, 1 / 3, 2 / 3]
    gone = pd.DataFrame({"run": 0, "epoch": [10, 20, 30], "solved": [True, False, False]})
    assert ls.curve_through(gone).lost.tolist() == [0, 1, 1]  # at any earlier one, not at the last
    several = ls.curve_through(pd.concat([seen.assign(hidden=2), seen.assign(hidden=3, solved=True)]), by="hidden")
    assert several.solved.tolist() == [1, 1, 2, 3, 3, 3]
    assert several.lost.tolist() == [0, 1, 0, 0, 0, 0]


def test_a_curve_through_trained_checkpoints() -> None:
    result = ls.train(ls.Surface(activation="tanh"), ls.Protocol(lr=1.0, budget=400), runs=40, checkpoints=(50, 400))
    table = ls.curve_through(result.checkpoints)
    assert table.solved.tolist() == result.checkpoints.groupby("epoch").solved.sum().tolist()
    assert (table.runs == 40).all()


def test_a_curve_without_checkpoints_is_refused() -> None:
    result = ls.train(ls.Surface(), ls.Protocol(budget=50), runs=4, checkpoints=(10, 50))
    with pytest.raises(ValueError, match=r"these are runs, not checkpoints.* train with checkpoints="):
        ls.curve_through(result.runs)
    with pytest.raises(ValueError, match="at epoch 10 only 3 of the 4 runs of a group were looked at"):
        ls.curve_through(result.checkpoints.iloc[1:] if result.checkpoints.epoch[0] == 10 else result.checkpoints)
    other_runs = pd.DataFrame({"run": [0, 1], "epoch": [10, 20], "solved": [True, False], "hidden": 2})
    with pytest.raises(ValueError, match=r"only 1 of the 2 runs of a group \(hidden=2\) were looked at"):
        ls.curve_through(other_runs, by="hidden")
    with pytest.raises(ValueError, match="different hidden"):
        ls.curve_through(pd.concat([result.checkpoints.assign(hidden=h) for h in (2, 3)]))


def test_no_table_is_an_empty_table() -> None:
    runs = pd.DataFrame({"run": [0], "seed": 0, "hidden": 2, "solved": True, "epochs": 3, "budget": 9}).head(0)
    for statistic in (ls.time_to_solution, ls.time_quantiles, ls.expected_running_time, ls.best_restart):
        assert statistic(runs, "hidden").empty
    assert ls.success_rates(runs, "hidden").empty
    assert ls.curve_through(runs.rename(columns={"epochs": "epoch"}), "hidden").empty
    with pytest.raises(ValueError, match="there are no runs"):
        ls.compare(runs, "hidden")


def test_rates_pool_settings_but_no_budgets() -> None:
    runs = pd.DataFrame({"hidden": [2, 3], "lr": 0.1, "solved": [True, False], "epochs": [3, 9], "budget": [9, 9]})
    assert ls.success_rates(runs, "lr").runs.tolist() == [2]
    with pytest.raises(ValueError, match=r"different budget \(9, 90\) are in one group"):
        ls.success_rates(runs.assign(budget=[9, 90]), "lr")
    with pytest.raises(ValueError, match=r"different budget \(9, 90\) are in one group"):
        ls.success_rates(runs.assign(budget=[9, 90]).drop(columns="epochs"), "lr")
