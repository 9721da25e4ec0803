"""Minimum-energy paths: how high one must climb to get from one point of a surface to another.

The string method (E, Ren & Vanden-Eijnden 2007): a chain of images moves downhill, across itself only, and is spread evenly
along its length after each step, until the gradient has no component across the chain. The step is Newton's, in the
eigenbasis of the Hessian across the chain, with absolute values of the eigenvalues. Plain gradient steps would need as many
steps as the condition number, thousands on these surfaces.

The highest image is then refined by eigenvector following to a saddle of index 1.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from landscape.critical.classify import classify
from landscape.critical.subproblems import norms
from landscape.critical.symmetry import aligned
from landscape.critical.trust_region import FAR, GTOL, follow, minimise, zero_eigenvalue
from landscape.function import FUNCTION, Function, function_fits, function_with, kinks_of, point_of
from landscape.machine import fits_in_memory
from landscape.progress import followed
from landscape.summary import Summary, counted, network, summarized
from landscape.validation import flag, integer, real, shaped

Array = NDArray[np.float64]

MOST_STEPS = 1000
DAMPING = 0.5
"""Part of Newton's step that is taken; with whole steps, step and spreading overshoot in turn."""
STIFF = 1e-3
"""Eigenvalues count as at least this part of the largest, so that the step stays short on flat ground."""
LONG = 1e6
"""Time for which the gradient flow is followed from beside a saddle."""
NEAR = 0.1
"""A saddle belongs to a path if it is nearer to the path's highest image than this part of the path's length."""
MOST_EVALUATIONS = 20_000
"""Gradients after which the flow from beside a saddle is given up, and a descent takes over; 150 to 1000 are usual."""
LEVEL = 1e-9
"""Losses of two points of one valley differ by no more than this times (1 + loss)."""
CLIMB = 1e-3
"""A path within a valley climbs by no more than this part of the height of the saddle above it."""
REFINEMENTS, SAMPLES = 7, 16
"""How often the pieces of such a path are halved, into 128 at most, and at how many places the loss on each is computed."""


@summarized
@dataclass(frozen=True, eq=False)
class Pathway:
    """A path between two points of a surface.

    Attributes
    ----------
    surface : Surface, or the function that was searched
    theta : ndarray (images, P)
        From a to b.
    loss : ndarray (images,)
    arc : ndarray (images,)
        Length of the path up to each image.
    slope : float
        The largest part of the gradient across the path that is left.
    converged : bool
        Whether the slope is within the tolerance.
    highest : int
        Number of the highest image.
    saddle : ndarray (P,) or None
        The saddle of index 1 near the highest image; None where the highest image is an end, or no such saddle is near.
    saddle_loss : float
        Loss of the saddle, NaN without one.
    joins : bool or None
        Whether the descents from both sides of the saddle lead into the valleys of a and b: to these very points, or, if
        they lie in flat valleys, to points from which a way leads there that climbs no more than a thousandth of the height
        of the saddle. False where one of them ends elsewhere, so that other minima lie on the way, and where there is no
        saddle; None, not resolved, where one escapes or no level way was found to a flat valley of the same loss. Images
        under symmetries are other points.

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=1, l2=1e-3)
    >>> a, b = ls.find_minima(surface, starts=20).theta[:2]
    >>> path = ls.minimum_energy_path(surface, a, b, images=21)
    >>> path.theta.shape, path.converged, path.saddle is None
    ((21, 5), True, False)
    """

    surface: Function
    theta: Array
    loss: Array
    arc: Array
    slope: float
    converged: bool
    highest: int
    saddle: Array | None
    saddle_loss: float
    joins: bool | None

    def __post_init__(self) -> None:
        if not hasattr(self.surface, "n_parameters"):
            raise TypeError(f"surface={self.surface!r} is neither a Surface nor a function with n_parameters")
        size = self.surface.n_parameters
        images = len(shaped("theta", self.theta, (None, size)))
        shaped("loss", self.loss, (images,))
        shaped("arc", self.arc, (images,))
        integer("highest", self.highest, 0, images - 1)
        if self.saddle is not None:
            shaped("saddle", self.saddle, (size,))
        for name in ("slope", "saddle_loss"):
            shaped(name, getattr(self, name), ())
        flag("converged", self.converged)
        if self.joins is not None:
            flag("joins", self.joins)

    def _summary(self) -> Summary:
        joins = {True: "joins a and b", False: "does not join a and b", None: "whether it joins a and b is not resolved"}
        top = "no saddle" if self.saddle is None else f"saddle at loss {self.saddle_loss:.4g}, which {joins[self.joins]}"
        return Summary(
            f"Pathway: {counted(len(self.theta), 'image')} on {network(self.surface)}, barrier {self.barrier:.4g}, {top}; "
            f"{'converged' if self.converged else 'not converged'}",
            ("barrier", "theta", "loss", "arc", "highest", "saddle", "saddle_loss", "joins", "slope", "converged"),
            lambda: pd.DataFrame({"arc": self.arc, "loss": self.loss}),
        )

    @property
    def barrier(self) -> float:
        """Rise of the path above the higher of its ends: to the saddle if there is one, else to the highest image."""
        top = self.loss[self.highest] if self.saddle is None else self.saddle_loss
        return float(top - max(self.loss[0], self.loss[-1]))


