"""The folder of a study: damage is found, nothing is half written, one writes at a time, and readers never wait."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

import landscape as ls
from landscape.parts.initializers import GENERATOR
from landscape.study import blocks, manifest, store, training_loop
from landscape.study.work_units import Piece, train_task

GRID = ls.grid(activation=["tanh", "sigmoid"], hidden=[2, 3], budget=30)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of several blocks; tests work on copies of it."""
    path = tmp_path_factory.mktemp("kept") / "study"
    made = ls.Study(path, GRID, runs=40).run()
    for runs in (70, 80, 120):
        made.extend(runs)
    return path


@pytest.fixture(scope="module")
def clean(kept: Path) -> pd.DataFrame:
    return ls.open_study(kept).runs()


@pytest.fixture
def copy(kept: Path, tmp_path: Path) -> Path:
    return shutil.copytree(kept, tmp_path / "copy")


def files(path: Path) -> list[Path]:
    return sorted((path / "blocks").glob("*.parquet"))


def flip(path: Path, share: float) -> None:
    """One bit, at that share of the file."""
    content = bytearray(path.read_bytes())
    content[int(share * (len(content) - 1))] ^= 1 << int(share * 64) % 8
    path.write_bytes(content)


def repaired(path: Path, clean: pd.DataFrame, bad: int, reason: str = "damaged|holds runs that") -> None:
    """Reading names the damaged files and leaves them out; running sets them aside and trains their runs again."""
    lost = files(path)
    reader = ls.open_study(path)
    with pytest.warns(UserWarning, match=reason) as told:
        less = reader.runs()
    assert len(told) == bad
    assert len(less) < len(clean)
    status = reader.status()
    assert len(status.damaged) == bad
    assert status.done == len(less)
    assert status.left == len(clean) - len(less)
    merged = clean.merge(less[["_cell", "run"]], on=["_cell", "run"])
    assert (merged["loss"].to_numpy() == less["loss"].to_numpy()).all(), "what is read is right"
    with pytest.warns(UserWarning, match="set aside as .*damaged"):
        ls.open_study(path).run()
    aside = {file.name.rsplit("-", 1)[0] + ".parquet" for file in (path / "damaged").iterdir()}
    assert len(aside) == bad
    assert aside <= {file.name for file in lost}
    pd.testing.assert_frame_equal(ls.open_study(path).runs(), clean, check_exact=True)
    assert ls.open_study(path).status().damaged == ()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.2, 0.5, 0.77, 0.9, 0.96, 0.999, 1.0])
def test_a_flipped_bit_is_found(copy: Path, clean: pd.DataFrame, share: float) -> None:
    flip(files(copy)[1], share)
    repaired(copy, clean, bad=1)


@pytest.mark.parametrize("length", [0, 3, 1000, -1])
def test_a_truncated_file_is_found(copy: Path, clean: pd.DataFrame, length: int) -> None:
    damaged = files(copy)[0]
    damaged.write_bytes(damaged.read_bytes()[:length])
    repaired(copy, clean, bad=1)


def test_damage_to_all_blocks_at_once(copy: Path, clean: pd.DataFrame) -> None:
    for file in files(copy):
        flip(file, 0.4)
    repaired(copy, clean, bad=4)


def test_damage_is_found_in_a_file_that_was_read_before(copy: Path) -> None:
    reader = ls.open_study(copy)
    before = len(reader.runs())
    flip(files(copy)[2], 0.3)
    with pytest.warns(UserWarning, match=files(copy)[2].name):
        assert len(reader.runs()) < before


def test_a_file_under_another_name_is_damaged(copy: Path, clean: pd.DataFrame) -> None:
    first, second = files(copy)[:2]
    shutil.copy(first, second)
    repaired(copy, clean, bad=1)


