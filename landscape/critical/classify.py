"""The kind of a point: gradient norm, Hessian index, nullity, and a name that claims no more than was found.

At a stationary point with zero eigenvalues the Hessian does not decide whether it is a minimum. Two questions are asked:

- Does the gradient vanish only because the weights grow without bound, so that the point escapes? On a surface, a look in
  seventy digits answers (``high_precision``); for other functions, further polishing in float64 (``ways_on.leave``).
- Does the loss fall along a curve that leaves within the null space (``ways_on.falls``)? Terms of third, fourth and higher
  order decide.

If no way down was found, the point is called a flat minimum. The gradient tolerance decides which points are stationary; it
changes no other name.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from landscape.critical.high_precision import Look, can_look, look
from landscape.critical.kink_planes import on_kink
from landscape.critical.kink_slopes import off_side
from landscape.critical.subproblems import norms
from landscape.critical.trust_region import FAR, GTOL, curvature_at, follow, slope_at, zero_eigenvalue
from landscape.critical.ways_on import BY_A_KINK, GOES_ON, GROWTH, Negative, falls, leave, level_step, reach_at
from landscape.function import FUNCTION, Function, function_fits, function_with, kinks_of
from landscape.progress import followed
from landscape.summary import Summary, counted, span, summarized, tally
from landscape.validation import real, real_array

Array = NDArray[np.float64]

KINDS = (
    "strict_minimum",  # every eigenvalue is positive
    "flat_minimum",  # none is negative, some are zero, and no way down was found along their eigenvectors
    "saddle",  # some are negative, some positive
    "degenerate_saddle",  # there is a way down, and some are zero
    "maximum",  # no way up
    "escaping",  # no point at all: the gradient vanishes only as the weights grow without bound
    "not_stationary",  # the gradient norm is above the tolerance, or the loss goes on falling from there: a plateau
    "unresolved",  # stationary by its gradient, but neither a place to stay nor a way to go on was made out
)

UNSETTLED, UNSETTLED_BY = 1e-3, 0.25
"""An eigenvalue smaller than the first number may belong to a degenerate point nearby that the search has not quite reached.
It counts as zero if, while the point is polished, it falls at least as fast as the gradient norm to the power of the second
number. Beside a degenerate point of third order it falls with the square root of the gradient norm, of fourth order with the
power 2/3; at a point that is not degenerate it stays."""


@summarized
class Classification(NamedTuple):
    """Kind and curvature of points (..., P); the fields keep the leading axes.

    Attributes
    ----------
    kind : one of ``KINDS``
    loss, grad_norm : float
        The norm is the gradient's, and on a kink that of the steepest one-sided slope.
    eigenvalues : ndarray (..., P)
        Ascending; inf for a direction that leads off a kink uphill on both sides.
    index, nullity : int
        How many eigenvalues are negative, and how many zero, by the tolerance ``zero``.
    zero : float
        Size below which an eigenvalue counts as zero: 1e-6, so that along its eigenvector a gradient of 1e-10 leaves the
        place unknown by more than 1e-4; and at least 1e-12 of the largest. Of a point that was looked at in more digits,
        1e-18 of the largest.
    kink : bool
        Whether the gradient or the curvature jumps at this point. Where the point is free to leave a kink, eigenvalues
        are those of one side (of relu, where the unit is off), the index is 0, and a way down was looked for in every
        direction; where none was found, negative eigenvalues are NaN: they belong to directions that leave this side.
    """

    kind: Any
    loss: Any
    grad_norm: Any
    eigenvalues: Array
    index: Any
    nullity: Any
    zero: Any
    kink: Any

    def _summary(self) -> Summary:
        kinds = np.atleast_1d(self.kind).ravel()
        of = "Classification" if np.ndim(self.kind) == 0 else f"Classification of {counted(kinds.size, 'point')}"
        said = tally(kinds) if np.ndim(self.kind) else str(kinds[0])
        said += f"; loss {span(self.loss)}, gradient norm {span(self.grad_norm)}"
        if kinds.size == 1:
            said += f", index {span(self.index)}, nullity {span(self.nullity)}"
        single = {name: np.ravel(getattr(self, name)) for name in self._fields if name != "eigenvalues"}
        return Summary(f"{of}: {said}" if kinds.size else of, self._fields, lambda: pd.DataFrame(single))

    def put(self, where: Any, other: "Classification", take: Any) -> "Classification":
        """A copy in which the points ``where`` are replaced by the points ``take`` of another classification."""
        fields = [field.copy() for field in self]
        for field, new in zip(fields, other, strict=True):
            field[where] = new[take]
        return Classification(*fields)


def classify(surface: Function, theta: ArrayLike, gtol: float = GTOL) -> Classification:
    """Classify points on a surface, or on any function with ``loss``, ``gradient`` and ``hessian``.

    Parameters
    ----------
    surface : Surface, or an object like one (see ``function.Function``)
    theta : array_like (..., P)
    gtol : float above 0
        Gradient norm up to which a point is stationary. A point that a run stopped near is not yet one: polish it first
        with ``find_minima(surface, starts=theta)``.

    Returns
    -------
    Classification
        kind, loss, grad_norm, eigenvalues, index, nullity, zero and kink of each point; the fields keep the leading axes.

    Raises
    ------
    ValueError, TypeError
        for theta of the wrong shape, and for a tolerance that is not positive.

    Examples
    --------
    >>> import landscape as ls
    >>> found = ls.classify(ls.Surface("xor", hidden=1, l2=0.001), [0.0] * 5)
    >>> str(found.kind), int(found.index), float(found.loss)
    ('strict_minimum', 0, 0.25)
    """
    gtol = real("gtol", gtol, above=0.0)
    function_with(surface, *FUNCTION)
    points = real_array("theta", theta)
    if points.ndim == 0 or points.shape[-1] != surface.n_parameters:
        raise ValueError(
            f"theta of shape {points.shape} does not fit a function of {surface.n_parameters} parameters; give shape "
            f"(..., {surface.n_parameters})"
        )
    lead, flat = points.shape[:-1], np.ascontiguousarray(points.reshape(-1, surface.n_parameters))
    function_fits(surface, flat, *FUNCTION)
    found = classify_all(surface, flat, gtol)
    return Classification(*(field.reshape(lead + field.shape[1:])[()] for field in found))


def classify_all(f: Function, theta: Array, gtol: float = GTOL, threads: int = 1, examine: bool = True) -> Classification:
    """Classify points (n, P), without checks of the input. Without ``examine`` no way down is searched for, so that a point
    of index 0 with zero eigenvalues is called a flat minimum, and the length of Newton's step alone decides whether it
    escapes."""
    return judge(f, theta, gtol, threads, examine)[0]


def judge(
    f: Function, theta: Array, gtol: float = GTOL, threads: int = 1, examine: bool = True
) -> tuple[Classification, dict[int, Look]]:
    """Classify points (n, P) like ``classify_all``; returns also the looks in seventy digits, by number of the point."""
    points = _Points(f, theta)
    points.settle(gtol, threads)
    finite = points.finite
    outward = (points.slope[finite] * theta[finite]).sum(axis=1) < 0.0
    away = finite[(norms(theta[finite]) >= FAR) & outward]
    points.name(away, "escaping")
    still = np.setdiff1d(finite[points.norm[finite] <= gtol], away)
    points.name_by_eigenvalues(still)
    flat = still[points.nullity[still] > 0]
    smooth = flat[~points.kink[flat] & ~points.one_sided[flat]] if can_look(f) else flat[:0]
    looks: dict[int, Look] = {}
    if examine:
        looks = points.look_from(smooth)
    else:
        points.name(smooth[points.level_step(smooth) > GOES_ON], "escaping")
    stopped = [row for row, seen in looks.items() if seen.found == "unresolved" and points.has_kinks]  # by a kink ahead
    other = np.union1d(np.setdiff1d(flat, smooth), np.array(stopped, np.int64))
    on_plateau = points.leave(other, np.isin(other, stopped), threads)
    if examine:
        open_ended = still[~points.ended[still]]
        for row in followed(open_ended, len(open_ended), "ways down"):
            points.look_for_ways(row, row in on_plateau)
    return points.classification(), looks


class _Points:
    """A classification of points (n, P) in the making: each method adds what it finds.

    Attributes beside the fields of ``Classification``:

    finite : numbers of the points at which theta, loss and Hessian are finite
    slope : (n, P), the gradient; on a kink the steepest one-sided slope
    vectors : (n, P, P), eigenvectors in columns
    settled : (n, P), the eigenvalues, with 0 for those that belong to a degenerate point nearby
    null : (n, P), which of these count as zero
    one_sided : (n,), whether the curvature may be that of one side of a kink only
    place : (n, P), where the search for a way down begins
    ended : (n,), whether the kind is known without such a search
    """

    def __init__(self, f: Function, theta: Array) -> None:
        n, size = theta.shape
        self.f, self.theta, self.place = f, theta, theta.copy()
        self.kinds = np.full(n, KINDS.index("not_stationary"))
        self.loss, self.norm, self.zero = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
        self.slope, self.eigenvalues = np.full((n, size), np.nan), np.full((n, size), np.nan)
        self.vectors = np.empty((n, size, size))
        self.index, self.nullity = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.kink, self.one_sided, self.ended = np.zeros(n, np.bool_), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        rows = np.flatnonzero(np.isfinite(theta).all(axis=1))
        self.loss[rows] = f.loss(theta[rows])
        rows = rows[np.isfinite(self.loss[rows]) & np.isfinite(f.hessian(theta[rows])).all(axis=(1, 2))]
        self.finite = rows
        self.slope[rows], held = slope_at(f, theta[rows])
        kinks = kinks_of(f, theta[rows])
        self.has_kinks = kinks is not None
        if kinks is not None and held is not None:
            held, self.one_sided[rows] = off_side(kinks, held)
            self.kink[rows] = on_kink(kinks).any(axis=1)
            faint = (np.abs(kinks.distance) <= BY_A_KINK) & (np.abs(kinks.jump) <= GTOL / BY_A_KINK)
            self.one_sided[rows] |= (faint & (kinks.normal != 0.0).any(axis=2)).any(axis=1)
        self.norm[rows] = norms(self.slope[rows])
        self.eigenvalues[rows], self.vectors[rows] = curvature_at(f, theta[rows], held)
        self.zero[rows] = zero_eigenvalue(self.eigenvalues[rows])

    def settle(self, gtol: float, threads: int) -> None:
        """Decide which eigenvalues count as zero: small ones, and those that fall while the point is polished."""
        rows, theta = self.finite, self.theta
        self.settled = self.eigenvalues.copy()
        small = np.abs(self.eigenvalues[rows]).min(axis=1) < UNSETTLED
        fine = rows[(self.norm[rows] <= gtol) & ~self.kink[rows] & small]
        if len(fine):
            further = follow(self.f, theta[fine], np.full(len(fine), -1), GTOL / 1000.0, threads).theta
            near = norms(further - theta[fine]) < GROWTH
            fine, further = fine[near], further[near]
            part = np.minimum(norms(self.f.gradient(further)) / np.maximum(self.norm[fine], 1e-300), 1.0)
            fallen = np.minimum(part[:, np.newaxis] ** UNSETTLED_BY, 0.9) * np.abs(self.eigenvalues[fine])
            now = np.abs(curvature_at(self.f, further, None)[0])
            self.settled[fine] = np.where(now < fallen, 0.0, self.eigenvalues[fine])
        below = (self.settled[rows] < -self.zero[rows, np.newaxis]).sum(axis=1)
        self.index[rows] = np.where(self.one_sided[rows], 0, below)
        self.null = np.abs(self.settled) <= self.zero[:, np.newaxis]
        self.nullity[rows] = self.null[rows].sum(axis=1)

    def name(self, where: Any, kind: str) -> None:
        """Name the kind of points."""
        self.kinds[where] = KINDS.index(kind)

    def name_by_eigenvalues(self, rows: Any) -> None:
        """Name the kind of points by their eigenvalues."""
        for row in np.atleast_1d(rows):
            degenerate = self.nullity[row] > 0
            if self.index[row] == 0:
                self.name(row, "flat_minimum" if degenerate else "strict_minimum")
            else:
                all_negative = self.index[row] == self.theta.shape[1]
                self.name(row, "degenerate_saddle" if degenerate else "maximum" if all_negative else "saddle")

    def look_from(self, rows: NDArray[np.int64]) -> dict[int, Look]:
        """Follow the ways on from points in seventy digits, and name the points accordingly."""
        looks = {}
        for row in followed(rows, len(rows), "looks in seventy digits"):
            assert can_look(self.f)
            seen = look(self.f, self.theta[row], down=bool(self.index[row] == 0))
            if seen.found == "falls":
                beside = look(self.f, self.theta[row], down=False)
                stays = beside.found == "stationary" and np.linalg.norm(beside.theta - self.theta[row]) < GROWTH
                self.name(row, "degenerate_saddle" if stays else "not_stationary")
            elif seen.found == "stationary":
                self.place[row], self.zero[row], self.vectors[row] = seen.theta, seen.zero, seen.eigenvectors
                self.settled[row] = self.eigenvalues[row] = seen.eigenvalues
                self.null[row] = np.abs(seen.eigenvalues) <= seen.zero
                self.index[row], self.nullity[row] = (seen.eigenvalues < -seen.zero).sum(), self.null[row].sum()
                self.name_by_eigenvalues(row)
            else:
                self.name(row, {"tail": "escaping", "unresolved": "unresolved"}[seen.found])
            self.ended[row] = seen.found != "stationary"
            looks[int(row)] = seen
        return looks

    def level_step(self, rows: NDArray[np.int64]) -> Array:
        """Length (rows,) of Newton's step along the level directions at points."""
        return level_step(self.slope[rows], self.eigenvalues[rows], self.vectors[rows])

    def leave(self, rows: NDArray[np.int64], stopped: NDArray[np.bool_], threads: int) -> NDArray[np.int64]:
        """Name the points that escape. Call a point unresolved where a look has ``stopped`` (rows,) early or Newton's step
        is long, and the point does not escape for certain. Returns the numbers of the points that lie on a plateau."""
        index, null, vectors = self.index[rows], self.null[rows], self.vectors[rows]
        gone, plateau = leave(self.f, self.theta[rows], self.loss[rows], index, null, vectors, threads)
        self.name(rows[gone], "escaping")
        goes_on = self.level_step(rows) > GOES_ON
        unsure = rows[(goes_on | stopped) & ~gone] if can_look(self.f) else rows[:0]
        self.name(unsure, "unresolved")
        self.ended[rows[gone]], self.ended[unsure] = True, True
        return rows[plateau]

    def look_for_ways(self, row: int, on_plateau: bool) -> None:
        """Search a way down and a way up from a point whose kind the Hessian does not decide, and name it accordingly."""
        f, size, norm = self.f, self.theta.shape[1], self.norm[row]
        along = np.eye(size) if self.one_sided[row] else self.vectors[row][:, self.null[row]]
        if not along.size or (0 < self.index[row] < size - self.nullity[row]):
            return
        place, loss, reach = self.place[row], self.loss[row], reach_at(f, self.place[row])
        down = self.index[row] > 0 or falls(f, place, loss, along, norm, reach)
        up = self.index[row] + self.nullity[row] < size or falls(Negative(f), place, -loss, along, norm, reach)
        if down:
            self.name(row, "degenerate_saddle" if up or self.one_sided[row] else "maximum")
        elif on_plateau:
            self.name(row, "degenerate_saddle")

    def classification(self) -> Classification:
        """The classification. A negative eigenvalue of a minimum on a kink becomes NaN: the quadratic form of one side falls
        along its eigenvector only where that has already left this side."""
        least = self.one_sided & (self.kinds <= KINDS.index("flat_minimum"))
        self.eigenvalues[least[:, np.newaxis] & (self.eigenvalues < -self.zero[:, np.newaxis])] = np.nan
        kinds = np.array(KINDS)[self.kinds]
        return Classification(kinds, self.loss, self.norm, self.eigenvalues, self.index, self.nullity, self.zero, self.kink)
