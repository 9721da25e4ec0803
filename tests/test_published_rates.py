"""Published success rates beside ours: the rule of agreement, the descents with a line search, claims and readings."""

import json
import re
import sys
from importlib import import_module
from math import nan
from pathlib import Path
from types import ModuleType

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import landscape as ls


@pytest.fixture
def study() -> ModuleType:
    return import_module("landscape.studies.published_rates")


@pytest.fixture
def rule(study: ModuleType) -> ModuleType:
    return sys.modules["landscape.studies.published_verdicts"]


@pytest.fixture
def claims(study: ModuleType) -> ModuleType:
    return sys.modules["landscape.studies.published_claims"]


@pytest.fixture
def descents(study: ModuleType) -> ModuleType:
    return sys.modules["landscape.studies.line_search"]


@pytest.fixture
def given(study: ModuleType, tmp_path: Path) -> object:
    return study.Options(study="published_rates", question="", runs=200, seed=0, quick=True, out=tmp_path, started=0.0)


def test_the_gap_is_one_where_intervals_touch(rule: ModuleType, claims: ModuleType) -> None:
    figure = claims.Figure("share", 0.5)
    for ours, expected in ((0.5, 0.0), (0.6, 0.5), (0.7, 1.0), (0.8, 1.5), (0.3, 1.0), (0.2, 1.5)):
        found = rule.Ours(ours, ours - 0.1, ours + 0.1, 100)
        assert rule.gap(figure, (0.4, 0.6), found) == pytest.approx(expected)
    lopsided = rule.Ours(0.7, 0.65, 0.9, 100)
    assert rule.gap(figure, (0.1, 0.6), lopsided) == pytest.approx(0.2 / 0.15)
    within = claims.Figure("share", nan, low=0.05, high=0.5)
    for ours, expected in ((0.05, 0.0), (0.3, 0.0), (0.6, 1.0), (0.8, 3.0), (0.0, 0.5)):
        assert rule.gap(within, (0.05, 0.5), rule.Ours(ours, ours - 0.1, ours + 0.1, 9)) == pytest.approx(expected)
    assert rule.gap(claims.Figure("epochs", 50.0), (49.0, 51.0), rule.Ours(np.inf, 0.0, np.inf, 0)) == np.inf
    assert rule.gap(figure, (0.5, 0.5), rule.Ours(0.6, 0.6, 0.6, 1)) > 1e9


def test_published_intervals_come_from_what_the_source_tells(rule: ModuleType, claims: ModuleType) -> None:
    ours = rule.Ours(100.0, 90.0, 110.0, 400)
    interval = binomtest(78, 100).proportion_ci(method="wilson")
    of_trials = rule.published_interval(claims.Figure("share", 0.78, 0.005, 100), ours)
    assert of_trials == pytest.approx((interval.low, interval.high))
    of_deviation = rule.published_interval(claims.Figure("epochs", 684, 0.5, 78, deviation=1460), ours)
    assert of_deviation == pytest.approx((684 - 324.0, 684 + 324.0), abs=0.1)
    assert rule.published_interval(claims.Figure("epochs", 95, 0.5, 100), ours) == pytest.approx((75.0, 115.0))
    assert rule.published_interval(claims.Figure("epochs", 95, 30.0, 100), ours) == pytest.approx((65.0, 125.0))
    assert rule.published_interval(claims.Figure("share", 0.23, 0.005), ours) == pytest.approx((0.225, 0.235))
    assert rule.published_interval(claims.Figure("share", 1.0, 0.005), ours) == pytest.approx((0.995, 1.0))
    assert rule.published_interval(claims.Figure("share", 0.5, 0.1, 100, low=0.45, high=0.5), ours) == (0.45, 0.5)


def rows_of(rule: ModuleType, claims: ModuleType, **ours: tuple[float, float]) -> pd.DataFrame:
    """A claim of two figures, 0.5 and 0.9; ours by reading, each with an interval of 0.02 either way."""
    figures = {"a": claims.Figure("share", 0.5, 0.005), "b": claims.Figure("share", 0.9, 0.005)}
    claim = claims.Claim("name", "source", "claim", figures, {reading: {} for reading in ours})
    found = {
        (reading.replace("_", " "), name): rule.Ours(number, number - 0.02, number + 0.02, 100)
        for reading, numbers in ours.items()
        for name, number in zip("ab", numbers, strict=True)
    }
    return rule.compare("key", claim, found)


