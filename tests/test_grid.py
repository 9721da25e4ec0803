"""Grids: products, unions, lists, filters, and what identifies a cell."""

import pickle
from typing import Any

import numpy as np
import pytest

import landscape as ls
from landscape.study.grid import FIELDS, Cell


def settings_of(grid: ls.grid, *names: str) -> list[tuple[object, ...]]:
    return [tuple(cell.settings[name] for name in names) for cell in grid]


def test_product() -> None:
    grid = ls.grid(activation=["sigmoid", "tanh"], hidden=range(2, 4), lr=0.5)
    assert settings_of(grid, "activation", "hidden", "lr") == [
        ("sigmoid", 2, 0.5),
        ("sigmoid", 3, 0.5),
        ("tanh", 2, 0.5),
        ("tanh", 3, 0.5),
    ]
    assert grid.cells[3] == Cell(ls.Surface(activation="tanh", hidden=3), ls.Protocol(lr=0.5))


def test_no_levels_is_the_default_cell() -> None:
    assert ls.grid().cells == (Cell(ls.Surface(), ls.Protocol()),)


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_can_be_a_level(name: str) -> None:
    default = {**{f: getattr(ls.Surface(), f) for f in ls.Surface().settings}, **ls.Protocol().settings}[name]
    assert len(ls.grid(**{name: [default]})) == 1


def test_levels_of_numpy_and_problems() -> None:
    grid = ls.grid(hidden=np.arange(1, 3), lr=np.array([0.5]), problem=[ls.problems.xor, "and", 7])
    assert settings_of(grid, "problem", "hidden") == [(name, hidden) for hidden in (1, 2) for name in ("xor", "and", "nand")]
    assert len(ls.grid(problem=ls.problems.xor)) == 1


def test_union_counts_a_cell_once() -> None:
    grid = ls.grid(hidden=[2, 3]) + ls.grid(hidden=[3, 4])
    assert settings_of(grid, "hidden") == [(2,), (3,), (4,)]


def test_lists_of_cells() -> None:
    pair = (ls.Surface("and", hidden=1), ls.Protocol(lr=0.1))
    assert ls.grid([pair]).cells == (Cell(*pair),)
    assert ls.grid(ls.grid([pair]).cells).cells == (Cell(*pair),)
    grid = ls.grid([{"activation": "tanh", "lr": 0.1}, {"activation": "relu"}, pair], budget=[5, 6])
    assert settings_of(grid, "activation", "lr", "budget") == [
        ("tanh", 0.1, 5), ("tanh", 0.1, 6), ("relu", 0.5, 5), ("relu", 0.5, 6), ("sigmoid", 0.1, 5), ("sigmoid", 0.1, 6),
    ]  # fmt: skip


def test_cells_are_combined_with_levels() -> None:
    """As to vary one more setting of all cells of a study."""
    cells = ls.grid(activation=["tanh", "relu"], lr=0.1).cells
    grid = ls.grid(cells, hidden=[2, 3], lr=0.7)
    assert settings_of(grid, "activation", "hidden", "lr") == [
        ("tanh", 2, 0.7), ("tanh", 3, 0.7), ("relu", 2, 0.7), ("relu", 3, 0.7),
    ]  # fmt: skip


def test_filter_leaves_out_what_makes_no_sense() -> None:
    grid = ls.grid(update=["batch", "online"], optimizer=["gd", "adam"])
    with pytest.raises(
        ValueError, match=r"not defined pattern after pattern.*update='online', optimizer='adam'.*filter\(\)"
    ):
        len(grid)
    kept = grid.filter(lambda s: s["update"] == "batch" or s["optimizer"] == "gd")
    assert settings_of(kept, "update", "optimizer") == [("batch", "gd"), ("batch", "adam"), ("online", "gd")]
    assert len(grid.filter(lambda s: s["hidden"] == 2 and s["update"] == "batch")) == 2, "defaults are there to be asked"
    assert len(ls.grid(kept.cells).filter(lambda s: s["optimizer"] == "adam")) == 1


def test_a_cell_is_named_by_its_settings_and_truth_table() -> None:
    xor = ls.problems.xor
    assert ls.grid(hidden=2).cells[0].id == ls.grid(hidden=[2, 3], lr=[0.5, 1]).cells[0].id
    other = ls.Problem._stored(xor.inputs, 0.8 * xor.targets + 0.1, name="xor")  # as 0.2.0 let one be made
    levels = {"hidden": [2, 3], "lr": [0.1, 0.2], "stall": [0, 1e-9]}
    ids = {cell.id for table in ("xor", other) for cell in ls.grid(problem=table, **levels)}
    assert len(ids) == 16


