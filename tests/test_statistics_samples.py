"""What holds for every statistic: which tables are one sample, what is said of others, and which columns are taken."""

from collections.abc import Callable
from inspect import signature
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import landscape as ls
from landscape import statistics
from landscape.io.tables import note
from landscape.statistics import chao1, coverage, wilson_interval
from landscape.statistics.groups import SETTINGS

BUDGET = 900


class Statistic(NamedTuple):
    """One, of the table of runs or that of checkpoints, with the columns that it needs."""

    of: Callable[..., pd.DataFrame]
    needs: tuple[str, ...]
    pools: bool = False


STATISTICS = {
    "success_rates": Statistic(lambda t, **k: ls.success_rates(t, "hidden", **k), ("solved",), pools=True),
    "time_to_solution": Statistic(lambda t, **k: ls.time_to_solution(t, "hidden", **k), ("solved", "epochs", "budget")),
    "time_quantiles": Statistic(lambda t, **k: ls.time_quantiles(t, "hidden", **k), ("solved", "epochs", "budget")),
    "expected_running_time": Statistic(lambda t, **k: ls.expected_running_time(t, "hidden", **k), ("solved", "epochs")),
    "best_restart": Statistic(lambda t, **k: ls.best_restart(t, "hidden", **k), ("solved", "epochs")),
    "compare": Statistic(lambda t, **k: ls.compare(t, "activation", "hidden", **k), ("run", "solved")),
    "flips": Statistic(lambda t: ls.flips(t, "activation", "hidden"), ("run", "solved")),
    "curve_through": Statistic(lambda t, **k: ls.curve_through(t, "hidden", **k), ("run", "epoch", "solved")),
}
FACTORS = ("compare", "flips")
every = pytest.mark.parametrize("name", STATISTICS)
with_intervals = pytest.mark.parametrize("name", [name for name in STATISTICS if name != "flips"])


def table_for(name: str, runs: int = 40, hidden: tuple[int, ...] = (2, 3)) -> pd.DataFrame:
    """A complete table for a statistic: every column that guards, two widths, and two levels where it compares."""
    rng = np.random.default_rng(5)
    settings = {**ls.Surface().settings, **ls.Protocol(budget=BUDGET).settings}
    tables = []
    for width in hidden:
        for activation in ("relu", "tanh") if name in FACTORS else ("tanh",):
            solved = rng.random(runs) < 0.8
            own = {
                "run": np.arange(runs),
                "seed": 3,
                **settings,
                "hidden": width,
                "activation": activation,
                "_problem": "t1",
            }
            if name == "curve_through":
                for epoch in (10, 100):
                    tables.append(pd.DataFrame({**own, "epoch": epoch, "loss": 0.1, "solved": rng.random(runs) < 0.5}))
            else:
                epochs = np.where(solved, rng.integers(1, 60, runs) * 10, BUDGET)  # ties, as there are between runs
                tables.append(pd.DataFrame({**own, "solved": solved, "epochs": epochs}))
    return pd.concat(tables, ignore_index=True)


# One sample


@every
def test_a_complete_table_is_one_sample(name: str) -> None:
    found = STATISTICS[name].of(table_for(name))
    assert found.attrs == {"sample": "one sample", "pooled_over": {}}
    assert note(found) == ""


@every
@pytest.mark.parametrize("rows", [slice(None), slice(7, 8)], ids=["all", "one"])
def test_a_run_counted_several_times_is_refused(name: str, rows: slice) -> None:
    table = table_for(name)
    twice = pd.concat([table, table.iloc[rows]]).sample(frac=1.0, random_state=1)
    with pytest.raises(ValueError, match=r"stands more than once in a group \(.* too many\): seed, run .* first_run="):
        STATISTICS[name].of(twice)
    with pytest.raises(ValueError, match=r"stands more than once in a group .* there is no column seed"):
        STATISTICS[name].of(twice.drop(columns="seed"))


@every
def test_a_run_that_came_out_otherwise_is_the_same_run(name: str) -> None:
    """As of two calls with starts of one's own: their runs have the same numbers."""
    table = table_for(name)
    with pytest.raises(ValueError, match="first_run="):
        STATISTICS[name].of(pd.concat([table, table.assign(solved=False, loss=0.3)]))
    more = STATISTICS[name].of(pd.concat([table, table.assign(run=table["run"] + 40)]))
    assert more.attrs["sample"] == "one sample"


