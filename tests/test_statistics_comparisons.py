"""Comparisons: against SciPy and statsmodels, worked examples, and their size, power and coverage by simulation."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.duration.survfunc import survdiff
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

import landscape as ls
from landscape.statistics.two_samples import difference_interval, holm, logrank

BUDGET = 2000


def level(name: str, solved: Any, epochs: Any = None, seed: int = 0) -> pd.DataFrame:
    solved = np.asarray(solved, dtype=bool)
    epochs = np.where(solved, 100, BUDGET) if epochs is None else epochs
    return pd.DataFrame(
        {"activation": name, "seed": seed, "run": range(len(solved)), "solved": solved, "epochs": epochs, "budget": BUDGET}
    )


def timed(rng: np.random.Generator, n: int, rate: float = 1 / 800) -> tuple[Any, Any]:
    when = rng.geometric(rate, n)
    return when <= BUDGET, np.minimum(when, BUDGET)


def pairs(rng: np.random.Generator, n: int, both: float, only_a: float, only_b: float) -> tuple[Any, Any]:
    """Solved under a and b, with these shares of pairs."""
    u = rng.random(n)
    return (u < both + only_a), (u < both) | ((u >= both + only_a) & (u < both + only_a + only_b))


def test_pairs_are_compared_by_mcnemars_exact_test(rng: np.random.Generator) -> None:
    x, y = pairs(rng, 80, 0.4, 0.1, 0.25)
    runs = pd.concat([level("tanh", y), level("relu", x)]).sample(frac=1.0, random_state=1)  # any order
    row = ls.compare(runs, "activation").iloc[0]
    assert (row.a, row.b, row.paired, row.test) == ("relu", "tanh", True, "mcnemar")
    assert (row.only_a, row.only_b) == ((x & ~y).sum(), (~x & y).sum())
    counts = [[(x & y).sum(), (x & ~y).sum()], [(~x & y).sum(), (~x & ~y).sum()]]
    assert row.p == pytest.approx(mcnemar(counts, exact=True).pvalue, rel=1e-12)
    assert row.difference == pytest.approx(y.mean() - x.mean())
    assert (row.rate_a, row.rate_b) == (x.mean(), y.mean())


@pytest.mark.parametrize(("n", "test"), [(60, "boschloo"), (300, "fisher")])
def test_two_samples_are_compared_by_an_exact_test(rng: np.random.Generator, n: int, test: str) -> None:
    x, y = rng.random(n) < 0.3, rng.random(n - 7) < 0.5
    row = ls.compare(pd.concat([level("relu", x), level("tanh", y, seed=1)]), "activation").iloc[0]
    table = [[x.sum(), y.sum()], [(~x).sum(), (~y).sum()]]
    expected = stats.boschloo_exact(table) if test == "boschloo" else stats.fisher_exact(table)
    assert (row.test, row.paired) == (test, False)
    assert row.p == pytest.approx(expected.pvalue, rel=1e-9)
    low, high = confint_proportions_2indep(y.sum(), len(y), x.sum(), len(x), method="newcomb")
    assert (row.low, row.high) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))
    assert pd.isna(row.only_a)


def test_log_rank_is_that_of_scipy_and_statsmodels(rng: np.random.Generator) -> None:
    (x, s), (y, t) = timed(rng, 90), timed(rng, 70, 1 / 500)
    row = ls.compare(pd.concat([level("relu", x, s), level("tanh", y, t, seed=1)]), "activation").iloc[0]
    group = np.repeat([0, 1], [len(s), len(t)])
    chi_squared, p = survdiff(np.concatenate([s, t]), np.concatenate([x, y]), group)
    assert (row.z**2, row.logrank_p) == (pytest.approx(chi_squared, rel=1e-9), pytest.approx(p, rel=1e-9))
    samples = [stats.CensoredData(uncensored=when[ok], right=when[~ok]) for when, ok in ((s, x), (t, y))]
    assert row.logrank_p == pytest.approx(stats.logrank(*samples).pvalue, rel=1e-9)
    assert row.z > 0.0  # tanh is solved earlier


def test_runs_that_diverged_are_censored_at_the_budget(rng: np.random.Generator) -> None:
    """They never solve; taken as censored where they ended, they would count as if they might have."""
    (x, s), (y, t) = timed(rng, 60), timed(rng, 60)
    early = np.where(y, t, 3)
    ended = ls.compare(pd.concat([level("relu", x, s), level("tanh", y, early)]), "activation").iloc[0]
    whole = ls.compare(pd.concat([level("relu", x, s), level("tanh", y, t)]), "activation").iloc[0]
    assert (ended.z, ended.logrank_p) == (whole.z, whole.logrank_p)


def test_pairs_alike_in_every_time_do_not_differ(rng: np.random.Generator) -> None:
    x, s = timed(rng, 30)
    row = ls.compare(pd.concat([level("relu", x, s), level("tanh", x, s)]), "activation").iloc[0]
    assert (row.z, row.logrank_p, row.p, row.difference) == (0.0, 1.0, 1.0, 0.0)


@pytest.mark.parametrize("paired", [False, True])
def test_size_and_power_of_the_log_rank_test(paired: bool) -> None:
    """Two levels of one distribution are told apart in 5 % of samples; of pairs also where these go together, where the test
    of two samples would be far too timid. A rate half as large again is seen in most samples of 100."""
    rng = np.random.default_rng(7)

    def sample(faster: float) -> float:
        shared = rng.exponential(size=100)
        first, second = (
            np.ceil(800 * scale * (0.7 * shared + 0.3 * rng.exponential(size=100) if paired else rng.exponential(size=100)))
            for scale in (1.0, faster)
        )
        one, other = (
            pd.DataFrame({"solved": when <= BUDGET, "epochs": np.minimum(when, BUDGET), "budget": BUDGET})
            for when in (first, second)
        )
        return logrank(one, other, paired)[1]

    size = np.mean([sample(1.0) < 0.05 for _ in range(1000)])
    assert size == pytest.approx(0.05, abs=0.02)
    assert np.mean([sample(1 / 1.5) < 0.05 for _ in range(200)]) > (0.95 if paired else 0.7)


def test_size_and_power_of_the_tests_of_rates() -> None:
    """Exact tests stay below their level."""
    rng = np.random.default_rng(8)
    same = [ls.compare(pd.concat([level("a", x), level("b", y)]), "activation").p.iloc[0] for x, y in
            (pairs(rng, 60, 0.4, 0.2, 0.2) for _ in range(400))]  # fmt: skip
    assert 0.01 < np.mean(np.array(same) < 0.05) <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 400)
    apart = [ls.compare(pd.concat([level("a", x), level("b", y)]), "activation").p.iloc[0] for x, y in
             (pairs(rng, 60, 0.4, 0.05, 0.3) for _ in range(200))]  # fmt: skip
    assert np.mean(np.array(apart) < 0.05) > 0.85


@pytest.mark.parametrize(
    ("both", "only_a", "only_b"), [(0.4, 0.1, 0.2), (0.05, 0.02, 0.1), (0.9, 0.02, 0.02), (0.0, 0.3, 0.4)]
)
@pytest.mark.parametrize("paired", [False, True])
def test_intervals_of_the_difference_cover(both: float, only_a: float, only_b: float, paired: bool) -> None:
    rng = np.random.default_rng(9)
    held = []
    for _ in range(2000):
        x, y = pairs(rng, 80, both, only_a, only_b)
        if not paired:
            y = pairs(rng, 80, both, only_a, only_b)[1]
        low, high = difference_interval(x, y, paired, 0.95)
        held.append(low <= only_b - only_a <= high)
    assert np.mean(held) >= 0.93
    assert np.mean(held) <= (0.985 if min(both, only_a, only_b) > 0.03 else 1.0)  # counts of two or so cannot do better


def test_newcombes_worked_example_of_pairs() -> None:
    """36 pairs solved under both, 12 under a alone, 2 under b alone, none under neither: 0.0569 to 0.3404 for a less b
    (Newcombe 1998b, method 10). Where all are solved the ends are those of two samples."""
    x = np.array([True] * 36 + [True] * 12 + [False] * 2)
    y = np.array([True] * 36 + [False] * 12 + [True] * 2)
    low, high = difference_interval(x, y, True, 0.95)
    assert (low, high) == (pytest.approx(-0.3404, abs=5e-5), pytest.approx(-0.0569, abs=5e-5))
    constant = np.ones(20, bool)
    assert difference_interval(constant, constant, True, 0.95) == difference_interval(constant, constant, False, 0.95)


def test_the_correlation_of_pairs_is_corrected_for_continuity() -> None:
    """20, 12, 2 and 16 pairs: ad - bc = 296, less half of 50, over the root of 32 x 18 x 22 x 28 (Newcombe 1998b)."""
    x = np.repeat([True, True, False, False], [20, 12, 2, 16])
    y = np.repeat([True, False, True, False], [20, 12, 2, 16])
    low, high = ls.statistics.wilson_interval([32, 22], [50, 50])
    correlation = (296 - 25) / np.sqrt(32 * 18 * 22 * 28)
    down, up = 0.44 - low[1], high[0] - 0.64
    expected = -0.2 - np.sqrt(down**2 + up**2 - 2 * correlation * down * up)
    assert difference_interval(x, y, True, 0.95)[0] == pytest.approx(expected, abs=1e-12)


def test_holm_is_statsmodels(rng: np.random.Generator) -> None:
    p = np.concatenate([rng.random(20) ** 3, [0.01, 0.01, 1.0]])
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-14)
    assert holm([]).tolist() == []


def test_the_family_is_the_whole_table(rng: np.random.Generator) -> None:
    levels = [level(name, rng.random(50) < rate).assign(hidden=hidden)
              for hidden in (2, 3) for name, rate in (("relu", 0.2), ("sigmoid", 0.5), ("tanh", 0.7))]  # fmt: skip
    table = ls.compare(pd.concat(levels), "activation", by="hidden")
    assert list(zip(table.hidden, table.a, table.b, strict=True)) == [
        (h, a, b) for h in (2, 3) for a, b in (("relu", "sigmoid"), ("relu", "tanh"), ("sigmoid", "tanh"))
    ]
    np.testing.assert_allclose(table.p_holm, multipletests(table.p, method="holm")[1])
    np.testing.assert_allclose(table.logrank_p_holm, multipletests(table.logrank_p, method="holm")[1])


def test_flips_are_the_starts_that_differ() -> None:
    runs = pd.concat([level("relu", [1, 1, 0, 0]), level("tanh", [1, 0, 1, 0])])
    found = ls.flips(runs, "activation")
    assert found[["seed", "run", "solved_under", "not_under"]].to_numpy().tolist() == [
        [0, 1, "relu", "tanh"],
        [0, 2, "tanh", "relu"],
    ]
    assert ls.flips(pd.concat([level("relu", [1]), level("tanh", [1])]).pipe(lambda t: pd.concat([t, t.assign(run=1)])),
                    "activation").empty  # fmt: skip
    assert ls.flips(runs, "activation", by="seed").columns.tolist() == ["seed", "run", "solved_under", "not_under"]
    by = ls.flips(pd.concat([runs.assign(hidden=2), runs.assign(hidden=3)]), "activation", by="hidden")
    assert by.hidden.tolist() == [2, 2, 3, 3]


def test_trained_runs_are_paired_across_widths_and_activations() -> None:
    tables = [
        ls.train(ls.Surface(hidden=h, activation=a), ls.Protocol(lr=1.0, budget=300), runs=60).runs
        for h in (2, 3)
        for a in ("sigmoid", "tanh")
    ]
    runs = pd.concat(tables)
    table = ls.compare(runs, "activation", by="hidden")
    assert table.paired.all()
    flipped = ls.flips(runs, "activation", by="hidden")
    assert len(flipped) == table.only_a.sum() + table.only_b.sum()
    assert ls.compare(runs, "hidden", by="activation").runs_a.tolist() == [60, 60]


def test_levels_may_be_of_several_settings_that_go_together() -> None:
    runs = pd.concat([level("relu", [1, 0, 1]).assign(lr=0.1), level("tanh", [1, 1, 1]).assign(lr=1.0)])
    with pytest.raises(ValueError, match=r"relu and tanh differ in lr as well \(0.1, 1.0\); make it part of the factor"):
        ls.compare(runs, "activation")
    row = ls.compare(runs, ["activation", "lr"]).iloc[0]
    assert (row.a, row.b) == ("activation=relu, lr=0.1", "activation=tanh, lr=1.0")


def test_what_cannot_be_answered_is_refused() -> None:
    one, other = level("relu", [1, 0, 1]), level("tanh", [1, 1, 0])
    with pytest.raises(ValueError, match="there is one level of activation, relu; two make a pair"):
        ls.compare(one, "activation")
    with pytest.raises(ValueError, match="there is one level of activation, budget, relu, 2000; two make a pair"):
        ls.compare(one, ["activation", "budget"])
    with pytest.raises(ValueError, match="column 'epochs' holds more than numbers"):
        ls.compare(pd.concat([one, other.assign(epochs=[1, 2, np.nan])]), "activation")
    with pytest.raises(ValueError, match="'budget' is below 'epochs'"):
        ls.compare(pd.concat([one, other.assign(epochs=BUDGET + 1)]), "activation")
    with pytest.raises(ValueError, match="share some starts and not others"):
        ls.compare(pd.concat([one, other.head(2)]), "activation")
    with pytest.raises(ValueError, match="tanh has 1 run, too few"):
        ls.compare(pd.concat([one, other.head(1)]), "activation")
    with pytest.raises(ValueError, match=r"different hidden \(2, 3\) are in one group \(activation=relu\)"):
        ls.compare(pd.concat([one.assign(hidden=2), one.assign(hidden=3), other.assign(hidden=2)]), "activation")
    with pytest.raises(ValueError, match="run 0 stands more than once"):
        ls.compare(pd.concat([one, one, other]), "activation")
    with pytest.raises(ValueError, match="column 'run' is not in the table"):
        ls.compare(one.drop(columns="run"), "activation")
    with pytest.raises(ValueError, match="must be different columns"):
        ls.compare(pd.concat([one, other]), "activation", by="activation")
    with pytest.raises(ValueError, match="have no start in common; train both with the same seed"):
        ls.flips(pd.concat([one, other.assign(seed=1)]), "activation")
