"""SIMD lanes, and the operations that kernels use on them.

A value of type lanes holds one number, float64 or float32, of each of sixteen or thirty-two runs. Arithmetic, comparisons,
``where``, ``fma`` and a few more lower directly to LLVM vector instructions, so that vector code does not depend on the loop
vectoriser. (The same kernel written as loops over arrays fell back to scalar code, four times slower and without a warning,
whenever an alias check failed.) Narrower machines split the same instructions, with the same bits.

How many lanes: eight vector registers in flight hide the latency of arithmetic and share the loads of constants. That is
sixteen lanes if four patterns are processed together, and thirty-two if two are; thirty-two for a single pattern, too, in
four registers (in float32 always thirty-two, in half as many registers).
Measured on one thread of a Zen 4 with AVX-512, ns per run and epoch, with 8, 16, 32 and 64 lanes: sigmoid 2-2-1 with four
patterns together 12.2, 10.4, 12.6 and 15.6, relu 7.5, 6.5, 7.8 and 9.4; online updates, one pattern after the other, 29, 18,
14 and 14.

A function written with these operations serves one number (float64) and many alike; the annotations say ``float``.
Lanes take their type from the buffer they are loaded from, and a number that meets them is rounded to it, so one source is
compiled for both types. Lanes of two types never meet: that does not compile.

Each operation stands here twice: as a Python function, and below it as what kernels make of a call. Called from Python it
takes numbers, or NumPy arrays as lanes, and gives the bits that it gives in kernels. What is written with operators follows
Python's and NumPy's rules then: a number divided by 0 raises ``ZeroDivisionError``, and arrays that overflow warn.
"""

import math
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.errors import TypingError
from numba.core.typing.templates import signature
from numpy.typing import NDArray

from landscape._simd.in_python import RowsInPython, fused_multiply_add
from landscape._simd.jit import in_kernels
from landscape._simd.lane_types import DOUBLE, REGISTER, LanesType, MaskType, RowsType, as_vector, lanes_among

LANES = 32
"""Most lanes of a row."""


def _llvm(name: str, *kinds: Any) -> Any:
    """An LLVM instruction of that name on numbers, or on lanes as soon as one argument is lanes."""
    lanes = lanes_among(kinds)
    kind = DOUBLE if lanes is None else lanes.vector
    suffix = "f64" if lanes is None else f"v{lanes.count}f{lanes.bits}"

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if lanes is not None:
            args = [as_vector(context, builder, v, k, lanes) for v, k in zip(args, sig.args, strict=True)]
        function = ir.FunctionType(kind, [kind] * len(kinds))
        return builder.call(get_or_insert_function(builder.module, function, f"llvm.{name}.{suffix}"), args)

    result = types.float64 if lanes is None else lanes
    return signature(result, *(k if isinstance(k, LanesType) else types.float64 for k in kinds)), emit


def fma(x: float, y: float, z: float) -> float:
    """``x * y + z`` with one rounding, on every machine."""
    arrays: list[Any] = [value for value in (x, y, z) if isinstance(value, np.ndarray)]
    if not arrays:
        return fused_multiply_add(float(x), float(y), float(z))
    number = arrays[0].dtype
    single = number == np.float32
    lanes = np.broadcast(*(np.asarray(value, number) for value in (x, y, z)))
    fused = [fused_multiply_add(float(a), float(b), float(c), single) for a, b, c in lanes]
    return cast(float, np.array(fused).astype(number))


@in_kernels(fma)
def _typed_fma(typing: Any, x: Any, y: Any, z: Any) -> Any:
    return _llvm("fma", x, y, z)


def fabs(x: float) -> float:
    """Absolute value."""
    return abs(x) if isinstance(x, np.ndarray) else math.fabs(x)


@in_kernels(fabs)
def _typed_fabs(typing: Any, x: Any) -> Any:
    return _llvm("fabs", x)


def sqrt(x: float) -> float:
    """Square root; NaN of a negative number."""
    if isinstance(x, np.ndarray):
        with np.errstate(invalid="ignore"):
            return cast(float, np.sqrt(x))
    return math.nan if x < 0.0 else math.sqrt(x)


@in_kernels(sqrt)
def _typed_sqrt(typing: Any, x: Any) -> Any:
    return _llvm("sqrt", x)


def where(condition: bool, x: float, y: float) -> float:
    """``x`` where the condition holds, else ``y``; both are computed."""
    if isinstance(condition, np.ndarray):
        return cast(float, np.where(condition, x, y))
    return float(x if condition else y)


@in_kernels(where)
def _typed_where(typing: Any, condition: Any, x: Any, y: Any) -> Any:
    wide = isinstance(condition, MaskType)
    lanes = lanes_among((x, y))
    if wide and lanes is None:
        if any(isinstance(kind, LanesType) for kind in (x, y)):
            return None  # lanes of two types never meet
        raise TypingError("where() chooses lane by lane between two plain numbers; write one as like(x, number)")

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if wide:
            x, y = (as_vector(context, builder, v, k, lanes) for v, k in zip(args[1:], sig.args[1:], strict=True))
            return builder.select(args[0], x, y)
        return builder.select(args[0], args[1], args[2])

    if wide:
        return signature(lanes, condition, x, y), emit
    return signature(types.float64, types.boolean, types.float64, types.float64), emit


def any_lane(mask: bool) -> bool:
    """Whether a condition holds in any lane."""
    return bool(np.any(mask))