def test_runs_that_lie_in_two_blocks_count_once(copy: Path, clean: pd.DataFrame, tmp_path: Path) -> None:
    """As where the folder of a colleague was copied into one's own."""
    other = ls.Study(tmp_path / "other", GRID, runs=50).run()
    shutil.copy(files(other.path)[0], copy / "blocks")
    with pytest.warns(UserWarning, match="holds runs that another block holds as well"):
        table = ls.open_study(copy).runs()
    assert not table.duplicated(["_cell", "run"]).any()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = ls.open_study(copy).run().runs()
    pd.testing.assert_frame_equal(table, clean, check_exact=True)


def test_a_lost_block_is_trained_again(copy: Path, clean: pd.DataFrame) -> None:
    files(copy)[1].unlink()
    assert len(ls.open_study(copy).runs()) < len(clean)
    pd.testing.assert_frame_equal(ls.open_study(copy).run().runs(), clean, check_exact=True)


@pytest.mark.parametrize("where", range(0, 100, 7))
def test_a_damaged_manifest_is_never_read_as_good(copy: Path, clean: pd.DataFrame, where: int) -> None:
    manifest = copy / "study.json"
    content = manifest.read_bytes()
    at = where * len(content) // 100
    damaged = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    manifest.write_bytes(damaged)
    with pytest.raises(ValueError, match=r"study.json (is damaged|has format)"):
        ls.open_study(copy)
    if b'"format"' in content[at - 10 : at + 10]:
        return
    before = files(copy)
    with pytest.warns(UserWarning, match="sets it aside and writes it anew"):
        again = ls.Study(copy, GRID, runs=120).run()
    pd.testing.assert_frame_equal(again.runs(), clean, check_exact=True)
    assert files(copy) == before, "no block was written again"
    assert (copy / "damaged" / "study-damaged-1.json").read_bytes() == damaged
    assert len(ls.open_study(copy).runs()) == len(clean)


def test_a_lost_manifest_costs_no_block(copy: Path, clean: pd.DataFrame) -> None:
    (copy / "study.json").unlink()
    before = files(copy)
    pd.testing.assert_frame_equal(ls.Study(copy, GRID, runs=120).run().runs(), clean, check_exact=True)
    assert files(copy) == before


def test_no_more_is_trained_than_asked_for(copy: Path) -> None:
    """With a gap in what is stored that reaches beyond what is asked for now."""
    lost = min(files(copy), key=lambda file: min(piece.first for piece in blocks.read(file).pieces))
    lost.unlink()
    (copy / "study.json").unlink()
    made = ls.Study(copy, GRID, runs=10)
    before = len(made.runs())
    assert made.plan().left == 4 * 10
    assert len(made.run().runs()) == before + 4 * 10


def test_cells_that_are_named_in_another_way_are_refused(copy: Path) -> None:
    """As by a version with other settings, which would find none of the stored runs."""
    content = json.loads((copy / "study.json").read_text())
    name, content["cells"][0]["_cell"] = content["cells"][0]["_cell"], "0123456789abcdef"
    del content["digest"]
    (copy / "study.json").write_text(json.dumps({**content, "digest": manifest._digest(content)}))
    for call in (ls.open_study, lambda path: ls.Study(path, GRID)):
        with pytest.raises(ValueError, match=f"names a cell 0123456789abcdef whose settings make {name}; was it written by"):
            call(copy)


def test_another_format_is_refused(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "FORMATS", (3, 4))
    monkeypatch.setattr(blocks, "FORMATS", (3, 4))
    with pytest.raises(ValueError, match=r"study.json has format 2, this version of landscape reads 3 and 4"):
        ls.open_study(copy)
    with pytest.raises(ValueError, match="has format 2"):
        ls.Study(copy, GRID)
    monkeypatch.undo()
    seen = ls.open_study(copy)
    monkeypatch.setattr(blocks, "FORMATS", (3, 4))
    with pytest.raises(ValueError, match=r"parquet has format 2, this version of landscape reads 3 and 4"):
        seen.runs()


