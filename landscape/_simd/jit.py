"""Every compiler option of the package, and where compiled kernels are kept.

Two decorators: ``kernel`` for what Python calls, ``inline`` for what kernels call. Neither turns on fast-math: results
are what IEEE 754 says of the operations as written, so NaN and infinity are seen and the bits are the same on any
machine, vector width and thread count. Where a fused multiply-add is wanted it is written (``_lanes.fma``).
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import AnnotateTypes

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = Path(__file__).parents[1]
_DAYS_KEPT = 30
_FOLDER, _NUMBA_FILE = re.compile("kernels-[0-9a-f]{16}"), re.compile(r"\.nb[ic](\.tmp\.\w+)?$")


def _source_hash() -> str:
    """Name of this very source text and version of Numba: Numba itself does not notice a change in a file that a kernel only
    calls into, and of two versions that share a folder each throws away what the other has compiled."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _places() -> Iterator[Path]:
    """Folders that may hold compiled kernels, the preferred first."""
    if numba.config.CACHE_DIR:
        yield Path(numba.config.CACHE_DIR)
        return
    yield _PACKAGE / "__pycache__"
    user_cache = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    if user_cache:
        yield Path(user_cache) / "xor-landscape"
    else:
        with suppress(RuntimeError):  # a user without a home, as in many containers
            yield Path.home() / ".cache" / "xor-landscape"


def _cache_directory() -> str | None:
    """First writable place for compiled kernels, in a folder named by the hash of the source; None where there is none, and
    every process compiles for itself. Folders beside it that nobody has used for long are removed."""
    for place in _places():
        folder = place / f"kernels-{_source_hash()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            os.utime(folder)  # used today
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            _remove_old_kernels(place, folder)
            return str(folder)
    return None


def _remove_old_kernels(place: Path, ours: Path) -> None:
    """Remove what other source texts of this package have left in ``place`` and nobody has used for ``_DAYS_KEPT``.

    A folder is used where a process starts with it, or reads or writes one of its files. Only Numba's files are removed, and
    folders that are empty then. A process that has slept for so long loses nothing: what it does not find it compiles.
    """
    oldest = time.time() - 86_400 * _DAYS_KEPT
    for folder in place.glob("kernels-*"):
        if folder == ours or folder.is_symlink() or not _FOLDER.fullmatch(folder.name):
            continue
        with suppress(OSError):  # not ours to look into, or removed by another process just now
            inside = sorted(folder.rglob("*"), reverse=True)  # what a folder holds before the folder
            times = [file.stat() for file in inside if file.is_file()]
            if max([folder.stat().st_mtime, *(max(used.st_atime, used.st_mtime) for used in times)]) < oldest:
                for path in (*inside, folder):
                    if path.is_dir() and not path.is_symlink():
                        path.rmdir()
                    elif _NUMBA_FILE.search(path.name):
                        path.unlink()


CACHE_DIRECTORY = _cache_directory()


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
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # damaged files raise whatever unpickling raises
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):
            super().save_overload(sig, data)


def kernel(function: F) -> F:
    """Compile for calls from Python: cached on disk, and without the interpreter lock, so that threads run in parallel."""
    compiled: F = numba.njit(nogil=True, error_model="numpy")(function)
    if CACHE_DIRECTORY:
        with _our_cache(), suppress(RuntimeError):  # the folder has become one that cannot be written to
            compiled._cache = _Cache(function)  # type: ignore[attr-defined]  # what njit(cache=True) does, with Numba's
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


class _Inlined(CPUDispatcher):
    """A function for kernels, which take it in; there is no machine code that Python could call."""

    def __call__(self, *arguments: object, **named: object) -> NoReturn:
        raise TypeError(f"{self.__qualname__} is compiled for kernels only; call it from a function under @kernel")


def inline(function: F) -> F:
    """Compile for calls from kernels: always inlined, so that a chain of small functions stays in registers. It must not
    print, nor raise with a message that is put together, which takes machine code of its own; a call from Python raises
    TypeError."""
    how = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": _InlineCompiler}
    compiled: F = numba.njit(nogil=True, error_model="numpy", **how)(function)
    compiled.__class__ = _Inlined
    return compiled
