"""The store: the folder of a study.

    study.json          the manifest: grid, runs, seed, checkpoints, and who wrote when with which versions
    blocks/             the runs, see ``blocks``
    damaged/            files that were found damaged and set aside
    .lock, .writer.json who is writing now

Only one process writes at a time: it holds a lock, which the operating system releases when the process ends, however it
ends. Readers need no lock (``status`` tries it for a moment, to see whether it is held). Writes are atomic: manifest and
blocks are flushed to the disk under a temporary name and then renamed.
"""

import errno
import json
import os
import shutil
import socket
import stat
import time
from bisect import bisect, insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from landscape.parts.initializers import GENERATOR
from landscape.study import blocks
from landscape.study.blocks import Block, DamagedError
from landscape.study.manifest import Manifest, environment, from_file, now, to_text
from landscape.study.work_units import Piece, Trained

TEMPORARY = ".landscape-tmp"
"""Suffix of files that are being written; no other program uses it."""
WINDOWS = os.name == "nt"


def folder_of(path: str | os.PathLike[str]) -> Path:
    """The folder that a path names. Raises ValueError for an empty path, which Python takes for the current folder."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f'path={path!r} is not a path; give a folder such as "results/widths"')
    if not os.fspath(path):
        raise ValueError('path="" is empty; give a folder such as "results/widths", or "." for the current one')
    if "\0" in os.fsdecode(path):
        raise ValueError(f"path={path!r} holds a character that no name of a file may; give a folder without it")
    return Path(path)


class Store:
    """The folder of one study. ``blocks`` and ``manifest`` look at the disk at each call, but read a file again only if it
    has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._manifest_file, self._folder = path / "study.json", path / "blocks"
        self._seen: dict[str, tuple[tuple[int, ...], Block | str]] = {}
        self._manifest: tuple[tuple[int, ...], Manifest] | None = None

    # Reading

    def is_there(self) -> bool:
        """Whether the folder of blocks exists."""
        return self._folder.is_dir()

    def manifest(self) -> Manifest | None:
        """The manifest, or None where nothing was written yet. Raises ``DamagedError``, ValueError for an unknown format,
        and OSError where it cannot be read."""
        try:
            signature = _signature(self._manifest_file)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            signature = None
        if signature is None:
            raise DamagedError(f"{self._manifest_file} is damaged: it is not a file")
        if self._manifest is None or self._manifest[0] != signature:
            self._manifest = signature, from_file(self._manifest_file)
        return self._manifest[1]

    def blocks(self, manifest: Manifest) -> tuple[list[Block], dict[Path, str]]:
        """The good blocks, and by path what is wrong with each of the others.

        Every file is read once and compared with the hash in its name. Of blocks that hold the same runs, as after folders
        were copied into one another, only one is good. Raises ValueError for a block of an unknown format, or with another
        seed, other checkpoints, another precision or another generator of starts than the manifest.
        """
        good, bad = [], {}
        for path, found in self._files():
            if isinstance(found, Block):
                _belongs(found, manifest)
                good.append(found)
            else:
                bad[path] = found
        for block in _redundant(good):
            good.remove(block)
            bad[block.path] = f"{block.path} holds runs that another block holds as well"
        return good, bad

    def generator(self) -> int:
        """The generator of the starts by the blocks, for a folder without a manifest: the oldest of several, and the current
        one where there are no blocks."""
        return min((found.generator for _, found in self._files() if isinstance(found, Block)), default=GENERATOR)

    def _files(self) -> Iterator[tuple[Path, Block | str]]:
        """The path of each file in the folder of blocks, with its block or with what is wrong with it."""
        try:
            names = sorted(name for name in os.listdir(self._folder) if name.endswith(blocks.SUFFIX))
        except FileNotFoundError:
            names = []
        except NotADirectoryError:
            raise ValueError(f"{self._folder} is a file, where a study keeps a folder; move it away") from None
        for path in [self._folder / name for name in names if not name.startswith(".")]:
            try:
                signature = _signature(path)
                if signature is None:  # a folder or a pipe, which no study makes
                    continue
                if self._seen.get(path.name, (None, None))[0] != signature:
                    try:
                        self._seen[path.name] = signature, blocks.read(path)
                    except DamagedError as error:
                        self._seen[path.name] = signature, str(error)
            except FileNotFoundError:  # set aside by the writer, just now
                continue
            except OSError as error:  # a link to itself, or not ours to read
                yield path, f"{path} cannot be read: {error.strerror}"
                continue
            yield path, self._seen[path.name][1]

    def writer(self) -> str | None:
        """Who is writing to the store now, in words; None if nobody is."""
        if not (self.path / ".lock").exists():  # trying the lock would make the folder
            return None
        try:
            with FileLock(self.path / ".lock", timeout=0):
                return None
        except Timeout:
            return self._writer()
        except OSError:  # not ours to write to
            return None

    def _writer(self) -> str:
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            facts = json.loads((self.path / ".writer.json").read_text(encoding="utf-8"))
            return f"process {facts['process']} on {facts['host']}, since {facts['since']}"
        return "another process"

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock of the store. Raises BlockingIOError, which names the writer, if another process holds it, and
        OSError where the folder cannot be written to."""
        lock = FileLock(self.path / ".lock", timeout=0.5)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            held = lock.acquire()
        except Timeout:
            raise BlockingIOError(
                f"{self.path} is being written by {self._writer()}; wait until it is done or stop it "
                "(reading goes on meanwhile)"
            ) from None
        except (OSError, NotImplementedError) as error:
            code, reason, file = (getattr(error, name, None) for name in ("errno", "strerror", "filename"))
            reason = f"{reason or error}; the study cannot be written to here (reading it goes on)"
            raise OSError(code or errno.ENOTSUP, reason, str(file or self.path)) from None
        with held:
            for left_over in [*self.path.glob(f".*{TEMPORARY}"), *self._folder.glob(f".*{TEMPORARY}")]:
                with suppress(OSError):  # not ours if it is a folder
                    left_over.unlink()
            facts = {"process": os.getpid(), "host": socket.gethostname(), "since": now()}
            with suppress(OSError):  # it only informs others
                _write(self.path / ".writer.json", json.dumps(facts).encode())
            try:
                yield
            finally:
                with suppress(OSError):
                    (self.path / ".writer.json").unlink(missing_ok=True)

    def write_manifest(self, manifest: Manifest) -> None:
        """Write the manifest, with an entry about this writer added."""
        written = (*manifest.written, environment())
        _write(self._manifest_file, to_text(replace(manifest, written=written)).encode())

    def write_block(self, trained: Sequence[tuple[Piece, Trained]], manifest: Manifest) -> None:
        """Write trained runs as one block."""
        content = blocks.encode(trained, manifest.seed, manifest.checkpoints, manifest.generator)
        _write(self._folder / blocks.name_of(content), content)

    def set_aside(self, path: Path) -> Path:
        """Move a damaged file out of the way; nothing is deleted."""
        folder = self.path / "damaged"
        number = 1
        while os.path.lexists(target := folder / f"{path.stem}-{number}{path.suffix}"):
            number += 1
        try:
            folder.mkdir(exist_ok=True)
            os.replace(path, target)
        except OSError as error:
            reason = f"{error.strerror}; {path} is damaged and cannot be set aside: move it away, and run again"
            raise OSError(error.errno, reason, str(folder)) from None
        return target

    def manifest_is_damaged(self) -> bool:
        """Whether the manifest is damaged. If so, a copy is set aside, and the file stays in place until the writer replaces
        it; what is not a file is itself set aside."""
        try:
            self.manifest()
        except DamagedError:
            if not self._manifest_file.is_file():
                self.set_aside(self._manifest_file)
                return True
            copy = self._manifest_file.with_name("study-damaged.json")
            shutil.copy(self._manifest_file, copy)
            self.set_aside(copy)
            return True
        return False


def _signature(path: Path) -> tuple[int, ...] | None:
    """Size, times and inode of a file, which change when it does; None for what is not a regular file."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _belongs(block: Block, manifest: Manifest) -> None:
    """Refuse a block that differs from the manifest in what all runs of a study share."""
    for name in ("seed", "checkpoints", "precision", "generator"):
        theirs, ours = getattr(block, name), getattr(manifest, name)
        if theirs != ours:
            raise ValueError(f"{block.path} was made with {name}={theirs!r}, not {ours!r}; move it where it belongs")


