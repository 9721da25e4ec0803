"""Expected running time and restarts: worked examples, known distributions, and coverage by simulation."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import landscape as ls
from landscape.statistics import costs

Columns = tuple[np.ndarray, np.ndarray]


def stuck(rng: np.random.Generator, n: int) -> Columns:
    """Four in ten are solved, some 350 epochs in; the others go on to 20,000."""
    able = rng.random(n) < 0.4
    return np.where(able, np.ceil(50 + rng.exponential(300, n)), 20_000), able


def memoryless(rng: np.random.Generator, n: int) -> Columns:
    """All are solved, and none is nearer to it for having waited."""
    return rng.geometric(1 / 1000, n).astype(float), np.ones(n, bool)


def table(columns: Columns) -> pd.DataFrame:
    return pd.DataFrame({"epochs": columns[0], "solved": columns[1]})


def cost_at(columns: Columns, epoch: float) -> float:
    epochs, solved = columns
    return float(np.minimum(epochs, epoch).sum() / (solved & (epochs <= epoch)).sum())


@pytest.mark.parametrize("statistic", [ls.expected_running_time, ls.best_restart])
def test_rows_at_checkpoints_are_refused(statistic: Callable[..., pd.DataFrame]) -> None:
    """Of a run solved by epoch 100, the epochs to its end are no cost of that."""
    trained = ls.train(ls.Surface(), ls.Protocol(lr=1.0, budget=500), runs=20, checkpoints=(100, 500))
    rows = trained.checkpoints.merge(trained.runs.drop(columns=["solved", "loss"]), on="run")
    with pytest.raises(ValueError, match="the table has a column 'epoch', a row for each checkpoint; give one row a run"):
        statistic(rows, "epoch")


def test_expected_running_time_by_hand() -> None:
    runs = pd.DataFrame(
        {"hidden": [2, 2, 2, 3, 3], "solved": [True, True, False, False, False], "epochs": [10, 30, 7, 100, 5]}
    )
    found = ls.expected_running_time(runs, "hidden").set_index("hidden")
    assert found.expected_running_time.tolist() == [23.5, np.inf]
    assert found.spent.tolist() == [47.0, 105.0]
    assert found.solved.tolist() == [2, 0]
    assert found.high.tolist()[1] == np.inf
    rates = ls.success_rates(runs, "hidden").set_index("hidden")
    np.testing.assert_array_equal(rates.expected_running_time, found.expected_running_time)
    assert found.low[3] == pytest.approx(52.5 / stats.binomtest(0, 2).proportion_ci(method="wilson").high)


@pytest.mark.parametrize(("sample", "n"), [(stuck, 150), (memoryless, 15)])
def test_the_interval_is_scipys_bca(
    sample: "type[stuck]", n: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SciPy draws samples of its own: ends agree within the noise of 20,000 of them, which is ten times ours. Of 15
    memoryless times, which are skewed, acceleration moves the ends."""
    monkeypatch.setattr(costs, "RESAMPLES", 20_000)
    columns = sample(rng, n)
    both = np.column_stack(columns).astype(float)
    both = both[np.lexsort((both[:, 1], both[:, 0]))]  # as whatever order the rows come in
    sums = np.concatenate([weights @ both for weights in costs._resampled(n)])
    low, high = costs._interval(both, sums, costs._ratio, 0.95)
    found = ls.expected_running_time(table(columns)).iloc[0]
    assert found.low == low
    assert found.high == (np.inf if columns[1].all() else high)
    expected = stats.bootstrap(
        columns, lambda e, s, axis: e.sum(axis=axis) / s.sum(axis=axis), paired=True, n_resamples=20_000, random_state=1
    ).confidence_interval
    assert low == pytest.approx(expected.low, rel=0.02)
    assert high == pytest.approx(expected.high, rel=0.02)


@pytest.mark.parametrize("n", [30, 200])
def test_intervals_of_expected_running_time_cover(n: int) -> None:
    rng = np.random.default_rng(2)
    epochs, solved = stuck(rng, 2_000_000)
    truth = epochs.sum() / solved.sum()
    found = [ls.expected_running_time(table(stuck(rng, n))).iloc[0] for _ in range(400)]
    held = np.mean([row.low <= truth <= row.high for row in found])
    assert held == pytest.approx(0.95, abs=2.6 * np.sqrt(0.95 * 0.05 / 400))


