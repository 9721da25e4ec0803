"""Thirty-two runs side by side: a vector type for Numba.

``Lanes`` holds ``LANES`` numbers, float64 or float32, one of each of thirty-two runs. Arithmetic on it, comparison,
``where``, ``fma`` and a few more lower straight to LLVM vector instructions, so vector code is a matter of course and not of
luck with the loop vectoriser. (The same kernel written as loops over arrays fell back to scalar code, four times slower and
without a word, whenever an alias check failed.) Four registers of eight hide the latency of each other's arithmetic and
share the loads of constants: on an AVX-512 machine, 8, 16, 32 and 64 lanes took 28, 21, 18 and 21 ns per run and epoch on
one thread (2-2-1, sigmoid). Narrower machines split the same instructions, with the same bits. In float32, 32 lanes are two
registers and 64 four: both took 3.6 ns on two threads, 8.8 in float64 (with eight hidden units 11.2 and 10.6, instead of
25).

A function written with these operations serves one number (float64) and thirty-two alike; the annotations say ``float``.
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

from landscape._jit import F, inline

LANES = 32

_DOUBLE = ir.DoubleType()
_BITS = ir.VectorType(ir.IntType(1), LANES)


class LanesType(types.Type):
    """Thirty-two numbers of one type, float64 or float32."""

    def __init__(self, number: types.Float, element: ir.Type, digits: int) -> None:
        super().__init__(name=f"Lanes({number})")
        self.number, self.vector = number, ir.VectorType(element, LANES)
        self.bits, self.digits = number.bitwidth, digits  # of its representation, and below the point of its mantissa


class MaskType(types.Type):
    """Thirty-two truth values, the outcome of a comparison."""

    def __init__(self) -> None:
        super().__init__(name="Mask")


_LANES_OF = {
    types.float64: LanesType(types.float64, _DOUBLE, 52),
    types.float32: LanesType(types.float32, ir.FloatType(), 23),
}
_mask = MaskType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, kind.vector)


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BITS)


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
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def _operator(op: Any, emit: Callable[[Any, Any, Any], Any], compares: bool = False) -> None:
    """Teach Numba ``lanes op lanes``, ``lanes op number`` and ``number op lanes``."""

    @infer_global(op)
    class _Typing(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            numbers = (LanesType, types.Float, types.Integer)
            lanes = _lanes_among(args)
            if len(args) == 2 and lanes is not None and all(isinstance(kind, numbers) for kind in args):
                return signature(_mask if compares else lanes, *args)
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
        suffix = "f64" if lanes is None else f"v{LANES}f{lanes.bits}"

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


def _typed_shift_to_exponent(typing: Any, x: Any) -> Any:
    word, number, places = (
        (ir.VectorType(ir.IntType(x.bits), LANES), x.vector, [x.digits] * LANES)
        if isinstance(x, LanesType)
        else (ir.IntType(64), _DOUBLE, 52)
    )

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(builder.shl(builder.bitcast(args[0], word), ir.Constant(word, places)), number)

    return signature(x, x), emit


def _typed_any(typing: Any, mask: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(1), [_BITS])
        name = f"llvm.vector.reduce.or.v{LANES}i1"
        return builder.call(get_or_insert_function(builder.module, kind, name), args)

    return signature(types.boolean, mask), emit


def _typed_same(typing: Any, buffer: Any, number: Any) -> Any:
    lanes = _LANES_OF[buffer.dtype]

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_vector(context, builder, args[1], types.float64, lanes)

    return signature(lanes, buffer, types.float64), emit


def _typed_like(typing: Any, x: Any, number: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_vector(context, builder, args[1], types.float64, x) if isinstance(x, LanesType) else args[1]

    return signature(x, x, types.float64), emit


def _typed_pointer(typing: Any, array: Any, offset: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.gep(data, [args[1]])

    return signature(types.CPointer(array.dtype), array, types.intp), emit


def _row(builder: Any, data: Any, row: Any, lanes: LanesType) -> Any:
    """Address of lane 0 of a row."""
    first = builder.mul(row, ir.Constant(row.type, LANES))
    return builder.bitcast(builder.gep(data, [first]), lanes.vector.as_pointer())


def _typed_load(typing: Any, buffer: Any, row: Any) -> Any:
    lanes = _LANES_OF[buffer.dtype]

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(_row(builder, args[0], args[1], lanes))
        value.align = lanes.bits // 8
        return value

    return signature(lanes, buffer, types.intp), emit


def _typed_store(typing: Any, buffer: Any, row: Any, value: Any) -> Any:
    lanes = _LANES_OF[buffer.dtype]

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = _as_vector(context, builder, args[2], sig.args[2], lanes)
        builder.store(vector, _row(builder, args[0], args[1], lanes)).align = lanes.bits // 8
        return context.get_dummy_value()

    if isinstance(value, LanesType) and value != lanes:
        return None
    return signature(types.void, buffer, types.intp, value), emit


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
shift_to_exponent: Callable[[float], float] = intrinsic(_typed_shift_to_exponent)
"""The low twelve bits of a float64, or nine of a float32, moved into sign and exponent; the rest is zero."""
any_lane: Callable[[bool], bool] = intrinsic(_typed_any)
same: Callable[["Pointer", float], float] = intrinsic(_typed_same)
"""A row of that buffer with one number in every lane."""
like: Callable[[float, float], float] = intrinsic(_typed_like)
"""A number, once or in every lane: as often as the first argument holds one."""
Pointer = Any
"""Address of float64 or float32 numbers; ``pointer[i]`` reads or writes one. Kernels pass these to one another rather than
arrays: Numba counts references to an array at every call, also an inlined one, and that halved the trainer's speed."""
pointer: Callable[[Any, int], Pointer] = intrinsic(_typed_pointer)
"""Address of element ``offset`` of a contiguous array, which must be an argument of the kernel, so that it stays alive."""
load: Callable[[Pointer, int], float] = intrinsic(_typed_load)
"""Row ``row`` from there, that is the ``LANES`` numbers from ``row * LANES`` on."""
store: Callable[[Pointer, int, float], None] = intrinsic(_typed_store)
