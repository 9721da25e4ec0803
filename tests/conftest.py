"""What several test files share."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import landscape as ls

XOR = ls.problems.xor
THREE_BY_TWO = ls.Problem(
    inputs=[[0.2, -1.0, 0.7], [1.1, 0.4, -0.3], [-0.8, 0.9, 0.1], [0.5, 0.5, -1.2], [-0.1, -0.6, 0.8]],
    targets=[[0.0, 1.0], [1.0, 1.0], [0.3, 0.0], [1.0, 0.2], [0.0, 0.6]],
    name="three by two",
)
"""A table without any symmetry: three inputs, two outputs, five patterns."""

SLOW = {
    "test_classification",
    "test_diagnosis",
    "test_dimension",
    "test_kinks",
    "test_pathway",
    "test_published_rates",
    "test_second_order",
    "test_stationary",
    "test_stationary_analytic",
    "test_store_properties",
    "test_symmetry",
}
"""Files of tests that take long and ask little of other packages; see the marker of that name."""
FAST = {
    "test_activations",
    "test_bad_input",
    "test_checks",
    "test_grid",
    "test_in_python",
    "test_layers",
    "test_layout",
    "test_options",
    "test_problems",
    "test_schema",
    "test_settings_text",
    "test_statistics",
    "test_surface",
}
"""Files of tests that see within a minute whether a change has broken something; see the marker of that name."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker("slow")
        if item.path.stem in FAST:
            item.add_marker("fast")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)


def random_theta(rng: np.random.Generator, surface: ls.Surface, n: int) -> NDArray[np.float64]:
    return rng.normal(scale=0.9, size=(n, surface.n_parameters))


def assert_same_bits(a: ls.Result, b: ls.Result) -> None:
    """Ends, runs and checkpoints of two results."""
    np.testing.assert_array_equal(a.theta, b.theta)
    pd.testing.assert_frame_equal(a.runs, b.runs, check_exact=True)
    pd.testing.assert_frame_equal(a.checkpoints, b.checkpoints, check_exact=True)