def test_blocks_of_another_seed_are_refused(copy: Path, tmp_path: Path) -> None:
    other = ls.Study(tmp_path / "other", GRID, runs=50, seed=1).run()
    shutil.copy(files(other.path)[0], copy / "blocks")
    for call in (ls.open_study(copy).runs, ls.open_study(copy).run, ls.open_study(copy).cells):
        with pytest.raises(ValueError, match="was made with seed=1, not 0; move it where it belongs"):
            call()


def test_one_writes_at_a_time_and_readers_go_on(copy: Path, clean: pd.DataFrame) -> None:
    held, done = threading.Event(), threading.Event()

    def write() -> None:
        with store.Store(copy).writing():
            held.set()
            done.wait()

    writer = threading.Thread(target=write)
    writer.start()
    held.wait()
    try:
        with pytest.raises(
            BlockingIOError, match=rf"is being written by process {os.getpid()} on .*, since 20.*; wait until"
        ):
            ls.open_study(copy).run()
        assert len(ls.open_study(copy).runs()) == len(clean)
        assert f"process {os.getpid()}" in str(ls.open_study(copy).status().writer)
    finally:
        done.set()
        writer.join()
    assert ls.open_study(copy).status().writer is None
    assert ls.open_study(copy).run().status().left == 0


def test_two_processes_at_once(tmp_path: Path) -> None:
    """Both are started on one folder: one is refused, or comes when the other is done; the table is that of one."""
    script = textwrap.dedent(f"""
        import sys, landscape as ls
        grid = ls.grid(lr=[0.1, 0.2, 0.3, 0.4], budget=20_000, criterion="never")
        try:
            ls.Study({str(tmp_path / "two")!r}, grid, runs=600).run()
        except BlockingIOError as error:
            sys.exit(7)
    """)
    both = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert sorted(process.wait() for process in both) in ([0, 7], [0, 0])
    table = ls.open_study(tmp_path / "two").runs()
    assert len(table) == 2400
    assert not table.duplicated(["_cell", "run"]).any()


def test_a_reader_never_sees_half_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loop, "BLOCK_SECONDS", 0.0)
    made = ls.Study(tmp_path, ls.grid(lr=[0.1, 0.2, 0.3], budget=20), runs=20_000)
    sizes: list[int] = []
    write, reading = store.Store.write_block, threading.Event()

    def write_block(self: store.Store, *given: Any) -> None:
        """Goes on when what was written before has been looked at, however the processors are shared."""
        write(self, *given)
        seen = len(sizes)
        while len(sizes) < seen + 2 and reading.is_set():
            time.sleep(0.001)

    monkeypatch.setattr(store.Store, "write_block", write_block)
    writer = threading.Thread(target=lambda: made.run(progress=False))
    reading.set()
    writer.start()
    try:
        _read_on(tmp_path, writer, sizes)
    finally:
        reading.clear()
    writer.join()
    assert sizes == sorted(sizes), "what was there stays there"
    assert len(set(sizes)) > 2, "and it grew meanwhile"


def _read_on(tmp_path: Path, writer: threading.Thread, sizes: list[int]) -> None:
    while writer.is_alive():
        if (tmp_path / "study.json").exists():
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                table = ls.open_study(tmp_path).runs(columns=["run", "_cell", "loss"])
            assert not table.duplicated(["_cell", "run"]).any()
            assert (table["loss"] > 0).all()
            sizes.append(len(table))


