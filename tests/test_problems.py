"""Truth tables."""

import numpy as np
import pytest

import landscape as ls
from landscape.problems import BOOLEAN_NAMES, PROBLEMS, boolean, in_counting_order, parity, problem


def test_the_sixteen_functions_are_what_python_makes_of_them() -> None:
    meaning = {
        "false": lambda a, b: False, "nor": lambda a, b: not (a or b), "not_a_and_b": lambda a, b: not a and b,
        "not_a": lambda a, b: not a, "a_and_not_b": lambda a, b: a and not b, "not_b": lambda a, b: not b,
        "xor": lambda a, b: a != b, "nand": lambda a, b: not (a and b), "and": lambda a, b: a and b,
        "xnor": lambda a, b: a == b, "b": lambda a, b: b, "a_implies_b": lambda a, b: not a or b,
        "a": lambda a, b: a, "b_implies_a": lambda a, b: a or not b, "or": lambda a, b: a or b, "true": lambda a, b: True,
    }  # fmt: skip
    assert list(meaning) == list(BOOLEAN_NAMES)
    for k, (name, function) in enumerate(meaning.items()):
        table = PROBLEMS[name]
        assert table.inputs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
        assert table.targets.ravel().tolist() == [float(function(bool(a), bool(b))) for a, b in table.inputs]
        assert table == boolean(k) == problem(k) == problem(name)
        attribute = name + "_" if name in ("and", "or", "true", "false") else name
        assert getattr(ls.problems, attribute) == table == problem(attribute)
    assert len({tuple(table.targets.ravel()) for table in PROBLEMS.values()}) == 16


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_parity_counts_ones(n: int) -> None:
    table = parity(n)
    assert table.inputs.shape == (2**n, n)
    assert len(np.unique(table.inputs, axis=0)) == 2**n
    assert (table.targets.ravel() == table.inputs.sum(axis=1) % 2).all()
    assert problem(f"parity{n}") == table
    assert in_counting_order(table.inputs)
    for other in (table.inputs[::-1], table.inputs[1:], table.inputs - 0.5, table.inputs[:, :0]):
        assert not in_counting_order(other)


def test_a_table_of_ones_own() -> None:
    table = ls.Problem([[1, 2], [3, 4], [5, 6]], [0, 0.5, 1], name="mine")
    assert table.targets.shape == (3, 1)
    assert table.midpoint.tolist() == [0.5]
    assert (table.n_patterns, table.n_inputs, table.n_outputs) == (3, 2, 1)
    with pytest.raises(ValueError, match="read-only"):
        table.inputs[0, 0] = 9.0


def test_a_table_does_not_change_with_the_arrays_it_was_made_of() -> None:
    inputs = np.array([[0.0], [1.0]])
    table = ls.Problem(inputs, [0, 1])
    inputs[0] = 7.0
    assert table.inputs[0, 0] == 0.0


def test_midpoints() -> None:
    assert ls.problems.false_.midpoint.tolist() == ls.problems.true_.midpoint.tolist() == [0.5]
    assert ls.Problem([[0], [1]], [[-0.8, 3], [0.8, 5]]).midpoint.tolist() == [0.0, 4.0]
