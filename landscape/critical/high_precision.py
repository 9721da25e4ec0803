"""A second look at a point in seventy digits, where float64 cannot tell a minimum from a tail or a plateau.

A small gradient alone proves nothing: on a tail, where the loss falls toward a level that it reaches at infinity only, it
passes any threshold. What tells them apart is how gradient and place go together on the way down. While the gradient norm
falls to a ten-thousandth, and then to a ten-thousandth of that,

- near a stationary point the second stretch is a part of the first (of order 2 nothing, of order 4 a twentieth, 6 a sixth,
  8 a quarter) and small;
- on an exponential tail both are equally long, on one like ``e**(-x**2)`` the second is eight tenths of the first, on one
  that falls as a power it is longer;
- on a plateau the loss falls by more than the gradient there, times the way, accounts for.

Where it has come to a stop, Newton's step along the level directions tells whether a steep slope has hidden a fainter one,
as that of saturated outputs; then all is measured anew from there.

Newton's method goes down, along the directions in which the surface is all but level by long steps and back to the valley's
floor after each. The Hessian's level part is the Schur complement of its steep part, each number of it computed from the
whole in all digits; steps themselves need no more than float64. A look at nine parameters takes 0.1 to 0.2 s.
"""

from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from landscape.parts.activations import ACTIVATIONS
from landscape.parts.jets import Jet, context
from landscape.parts.objectives import OBJECTIVES
from landscape.surface import Surface

Array = NDArray[np.float64]

DEPTH = 1e-30
"""Gradient norm at which a look ends."""
ROUNDING, BARE = 1e-68, 1e-3
"""A slope along the level directions below the first, with less than so much curvature for its size, is the rounding of
seventy digits. Along a direction of exact symmetry it is 1e-74 over 0, and chance would decide what is found; on the
faintest tail curvature and slope are alike."""
STRETCH, MOST_STRETCHES = 1e-4, 10
"""Part to which the gradient norm falls over one stretch of the way, and after how many a look is given up."""
SHORTER, LONGER = 0.3, 0.5
"""The second stretch is at most so much of the first near a stationary point, and at least so much on a tail."""
NOWHERE = 0.01
"""Nearer than this a look has all but stopped; an exponential tail takes nine times what its exponent measures a stretch."""
STEEP = 1e-9
"""Part of the largest eigenvalue above which a direction is steep."""
NEGLIGIBLE = 1e-9
"""Part of the largest level eigenvalue below which another one may be what rounding left of 0."""
ZERO = 1e-18
"""Part of the largest eigenvalue up to which an eigenvalue counts as zero at the end of a look."""
MOST_STEPS, MOST_BACK = 200, 5
"""Steps of a look, and of each back to the valley's floor."""
FAR = 1e6
"""What gets so far from the origin is on a tail."""
MOST_PARAMETERS = 60
"""A step takes a time that grows with their cube: 2 ms for 9, 40 ms for 33."""


class Look(NamedTuple):
    """What was seen from a point.

    found : "stationary", "tail" (it goes on to infinity), "falls" (a plateau: it goes on to lower ground), or "unresolved"
    theta : (P,), where the look ended, rounded
    loss : the loss there; of a tail, its level
    outputs : (patterns * n_outputs,) there
    eigenvalues, eigenvectors : (P,), ascending, and (P, P), in columns, of the Hessian there
    zero : size up to which an eigenvalue counts as zero
    """

    found: str
    theta: Array
    loss: float
    outputs: Array
    eigenvalues: Array
    eigenvectors: Array
    zero: float