@pytest.mark.parametrize(("n", "rate"), [(50, 0.99), (200, 0.99), (50, 0.95), (200, 0.999), (100, 1.0)])
def test_intervals_allow_for_failures_too_rare_to_be_seen(n: int, rate: float) -> None:
    """A failure costs sixty times a solution. In most samples none or one is seen, and its cost is most of the truth."""
    rng = np.random.default_rng(2)
    truth = 350.5 + (1.0 - rate) / rate * 20_000

    def sample() -> pd.DataFrame:
        solved = rng.random(n) < rate
        epochs = np.where(solved, np.ceil(50 + rng.exponential(300, n)), 20_000)
        return pd.DataFrame({"epochs": epochs, "solved": solved, "budget": 20_000})

    found = [ls.expected_running_time(sample()).iloc[0] for _ in range(300)]
    assert np.mean([row.high < truth for row in found]) <= 0.025
    assert np.mean([row.low <= truth <= row.high for row in found]) >= 0.95 - 2.6 * np.sqrt(0.95 * 0.05 / 300)


def test_the_cost_where_no_run_failed_by_hand() -> None:
    """Five of five: Wilson's interval of the rate begins at 0.5655, so that 0.768 failures may come with each solution."""
    runs = pd.DataFrame({"epochs": [7] * 5, "solved": True})
    lowest = stats.binomtest(5, 5).proportion_ci(method="wilson").low
    found = ls.expected_running_time(runs.assign(budget=100)).iloc[0]
    assert (found.low, found.expected_running_time) == (7.0, 7.0)
    assert found.high == pytest.approx(7.0 + 100 * (1.0 - lowest) / lowest)
    unknown = ls.expected_running_time(runs).iloc[0]
    assert (unknown.low, unknown.expected_running_time, unknown.high) == (7.0, 7.0, np.inf)
    with pytest.raises(ValueError, match="'budget' is below 'epochs'"):
        ls.expected_running_time(runs.assign(budget=6))


def test_one_run_sets_no_bounds() -> None:
    found = ls.expected_running_time(pd.DataFrame({"epochs": [7], "solved": True, "budget": 100})).iloc[0]
    assert (found.low, found.expected_running_time, found.high) == (0.0, 7.0, np.inf)


def test_one_solution_sets_no_upper_bound() -> None:
    found = ls.expected_running_time(pd.DataFrame({"epochs": [7, 100, 100], "solved": [True, False, False]})).iloc[0]
    assert found.expected_running_time == 207.0
    assert found.high == np.inf


def test_the_best_epoch_by_hand() -> None:
    """Thirty solved at epoch 10, thirty at 100, forty never: given up at 10, 30 solutions cost 1000 epochs; at 100, 60 cost
    30 x 10 + 70 x 100."""
    runs = pd.DataFrame({"epochs": [10] * 30 + [100] * 30 + [500] * 40, "solved": [True] * 60 + [False] * 40})
    found = ls.best_restart(runs.sample(frac=1.0, random_state=0)).iloc[0]
    assert (found.restart_epoch, found.epoch_low, found.epoch_high) == (10, 10, 10)
    assert found.share == 0.3
    assert found.cost == pytest.approx(1000 / 30)
    assert found.gain == pytest.approx((300 + 3000 + 20_000) / 60 / (1000 / 30))
    assert 1 - 0.7 ** (found.restarts + 1) >= 0.99 > 1 - 0.7**found.restarts


def test_a_few_lucky_runs_do_not_make_an_epoch_the_best() -> None:
    """Nine are done at epoch 1, which would make 11 epochs a solution; too few to choose it by."""
    runs = pd.DataFrame({"epochs": [1] * 9 + [50] * 60 + [500] * 31, "solved": [True] * 69 + [False] * 31})
    assert ls.best_restart(runs).restart_epoch.tolist() == [50]
    one_more = pd.concat([runs, runs.head(1)])
    assert ls.best_restart(one_more).restart_epoch.tolist() == [1]


def test_failures_that_end_early_cost_what_they_spent() -> None:
    runs = pd.DataFrame({"epochs": [10] * 30 + [2] * 70, "solved": [True] * 30 + [False] * 70})
    assert ls.best_restart(runs).cost.iloc[0] == pytest.approx((300 + 140) / 30)


