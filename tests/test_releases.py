"""Studies made by every release: read for ever, and gone on with from the starts that they were begun with.

``data/study_0.1.0``, ``study_0.2.0`` and ``study_0.3.0`` were made by these releases: XOR, three tanh units, three
initializers, 12 runs of seed 7 with checkpoints 0 and 10, budget 30. The last has starts of another generator.
"""

import hashlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from conftest import assert_same_bits
from numpy.typing import NDArray
from scipy.special import ndtri

import landscape as ls
from landscape.cli import command, reading
from landscape.study import blocks, manifest
from landscape.training.initial_weights import draw_starts

DATA = Path(__file__).parent / "data"
RELEASES = ("0.1.0", "0.2.0")
STARTS = {"nguyen_widrow": "66ad9121632b0445", "normal": "1b51e069e4a4bffb", "uniform": "7f2a175fa35c19ef"}
"""Of the twelve starts, as these releases drew them on x86-64."""
ASKED = {"init": list(STARTS), "activation": "tanh", "hidden": 3, "lr": 1.0, "budget": 30, "init_bias": "same"}


def hashed(x: NDArray[np.float64]) -> str:
    return hashlib.sha256(x.astype("<f8").tobytes()).hexdigest()[:16]


SCIPY_AS_THEN = hashed(ndtri((np.arange(2**12) + 0.5) * 2.0**-12)) == "ae6b46d052576dfb"
"""Whether SciPy's inverse normal has the bits here that it had where the data were made."""


def cell_of(study: ls.Study, init: str) -> str:
    return str(study.cells({"init": init})["_cell"].iloc[0])


