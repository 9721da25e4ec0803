"""Truth tables."""

import copy
import pickle

import numpy as np
import pytest
from references import of

import landscape as ls
from landscape.problems import BOOLEAN_NAMES, FAMILIES, PROBLEMS, boolean, in_counting_order, parity, problem


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
@pytest.mark.parametrize("family", FAMILIES)
def test_families_are_what_they_are_named_for(family: str, n: int) -> None:
    table = problem(f"{family}{n}")
    assert table == ls.problems.of_family(family, n)
    expected = [of("FAMILIES", family)([int(bit) for bit in bits]) for bits in table.inputs]
    assert table.targets.ravel().tolist() == expected


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


XOR = ls.problems.xor
OWN_XOR = (XOR.inputs, [0.1, 0.9, 0.9, 0.1])


@pytest.mark.parametrize("name", [*PROBLEMS, "parity1", "parity2", "parity3", "parity16", "xor_", "and_", " xor", "xor "])
def test_a_built_in_name_belongs_to_its_truth_table(name: str) -> None:
    """Another table under it would be pooled with it, by every statistic that groups by problem."""
    with pytest.raises(
        ValueError, match=rf'name="{name}" is that of a built-in problem with another truth table.*another name'
    ):
        ls.Problem(*OWN_XOR, name=name)
    if name == name.strip():
        own = problem(name)
        assert ls.Problem(own.inputs, own.targets, name=own.name) == own
        with pytest.raises(ValueError, match="is that of a built-in problem"):
            ls.Problem(own.inputs[::-1], own.targets[::-1], name=name)
        with pytest.raises(ValueError, match="is that of a built-in problem"):
            ls.Problem(own.inputs, np.c_[own.targets, own.targets], name=name)


@pytest.mark.parametrize("name", ["mine", "xor of signs", "XOR", "parity", "parity0", "parity17", "parity03", "my xor", ""])
def test_other_names_are_free(name: str) -> None:
    assert ls.Problem(*OWN_XOR, name=name).name == name


def test_a_stored_problem_keeps_its_name() -> None:
    """Also when it is copied, hashed, or sent to another process."""
    stored = ls.Problem._stored(*OWN_XOR, "xor")
    assert pickle.loads(pickle.dumps(stored)) == copy.deepcopy(stored) == stored != XOR
    assert ls.Surface(stored).table is stored
    with pytest.raises(ValueError, match=r"is not a rectangular|are not one truth table"):
        ls.Problem._stored([[0], [1]], [1], "xor")
    with pytest.raises(TypeError, match="name=7 is not text"):
        ls.Problem._stored([[0], [1]], [1, 0], 7)


def test_a_digest_is_that_of_the_truth_table() -> None:
    inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    one = ls.Problem(inputs, targets)
    assert one.digest == ls.Problem(np.array(inputs, float), np.array(targets)[:, None], name="other").digest
    assert one.digest == ls.problems.problem("xor").digest
    others = [
        ls.Problem(inputs, [0, 0, 0, 1]),
        ls.Problem([[0], [1], [1], [0]], targets),
        ls.Problem([[i] for i in range(4)], targets),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 4
    assert one.digest[0] == "t"