@every
@pytest.mark.parametrize("setting", ["budget", "lr", "precision", "_cell"])
def test_settings_mixed_in_a_group_are_refused_or_said(name: str, setting: str) -> None:
    table = table_for(name)
    levels = {"budget": (BUDGET, 9000), "lr": (0.1, 1.0), "precision": ("float32", "float64"), "_cell": ("aa", "bb")}[
        setting
    ]
    mixed = pd.concat([table.assign(**{setting: level}) for level in levels], ignore_index=True)
    if STATISTICS[name].pools and setting != "budget":
        found = STATISTICS[name].of(mixed)
        assert found.attrs["pooled_over"] == {setting: list(levels)}
        assert note(found).startswith(f"pooled over {setting} = {levels[0]}, {levels[1]:.6g}" if setting == "lr" else
                                      f"pooled over {setting} = {levels[0]}, {levels[1]}")  # fmt: skip
    else:
        with pytest.raises(
            ValueError, match=rf"runs with different {setting} \({levels[0]}, {levels[1]}\) are in one group"
        ):
            STATISTICS[name].of(mixed)


@every
def test_settings_that_go_with_the_groups_are_not_mixed(name: str) -> None:
    """Each width at a rate and with a budget of its own."""
    table = table_for(name)
    own = table.assign(lr=table["hidden"] / 10.0, budget=table["hidden"] * BUDGET)
    assert STATISTICS[name].of(own).attrs["sample"] == "one sample"


@every
@pytest.mark.parametrize("lacking", ["run", "seed", "lr", "settings"])
def test_what_a_table_does_not_tell_is_said(name: str, lacking: str) -> None:
    if lacking in STATISTICS[name].needs:
        return
    table, kept = table_for(name), {"hidden", "activation", *STATISTICS[name].needs}
    names = [lacking] if lacking != "settings" else [each for each in SETTINGS if each in table and each not in kept]
    found = STATISTICS[name].of(table.drop(columns=names))
    assert found.attrs["sample"].startswith("whether each group is one sample cannot be known: the table has no column ")
    assert found.attrs["sample"].count(",") == min(len(names), 6) - 1
    assert names[0] in note(found)
    assert found.attrs["pooled_over"] == {}
    if lacking not in ("run", "seed"):  # the cell stands for all settings
        whole = STATISTICS[name].of(
            table.drop(columns=names).assign(_cell=table["hidden"].astype(str) + table["activation"])
        )
        assert whole.attrs["sample"] == "one sample"


@every
def test_epochs_are_not_pooled(name: str) -> None:
    table = table_for(name)
    if name != "curve_through":
        both = pd.concat([table.assign(epoch=10), table.assign(epoch=20)])
        told = r"different epoch \(10, 20\) are in one group|has a column 'epoch', a row for each checkpoint"
        with pytest.raises(ValueError, match=told):
            STATISTICS[name].of(both)


@every
@pytest.mark.parametrize("seed", [0, 1])
def test_the_order_of_rows_makes_no_difference(name: str, seed: int) -> None:
    table = table_for(name)
    found = STATISTICS[name].of(table)
    assert len(found) > 1
    pd.testing.assert_frame_equal(STATISTICS[name].of(table.sample(frac=1.0, random_state=seed)), found, check_exact=True)


def test_said_survives_a_file(tmp_path: Any) -> None:
    table = table_for("success_rates")
    found = ls.success_rates(
        pd.concat([table.assign(bias=flag, lr=lr) for flag in (True, False) for lr in (0.1, 1.0)]), "hidden"
    )
    assert found.attrs["pooled_over"] == {"bias": [False, True], "lr": [0.1, 1.0]}
    found.to_parquet(tmp_path / "t.parquet")
    assert pd.read_parquet(tmp_path / "t.parquet").attrs == found.attrs
    many = ls.success_rates(pd.concat([table.assign(lr=lr / 8) for lr in range(9)]), "hidden")
    assert note(many).startswith("pooled over lr = 0, 0.125, 0.25, 0.375, 0.5, 0.625 ... (9); intervals count starts")


