"""Operations of lanes that Python lacks: a fused multiply-add, before Python 3.13, and rows."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def fused_multiply_add(x: float, y: float, z: float, single: bool = False) -> float:
    """``x * y + z``, rounded once to float64. With ``single``, for arguments that are float32 numbers, the result can be
    rounded to float32 as if it had been rounded once."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return x * y + z
    if not math.isfinite(z):
        return z  # also where the product, were it rounded, would be infinite
    (a, b), (c, d), (e, f) = x.as_integer_ratio(), y.as_integer_ratio(), z.as_integer_ratio()
    numerator, denominator = a * c * f + e * b * d, b * d * f
    if numerator == 0:
        return x * y + z  # exact, and 0 has the right sign
    try:
        near = numerator / denominator  # whole numbers: Python rounds their quotient correctly
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf
    if single and int(np.float64(near).view(np.int64)) % 2 == 0:
        # of the two neighbours in float64 the one with an odd last bit: it never lies halfway between numbers of float32
        p, q = near.as_integer_ratio()
        if p * denominator != numerator * q:
            near = math.nextafter(near, math.inf if p * denominator < numerator * q else -math.inf)
    return near


class RowsInPython:
    """Rows of lanes: a flat array and the number of lanes of a row."""

    def __init__(self, numbers: NDArray[Any], lanes: int) -> None:
        self.numbers, self.lanes = numbers, lanes

    def __getitem__(self, place: int) -> Any:
        return self.numbers[place]

    def __setitem__(self, place: int, number: float) -> None:
        self.numbers[place] = number