@pytest.fixture(params=RELEASES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> ls.Study:
    """A copy of a study made by that release."""
    return ls.open_study(shutil.copytree(DATA / f"study_{request.param}", tmp_path / request.param))


def test_old_studies_are_read(old: ls.Study) -> None:
    assert len(old.runs()) == 36
    assert len(old.checkpoints()) == 72
    assert old.cells()["init"].tolist() == sorted(STARTS)
    status = old.status()
    assert (status.done, status.left, status.versions, status.damaged) == (36, 0, (old.path.name,), ())
    assert status.generator == old.manifest.generator == 1
    assert "starts by generator 1, with which the study was begun; new studies use 2" in str(status)
    uniform = ls.train(*_parts(old, "uniform"), runs=12, seed=7, checkpoints=(0, 10)).runs
    stored = old.runs(where={"init": "uniform"})
    np.testing.assert_allclose(stored["loss"], uniform["loss"], rtol=1e-9)
    assert stored["outcome"].tolist() == uniform["outcome"].tolist()


def _parts(study: ls.Study, init: str) -> tuple[ls.Surface, ls.Protocol]:
    cell = study.cell(cell_of(study, init))
    return cell.surface, cell.protocol


@pytest.mark.parametrize("init", STARTS)
def test_old_runs_have_the_starts_they_had(old: ls.Study, init: str) -> None:
    """Those of normal initializers on a machine where SciPy's last bits are what they were; elsewhere to these bits."""
    result = old.result(cell_of(old, init))
    seen = old.checkpoints(where={"init": init, "epoch": 0})["loss"]
    np.testing.assert_allclose(seen, result.surface.loss(result.theta0), rtol=1e-13)
    if init != "normal" or SCIPY_AS_THEN:
        assert hashed(result.theta0) == STARTS[init]
    now = draw_starts(result.surface, result.protocol, 12, 7)
    np.testing.assert_allclose(result.theta0, now, rtol=1e-14)
    assert (result.theta0 == now).all() == (init != "normal")


@pytest.mark.parametrize("init", STARTS)
def test_old_runs_can_be_replayed(old: ls.Study, init: str) -> None:
    """To the bit where release 0.2.0 trained them, whose kernels are those of now."""
    surface, protocol = _parts(old, init)
    generator = old.manifest.generator
    again = ls.train(surface, protocol, 12, 7, checkpoints=(0, 10), generator=generator)
    result = old.result(cell_of(old, init))
    if old.path.name == "0.2.0" and (init != "normal" or SCIPY_AS_THEN):
        assert_same_bits(again, result)
    np.testing.assert_allclose(again.theta, result.theta, rtol=1e-9)
    path = ls.replay(surface, protocol, 7, [3, 5], generator=generator)
    assert [(each.theta[0] == result.theta0[each.run]).all() for each in path] == [True, True]


def test_show_replays_old_runs_from_their_starts(old: ls.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(reading, "train", lambda *given, **named: made.append(ls.train(*given, **named)) or made[-1])
    said = CliRunner().invoke(command.cli, ["show", str(old.path), "3", "init=normal"]).output
    result = old.result(cell_of(old, "normal"))
    assert f"{result.runs['loss'][3]:.6g}" in said
    assert (made[0].theta0[0] == result.theta0[3]).all()


def test_old_studies_go_on_with_the_generator_they_were_begun_with(old: ls.Study) -> None:
    """More runs, and a cell that is new: in the format that the release itself reads."""
    before = {path.name: path.read_bytes() for path in (old.path / "blocks").iterdir()}
    old.extend(20, progress=False)
    grown = ls.Study(old.path, ls.grid(**ASKED | {"init": "xavier_normal"}), 20, 7, (0, 10)).run(progress=False)
    assert len(grown.runs()) == 80
    assert {name: (old.path / "blocks" / name).read_bytes() for name in before} == before
    for init in (*STARTS, "xavier_normal"):
        result = grown.result(cell_of(grown, init))
        again = ls.train(result.surface, result.protocol, 20, 7, checkpoints=(0, 10), generator=1)
        assert (again.theta0 == result.theta0).all()
        assert (again.theta[12:] == result.theta[12:]).all()
    content = json.loads((old.path / "study.json").read_text())
    assert (content["format"], content["generator"]) == (1, 1)
    found = [blocks.read(path) for path in (old.path / "blocks").iterdir()]
    assert {block.generator for block in found} == {1}
    assert grown.status().versions == (old.path.name, ls.__version__)
    assert f"made by different versions: {old.path.name}, {ls.__version__}" in str(grown.status())


def test_blocks_say_the_generator_where_the_manifest_is_lost(old: ls.Study) -> None:
    before = sorted(path.name for path in (old.path / "blocks").iterdir())
    (old.path / "study.json").unlink()
    again = ls.Study(old.path, ls.grid(**ASKED), 12, 7, (0, 10))
    assert again.manifest.generator == 1
    assert again.run(progress=False).status().left == 0
    assert sorted(path.name for path in (old.path / "blocks").iterdir()) == before
    assert json.loads((old.path / "study.json").read_text())["generator"] == 1


def test_the_study_of_0_3_0_is_read_and_gone_on_with(tmp_path: Path) -> None:
    """To the bit: kernels and starts of that release are those of now, and its starts do not depend on SciPy."""
    made = ls.open_study(shutil.copytree(DATA / "study_0.3.0", tmp_path / "0.3.0"))
    assert made.cells()["_cell"].tolist() == ls.open_study(DATA / "study_0.2.0").cells()["_cell"].tolist()
    assert (made.manifest.generator, len(made.runs()), made.status().left) == (2, 36, 0)
    for init in STARTS:
        result = made.result(cell_of(made, init))
        assert_same_bits(ls.train(result.surface, result.protocol, 12, 7, checkpoints=(0, 10)), result)
    made.extend(20, progress=False)
    assert len(made.runs()) == 60


def only(block: Path, cell: str) -> tuple[str, bytes]:
    """Name and content of a block with the runs of one cell of another block."""
    table = pq.read_table(block)
    table = table.filter([name == cell for name in table["_cell"].to_pylist()])
    facts = json.loads(table.schema.metadata[b"landscape"])
    facts["pieces"] = [piece for piece in facts["pieces"] if piece[0] == cell]
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({b"landscape": json.dumps(facts)}), sink)
    return blocks.name_of(sink.getvalue()), sink.getvalue()


def test_blocks_of_three_releases_are_asked_together(tmp_path: Path) -> None:
    """Each cell of another release, and some runs of now."""
    old = [ls.open_study(DATA / f"study_{release}") for release in RELEASES]
    folder = shutil.copytree(DATA / "study_0.2.0", tmp_path / "mixed", ignore=shutil.ignore_patterns("*.parquet"))
    for study, init in zip(old, STARTS, strict=False):
        (block,) = (study.path / "blocks").iterdir()
        name, content = only(block, cell_of(study, init))
        (folder / "blocks" / name).write_bytes(content)
    mixed = ls.open_study(folder).run(progress=False)
    assert mixed.status().versions == (*RELEASES, ls.__version__)
    pytest.importorskip("duckdb", reason="needs the extra [sql]")
    versions = mixed.query("select init, _version, count(*) as n from runs group by all order by all").values.tolist()
    assert versions == [[init, by, 12] for init, by in zip(STARTS, (*RELEASES, ls.__version__), strict=True)]
    for table, asked in ((mixed.runs(), "runs"), (mixed.checkpoints(), "checkpoints")):
        found = mixed.query(f"select * exclude (_version) from {asked} order by init, run").astype({"_problem": str})
        assert set(found) == set(table)
        assert not found.isna().any().any()
        key = ["init", "run", *(["epoch"] if asked == "checkpoints" else [])]
        own = table.astype({name: str for name in table if isinstance(table[name].dtype, pd.CategoricalDtype)})
        for name in table:
            assert found.sort_values(key)[name].tolist() == own.sort_values(key)[name].tolist(), name


def test_new_studies_have_the_new_generator(tmp_path: Path) -> None:
    """And a format that releases before refuse, which would go on with theirs."""
    made = ls.Study(tmp_path / "new", ls.grid(**ASKED), 12, 7, (0, 10)).run(progress=False)
    (block,) = [blocks.read(path) for path in (made.path / "blocks").iterdir()]
    assert made.manifest.generator == made.status().generator == block.generator == 2
    assert json.loads((made.path / "study.json").read_text())["format"] == 2
    assert "generator" not in str(made.status())
    result = made.result(cell_of(made, "normal"))
    assert (result.theta0 == ls.train(result.surface, result.protocol, 12, 7).theta0).all()


def test_generators_are_not_mixed(old: ls.Study, tmp_path: Path) -> None:
    """Neither by copies of blocks nor by a release that knows fewer."""
    made = ls.Study(tmp_path / "new", ls.grid(**ASKED), 20, 7, (0, 10)).run(progress=False)
    (new,) = (made.path / "blocks").iterdir()
    (first,) = (old.path / "blocks").iterdir()
    for source, target, said in ((new, old, "generator=2, not 1"), (first, made, "generator=1, not 2")):
        shutil.copy(source, target.path / "blocks")
        for call in (target.runs, target.status, target.run):
            with pytest.raises(ValueError, match=f"was made with {said}; move it where it belongs"):
                call()


def test_an_unknown_generator_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ls.Study(tmp_path / "new", ls.grid(**ASKED), 5).run(progress=False)
    (block,) = (made.path / "blocks").iterdir()
    monkeypatch.setattr(blocks, "GENERATORS", {1: None})
    for read in (lambda: blocks.read(block), lambda: manifest.from_file(made.path / "study.json")):
        with pytest.raises(
            ValueError, match="has generator 2, this version of landscape reads 1; use the one that wrote it"
        ):
            read()
    for wrong in (0, 3):
        with pytest.raises(ValueError, match=f"generator={wrong} is out of range; give a whole number from 1 to 2"):
            ls.train(ls.Surface(), runs=1, generator=wrong)
        with pytest.raises(ValueError, match=f"generator={wrong} is out of range"):
            ls.replay(ls.Surface(), generator=wrong)