def test_a_reading_agrees_where_all_figures_of_the_claim_do(rule: ModuleType, claims: ModuleType) -> None:
    good, half, bad = (0.51, 0.89), (0.5, 0.8), (0.1, 0.2)
    for ours, text, best, agreeing in (
        ({"x": good, "y": (0.5, 0.9)}, "agrees", "y", 2),
        ({"x": half, "y": bad}, "disagrees", "x", 0),
        ({"x": half, "y": good, "z": bad}, "agrees only under: y", "y", 1),
        ({"x": (0.53, 0.9), "y": (0.524, 0.9)}, "agrees only under: y", "y", 1),  # 0.025 is where intervals touch
        ({"x": good, "y": (0.5, 0.9), "z": bad}, "agrees only under 2 of 3 readings, nearest: y", "y", 2),
        ({"x": bad, "against_the_text": good}, "disagrees", "x", 0),
    ):
        rows = rows_of(rule, claims, **ours)
        found = rule.verdict(rows)
        assert (found["verdict"], found["best_reading"], found["agreeing"]) == (text, best, agreeing)
        assert found["largest_gap"] == rows.loc[rows["reading"] == best, "gap"].max()
    assert (found["readings"], found["against_text"], found["agreeing_against_text"]) == (1, 1, 1)
    assert (found["farthest"], found["ours"]) == ("b", 0.2)


def test_claims_of_one_source_must_hold_together(rule: ModuleType, claims: ModuleType) -> None:
    good, bad = (0.5, 0.9), (0.1, 0.2)
    first = rows_of(rule, claims, x=good, y=bad, z=good).assign(name="one")
    second = rows_of(rule, claims, x=bad, y=bad, z=good).assign(name="two")
    (sentence,) = rule.together(pd.concat([first, second]))
    assert sentence == "one and two hold together under 1 of 3 readings"
    assert rule.together(first) == []
    never = rows_of(rule, claims, x=bad, y=bad, z=bad).assign(name="two")
    assert rule.together(pd.concat([first, never])) == []


def test_counts_become_shares_and_draws(study: ModuleType) -> None:
    low, high = binomtest(30, 200).proportion_ci(method="wilson")
    assert study.as_quantity("share", 30, 200) == pytest.approx((0.15, low, high, 200))
    assert study.as_quantity("share not solved", 30, 200) == pytest.approx((0.85, 1 - high, 1 - low, 200))
    assert study.as_quantity("draws", 30, 200) == pytest.approx((200 / 30, 1 / high, 1 / low, 200))
    number, low, high, _ = study.as_quantity("draws", 0, 200)
    assert number == high == np.inf
    assert 50 < low < 100


def test_learning_times_are_those_of_the_definition(study: ModuleType, rng: np.random.Generator) -> None:
    runs, last = 300, 2_000
    times = rng.geometric(0.01, size=runs).astype(float)
    times[rng.random(runs) < 0.3] = np.inf
    counts = np.bincount(times[times <= last].astype(int), minlength=last + 1)[1:]
    found = study.learning_times(np.array([counts, 0 * counts]), runs)
    by_hand = [1000 * (times <= t).sum() / np.minimum(t, times).sum() for t in range(1, last + 1)]
    solved = times[times <= last]
    assert found["peak efficiency"][0] == pytest.approx(max(by_hand))
    assert found["epoch of the peak"][0] == 1 + np.argmax(by_hand)
    assert found["mean of the solved"][0] == pytest.approx(solved.mean())
    assert found["harmonic mean"][0] == pytest.approx(1 / np.mean(1 / solved))
    assert found["solved by epoch 54"][0] == (times <= 54).mean()
    assert found["solved by epoch 2,000"][0] == len(solved) / runs
    assert found["mean of the solved"][1] == found["harmonic mean"][1] == np.inf


def quadratic(descents: ModuleType, curvature: np.ndarray, below: float) -> object:
    """Half the sum of curvature times x^2; solved where it is below a number."""

    def loss(x: np.ndarray) -> np.ndarray:
        return 0.5 * (curvature * x**2).sum(axis=-1)

    return descents.Task(loss, lambda x: curvature * x, lambda x: loss(x) < below)


def test_steepest_descent_has_its_known_rate(descents: ModuleType) -> None:
    """From (k, 1) on 1/2 (x^2 + k y^2) each exact step multiplies the loss by ((k - 1) / (k + 1))^2."""
    k = 10.0
    start = np.array([[k, 1.0], [0.0, 1e-9], [1e-6, 0.0]])
    rate = ((k - 1) / (k + 1)) ** 2
    for steps in (1, 5, 40):
        task = quadratic(descents, np.array([1.0, k]), 0.5 * (k**2 + k) * rate**steps * 1.001)
        ends = descents.descend(task, start, 100)
        assert ends.solved.all()
        assert ends.steps.tolist() == [steps, 0, 0]
    assert not descents.descend(task, start, 39).solved[0]