class Precise:
    """A surface in mpmath's numbers: loss, gradient and Hessian at one point (P,)."""

    def __init__(self, surface: Surface) -> None:
        table, mpf = surface.table, context().mpf
        self.surface = surface
        exact = np.vectorize(lambda number: mpf(float(number)), otypes=[object])
        ones = np.ones((table.n_patterns, 1 if surface.bias else 0))
        self.inputs, self.targets = exact(np.hstack([table.inputs, ones])), exact(table.targets)
        size = table.targets.size if surface.network.averaged else 1
        self.weight, self.l2, self.leak = mpf(surface.network.weight) / size, mpf(surface.l2), mpf(surface.slope)
        self.into = [layer.into for layer in surface.layout.layers]  # a row for each unit; of the bias, its last place

    def __call__(self, theta: Any, curvature: bool = True) -> tuple[Any, Any, Any, Array]:
        """Loss, gradient (P,), Hessian (P, P) and outputs, arrays of objects."""
        s, size = self.surface, len(theta)
        loss, gradient, hessian = theta[0] * 0, theta * 0, np.outer(theta * 0, theta) if curvature else None
        activation, output = ACTIVATIONS[s.activation].formula, ACTIVATIONS[s.output].formula
        assert activation is not None  # as ``can_look`` asks
        assert output is not None
        (hidden, ends), outputs = self.into, []
        for x, targets in zip(self.inputs, self.targets, strict=True):
            units = [activation(Jet((theta[row] * x).sum(), 1), self.leak) for row in hidden]
            direct = x[: s.table.n_inputs] if s.layout.direct else x[:0]
            read = np.array([*(unit.value for unit in units), *direct, *x[s.table.n_inputs :]], dtype=object)
            for row, y in zip(ends, targets, strict=True):
                z = Jet((theta[row] * read).sum(), 1)
                o = output(z, self.leak)
                cost = self.weight * OBJECTIVES[s.objective].formula(z, o, y)
                outputs.append(float(o.value))
                slope = theta * 0
                slope[row] = read
                for unit, into, out in zip(units, hidden, row, strict=False):
                    slope[into] = x * (theta[out] * unit.slope)
                loss += cost.value
                gradient = gradient + slope * cost.slope
                if hessian is None:
                    continue
                on = np.flatnonzero(slope != 0)
                hessian[np.ix_(on, on)] += np.outer(slope[on] * cost.curvature, slope[on])
                for unit, into, out in zip(units, hidden, row, strict=False):
                    hessian[np.ix_(into, into)] += np.outer(x * (cost.slope * theta[out] * unit.curvature), x)
                    mixed = x * (cost.slope * unit.slope)
                    hessian[into, out] += mixed
                    hessian[out, into] += mixed
        if self.l2:
            loss, gradient = loss + self.l2 * (theta * theta).sum(), gradient + theta * (2 * self.l2)
            if hessian is not None:
                hessian[np.arange(size), np.arange(size)] += 2 * self.l2
        return loss, gradient, hessian, np.array(outputs)


class _Model(NamedTuple):
    """The quadratic model at a point, taken apart into steep directions and level ones (columns of ``steep``, ``level``):
    slopes along them, eigenvalues of the steep ones, the level Hessian with the steep directions followed (Schur
    complement), and what couples them."""

    steep: Array
    level: Array
    values: Array
    along_steep: Array
    along_level: Array
    schur: Array
    coupling: Array

    @classmethod
    def of(cls, gradient: Any, hessian: Any, down: bool) -> "_Model":
        values, vectors = np.linalg.eigh(hessian.astype(np.float64))
        large = (values if down else np.abs(values)) > STEEP * np.abs(values).max(initial=0.0)
        steep, level = vectors[:, large], vectors[:, ~large]
        image = hessian @ _exact(level)
        coupling = (_exact(steep).T @ image).astype(np.float64)
        own = (_exact(level).T @ image).astype(np.float64)
        along_steep = (_exact(steep).T @ gradient).astype(np.float64)
        along_level = (_exact(level).T @ gradient).astype(np.float64)
        followed = coupling.T / values[large]
        schur = own - followed @ coupling
        return cls(
            steep, level, values[large], along_steep, along_level - followed @ along_steep, 0.5 * (schur + schur.T), coupling
        )

    def step(self, radius: float, down: bool) -> tuple[Array, float]:
        """Newton's step, at most ``radius`` long in the level directions, where it goes downhill if ``down``; and its length
        there."""
        scale = float(np.linalg.norm(self.along_level))
        part = np.zeros(len(self.along_level))
        if scale > 0.0:
            values, vectors = np.linalg.eigh(self.schur / scale)
            if values[0] < -NEGLIGIBLE * max(1.0, values[-1]):
                radius = min(radius, 1.0)  # where it bends down, a long step could leap over the next rise
            sizes = np.maximum(np.abs(values), NEGLIGIBLE * max(1.0, np.abs(values).max()))
            sizes = sizes if down else np.where(values < 0.0, -sizes, sizes)
            part = -(vectors @ (vectors.T @ self.along_level / scale / sizes))
        length = float(np.linalg.norm(part))
        part *= min(1.0, radius / max(length, 1e-300))
        back = -(self.along_steep + self.coupling @ part) / self.values
        return self.level @ part + self.steep @ back, min(length, radius)

    def is_rounding(self) -> bool:
        """Whether what is left of the slope along the level directions may be rounding."""
        slope = float(np.linalg.norm(self.along_level))
        return slope <= ROUNDING and bool(np.abs(self.schur).max(initial=0.0) <= BARE * slope)

    def spectrum(self) -> tuple[Array, Array]:
        """Eigenvalues, ascending, and eigenvectors."""
        values, vectors = np.linalg.eigh(self.schur / max(np.abs(self.schur).max(initial=0.0), 1e-300))
        values = values * np.abs(self.schur).max(initial=0.0)
        everything, columns = np.concatenate([values, self.values]), np.hstack([self.level @ vectors, self.steep])
        order = np.argsort(everything)
        return everything[order], columns[:, order]