def _redundant(good: Sequence[Block]) -> list[Block]:
    """Blocks to leave out so that no run is held twice; of two that overlap, the larger stays."""
    held: dict[str, list[tuple[int, int]]] = {}  # of each cell, first and one past the last run of pieces, in order
    out = []
    for block in sorted(good, key=lambda block: (-sum(piece.runs for piece in block.pieces), block.path.name)):
        places = [bisect(held.get(piece.cell, []), (piece.first, piece.first)) for piece in block.pieces]
        for piece, place in zip(block.pieces, places, strict=True):
            own = held.get(piece.cell, [])
            if (place and own[place - 1][1] > piece.first) or (
                place < len(own) and own[place][0] < piece.first + piece.runs
            ):
                out.append(block)
                break
        else:
            for piece in block.pieces:
                insort(held.setdefault(piece.cell, []), (piece.first, piece.first + piece.runs))
    return out


def _rename(temporary: Path, path: Path) -> None:
    """Put a file in the place of another. Windows refuses while a reader has that one open: there try for a second."""
    for wait in (0.01, 0.02, 0.05, 0.1, 0.2, 0.6) if WINDOWS else ():
        try:
            os.replace(temporary, path)
            return
        except PermissionError:
            time.sleep(wait)
    os.replace(temporary, path)


def _write(path: Path, content: bytes) -> None:
    """Write a file atomically: under a temporary name, flushed to the disk, then renamed."""
    temporary = path.with_name(f".{path.name}{TEMPORARY}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _rename(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            kept = "nothing stored is lost: make room, or mend what is wrong, and run again"
            gone = "the folder is no longer there, nor is what was stored in it: put it back, or run again to train anew"
            reason = f"{error.strerror}; {kept if path.parent.is_dir() else gone}"
            raise OSError(error.errno, reason, str(error.filename or path)) from None
        raise
    if hasattr(os, "O_DIRECTORY"):  # flush the folder, and with it the rename, where possible
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
