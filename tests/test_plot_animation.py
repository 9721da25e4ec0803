"""Films: every frame is the run's, files are what their names say, and the same each time."""

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import landscape as ls
from landscape import plot
from landscape.plot.animation import _unit_lines

S = ls.Surface("xor", hidden=2)
RUN = ls.replay(S, ls.Protocol(lr=5.0, budget=300), every=20)
FFMPEG = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
RELU = ls.Surface("xor", hidden=2, activation="relu", output="identity")


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:
    before, settings = plt.get_fignums(), dict(plt.rcParams)
    yield
    assert plt.get_fignums() == before
    assert dict(plt.rcParams) == settings


@pytest.fixture
def figure(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that films are drawn on."""
    made: list[Figure] = []
    lay_out = Figure.draw_without_rendering

    def kept(self: Figure) -> None:
        made.append(self)
        lay_out(self)

    monkeypatch.setattr(Figure, "draw_without_rendering", kept)
    return made


def test_each_frame_shows_the_run_so_far(figure: list[Figure]) -> None:
    film = plot.animate(RUN)
    assert len(film.places) == len(RUN.epochs)
    feet = film.on.lay(RUN.theta).coordinates
    for place, frame in enumerate(film.pictures()):
        assert frame.shape == (600, 840, 3)
        path, square, units, loss = figure[0].axes[:4]
        np.testing.assert_allclose(path.get_lines()[0].get_xydata(), feet[: place + 1])
        np.testing.assert_allclose(path.get_lines()[-1].get_xydata(), feet[[place]])
        corners = np.asarray(square.images[0].get_array())[np.ix_([15, 45], [15, 45])]
        np.testing.assert_allclose(corners.T.ravel(), RUN.outputs[place, :, 0])
        np.testing.assert_allclose([line.get_ydata() for line in units.get_lines()], RUN.units[place])
        np.testing.assert_array_equal(loss.get_lines()[1].get_xydata(), np.stack([RUN.epochs, RUN.loss])[:, : place + 1].T)
        np.testing.assert_array_equal(loss.get_lines()[2].get_xydata(), [[RUN.epochs[place], RUN.loss[place]]])
        (heading,) = (text.get_text() for text in figure[0].texts)
        assert heading.startswith(f"run 0, epoch {RUN.epochs[place]}: loss {RUN.loss[place]:.4g}")
        assert heading.endswith("solved") == (place == len(RUN.epochs) - 1)
    assert [path.get_title(), loss.get_xlabel(), units.get_xlabel()] == ["", "epochs", "hidden unit"]


def test_a_frame_is_what_drawing_all_of_it_shows(figure: list[Figure]) -> None:
    """No trace of a frame before is left in it."""
    alone = next(plot.animate(RUN).pictures())
    *_, last = plot.animate(RUN).pictures()
    again = list(plot.animate(RUN, frames=2).pictures())
    np.testing.assert_array_equal(again[0], alone)
    np.testing.assert_array_equal(again[1], last)
    assert (alone != last).any()


def test_units_lines_are_where_their_sums_are_0() -> None:
    parts = S.unpack(RUN.theta[-1])
    for unit, ends in enumerate(_unit_lines(parts, True, (-0.5, 1.5, -0.5, 1.5))):
        np.testing.assert_allclose(parts["W1"][unit] @ ends + parts["b1"][unit], 0.0, atol=1e-9)
        assert np.hypot(*(ends[:, 1] - ends[:, 0])) > 2.8  # from one side of the square to the other
    assert np.isnan(_unit_lines({"W1": np.zeros((1, 2)), "b1": np.ones(1)}, True, (0.0, 1.0, 0.0, 1.0))[0]).all()


def test_gif_and_html_hold_every_frame_and_are_the_same_each_time(tmp_path: Path) -> None:
    film = plot.animate(RUN, tmp_path / "made" / "a.gif", fps=10, frames=4)
    assert repr(film) == "Film(frames=4, fps=10)"
    shown = list(film.pictures())
    with Image.open(tmp_path / "made" / "a.gif") as image:
        assert (image.n_frames, image.info["duration"], image.size) == (4, 100, (840, 600))  # type: ignore[attr-defined]
        for number, frame in enumerate(shown):
            image.seek(number)
            apart = np.abs(np.asarray(image.convert("RGB")).astype(int) - frame)
            assert apart.mean() < 2.0
            assert (apart[:, -1] == 0).all(), "the paper is white"
    page = film.save(tmp_path / "a.html").read_text()
    assert not re.search(r"(src|href)=\"?http", page)
    found = re.search(r"frames = (\[.*?\])", page)
    assert found
    pngs = re.findall(r'"([^"]+)"', found[1])
    assert [base64.b64decode(png)[:4] for png in pngs] == [b"\x89PNG"] * 4
    assert film._repr_html_() in page
    for name in ("gif", "html"):
        first, second = (plot.animate(RUN, frames=3).save(tmp_path / f"{n}.{name}").read_bytes() for n in (1, 2))
        assert first == second


@FFMPEG
def test_an_mp4_has_every_frame_and_is_the_same_each_time(tmp_path: Path) -> None:
    made = [plot.animate(RUN, frames=4, fps=5).save(tmp_path / f"{n}.mp4") for n in (1, 2)]
    asked = ["ffmpeg", "-v", "error", "-i", str(made[0]), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    shown = subprocess.run(asked, capture_output=True, check=True).stdout
    assert len(shown) == 4 * 840 * 600 * 3
    assert made[0].read_bytes() == made[1].read_bytes()
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(OSError, match="ffmpeg could not write"):
        plot.animate(RUN, tmp_path / "folder.mp4", frames=2)


def test_what_is_no_film_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ImportError, match="an MP4 needs ffmpeg, which is not installed; install it, or save the film as"):
        plot.animate(RUN, tmp_path / "a.mp4", frames=2)
    with pytest.raises(ValueError, match=r'ending=".avi" is not known; Known: .mp4, .gif, .html'):
        plot.animate(RUN, tmp_path / "a.avi")
    for given, kind, message in (
        ({"run": 3}, TypeError, "run of type int does not fit; give one of type Trajectory"),
        ({"output": 1}, ValueError, "output=1 is out of range"),
        ({"fps": 0}, ValueError, "fps=0 is out of range"),
        ({"frames": 1}, ValueError, "frames=1 is out of range"),
        ({"run": ls.replay(S, ls.Protocol(budget=0))}, ValueError, "the run does not move, or has one point"),
    ):
        with pytest.raises(kind, match=message):
            plot.animate(**{"run": RUN, **given})
    assert not list(tmp_path.iterdir())


OTHERS: dict[str, tuple[ls.Surface, dict[str, Any]]] = {
    "three inputs": (ls.Surface("parity3", hidden=3), {"lr": 1.0, "budget": 30}),
    "no hidden units": (ls.Surface("and", hidden=0), {"lr": 1.0, "budget": 30}),
    "no bias": (ls.Surface("xor", hidden=2, bias=False), {"lr": 1.0, "budget": 30}),
    "dead units": (RELU, {"lr": 0.1, "budget": 40}),
    "diverged": (RELU, {"lr": 3.0, "budget": 500}),
    "two points": (S, {"budget": 1}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_every_run_that_moves_has_a_film(name: str) -> None:
    surface, settings = OTHERS[name]
    dead = surface.pack(W1=[[-1, -1], [-1, -2]], b1=[-1, -1], W2=[[1, 1]], b2=[0.0]) if name == "dead units" else None
    run = ls.replay(surface, ls.Protocol(**settings), theta0=dead)
    film = plot.animate(run, frames=3)
    assert len(list(film.pictures())) == min(3, len(run.epochs))
    assert run.outcome != "diverged" or run.loss[film.places].max() <= 1e6 * run.loss[0]
    assert (len(film.on.coordinates) == 1) == (name in ("dead units", "two points"))
