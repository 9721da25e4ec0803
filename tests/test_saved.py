"""Slices, maps, paths and catalogues come back from disk as they went."""

import hashlib
import io
import json
import math
import os
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pandas as pd
import pytest
from dateutil import tz

import landscape as ls
from landscape.io.archive import KINDS

DATA = Path(__file__).parent / "data"
OLD, NEWER = DATA / "saved_format_1.npz", DATA / "saved_0.3.0.npz"


@pytest.fixture(scope="module")
def things() -> dict[str, Any]:
    surface = ls.Surface(ls.Problem([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], name="own"), l2=1e-3)
    ends = ls.train(surface, ls.Protocol(lr=1.0, budget=500), runs=20).theta
    run = ls.replay(surface, ls.Protocol(budget=50), run=3)
    plane = ls.slices.trajectory_plane(surface, run, steps=(5, 7))
    plane.values("function")
    points = ls.find_minima(surface, 20)
    return {
        "line": ls.slices.random_line(surface, ends[0], normalization="filter", seed=3),
        "plane": plane,
        "hessian": ls.slices.hessian_plane(surface, ends[1], steps=5),
        "map": ls.basin_map(surface, ls.Protocol(budget=9), plane),
        "run": run,
        "points": points,
        "path": ls.minimum_energy_path(surface, points.theta[0], points.theta[1], images=7),
        "several": {"runs": [run, run], "table": pd.DataFrame({"x": [1, 2], "y": [0.1, np.nan]}), "n": 3, "none": None},
    }


def assert_same(a: Any, b: Any) -> None:
    assert type(a) is type(b), (type(a), type(b))
    if isinstance(a, (ls.Surface, ls.Protocol)):
        assert a == b
    elif is_dataclass(a):
        for part in fields(a):
            assert_same(getattr(a, part.name), getattr(b, part.name))
    elif isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(b, a, check_exact=True, check_index_type=True, check_column_type=True)
        assert_same(a.attrs, b.attrs)
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        assert a.flags.c_contiguous <= b.flags.c_contiguous
        assert a.flags.f_contiguous <= b.flags.f_contiguous
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_same(one, other)
    else:
        assert a == b or (a != a and b != b)


NAMES = ("line", "plane", "hessian", "map", "run", "points", "path", "several")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_comes_back_to_the_bit(things: dict[str, Any], name: str, tmp_path: Path) -> None:
    path = ls.save(things[name], tmp_path / "folder" / name)
    assert path == tmp_path / "folder" / f"{name}.npz"
    assert_same(things[name], ls.load(path))
    again = ls.save(ls.load(path), tmp_path / "again.npz")
    assert again.read_bytes() == path.read_bytes()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_slice_that_was_loaded_goes_on(things: dict[str, Any], tmp_path: Path) -> None:
    plane = ls.load(ls.save(things["plane"], tmp_path / "plane"))
    np.testing.assert_array_equal(plane.values("function"), things["plane"].values("function"))
    np.testing.assert_array_equal(plane.loss, things["plane"].loss)


def test_what_cannot_be_saved_or_read_is_refused(things: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="object cannot be saved; give one of: Surface"):
        ls.save(object(), tmp_path / "x")
    with pytest.raises(TypeError, match="an array of kind object"):
        ls.save(np.array([None]), tmp_path / "x")
    path = ls.save(things["line"], tmp_path / "line")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match="is damaged"):
        ls.load(path)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    (tmp_path / "text.npz").write_text("hello")
    for name in ("other.npz", "text.npz"):
        with pytest.raises(ValueError, match="was not written by"):
            ls.load(tmp_path / name)
    np.savez(tmp_path / "later.npz", content='{"format": 3}')
    with pytest.raises(ValueError, match="has format 3, this version of landscape reads 1 and 2"):
        ls.load(tmp_path / "later.npz")
    with pytest.raises(FileNotFoundError):
        ls.load(tmp_path / "nothing.npz")
    with pytest.raises(IsADirectoryError):
        ls.load(tmp_path)


