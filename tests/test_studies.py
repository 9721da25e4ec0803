"""What studies share, and what they say: choices that are theirs, on tables worked out by hand."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

import landscape as ls

sys.path.insert(0, str(Path(__file__).parents[1] / "studies"))

import boolean_functions
import initial_scale
import optimizers
import parity
import precision
from options import Options, record, shared_settings
from tuning import rates_and_costs, tuned


@pytest.fixture
def given(tmp_path: Path) -> Options:
    return Options(study="hand", question="Why?", runs=40, seed=3, quick=False, out=tmp_path, started=0.0)


def test_a_record_says_what_was_found_and_how(given: Options, capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame({"hidden": [2, 3], "rate": [0.5, 0.75]})
    record(given, {"hand": ("By hand", table), "hand_more": ("More", table)}, ["Three are better."], {"lr": 1.0})
    content = json.loads((given.out / "hand.json").read_text())
    assert content["findings"] == ["Three are better."]
    assert content["tables"][0] == {"name": "hand", "title": "By hand", "rows": 2}
    assert content["settings"] == {"lr": 1.0}
    assert content["command"].startswith("python studies/hand.py")
    assert (content["seed"], content["runs"], content["quick"]) == (3, 40, False)
    assert content["made_with"]["landscape"] == ls.__version__
    pd.testing.assert_frame_equal(pd.read_parquet(given.out / "hand_more.parquet"), table)
    assert pd.read_csv(given.out / "hand.csv").shape == (2, 2)
    assert "Three are better." in capsys.readouterr().out


def test_rates_are_chosen_on_other_seeds_and_measured_on_fresh_ones(given: Options) -> None:
    """The least expected running time of each, among rates of which some never solve."""
    cells = [{"activation": name, "budget": 300} for name in ("tanh", "sigmoid")]
    rates = [1e-4, 1.0, 5.0]
    found = tuned(given, cells, rates, ["activation"], runs=30)
    assert found.tried.groupby("activation", observed=True).size().tolist() == [3, 3]
    for row in found.best.itertuples():
        own = found.tried[found.tried.activation == row.activation]
        assert row.expected_running_time == own.expected_running_time.min()
        assert row.at_end == (row.lr != 1.0)
    fresh = found.runs(["activation"])
    assert fresh.seed.unique().tolist() == [3]
    assert len(fresh) == 80
    assert {*zip(fresh.activation, fresh.lr, strict=True)} == {*zip(found.best.activation, found.best.lr, strict=True)}
    (surface, protocol) = (
        ls.Surface(activation="tanh"),
        ls.Protocol(lr=found.best.set_index("activation").lr["tanh"], budget=300),
    )
    expected = ls.train(surface, protocol, runs=40, seed=3).runs
    assert fresh[fresh.activation == "tanh"].epochs.tolist() == expected.epochs.tolist()
    assert ls.open_study(given.out / "hand" / "tuning").manifest.seed == 4
    table = rates_and_costs(fresh, ["activation", "lr"])
    costs = ls.expected_running_time(fresh, ["activation", "lr"])
    assert table.cost_low.tolist() == costs.low.tolist()
    assert table.expected_running_time.tolist() == costs.expected_running_time.tolist()
    assert shared_settings(found.study)["hidden"] == 2
    assert "activation" not in shared_settings(found.study)


def test_only_xor_and_xnor_are_not_separable() -> None:
    hard = [name for name in ls.problems.BOOLEAN_NAMES if not boolean_functions.separable(ls.problems.problem(name))]
    assert hard == ["xor", "xnor"]
    assert not boolean_functions.separable(ls.problems.parity(3))


def test_the_best_scale_has_the_range_that_is_not_told_apart_from_it() -> None:
    place = {"activation": "tanh", "hidden": 2, "init": "normal", "runs": 100}
    rates = pd.DataFrame({"init_scale": [0.1, 1.0, 10.0, 100.0], "rate": [0.2, 0.8, 0.75, 0.1]}).assign(**place)
    rates = rates.assign(low=rates.rate - 0.05, high=rates.rate + 0.05)
    (row,) = initial_scale.best_scales(rates).itertuples()
    assert (row.init_scale, row.scale_from, row.scale_to) == (1.0, 1.0, 10.0)


def test_widths_that_are_enough_are_missing_where_none_is() -> None:
    rates = pd.DataFrame(
        {"problem": "parity2", "activation": "tanh", "hidden": [1, 2, 3], "solved": [0, 5, 96], "runs": 100}
    )
    rates = rates.assign(rate=rates.solved / 100, low=rates.solved / 100 - 0.04, high=rates.solved / 100 + 0.04)
    (row,) = parity.enough(rates).itertuples()
    assert (row.ever, row.above_50) == (2, 3)
    assert pd.isna(row.above_95)


def test_rates_are_within_each_others_intervals_or_not() -> None:
    rates = pd.DataFrame(
        {
            "activation": "tanh",
            "hidden": [2, 2, 3, 3],
            "lr": 1.0,
            "precision": ["float64", "float32"] * 2,
            "rate": [0.50, 0.53, 0.50, 0.53],
            "low": [0.46, 0.49, 0.46, 0.51],
            "high": [0.54, 0.57, 0.54, 0.55],
        }
    )
    assert precision.within(rates).within.tolist() == [True, False]


def test_epochs_are_compared_of_starts_that_both_precisions_solve() -> None:
    runs = pd.DataFrame({"seed": 0, "run": range(4), "solved": [True, True, True, False], "epochs": [5, 10, 30, 90]})
    runs = runs.assign(activation="tanh", hidden=2, lr=1.0)
    other = runs.assign(epochs=[5, 17, 28, 60], solved=[True, True, True, True])
    (row,) = precision.apart(pd.concat([runs.assign(precision="float64"), other.assign(precision="float32")])).itertuples()
    assert (row.both, row.other_epochs, row.most_epochs) == (3, 2, 7)


def test_thinned_curves_keep_their_ends() -> None:
    curve = pd.DataFrame(
        {"activation": "tanh", "hidden": 2, "optimizer": "gd", "lr": 1.0, "epoch": range(1000), "rate": 0.5}
    )
    thin = optimizers.thinned(pd.concat([curve, curve.assign(optimizer="adam").head(5)]))
    assert thin.groupby("optimizer").size().to_dict() == {"gd": 200, "adam": 5}
    assert thin[thin.optimizer == "gd"].epoch.iloc[[0, -1]].tolist() == [0, 999]