def minimum_energy_path(
    surface: Function,
    a: ArrayLike,
    b: ArrayLike,
    images: int = 81,
    align: bool = False,
    tolerance: float = 1e-4,
) -> Pathway:
    """Bend the straight line from a to b into a path of least climbing.

    The string method moves a chain of images downhill across itself, until the gradient has no part across the chain; the
    highest image is refined to a saddle of index 1.

    Other paths may be lower: a search from one line finds one path. Between two saddles it may turn back before it has
    reached the bottom of the valley there: heights are found, not depths. The chain is moved a thousand times at most.

    Parameters
    ----------
    surface : Surface, or any function as in ``function.Function``, without kinks
    a, b : array_like (P,)
    images : int, 5 or more
        Points on the path, both ends included; give more where it does not converge. A chain that is coarse against the
        bends of its way never settles: between 12 minima of XOR with two sigmoid units (l2 = 1e-4) 5 of 66 paths of 41
        images did not converge, in 16 s for all, and 1 of 81 images, in 13 s.
    align : bool
        First replace b by the member of its orbit under ``symmetries(surface)`` that is nearest to a; where that member is a
        itself, all images are a.
    tolerance : float above 0
        The part of the gradient across the path at which it has converged.

    Returns
    -------
    Pathway

    Raises
    ------
    ValueError
        for points that are the same as given, points of the wrong shape or not finite, and for a surface with kinks. A chain
        that lies along a kink has a gradient across it on both sides, and jumps from one to the other: of 36 pairs of minima
        on surfaces of relu, leaky_relu and hard_tanh none converged, and 9 of the paths rose higher than the straight line.
    TypeError
        for points that are not real numbers, or a function without gradient and Hessian.

    References
    ----------
    E, Ren & Vanden-Eijnden 2007 (string method); Henkelman & Jonsson 2000, equations 8 to 11 (tangents).

    Examples
    --------
    >>> import landscape as ls
    >>> surface = ls.Surface("xor", hidden=2, l2=1e-4)
    >>> a, b = ls.find_minima(surface, starts=30).theta[:2]
    >>> path = ls.minimum_energy_path(surface, a, b, images=41)
    >>> path.converged, path.joins, round(path.barrier, 4)
    (True, True, 0.156)
    """
    function_with(surface, *FUNCTION)
    start, end = point_of(surface, "a", a), point_of(surface, "b", b)
    function_fits(surface, np.array([start, end]), *FUNCTION)
    if kinks_of(surface, start[np.newaxis]) is not None:
        raise ValueError(
            "the surface has kinks, on which a path of least climbing is not found; take slices.linear_interpolation, or a "
            "smooth activation"
        )
    if (start == end).all():
        raise ValueError("a and b are the same point; give two points")
    count, tolerance = integer("images", images, 5), real("tolerance", tolerance, above=0.0)
    needed = 40.0 * count * surface.n_parameters**2  # Hessians, eigenvectors and products of them
    fits_in_memory(f"images={count} of {surface.n_parameters} parameters", needed, "give fewer images")
    with np.errstate(over="ignore"):
        if not np.isfinite(np.linalg.norm(end - start)):
            raise ValueError("a and b are too far apart to measure their distance; give points below 1e150")
    if flag("align", align):
        end = aligned(surface, end, start)
        if (start == end).all():
            path = np.tile(start, (count, 1))
            return Pathway(surface, path, surface.loss(path), np.zeros(count), 0.0, True, 0, None, np.nan, False)
    path = start + np.linspace(0.0, 1.0, count)[:, np.newaxis] * (end - start)
    path[-1] = end
    for _ in followed(range(MOST_STEPS), MOST_STEPS, "steps, at most"):
        try:
            across, step = _downhill(surface, path)
        except np.linalg.LinAlgError:
            raise ValueError("the curvature between a and b is not finite; give points between which it is") from None
        slope = norms(across)[1:-1].max()
        if not slope > tolerance:
            break
        path = _spread(path - step)
    loss = surface.loss(path)
    highest = int(np.argmax(loss))
    saddle, saddle_loss = None, np.nan
    joins: bool | None = False
    arc = np.append(0.0, np.cumsum(norms(np.diff(path, axis=0))))
    if 0 < highest < count - 1:
        found = follow(surface, path[highest : highest + 1], np.array([1])).theta[0]
        kind = classify(surface, found)
        if kind.grad_norm <= GTOL and kind.index == 1 and np.linalg.norm(found - path[highest]) <= NEAR * arc[-1]:
            saddle, saddle_loss = found, float(kind.loss)
            joins = _joins(surface, found, start, end)
    return Pathway(surface, path, loss, arc, float(slope), bool(slope <= tolerance), highest, saddle, saddle_loss, joins)


