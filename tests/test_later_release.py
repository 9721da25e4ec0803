"""A release with one setting and two results more: made from the source of this one by the edits that ``schema`` asks for.

Studies of every release before are opened, asked and gone on with by it, and this release says what it does not know.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import landscape as ls

DATA = Path(__file__).parent / "data"
RELEASES = ("0.1.0", "0.2.0", "0.3.0")
CELLS = ["eb8aa548fc833e02", "6af69c7919a75d0a", "503f150cab95993d"]
"""Names of the cells that the studies of all of them have."""
EDITS = {
    "_version.py": ('__version__ = "', '__version__ = "9.0.0"  # "'),
    "protocol.py": ("    stall: float = 0.0\n", "    stall: float = 0.0\n    decay: float = 0.0\n"),
    "schema.py": (
        '    _setting("train", "precision"',
        '    _protocol("decay", 0.0, "decay of the learning rate", since="9.0.0"),\n    _setting("train", "precision"',
    ),
    "schema.py, results": (
        '    Column("theta", Kind.LIST',
        '    Column("evaluations", Kind.RESULT, int, "gradients computed", since="9.0.0", format=3, missing=-1),\n'
        '    _at_checkpoint("norm", float, "gradient norm", since="9.0.0", format=3, missing=float("nan")),\n'
        '    Column("theta", Kind.LIST',
    ),
    "training/tables.py": (
        '        "loss": loss,\n',
        '        "loss": loss,\n        "evaluations": ends.epochs + 1,\n        "checkpoint_norm": 2.0 * ends.seen_loss,\n',
    ),
}
"""Of each file what is replaced, and by what: all that a new setting and two new results take."""


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as it will be."""
    folder = tmp_path_factory.mktemp("later")
    shutil.copytree(Path(ls.__file__).parent, folder / "landscape", ignore=shutil.ignore_patterns("__pycache__"))
    for name, (before, after) in EDITS.items():
        file = folder / "landscape" / name.partition(",")[0]
        text = file.read_text()
        assert text.count(before) == 1, name
        file.write_text(text.replace(before, after))
    return folder


def told_by(later: Path, script: str, *arguments: object) -> Any:
    """What ``told`` is after a script, in a process that has the later release; arguments are in ``sys.argv``."""
    script = f"import json, sys\nimport landscape as ls\n{script}\nprint(json.dumps(told))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *map(str, arguments)],
        cwd=later, env={**os.environ, "PYTHONPATH": str(later)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


OPEN_AND_GO_ON = """
study = ls.open_study(sys.argv[1])
was = study.runs(), study.checkpoints()
study.extend(15, progress=False)
runs, seen = study.runs(), study.checkpoints()
old = study.runs(where={"evaluations": -1})
by_release = study.query(
    "select _version, min(evaluations = -1) as lacked, min(evaluations = epochs + 1) as has, min(decay) as decay,"
    " count(*) as n from runs group by _version order by _version")
seen_by_release = study.query(
    "select _version, min(isnan(norm)) as lacked, min(norm = 2 * loss) as has, count(*) as n"
    " from checkpoints group by _version order by _version")
wider = ls.Study(sys.argv[1], ls.grid(study.manifest.cells) + ls.grid(study.manifest.cells, decay=0.5), 15, 7, (0, 10))
told = {
    "cells": study.cells()["_cell"].tolist(),
    "wider": wider.cells()["_cell"].tolist(),
    "decay": [was[0]["decay"].tolist(), wider.cells()["decay"].tolist()],
    "evaluations": [was[0]["evaluations"].tolist(), (runs["evaluations"] == runs["epochs"] + 1).tolist()],
    "norm": [int(was[1]["norm"].isna().sum()), int(seen["norm"].isna().sum()), int(sum(seen["norm"] == 2 * seen["loss"]))],
    "old": [len(old), old["run"].max().item()],
    "releases": by_release.values.tolist(),
    "checkpoints": seen_by_release.values.tolist(),
    "again": ls.open_study(sys.argv[1]).runs().equals(runs),
}
wider.run(progress=False)
"""


@pytest.fixture(scope="module", params=RELEASES)
def gone_on(request: pytest.FixtureRequest, later: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Any]:
    """A release, the copy of its study with which the later one has gone on, and what the later one says."""
    folder = tmp_path_factory.mktemp("studies") / request.param
    shutil.copytree(DATA / f"study_{request.param}", folder)
    return request.param, folder, told_by(later, OPEN_AND_GO_ON, folder)


def test_old_cells_keep_their_names(gone_on: tuple[str, Path, Any]) -> None:
    told = gone_on[2]
    assert told["cells"] == CELLS
    assert told["decay"] == [[0.0] * 36, [0.0, 0.5] * 3]
    assert told["wider"][::2] == CELLS
    assert not set(told["wider"][1::2]) & set(CELLS)
    assert len(set(told["wider"])) == 6


def test_rows_of_older_blocks_have_what_the_schema_says(gone_on: tuple[str, Path, Any]) -> None:
    """In tables and in SQL, in which blocks of two releases are asked together."""
    release, _, told = gone_on
    assert told["evaluations"] == [[-1] * 36, ([False] * 12 + [True] * 3) * 3]
    assert told["norm"] == [72, 72, 18]
    assert told["old"] == [36, 11]
    assert told["releases"] == [[release, True, False, 0.0, 36], ["9.0.0", False, True, 0.0, 9]]
    assert told["checkpoints"] == [[release, True, False, 72], ["9.0.0", False, True, 18]]
    assert told["again"]


def test_this_release_says_what_it_does_not_know(gone_on: tuple[str, Path, Any]) -> None:
    release, folder, _ = gone_on
    said = (
        rf"study.json has the setting decay=0\.[05], which landscape {ls.__version__} does not know; "
        rf"open the study with a release that wrote it \({release}, 9\.0\.0\), or a later one"
    )
    for call in (ls.open_study, lambda path: ls.Study(path, ls.grid(), 5)):
        with pytest.raises(ValueError, match=said):
            call(folder)


def test_tables_of_older_releases_are_one_sample(later: Path, tmp_path: Path) -> None:
    """They have no column of the later setting, which is then known to be as it was."""
    table = ls.train(ls.Surface(), ls.Protocol(budget=5), runs=3).runs
    table.to_json(tmp_path / "table.json")
    script = "import pandas as pd\ntable = pd.read_json(sys.argv[1])\ntold = ls.success_rates(table, 'activation').attrs"
    assert told_by(later, script, tmp_path / "table.json") == {"sample": "one sample", "pooled_over": {}}
