"""A look from a point in seventy digits, where float64 cannot tell a minimum from a tail or a plateau.

A small gradient alone proves nothing: on a tail, where the loss falls toward a level that it reaches only at infinity, the
gradient norm passes below any threshold. A look follows the way down and compares two stretches of it: the first while the
gradient norm falls to a ten-thousandth, the second while it falls to a ten-thousandth of that.

- Near a stationary point the second stretch is short, and a fraction of the first: for a minimum of order 2 nothing, of
  order 4 a twentieth, of order 6 a sixth, of order 8 a quarter.
- On an exponential tail both stretches are equally long. On a tail like ``e**(-x**2)`` the second is eight tenths of the
  first, and on a tail that falls as a power it is longer than the first.
- On a plateau the loss falls by more than the gradient there times the length of the way.

A steep slope may hide a fainter one, such as that of saturated outputs. So where the look has come to rest, Newton's step
along the level directions is measured; if it is long, the look begins anew from there.

The way down is Newton's: long steps along the directions in which the surface is almost level, each followed by steps back
to the floor of the valley. The Hessian along the level directions is the Schur complement of its steep part. Its numbers are
computed from the whole Hessian in all digits; for the steps themselves float64 is enough. A look at nine parameters takes
0.1 to 0.2 s.
"""

from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from landscape import registry
from landscape.parts.jets import Jet, context
from landscape.parts.objectives import OBJECTIVES
from landscape.parts.output_layers import OUTPUT_LAYERS
from landscape.surface import Surface

Array = NDArray[np.float64]

DEPTH = 1e-30
"""Gradient norm at which a look ends."""
ROUNDING, BARE = 1e-68, 1e-3
"""A slope along the level directions counts as the rounding of seventy digits if it is below the first number and the
curvature there is below the second number times the slope. Along a direction of exact symmetry the slope is 1e-74 and the
curvature 0, and chance would decide what is found; on the faintest tail curvature and slope are of equal size."""
STRETCH, MOST_STRETCHES = 1e-4, 10
"""Part to which the gradient norm falls over one stretch of the way, and the number of stretches after which a look ends
unresolved."""
SHORTER, LONGER = 0.3, 0.5
"""The second stretch is at most the first number times the first stretch near a stationary point, and at least the second
number times the first stretch on a tail."""
NOWHERE = 0.01
"""A stretch shorter than this means that the look has come to rest. On an exponential tail ``e**-x`` a stretch is 9 long in
x."""
STEEP = 1e-9
"""Part of the largest eigenvalue above which a direction is steep."""
NEGLIGIBLE = 1e-9
"""Part of the largest level eigenvalue below which another level eigenvalue may be 0 but for rounding."""
ZERO = 1e-18
"""Part of the largest eigenvalue up to which an eigenvalue counts as zero at the end of a look."""
MOST_STEPS, MOST_BACK = 200, 5
"""Most steps of a look, and most steps back to the valley's floor after each of them."""
FAR = 1e6
"""A look that gets so far from the origin is on a tail."""
MOST_PARAMETERS = 60
"""Largest number of parameters. The time of a step grows with its cube: 2 ms for 9 parameters, 40 ms for 33."""