def _tangents(path: Array, loss: Array) -> Array:
    """Unit tangents (images, P), toward the higher neighbour (Henkelman & Jonsson 2000, equations 8 to 11). So an image
    depends on the images above it, from which the shape of the path comes down."""
    before, after = np.diff(path, axis=0)[:-1], np.diff(path, axis=0)[1:]
    down, up = np.diff(loss)[:-1, np.newaxis], np.diff(loss)[1:, np.newaxis]
    more, less = np.maximum(np.abs(up), np.abs(down)), np.minimum(np.abs(up), np.abs(down))
    at_extremum = np.where(up > -down, after * more + before * less, after * less + before * more)
    inner = np.where((up > 0.0) & (down > 0.0), after, np.where((up < 0.0) & (down < 0.0), before, at_extremum))
    inner = np.where((more == 0.0), after + before, inner)
    tangent = np.concatenate([path[1:2] - path[:1], inner, path[-1:] - path[-2:-1]])
    length = norms(tangent)
    return tangent / np.where(length > 0.0, length, 1.0)[:, np.newaxis]


def _downhill(f: Function, path: Array) -> tuple[Array, Array]:
    """The component of the gradient across the path (images, P), 0 at its ends, and the step (images, P) that reduces it.

    The step is Newton's across the path, with absolute values of the eigenvalues. Where the loss is steep along the path,
    the shape of the path travels along it as fast as the slope, and in one step no farther than the distance between images:
    for this an eigenvalue counts as at least the slope divided by that distance.
    """
    gradient, tangent = f.gradient(path), _tangents(path, f.loss(path))
    steep = (gradient * tangent).sum(axis=1, keepdims=True)
    across = gradient - steep * tangent
    across[[0, -1]] = 0.0
    project = np.eye(path.shape[1]) - tangent[:, :, np.newaxis] * tangent[:, np.newaxis]
    eigenvalues, eigenvectors = np.linalg.eigh(project @ f.hessian(path) @ project)
    apart = norms(np.diff(path, axis=0)).mean()
    stiff = np.maximum(np.abs(eigenvalues), np.abs(steep) / apart)
    stiff = np.maximum(stiff, STIFF * stiff.max(axis=1, keepdims=True))
    along = np.einsum("nji,nj->ni", eigenvectors, across) / np.where(stiff > 0.0, stiff, 1.0)
    step = DAMPING * np.einsum("nij,nj->ni", eigenvectors, along)
    step -= (step * tangent).sum(axis=1, keepdims=True) * tangent
    return across, step * np.minimum(1.0, 0.5 * apart / np.maximum(norms(step), 1e-300))[:, np.newaxis]


