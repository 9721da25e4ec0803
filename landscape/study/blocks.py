"""Blocks: the files that hold a study's runs.

A block is a Parquet file of trained runs, one row a run: the columns of a table of runs, then ``theta`` (a list of P
numbers), ``checkpoint_epoch``, ``checkpoint_loss``, ``checkpoint_solved`` (lists, empty without checkpoints), and for
bookkeeping ``_cell`` and ``_version``. The columns of settings serve other programs; this package reads settings from the
manifest. The metadata of a block say which runs it holds. Blocks are content-addressed: the name of a file is the hash of
its content, so that a file cut short or altered by a single bit is detected.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from landscape._kernels.trainer import OUTCOMES
from landscape._version import __version__
from landscape.parts.initializers import GENERATOR, GENERATORS
from landscape.schema import BY_NAME, CELL, CHECKPOINTS, IDENTITY, LISTS, RESULTS, VERSION
from landscape.study.work_units import Piece, Trained

FORMATS = (1, 2)
"""Format versions of blocks and manifest that this release reads; any other is refused. Format 2 names the generator of the
starts. Studies with generator 1 are still written in format 1: older releases, which know no other generator, read these
studies, and refuse all others."""
SUFFIX = ".parquet"

LISTED = (*LISTS.values(), *CHECKPOINTS.values())
"""Columns with a list in each row."""
_ARROW = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string()}
_BOOKKEEPING = (BY_NAME[CELL], BY_NAME[VERSION])
HELD = {column.stored: column for column in (*IDENTITY.values(), *RESULTS.values(), *LISTED, *_BOOKKEEPING)}
"""Columns that are read from blocks, by their names in the file."""
TYPES = {name: pa.list_(_ARROW[column.type]) if column in LISTED else _ARROW[column.type] for name, column in HELD.items()}
"""Arrow types of these columns; words are dictionary-encoded in the file."""
_KEY = b"landscape"


class DamagedError(Exception):
    """The content of a file is not what was written under its name."""


class Stored(NamedTuple):
    """Stored runs ``first`` to ``first + runs - 1`` of a cell: the epochs that they spent in all, and their processor time
    in seconds."""

    cell: str
    first: int
    runs: int
    epochs: int
    seconds: float


@dataclass(frozen=True)
class Block:
    """The metadata of a block. ``pieces`` are in the order of its rows. It ``lacks`` columns of later releases; every row
    has their value ``missing``."""

    path: Path
    bytes: int
    version: str
    seed: int
    checkpoints: tuple[int, ...]
    pieces: tuple[Stored, ...]
    precision: str = "float64"
    generator: int = GENERATOR
    lacks: frozenset[str] = frozenset()


def name_of(content: bytes) -> str:
    """File name of a block with this content: the first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:32] + SUFFIX


def format_of(generator: int) -> int:
    """Format version in which a study with starts of this generator is written."""
    return min(generator, FORMATS[-1])


def generator_of(facts: dict[str, Any], path: Path) -> int:
    """The generator of the starts, from the metadata of a file. Raises ValueError for an unknown format or generator."""
    generator = facts.get("generator", 1)  # absent when there was only one
    for what, number, read in (("format", facts["format"], FORMATS), ("generator", generator, tuple(GENERATORS))):
        if number not in read:
            known = " and ".join(map(str, read))
            raise ValueError(
                f"{path} has {what} {number}, this version of landscape reads {known}; use the one that wrote it"
            )
    return int(generator)


