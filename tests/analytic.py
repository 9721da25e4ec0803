"""Functions of a few numbers whose stationary points are all known: what searches and classification are tried on.

Each is an object such as they take: ``n_parameters``, and ``loss``, ``gradient`` and ``hessian`` of points (n, P). Those
that would fall without bound are confined by a term of higher order that leaves the point in question as it is. Points of
even index, less those of odd index, are then 1 (Morse), which the lists below obey.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscape.function import Kinks

Array = NDArray[np.float64]
Formula = Callable[..., tuple[Any, tuple[Any, ...], tuple[tuple[Any, ...], ...]]]


class Known(NamedTuple):
    """A stationary point: where, and what kind of point it is."""

    theta: tuple[float, ...]
    kind: str
    index: int = 0
    nullity: int = 0


class Analytic:
    """A function given by a formula, which takes the coordinates and returns value, gradient and Hessian.

    points : every stationary point there is, one of each valley
    box : searches begin between minus and plus this, in each coordinate
    """

    def __init__(self, n_parameters: int, formula: Formula, points: list[Known], box: float = 2.0) -> None:
        self.n_parameters, self.formula, self.points, self.box = n_parameters, formula, points, box

    def loss(self, theta: Any) -> Array:
        found: Array = self._parts(theta)[0]
        return found

    def gradient(self, theta: Any) -> Array:
        return np.stack(np.broadcast_arrays(*self._parts(theta)[1], np.asarray(theta)[..., 0])[:-1], axis=-1)

    def hessian(self, theta: Any) -> Array:
        rows = self._parts(theta)[2]
        cells = np.broadcast_arrays(*[cell for row in rows for cell in row], np.asarray(theta)[..., 0])[:-1]
        return np.stack(cells, axis=-1).reshape((*np.shape(theta), self.n_parameters)).astype(np.float64)

    def _parts(self, theta: Any) -> tuple[Any, tuple[Any, ...], tuple[tuple[Any, ...], ...]]:
        return self.formula(*np.moveaxis(np.asarray(theta, dtype=np.float64), -1, 0))


class Kinked(Analytic):
    """A smooth function plus ``sum_k jump_k max(0, normal_k theta - offset_k)``."""

    def __init__(self, smooth: Analytic, normal: Any, offset: Any, jump: Any, points: list[Known]) -> None:
        super().__init__(smooth.n_parameters, smooth.formula, points, smooth.box)
        self.normal, self.offset, self.jump = (np.array(values, dtype=np.float64) for values in (normal, offset, jump))

    def distance(self, theta: Any) -> Array:
        distance: Array = (np.asarray(theta)[..., np.newaxis, :] * self.normal).sum(axis=-1) - self.offset
        return distance

    def loss(self, theta: Any) -> Array:
        return super().loss(theta) + (self.jump * np.maximum(0.0, self.distance(theta))).sum(axis=-1)

    def gradient(self, theta: Any) -> Array:
        above = np.where(self.distance(theta) > 0.0, self.jump, 0.0)
        return super().gradient(theta) + (above[..., np.newaxis] * self.normal).sum(axis=-2)

    def kinks(self, theta: Any) -> Kinks:
        distance = self.distance(theta)
        return Kinks(
            distance, np.broadcast_to(self.normal, (*distance.shape, self.n_parameters)).copy(), 0.0 * distance + self.jump
        )


def himmelblau(x: Any, y: Any) -> Any:
    """``(x^2 + y - 11)^2 + (x + y^2 - 7)^2`` (Himmelblau 1972)."""
    a, b = x * x + y - 11.0, x + y * y - 7.0
    cross = 4.0 * (x + y)
    hessian = ((12.0 * x * x + 4.0 * y - 42.0, cross), (cross, 12.0 * y * y + 4.0 * x - 26.0))
    return a * a + b * b, (4.0 * x * a + 2.0 * b, 2.0 * a + 4.0 * y * b), hessian


def camel(x: Any, y: Any) -> Any:
    """``(4 - 2.1 x^2 + x^4 / 3) x^2 + x y + (4 y^2 - 4) y^2`` (Dixon & Szego 1978)."""
    loss = (4.0 - 2.1 * x**2 + x**4 / 3.0) * x**2 + x * y + (4.0 * y**2 - 4.0) * y**2
    gradient = (8.0 * x - 8.4 * x**3 + 2.0 * x**5 + y, x - 8.0 * y + 16.0 * y**3)
    return loss, gradient, ((8.0 - 25.2 * x**2 + 10.0 * x**4, 1.0), (1.0, 48.0 * y**2 - 8.0))


MUELLER_BROWN = (
    (-200.0, -1.0, 0.0, -10.0, 1.0, 0.0),
    (-100.0, -1.0, 0.0, -10.0, 0.0, 0.5),
    (-170.0, -6.5, 11.0, -6.5, -0.5, 1.5),
    (15.0, 0.7, 0.6, 0.7, -1.0, 1.0),
)
"""Height A; a, b and c of the exponent ``a u^2 + b u v + c v^2``; and the place from which u and v are counted."""


def mueller_brown(x: Any, y: Any) -> Any:
    """A model of a chemical reaction, three wells and the passes between them (Mueller & Brown 1979)."""
    loss, by_x, by_y, xx, xy, yy = (0.0,) * 6
    for height, a, b, c, u, v in MUELLER_BROWN:
        u, v = x - u, y - v
        e = height * np.exp(a * u * u + b * u * v + c * v * v)
        p, q = 2.0 * a * u + b * v, b * u + 2.0 * c * v
        loss, by_x, by_y = loss + e, by_x + e * p, by_y + e * q
        xx, xy, yy = xx + e * (p * p + 2.0 * a), xy + e * (p * q + b), yy + e * (q * q + 2.0 * c)
    return loss, (by_x, by_y), ((xx, xy), (xy, yy))


def monkey_saddle(x: Any, y: Any) -> Any:
    """``x^3 - 3 x y^2``: three ways down and three up."""
    return x**3 - 3.0 * x * y**2, (3.0 * x**2 - 3.0 * y**2, -6.0 * x * y), ((6.0 * x, -6.0 * y), (-6.0 * y, -6.0 * x))


def confined_monkey_saddle(x: Any, y: Any) -> Any:
    """With ``r^4`` it is ``r^3 cos 3 phi + r^4``: a minimum at r = 3/4 in each of the three ways down."""
    loss, gradient, hessian = monkey_saddle(x, y)
    r = x * x + y * y
    more = ((4.0 * r + 8.0 * x * x, 8.0 * x * y), (8.0 * x * y, 4.0 * r + 8.0 * y * y))
    return (
        loss + r * r,
        (gradient[0] + 4.0 * r * x, gradient[1] + 4.0 * r * y),
        tuple(tuple(a + b for a, b in zip(one, two, strict=True)) for one, two in zip(hessian, more, strict=True)),
    )


def ring(x: Any, y: Any, z: Any) -> Any:
    """``(x^2 + y^2 - 1)^2 + z^2``: a valley that is a circle, about a peak."""
    a = x * x + y * y - 1.0
    cross = 8.0 * x * y
    hessian = ((4.0 * a + 8.0 * x * x, cross, 0.0), (cross, 4.0 * a + 8.0 * y * y, 0.0), (0.0, 0.0, 2.0))
    return a * a + z * z, (4.0 * a * x, 4.0 * a * y, 2.0 * z), hessian


def quartic(x: Any, y: Any) -> Any:
    """``x^4 + y^2``: the least at one point only, which the Hessian does not tell."""
    return x**4 + y**2, (4.0 * x**3, 2.0 * y), ((12.0 * x**2, 0.0), (0.0, 2.0))


def curved(x: Any, y: Any, fourth: float = 2.0, sixth: float = 0.0) -> Any:
    """``y^2 - 3 x^2 y + fourth x^4 + sixth x^6``. With 2 it is ``(y - x^2) (y - 2 x^2)``: uphill on every straight line from
    the origin, and downhill between the parabolas (Peano). Along ``y = 3/2 x^2`` it is ``(fourth - 9/4) x^4``."""
    loss = y**2 - 3.0 * x**2 * y + fourth * x**4 + sixth * x**6
    gradient = (-6.0 * x * y + 4.0 * fourth * x**3 + 6.0 * sixth * x**5, 2.0 * y - 3.0 * x**2)
    return loss, gradient, ((12.0 * fourth * x**2 - 6.0 * y + 30.0 * sixth * x**4, -6.0 * x), (-6.0 * x, 2.0))


def confined_curved(x: Any, y: Any) -> Any:
    """With ``x^6``, minima of -1/432 at ``x^2 = 1/6``."""
    return curved(x, y, sixth=1.0)


def tail(x: Any, y: Any) -> Any:
    """``exp(-x) + y^2``: falls for ever, and the gradient vanishes on the way."""
    e = np.exp(-x)
    return e + y**2, (-e, 2.0 * y), ((e, 0.0), (0.0, 2.0))


def peak(x: Any, y: Any) -> Any:
    """``-(x^4 + y^4)``: a maximum without curvature."""
    return -(x**4) - y**4, (-4.0 * x**3, -4.0 * y**3), ((-12.0 * x**2, 0.0), (0.0, -12.0 * y**2))


def confined_peak(x: Any, y: Any) -> Any:
    """With ``x^6 + y^6``, each coordinate has minima at ``x^2 = 2/3``."""
    loss, (by_x, by_y), ((xx, _), (_, yy)) = peak(x, y)
    hessian = ((xx + 30.0 * x**4, 0.0), (0.0, yy + 30.0 * y**4))
    return loss + x**6 + y**6, (by_x + 6.0 * x**5, by_y + 6.0 * y**5), hessian


def bowl(x: Any, y: Any) -> Any:
    """``x^2 + y^2``."""
    return x**2 + y**2, (2.0 * x, 2.0 * y), ((2.0, 0.0), (0.0, 2.0))


def double_well(x: Any, y: Any) -> Any:
    """``x^4 - x^2 + 3 y^2``."""
    return x**4 - x**2 + 3.0 * y**2, (4.0 * x**3 - 2.0 * x, 6.0 * y), ((12.0 * x**2 - 2.0, 0.0), (0.0, 6.0))


def v_and_bowl(x: Any, y: Any) -> Any:
    """``-x + (y - 1)^2``, to which a kink adds ``2 max(0, x)``."""
    return (y - 1.0) ** 2 - x, (-1.0, 2.0 * (y - 1.0)), ((0.0, 0.0), (0.0, 2.0))


def ridge(x: Any, y: Any) -> Any:
    """``x + x^2 + y^2``, from which a kink takes ``2 max(0, x)``."""
    return x + x**2 + y**2, (1.0 + 2.0 * x, 2.0 * y), ((2.0, 0.0), (0.0, 2.0))


LEAST, SADDLE = "strict_minimum", "saddle"
WAY_OUT, NARROW = 1.0 / np.sqrt(6.0), np.sqrt(2.0 / 3.0)

ANALYTIC: dict[str, Analytic] = {
    "himmelblau": Analytic(
        2,
        himmelblau,
        [
            Known((3.0, 2.0), LEAST),
            Known((-2.805118086952745, 3.131312518250573), LEAST),
            Known((-3.779310253377747, -3.283185991286170), LEAST),
            Known((3.584428340330492, -1.848126526964404), LEAST),
            Known((3.385154183607021, 0.073851879837749), SADDLE, 1),
            Known((0.086677504555396, 2.884254701174776), SADDLE, 1),
            Known((-3.073025750764390, -0.081353044287967), SADDLE, 1),
            Known((-0.127961346730680, -1.953714980244575), SADDLE, 1),
            Known((-0.270844590667348, -0.923038556479982), "maximum", 2),
        ],
        box=5.0,
    ),
    "camel": Analytic(
        2,
        camel,
        [Known((0.0, 0.0), SADDLE, 1)]
        + [
            Known((sign * x, sign * y), kind, index)
            for sign in (1.0, -1.0)
            for x, y, kind, index in (
                (0.0898420131003181, -0.7126564030207395, LEAST, 0),
                (1.7036067149699809, -0.7960835686726142, LEAST, 0),
                (1.6071047529201972, 0.5686514548841330, LEAST, 0),
                (1.1092053368047865, -0.7682680925095386, SADDLE, 1),
                (1.2960702671671092, 0.6050843880386623, SADDLE, 1),
                (1.6380679841897786, 0.2286740690443985, SADDLE, 1),
                (1.2302298765166527, 0.1623345844589963, "maximum", 2),
            )
        ],
    ),
    "mueller_brown": Analytic(
        2,
        mueller_brown,
        [
            Known((-0.558223634633024, 1.441725841804669), LEAST),
            Known((0.623499404930877, 0.028037758528686), LEAST),
            Known((-0.050010822998206, 0.466694104871972), LEAST),
            Known((-0.822001558732732, 0.624312802814871), SADDLE, 1),
            Known((0.212486582000662, 0.292988325107368), SADDLE, 1),
        ],
    ),
    "monkey_saddle": Analytic(
        2,
        confined_monkey_saddle,
        [
            Known((0.0, 0.0), "degenerate_saddle", 0, 2),
            *(Known((0.75 * np.cos(phi), 0.75 * np.sin(phi)), LEAST) for phi in (np.pi / 3, np.pi, 5 * np.pi / 3)),
        ],
    ),
    "ring": Analytic(3, ring, [Known((1.0, 0.0, 0.0), "flat_minimum", 0, 1), Known((0.0, 0.0, 0.0), SADDLE, 2)]),
    "quartic": Analytic(2, quartic, [Known((0.0, 0.0), "flat_minimum", 0, 1)]),
    "curved": Analytic(
        2,
        confined_curved,
        [Known((0.0, 0.0), "degenerate_saddle", 0, 1), Known((WAY_OUT, 0.25), LEAST), Known((-WAY_OUT, 0.25), LEAST)],
    ),
    "tail": Analytic(2, tail, []),
    "peak": Analytic(
        2,
        confined_peak,
        [
            Known((0.0, 0.0), "maximum", 0, 2),
            *(Known((x, y), LEAST) for x in (-NARROW, NARROW) for y in (-NARROW, NARROW)),
            *(Known((x, 0.0), "degenerate_saddle", 0, 1) for x in (-NARROW, NARROW)),
            *(Known((0.0, y), "degenerate_saddle", 0, 1) for y in (-NARROW, NARROW)),
        ],
    ),
    "bowl": Analytic(2, bowl, [Known((0.0, 0.0), LEAST)]),
    "double_well": Analytic(
        2, double_well, [Known((0.0, 0.0), SADDLE, 1), Known((0.5**0.5, 0.0), LEAST), Known((-(0.5**0.5), 0.0), LEAST)]
    ),
}

KINKED: dict[str, Kinked] = {
    # |x| + (y - 1)^2
    "v": Kinked(Analytic(2, v_and_bowl, []), [[1.0, 0.0]], [0.0], [2.0], [Known((0.0, 1.0), LEAST)]),
    # -|x| + x^2 + y^2: no point on the ridge, where both sides lead down
    "ridge": Kinked(
        Analytic(2, ridge, []), [[1.0, 0.0]], [0.0], [-2.0], [Known((0.5, 0.0), LEAST), Known((-0.5, 0.0), LEAST)]
    ),
    # two kinks at an angle meet in the minimum: |x + y| + |x - 2 y| + x^2 + y^2
    "corner": Kinked(
        Analytic(2, lambda x, y: _tilted(x, y, -2.0, 1.0), []),
        [[1.0, 1.0], [1.0, -2.0]],
        [0.0, 0.0],
        [2.0, 2.0],
        [Known((0.0, 0.0), LEAST)],
    ),
    # a double well seen from the side: x^4 - x^2 + 3 y^2 + max(0, x); at 0 no slope leads down, but the curvature does
    "ledge": Kinked(
        ANALYTIC["double_well"],
        [[1.0, 0.0]],
        [0.0],
        [1.0],
        [Known((-(0.5**0.5), 0.0), LEAST), Known((0.0, 0.0), "degenerate_saddle")],
    ),
    # a saddle within a kink: |x| + y^4 - y^2
    "pass": Kinked(
        Analytic(2, lambda x, y: _pass(x, y), []),
        [[1.0, 0.0]],
        [0.0],
        [2.0],
        [Known((0.0, 0.0), SADDLE, 1), Known((0.0, 0.5**0.5), LEAST), Known((0.0, -(0.5**0.5)), LEAST)],
    ),
}


def _tilted(x: Any, y: Any, a: float, b: float) -> Any:
    """``x^2 + y^2 + a x + b y``."""
    return x**2 + y**2 + a * x + b * y, (2.0 * x + a, 2.0 * y + b), ((2.0, 0.0), (0.0, 2.0))


def _pass(x: Any, y: Any) -> Any:
    """``-x + y^4 - y^2``."""
    return y**4 - y**2 - x, (-1.0, 4.0 * y**3 - 2.0 * y), ((0.0, 0.0), (0.0, 12.0 * y**2 - 2.0))