def _spread(path: Array) -> Array:
    """Redistribute the images (images, P) of a path at equal distances along a cubic spline; the ends keep every bit."""
    from scipy.interpolate import CubicSpline  # importing it takes a tenth of a second

    arc = np.append(0.0, np.cumsum(norms(np.diff(path, axis=0))))
    spread = CubicSpline(arc, path)(np.linspace(0.0, arc[-1], len(path)))
    spread[[0, -1]] = path[[0, -1]]
    return np.ascontiguousarray(spread)


def _joins(f: Function, saddle: Array, a: Array, b: Array) -> bool | None:
    """Whether the descents from both sides of a saddle lead into the valleys of a and b; None if that is not resolved."""
    _, vectors = np.linalg.eigh(f.hessian(saddle[np.newaxis])[0])
    sides = saddle + 1e-2 * np.array([[1.0], [-1.0]]) * vectors[:, 0]
    ends = minimise(f, np.array([_flow(f, side) for side in sides])).theta
    top = float(f.loss(saddle))
    leads = [[_in_one_valley(f, end, point, top) for point in (a, b)] for end in ends]
    ways = [(leads[0][0], leads[1][1]), (leads[0][1], leads[1][0])]
    if (True, True) in ways:
        return True
    return False if all(False in way for way in ways) else None


def _in_one_valley(f: Function, end: Array, point: Array, top: float) -> bool | None:
    """Whether the end (P,) of a descent from a saddle with loss ``top`` lies in the valley of a point (P,); None if that is
    not resolved."""
    both = np.stack([end, point])
    if np.linalg.norm(end - point) <= 1e-3 * (1.0 + np.linalg.norm(point)):
        return True
    (slope, _), loss = norms(f.gradient(both)), f.loss(both)
    if not slope <= GTOL or norms(both)[0] >= FAR:
        return None  # the descent has come to no end
    if not abs(loss[0] - loss[1]) <= LEVEL * (1.0 + abs(loss[1])):
        return False
    values: Array = np.linalg.eigvalsh(f.hessian(both)).astype(np.float64, copy=False)
    if (np.abs(values) > zero_eigenvalue(values)[:, np.newaxis]).all(axis=1).any():
        return False  # one of them is an isolated point
    return True if _level_way(f, both, loss.max() + CLIMB * (top - loss.max())) else None


def _level_way(f: Function, way: Array, limit: float) -> bool:
    """Whether a path leads from one point to another, both in ``way`` (2, P), on which the loss stays below a limit. The
    path begins as the straight line. The middle of each piece that climbs higher flows downhill, and must then lie nearer to
    both ends of the piece than they are to each other."""
    parts = np.linspace(0.0, 1.0, SAMPLES + 2)[:, np.newaxis, np.newaxis]
    for _ in range(REFINEMENTS + 1):
        climbing = np.flatnonzero(~(f.loss((1.0 - parts) * way[:-1] + parts * way[1:]).max(axis=0) <= limit))
        if len(climbing) == 0:
            return True
        one, other = way[climbing], way[climbing + 1]
        middle = np.array([_flow(f, point) for point in 0.5 * (one + other)])  # a descent would move along the valley, too
        nearer = np.maximum(norms(middle - one), norms(middle - other)) <= 0.9 * norms(other - one)
        if not (nearer & (f.loss(middle) <= limit)).all():
            return False
        way = np.insert(way, climbing + 1, middle, axis=0)
    return False


def _flow(f: Function, start: Array) -> Array:
    """Where the gradient flow from a point (P,) comes to rest, or gets far from the origin (P,). A flow, as a descent by
    long steps may leap over the next minimum."""
    from scipy.integrate import solve_ivp

    left = MOST_EVALUATIONS

    def downhill(_: float, theta: Array) -> Array:
        nonlocal left
        left -= 1
        slope: Array = -f.gradient(theta[np.newaxis])[0]
        return slope

    def spent(_: float, theta: Array) -> float:
        return min(float(left), FAR - float(np.linalg.norm(theta)))

    spent.terminal = True  # type: ignore[attr-defined]
    done = solve_ivp(
        downhill,
        (0.0, LONG),
        start,
        method="LSODA",
        jac=lambda _, theta: -f.hessian(theta[np.newaxis])[0],
        rtol=1e-6,
        atol=1e-9,
        events=spent,
    )
    return np.ascontiguousarray(done.y[:, -1])