def test_names_are_kept(tmp_path: Path) -> None:
    """A number in a name has a point; cut off there, one result took the place of another."""
    paths = [ls.save({"lr": lr}, tmp_path / f"res_{lr}") for lr in (0.1, 0.5, 0.25)]
    assert [path.name for path in paths] == ["res_0.1.npz", "res_0.5.npz", "res_0.25.npz"]
    assert [ls.load(path)["lr"] for path in paths] == [0.1, 0.5, 0.25]
    assert ls.save(1, tmp_path / "map.npz") == tmp_path / "map.npz"
    assert ls.save(2, str(tmp_path / "map.tar")) == tmp_path / "map.tar.npz"
    with pytest.raises(ValueError, match="path='' names no file; give one such as"):
        ls.save(1, "")


LEVELS = pd.MultiIndex.from_tuples([(1, "a"), (2, "b")], names=["n", None])
NAMED = pd.Index([1, "1", None, (1, 2)], dtype=object)

TABLES: dict[str, Callable[[], pd.DataFrame]] = {
    "text and missing text": lambda: pd.DataFrame({"a": ["x", None, ""]}),
    "objects": lambda: pd.DataFrame({"a": pd.Series(["x", None, math.nan, 1, True, 2.5, (1, "b"), [2]], dtype=object)}),
    "objects that are all text": lambda: pd.DataFrame({"a": pd.Series(["x", "y"], dtype=object)}),
    "text type": lambda: pd.DataFrame({"a": pd.array(["x", None], dtype="string")}),
    "small numbers": lambda: pd.DataFrame({"f": np.array([0.1, np.nan], np.float32), "u": np.array([1, 255], np.uint8)}),
    "large numbers": lambda: pd.DataFrame({"i": [2**62 + 1, -1], "f": [5e-324, -0.0]}),
    "booleans": lambda: pd.DataFrame({"a": [True, False]}),
    "missing whole numbers": lambda: pd.DataFrame({"i": pd.array([2**62 + 1, None], "Int64")}),
    "missing numbers": lambda: pd.DataFrame({"f": pd.array([0.1, None], "Float32")}),
    "missing booleans": lambda: pd.DataFrame({"a": pd.array([True, None, False], "boolean")}),
    "dates": lambda: pd.DataFrame({"a": pd.to_datetime(["2024-02-29 12:00:00.000000001", None])}),
    "dates of a zone": lambda: pd.DataFrame({"a": pd.to_datetime(["2024-02-29", None]).tz_localize("Europe/Berlin")}),
    "durations": lambda: pd.DataFrame({"a": pd.to_timedelta([1, 2], unit="s")}),
    "categories": lambda: pd.DataFrame({"a": pd.Categorical.from_codes([0, 2, -1], ["x", "never", "z"])}),
    "categories in order": lambda: pd.DataFrame({"a": pd.Categorical(["b", "a"], ["b", "a", "c"], ordered=True)}),
    "categories that are numbers": lambda: pd.DataFrame({"a": pd.Categorical([1.5, 0.5], [0.5, 1.0, 1.5])}),
    "index": lambda: pd.DataFrame({"a": [1, 2]}, index=pd.Index([7, 3], name="run")),
    "index of text": lambda: pd.DataFrame({"a": [1, 2]}, index=["p", "q"]),
    "index of steps": lambda: pd.DataFrame({"a": [1, 2]}, index=pd.RangeIndex(3, 7, 2, name="i")),
    "index of dates": lambda: pd.DataFrame({"a": [1, 2, 3]}, index=pd.date_range("2024", periods=3, freq="MS", tz="UTC")),
    "index of several": lambda: pd.DataFrame({"a": [1, 2]}, index=LEVELS),
    "names that are no text": lambda: pd.DataFrame([[1, 2.0, "x", True]], columns=NAMED),
    "names that are numbers": lambda: pd.DataFrame(np.eye(2), columns=pd.Index([0, 1])),
    "a name twice": lambda: pd.DataFrame([[1, 2.0]], columns=["a", "a"]),
    "names of two levels": lambda: pd.DataFrame({("a", "b"): [1], ("a", "c"): ["x"]}),
    "no rows": lambda: pd.DataFrame({"a": pd.array([], "Int64"), "b": pd.array([], "str"), "c": np.empty(0, np.int8)}),
    "no columns": lambda: pd.DataFrame(index=[4, 5]),
    "nothing": pd.DataFrame,
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_tables_come_back_equal(name: str, tmp_path: Path) -> None:
    """Index, types and names included; objects one by one, as pandas takes None and NaN for equal."""
    table = TABLES[name]()
    table.attrs = {"pooled": ["lr = 0.1, 1"], "over": (1, None)}
    back = ls.load(ls.save(table, tmp_path / "table"))
    assert_same(table, back)
    for column, other in zip(table.columns, back.columns, strict=True):
        assert type(column) is type(other)
    for k in range(table.shape[1]):
        if isinstance(table.dtypes.iloc[k], np.dtype) and table.dtypes.iloc[k].kind == "O":
            for a, b in zip(table.iloc[:, k], back.iloc[:, k], strict=True):
                assert_same(a, b)


def test_a_table_of_runs_comes_back_equal(tmp_path: Path) -> None:
    """Of four outcomes some may not occur; they are categories all the same."""
    result = ls.train(ls.Surface(), ls.Protocol(budget=20), runs=5, checkpoints=(3, 5))
    rates = ls.success_rates(result.runs, by="activation")
    assert_same(
        [result.runs, result.checkpoints, rates], ls.load(ls.save([result.runs, result.checkpoints, rates], tmp_path / "x"))
    )


VALUES: dict[str, Any] = {
    "numbers": [0, -1, 2**70, 0.1, -0.0, math.nan, -math.inf, 5e-324, True, False, None],
    "numbers of NumPy": [np.float64(0.1), np.float32(0.1), np.int8(-3), np.uint64(2**64 - 1), np.bool_(True), np.str_("x")],
    "text": ["", "\x00", "\ud83d", "ä\n", '"'],
    "keys": {1: "a", "1": "b", 2.5: "c", None: "d", (1, ("x", 2)): "e", False: "f", np.int64(7): "g"},
    "lists and tuples": (1, [2, (3, [])], {}, ()),
    "Fortran order": np.asfortranarray(np.arange(6.0).reshape(3, 2)),
    "the other byte order": np.arange(3, dtype=">i4"),
    "no axes": np.array(2.5),
    "no elements": np.empty((0, 3), np.float32),
    "text array": np.array([["a", ""], ["ä", "bc"]]),
    "bytes": np.array([b"a\0b", b""]),
    "dates": np.array(["2024-02-29", "NaT"], "M8[D]"),
    "durations": np.array([1, -1], "m8[ns]"),
    "a step": np.arange(10)[::3],
    "half precision": np.array([0.1], np.float16),
    "built-in problem": ls.problems.xor,
}


@pytest.mark.parametrize("name", VALUES)
def test_values_come_back_with_their_types(name: str, tmp_path: Path) -> None:
    back = ls.load(ls.save(VALUES[name], tmp_path / "x"))
    assert_same(VALUES[name], back)
    assert repr(back) == repr(VALUES[name])


class Named(NamedTuple):
    x: int


BERLIN, MONDAYS = tz.gettz("Europe/Berlin"), pd.offsets.CDay(weekmask="Mon")
THIRDS = pd.date_range("2024", freq=pd.DateOffset(days=3), periods=3)
UNEQUAL: dict[str, tuple[Any, str]] = {
    "objects": (np.array([None]), "an array of kind object cannot be saved; give numbers, text or dates"),
    "records": (np.zeros(2, [("a", int)]), "cannot be saved"),
    "complex": (np.zeros(2, complex), "an array of kind complex128 cannot be saved"),
    "masked": (np.ma.masked_array([1, 2], [True, False]), "MaskedArray cannot be saved"),
    "a tuple with names": (Named(1), "Named cannot be saved"),
    "a series": (pd.Series([1]), "Series cannot be saved"),
    "a set": ({1}, "set cannot be saved"),
    "dates as objects": (pd.DataFrame({"day": [date(2024, 2, 29)]}), "column 'day' of a table: date cannot be saved"),
    "intervals": (pd.DataFrame({"a": pd.interval_range(0, 2)}), "values of type interval.* cannot be"),
    "periods in the index": (pd.DataFrame(index=pd.period_range("2024", periods=1, freq="M")), "index of a table"),
    "sparse": (pd.DataFrame({"a": pd.arrays.SparseArray([0, 1])}), "cannot be saved"),
    "text that ends with a zero": (np.bytes_(b"a\0"), "NumPy drops the zeros that end text"),
    "a zone of this machine": (pd.DataFrame({"a": pd.to_datetime(["2024"]).tz_localize(BERLIN)}), "not come back equal"),
    "dates at steps without a name": (pd.DataFrame(index=THIRDS), "not come back equal"),
    "days of one's own": (pd.DataFrame(index=pd.date_range("2024", periods=3, freq=MONDAYS)), "not come back equal"),
    "function": (math.sin, "cannot be saved; give one of: Surface"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNEQUAL)
def test_what_would_not_come_back_equal_is_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    thing, message = UNEQUAL[name]
    ls.save("what was there", tmp_path / "x")
    with pytest.raises(TypeError, match=message):
        ls.save({"good": 1, "bad": thing}, tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]
    assert ls.load(tmp_path / "x.npz") == "what was there"


def test_what_holds_itself_is_refused(tmp_path: Path) -> None:
    thing: list[Any] = []
    thing.append(thing)
    with pytest.raises(ValueError, match="nested more than 100 deep, or holds itself"):
        ls.save(thing, tmp_path / "x")


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ls.save("what was there", tmp_path / "x")

    def full(*_: Any, **__: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space left"):
        ls.save("new", path)
    assert [each.name for each in tmp_path.iterdir()] == ["x.npz"]
    assert ls.load(path) == "what was there"


def test_saves_at_once_do_not_clash(tmp_path: Path) -> None:
    """Each writes a file of its own before it is moved to its place."""
    with ThreadPoolExecutor(8) as executor:
        done = list(executor.map(lambda n: ls.save({"n": n, "x": np.full(1000, n)}, tmp_path / "same"), range(40)))
    assert set(done) == {tmp_path / "same.npz"}
    found = ls.load(done[0])
    assert (found["x"] == found["n"]).all()
    assert [each.name for each in tmp_path.iterdir()] == ["same.npz"]


def listed(thing: Any) -> Any:
    """All that there is to a thing, as nested lists; of settings those that are not at their default."""
    if isinstance(thing, (ls.Surface, ls.Protocol)):
        default = type(thing)().settings | {"problem": ls.problems.xor}
        return [
            [part.name, listed(getattr(thing, part.name))]
            for part in fields(thing)
            if getattr(thing, part.name) != default[part.name]
        ]
    if isinstance(thing, ls.Problem):
        return [thing.name, listed(thing.inputs), listed(thing.targets)]
    if is_dataclass(thing):
        return [[part.name, listed(getattr(thing, part.name))] for part in fields(thing)]
    if isinstance(thing, pd.DataFrame):
        return [listed(thing.index.tolist()), *([str(name), listed(thing[name].tolist())] for name in thing)]
    if isinstance(thing, np.ndarray):
        return [str(thing.dtype), listed(thing.tolist())]
    if isinstance(thing, dict):
        return [[key, listed(value)] for key, value in thing.items()]
    return [listed(each) for each in thing] if isinstance(thing, (list, tuple)) else repr(thing)


def digest(thing: Any) -> str:
    return hashlib.sha256(json.dumps(listed(thing)).encode()).hexdigest()[:16]


WRITTEN = {
    "Surface": "3e8b031e7ad72a60",
    "Protocol": "0a8c9480d672f9c3",
    "Problem": "8811c5f5a11fad71",
    "Slice": "f48334ff6d41a57d",
    "Laid": "d95535b21d84d734",
    "BasinMap": "245dcea73f689736",
    "Trajectory": "574001c19baea490",
    "Pathway": "1dccc3b020962d42",
    "Points": "51957cf3a61dab52",
    "tables": "7ce7e0feb9b76d47",
    "values": "1371906d247c910e",
}
"""Digests of what release 0.3.0 wrote."""


def test_a_file_of_0_3_0_is_read_as_it_was_written() -> None:
    """One of each thing that can be saved."""
    found = ls.load(NEWER)
    assert {name for name in found if type(found[name]).__name__ == name} >= {*KINDS, "Problem"}
    assert {name: digest(found[name]) for name in found} == WRITTEN
    surface = ls.Surface(ls.Problem(ls.problems.xor.inputs, [0, 1, 1, 0], name="own"), activation="tanh", l2=1e-3)
    assert found["Surface"] == found["Slice"].surface == surface
    assert found["Protocol"] == ls.Protocol(optimizer="momentum", lr=1.0, budget=20, init="uniform")
    assert found["Trajectory"].protocol == found["Protocol"]
    frame = pd.DataFrame(
        {"n": [1, 2], "x": [0.1, np.nan], "word": pd.Categorical(["b", "a"]), "yes": [True, False]},
        index=pd.Index([3, 5], name="row"),
    )
    assert_same(found["tables"], [frame])
    numbers = np.arange(6, dtype=np.int8).reshape(2, 3)
    assert_same(found["values"], (numbers, np.float32(0.5), 3, 0.1, True, None, "word", {"a": [math.inf]}))


def test_files_of_format_1_are_read(things: dict[str, Any]) -> None:
    """Written by 0.2.0: the code of every later release reads it."""
    found = ls.load(OLD)
    surface = found["run"].surface
    assert surface.table == ls.load(OLD)["run"].surface.table
    assert surface.table.name == "xor", "0.2.0 let a table of one's own take a built-in name"
    assert surface.table.targets.ravel().tolist() == [0.1, 0.9, 0.9, 0.1]
    assert [type(each).__name__ for each in found.values()] == [
        "Trajectory", "Slice", "Slice", "Points", "Pathway", "BasinMap", "DataFrame", "list",
    ]  # fmt: skip
    again = ls.replay(surface, ls.Protocol(budget=12), run=3, every=4, theta0=found["run"].theta[0])
    np.testing.assert_array_equal(again.theta, found["run"].theta)
    np.testing.assert_array_equal(found["plane"].loss, found["plane"].surface.loss(found["plane"].theta))
    assert found["several"][0] == (1, 2.5)
    assert found["several"][4]["deep"].dtype == np.int32
    assert found["table"]["word"].tolist() == ["a", "b"]


@pytest.mark.parametrize("name", ["old", "things"])
def test_a_damaged_file_is_refused_or_equal(things: dict[str, Any], name: str, tmp_path: Path) -> None:
    """Bits turned, bytes lost or doubled, anywhere: what is then read is what was written, or ValueError is raised."""
    rng = np.random.default_rng(7)
    thing = ls.load(OLD) if name == "old" else {"several": things["several"], "line": things["line"], "path": things["path"]}
    packed = OLD.read_bytes() if name == "old" else ls.save(thing, tmp_path / "x").read_bytes()
    path, refused = tmp_path / "damaged.npz", 0
    ends = np.arange(len(packed) - 1500, len(packed))  # the directory of the archive, where most can go wrong
    for case in range(120):
        damaged = bytearray(packed)
        place = int(rng.choice(ends) if case % 2 else rng.integers(len(packed)))
        if case % 3 < 2:
            damaged[place] ^= 1 << int(rng.integers(8))
        elif case % 4 < 2:
            del damaged[place : place + int(rng.integers(1, 100))]
        else:
            del damaged[place:]
        path.write_bytes(damaged)
        try:
            found = ls.load(path)
        except ValueError as error:
            refused += 1
            assert str(error).startswith(f"{path} is damaged, or was not written by landscape.save"), error  # noqa: PT017
            assert error.__cause__ is None  # noqa: PT017
            assert error.__suppress_context__  # noqa: PT017
        else:
            assert_same(thing, found)
    assert refused > 60


def crafted(path: Path, content: Any, **arrays: Any) -> Path:
    """A file as ``save`` would never write it."""
    text = content if isinstance(content, str) else json.dumps({"format": 2, "is": content})
    np.savez_compressed(path, content=text, **arrays)
    return path


def changed(
    things: dict[str, Any], name: str, tmp_path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]
) -> Path:
    """A file of a thing whose fields and arrays were changed by hand."""
    with np.load(ls.save(things[name], tmp_path / "good")) as archive:
        arrays = {key: archive[key] for key in archive.files if key != "content"}
        content = json.loads(str(archive["content"]))["is"]
    values = dict(content["fields"])
    change(values, arrays)
    return crafted(tmp_path / "bad.npz", {"kind": content["kind"], "fields": list(values.items())}, **arrays)


def array_of(values: dict[str, Any], name: str) -> str:
    return f"array{values[name]['array']}"


def words_of(level: dict[str, list[str]]) -> list[str]:
    """The words of an index, which old releases of pandas keep as objects."""
    return level["text"] if "text" in level else level["objects"]


def kinds_of(values: dict[str, Any]) -> list[str]:
    """The categories of the column ``kind`` of a catalogue."""
    return words_of(values["table"]["frame"]["values"][1]["categories"]["levels"][0])


CRAFTED: dict[str, tuple[str, Callable[[dict[str, Any], dict[str, Any]], Any]]] = {
    "no surface": ("line", lambda v, a: v.update(surface=None)),
    "a word for a surface": ("line", lambda v, a: v.update(surface="xor")),
    "a field is missing": ("line", lambda v, a: v.pop("kind")),
    "a field too many": ("line", lambda v, a: v.update(more=1)),
    "a kind that is no word": ("line", lambda v, a: v.update(kind=3)),
    "too few labels": ("line", lambda v, a: v.update(labels={"tuple": []})),
    "a short origin": ("line", lambda v, a: a.update({array_of(v, "origin"): np.zeros(3)})),
    "origin of words": ("line", lambda v, a: a.update({array_of(v, "origin"): np.full(9, "a")})),
    "origin of dates": ("line", lambda v, a: a.update({array_of(v, "origin"): np.zeros(9, "M8[s]")})),
    "directions of another size": ("line", lambda v, a: a.update({array_of(v, "directions"): np.zeros((1, 8))})),
    "seed of a line": ("line", lambda v, a: v.update(seed="3")),
    "laid as a list": ("line", lambda v, a: v.update(laid={"list": []})),
    "values of another grid": ("line", lambda v, a: v.update(known_values={"dict": [["loss", 3.0]]})),
    "values of another quantity": ("line", lambda v, a: v.update(known_values={"dict": [["lose", {"list": [1]}]]})),
    "run without its epochs": ("run", lambda v, a: a.update({array_of(v, "epochs"): np.arange(3)})),
    "epochs backward": ("run", lambda v, a: a.update({array_of(v, "epochs"): a[array_of(v, "epochs")][::-1]})),
    "epochs that are no whole numbers": ("run", lambda v, a: a.update({array_of(v, "epochs"): np.linspace(0, 1, 51)})),
    "outcome of a run": ("run", lambda v, a: v.update(outcome="won")),
    "run number": ("run", lambda v, a: v.update(run=-1)),
    "outcomes of a map": ("map", lambda v, a: a.update({array_of(v, "outcome"): a[array_of(v, "outcome")] + 4})),
    "losses of a map": ("map", lambda v, a: a.update({array_of(v, "loss"): np.zeros(3)})),
    "a line for a map": ("map", lambda v, a: v.update(plane=None)),
    "classes without points": ("points", lambda v, a: a.update({array_of(v, "theta"): np.zeros((0, 9))})),
    "members without ends": ("points", lambda v, a: a.update({array_of(v, "member"): np.zeros(1, int)})),
    "coverage in words": ("points", lambda v, a: v.update(coverage="all")),
    "no tolerances": ("points", lambda v, a: v.update(tolerances={"dict": []})),
    "a tolerance in words": ("points", lambda v, a: v.update(tolerances={"dict": [["zero_eigenvalue", "small"]]})),
    "no kinds": ("points", lambda v, a: words_of(v["table"]["frame"]["columns"]["levels"][0]).__setitem__(1, "sort")),
    "a kind that is none": ("points", lambda v, a: kinds_of(v).__setitem__(0, "lowest")),
    "losses of a path": ("path", lambda v, a: a.update({array_of(v, "loss"): np.zeros(3)})),
    "highest image of a path": ("path", lambda v, a: v.update(highest=99)),
    "joins": ("path", lambda v, a: v.update(joins=2)),
    "an array that is not there": ("path", lambda v, a: a.pop(array_of(v, "loss"))),
    "an array that nothing names": ("path", lambda v, a: a.update(array99=np.zeros(2))),
    "an array that is named twice": ("path", lambda v, a: v.update(arc=v["loss"])),
}  # fmt: skip


@pytest.mark.parametrize("case", CRAFTED)
def test_nothing_in_a_file_makes_an_object_that_its_class_would_refuse(
    things: dict[str, Any], case: str, tmp_path: Path
) -> None:
    name, change = CRAFTED[case]
    with pytest.raises(ValueError, match=r"bad\.npz is damaged, or was not written by landscape.save"):
        ls.load(changed(things, name, tmp_path, change))


def steps(rows: int) -> dict[str, Any]:
    return {"range": [0, rows, 1], "names": {"list": [None]}}


def frame(rows: int, column: dict[str, Any]) -> dict[str, Any]:
    """A table of one column."""
    return {"frame": {"columns": steps(1), "index": steps(rows), "values": [column], "attrs": {"dict": []}}}


CONTENTS: dict[str, Any] = {
    "no JSON": "hello",
    "brackets": "[" * 100_000,
    "brackets in a thing": {"list": []},
    "another class": {"kind": "Path", "fields": []},
    "a class of Python": {"kind": "__class__", "fields": []},
    "an unknown node": {"eval": "1"},
    "a bare list": [1, 2],
    "a key twice": {"dict": [["a", 1], ["a", 2]]},
    "a key that is a list": {"dict": [[{"list": []}, 1]]},
    "an empty node": {},
    "a table that is too short": frame(2, {"objects": [1]}),
    "codes without a category": frame(1, {"codes": {"list": [5]}, "categories": steps(1), "ordered": False}),
    "text of numbers": frame(1, {"text": ["a"], "dtype": "int64"}),
    "a type that is none": frame(1, {"values": {"list": [1]}, "missing": {"list": [False]}, "dtype": "Int7"}),
    "a problem of words": {"problem": [{"list": ["a"]}, {"list": [1]}, "mine"]},
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
def test_content_that_means_nothing_is_refused(name: str, tmp_path: Path) -> None:
    content = CONTENTS[name]
    for _ in range(200 if name == "brackets in a thing" else 0):
        content = {"list": [content]}
    with pytest.raises(ValueError, match=r"bad\.npz is damaged"):
        ls.load(crafted(tmp_path / "bad.npz", content))


def test_sizes_are_bounded_before_anything_is_unpacked(tmp_path: Path) -> None:
    """What a header says must be there, and what the directory says must be possible."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**40, 2**10)})
    small, bomb, huge = (tmp_path / f"{name}.npz" for name in ("small", "bomb", "huge"))
    for path, member in ((small, header.getvalue() + b"0" * 64), (bomb, header.getvalue() + bytes(2**20))):
        crafted(path, {"array": 0})
        with ZipFile(path, "a", ZIP_DEFLATED) as archive:
            archive.writestr("array0.npy", member)
    packed = bytearray(crafted(huge, {"array": 0}, array0=np.zeros(10)).read_bytes())
    place = packed.rfind(b"PK\x01\x02")  # of the last member in the directory
    packed[place + 24 : place + 28] = (2**32 - 2).to_bytes(4, "little")
    huge.write_bytes(packed)
    tracemalloc.start()
    for path in (small, bomb, huge):
        with pytest.raises(ValueError, match="is damaged"):
            ls.load(path)
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


def test_more_than_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ls.save(np.zeros(10**6), tmp_path / "x")
    monkeypatch.setattr(os, "sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else 1000)
    with pytest.raises(ValueError, match=r"what it holds would take about 0\.0 GiB, this machine has 0\.0 GiB"):
        ls.load(path)


def test_objects_of_pickle_are_never_made(tmp_path: Path) -> None:
    path = tmp_path / "bad.npz"
    np.savez(path, content=json.dumps({"format": 2, "is": {"array": 0}}), array0=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="is damaged"):
        ls.load(path)
