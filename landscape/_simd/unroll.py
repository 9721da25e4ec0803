"""Calls unrolled at compile time: a function for each item of a tuple, and one function out of a table.

The compiler keeps a loop over patterns, or a choice between functions, with a jump in each iteration. Unrolled, the calls
for several patterns overlap in the pipeline, and there is one jump for all.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.core.typing.templates import signature

from landscape._simd.jit import F, in_kernels, inline
from landscape._simd.lane_types import LanesType


def _walked(kind: Any) -> bool:
    """Whether a type is a tuple to be walked item by item; a named tuple is not."""
    return isinstance(kind, types.BaseTuple) and not isinstance(kind, types.BaseNamedTuple)


class _Calls:
    """The calls of one function: one for each item of the tuples among its arguments, or a single one without tuples."""

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


def _is_walked(value: Any) -> bool:
    """``_walked`` of a value in Python."""
    return isinstance(value, tuple) and not hasattr(value, "_fields")


def _turns(args: Sequence[Any]) -> list[list[Any]]:
    """In Python: the arguments of each of ``_Calls``."""
    counts = {len(value) for value in args if _is_walked(value)}
    if len(counts) != 1 or 0 in counts:
        raise ValueError(f"tuples walked together must have one length, and items; these have {sorted(counts)}")
    return [[value[item] if _is_walked(value) else value for value in args] for item in range(counts.pop())]


def each(function: Callable[..., Any], *args: Any) -> Any:
    """``each(function, *args)`` calls the function for every item of the tuples among its arguments; what is not a tuple is
    the same in every call. It returns the tuple of results, or several tuples where the function returns several numbers."""
    if not any(_is_walked(value) for value in args):
        return function(*args)
    found = [function(*turn) for turn in _turns(args)]
    if found[0] is None:
        return None
    return tuple(zip(*found, strict=True)) if _is_walked(found[0]) else tuple(found)


@in_kernels(each)
def _typed_each(typing: Any, function: Any, *kinds: Any) -> Any:
    calls = _Calls(typing, function, kinds)

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return calls.all(context, builder, values[1:])

    return signature(calls.result, function, *kinds), emit


def fold(function: Callable[..., Any], start: Any, *args: Any) -> Any:
    """``fold(function, start, *args)``: ``total = function(*items, total)`` for every item in turn, from ``start`` on."""
    total = start
    for turn in _turns(args):
        total = function(*turn, total)
    return total


@in_kernels(fold)
def _typed_fold(typing: Any, function: Any, start: Any, *kinds: Any) -> Any:
    calls = _Calls(typing, function, (*kinds, start))
    if calls.count is None:
        raise TypingError(f"nothing to fold among {kinds}")
    items = range(calls.count)

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        _, total, *given = values
        for item in items:
            total = calls.one(context, builder, [*given, total], item)
        return total

    return signature(calls.chosen.return_type, function, start, *kinds), emit


def either(items: tuple[Any, ...], function: Callable[..., Any], otherwise: Callable[..., Any], *args: Any) -> Any:
    """``either(items, function, otherwise, *args)`` calls the function if the tuple has items, and otherwise the other one;
    only the one that is called is compiled."""
    return (function if items else otherwise)(*args)


@in_kernels(either)
def _typed_either(typing: Any, items: Any, function: Any, otherwise: Any, *kinds: Any) -> Any:
    called = function if len(items) else otherwise
    chosen = typing.resolve_function_type(called, kinds, {})
    if chosen is None:
        raise TypingError(f"{called} cannot be called with {kinds}")

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        given = zip(values[3:], kinds, chosen.args, strict=True)
        return context.get_function(called, chosen)(
            builder, [context.cast(builder, v, kind, asked) for v, kind, asked in given]
        )

    return signature(chosen.return_type, items, function, otherwise, *kinds), emit


def repeat(value: Any, items: tuple[Any, ...]) -> tuple[Any, ...]:
    """A tuple that holds a value as many times as another tuple has items."""
    return (value,) * len(items)


@in_kernels(repeat)
def _typed_repeat(typing: Any, value: Any, items: Any) -> Any:
    result = types.UniTuple(value, len(items))

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        return context.make_tuple(builder, result, [values[0]] * len(items))

    return signature(result, value, items), emit


def consecutive(first: int, items: tuple[Any, ...]) -> tuple[int, ...]:
    """``first``, ``first + 1`` and so on, as many numbers as another tuple has items."""
    return tuple(range(first, first + len(items)))


@in_kernels(consecutive)
def _typed_consecutive(typing: Any, first: Any, items: Any) -> Any:
    result = types.UniTuple(types.int64, len(items))

    def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        numbers = [builder.add(values[0], ir.Constant(ir.IntType(64), item)) for item in range(len(items))]
        return context.make_tuple(builder, result, numbers)

    return signature(result, types.int64, items), emit


def by_precision(double: F, single: F) -> F:
    """One function of one argument out of two: on float32 lanes the second, else the first, chosen when a kernel is
    compiled."""
    inline(double)
    inline(single)

    def chosen(x: Any) -> Any:
        return (single if isinstance(x, np.ndarray) and x.dtype == np.float32 else double)(x)

    @in_kernels(chosen)
    def typed(typing: Any, x: Any) -> Any:
        kind = typing.resolve_value_type(single if isinstance(x, LanesType) and x.number == types.float32 else double)
        call = typing.resolve_function_type(kind, (x,), {})

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return context.get_function(kind, call)(builder, args)

        return signature(call.return_type, x), emit

    return cast(F, chosen)


def chooser(functions: Sequence[Callable[..., Any]], otherwise: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """One ``choose(code, *args)`` that calls ``functions[code](*args)``, for every item where tuples are among the
    arguments, as ``each`` does, and ``otherwise(code, *args)`` for a code beyond them; all must return the same types.

    In kernels a choice is a number and a jump, so one compilation serves every part of a table. (Closures that nest ``if
    code == k`` do the same, but each level is compiled with all that it holds: thirteen activations took five times as
    long.)
    """
    for function in [*functions, *([otherwise] if otherwise else [])]:
        inline(function)

    def choose(code: int, *args: Any) -> Any:
        return each(functions[code], *args) if otherwise is None or code < len(functions) else each(otherwise, code, *args)

    @in_kernels(choose)
    def typed(typing: Any, code: Any, *kinds: Any) -> Any:
        made = [_Calls(typing, typing.resolve_value_type(function), kinds) for function in functions]
        if otherwise:
            made.append(_Calls(typing, typing.resolve_value_type(otherwise), (code, *kinds)))
        if len({calls.result for calls in made}) > 1:
            names = {str(calls.function): calls.result for calls in made}
            raise TypingError(f"functions of one table must return the same types: {names}")

        def emit(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            number, *given = values
            blocks = [builder.append_basic_block(f"choice{place}") for place in range(len(made))]
            end = builder.append_basic_block("chosen")
            switch = builder.switch(number, blocks[-1])
            outcomes = []
            for place, block in enumerate(blocks):
                if place < len(blocks) - 1:
                    switch.add_case(place, block)
                builder.position_at_end(block)
                passed = [number, *given] if place == len(functions) else given
                outcomes.append((made[place].all(context, builder, passed), builder.block))
                builder.branch(end)
            builder.position_at_end(end)
            merged = builder.phi(context.get_value_type(sig.return_type))
            for value, block in outcomes:
                merged.add_incoming(value, block)
            return merged

        return signature(made[0].result, code, *kinds), emit

    return choose
