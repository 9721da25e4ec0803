"""Numba types of lanes, masks and rows, and their operators; see ``lanes``."""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model

DOUBLE = ir.DoubleType()
_ELEMENTS = {types.float64: DOUBLE, types.float32: ir.FloatType()}
REGISTER = 512
"""Bits of the widest vector register."""


class LanesType(types.Type):
    """``count`` numbers of one type, float64 or float32."""

    def __init__(self, number: types.Float, count: int) -> None:
        super().__init__(name=f"Lanes({number}, {count})")
        self.number, self.count, self.vector = number, count, ir.VectorType(_ELEMENTS[number], count)
        self.bits = number.bitwidth


class MaskType(types.Type):
    """``count`` truth values, the result of a comparison."""

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


def lanes_among(kinds: Any) -> Any:
    """The lanes type among ``kinds``; None if there is none, or more than one."""
    found = {kind for kind in kinds if isinstance(kind, LanesType)}
    return found.pop() if len(found) == 1 else None


def as_vector(context: Any, builder: Any, value: Any, kind: Any, lanes: LanesType) -> Any:
    """Lanes as they are; a number rounded to the type of the lanes and repeated in every lane."""
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
            lanes = lanes_among(args)
            if len(args) == 2 and lanes is not None and all(isinstance(kind, numbers) for kind in args):
                return signature(MaskType(lanes.count) if compares else lanes, *args)
            return None

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        lanes = lanes_among(sig.args)
        left, right = (as_vector(context, builder, v, k, lanes) for v, k in zip(args, sig.args, strict=True))
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