def test_conjugate_gradients_end_after_as_many_steps_as_parameters(descents: ModuleType, rng: np.random.Generator) -> None:
    task = quadratic(descents, np.array([1.0, 3.0, 7.0, 20.0, 55.0]), 1e-12)
    starts = rng.uniform(0.5, 1.0, size=(20, 5))
    ends = descents.descend(task, starts, 50, conjugate=True)
    assert ends.solved.all()
    assert (ends.steps == 5).all()
    assert (descents.descend(task, starts, 50).steps > 5).all()
    scipy = descents.descend_wolfe(task, starts, 50, conjugate=True)
    assert scipy.solved.all()
    assert (scipy.evaluations >= scipy.steps).all()
    steepest = descents.descend_wolfe(task, starts, 500)
    assert steepest.solved.all()
    assert (steepest.evaluations > steepest.steps).all()
    assert steepest.steps.mean() > 2 * scipy.steps.mean()


def test_conjugate_directions_are_those_of_polak_and_ribiere(descents: ModuleType) -> None:
    """On a quartic, where other factors lead elsewhere, against the formula step by step."""
    seen = []

    def watched(theta: np.ndarray) -> np.ndarray:
        seen.append(theta[0].copy())
        return np.zeros(len(theta), bool)

    def gradient(theta: np.ndarray) -> np.ndarray:
        return theta**3 * np.array([1.0, 4.0]) + 0.3 * theta

    task = descents.Task(lambda theta: theta.sum(axis=-1), gradient, watched)
    descents.descend(task, np.array([[1.0, 0.6]]), 4, step=0.2, conjugate=True)
    theta, before, direction = np.array([1.0, 0.6]), None, None
    for place in seen:
        np.testing.assert_allclose(place, theta, rtol=1e-12)
        g = gradient(theta)
        beta = 0.0 if before is None else g @ (g - before) / (before @ before)
        direction = -g if before is None or (beta * direction - g) @ g >= 0.0 else beta * direction - g
        theta, before = theta + 0.2 * direction, g
    assert len(seen) == 5


def test_intervals_of_learning_times_leave_out_a_fortieth_on_either_side(
    study: ModuleType, claims: ModuleType, given: object
) -> None:
    """That of a share is about Wilson's: the least and the greatest of 200 resamples are 1.4 times as far apart."""
    reading = {"biases drawn": next(iter(claims.HAMEY.readings.values()))}
    found = study.hamey(given, "hamey", claims.HAMEY._replace(readings=reading))
    ratios = []
    for (_, name), ours in found.items():
        if name.startswith("solved by"):
            low, high = ls.statistics.wilson_interval(ours.number * ours.runs, ours.runs)
            ratios.append((ours.high - ours.low) / (high - low))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.15)


def test_descents_stop_where_they_should(descents: ModuleType) -> None:
    """A fixed step halves x: 27 times until the gradient, x, is below 1e-8, and 10 times until the loss is below 2^-21."""
    starts = np.array([[1.0], [2.0]])
    never = quadratic(descents, np.array([1.0]), 0.0)
    ends = descents.descend(never, starts, 100, step=0.5)
    assert not ends.solved.any()
    assert ends.steps.tolist() == [27, 28]
    assert descents.descend(never, starts, 20, step=0.5).steps.tolist() == [20, 20]
    at_once = quadratic(descents, np.array([1.0, 9.0]), 5.01)
    for conjugate in (False, True):
        assert descents.descend_wolfe(at_once, np.array([[1.0, 1.1], [1.0, 1.0]]), 9, conjugate).steps.tolist() == [1, 0]
    some = quadratic(descents, np.array([1.0]), 2.0**-20)
    assert descents.descend(some, starts, 100, step=0.5).steps.tolist() == [10, 11]
    for conjugate in (False, True):
        ends = descents.descend_wolfe(never, starts, 100, conjugate)
        assert not ends.solved.any()
        assert (ends.steps < 10).all()


def test_the_fixed_step_is_that_of_the_trainer(study: ModuleType, descents: ModuleType) -> None:
    surface = ls.Surface("xor", reduction="half_sum", l2=5e-5)
    protocol = ls.Protocol(
        lr=1.0, init="uniform", init_bias="same", criterion="margin", tolerance=0.1, budget=2_000, stall=1e-8
    )
    result = ls.train(surface, protocol, runs=64)
    ends = descents.descend(study.kramer_task("xor", True), result.theta0, 2_000, step=1.0)
    assert 10 < ends.solved.sum() < 60
    assert (ends.solved == result.runs["solved"]).all()
    assert (ends.steps == result.runs["epochs"]).all()


