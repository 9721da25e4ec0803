"""Names of Numba that its documentation does not promise, all that this package uses, in one table.

``COMPILER``: what makes compilation fast and keeps its results. Where one of these is missing, as in some Numba to come,
``jit`` warns and does without them all: each process compiles anew, and for twice as long, to the same bits and speed.

``EXTENSION``: what lanes and operations are taught to Numba with. There is no way round these.

Documented, and so not in the table: ``numba.njit``, ``numba.types``, ``numba.typeof``, ``numba.extending`` and
``llvmlite.ir``.
"""

import importlib
from collections.abc import Iterable
from typing import NamedTuple


class Internal(NamedTuple):
    """A module, a name in it, the releases of Numba where it was found, and what it is used for."""

    module: str
    name: str
    seen: str
    use: str


SEEN = "0.61 to 0.68"
FORCEINLINE = Internal("numba.core.options", "DefaultOptions.forceinline", SEEN, "option of njit; a third of the speed")
COMPILER = (
    Internal("numba.core.caching", "FunctionCache.load_overload", SEEN, "reads a compiled kernel; overridden"),
    Internal("numba.core.caching", "FunctionCache.save_overload", SEEN, "writes a compiled kernel; overridden"),
    Internal("numba.core.caching", "FunctionCache.flush", SEEN, "forgets the kernels of a function"),
    Internal("numba.core.caching", "NullCache.load_overload", SEEN, "finds nothing; overridden"),
    Internal("numba.core.caching", "FunctionCache._impl_class", SEEN, "says where kernels may lie; overridden"),
    Internal("numba.core.caching", "CompileResultCacheImpl._locator_classes", SEEN, "the places it tries; overridden"),
    Internal("numba.core.dispatcher", "Dispatcher.enable_caching", SEEN, "sets _cache, as we do"),
    Internal("numba.core.config", "CACHE_DIR", SEEN, "NUMBA_CACHE_DIR, set while a cache is made"),
    Internal("numba.core.codegen", "JITCodeLibrary._optimize_final_module", SEEN, "optimises a function; left out"),
    Internal("numba.core.codegen", "JITCodeLibrary._finalize_final_module", SEEN, "makes machine code, sets _finalized"),
    Internal("numba.core.codegen", "JITCodeLibrary.get_pointer_to_function", SEEN, "address of machine code"),
    Internal("numba.core.codegen", "JITCodeLibrary.codegen", SEEN, "asked for set_env alone"),
    Internal("numba.core.codegen", "JITCPUCodegen.set_env", SEEN, "puts an environment into machine code"),
    Internal("numba.core.compiler", "CompilerBase.define_pipelines", SEEN, "the passes of a compiler; overridden"),
    Internal("numba.core.compiler", "DefaultPassBuilder.define_nopython_pipeline", SEEN, "Numba's own passes"),
    Internal("numba.core.compiler_machinery", "LoweringPass.run_pass", SEEN, "a pass of ours, which sets state.library"),
    Internal("numba.core.compiler_machinery", "PassManager.add_pass_after", SEEN, "puts the pass where it belongs"),
    Internal("numba.core.compiler_machinery", "register_pass", SEEN, "makes the pass known"),
    Internal("numba.core.typed_passes", "AnnotateTypes", SEEN, "the pass before ours"),
    FORCEINLINE,
    Internal("numba.core.options", "DefaultOptions.no_cpython_wrapper", SEEN, "option of njit"),
    Internal("numba.core.options", "DefaultOptions.no_cfunc_wrapper", SEEN, "option of njit"),
)
EXTENSION = (
    Internal("numba.core.typing.templates", "infer_global", SEEN, "the type of a Python function in kernels"),
    Internal("numba.core.typing.templates", "AbstractTemplate", SEEN, "typing of a call; get_impl_key names its code"),
    Internal("numba.core.typing.templates", "signature", SEEN, "types of a call"),
    Internal("numba.core.typing.context", "BaseContext.resolve_function_type", SEEN, "types a call inside another"),
    Internal("numba.core.typing.context", "BaseContext.resolve_value_type", SEEN, "type of a Python function"),
    Internal("numba.core.base", "BaseContext.get_function", SEEN, "code of a call inside another"),
    Internal("numba.core.base", "BaseContext.get_value_type", SEEN, "LLVM's type of a Numba type"),
    Internal("numba.core.base", "BaseContext.get_dummy_value", SEEN, "what a call without a result gives"),
    Internal("numba.core.base", "BaseContext.cast", SEEN, "a number as another type"),
    Internal("numba.core.base", "BaseContext.make_array", SEEN, "address of an array's numbers"),
    Internal("numba.core.base", "BaseContext.make_tuple", SEEN, "tuples as results"),
    Internal("numba.core.codegen", "CPUCodegen.magic_tuple", SEEN, "the processor's instructions"),
    Internal("numba.core.cgutils", "alloca_once", SEEN, "room on the stack for calls by address"),
    Internal("numba.core.errors", "NumbaError", SEEN, "what a function that cannot be compiled raises"),
    Internal("numba.core.cgutils", "get_or_insert_function", SEEN, "LLVM's own functions"),
    Internal("numba.core.errors", "TypingError", SEEN, "what a call that cannot be compiled raises"),
)


def missing(internals: Iterable[Internal]) -> list[str]:
    """Full names of those that this Numba does not have."""
    return [f"{entry.module}.{entry.name}" for entry in internals if not _is_there(entry)]


def _is_there(entry: Internal) -> bool:
    try:
        found: object = importlib.import_module(entry.module)
        for name in entry.name.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError):
        return False
    return True
