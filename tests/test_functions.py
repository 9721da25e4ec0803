"""What may stand where a surface is asked for: any function of a parameter vector that has what is needed of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import landscape as ls


class Bowl:
    """The sum of squares of two numbers."""

    n_parameters = 2

    def loss(self, theta: Any) -> Any:
        return (np.asarray(theta) ** 2).sum(axis=-1)

    def gradient(self, theta: Any) -> Any:
        return 2.0 * np.asarray(theta)

    def hessian(self, theta: Any) -> Any:
        return np.broadcast_to(2.0 * np.eye(2), (*np.shape(theta)[:-1], 2, 2)).copy()


POINTS = np.array([[1.0, 2.0], [0.5, -1.0]])
DOORS: dict[str, tuple[Callable[[Any], Any], set[str]]] = {
    "minima": (lambda f: ls.find_minima(f, POINTS), {"n_parameters", "loss", "gradient", "hessian"}),
    "points": (lambda f: ls.find_stationary_points(f, POINTS), {"n_parameters", "loss", "gradient", "hessian"}),
    "kinds": (lambda f: ls.classify(f, POINTS), {"n_parameters", "loss", "gradient", "hessian"}),
    "path": (lambda f: ls.minimum_energy_path(f, *POINTS), {"n_parameters", "loss", "gradient", "hessian"}),
    "line": (lambda f: ls.slices.linear_interpolation(f, *POINTS).loss, {"n_parameters", "loss"}),
    "random line": (lambda f: ls.slices.random_line(f, POINTS[0]).loss, {"n_parameters", "loss"}),
    "eigenvectors": (lambda f: ls.slices.hessian_plane(f, POINTS[0]).loss, {"n_parameters", "loss", "hessian"}),
    "gradients": (
        lambda f: ls.slices.linear_interpolation(f, *POINTS).values("grad_norm"),
        {"n_parameters", "loss", "gradient"},
    ),
    "indices": (lambda f: ls.slices.linear_interpolation(f, *POINTS).values("index"), {"n_parameters", "loss", "hessian"}),
}


def lacking(*names: str) -> Any:
    made = type("Lacking", (), {name: part for name, part in vars(Bowl).items() if name not in names})
    return made()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", ["n_parameters", "loss", "gradient", "hessian"])
def test_what_is_missing_is_said(door: str, name: str) -> None:
    call, needed = DOORS[door]
    call(Bowl())
    if name in needed:
        with pytest.raises(TypeError, match=f"is missing {name}; give a Surface, or an object with n_parameters"):
            call(lacking(name))
    else:
        call(lacking(name))


@pytest.mark.parametrize("door", DOORS)
def test_all_that_is_missing_is_said_at_once(door: str) -> None:
    """Of what is needed there; and a class is none of its objects."""
    call, needed = DOORS[door]
    with pytest.raises(TypeError) as told:
        call("xor")
    assert all(name in str(told.value) for name in needed - {"gradient", "hessian"})
    with pytest.raises(TypeError, match=r"surface.n_parameters=<property .* is not a whole number"):
        call(ls.Surface)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("name", "wrong"),
    [("loss", lambda _, theta: float((np.asarray(theta) ** 2).sum())), ("hessian", lambda _, theta: 2.0 * np.eye(2))],
)
def test_a_function_of_one_point_only_is_refused(door: str, name: str, wrong: Callable[..., Any]) -> None:
    call, needed = DOORS[door]
    if name in needed and door not in ("eigenvectors", "indices"):
        with pytest.raises(TypeError, match=rf"surface.{name} makes \(.*\) of points .*; let it take points \(..., P\)"):
            call(type("Wrong", (Bowl,), {name: wrong})())
