"""Runs side by side: a vector type for Numba.

``Lanes`` holds one number, float64 or float32, of each of sixteen or thirty-two runs. Arithmetic on it, comparison,
``where``, ``fma`` and a few more lower straight to LLVM vector instructions, so vector code is a matter of course and not of
luck with the loop vectoriser. (The same kernel written as loops over arrays fell back to scalar code, four times slower and
without a word, whenever an alias check failed.) Narrower machines split the same instructions, with the same bits.

How many lanes: eight registers of eight numbers at a time hide the latency of each other's arithmetic and share the loads of
constants. Where four patterns are taken together that is sixteen lanes, with two it is thirty-two; with a single one it is
thirty-two as well, in four registers (in float32 thirty-two throughout, in half as many).
Measured on one thread of a Zen 4 with AVX-512, ns per run and epoch, with 8, 16, 32 and 64 lanes: sigmoid 2-2-1 with four
patterns together 12.2, 10.4, 12.6 and 15.6, relu 7.5, 6.5, 7.8 and 9.4; online updates, one pattern after the other, 29, 18,
14 and 14.

A function written with these operations serves one number (float64) and many alike; the annotations say ``float``.
Lanes take their type from the buffer they are loaded from, and a number that meets them is rounded to it, so one source is
compiled for both types. Lanes of two types never meet: that does not compile.
"""

import operator
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from landscape._simd.jit import F, inline

LANES = 32
"""As many as a row has at most."""

_DOUBLE = ir.DoubleType()
_ELEMENTS = {types.float64: _DOUBLE, types.float32: ir.FloatType()}
REGISTER = 512
"""Bits of the widest there is."""


class LanesType(types.Type):
    """So many numbers of one type, float64 or float32."""

    def __init__(self, number: types.Float, count: int) -> None:
        super().__init__(name=f"Lanes({number}, {count})")
        self.number, self.count, self.vector = number, count, ir.VectorType(_ELEMENTS[number], count)
        self.bits = number.bitwidth


class MaskType(types.Type):
    """So many truth values, the outcome of a comparison."""

    def __init__(self, count: int) -> None:
        super().__init__(name=f"Mask({count})")
        self.vector = ir.VectorType(ir.IntType(1), count)
        self.count = count


class RowsType(types.CPointer):
    """Address of rows of lanes."""

    def __init__(self, lanes: LanesType) -> None:
        super().__init__(lanes.number)
        self.name, self.lanes = f"Rows({lanes})", lanes

    @property
    def key(self) -> Any:
        return self.lanes


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, kind.vector)


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, kind.vector)


register_model(RowsType)(models.PointerModel)


def _lanes_among(kinds: Any) -> Any:
    """The type of those that are lanes; None where none is, or where they are not of one type."""
    found = {kind for kind in kinds if isinstance(kind, LanesType)}
    return found.pop() if len(found) == 1 else None


def _as_vector(context: Any, builder: Any, value: Any, kind: Any, lanes: LanesType) -> Any:
    """The value itself, or one number, rounded to the type of the lanes, repeated in every lane."""
    if isinstance(kind, LanesType):
        return value
    number = context.cast(builder, value, kind, lanes.number)
    empty = ir.Constant(lanes.vector, ir.Undefined)
    first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), lanes.count), [0] * lanes.count))


