"""Slices, maps, paths and catalogues come back from disk as they went."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import landscape as ls


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
    assert type(a) is type(b) or isinstance(a, (np.generic, ls.Surface)), (type(a), type(b))
    if isinstance(a, (ls.Surface, ls.Protocol)):
        assert a == b
    elif is_dataclass(a):
        for part in fields(a):
            assert_same(getattr(a, part.name), getattr(b, part.name))
    elif isinstance(a, pd.DataFrame):
        plain = a.astype({name: "str" for name in a.columns if isinstance(a[name].dtype, pd.CategoricalDtype)})
        pd.testing.assert_frame_equal(plain.astype(b.dtypes), b)
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
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
    np.savez(tmp_path / "later.npz", content='{"format": 2}')
    with pytest.raises(ValueError, match="has format 2, this version of landscape reads 1"):
        ls.load(tmp_path / "later.npz")
    with pytest.raises(FileNotFoundError):
        ls.load(tmp_path / "nothing.npz")