def encode(trained: Iterable[tuple[Piece, Trained]], seed: int, checkpoints: Sequence[int], generator: int) -> bytes:
    """The content of a block with these pieces, of any cells."""
    ordered = sorted(trained, key=lambda pair: (pair[0].cell.id, pair[0].first))
    counts = np.array([piece.runs for piece, _ in ordered])
    total = int(counts.sum())
    columns: dict[str, pa.Array] = {
        "run": pa.array(np.concatenate([np.arange(piece.first, piece.first + piece.runs) for piece, _ in ordered])),
        "seed": pa.array(np.full(total, seed)),
    }
    for name in ordered[0][0].cell.settings:
        columns[BY_NAME[name].stored] = _repeated([piece.cell.settings[name] for piece, _ in ordered], counts)
    for column in (*RESULTS.values(), *LISTED):
        parts = [ends.results[column.stored] for _, ends in ordered]
        values = pa.array(np.concatenate([part.ravel() for part in parts]))
        if column in LISTED:
            values = _lists(values, np.repeat([part.shape[1] for part in parts], counts))
        elif column.type is str:
            values = pa.DictionaryArray.from_arrays(values, pa.array(OUTCOMES))
        columns[column.stored] = values
    columns[CELL] = _repeated([piece.cell.id for piece, _ in ordered], counts)
    columns[VERSION] = _repeated([__version__], np.array([total]))
    pieces = _joined(Stored(piece.cell.id, piece.first, piece.runs, ends.epochs, ends.seconds) for piece, ends in ordered)
    facts = {
        "format": format_of(generator),
        "version": __version__,
        "seed": seed,
        "checkpoints": list(checkpoints),
        "precision": ordered[0][0].cell.precision,
        "generator": generator,
        "pieces": pieces,
    }
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(facts)})
    sink = pa.BufferOutputStream()
    # 0.7 us a run, half of it here. Numbers that never repeat are not dictionary-encoded, which saves a third of the time;
    # zstd would save 6 % of the space and take 40 % longer.
    numbers = [column for column in RESULTS.values() if column.type in (int, float)]
    unique = {column.stored for column in (IDENTITY["run"], *numbers, *LISTED)}
    pq.write_table(table, sink, compression="snappy", use_dictionary=[name for name in columns if name not in unique])
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _repeated(values: list[Any], counts: np.ndarray) -> pa.Array:
    """A column with one value for each piece, repeated for its runs; words are dictionary-encoded."""
    if not isinstance(values[0], str):
        return pa.array(np.repeat(np.array(values), counts))
    words, codes = coded(values)
    return pa.DictionaryArray.from_arrays(pa.array(np.repeat(codes, counts)), pa.array(words))


def coded(values: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """The different words, sorted, and for each value the place of its word."""
    words = sorted(set(values))
    code = {word: number for number, word in enumerate(words)}
    return words, np.array([code[value] for value in values], np.int32)


def _lists(values: pa.Array, lengths: np.ndarray) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _joined(pieces: Iterable[Stored]) -> list[Stored]:
    """Pieces in order, with adjacent pieces of a cell merged."""
    whole: list[Stored] = []
    for piece in pieces:
        before = whole[-1] if whole else None
        if before and before.cell == piece.cell and before.first + before.runs == piece.first:
            sums = before.runs + piece.runs, before.epochs + piece.epochs, before.seconds + piece.seconds
            whole[-1] = Stored(piece.cell, before.first, *sums)
        else:
            whole.append(piece)
    return whole


def read(path: Path) -> Block:
    """Read the metadata of a block, after its content was compared with the hash in its name.

    Raises ``DamagedError`` for content that does not match, and for a file that is not a block; ValueError for an unknown
    format or generator.
    """
    content = path.read_bytes()
    if name_of(content) != path.name:
        raise DamagedError(
            f"{path} is damaged: its content ({len(content):,} bytes) is not what was written under this name"
        )
    try:
        parquet = pq.read_metadata(pa.BufferReader(content))
        facts = json.loads(parquet.metadata[_KEY])
        facts["format"]
    except (pa.ArrowException, ValueError, KeyError, TypeError, RecursionError):
        raise DamagedError(f"{path} is not a block of a study, though it is named like one") from None
    generator = generator_of(facts, path)
    try:
        pieces = tuple(Stored(*piece) for piece in facts["pieces"])
        if sum(piece.runs for piece in pieces) != parquet.num_rows:
            raise DamagedError(f"{path} holds {parquet.num_rows:,} rows, which is not what it says of itself")
        precision = facts.get("precision", "float64")  # absent when there was only one precision
        schema, checkpoints = parquet.schema.to_arrow_schema(), tuple(facts["checkpoints"])
        lacks = frozenset(HELD) - frozenset(schema.names)
        block = Block(path, len(content), facts["version"], facts["seed"], checkpoints, pieces, precision, generator, lacks)
        complete = _each_run_once(pieces) and _holds_runs(schema, facts["format"])
    except (KeyError, TypeError):
        complete = False
    if not complete:
        raise DamagedError(f"{path} does not say which runs it holds, or lacks a column of them, or has one of another type")
    return block


def _holds_runs(schema: pa.Schema, form: int) -> bool:
    """Whether the schema has each column of this format exactly once, in its type; a column of a later format may be
    absent."""
    for name, column in HELD.items():
        kinds = [schema.field(place).type for place in schema.get_all_field_indices(name)]
        plain = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in kinds]
        if plain != [TYPES[name]] and (plain or column.format <= form):
            return False
    return True


def _each_run_once(pieces: Iterable[Stored]) -> bool:
    """Whether pieces are valid, and no run is in two of them."""
    ends: dict[str, int] = {}
    for piece in sorted(pieces):
        numbers = piece.first, piece.runs
        if type(piece.cell) is not str or any(type(n) is not int for n in numbers) or piece.runs < 1:
            return False
        if piece.first < ends.get(piece.cell, 0):
            return False
        ends[piece.cell] = piece.first + piece.runs
    return True