def test_tasks_have_the_gradients_of_their_losses(study: ModuleType, rng: np.random.Generator) -> None:
    theta, h = rng.normal(size=9), 1e-6
    for problem in ("xor", sys.modules["landscape.studies.published_claims"].PLUS_MINUS):
        for biases in (True, False):
            task = study.kramer_task(problem, biases)
            slopes = [(task.loss(theta + h * e) - task.loss(theta - h * e)) / (2 * h) for e in np.eye(9)]
            np.testing.assert_allclose(task.gradient(theta), slopes, atol=1e-8)
    penalties = [study.kramer_task("xor", biases).loss(theta) for biases in (True, False)]
    assert penalties[0] - penalties[1] == pytest.approx(0.5 * study.GAMMA * (theta[[4, 5, 8]] ** 2).sum())


def test_each_claim_names_its_source_and_each_reading_can_be_trained(study: ModuleType, claims: ModuleType) -> None:
    for key, claim in claims.CLAIMS.items():
        assert re.search(r"\(19\d\d\)|arXiv|replica", claim.source)
        assert claim.figures
        assert claim.readings
        for figure in claim.figures.values():
            assert (figure.low < figure.high) if np.isnan(figure.value) else figure.value >= 0.0
        if study.METHODS.get(key) is study.kramer:
            continue
        cells = study.cells(claim)
        assert len(cells) == len(claim.figures) * len(claim.readings)
        for name in list(claim.figures)[:1]:
            for reading in claim.readings:
                cell = cells[reading, name]
                short = ls.grid([{**_fields(cell), "budget": 2}]).cells[0]
                assert len(ls.train(short.surface, short.protocol, runs=1).runs) == 1


def _fields(cell: object) -> dict[str, object]:
    """Settings of a cell that a grid takes, the problem itself among them."""
    every = {**cell.surface.settings, **cell.protocol.settings}  # type: ignore[attr-defined]
    return every | {"problem": cell.surface.problem}  # type: ignore[attr-defined]


def test_a_small_study_writes_what_it_found(
    study: ModuleType, claims: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "CLAIMS", {key: claims.CLAIMS[key] for key in ("schmidhuber", "posted")})
    monkeypatch.setattr(sys, "argv", ["published_rates.py", "--quick", "--runs", "8", "--out", str(tmp_path)])
    study.main()
    rates, verdicts = (pd.read_parquet(tmp_path / f"published_rates{end}.parquet") for end in ("", "_verdicts"))
    assert len(rates) == 25 + 2 * 6
    assert rates.groupby("key")["best"].sum().to_dict() == {"posted": 6, "schmidhuber": 1}
    assert verdicts["verdict"].str.contains("agrees").all()
    content = json.loads((tmp_path / "published_rates.json").read_text())
    assert content["findings"][0].startswith("Of 2 claims with 7 figures")
    text = (tmp_path / "published_rates.md").read_text()
    assert text.count("\n| ") == 3 + len(verdicts) + 7 + len(rates)


def test_a_share_of_untold_runs_is_said_to_be_one(rule: ModuleType, claims: ModuleType) -> None:
    """Where nothing is found that agrees, Swirszcz's shares alone are without a number of runs."""
    tables = [
        rule.compare(key, claim, {(r, n): rule.Ours(1e9, 1e9, 1e9, 100) for r in claim.readings for n in claim.figures})
        for key, claim in claims.CLAIMS.items()
    ]
    said = rule.findings(pd.concat(tables), pd.DataFrame([rule.verdict(table) for table in tables]))
    (caution,) = (sentence for sentence in said if "not of how many runs" in sentence)
    assert caution.count("Swirszcz et al. 2016") == 4
    assert "Kolen" not in caution
    assert "Hamey" not in caution


def test_who_finds_the_published_numbers_agrees_with_every_claim(
    study: ModuleType, rule: ModuleType, claims: ModuleType, tmp_path: Path
) -> None:
    """And the figure shows it."""
    tables = []
    for key, claim in claims.CLAIMS.items():
        numbers = {name: f.low if np.isnan(f.value) else f.value for name, f in claim.figures.items()}
        found = {(r, n): rule.Ours(v, v, v, 100) for r in claim.readings for n, v in numbers.items()}
        tables.append(rule.compare(key, claim, found))
    verdicts = pd.DataFrame([rule.verdict(table) for table in tables])
    assert (verdicts["verdict"] == "agrees").all()
    rates = pd.concat(tables).assign(best=lambda t: t["reading"].isin(verdicts["best_reading"]))
    rates.to_parquet(tmp_path / "published_rates.parquet")
    verdicts.to_parquet(tmp_path / "published_rates_verdicts.parquet")
    figure, caption = import_module("landscape.figures.published_rates").draw(tmp_path)
    plt.close(figure)
    assert f"all figures agree for {len(verdicts)} of {len(verdicts)} claims" in caption