class Look(NamedTuple):
    """Where the way on from a point leads.

    found : "stationary", "tail" (the way leads to infinity), "falls" (the point lies on a plateau, and the way leads to
        lower ground), or "unresolved"
    theta : (P,), where the look ended, rounded to float64
    loss : the loss there; on a tail its level
    outputs : (patterns * n_outputs,), the outputs there
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
    """A surface in seventy digits: loss, gradient and Hessian at one point (P,), in numbers of mpmath."""

    def __init__(self, surface: Surface) -> None:
        table, mpf = surface.table, context().mpf
        self.surface = surface
        exact = np.vectorize(lambda number: mpf(float(number)), otypes=[object])
        ones = np.ones((table.n_patterns, 1 if surface.bias else 0))
        self.inputs, self.targets = exact(np.hstack([table.inputs, ones])), exact(table.targets)
        counted = table.n_patterns if surface.network.whole else table.targets.size
        size = counted if surface.network.averaged else 1
        self.weight, self.l2, self.leak = mpf(surface.network.weight) / size, mpf(surface.l2), mpf(surface.slope)
        self.into = [layer.into for layer in surface.layout.layers]  # one row a unit, the bias last

    def __call__(self, theta: Any, curvature: bool = True) -> tuple[Any, Any, Any, Array]:
        """Loss, gradient (P,) and Hessian (P, P), arrays of mpmath's numbers, and outputs (patterns * n_outputs,) in
        float64. Without ``curvature`` the Hessian is None."""
        s, size = self.surface, len(theta)
        loss, gradient, hessian = theta[0] * 0, theta * 0, np.outer(theta * 0, theta) if curvature else None
        activation = registry.activation(s.activation).formula
        assert activation is not None  # as ``can_look`` asks
        (hidden, ends), outputs = self.into, []
        for x, targets in zip(self.inputs, self.targets, strict=True):
            units = [activation(Jet((theta[row] * x).sum(), 1), self.leak) for row in hidden]
            direct = x[: s.table.n_inputs] if s.layout.direct else x[:0]
            read = np.array([*(unit.value for unit in units), *direct, *x[s.table.n_inputs :]], dtype=object)
            ended, cost, by_logit, twice = self.at_outputs([(theta[row] * read).sum() for row in ends], list(targets))
            outputs += [float(output) for output in ended]
            loss += cost
            slopes = [theta * 0 for _ in ends]
            for slope, row, error in zip(slopes, ends, by_logit, strict=True):
                slope[row] = read
                for unit, into, out in zip(units, hidden, row, strict=False):
                    slope[into] = x * (theta[out] * unit.slope)
                gradient = gradient + slope * error
                if hessian is None:
                    continue
                for unit, into, out in zip(units, hidden, row, strict=False):
                    hessian[np.ix_(into, into)] += np.outer(x * (error * theta[out] * unit.curvature), x)
                    mixed = x * (error * unit.slope)
                    hessian[into, out] += mixed
                    hessian[out, into] += mixed
            if hessian is not None:
                for (k, m), curvature in twice.items():
                    on, also_on = np.flatnonzero(slopes[k] != 0), np.flatnonzero(slopes[m] != 0)
                    hessian[np.ix_(on, also_on)] += np.outer(slopes[k][on] * curvature, slopes[m][also_on])
        if self.l2:
            loss, gradient = loss + self.l2 * (theta * theta).sum(), gradient + theta * (2 * self.l2)
            if hessian is not None:
                hessian[np.arange(size), np.arange(size)] += 2 * self.l2
        return loss, gradient, hessian, np.array(outputs)

    def at_outputs(self, logits: list[Any], y: list[Any]) -> tuple[list[Any], Any, list[Any], dict[tuple[int, int], Any]]:
        """Outputs and cost of one pattern, and the cost's first and, by the numbers of two logits, second derivatives."""
        s, every = self.surface, range(len(logits))
        if s.output not in OUTPUT_LAYERS:
            output = registry.activation(s.output).formula
            assert output is not None  # as ``can_look`` asks
            jets = [Jet(z, 1) for z in logits]
            ended = [output(z, self.leak) for z in jets]
            formula = OBJECTIVES[s.objective].formula
            costs = [self.weight * formula(z, o, target) for z, o, target in zip(jets, ended, y, strict=True)]
            twice = {(k, k): costs[k].curvature for k in every}
            return [o.value for o in ended], sum(cost.value for cost in costs), [cost.slope for cost in costs], twice
        of_layer = OUTPUT_LAYERS[s.output].costs[s.objective].formula

        def along(*moved: int) -> tuple[list[Jet], Jet]:
            found, cost = of_layer([Jet(z, int(k in moved)) for k, z in enumerate(logits)], y)
            return found, self.weight * cost

        single = [along(k)[1] for k in every]
        twice = {(k, k): single[k].curvature for k in every}
        for k in every:
            for m in range(k):  # the curvature along two logits at once has their mixed derivative twice
                mixed = (along(k, m)[1].curvature - single[k].curvature - single[m].curvature) / 2
                twice |= {(k, m): mixed, (m, k): mixed}
        return [o.value for o in along()[0]], single[0].value, [cost.slope for cost in single], twice