FULL_DISK = """
    import resource, sys, landscape as ls
    from landscape.study import training_loop
    training_loop.BLOCK_RUNS = 3_000
    grid = ls.grid(lr=[0.1, 0.2], budget=2)
    made = ls.Study(sys.argv[1], grid, runs=1_000).run()
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    try:
        made.extend(50_000)
    except OSError as error:
        print(type(error).__name__, error, *error.__notes__, sep="|")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files there")
def test_a_full_disk_ends_in_a_clear_error_and_an_intact_store(tmp_path: Path) -> None:
    """The operating system refuses to write past a limit, in the middle of a block."""
    path = tmp_path / "s"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(path)], capture_output=True, text=True, check=True
    )
    kind, reason, note = done.stdout.strip().split("|")
    assert kind == "OSError"
    assert "File too large; nothing stored is lost: make room, or mend what is wrong, and run again" in reason
    assert str(path / "blocks") in reason
    assert "runs are stored in" in note
    assert "the next run goes on from there" in note
    assert not [file for file in path.rglob("*") if file.name.endswith("-tmp")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        there = ls.open_study(path)
        assert there.status().done == 2_000
        assert there.status().left == 98_000
        assert len(there.run().runs(columns=["run"])) == 100_000


def test_what_a_killed_writer_left_is_swept_up(copy: Path, clean: pd.DataFrame) -> None:
    for name in (".study.json.landscape-tmp", "blocks/.abc.parquet.landscape-tmp"):
        (copy / name).write_bytes(b"half a fi")
    (copy / ".writer.json").write_text('{"process": 1, "host": "gone", "since": "yesterday"}')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        there = ls.open_study(copy)
        assert there.status().writer is None
        pd.testing.assert_frame_equal(there.runs(), clean)
        there.run()
    assert not [file for file in copy.rglob("*") if file.name.endswith("-tmp")]
    assert not (copy / ".writer.json").exists()


def test_a_folder_that_may_only_be_read_can_be_read(copy: Path, clean: pd.DataFrame) -> None:
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        there = ls.open_study(copy)
        assert len(there.runs()) == len(clean)
        assert there.status().left == 0
    finally:
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o755)


def test_the_manifest_is_plain(copy: Path) -> None:
    content = json.loads((copy / "study.json").read_text())
    assert (content["format"], content["runs"], content["seed"], content["checkpoints"]) == (2, 120, 0, [])
    assert content["generator"] == 2
    assert content["settings"]["budget"] == 30
    assert [(cell["activation"], cell["hidden"]) for cell in content["cells"]] == [
        ("sigmoid", 2), ("tanh", 2), ("sigmoid", 3), ("tanh", 3),
    ]  # fmt: skip
    assert content["problems"]["xor"]["targets"] == [[0.0], [1.0], [1.0], [0.0]]
    assert len(content["written"]) == 4
    with FileLock(copy / ".lock"):
        pass


@pytest.mark.parametrize("name", ["it's", 'a "b" c', "x; drop table runs; --", "[1]*?{a}", "a%20b", "ünï", " "])
def test_any_name_will_do_for_the_folder(tmp_path: Path, name: str) -> None:
    made = ls.Study(tmp_path / name, ls.grid(budget=5), runs=10).run()
    assert len(ls.open_study(tmp_path / name).runs()) == 10
    assert made.query("select count(*) as n from runs")["n"].tolist() == [10]
    assert made.status().blocks == 1


def test_the_folder_stays_the_same_when_the_program_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = ls.Study("here", ls.grid(budget=5), runs=10).run()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert len(made.runs()) == 10
    assert not (tmp_path / "elsewhere" / "here").exists()


def test_blocks_that_overlap_are_told_apart(kept: Path) -> None:
    good = store.Store(kept).blocks(ls.open_study(kept).manifest)[0]
    whole = blocks.Block(Path("all"), 0, "", 0, (), tuple(blocks.Stored(c.id, 0, 120, 0, 0.0) for c in GRID))
    assert store._redundant(good) == []
    assert store._redundant([*good, good[0]]) == [good[0]]
    left = [block for block in [whole, *good] if block not in store._redundant([whole, *good])]
    runs = [(p.cell, run) for block in left for p in block.pieces for run in range(p.first, p.first + p.runs)]
    assert len(runs) == len(set(runs))


def test_pieces_are_joined_within_a_cell(tmp_path: Path) -> None:
    """In whatever order they were trained: the runs of one cell are never another's."""
    one, other = sorted(GRID.cells[:2], key=lambda cell: cell.id)
    task = [Piece(other, 30, 10), Piece(one, 20, 10), Piece(one, 0, 20)]
    content = blocks.encode(zip(task, train_task(task, 0, (), GENERATOR), strict=True), 0, (), GENERATOR)
    path = tmp_path / blocks.name_of(content)
    path.write_bytes(content)
    assert [piece[:3] for piece in blocks.read(path).pieces] == [(one.id, 0, 30), (other.id, 30, 10)]
    assert pd.read_parquet(path)["run"].tolist() == list(range(40))


