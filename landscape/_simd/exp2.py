"""Powers of two by sixteenths, from a table held in registers.

With ``2**(n / 16)`` from a table, what is left of an exponential's argument is a sixteenth as large, and its polynomial has
five coefficients instead of ten: trainings of sigmoid units take 18 percent less time. AVX-512 picks eight words out of
sixteen in one instruction; elsewhere lanes are looked up one by one in memory, which takes about as long as the longer
polynomial. The bits are the same.

Each entry comes in two parts, the rounded one and what that lacks, as in P. T. P. Tang, "Table-driven implementation of the
exponential function in IEEE floating-point arithmetic", ACM Transactions on Mathematical Software 15 (1989).
"""

from typing import Any, NamedTuple, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.typing.templates import signature
from numpy.typing import NDArray

from landscape._simd.jit import in_kernels
from landscape._simd.lane_types import REGISTER, LanesType

SIXTEENTHS = (
    1.0, 1.0442737824274138, 1.0905077326652577, 1.1387886347566916,
    1.189207115002721, 1.241857812073484, 1.2968395546510096, 1.3542555469368927,
    1.4142135623730951, 1.4768261459394993, 1.5422108254079407, 1.6104903319492543,
    1.681792830507429, 1.7562521603732995, 1.8340080864093424, 1.9152065613971474,
)  # fmt: skip
"""``2**(i / 16)``, rounded."""
LACKS = (
    0.0, 8.189317638195515e-17, -2.7939114859515733e-17, 7.826573258636076e-17,
    3.3484623336251524e-17, 3.750854201303127e-17, 1.9572585293112036e-17, 5.68648095791174e-17,
    -6.835808657661922e-17, -2.3591094770850053e-17, 5.1548301170786783e-17, 1.5341410053603723e-17,
    4.875160526227062e-17, 1.685487290628973e-17, 1.790126907604513e-17, -5.545065618639427e-17,
)  # fmt: skip
"""Relative error of these: ``2**(i / 16) / SIXTEENTHS[i] - 1``."""


class _Table(NamedTuple):
    """Sixteen words of a precision, and a name for them in memory."""

    name: str
    words: NDArray[np.signedinteger[Any]]

    @property
    def constants(self) -> list[Any]:
        """The words as LLVM sees them."""
        return [ir.Constant(ir.IntType(8 * self.words.itemsize), int(word)) for word in self.words]


class _Format:
    """A precision: its word, where ``n`` goes in a power's representation, so that the last four bits of n come to lie in
    the mantissa, and tables of what is then to be added and of what the power lacks."""

    def __init__(self, number: type[np.floating[Any]], word: type[np.signedinteger[Any]]) -> None:
        rounded = np.array(SIXTEENTHS, number)
        lacks = (SIXTEENTHS - rounded.astype(np.float64) + np.multiply(SIXTEENTHS, LACKS)) / rounded
        self.number, self.word, self.places = number, word, np.finfo(number).nmant - 4
        added = rounded.view(word) - rounded[:1].view(word) - (np.arange(16, dtype=word) << self.places)
        self.added = _Table(f"exp2.added.{8 * rounded.itemsize}", added)
        self.lacks = _Table(f"exp2.lacks.{8 * rounded.itemsize}", lacks.astype(number).view(word))


_DOUBLE, _SINGLE = _Format(np.float64, np.int64), _Format(np.float32, np.int32)


def exp2(x: float) -> tuple[float, float]:
    """``2**(n / 16)``, rounded, and what it lacks as a part of itself, where the representation of x ends with n plus
    sixteen times the bias of an exponent. Where n is sixteen times the negative bias, it is 0."""
    wide = isinstance(x, np.ndarray)
    of = _SINGLE if wide and np.asarray(x).dtype == np.float32 else _DOUBLE
    n = np.array(x, of.number, ndmin=1).view(of.word)
    power, lack = (n << of.places) + of.added.words[n & 15], of.lacks.words[n & 15]
    found = [words.view(of.number) for words in (power, lack)]
    return cast(tuple[float, float], tuple(numbers if wide else float(numbers[0]) for numbers in found))


_PLACE = ir.IntType(32)


def _in_memory(builder: Any, table: _Table, index: Any) -> Any:
    """The entry that the last four bits of a word name."""
    kind = ir.ArrayType(index.type, len(table.words))
    held = builder.module.globals.get(table.name)
    if held is None:
        held = ir.GlobalVariable(builder.module, kind, table.name)
        held.initializer, held.global_constant, held.linkage = ir.Constant(kind, table.constants), True, "internal"
    return builder.load(builder.gep(held, [ir.Constant(_PLACE, 0), builder.and_(index, ir.Constant(index.type, 15))]))


def _one_by_one(builder: Any, table: _Table, index: Any) -> Any:
    """The entries that a vector of words names."""
    found = ir.Constant(index.type, ir.Undefined)
    for lane in range(index.type.count):
        place = ir.Constant(_PLACE, lane)
        found = builder.insert_element(found, _in_memory(builder, table, builder.extract_element(index, place)), place)
    return found


def _in_registers(builder: Any, table: _Table, index: Any) -> Any:
    """The same with AVX-512, which looks at the last four bits of its own accord."""
    size = REGISTER // index.type.element.width
    register, twice = ir.VectorType(index.type.element, size), 2 * size
    halves = [ir.Constant(register, table.constants[first : first + size]) for first in range(0, len(table.words), size)]
    name = "llvm.x86.avx512." + ("permvar.si.512" if len(halves) == 1 else "vpermi2var.q.512")
    kind = ir.FunctionType(register, [register] * (1 + len(halves)))
    look_up = get_or_insert_function(builder.module, kind, name)
    parts = []
    for first in range(0, index.type.count, size):
        part = _shuffled(builder, index, index, range(first, first + size))
        parts.append(builder.call(look_up, [halves[0], part, *halves[1:]]))
    while len(parts) > 1:
        parts = [_shuffled(builder, *pair, range(twice)) for pair in zip(parts[::2], parts[1::2], strict=True)]
        twice *= 2
    return parts[0]


def _shuffled(builder: Any, low: Any, high: Any, places: range) -> Any:
    return builder.shuffle_vector(low, high, ir.Constant(ir.VectorType(_PLACE, len(places)), list(places)))


@in_kernels(exp2)
def _typed_exp2(typing: Any, x: Any) -> Any:
    wide = isinstance(x, LanesType)
    of = _SINGLE if wide and x.number == types.float32 else _DOUBLE
    result = types.UniTuple(x, 2)

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        if not wide:
            look_up = _in_memory
        elif "+avx512f" in context.codegen().magic_tuple()[2]:
            look_up = _in_registers
        else:
            look_up = _one_by_one
        word = ir.IntType(8 * np.dtype(of.word).itemsize)
        kind = ir.VectorType(word, x.count) if wide else word
        n = builder.bitcast(args[0], kind)
        moved = builder.shl(n, ir.Constant(kind, [of.places] * x.count if wide else of.places))
        found = builder.add(moved, look_up(builder, of.added, n)), look_up(builder, of.lacks, n)
        return context.make_tuple(builder, result, [builder.bitcast(words, args[0].type) for words in found])

    return signature(result, x), emit
