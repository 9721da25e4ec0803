"""Every compiler option of the package: how Python functions become kernels and parts of kernels.

Three decorators: ``kernel`` for what Python calls compiled; ``inline`` for what kernels call; ``in_kernels`` for operations,
which LLVM's instructions are written for by hand. Neither of the last two changes the Python function it is put on: called
from Python it runs as it stands, number by number, to the bits of the compiled one, so that it can be tried out and debugged
(a kernel does the same as ``kernel.py_func``). Only kernels see the compiled form.

None turns on fast-math: results are what IEEE 754 says of the operations as written, so NaN and infinity are seen and the
bits are the same on any machine, vector width and thread count. Where a fused multiply-add is wanted it is written
(``lanes.fma``).
"""

import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import lower_builtin

from landscape._simd.internals import COMPILER, FORCEINLINE, missing

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = {"nogil": True, "error_model": "numpy"}
_INLINE_OPTIONS: dict[str, Any] = {} if missing([FORCEINLINE]) else {"forceinline": True}
_missing = missing(COMPILER)
if _missing:
    warnings.warn(
        f"Numba {numba.__version__} lacks {', '.join(_missing)}: kernels are compiled by plain njit, to the same bits, but "
        "compiling takes twice as long, and every process compiles anew; Numba 0.61 to 0.68 has what is missing",
        RuntimeWarning,
        stacklevel=2,
    )
else:
    from landscape._simd.compiler import INLINE_OPTIONS, keep_compiled

    _INLINE_OPTIONS |= INLINE_OPTIONS

_known: dict[Callable[..., Any], Any] = {}
"""What kernels see of Python functions. Numba keeps weak references only."""


def kernel(function: F) -> F:
    """Compile for calls from Python: kept on disk, and without the interpreter lock (GIL), so that threads run in parallel.
    With ``NUMBA_DISABLE_JIT=1`` kernels remain Python: the same bits, tens of thousands of times slower, for a debugger."""
    compiled: F = numba.njit(**_OPTIONS)(function)
    if not _missing and compiled is not function:
        keep_compiled(compiled)
    return compiled


def inline(function: F) -> F:
    """Let kernels call a function: there it is always inlined, so that a chain of small functions stays in registers. It
    must not print, nor raise with a message that is put together, which takes machine code of its own.

    The function itself is returned, unchanged; to kernels the name means what it is compiled to."""
    if function not in _known and not numba.config.DISABLE_JIT:
        _known[function] = numba.njit(**_OPTIONS, **_INLINE_OPTIONS)(function)
        infer_global(function, numba.typeof(_known[function]))
    return function


def in_kernels(function: Callable[..., Any]) -> Callable[[F], F]:
    """Decorate ``typed(typing, *kinds)``, which says what a call of a Python function is in kernels. It is given Numba's
    types of the arguments and returns the call's signature and ``emit(context, builder, signature, values)``, which writes
    LLVM's instructions; or None where there is no such call. (It is what ``numba.extending.intrinsic`` does for a function
    that Python cannot call.)"""

    def register(typed: F) -> F:
        signatures: dict[Any, Any] = {}
        emitters: dict[Any, Any] = {}

        class Call(AbstractTemplate):
            key = function

            def generic(self, kinds: Any, named: Any) -> Any:
                if named:
                    return None
                if kinds not in signatures:
                    found = typed(self.context, *kinds)
                    if found is None:
                        return None
                    signatures[kinds], emit = found
                    emitters[signatures[kinds].args] = emit
                    lower_builtin(emit, *signatures[kinds].args)(emit)
                return signatures[kinds]

            def get_impl_key(self, signature: Any) -> Any:
                return emitters[signature.args]

        _known[function] = Call
        infer_global(function, types.Function(Call))
        return typed

    return register