def _operator(op: Any, emit: Callable[[Any, Any, Any], Any], compares: bool = False) -> None:
    """Teach Numba ``lanes op lanes``, ``lanes op number`` and ``number op lanes``."""

    @infer_global(op)
    class _Typing(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            numbers = (LanesType, types.Float, types.Integer)
            lanes = _lanes_among(args)
            if len(args) == 2 and lanes is not None and all(isinstance(kind, numbers) for kind in args):
                return signature(MaskType(lanes.count) if compares else lanes, *args)
            return None

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        lanes = _lanes_among(sig.args)
        left, right = (_as_vector(context, builder, v, k, lanes) for v, k in zip(args, sig.args, strict=True))
        return emit(builder, left, right)

    for number in (types.Float, types.Integer):
        lower_builtin(op, LanesType, number)(lower)
        lower_builtin(op, number, LanesType)(lower)
    lower_builtin(op, LanesType, LanesType)(lower)


_operator(operator.add, lambda builder, x, y: builder.fadd(x, y))
_operator(operator.sub, lambda builder, x, y: builder.fsub(x, y))
_operator(operator.mul, lambda builder, x, y: builder.fmul(x, y))
_operator(operator.truediv, lambda builder, x, y: builder.fdiv(x, y))
_operator(operator.lt, lambda builder, x, y: builder.fcmp_ordered("<", x, y), compares=True)
_operator(operator.le, lambda builder, x, y: builder.fcmp_ordered("<=", x, y), compares=True)
_operator(operator.gt, lambda builder, x, y: builder.fcmp_ordered(">", x, y), compares=True)
_operator(operator.ge, lambda builder, x, y: builder.fcmp_ordered(">=", x, y), compares=True)
_operator(operator.eq, lambda builder, x, y: builder.fcmp_ordered("==", x, y), compares=True)
_operator(operator.ne, lambda builder, x, y: builder.fcmp_unordered("!=", x, y), compares=True)


@infer_global(operator.or_)
class _Either(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(args[0], *args) if isinstance(args[0], MaskType) and args[0] == args[1] else None


@lower_builtin(operator.or_, MaskType, MaskType)
def _either(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.or_(*args)


@infer_global(operator.neg)
class _Negative(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(args[0], args[0]) if isinstance(args[0], LanesType) else None


@lower_builtin(operator.neg, LanesType)
def _negative(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


def _llvm(name: str, arity: int) -> Any:
    """An LLVM instruction of that name on numbers, or on lanes as soon as one argument is lanes."""

    def typed(kinds: Any) -> Any:
        lanes = _lanes_among(kinds)
        kind = _DOUBLE if lanes is None else lanes.vector
        suffix = "f64" if lanes is None else f"v{lanes.count}f{lanes.bits}"

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            if lanes is not None:
                args = [_as_vector(context, builder, v, k, lanes) for v, k in zip(args, sig.args, strict=True)]
            function = ir.FunctionType(kind, [kind] * arity)
            return builder.call(get_or_insert_function(builder.module, function, f"llvm.{name}.{suffix}"), args)

        result = types.float64 if lanes is None else lanes
        return signature(result, *(k if isinstance(k, LanesType) else types.float64 for k in kinds)), emit

    return typed


_fma, _fabs, _sqrt = _llvm("fma", 3), _llvm("fabs", 1), _llvm("sqrt", 1)


def _typed_fma(typing: Any, x: Any, y: Any, z: Any) -> Any:
    return _fma((x, y, z))


def _typed_fabs(typing: Any, x: Any) -> Any:
    return _fabs((x,))


def _typed_sqrt(typing: Any, x: Any) -> Any:
    return _sqrt((x,))


def _typed_where(typing: Any, condition: Any, x: Any, y: Any) -> Any:
    wide = isinstance(condition, MaskType)
    lanes = _lanes_among((x, y))

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if wide:
            x, y = (_as_vector(context, builder, v, k, lanes) for v, k in zip(args[1:], sig.args[1:], strict=True))
            return builder.select(args[0], x, y)
        return builder.select(args[0], args[1], args[2])

    if wide:
        return (signature(lanes, condition, x, y), emit) if lanes is not None else None
    return signature(types.float64, types.boolean, types.float64, types.float64), emit


def _typed_any(typing: Any, mask: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(1), [mask.vector])
        name = f"llvm.vector.reduce.or.v{mask.count}i1"
        return builder.call(get_or_insert_function(builder.module, kind, name), args)

    return signature(types.boolean, mask), emit


def _typed_same(typing: Any, rows: Any, number: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_vector(context, builder, args[1], types.float64, rows.lanes)

    return signature(rows.lanes, rows, types.float64), emit


def _typed_like(typing: Any, x: Any, number: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_vector(context, builder, args[1], types.float64, x) if isinstance(x, LanesType) else args[1]

    return signature(x, x, types.float64), emit


def _typed_pointer(typing: Any, array: Any, offset: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.gep(data, [args[1]])

    return signature(types.CPointer(array.dtype), array, types.intp), emit


def _typed_rows(typing: Any, array: Any, together: Any) -> Any:
    lanes = LanesType(array.dtype, LANES if len(together) < 4 else 2 * REGISTER // array.dtype.bitwidth)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.function.attributes.add("nounwind")  # without another attribute the next one is not written
        builder.function.attributes.alignstack = REGISTER // 8
        return context.make_array(array)(context, builder, args[0]).data

    return signature(RowsType(lanes), array, together), emit


def _typed_take(typing: Any, counter: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.atomic_rmw("add", args[0], ir.Constant(ir.IntType(64), 1), "monotonic")

    return signature(types.int64, counter), emit


def _row(builder: Any, data: Any, row: Any, lanes: LanesType) -> Any:
    """Address of lane 0 of a row."""
    return builder.gep(data, [builder.mul(row, ir.Constant(row.type, lanes.count))])


def _typed_below(typing: Any, rows: Any, row: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _row(builder, args[0], args[1], rows.lanes)

    return signature(rows, rows, types.intp), emit


def _typed_lanes_of(typing: Any, rows: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(ir.IntType(64), rows.lanes.count)

    return signature(types.int64, rows), emit


def _typed_load(typing: Any, rows: Any, row: Any) -> Any:
    lanes = rows.lanes

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(builder.bitcast(_row(builder, args[0], args[1], lanes), lanes.vector.as_pointer()))
        value.align = lanes.bits // 8
        return value

    return signature(lanes, rows, types.intp), emit


def _typed_store(typing: Any, rows: Any, row: Any, value: Any) -> Any:
    lanes = rows.lanes

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = _as_vector(context, builder, args[2], sig.args[2], lanes)
        address = builder.bitcast(_row(builder, args[0], args[1], lanes), lanes.vector.as_pointer())
        builder.store(vector, address).align = lanes.bits // 8
        return context.get_dummy_value()

    if isinstance(value, LanesType) and value != lanes:
        return None
    return signature(types.void, rows, types.intp, value), emit


def by_precision(double: F, single: F) -> F:
    """One function of one argument out of two: on float32 lanes the second, else the first, chosen when a kernel is
    compiled."""
    compiled = {types.float64: inline(double), types.float32: inline(single)}

    def choose(typing: Any, x: Any) -> Any:
        kind = numba.typeof(compiled[x.number if isinstance(x, LanesType) else types.float64])
        chosen = typing.resolve_function_type(kind, (x,), {})

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return context.get_function(kind, chosen)(builder, args)

        return signature(chosen.return_type, x), emit

    made: F = intrinsic(choose)
    return made


fma: Callable[[float, float, float], float] = intrinsic(_typed_fma)
"""``x * y + z`` with one rounding, on every machine."""
fabs: Callable[[float], float] = intrinsic(_typed_fabs)
sqrt: Callable[[float], float] = intrinsic(_typed_sqrt)
where: Callable[[bool, float, float], float] = intrinsic(_typed_where)
"""``x`` where the condition holds, else ``y``; both are computed."""
any_lane: Callable[[bool], bool] = intrinsic(_typed_any)
like: Callable[[float, float], float] = intrinsic(_typed_like)
"""A number, once or in every lane: as often as the first argument holds one."""
Pointer = Any
"""Address of float64 or float32 numbers; ``pointer[i]`` reads or writes one. Kernels pass these to one another rather than
arrays: Numba counts references to an array at every call, also an inlined one, and that halved the trainer's speed."""
pointer: Callable[[Any, int], Pointer] = intrinsic(_typed_pointer)
"""Address of element ``offset`` of a contiguous array, which must be an argument of the kernel, so that it stays alive."""
take: Callable[[Pointer], int] = intrinsic(_typed_take)
"""The counter (int64) at that address, which is then one more; threads that count together never take the same number."""
Rows = Any
"""Address of rows of lanes; ``rows[r * lanes_of(rows) + lane]`` reads or writes one number."""
rows: Callable[[Any, tuple[int, ...]], Rows] = intrinsic(_typed_rows)
"""Rows from the first element of a contiguous array on, as wide as suits so many patterns together. To be called in the
kernel itself: it also aligns the kernel's stack, where lanes would lie across two cache lines each, or not, as chance has
it (the same kernel took 4.8 or 5.6 ns, from one process to the next)."""
below: Callable[[Rows, int], Rows] = intrinsic(_typed_below)
"""Rows from that one on."""
lanes_of: Callable[[Rows], int] = intrinsic(_typed_lanes_of)
"""How many lanes a row has."""
load: Callable[[Rows, int], float] = intrinsic(_typed_load)
store: Callable[[Rows, int, float], None] = intrinsic(_typed_store)
same: Callable[[Rows, float], float] = intrinsic(_typed_same)
"""A row as wide as these with one number in every lane."""
