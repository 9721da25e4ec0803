"""Where compiled kernels are kept from one process to the next, and when they are stale.

Numba itself notices a change in the file of a kernel, but not in a file that the kernel only calls into. So kernels lie in a
folder that is named by all the source they can be made of: a folder of that name never holds a stale one.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numba

_PACKAGE = Path(__file__).parents[1]
_ROOMS = {"_simd", "parts", "_kernels"}
"""All of whose files kernels may be made of, tables of constants included."""
_DAYS_KEPT = 30
_FOLDER, _NUMBA_FILE = re.compile("kernels-[0-9a-f]{16}"), re.compile(r"\.nb[ic](\.tmp\.\w+)?$")


def _sources() -> dict[str, bytes]:
    """Text of the files that kernels can be made of, by their places in the package: those of ``_ROOMS``, and those that
    name ``_simd.jit``, whose decorators make kernels and functions for kernels."""
    texts = {path.relative_to(_PACKAGE): path.read_bytes() for path in sorted(_PACKAGE.rglob("*.py"))}
    return {path.as_posix(): text for path, text in texts.items() if path.parts[0] in _ROOMS or b"_simd.jit" in text}


def _folder_name() -> str:
    """Name of this very source and version of Numba: of two versions that share a folder each throws away what the other
    has compiled. (Python's version is in the name of each file.)"""
    digest = hashlib.sha256(numba.__version__.encode())
    for path, text in _sources().items():
        digest.update(path.encode() + b"\0" + text)
    return f"kernels-{digest.hexdigest()[:16]}"


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
    """First writable place for compiled kernels, in a folder named by their source; None where there is none, and every
    process compiles for itself. Folders beside it that nobody has used for long are removed."""
    name = _folder_name()
    for place in _places():
        folder = place / name
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
