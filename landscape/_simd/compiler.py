"""Numba's compiler and its cache, changed where kernels of many small functions ask for it.

All of this is built on Numba's inside, ``internals.COMPILER``; ``jit`` does without it where that has changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, NullCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.typed_passes import AnnotateTypes

from landscape._simd.cache import CACHE_DIRECTORY
from landscape._simd.listeners import tell_of_compiling


@contextmanager
def _our_cache() -> Iterator[None]:
    """Numba reads where its cache lies when a function is decorated; other packages keep theirs."""
    ours = {"CACHE_DIR": CACHE_DIRECTORY, "CACHE_LOCATOR_CLASSES": ""}
    theirs = {name: getattr(numba.config, name, "") for name in ours}
    vars(numba.config).update(ours)
    try:
        yield
    finally:
        vars(numba.config).update(theirs)


class _OurFolder(CompileResultCacheImpl):
    """Of the places where Numba looks for kernels the first, its configured directory, and no other: elsewhere they are not
    told apart by the source of what they call."""

    _locator_classes = CompileResultCacheImpl._locator_classes[:1]


class _Cache(FunctionCache):
    """Numba's cache, as an option: a kernel that cannot be kept, as on a full disk, or cannot be read, as when it is
    damaged, is compiled."""

    _impl_class = _OurFolder

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        kept = None
        try:
            kept = super().load_overload(sig, target_context)
        except Exception:  # damaged files raise whatever unpickling raises
            with suppress(OSError):
                self.flush()
        if kept is None:  # Numba compiles next
            tell_of_compiling()
        return kept

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):
            super().save_overload(sig, data)


class _NoCache(NullCache):
    """Where there is no place to keep kernels."""

    def load_overload(self, sig: Any, target_context: Any) -> None:
        tell_of_compiling()


def keep_compiled(kernel: Any) -> None:
    """Keep what a kernel is compiled to for the next process, where there is a place for it."""
    kernel._cache = _NoCache()
    if CACHE_DIRECTORY:
        with _our_cache(), suppress(RuntimeError):  # the folder has become one that cannot be written to
            kernel._cache = _Cache(kernel.py_func)  # what njit(cache=True) does, with Numba's


class _IntermediateLibrary(JITCodeLibrary):
    """What becomes of a function that is only ever inlined: LLVM's intermediate representation, no machine code.

    Numba optimises every function, and makes machine code of it, before a kernel takes it in; then both are done again, on
    the whole kernel. For the hundred functions of the first kernel this took a quarter of the first call ever. Kernels are
    as fast without.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0  # nowhere

    @property
    def codegen(self) -> Any:
        return self  # Numba asks it for nothing but the next method

    def set_env(self, name: str, environment: Any) -> None:
        """A function's environment, of which printing and messages are made, is put into its machine code: here, nowhere."""


@register_pass(mutates_CFG=False, analysis_only=True)
class _ChooseIntermediate(LoweringPass):
    _name = "choose_intermediate_library"

    def __init__(self) -> None:
        LoweringPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        state.library = _IntermediateLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


class InlineCompiler(CompilerBase):
    """Numba's own compiler, up to what becomes of the result."""

    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_ChooseIntermediate, AnnotateTypes)
        passes.finalize()
        return [passes]


INLINE_OPTIONS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": InlineCompiler}
"""Of ``njit``, for functions that kernels take in."""
