"""Thirty-two runs side by side: a vector type for Numba.

``Lanes`` holds ``LANES`` float64 numbers, one of each of thirty-two runs. Arithmetic on it, comparison, ``where``, ``fma``
and a few more lower straight to LLVM vector instructions, so vector code is a matter of course and not of luck with the
loop vectoriser. (The same kernel written as loops over arrays fell back to scalar code, four times slower and without a
word, whenever an alias check failed.) Four registers of eight hide the latency of each other's arithmetic and share the
loads of constants: on an AVX-512 machine, 8, 16, 32 and 64 lanes took 28, 21, 18 and 21 ns per run and epoch on one thread
(2-2-1, sigmoid). Narrower machines split the same instructions, with the same bits.

A function written with these operations serves one number (float64) and thirty-two alike; the annotations say ``float``.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 32

_DOUBLE = ir.DoubleType()
_WORD = ir.IntType(64)
_VECTOR = ir.VectorType(_DOUBLE, LANES)
_BITS = ir.VectorType(ir.IntType(1), LANES)


class LanesType(types.Type):
    """Thirty-two float64 numbers."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")


class MaskType(types.Type):
    """Thirty-two truth values, the outcome of a comparison."""

    def __init__(self) -> None:
        super().__init__(name="Mask")


_lanes, _mask = LanesType(), MaskType()


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BITS)


def _is_lanes(*kinds: Any) -> bool:
    return any(isinstance(kind, LanesType) for kind in kinds)