class _Model(NamedTuple):
    """The quadratic model at a point, split into s steep and l level directions, s + l = P.

    steep, level : (P, s) and (P, l), orthonormal columns
    values : (s,), eigenvalues of the Hessian along the steep directions
    along_steep : (s,), slope along the steep directions
    along_level : (l,), slope along the level directions when the steep coordinates follow to their stationary values
    schur : (l, l), Schur complement: the Hessian along the level directions when the steep coordinates follow
    coupling : (s, l), mixed part of the Hessian
    """

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
        """Newton's step (P,), at most ``radius`` long in the level directions, and its length in them. If ``down``, it goes
        downhill there."""
        scale = float(np.linalg.norm(self.along_level))
        part = np.zeros(len(self.along_level))
        if scale > 0.0:
            values, vectors = np.linalg.eigh(self.schur / scale)
            if values[0] < -NEGLIGIBLE * max(1.0, values[-1]):
                radius = min(radius, 1.0)  # curved down: a long step could leap over a rise
            sizes = np.maximum(np.abs(values), NEGLIGIBLE * max(1.0, np.abs(values).max()))
            sizes = sizes if down else np.where(values < 0.0, -sizes, sizes)
            part = -(vectors @ (vectors.T @ self.along_level / scale / sizes))
        length = float(np.linalg.norm(part))
        part *= min(1.0, radius / max(length, 1e-300))
        back = -(self.along_steep + self.coupling @ part) / self.values
        return self.level @ part + self.steep @ back, min(length, radius)

    def is_rounding(self) -> bool:
        """Whether the slope along the level directions may be rounding."""
        slope = float(np.linalg.norm(self.along_level))
        return slope <= ROUNDING and bool(np.abs(self.schur).max(initial=0.0) <= BARE * slope)

    def spectrum(self) -> tuple[Array, Array]:
        """Eigenvalues (P,), ascending, and eigenvectors (P, P), in columns, of the Hessian."""
        values, vectors = np.linalg.eigh(self.schur / max(np.abs(self.schur).max(initial=0.0), 1e-300))
        values = values * np.abs(self.schur).max(initial=0.0)
        everything, columns = np.concatenate([values, self.values]), np.hstack([self.level @ vectors, self.steep])
        order = np.argsort(everything)
        return everything[order], columns[:, order]


def _exact(array: Array) -> Any:
    """An array of the same numbers in mpmath's type."""
    return np.frompyfunc(context().mpf, 1, 1)(array.astype(object))


def _norm(vector: Any) -> Any:
    return context().sqrt((vector * vector).sum())


def _on_the_floor(f: Precise, theta: Any, model: _Model, enough: float) -> tuple[Any, Any]:
    """The point (P,) on the floor of the valley beside theta (P,), and loss, gradient, None and outputs there. Newton's
    steps go along the steep directions until the slope along them is at most ``enough`` or no longer falls."""
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
    """What the last two stretches of the way, between its last three marks, tell: "stationary", "tail" or "unresolved"."""
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
    names = [f.activation] if f.output in OUTPUT_LAYERS else [f.activation, f.output]
    return all(registry.activation(name).formula is not None for name in names)


def look(surface: Surface, theta: Any, down: bool = True) -> Look:
    """Follow the way down from theta (P,); without ``down``, the way of Newton's method, which also stops at saddles."""
    f, theta = Precise(surface), _exact(theta)
    loss, gradient, hessian, outputs = f(theta)
    first_loss, first_size, radius, moved, found = loss, _norm(gradient), 1.0, 0.0, "unresolved"
    marks, depth = [theta], DEPTH
    theta, _ = _on_the_floor(f, theta, _Model.of(gradient, hessian, down), 0.0)  # rounding to float64 moved it off
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
            marks, depth = [theta], float(size) * DEPTH  # a steep slope has hidden a fainter one
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
