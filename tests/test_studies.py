"""What studies share, and what they say: choices that are theirs, on tables worked out by hand."""

import json
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import landscape as ls
from landscape.machine import processors
from landscape.studies import boolean_functions, initial_scale, optimizers, parity, precision, success_rates
from landscape.studies.options import Options, options, record, shared_settings, stored_blocks
from landscape.studies.tuning import rates_and_costs, tuned
from landscape.study import blocks


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
    assert content["command"].startswith("landscape study hand")
    assert (content["seed"], content["runs"], content["quick"]) == (3, 40, False)
    assert content["made_with"]["landscape"] == ls.__version__
    pd.testing.assert_frame_equal(pd.read_parquet(given.out / "hand_more.parquet"), table)
    assert pd.read_csv(given.out / "hand.csv").shape == (2, 2)
    assert "Three are better." in capsys.readouterr().out


def test_a_record_says_what_the_training_took_and_not_a_call_that_reads(
    given: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that trained are added up; what a stopped call has trained is counted by the processor time in its blocks."""
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def call(runs: int, seconds: float, stopped: bool = False) -> float | None:
        given.started, given.stored = clock[0], stored_blocks(given)
        ls.Study(given.out / "hand" / "tuning", ls.grid(budget=5), runs).run()
        clock[0] += seconds
        if stopped:
            return None
        record(given, {"hand": ("By hand", pd.DataFrame({"rate": [0.5]}))}, [], {})
        return json.loads((given.out / "hand.json").read_text())["seconds"]

    def processor_seconds() -> float:
        pieces = [piece for path in stored_blocks(given) for piece in blocks.read(path).pieces]
        return sum(piece.seconds for piece in pieces) / processors()

    assert call(10, 36.0) == 36.0
    assert call(10, 1.0) == 36.0
    assert call(20, 20.0) == 56.0
    assert call(20, 2.0) == 56.0
    before = processor_seconds()
    call(30, 50.0, stopped=True)
    assert call(30, 1.0) == pytest.approx(56.0 + processor_seconds() - before, abs=0.05)
    (given.out / "hand.json").unlink()
    assert call(30, 70.0) == pytest.approx(processor_seconds(), abs=0.05)


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


def test_the_range_of_scales_has_no_gap() -> None:
    """A scale further off that happens to do as well does not make one of the range."""
    place = {"activation": "tanh", "hidden": 2, "init": "normal", "runs": 100}
    rates = pd.DataFrame({"init_scale": [0.01, 0.1, 1.0, 10.0, 100.0], "rate": [0.75, 0.2, 0.8, 0.75, 0.1]}).assign(**place)
    rates = rates.assign(low=rates.rate - 0.05, high=rates.rate + 0.05).sample(frac=1.0, random_state=0)
    (row,) = initial_scale.best_scales(rates).itertuples()
    assert (row.scale_from, row.scale_to) == (1.0, 10.0)


def test_no_runs_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["hand.py", "--runs", "0"])
    with pytest.raises(SystemExit):
        options("Why?", runs=10, quick_runs=2)
    assert "--runs 0 is not allowed; give 1 or more" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["hand.py", "--quick"])
    assert options("Why?", runs=10, quick_runs=2).runs == 2


def test_a_study_asks_for_no_less_than_is_stored(
    given: Options, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its tables would hold all that is stored, and its record say something else."""

    def asked(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["hand.py", "--out", str(given.out), *words])
        return options("Why?", runs=50, quick_runs=2).runs

    record(given, {"hand": ("By hand", pd.DataFrame({"rate": [0.5]}))}, [], {})
    assert (asked("--runs", "39"), asked("--quick")) == (39, 2)  # it has stored no runs
    ls.Study(given.out / "hand", ls.grid(budget=3), 40).run()
    assert (asked(), asked("--runs", "40")) == (50, 40)
    for words in (["--runs", "39"], ["--quick"], ["--quick", "--runs", "40"]):
        with pytest.raises(SystemExit):
            asked(*words)
        assert "holds the whole study with --runs 40; give as many runs or more of that, or another --out" in (
            capsys.readouterr().err.replace("\n", " ")
        )


def test_where_no_rate_is_ever_solved_the_lowest_is_measured(given: Options) -> None:
    found = tuned(given, [{"activation": "tanh", "budget": 1}], [1e-3, 1e-4], ["activation"], runs=5)
    assert found.tried.solved.sum() == 0
    assert found.best[["lr", "at_end"]].to_numpy().tolist() == [[1e-4, True]]


def test_few_runs_leave_out_what_they_cannot_say(tmp_path: Path) -> None:
    """Of three runs a cell no restart can be told, of one epoch not even which is solved."""
    for budget, sentences in ((2_000, 3), (1, 2)):
        grid = ls.grid(activation="tanh", hidden=2, init=success_rates.INITIALIZERS, tolerance=0.4, budget=budget, lr=1.0)
        tables = success_rates.tables_of(ls.Study(tmp_path / f"{budget}", grid, runs=3, seed=1).run())
        said = success_rates.findings(tables)
        assert len(said) == sentences
        assert not any("starting over" in sentence for sentence in said)


@pytest.mark.parametrize("order", [success_rates.INITIALIZERS, success_rates.INITIALIZERS[::-1]])
def test_which_initializer_solves_more_does_not_depend_on_who_comes_first(order: tuple[str, str]) -> None:
    """The difference is b less a: the second initializer solves more in two of three pairs."""
    sign = 1.0 if order[1] == success_rates.INITIALIZERS[1] else -1.0
    pairs = pd.DataFrame({"a": order[0], "b": order[1], "difference": [0.1 * sign, 0.2 * sign, -0.3 * sign]})
    assert success_rates._more(pairs) == 2


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