@pytest.mark.parametrize("most", [3, 2**31, 2**62])
def test_copies_are_found_whatever_the_numbers_of_runs_and_seeds(most: int) -> None:
    """As pandas finds them; numbers whose product no integer holds are still told apart."""
    rng = np.random.default_rng(8)
    for _ in range(50):
        names = rng.integers(0, most, size=(3, 2), endpoint=True)
        table = pd.DataFrame(names[rng.integers(3, size=4)], columns=["seed", "run"]).assign(hidden=rng.integers(2, size=4))
        table = table.assign(solved=True, _cell=rng.choice(["a", "b"], size=4))
        copies = table.duplicated(["seed", "run", "hidden", "_cell"]).sum()
        if copies:
            with pytest.raises(ValueError, match=rf"\({copies} rows too many\)"):
                ls.success_rates(table, "hidden")
        else:
            assert ls.success_rates(table, "hidden").runs.tolist() == table.groupby("hidden").size().tolist()


def test_groups_are_those_of_pandas() -> None:
    """In the same order and with the same types, whatever the keys."""
    rng = np.random.default_rng(9)
    rows = 300
    words = pd.Categorical(rng.choice(["b", "a", "c"], rows), categories=["c", "b", "a", "none"])
    keys = {
        "words": words,
        "missing": pd.Categorical(
            np.where(rng.random(rows) < 0.3, None, np.asarray(words, object)), categories=["c", "b", "a"]
        ),
        "ordered": pd.Categorical(words, ordered=True),
        "floats": rng.choice([0.1, -np.inf, np.nan, 0.0, -0.0], rows),
        "whole": rng.choice([3, -(2**62), 2**62], rows),
        "unsigned": rng.choice(np.array([1, 2**64 - 1], np.uint64), rows),
        "small": rng.integers(-3, 3, rows).astype(np.int8),
        "flags": rng.random(rows) < 0.5,
        "nullable": pd.array(
            np.where(rng.random(rows) < 0.2, None, rng.integers(3, size=rows).astype(object)), dtype="Int64"
        ),
        "text": rng.choice(["10", "2"], rows),
        "mixed": pd.Series(rng.choice(np.array(["x", 2, 1.5], object), rows), dtype=object),
        "dates": pd.to_datetime(rng.choice(["2020-01-02", "2020-01-01"], rows)),
    }
    table = pd.DataFrame({"solved": rng.random(rows) < 0.5, **keys})
    for by in [
        *([name] for name in keys),
        *(rng.choice(list(keys), 3, replace=False).tolist() for _ in range(20)),
        list(keys),
    ]:
        groups = table.groupby(by, observed=True, dropna=False)["solved"]
        expected = groups.agg(runs="size", solved="sum").reset_index()
        found = ls.success_rates(table, by)[[*by, "runs", "solved"]]
        pd.testing.assert_frame_equal(found, expected, obj=str(by))


def test_tables_of_studies_and_of_trainings_go_together(tmp_path: Any) -> None:
    """Where ``_cell`` and ``precision`` are of some rows only, the settings tell the others apart."""
    study = ls.Study(tmp_path, ls.grid(lr=[0.1, 1.0], budget=3), runs=4).run()
    trained = [ls.train(ls.Surface(), ls.Protocol(lr=lr, budget=3), runs=4, precision=p).runs
               for lr, p in ((0.3, "float64"), (0.5, "float64"), (0.1, "float32"))]  # fmt: skip
    found = ls.success_rates(pd.concat([study.runs(), *trained]), "hidden")
    assert found.attrs["pooled_over"] == {"lr": [0.1, 0.3, 0.5, 1.0], "precision": ["float32", None]}
    assert note(found).startswith("pooled over lr = 0.1, 0.3, 0.5, 1; precision = float32, missing; ")
    assert found["runs"].tolist() == [20]
    assert found["high"].tolist() == [wilson_interval(found["solved"] * 4 / 20, 4)[1][0]]
    with pytest.raises(ValueError, match="run 0 stands more than once"):
        ls.success_rates(pd.concat([study.runs(), *trained, trained[0]]), "hidden")