@in_kernels(any_lane)
def _typed_any_lane(typing: Any, mask: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(1), [mask.vector])
        name = f"llvm.vector.reduce.or.v{mask.count}i1"
        return builder.call(get_or_insert_function(builder.module, kind, name), args)

    return signature(types.boolean, mask), emit


def like(x: float, number: float) -> float:
    """The number as a value of the first argument's kind: one number, or the same in every lane."""
    return cast(float, np.full_like(x, number)) if isinstance(x, np.ndarray) else float(number)


@in_kernels(like)
def _typed_like(typing: Any, x: Any, number: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return as_vector(context, builder, args[1], types.float64, x) if isinstance(x, LanesType) else args[1]

    return signature(x, x, types.float64), emit


Pointer = Any
"""Address of float64 or float32 numbers; ``pointer[i]`` reads or writes one. Kernels pass these to one another rather than
arrays: Numba counts references to an array at every call, also an inlined one, and that halved the trainer's speed."""


def pointer(array: NDArray[Any], offset: int) -> Pointer:
    """Address of element ``offset`` of a contiguous array, which must be an argument of the kernel, so that it stays
    alive."""
    return array.reshape(-1)[offset:]


@in_kernels(pointer)
def _typed_pointer(typing: Any, array: Any, offset: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.gep(data, [args[1]])

    return signature(types.CPointer(array.dtype), array, types.intp), emit


def take(counter: Pointer) -> int:
    """The counter (int64) at that address, which is then one more; threads that count together never take the same number,
    in kernels."""
    number = int(counter[0])
    counter[0] += 1
    return number


@in_kernels(take)
def _typed_take(typing: Any, counter: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.atomic_rmw("add", args[0], ir.Constant(ir.IntType(64), 1), "monotonic")

    return signature(types.int64, counter), emit


Rows = Any
"""Address of rows of lanes; ``rows[r * lanes_of(rows) + lane]`` reads or writes one number."""


def _width(bits: int, together: int) -> int:
    """Lanes of a row, for numbers of so many bits and so many patterns taken together."""
    return LANES if together < 4 else 2 * REGISTER // bits


def rows(array: NDArray[Any], together: tuple[int, ...]) -> Rows:
    """Rows from the first element of a contiguous array on, as wide as suits so many patterns together. To be called in the
    kernel itself: it also aligns the kernel's stack, where lanes would lie across two cache lines each, or not, as chance
    has it (the same kernel took 4.8 or 5.6 ns, from one process to the next)."""
    return RowsInPython(array.reshape(-1), _width(8 * array.itemsize, len(together)))


@in_kernels(rows)
def _typed_rows(typing: Any, array: Any, together: Any) -> Any:
    lanes = LanesType(array.dtype, _width(array.dtype.bitwidth, len(together)))

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.function.attributes.add("nounwind")  # without another attribute the next one is not written
        builder.function.attributes.alignstack = REGISTER // 8
        return context.make_array(array)(context, builder, args[0]).data

    return signature(RowsType(lanes), array, together), emit


def below(rows: Rows, row: int) -> Rows:
    """The rows from ``row`` on."""
    return RowsInPython(rows.numbers[row * rows.lanes :], rows.lanes)


def _row(builder: Any, data: Any, row: Any, lanes: LanesType) -> Any:
    """Address of lane 0 of a row."""
    return builder.gep(data, [builder.mul(row, ir.Constant(row.type, lanes.count))])


@in_kernels(below)
def _typed_below(typing: Any, rows: Any, row: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _row(builder, args[0], args[1], rows.lanes)

    return signature(rows, rows, types.intp), emit


def lanes_of(rows: Rows) -> int:
    """How many lanes a row has."""
    return cast(int, rows.lanes)


@in_kernels(lanes_of)
def _typed_lanes_of(typing: Any, rows: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(ir.IntType(64), rows.lanes.count)

    return signature(types.int64, rows), emit


def load(rows: Rows, row: int) -> float:
    """The lanes of a row."""
    return cast(float, rows.numbers[row * rows.lanes :][: rows.lanes].copy())


@in_kernels(load)
def _typed_load(typing: Any, rows: Any, row: Any) -> Any:
    lanes = rows.lanes

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(builder.bitcast(_row(builder, args[0], args[1], lanes), lanes.vector.as_pointer()))
        value.align = lanes.bits // 8
        return value

    return signature(lanes, rows, types.intp), emit


def store(rows: Rows, row: int, value: float) -> None:
    """Write lanes, or one number in every lane, to a row."""
    rows.numbers[row * rows.lanes :][: rows.lanes] = value


@in_kernels(store)
def _typed_store(typing: Any, rows: Any, row: Any, value: Any) -> Any:
    lanes = rows.lanes

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = as_vector(context, builder, args[2], sig.args[2], lanes)
        address = builder.bitcast(_row(builder, args[0], args[1], lanes), lanes.vector.as_pointer())
        builder.store(vector, address).align = lanes.bits // 8
        return context.get_dummy_value()

    if isinstance(value, LanesType) and value != lanes:
        return None
    return signature(types.void, rows, types.intp, value), emit


def same(rows: Rows, number: float) -> float:
    """A row as wide as these with one number in every lane."""
    return cast(float, np.full(rows.lanes, number, rows.numbers.dtype))


@in_kernels(same)
def _typed_same(typing: Any, rows: Any, number: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return as_vector(context, builder, args[1], types.float64, rows.lanes)

    return signature(rows.lanes, rows, types.float64), emit
