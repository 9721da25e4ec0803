"""Numbers in sentences, and findings of studies in which little was found."""

import pandas as pd
import pytest

from landscape.io.sentences import listed, none_or, number_of
from landscape.studies import boolean_functions, precision


@pytest.mark.parametrize(("number", "said"), [(0, "no runs"), (1, "1 run"), (2, "2 runs"), (2_000, "2,000 runs")])
def test_things_are_counted(number: int, said: str) -> None:
    assert number_of(number, "run") == said


@pytest.mark.parametrize(
    ("number", "verb", "said"),
    [
        (0, "", "none"),
        (3, "", "3"),
        (0, "are", "none is"),
        (1, "have", "1 has"),
        (1, "take", "1 takes"),
        (1_200, "are", "1,200 are"),
    ],
)
def test_none_and_one_take_the_singular(number: int, verb: str, said: str) -> None:
    assert none_or(number, verb) == said


def test_a_row_of_things_has_one_joint() -> None:
    assert [listed([3]), listed([3, 4], "or"), listed("abc")] == ["3", "3 or 4", "a, b and c"]


def test_precisions_that_agree_are_said_to(capsys: pytest.CaptureFixture[str]) -> None:
    """No start is solved in one alone, one takes another number of epochs, or none."""
    pairs = pd.DataFrame({"a": ["float64"], "b": ["float32"], "only_a": [0], "only_b": [1], "runs_a": [3], "within": [True]})
    pairs = pairs.assign(p_holm=1.0, logrank_p_holm=1.0, lr=1.0, both=1, other_epochs=0, most_epochs=0)
    pairs = pairs.assign(activation="tanh", hidden=2)
    rates, same = precision.findings({"precision_pairs": ("", pairs)})
    assert rates.startswith("Of 3 starts, none is solved in float64 alone and 1 in float32 alone.")
    assert "rates differ in none, times to solution in none (" in rates
    assert same == "Learning rate 1: of 1 start solved in both, none takes another number of epochs."
    _, other = precision.findings({"precision_pairs": ("", pairs.assign(other_epochs=1, most_epochs=4))})
    assert other.endswith("1 takes another number of epochs, by 4 at most (tanh, 2 units).")


@pytest.mark.parametrize(("solved", "said"), [(0, "none is solved"), (1, "1 is solved"), (2, "2 are solved")])
def test_functions_that_one_unit_does_not_learn_are_said_to_be_learned_by_none(solved: int, said: str) -> None:
    rates = pd.DataFrame(
        {
            "problem": ["xor", "and", "xor", "and"],
            "separable": [False, True] * 2,
            "hidden": [1, 1, 3, 3],
            "activation": "tanh",
            "solved": [solved, 3, 3, 3],
            "rate": 1.0,
            "low": 0.4,
            "high": 1.0,
        }
    )
    first, *_, last = boolean_functions.findings(rates, pd.DataFrame({"p_holm": [1.0, 0.2]}))
    assert f"Of their runs with one hidden unit, {said}; with two" in first
    assert "differ in rate in none of 2 pairs" in last