@pytest.mark.parametrize(
    ("settings", "precision", "name"),
    [
        ({}, "float64", "608a4c44a1b81a16"),
        ({}, "float32", "eb2543844805dd14"),
        ({"problem": "parity3", "hidden": 0, "bias": False, "budget": 0}, "float64", "2939835954be1aaa"),
        ({"activation": "leaky_relu", "slope": -0.2, "l2": 1e-3, "shortcut": True}, "float64", "fd99d30507fe6643"),
        (
            {"optimizer": "adam", "lr": 0.01, "beta1": 0.5, "init_scale": 2.0, "criterion": "never"},
            "float64",
            "089489466eb5ae74",
        ),
    ],
)
def test_names_of_cells_are_those_in_every_folder_there_is(settings: dict[str, Any], precision: str, name: str) -> None:
    """As release 0.3.0 gives them; another name would find none of the stored runs."""
    assert ls.grid(**settings).cells[0].at(precision).id == name


def test_two_truth_tables_have_two_names() -> None:
    """Their runs could not be told apart, and would be pooled."""
    tables = [ls.Problem([[0], [1]], targets) for targets in ([0, 1], [1, 0])]
    with pytest.raises(ValueError, match='two different problems are named "mine"; give each a name of its own'):
        len(ls.grid(problem=tables))
    with pytest.raises(ValueError, match="two different problems"):
        len(ls.grid(problem=tables[0]) + ls.grid(problem=tables[1]))
    assert len(ls.grid(problem=[tables[0], ls.Problem([[0], [1]], [0, 1])])) == 1


def test_levels_that_print_alike_are_said() -> None:
    with pytest.warns(
        UserWarning, match=r"lr=0\.3 and 0\.30000000000000004 print alike and are different cells; round"
    ) as said:
        made = ls.grid(lr=[0.3, 0.1 + 0.2, 1.0], hidden=[2, 3])
    assert len(said) == 1
    assert said[0].filename == __file__
    assert len(made) == 6
    with pytest.warns(UserWarning, match=r"lr=1\.0 and 1\.0000001 print alike"):
        ls.grid(lr=1.0) + ls.grid(lr=1.0000001)
    with pytest.warns(UserWarning, match=r"l2=0\.1 and 0\.10000000149011612 print alike"):
        ls.grid(l2=[0.1, np.float32(0.1)])
    one, other = (ls.Problem([[0], [1]], targets, name=name) for name, targets in (("mine", [0, 1]), ("mine ", [1, 0])))
    with pytest.warns(UserWarning, match="problem='mine' and 'mine ' print alike and are different cells; give names"):
        ls.grid(problem=[one, other])
    accents = [ls.Problem([[0], [1]], [0, 1], name=name) for name in ("caf\u00e9", "cafe\u0301")]
    with pytest.warns(UserWarning, match="print alike"):
        ls.grid(problem=accents)
    for distinct in ([0.3, 0.31], [0.3, 0.3], [1, 1.0], [1e-9, 2e-9], [0.123456, 0.123457], [0.0, -0.0]):
        ls.grid(lr=distinct) + ls.grid(lr=distinct)


def test_cells_survive_pickling() -> None:
    cell = ls.grid(hidden=3).cells[0]
    cell.surface.truth_table, cell.surface.network  # noqa: B018  # cached, and not to be sent
    copy = pickle.loads(pickle.dumps(cell))
    assert copy == cell
    assert copy.id == cell.id
    assert "network" not in vars(copy.surface)
    assert not copy.surface.table.inputs.flags.writeable


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ls.grid(hiden=2), ValueError, 'field="hiden" is not known; did you mean "hidden"'),
        (lambda: ls.grid(hidden=[]), ValueError, "hidden has no levels"),
        (lambda: ls.grid([{"hidden": 2}], hidden=3), ValueError, "hidden is given both in a cell and for all"),
        (lambda: ls.grid({"hidden": 2}), TypeError, "is one cell; give a list"),
        (lambda: ls.grid([3]), TypeError, "3 is not a cell"),
        (lambda: ls.grid([(ls.Protocol(), ls.Surface())]), TypeError, "is not a cell"),
        (lambda: ls.grid(activation="sigmiod").cells, ValueError, 'did you mean "sigmoid"'),
        (
            lambda: ls.grid(hidden=[2, 2.5]).cells,
            TypeError,
            r"hidden=2.5 is not a whole number.*\(the combination hidden=2.5",
        ),
        (lambda: ls.grid(objective="cross_entropy", gradient="posted").cells, ValueError, "leaves out the slope"),
        (lambda: ls.grid() + 3, TypeError, "unsupported operand"),
    ],
)
def test_bad_grids_are_refused(make: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