def test_many_runs_are_not_given_up_for_a_few(tmp_path: Path) -> None:
    big = ls.Study(tmp_path / "big", GRID, runs=500).run()
    few = ls.Study(tmp_path / "few", ls.grid(GRID.cells[:1]), runs=10).run()
    shutil.copy(files(few.path)[0], big.path / "blocks")
    with pytest.warns(UserWarning, match="holds runs that"):
        assert len(big.runs(columns=["run"])) == 2000
    assert big.status().damaged[0].startswith(str(big.path / "blocks" / files(few.path)[0].name))


def test_files_of_other_people_are_left_alone(tmp_path: Path) -> None:
    for name in ("writer.json", "lock", ".mine.tmp", "data.parquet"):
        (tmp_path / name).write_text("precious")
    (tmp_path / "blocks" / "folder.parquet").mkdir(parents=True)
    made = ls.Study(tmp_path, ls.grid(budget=5), runs=10).run()
    assert len(made.run().runs()) == 10
    for name in ("writer.json", "lock", ".mine.tmp", "data.parquet"):
        assert (tmp_path / name).read_text() == "precious"


def test_minus_zero_is_zero(tmp_path: Path) -> None:
    assert len(ls.grid(slope=[0.0, -0.0], l2=[0.0, -0.0])) == 1
    xor = ls.problems.xor
    assert ls.Problem(-0.0 * xor.inputs, xor.targets) == ls.Problem(0.0 * xor.inputs, xor.targets)
    ls.Study(tmp_path, ls.grid(slope=-0.0, budget=5), runs=10).run()
    assert len(ls.open_study(tmp_path).runs()) == 10


def test_what_cannot_be_trained_does_not_become_part_of_the_study(tmp_path: Path) -> None:
    small = ls.grid(budget=5)
    ls.Study(tmp_path, small, runs=10).run()
    with pytest.raises(ValueError, match="hidden=1000000 would take about"):
        ls.Study(tmp_path, small + ls.grid(hidden=10**6), runs=10).run()
    with pytest.raises(TypeError, match="executor=5 is not an executor"):
        ls.Study(tmp_path, small + ls.grid(hidden=3, budget=5), runs=10).run(5)
    assert len(ls.open_study(tmp_path).manifest.cells) == 1


# Foreign and strange things in the folder of a study