@every
def test_what_keeps_a_table_is_taken_for_it(name: str) -> None:
    """As a result keeps it, which has an attribute, and as a study does, which has a method."""
    table, of = table_for(name), STATISTICS[name].of
    kept = "checkpoints" if name == "curve_through" else "runs"
    for keeper in (table, lambda: table):
        pd.testing.assert_frame_equal(of(SimpleNamespace(**{kept: keeper})), of(table))
    for nothing in (ls.Protocol(), SimpleNamespace(**{kept: 200}), SimpleNamespace(**{kept: lambda: None}), "runs.csv"):
        said = f"{kept} of type {type(nothing).__name__} is not a table, and keeps none as .{kept}; give a DataFrame "
        with pytest.raises(TypeError, match=said):
            of(nothing)


def test_every_statistic_of_runs_is_in_the_table() -> None:
    first = {name: next(iter(signature(getattr(statistics, name)).parameters)) for name in statistics.__all__}
    assert {name for name, parameter in first.items() if parameter in ("runs", "checkpoints")} == set(STATISTICS)


def test_results_and_studies_are_taken(tmp_path: Any) -> None:
    study = ls.Study(tmp_path, ls.grid(hidden=[2, 3], lr=5.0, budget=400), runs=30, checkpoints=(100, 400)).run()
    pd.testing.assert_frame_equal(ls.success_rates(study, by="hidden"), ls.success_rates(study.runs(), by="hidden"))
    pd.testing.assert_frame_equal(ls.curve_through(study, "hidden"), ls.curve_through(study.checkpoints(), "hidden"))
    pd.testing.assert_frame_equal(ls.compare(study, "hidden"), ls.compare(study.runs(), "hidden"))
    result = study.result(study.cells()["_cell"][0])
    for given in (result, ls.diagnose(result.surface, result)):
        assert ls.time_quantiles(given)["epochs"].tolist() == ls.time_quantiles(result.runs)["epochs"].tolist()
    with pytest.raises(TypeError, match="runs of type Plan is not a table"):
        ls.success_rates(study.plan(), by="hidden")


@every
def test_two_truth_tables_of_one_name_are_refused(name: str) -> None:
    """Whether they are in one group, in two, or on two sides of a comparison."""
    table = table_for(name).assign(problem="mine", _problem="t1")
    unknown = "whether each group is one sample cannot be known: the table has no column _problem"
    assert STATISTICS[name].of(table).attrs["sample"] == "one sample"
    assert STATISTICS[name].of(table.assign(_problem=None)).attrs["sample"] == unknown
    assert STATISTICS[name].of(table.drop(columns="_problem")).attrs["sample"] == unknown
    for setting in ("run", "hidden", "activation"):
        other = table[setting] == table[setting].iloc[-1]
        mixed = table.assign(_problem=np.where(other, "t2", "t1"))
        if other.all():
            continue
        with pytest.raises(ValueError, match=r'two different problems are named "mine" in the table; give each a name'):
            STATISTICS[name].of(mixed)
        some = mixed.assign(_problem=mixed["_problem"].where(other, None))  # of rows from elsewhere it is not known
        assert STATISTICS[name].of(some).attrs["sample"] == unknown


def test_truth_tables_of_one_name_trained_by_two_calls_or_studies(tmp_path: Any) -> None:
    inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
    problems = [ls.Problem(inputs, targets) for targets in ([0, 1, 1, 0], [0, 0, 0, 1])]
    grids = [ls.grid(problem=problem, lr=[0.1, 1.0], budget=3) for problem in problems]
    trained = [ls.train(each.cells[0].surface, each.cells[0].protocol, 4, seed).runs for seed, each in enumerate(grids)]
    stored = [ls.Study(tmp_path / str(seed), each, runs=4, seed=seed).run().runs() for seed, each in enumerate(grids)]
    for tables in (trained, stored):
        with pytest.raises(ValueError, match='two different problems are named "mine"'):
            ls.success_rates(pd.concat(tables), "activation")
    without = pd.concat(stored).drop(columns="_problem")  # then the cells say that there is more than the learning rate
    assert list(ls.success_rates(without, "activation").attrs["pooled_over"]) == ["lr", "_cell"]
    assert list(ls.success_rates(stored[0], "activation").attrs["pooled_over"]) == ["lr"]


# Intervals of pooled rates


def starts(solved: Any, lr: float, seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"activation": "tanh", "lr": lr, "seed": seed, "run": range(len(solved)), "solved": solved})


