"""What several test files share."""

import numpy as np
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


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240229)


def random_theta(rng: np.random.Generator, surface: ls.Surface, n: int) -> NDArray[np.float64]:
    return rng.normal(scale=0.9, size=(n, surface.n_parameters))
