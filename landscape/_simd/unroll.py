"""Calls that are written out when a kernel is compiled: one function out of a table, and one function for each item of a
tuple.

The compiler keeps a loop over patterns or a choice between functions as it finds it, a jump for each turn. Written out, the
calls for several patterns stand side by side, wait for each other's results in the same time, and jump once.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.typing import signature
from numba.extending import intrinsic

from landscape._simd.jit import inline


def _walked(kind: Any) -> bool:
    """Whether a type is a tuple to be walked; a named tuple is one thing."""
    return isinstance(kind, types.BaseTuple) and not isinstance(kind, types.BaseNamedTuple)


class _Calls:
    """The calls of one function, one for each item of the tuples among its arguments, or a single one where none is."""

    def __init__(self, typing: Any, function: Any, kinds: Any) -> None:
        counts = {len(kind) for kind in kinds if _walked(kind)}
        if len(counts) > 1:
            raise TypingError(f"tuples walked together must have one length; these have {sorted(counts)}")
        if any(_walked(kind) and not (isinstance(kind, types.UniTuple) and len(kind)) for kind in kinds):
            raise TypingError(f"a tuple to be walked has items, all of one type; these are {kinds}")
        self.function, self.kinds, self.count = function, kinds, counts.pop() if counts else None
        self.chosen = typing.resolve_function_type(function, tuple(kind[0] if _walked(kind) else kind for kind in kinds), {})
        if self.chosen is None:
            raise TypingError(f"{function} cannot be called with {kinds}")

    def one(self, context: Any, builder: Any, values: Any, item: int = 0) -> Any:
        """The call for one item."""
        given = []
        for value, kind, asked in zip(values, self.kinds, self.chosen.args, strict=True):
            if _walked(kind):
                value, kind = builder.extract_value(value, item), kind[item]
            given.append(context.cast(builder, value, kind, asked))
        return context.get_function(self.function, self.chosen)(builder, given)

    @property
    def result(self) -> Any:
        """Type of what ``all`` returns."""
        one = self.chosen.return_type
        if self.count is None or one == types.none:
            return one
        return (
            types.Tuple([types.UniTuple(kind, self.count) for kind in one])
            if _walked(one)
            else types.UniTuple(one, self.count)
        )

    def all(self, context: Any, builder: Any, values: Any) -> Any:
        """Every call in turn, and their results, item by item, as one tuple or, where there are several, as several."""
        if self.count is None:
            return self.one(context, builder, values)
        found = [self.one(context, builder, values, item) for item in range(self.count)]
        if self.result == types.none:
            return context.get_dummy_value()
        if not _walked(self.chosen.return_type):
            return context.make_tuple(builder, self.result, found)
        columns = [
            context.make_tuple(builder, kind, [builder.extract_value(row, place) for row in found])
            for place, kind in enumerate(self.result)
        ]
        return context.make_tuple(builder, self.result, columns)


def _typed_each(typing: Any, function: Any, *kinds: Any) -> Any:
    calls = _Calls(typing, function, kinds)

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return calls.all(context, builder, cgutils.unpack_tuple(builder, values[1], len(kinds)))

    return signature(calls.result, function, types.StarArgTuple.from_types(kinds)), emit


def _typed_fold(typing: Any, function: Any, start: Any, *kinds: Any) -> Any:
    calls = _Calls(typing, function, (*kinds, start))
    if calls.count is None:
        raise TypingError(f"nothing to fold among {kinds}")
    items = range(calls.count)

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        total, given = values[1], cgutils.unpack_tuple(builder, values[2], len(kinds))
        for item in items:
            total = calls.one(context, builder, [*given, total], item)
        return total

    return signature(calls.chosen.return_type, function, start, types.StarArgTuple.from_types(kinds)), emit


def _typed_either(typing: Any, items: Any, function: Any, otherwise: Any, *kinds: Any) -> Any:
    called = function if len(items) else otherwise
    chosen = typing.resolve_function_type(called, kinds, {})
    if chosen is None:
        raise TypingError(f"{called} cannot be called with {kinds}")

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        given = cgutils.unpack_tuple(builder, values[3], len(kinds))
        cast = [context.cast(builder, v, kind, asked) for v, kind, asked in zip(given, kinds, chosen.args, strict=True)]
        return context.get_function(called, chosen)(builder, cast)

    return signature(chosen.return_type, items, function, otherwise, types.StarArgTuple.from_types(kinds)), emit


def _typed_repeat(typing: Any, value: Any, items: Any) -> Any:
    result = types.UniTuple(value, len(items))

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return context.make_tuple(builder, result, [values[0]] * len(items))

    return signature(result, value, items), emit


def _typed_consecutive(typing: Any, first: Any, items: Any) -> Any:
    result = types.UniTuple(types.int64, len(items))

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        numbers = [builder.add(values[0], ir.Constant(ir.IntType(64), item)) for item in range(len(items))]
        return context.make_tuple(builder, result, numbers)

    return signature(result, types.int64, items), emit


each: Callable[..., Any] = intrinsic(_typed_each)
"""``each(function, *args)`` calls the function for every item of the tuples among its arguments; what is not a tuple is the
same in every call. It returns the tuple of results, or several tuples where the function returns several numbers."""
fold: Callable[..., Any] = intrinsic(_typed_fold)
"""``fold(function, start, *args)``: ``total = function(*items, total)`` for every item in turn, from ``start`` on."""
either: Callable[..., Any] = intrinsic(_typed_either)
"""``either(items, function, otherwise, *args)`` calls the function if the tuple has items, and otherwise the other one; only
the one that is called is compiled."""
repeat: Callable[[Any, tuple[Any, ...]], tuple[Any, ...]] = intrinsic(_typed_repeat)
"""A tuple that holds a value as many times as another tuple has items."""

consecutive: Callable[[int, tuple[Any, ...]], tuple[int, ...]] = intrinsic(_typed_consecutive)
"""``first``, ``first + 1`` and so on, as many numbers as another tuple has items."""


def chooser(functions: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """One ``choose(code, *args)`` for kernels that calls ``functions[code](*args)``, for every item where tuples are among
    the arguments, as ``each`` does; all must return the same types.

    A choice is a number and a jump, so one compilation serves every part of a table. (Closures that nest ``if code == k``
    do the same, but each level is compiled with all that it holds: thirteen activations took five times as long.)
    """
    compiled = [inline(function) for function in functions]

    def choose(typing: Any, code: Any, *kinds: Any) -> Any:
        made = [_Calls(typing, numba.typeof(function), kinds) for function in compiled]
        if len({calls.result for calls in made}) > 1:
            names = {function.__name__: calls.result for function, calls in zip(functions, made, strict=True)}
            raise TypingError(f"functions of one table must return the same types: {names}")

        def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            given = cgutils.unpack_tuple(builder, values[1], len(kinds))
            blocks = [builder.append_basic_block(f"choice{number}") for number in range(len(made))]
            end = builder.append_basic_block("chosen")
            switch = builder.switch(values[0], blocks[-1])
            outcomes = []
            for number, block in enumerate(blocks):
                if number < len(blocks) - 1:
                    switch.add_case(number, block)
                builder.position_at_end(block)
                outcomes.append((made[number].all(context, builder, given), builder.block))
                builder.branch(end)
            builder.position_at_end(end)
            merged = builder.phi(context.get_value_type(sig.return_type))
            for value, block in outcomes:
                merged.add_incoming(value, block)
            return merged

        return signature(made[0].result, code, types.StarArgTuple.from_types(kinds)), emit

    chosen: Callable[..., Any] = intrinsic(choose)
    return chosen