def test_the_same_starts_at_rates_that_hardly_differ_are_one_sample_of_them() -> None:
    surface = ls.Surface(hidden=2, activation="tanh")
    one, other = (ls.train(surface, ls.Protocol(lr=lr, budget=300), runs=120).runs for lr in (1.0, 1.0000001))
    alone = ls.success_rates(one, "activation").iloc[0]
    both = ls.success_rates(pd.concat([one, other]), "activation").iloc[0]
    pooled = note(ls.success_rates(pd.concat([one, other]), "activation"))
    assert pooled.startswith("pooled over lr = 1.0, 1.0000001; ")  # six digits would not tell them apart
    assert (both.runs, both.rate) == (240, pytest.approx(alone.rate, abs=0.01))
    assert both.high - both.low == pytest.approx(alone.high - alone.low, rel=0.02)
    apart = pd.concat([one, other.assign(seed=1)])  # other starts are as many more
    assert ls.success_rates(apart, "activation").iloc[0][["low", "high"]].tolist() == [
        float(end) for end in wilson_interval(both.solved, 240)
    ]


def test_the_interval_counts_starts_by_hand() -> None:
    """Of 300 starts under one rate and the first 100 of them under two: 400 rows of the weight of 400^2 / (200 + 4 x 100)
    starts. All solved or none, it is the same number."""
    solved = np.arange(300) % 3 == 0
    for flags in (solved, np.ones(300, bool), np.zeros(300, bool)):
        table = pd.concat([starts(flags, 0.1), starts(flags[:100], 1.0)])
        n, row = 400**2 / 600, ls.success_rates(table, "activation").iloc[0]
        low, high = wilson_interval(n if flags.all() else row.rate * n, n)
        assert (row.runs, row.low, row.high) == (400, pytest.approx(low, abs=1e-15), pytest.approx(high, abs=1e-15))
        nameless = ls.success_rates(table.drop(columns=["seed", "run"]), "activation").iloc[0]  # taken to be the same starts
        assert (nameless.low, nameless.high) == (row.low, row.high)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("rates", [(0.3, 0.3, 0.3), (0.1, 0.5, 0.9)])
def test_intervals_of_pooled_rates_cover(shared: float, rates: tuple[float, ...]) -> None:
    """Of 60 starts under three settings that solve the same starts, partly the same, or independent ones: at least as often
    as they say, but for the noise of 400 samples, and no oftener where the three are one."""
    rng, held = np.random.default_rng(11), 0
    for _ in range(400):
        common = rng.random(60)
        draws = [np.where(rng.random(60) < shared, common, rng.random(60)) < rate for rate in rates]
        row = ls.success_rates(pd.concat([starts(each, lr) for lr, each in enumerate(draws)]), "activation").iloc[0]
        held += row.low <= np.mean(rates) <= row.high
    assert held / 400 >= 0.95 - 2.6 * np.sqrt(0.95 * 0.05 / 400)
    if shared == 1.0 and len(set(rates)) == 1:
        assert held / 400 <= 0.95 + 2.6 * np.sqrt(0.95 * 0.05 / 400)


# Columns


@every
@pytest.mark.parametrize(
    "kind", ["int64", "uint8", "float64", "object", "boolean", "UInt8", "category", "bool[pyarrow]", "numbers"]
)
def test_booleans_are_booleans_however_they_are_kept(name: str, kind: str) -> None:
    table = table_for(name)
    solved = table["solved"].astype(int).astype(object) if kind == "numbers" else table["solved"].astype(kind)
    pd.testing.assert_frame_equal(STATISTICS[name].of(table.assign(solved=solved)), STATISTICS[name].of(table))