def link_to_itself(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(path.name)


def folder_instead(path: Path) -> None:
    path.unlink(missing_ok=True)
    (path / "mine").mkdir(parents=True)


STRANGE: dict[str, Callable[[Path], object]] = {
    "a folder": folder_instead,
    "a link to itself": link_to_itself,
    "a pipe": lambda path: (path.unlink(missing_ok=True), os.mkfifo(path)),
    "deep": lambda path: path.write_text("[" * 200_000),
    "another's": lambda path: path.write_text("[1, 2]"),
    "nothing": lambda path: path.write_text(""),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes there")
@pytest.mark.parametrize("kind", STRANGE)
def test_whatever_stands_in_the_place_of_the_manifest_is_set_aside(copy: Path, clean: pd.DataFrame, kind: str) -> None:
    STRANGE[kind](copy / "study.json")
    with pytest.raises(ValueError, match=r"study.json is damaged: it is not a (file|manifest); open it with Study"):
        ls.open_study(copy)
    with pytest.warns(UserWarning, match="sets it aside and writes it anew"):
        again = ls.Study(copy, GRID, runs=120).run()
    pd.testing.assert_frame_equal(again.runs(), clean, check_exact=True)
    pd.testing.assert_frame_equal(ls.open_study(copy).runs(), clean, check_exact=True)
    assert len(list((copy / "damaged").iterdir())) == 1


def parquet(path: Path, metadata: dict[str, str]) -> None:
    """A table of another program, under the name that a block with its content would have."""
    table = pa.table({"run": [0, 1]}).replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content = sink.getvalue().to_pybytes()
    (path / blocks.name_of(content)).write_bytes(content)


FOREIGN: dict[str, Callable[[Path], object]] = {
    "no metadata": lambda path: parquet(path, {}),
    "other metadata": lambda path: parquet(path, {"landscape": "[1]"}),
    "deep metadata": lambda path: parquet(path, {"landscape": "[" * 200_000}),
    "fewer rows": lambda path: parquet(path, {"landscape": json.dumps(FACTS)}),
    "no Parquet": lambda path: (path / blocks.name_of(b"text")).write_bytes(b"text"),
    "a link to itself": lambda path: link_to_itself(path / ("0" * 32 + ".parquet")),
}
FACTS = {"format": 1, "version": "0", "seed": 0, "checkpoints": [], "pieces": [["0" * 16, 0, 3, 5, 0.1]]}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_named_like_a_block_is_set_aside(copy: Path, clean: pd.DataFrame, kind: str) -> None:
    FOREIGN[kind](copy / "blocks")
    with pytest.warns(UserWarning, match="(not a block|which is not what|cannot be read).*; left out") as told:
        pd.testing.assert_frame_equal(ls.open_study(copy).runs(), clean, check_exact=True)
    assert len(told) == 1
    with pytest.warns(UserWarning, match="set aside as .*damaged"):
        ls.open_study(copy).run()
    assert len(list((copy / "damaged").iterdir())) == 1
    pd.testing.assert_frame_equal(ls.open_study(copy).runs(), clean, check_exact=True)


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes there")
def test_what_no_study_makes_is_left_alone(copy: Path, clean: pd.DataFrame) -> None:
    """Even under names that studies use."""
    for name in ("blocks/.mine.landscape-tmp", ".mine.landscape-tmp", ".writer.json", "blocks/folder.parquet"):
        (copy / name / "mine").mkdir(parents=True)
    os.mkfifo(copy / "blocks" / "pipe.parquet")
    pd.testing.assert_frame_equal(ls.open_study(copy).extend(125).extend(120).runs(where={"run": range(120)}), clean)
    assert (copy / "blocks/.mine.landscape-tmp/mine").is_dir()
    assert (copy / "blocks/pipe.parquet").is_fifo()


def test_a_writer_that_nobody_can_read_is_another_process(copy: Path) -> None:
    (copy / ".writer.json").write_text("[" * 200_000)
    with FileLock(copy / ".lock"):
        assert ls.open_study(copy).status().writer == "another process"


def test_a_study_that_cannot_be_written_to_says_so(copy: Path, clean: pd.DataFrame) -> None:
    (copy / ".lock").unlink(missing_ok=True)
    (copy / ".lock").mkdir()
    assert len(ls.open_study(copy).runs()) == len(clean)
    assert ls.open_study(copy).status().writer is None
    with pytest.raises(OSError, match=r"the study cannot be written to here \(reading it goes on\).*\.lock"):
        ls.open_study(copy).run()


def test_a_file_in_the_place_of_the_blocks_is_said(copy: Path) -> None:
    shutil.rmtree(copy / "blocks")
    (copy / "blocks").write_text("mine")
    with pytest.raises(ValueError, match="blocks is a file, where a study keeps a folder; move it away"):
        ls.open_study(copy).runs()
    with pytest.raises(OSError, match=r"the study cannot be written to here"):
        ls.open_study(copy).run()
    assert (copy / "blocks").read_text() == "mine"


def test_damage_that_cannot_be_set_aside_is_said(copy: Path) -> None:
    flip(files(copy)[0], 0.5)
    (copy / "damaged").write_text("mine")
    with pytest.raises(OSError, match="is damaged and cannot be set aside: move it away, and run again"):
        ls.open_study(copy).run()


def test_what_may_not_be_read_is_said(copy: Path, clean: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block costs its runs only; the system's refusal of the manifest is passed on, and nothing is written anew."""
    refused, read = files(copy)[1], Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path == refused:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    repaired(copy, clean, bad=1, reason="cannot be read: Permission denied")

    def read_text(path: Path, *_: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", read_text)
    before = (copy / "study.json").stat()
    for call in (ls.open_study, lambda path: ls.Study(path, GRID, runs=500)):
        with pytest.raises(PermissionError, match=r"study\.json"):
            call(copy)
    assert (copy / "study.json").stat() == before


@pytest.mark.parametrize("gone", ["", "blocks"])
def test_a_folder_deleted_meanwhile_is_said_to_be_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: str) -> None:
    """With all that was stored in it."""
    monkeypatch.setattr(training_loop, "BLOCK_RUNS", 500)
    monkeypatch.setattr(training_loop, "TASK_SECONDS", 1e-4)
    made, write = ls.Study(tmp_path / "study", GRID, runs=2_000), store.Store.write_block

    def write_and_lose(self: store.Store, *given: Any) -> None:
        write(self, *given)
        shutil.rmtree(tmp_path / "study" / gone)

    monkeypatch.setattr(store.Store, "write_block", write_and_lose)
    with pytest.raises(OSError, match="no longer there, nor is what was stored in it: put it back, or run again") as told:
        made.run(threads=1)
    assert "was moved or deleted meanwhile, with the runs that were stored in it" in told.value.__notes__[0]
    assert not any("lost" in text or "goes on" in text for text in (str(told.value), *told.value.__notes__))


@pytest.mark.parametrize(
    "call", [lambda path: ls.Study(path, GRID), ls.open_study, lambda path: ls.query(path, "select 1 from runs")]
)
def test_an_empty_path_is_not_the_current_folder(
    call: Callable[[Any], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ValueError, match=r'path="" is empty; give a folder such as "results/widths", or "." for the current'
    ):
        call("")
    with pytest.raises(TypeError, match=r"path=5 is not a path; give a folder"):
        call(5)
    ls.Study(".", GRID, runs=1).run()
    assert len(ls.open_study(".").runs()) == 4
    Path("file.txt").write_text("")
    with pytest.raises(ValueError, match=r"file.txt is a file; give a folder for the study"):
        ls.Study("file.txt/below/it", GRID)


def signed(file: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """A manifest changed, with the digest of what it then says."""
    content = json.loads(file.read_text())
    change(content)
    content.pop("digest")
    file.write_text(json.dumps({**content, "digest": manifest._digest(content)}))


NO_STUDY: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no runs": lambda m: m.pop("runs"),
    "runs as text": lambda m: m.update(runs="5"),
    "no cells": lambda m: m.pop("cells"),
    "not one cell": lambda m: m.update(cells=[]),
    "cells that are none": lambda m: m.update(cells="x"),
    "a cell without its name": lambda m: m["cells"][0].pop("_cell"),
    "an unknown problem": lambda m: m["settings"].update(problem="mine"),
    "a problem without inputs": lambda m: m["problems"]["xor"].pop("inputs"),
    "problems in a list": lambda m: m.update(problems=[]),
    "no checkpoints": lambda m: m.update(checkpoints=None),
    "broken checkpoints": lambda m: m.update(checkpoints=[0.5]),
    "a seed as text": lambda m: m.update(seed="0"),
    "nobody who wrote": lambda m: m.update(written=None),
}


@pytest.mark.parametrize("case", NO_STUDY)
def test_a_manifest_that_describes_no_study_is_damaged(case: str, copy: Path, clean: pd.DataFrame) -> None:
    signed(copy / "study.json", NO_STUDY[case])
    with pytest.raises(ValueError, match=r"study.json is damaged: it describes no study .*; open it with Study"):
        ls.open_study(copy)
    with pytest.warns(UserWarning, match="sets it aside and writes it anew"):
        again = ls.Study(copy, GRID, runs=120).run()
    pd.testing.assert_frame_equal(again.runs(), clean, check_exact=True)


def first_piece(change: Callable[[list[Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    return lambda facts: change(facts["pieces"][0])


def all_twice(facts: dict[str, Any]) -> None:
    """As many runs as the block has rows, and half of them twice."""
    rows = sum(piece[2] for piece in facts["pieces"])
    facts["pieces"] = [[*facts["pieces"][0][:2], runs, 0, 0.0] for runs in (rows // 2, rows - rows // 2)]


NO_BLOCK: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no pieces": lambda facts: facts.pop("pieces"),
    "pieces that are none": lambda facts: facts.update(pieces=[1, 2]),
    "pieces cut short": first_piece(lambda piece: piece.pop()),
    "a first run as text": first_piece(lambda piece: piece.__setitem__(1, str(piece[1]))),
    "a first run below 0": first_piece(lambda piece: piece.__setitem__(1, -1)),
    "a cell that is no name": first_piece(lambda piece: piece.__setitem__(0, [piece[0]])),
    "runs twice": all_twice,
    "fewer runs than none": lambda facts: facts["pieces"].extend([["x", 0, -5, 0, 0.0], ["y", 0, 5, 0, 0.0]]),
    "no version": lambda facts: facts.pop("version"),
    "no seed": lambda facts: facts.pop("seed"),
    "checkpoints that are none": lambda facts: facts.update(checkpoints=5),
}
NO_RUNS: dict[str, Callable[[pa.Table], pa.Table]] = {
    "no losses": lambda table: table.drop_columns(["loss"]),
    "losses as text": lambda table: table.set_column(
        table.column_names.index("loss"), "loss", table["loss"].cast(pa.string())
    ),
    "epochs as numbers": lambda table: table.set_column(
        table.column_names.index("epochs"), "epochs", table["epochs"].cast(pa.float64())
    ),
    "losses twice": lambda table: table.append_column("loss", table["loss"]),
}


@pytest.mark.parametrize("case", [*NO_BLOCK, *NO_RUNS])
def test_a_block_that_does_not_say_what_it_holds_is_damaged(case: str, copy: Path, clean: pd.DataFrame) -> None:
    """Though its name is the hash of its content."""
    block = files(copy)[0]
    table = pq.read_table(block)
    facts = json.loads(table.schema.metadata[b"landscape"])
    if case in NO_BLOCK:
        NO_BLOCK[case](facts)
    else:
        table = NO_RUNS[case](table)
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata({b"landscape": json.dumps(facts)}), sink)
    content = sink.getvalue().to_pybytes()
    block.unlink()
    (block.parent / blocks.name_of(content)).write_bytes(content)
    repaired(copy, clean, 1, "does not say which runs it holds, or lacks a column of them, or has one of another type")


@pytest.mark.parametrize(("windows", "refusals", "tries"), [(True, 3, 4), (True, 99, 7), (False, 99, 1)])
def test_a_rename_is_tried_again_where_windows_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, windows: bool, refusals: int, tries: int
) -> None:
    """For as long as a reader has the file open, which elsewhere is no reason to refuse."""
    tried = []

    def rename(*paths: Path) -> None:
        tried.append(paths)
        if len(tried) <= refusals:
            raise PermissionError(13, "used by another process", str(paths[1]))

    monkeypatch.setattr(store, "WINDOWS", windows)
    monkeypatch.setattr(store.os, "replace", rename)
    monkeypatch.setattr(store.time, "sleep", lambda seconds: None)
    refused = pytest.raises(PermissionError) if tries <= refusals else nullcontext()
    with refused:
        store._rename(tmp_path / "a", tmp_path / "b")
    assert len(tried) == tries
