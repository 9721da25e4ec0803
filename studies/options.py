"""What all studies share: their options, where their tables go, and the record of how they were made."""

import argparse
import json
import os
import shlex
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
from llvmlite.binding import get_host_cpu_name

import landscape as ls
from landscape.io.sentences import number_of
from landscape.io.tables import note
from landscape.machine import processors
from landscape.study import blocks
from landscape.study.manifest import environment

GUARDS = ("seed", "run", "_cell")
"""Columns that tell a statistic whether a group is one sample."""


class Options(argparse.Namespace):
    """What a study was asked for on the command line, when it began, and which blocks of runs were stored then."""

    study: str
    question: str
    runs: int
    seed: int
    quick: bool
    out: Path
    started: float
    stored: frozenset[Path] = frozenset()


def options(description: str | None, runs: int, quick_runs: int) -> Options:
    """``--runs``, ``--seed``, ``--quick``, ``--out`` from the command line; the description is the script's docstring, its
    first line the question that the study answers."""
    started = time.perf_counter()
    study = Path(sys.argv[0]).stem
    parser = argparse.ArgumentParser(
        prog=f"landscape study {study}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, help=f"runs a cell (default {runs}, with --quick {quick_runs})")
    parser.add_argument("--seed", type=int, default=0, help="seed of all runs (default 0)")
    parser.add_argument("--quick", action="store_true", help="a small version, to see that everything works")
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder for runs and tables (default results)")
    given = parser.parse_args(namespace=Options())
    given.study, given.question, given.started = study, (description or "").strip().split("\n")[0], started
    if given.runs is None:
        given.runs = quick_runs if given.quick else runs
    if given.runs < 1:
        parser.error(f"--runs {given.runs} is not allowed; give 1 or more")
    given.stored = stored_blocks(given)
    earlier = earlier_record(given) if given.stored else {}
    if earlier and (earlier["runs"] > given.runs or earlier["quick"] != given.quick):
        # a study only grows: tables would hold all that is stored, and the record say that it is what was asked for now
        version = "the quick version" if earlier["quick"] else "the whole study"
        parser.error(
            f"{given.out} holds {version} with --runs {earlier['runs']}; give as many runs or more of that, or another --out"
        )
    say(f"{given.question}\n{study}: {number_of(given.runs, 'run')} a cell, seed {given.seed}, into the folder {given.out}")
    say("compiling where no earlier call has (12 s), then training what is not stored yet ...")
    return given


def say(line: str) -> None:
    """What is being done, at once and beside the tables."""
    print(line, file=sys.stderr, flush=True)


def earlier_record(given: Options) -> dict[str, Any]:
    """What the last call wrote down; empty where there is none, or none that can be read."""
    with suppress(OSError, ValueError):
        return dict(json.loads((given.out / f"{given.study}.json").read_text(encoding="utf-8")))
    return {}


def stored_blocks(given: Options) -> frozenset[Path]:
    """The files that hold the runs of a study."""
    return frozenset((given.out / given.study).glob(f"**/blocks/*{blocks.SUFFIX}"))


def seconds_taken(given: Options) -> tuple[float, list[str]]:
    """What it took to compute what is there now, seconds of the clock, and the names of the blocks that are counted in it.

    A study that stores no runs takes what this call took. Otherwise calls are added up that have trained: one that only
    reads what is stored adds nothing. What is in no record, as where a call was stopped, is counted by the processor time
    in its blocks, as if shared evenly by all processors.
    """
    now, this = stored_blocks(given), time.perf_counter() - given.started
    if not now:
        return this, []
    earlier = earlier_record(given)
    counted = set(earlier.get("blocks", ()))
    seconds = earlier["seconds"] if counted else 0.0
    for path in now & given.stored:
        if path.name not in counted:
            seconds += sum(piece.seconds for piece in blocks.read(path).pieces) / processors()
    return seconds + (this if now - given.stored else 0.0), sorted(path.name for path in now)


def share(row: pd.Series) -> str:
    """A success rate with its interval."""
    return f"{row['rate']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


def shared_settings(study: ls.Study) -> dict[str, Any]:
    """What all cells of a study have in common."""
    cells = study.cells().drop(columns=["_cell", "_problem", "runs"])
    return {name: cells[name].tolist()[0] for name in cells if cells[name].nunique() == 1}


def save(table: pd.DataFrame, out: Path, name: str) -> None:
    """As ``name.parquet`` for programs and ``name.csv`` for eyes."""
    out.mkdir(parents=True, exist_ok=True)
    table.to_parquet(out / f"{name}.parquet", index=False)
    table.to_csv(out / f"{name}.csv", index=False, float_format="%.6g")


def record(
    given: Options, tables: Mapping[str, tuple[str, pd.DataFrame]], findings: Sequence[str], settings: Mapping[str, Any]
) -> None:
    """Save the tables of a study, print what it found, and write down how it was made, as ``STUDY.json``.

    Parameters
    ----------
    tables : by name, which begins with the study's, a title and the table
    findings : sentences computed from them
    settings : what all cells share, by the names of the fields of ``Surface`` and ``Protocol``
    """
    for name, (_, table) in tables.items():
        save(table, given.out, name)
    seconds, counted = seconds_taken(given)
    content = {
        "study": given.study,
        "question": given.question,
        "findings": list(findings),
        "tables": [{"name": name, "title": title, "rows": len(table)} for name, (title, table) in tables.items()],
        "settings": dict(settings),
        "command": shlex.join(["landscape", "study", given.study, *sys.argv[1:]]),
        "runs": given.runs,
        "seed": given.seed,
        "quick": given.quick,
        "seconds": round(seconds, 1),
        "blocks": counted,
        "made_with": environment() | {"pandas": pd.__version__, "processors": os.cpu_count(), "cpu": get_host_cpu_name()},
    }
    (given.out / f"{given.study}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(
        "\n"
        + "\n".join(textwrap.fill(sentence, 110, break_long_words=False, break_on_hyphens=False) for sentence in findings)
    )
    for title, table in tables.values():
        if said := note(table):
            print(f"\n{title}: {said}")
    print(f"\n{time.perf_counter() - given.started:.0f} s; all rows are in {given.out}/{given.study}*.csv")