def filled(table: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    """With one value of a column replaced."""
    values = table[column].astype(object).to_list()
    values[5] = value
    return table.assign(**{column: pd.Series(values, dtype=object if isinstance(value, (str, bool)) else None)})


BAD = {
    "text": "10",
    "complex": 1 + 2j,
    "missing": None,
    "not a number": np.nan,
    "NA": pd.NA,
    "negative": -1,
    "infinite": np.inf,
    "date": pd.Timestamp("2020-01-01"),
    "list": [1],
    "two": 2.5,
}


@every
@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("column", ["solved", "epochs", "epoch", "budget", "run", "seed"])
def test_a_column_with_anything_else_is_refused_by_name(name: str, column: str, bad: str) -> None:
    table = table_for(name)
    if (
        column not in table
        or (bad == "two" and column in ("epochs", "epoch", "budget"))
        or (name, column) == ("flips", "epochs")
    ):
        return
    with pytest.raises(
        ValueError, match=rf"column '{column}' (holds|is below)|different {column} \(900(\.0)?, (nan|None)\)"
    ):
        STATISTICS[name].of(filled(table, column, BAD[bad]))


@every
@pytest.mark.parametrize("column", ["solved", "epochs", "epoch", "budget", "run", "seed"])
def test_a_column_of_text_is_refused_and_one_of_true_and_false_is_no_number(name: str, column: str) -> None:
    table = table_for(name)
    if column in table and (name, column) != ("flips", "epochs"):  # which reckons without times
        with pytest.raises(ValueError, match=f"column '{column}' holds .*text"):
            STATISTICS[name].of(table.assign(**{column: table[column].astype(str)}))
        if column != "solved":
            for kind in (bool, object):
                with pytest.raises(ValueError, match=f"column '{column}' holds"):
                    STATISTICS[name].of(filled(table, column, True) if kind is object else table.assign(**{column: True}))


@every
def test_numbers_are_numbers_however_they_are_kept(name: str) -> None:
    table, found = table_for(name), STATISTICS[name].of(table_for(name))
    for kind in ("Int64", "Float64", "category", "int64[pyarrow]", "object", "uint32"):
        other = {each: table[each].astype(kind) for each in ("run", "seed", "budget", "epochs", "epoch") if each in table}
        pd.testing.assert_frame_equal(STATISTICS[name].of(table.assign(**other)), found, check_dtype=False)


@every
def test_the_index_is_of_no_concern_and_columns_have_one_name_each(name: str) -> None:
    table, of = table_for(name), STATISTICS[name].of
    found = of(table)
    for index in (table["hidden"], pd.MultiIndex.from_frame(table[["hidden", "solved"]]), np.zeros(len(table))):
        pd.testing.assert_frame_equal(of(table.set_axis(pd.Index(index), axis=0)), found)
    with pytest.raises(ValueError, match="column 'hidden' is in the table more than once"):
        of(pd.concat([table, table[["hidden"]]], axis=1))
    with pytest.raises(ValueError, match="names of 2 levels"):
        of(pd.concat({"a": table}, axis=1))
    with pytest.raises(TypeError, match="of type Series is not a table"):
        of(table["solved"])
    with pytest.raises(ValueError, match="column 'hidden' cannot be grouped by"):
        of(table.assign(hidden=[[2]] * len(table)))
    for column in STATISTICS[name].needs:
        with pytest.raises(ValueError, match=f"column '{column}' is not in the table|these are runs"):
            of(table.drop(columns=column))


@pytest.mark.parametrize("by", [["hidden", 1], [["hidden"]], 1, None, b"hidden", {"hidden": 1}])
def test_columns_are_named_by_names(by: Any) -> None:
    for of in (ls.success_rates, ls.time_to_solution, ls.time_quantiles, ls.expected_running_time, ls.best_restart):
        with pytest.raises(TypeError, match="names no columns; give one name or a list of them"):
            of(table_for("success_rates"), by)
    for of in (ls.compare, ls.flips):
        for words in ((by, "hidden"), ("activation", by)):
            with pytest.raises(TypeError, match="names no columns; give one name or a list of them"):
                of(table_for("compare"), *words)


def test_no_column_of_an_answer_is_lost_to_a_key_of_its_name() -> None:
    for name in ("p", "z", "rate_a", "paired", "p_holm"):
        with pytest.raises(ValueError, match=f"cannot hold '{name}'"):
            ls.compare(table_for("compare").assign(**{name: 1}), "activation", by=name)
    with pytest.raises(ValueError, match="cannot hold 'solved_under'"):
        ls.flips(table_for("compare").assign(solved_under=1), "activation", by="solved_under")


# Numbers


@with_intervals
@pytest.mark.parametrize("confidence", [1 - 1e-16, 1 - 1e-12, 1e-17, 1e-12, 0.0, 1.0, 95, 0.95j, "0.95", None, True, np.nan])
def test_a_confidence_that_cannot_be_had_is_refused(name: str, confidence: Any) -> None:
    with pytest.raises(ValueError, match=r"confidence=.* is not allowed; give a number between 0 and 1, such as 0\.95; "):
        STATISTICS[name].of(table_for(name), confidence=confidence)


@with_intervals
def test_a_higher_confidence_has_a_wider_interval(name: str) -> None:
    table = table_for(name)
    low, high = ("cost_low", "cost_high") if name == "best_restart" else ("low", "high")
    highest = 0.995 if name in ("expected_running_time", "best_restart") else 1.0 - 1e-9
    found = [STATISTICS[name].of(table, confidence=confidence) for confidence in (1e-9, 0.5, 0.95, highest)]
    for one, other in pairwise(found):
        assert not np.isnan(one[[low, high]].to_numpy(float)).any()
        assert (one[low] >= other[low]).all()
        assert (one[high] <= other[high]).all()
    assert (found[-1][high] > found[1][high]).any()


def test_one_quantile_is_a_quantile_and_words_are_none() -> None:
    table = table_for("time_quantiles", hidden=(2,))
    pd.testing.assert_frame_equal(ls.time_quantiles(table, quantiles=0.5), ls.time_quantiles(table, quantiles=[0.5]))
    for bad in (
        "0.5",
        [0.5, "a"],
        True,
        0.5j,
        [[0.5]],
        [],
        [0.0],
        np.nan,
        None,
        np.ma.array([0.2, 0.5], mask=[True, False]),
    ):
        with pytest.raises((ValueError, TypeError), match=r"(?s)quantiles=.*give shares between 0 and 1"):
            ls.time_quantiles(table, quantiles=bad)
    first = ls.time_quantiles(table, "hidden", quantiles=1e-12)  # the share that one run is
    fastest = table[table["solved"]].groupby("hidden")["epochs"].min()
    assert first["epochs"].tolist() == fastest.tolist()


def test_one_start_is_enough_for_a_small_probability() -> None:
    assert ls.best_restart(table_for("best_restart"), "hidden", probability=1e-12).restarts.tolist() == [0, 0]


MASKED = np.ma.array([0.1, 0.2], mask=[False, True])


@pytest.mark.parametrize("rate", ["x", ["0.1"], 0.1j, True, None, [[0.1], [0.1, 0.2]], MASKED, np.datetime64("2020-01-01")])
def test_rates_that_are_no_numbers_are_refused(rate: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"(?s)rate=.* give success rates, from 0 to 1"):
        ls.required_runs(rate, 0.1)
    for width in (rate, 0.1 + 0j):
        with pytest.raises(ValueError, match=r"(?s)width=.* give the width of the whole interval"):
            ls.required_runs(0.5, width)


@pytest.mark.parametrize("bad", ["x", ["1"], 1j, True, None, MASKED, np.inf, -1, np.nan])
def test_counts_that_are_no_numbers_are_refused(bad: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"give how many|no proportion"):
        wilson_interval(bad, 3)
    with pytest.raises((TypeError, ValueError), match=r"give how many|no proportion"):
        wilson_interval(0, bad)
    for estimate in (coverage, chao1):
        with pytest.raises((TypeError, ValueError), match=r"(?s)hits=.* give how often each class was hit"):
            estimate(bad)
    with pytest.raises(ValueError, match=r"solved of shape \(2,\) and runs of shape \(3,\) do not go together"):
        wilson_interval([1, 2], [3, 3, 3])
    with pytest.raises(ValueError, match="give how often each class was hit"):
        coverage([1.5, 2.0])
    with pytest.raises(TypeError, match="give how often each class was hit"):
        chao1([[1], [1, 2]])  # type: ignore[list-item]
    assert np.isnan(coverage([]))


@pytest.mark.parametrize("give", [lambda masked: masked, lambda masked: [masked], lambda masked: ((masked,),)])
def test_a_number_under_a_mask_is_no_number(give: Any) -> None:
    masked = give(np.ma.masked_array([0.5, 0.25], [True, False]))
    for ask in (
        lambda: ls.required_runs(masked, width=0.1),
        lambda: wilson_interval(masked, 10),
        lambda: wilson_interval(0, masked),
        lambda: chao1(masked),
        lambda: coverage(masked),
        lambda: ls.time_quantiles(table_for("time_quantiles"), quantiles=masked),
    ):
        with pytest.raises(ValueError, match="is masked in some places"):
            ask()