def _as_vector(context: Any, builder: Any, value: Any, kind: Any) -> Any:
    """The value itself, or one number repeated in every lane."""
    if isinstance(kind, LanesType):
        return value
    number = context.cast(builder, value, kind, types.float64)
    empty = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def _operator(op: Any, result: Any, emit: Callable[[Any, Any, Any], Any]) -> None:
    """Teach Numba ``lanes op lanes``, ``lanes op number`` and ``number op lanes``."""

    @infer_global(op)
    class _Typing(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            numbers = (LanesType, types.Float, types.Integer)
            if len(args) == 2 and _is_lanes(*args) and all(isinstance(kind, numbers) for kind in args):
                return signature(result, *args)
            return None

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left, right = (_as_vector(context, builder, v, k) for v, k in zip(args, sig.args, strict=True))
        return emit(builder, left, right)

    for number in (types.Float, types.Integer):
        lower_builtin(op, LanesType, number)(lower)
        lower_builtin(op, number, LanesType)(lower)
    lower_builtin(op, LanesType, LanesType)(lower)


_operator(operator.add, _lanes, lambda builder, x, y: builder.fadd(x, y))
_operator(operator.sub, _lanes, lambda builder, x, y: builder.fsub(x, y))
_operator(operator.mul, _lanes, lambda builder, x, y: builder.fmul(x, y))
_operator(operator.truediv, _lanes, lambda builder, x, y: builder.fdiv(x, y))
_operator(operator.lt, _mask, lambda builder, x, y: builder.fcmp_ordered("<", x, y))
_operator(operator.le, _mask, lambda builder, x, y: builder.fcmp_ordered("<=", x, y))
_operator(operator.gt, _mask, lambda builder, x, y: builder.fcmp_ordered(">", x, y))
_operator(operator.ge, _mask, lambda builder, x, y: builder.fcmp_ordered(">=", x, y))
_operator(operator.eq, _mask, lambda builder, x, y: builder.fcmp_ordered("==", x, y))
_operator(operator.ne, _mask, lambda builder, x, y: builder.fcmp_unordered("!=", x, y))


@infer_global(operator.neg)
class _Negative(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(_lanes, _lanes) if _is_lanes(*args) else None


@lower_builtin(operator.neg, LanesType)
def _negative(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


def _llvm(name: str, arity: int) -> Any:
    """An LLVM instruction of that name on numbers, or on lanes as soon as one argument is lanes."""

    def typed(kinds: Any) -> Any:
        wide = _is_lanes(*kinds)
        kind = _VECTOR if wide else _DOUBLE
        suffix = f"v{LANES}f64" if wide else "f64"

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            values = [_as_vector(context, builder, v, k) for v, k in zip(args, sig.args, strict=True)] if wide else args
            function = ir.FunctionType(kind, [kind] * arity)
            return builder.call(get_or_insert_function(builder.module, function, f"llvm.{name}.{suffix}"), values)

        result = _lanes if wide else types.float64
        return signature(result, *(k if _is_lanes(k) else types.float64 for k in kinds)), emit

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

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if wide:
            x, y = (_as_vector(context, builder, v, k) for v, k in zip(args[1:], sig.args[1:], strict=True))
            return builder.select(args[0], x, y)
        return builder.select(args[0], args[1], args[2])

    if wide:
        return signature(_lanes, condition, x, y), emit
    return signature(types.float64, types.boolean, types.float64, types.float64), emit


def _typed_shift_to_exponent(typing: Any, x: Any) -> Any:
    wide = _is_lanes(x)
    word, double = (ir.VectorType(_WORD, LANES), _VECTOR) if wide else (_WORD, _DOUBLE)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        places = ir.Constant(word, [52] * LANES if wide else 52)
        return builder.bitcast(builder.shl(builder.bitcast(args[0], word), places), double)

    return signature(x, x), emit


def _typed_any(typing: Any, mask: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(1), [_BITS])
        name = f"llvm.vector.reduce.or.v{LANES}i1"
        return builder.call(get_or_insert_function(builder.module, kind, name), args)

    return signature(types.boolean, mask), emit


def _typed_same(typing: Any, number: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_vector(context, builder, args[0], sig.args[0])

    return signature(_lanes, types.float64), emit


def _typed_like(typing: Any, x: Any, number: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_vector(context, builder, args[1], types.float64) if _is_lanes(x) else args[1]

    return signature(x, x, types.float64), emit


_pointer = types.CPointer(types.float64)


def _typed_pointer(typing: Any, array: Any, offset: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.gep(data, [args[1]])

    return signature(_pointer, array, types.intp), emit


def _row(builder: Any, data: Any, row: Any) -> Any:
    """Address of lane 0 of a row."""
    first = builder.mul(row, ir.Constant(row.type, LANES))
    return builder.bitcast(builder.gep(data, [first]), _VECTOR.as_pointer())


def _typed_load(typing: Any, buffer: Any, row: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = builder.load(_row(builder, args[0], args[1]))
        value.align = 8
        return value

    return signature(_lanes, _pointer, types.intp), emit


def _typed_store(typing: Any, buffer: Any, row: Any, value: Any) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = _as_vector(context, builder, args[2], sig.args[2])
        builder.store(vector, _row(builder, args[0], args[1])).align = 8
        return context.get_dummy_value()

    return signature(types.void, _pointer, types.intp, value), emit


fma: Callable[[float, float, float], float] = intrinsic(_typed_fma)
"""``x * y + z`` with one rounding, on every machine."""
fabs: Callable[[float], float] = intrinsic(_typed_fabs)
sqrt: Callable[[float], float] = intrinsic(_typed_sqrt)
where: Callable[[bool, float, float], float] = intrinsic(_typed_where)
"""``x`` where the condition holds, else ``y``; both are computed."""
shift_to_exponent: Callable[[float], float] = intrinsic(_typed_shift_to_exponent)
"""The low twelve bits of a number's representation, moved into sign and exponent; the rest is zero."""
any_lane: Callable[[bool], bool] = intrinsic(_typed_any)
same: Callable[[float], float] = intrinsic(_typed_same)
"""One number in every lane."""
like: Callable[[float, float], float] = intrinsic(_typed_like)
"""A number, once or in every lane: as often as the first argument holds one."""
Pointer = Any
"""Address of float64 numbers; ``pointer[i]`` reads or writes one. Kernels pass these to one another rather than arrays:
Numba counts references to an array at every call, also an inlined one, and that halved the trainer's speed."""
pointer: Callable[[Any, int], Pointer] = intrinsic(_typed_pointer)
"""Address of element ``offset`` of a contiguous array, which must be an argument of the kernel, so that it stays alive."""
load: Callable[[Pointer, int], float] = intrinsic(_typed_load)
"""Row ``row`` from there, that is the ``LANES`` numbers from ``row * LANES`` on."""
store: Callable[[Pointer, int, float], None] = intrinsic(_typed_store)
