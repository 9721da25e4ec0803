"""Registered functions, which kernels call by their address because they were compiled without them.

A function ``(x, leak)`` that returns three numbers is compiled for each type of lanes. A table holds the addresses of the
results, and the address of the table is the function's code in kernels. A call passes its arguments through memory and is
not inlined: with tanh and gelu called this way trainings took 1.05 to 1.2 times as long, alternated.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core.cgutils import alloca_once
from numba.core.errors import NumbaError, UnsupportedBytecodeError
from numba.core.typing.templates import signature

from landscape._simd.jit import in_kernels, inline
from landscape._simd.lane_types import LanesType, RowsType
from landscape._simd.lanes import load, store

Three = tuple[float, float, float]

WIDE = [LanesType(types.float64, 16), LanesType(types.float64, 32), LanesType(types.float32, 32)]
"""Every type of lanes that kernels use, in the order of a table; a single number comes after them."""
_called: dict[int, tuple[Callable[[float, float], Three], Any, list[Any]]] = {}
"""By code: the Python function; the table and what it points to, which must not be freed."""


def code_of(function: Callable[[float, float], Three]) -> int:
    """Compile a function for calls by address; its code. It takes a second or two."""
    inline(function)

    def on_rows(x: Any, value: Any, slope: Any, curvature: Any, leak: float) -> None:
        first, second, third = function(load(x, 0), leak)
        store(value, 0, first)
        store(slope, 0, second)
        store(curvature, 0, third)

    def on_number(x: Any, value: Any, slope: Any, curvature: Any, leak: float) -> None:
        value[0], slope[0], curvature[0] = function(x[0], leak)

    made = []
    for kind in [*map(RowsType, WIDE), types.CPointer(types.float64)]:
        how = on_rows if isinstance(kind, RowsType) else on_number
        try:
            made.append(numba.cfunc(types.void(kind, kind, kind, kind, types.float64), error_model="numpy")(how))
        except (NumbaError, UnsupportedBytecodeError) as error:
            why = [line for line in str(error).splitlines() if "Error" in line or "write" in line][-1:] or [str(error)]
            raise ValueError(
                f"{function.__name__} cannot be compiled for kernels ({why[0].strip()}); write it with sums, products, "
                "quotients, comparisons and what landscape.lanes offers"
            ) from error
    table = np.array([each.address for each in made], np.uint64)
    code = int(table.ctypes.data)
    _called[code] = function, table, made
    return code


def by_address(code: int, x: float, leak: float) -> Three:
    """The function with this code, called at x."""
    return _called[code][0](x, leak)


@in_kernels(by_address)
def _typed_by_address(typing: Any, code: Any, x: Any, leak: Any) -> Any:
    wide = isinstance(x, LanesType)
    place = WIDE.index(x) if wide else len(WIDE)

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        word, double = ir.IntType(64), ir.DoubleType()
        kind = x.vector if wide else double
        number = kind.element if wide else double
        table = builder.inttoptr(values[0], word.as_pointer())
        address = builder.load(builder.gep(table, [ir.Constant(word, place)]))
        pointer = number.as_pointer()
        function = ir.FunctionType(ir.VoidType(), [pointer, pointer, pointer, pointer, double])
        slots = [alloca_once(builder, kind) for _ in range(4)]
        for slot in slots:
            slot.align = 64
        builder.store(values[1], slots[0])
        given = [builder.bitcast(slot, pointer) for slot in slots]
        builder.call(
            builder.inttoptr(address, function.as_pointer()), [*given, context.cast(builder, values[2], leak, types.float64)]
        )
        return context.make_tuple(builder, sig.return_type, [builder.load(slot) for slot in slots[1:]])

    return signature(types.UniTuple(x, 3), code, x, leak), emit