def _exact(array: Array) -> Any:
    """The same numbers as mpmath's."""
    return np.frompyfunc(context().mpf, 1, 1)(array.astype(object))


def _norm(vector: Any) -> Any:
    return context().sqrt((vector * vector).sum())


def _on_the_floor(f: Precise, theta: Any, model: _Model, enough: float) -> tuple[Any, Any]:
    """The point on a valley's floor beside theta, by Newton's steps along the steep directions until the slope along them is
    small ``enough`` or no longer falls; and what the surface is there, without its Hessian."""
    steep, new = _exact(model.steep), f(theta, curvature=False)
    beside = (steep.T @ new[1]).astype(np.float64)
    for _ in range(MOST_BACK):
        if np.linalg.norm(beside) <= enough:
            break
        floor = theta - _exact(model.steep @ (beside / model.values))
        there = f(floor, curvature=False)
        left = (steep.T @ there[1]).astype(np.float64)
        if not np.linalg.norm(left) < np.linalg.norm(beside):
            break
        theta, new, beside = floor, there, left
    return theta, new


def _told(marks: list[Any]) -> str:
    """What the last two stretches between the marks tell."""
    if len(marks) < 4:
        return "unresolved"
    before, last = float(_norm(marks[-2] - marks[-3])), float(_norm(marks[-1] - marks[-2]))
    if last > NOWHERE and last >= LONGER * before:
        return "tail"
    return "stationary" if last <= NOWHERE and last <= SHORTER * before else "unresolved"


def can_look(f: Any) -> TypeGuard[Surface]:
    """Whether a second look at the points of this function is possible: a surface, and not too large."""
    if not isinstance(f, Surface) or f.n_parameters > MOST_PARAMETERS:
        return False
    return all(ACTIVATIONS[name].formula is not None for name in (f.activation, f.output))


def look(surface: Surface, theta: Any, down: bool = True) -> Look:
    """Look where the way down from theta (P,) leads; without ``down``, where Newton's method leads, which stops at saddles
    too."""
    f, theta = Precise(surface), _exact(theta)
    loss, gradient, hessian, outputs = f(theta)
    first_loss, first_size, radius, moved, found = loss, _norm(gradient), 1.0, 0.0, "unresolved"
    marks, depth = [theta], DEPTH
    theta, _ = _on_the_floor(f, theta, _Model.of(gradient, hessian, down), 0.0)  # off which rounding has put it
    loss, gradient, hessian, outputs = f(theta)
    size = _norm(gradient)
    for _ in range(MOST_STEPS):
        while size <= first_size * STRETCH ** len(marks) and found == "unresolved" and len(marks) < MOST_STRETCHES:
            marks.append(theta)
            found = _told(marks)
        if found == "tail":
            break
        if found == "stationary" and size <= depth:
            model = _Model.of(gradient, hessian, down)
            if model.is_rounding() or model.step(1.0, down)[1] <= NOWHERE:
                break
            first_loss, first_size, radius, moved, found = loss, size, 1.0, 0.0, "unresolved"
            marks, depth = [theta], float(size) * DEPTH  # what a steep slope has hidden
        if down and first_loss - loss > 2 * first_size * moved and moved > NOWHERE:
            found = "falls"
            break
        if _norm(theta) > FAR:
            found = "tail"
            break
        model = _Model.of(gradient, hessian, down)
        step, length = model.step(radius, down)
        there, new = _on_the_floor(f, theta + _exact(step), model, 1e-3 * float(size))
        good = new[0] < loss if down else _norm(new[1]) < size
        if not good:
            radius = 0.25 * min(radius, length if length > 0.0 else radius)
            if radius < 1e-12:
                break
            continue
        if length >= 0.8 * radius:
            radius = min(2.0 * radius, max(1.0, 0.25 * float(_norm(theta))))
        moved += float(_norm(there - theta))
        theta = there
        loss, gradient, hessian, outputs = f(theta)
        size = _norm(gradient)
    values, vectors = _Model.of(gradient, hessian, down).spectrum()
    zero = ZERO * np.abs(values).max(initial=0.0)
    return Look(found, theta.astype(np.float64), float(loss), outputs, values, vectors, zero)