def test_no_restart_is_needed_where_all_are_solved_by_then() -> None:
    found = ls.best_restart(pd.DataFrame({"epochs": [5] * 25, "solved": True})).iloc[0]
    assert (found.share, found.restarts, found.gain) == (1.0, 0, 1.0)


def test_a_start_that_is_solved_already_does_not_make_restarts_free() -> None:
    runs = pd.DataFrame({"epochs": [0] * 15 + [50] * 25 + [100] * 60, "solved": [True] * 40 + [False] * 60})
    found = ls.best_restart(runs).iloc[0]
    assert found.restart_epoch >= 1
    assert found.cost > 0.0


@pytest.mark.parametrize(("never", "late", "cost"), [(60, 0, 60 / 40), (0, 1, 1 / 41), (0, 0, 0.0)])
def test_where_starts_are_solved_at_once_giving_up_costs_an_epoch(never: int, late: int, cost: float) -> None:
    """Forty are solved before the first epoch; the others are given up after one."""
    epochs = [0] * 40 + [100] * never + [1] * late
    found = ls.best_restart(pd.DataFrame({"epochs": epochs, "solved": [True] * 40 + [False] * never + [True] * late})).iloc[
        0
    ]
    assert found.restart_epoch == 1
    assert found.cost == pytest.approx(cost)
    assert found.gain == pytest.approx(100.0 if never else 1.0)
    assert np.isfinite([found.cost_low, found.cost_high, found.gain_low, found.gain_high]).all()


def test_the_cost_of_a_restart_is_not_that_of_luck() -> None:
    """Of memoryless times any epoch is as good, and the true cost is the mean, 1000. The least of the sample's own curve is
    below 850 on average; cross-fitted it is nearer, and its interval holds the truth."""
    rng = np.random.default_rng(3)
    samples = [memoryless(rng, 200) for _ in range(100)]
    apparent = [costs._costs(np.sort(epochs), solved)[1].min() for epochs, solved in samples]
    found = pd.concat([ls.best_restart(table(columns)) for columns in samples])
    assert np.mean(apparent) < 850
    assert 880 < found.cost.mean() < 1020
    assert ((found.cost_low <= 1000) & (found.cost_high >= 1000)).mean() >= 0.90


def test_intervals_of_the_cost_and_the_gain_cover() -> None:
    rng = np.random.default_rng(4)
    many = stuck(rng, 1_000_000)
    best = min(cost_at(many, epoch) for epoch in range(100, 600, 5))
    gain = many[0].sum() / many[1].sum() / best
    found = [ls.best_restart(table(stuck(rng, 200))).iloc[0] for _ in range(200)]
    assert np.mean([row.cost_low <= best <= row.cost_high for row in found]) >= 0.90
    assert np.mean([row.gain_low <= gain <= row.gain_high for row in found]) >= 0.89
    assert np.mean([row.epoch_low <= 258 <= row.epoch_high for row in found]) >= 0.88


def test_hameys_efficiency_is_the_inverse() -> None:
    rng = np.random.default_rng(5)
    epochs, solved = stuck(rng, 1000)
    found = ls.best_restart(table((epochs, solved))).iloc[0]
    efficiency = [1000 / cost_at((epochs, solved), t) for t in range(60, 2000)]
    assert found.restart_epoch == 60 + int(np.argmax(efficiency))


def test_what_cannot_be_answered_is_refused() -> None:
    few = pd.DataFrame({"epochs": [10] * 19 + [100], "solved": [True] * 19 + [False], "hidden": 2})
    with pytest.raises(ValueError, match=r"only 19 of 20 runs of a group \(hidden=2\) are solved, too few .* until 20"):
        ls.best_restart(few, by="hidden")
    mixed = pd.concat([few, few.assign(hidden=3)])
    for statistic in (ls.best_restart, ls.expected_running_time):
        with pytest.raises(ValueError, match="different hidden"):
            statistic(mixed)
        with pytest.raises(ValueError, match="confidence=95"):
            statistic(few, confidence=95)
    with pytest.raises(ValueError, match=r"probability=1\.0 is not allowed"):
        ls.best_restart(few, probability=1.0)


def test_the_same_table_gives_the_same_interval() -> None:
    runs = table(stuck(np.random.default_rng(6), 100))
    pd.testing.assert_frame_equal(ls.best_restart(runs), ls.best_restart(runs))
    pd.testing.assert_frame_equal(ls.expected_running_time(runs), ls.expected_running_time(runs))
