"""Every compiler option of the package, and where compiled kernels are kept.

Two decorators: ``kernel`` for what Python calls, ``inline`` for what kernels call. Neither turns on fast-math: results
are what IEEE 754 says of the operations as written, so NaN and infinity are seen and the bits are the same on any
machine, vector width and thread count. Where a fused multiply-add is wanted it is written (``_lanes.fma``).
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.typed_passes import AnnotateTypes

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = Path(__file__).parent


def _source_hash() -> str:
    """Name of this very source text: Numba itself does not notice a change in a file that a kernel only calls into."""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_directory() -> str:
    """First writable place for compiled kernels, in a folder named by the hash of the source."""
    user_cache = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    places = [
        Path(numba.config.CACHE_DIR) if numba.config.CACHE_DIR else _PACKAGE / "__pycache__",
        Path(user_cache) / "xor-landscape",
    ]
    for place in places:
        folder = place / f"kernels-{_source_hash()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return str(folder)
    return tempfile.mkdtemp(prefix="xor-landscape-")


CACHE_DIRECTORY = _cache_directory()


@contextmanager
def _our_cache() -> Iterator[None]:
    """Numba reads its cache directory when a function is decorated; other packages keep theirs."""
    theirs = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = CACHE_DIRECTORY
    try:
        yield
    finally:
        numba.config.CACHE_DIR = theirs


def kernel(function: F) -> F:
    """Compile for calls from Python: cached on disk, and without the interpreter lock, so that threads run in parallel."""
    with _our_cache():
        compiled: F = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return compiled


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


class _InlineCompiler(CompilerBase):
    """Numba's own compiler, up to what becomes of the result."""

    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_ChooseIntermediate, AnnotateTypes)
        passes.finalize()
        return [passes]


def inline(function: F) -> F:
    """Compile for calls from kernels: always inlined, so that a chain of small functions stays in registers. It must not
    print, nor raise with a message that is put together, which takes machine code of its own, and a call from Python ends
    the process."""
    how = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": _InlineCompiler}
    compiled: F = numba.njit(nogil=True, error_model="numpy", **how)(function)
    return compiled
