"""The film of one run: what is drawn in each of its frames."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from landscape import registry
from landscape.plot import film
from landscape.plot.networks import MARGIN, unit_look
from landscape.plot.scales import whole_ticks
from landscape.plot.style import PAGE, STYLE, colour_bar, name, settings, spans_decades
from landscape.plot.surfaces import plane
from landscape.slices.constructors import linear_interpolation, trajectory_plane
from landscape.slices.slice import Slice
from landscape.surface import Surface
from landscape.training.train import Trajectory
from landscape.validation import integer, of_class

HEIGHT, DPI = 5.0, 120
"""Inches, and pixels an inch: of 840 x 600 pixels, both even, as films are."""
SQUARE = 61
"""Grid points an axis of the input square; twice as many take twice as long and are not seen."""
FAR = 1e6
"""How many times the loss at the start a run that diverges is followed: farther out all of its path is one line."""
Panel = Callable[[int], list[Artist]]
"""What a panel draws anew in a frame, given the place of the frame in the run."""


def animate(run: Trajectory, path: Path | str | None = None, fps: int = 20, frames: int = 300, output: int = 0) -> "Film":
    """Make a film of one run.

    Four panels show the loss on the plane nearest to the path, or along the path if it is a line, with the path so far; the
    output over the input square with the line where it is at the middle of its targets, each hidden unit's line and the
    patterns, or, where inputs make no square, the output for each pattern; the activations of the hidden units, a line for
    each pattern; and the loss over epochs. Patterns are filled where the target is above the middle. A run that diverged is
    shown until its loss is a million times that of its start.

    Parameters
    ----------
    run : Trajectory, as ``landscape.replay`` returns it
    path : str or Path, optional
        File to save it in, as .mp4 (by ffmpeg), .gif, or .html that needs no other file.
    fps : int, 1 to 50
        Frames a second.
    frames : int, 2 to 10000
        Most frames; of a run of more points as many, evenly.
    output : int, 0 to n_outputs - 1
        Which output is shown.

    Returns
    -------
    Film
        It is shown in a notebook, and saved by ``film.save(path)``. Frames are drawn when they are needed.

    Raises
    ------
    ValueError
        for a run that does not move, numbers out of range, another ending.
    TypeError
        for what is no Trajectory.
    ImportError
        for an MP4 where there is no ffmpeg.

    Examples
    --------
    >>> import landscape as ls
    >>> run = ls.replay(ls.Surface("xor", hidden=2), ls.Protocol(lr=5.0, budget=300), every=50)
    >>> ls.plot.animate(run, "run.gif", frames=3)
    Film(frames=3, fps=20)
    """
    of_class("run", run, Trajectory)
    integer("output", output, 0, run.surface.table.n_outputs - 1)
    fps, frames = integer("fps", fps, 1, 50), integer("frames", frames, 2, 10_000)
    shown = np.isfinite(run.theta).all(axis=1) & np.isfinite(run.loss)
    if run.outcome == "diverged":
        shown &= run.loss <= FAR * run.loss[0]
    whole = len(shown) if shown.all() else int(np.argmin(shown))
    made = Film(
        run,
        _nearest(run.surface, run.theta[:whole]),
        np.unique(np.linspace(0, whole - 1, min(frames, whole)).astype(np.int64)),
        fps,
        output,
    )
    if path is not None:
        made.save(path)
    return made


def _nearest(surface: Surface, path: NDArray[np.float64]) -> Slice:
    """The plane nearest to a path; of a path on one line, as that of a network whose units are dead, the line."""
    try:
        return trajectory_plane(surface, path, steps=61)
    except ValueError:
        along = (path - path[0]) @ (path - path[0])[np.argmax(np.linalg.norm(path - path[0], axis=1))]
        first, last = path[np.argmin(along)], path[np.argmax(along)]
        if (first == last).all():
            raise ValueError("the run does not move, or has one point; give one that does, kept with every=1") from None
        return linear_interpolation(surface, first, last, margin=0.2)


@dataclass(frozen=True, repr=False)
class Film:
    """A film of one run, drawn when it is shown or saved.

    Attributes
    ----------
    run : Trajectory
    on : Slice, the plane nearest to its path, or the line on which it lies
    places : ndarray (frames,), of the frames among the points of the run
    fps : int
    output : int
    """

    run: Trajectory
    on: Slice
    places: NDArray[np.int64]
    fps: int
    output: int = 0

    def __repr__(self) -> str:
        return f"Film(frames={len(self.places)}, fps={self.fps})"

    def pictures(self, every: int = 1) -> Iterator[NDArray[np.uint8]]:
        """Draw each frame (height, width, 3), or one of ``every`` so many.

        What stays is drawn once, and what moves on top of it: 300 frames in 4 s, six times faster than drawing all of it.
        """
        with settings({**STYLE, "figure.dpi": DPI}):
            figure = Figure(figsize=(PAGE, HEIGHT), dpi=DPI, layout="constrained")
            canvas: Any = FigureCanvasAgg(figure)
            (plane_panel, square), (units, loss) = figure.subplots(2, 2)
            panels = [
                self._path(plane_panel),
                self._square(square) if self.run.surface.table.n_inputs == 2 else self._outputs(square),
                self._units(units),
                self._loss(loss),
            ]
            heading = figure.suptitle(" ", x=0.02, ha="left", fontsize=STYLE["font.size"])
            for panel in panels:
                panel(0)  # so that the layout knows what is there
            for _ in range(2):
                figure.draw_without_rendering()
            figure.set_layout_engine("none")
            heading.set_animated(True)
            canvas.draw()
            still = canvas.copy_from_bbox(figure.bbox)
            for place in self.places[::every]:
                canvas.restore_region(still)
                heading.set_text(self._heading(place))
                figure.draw_artist(heading)
                for panel in panels:
                    for artist in panel(place):
                        figure.draw_artist(artist)
                yield np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def save(self, path: Path | str) -> Path:
        """Save the film in the format that the name of the file asks for.

        Parameters
        ----------
        path : str or Path, ending in .mp4, .gif or .html

        Returns
        -------
        Path
        """
        return film.save(self.pictures, Path(path), self.fps, f"run {self.run.run}")

    def _repr_html_(self) -> str:
        return film.player(self.pictures, self.fps)

    def _heading(self, place: int) -> str:
        run = self.run
        ended = f", {run.outcome}" if place == len(run.epochs) - 1 else ""
        return f"run {run.run}, epoch {run.epochs[place]:,}: loss {run.loss[place]:.4g}{ended}"

    def _faces(self) -> NDArray[np.str_]:
        """Black for each pattern whose target is above the middle, else white."""
        table = self.run.surface.table
        return np.where(table.targets[:, self.output] > table.midpoint[self.output], "black", "white")

    def _path(self, axes: Axes) -> Panel:
        """The loss on the plane, or along the line, with the path so far."""
        laid = self.on.lay(self.run.theta[: self.places[-1] + 1])
        feet = laid.coordinates
        if feet.shape[1] == 2:
            plane(self.on, ax=axes)
            axes.set_aspect("auto")
        else:
            axes.plot(self.on.coordinates[0], self.on.loss, color="0.75")
            axes.set(xlabel="along the path, a line", ylabel=name("loss"))
            feet = np.column_stack([feet[:, 0], laid.loss])
        (under,) = axes.plot([], [], color="black", linewidth=2.2, animated=True)
        (path,) = axes.plot([], [], color="white", linewidth=1.2, animated=True)
        (head,) = axes.plot([], [], "o", color="white", markeredgecolor="black", markersize=6.0, animated=True)

        def draw(place: int) -> list[Artist]:
            for line in (under, path):
                line.set_data(*feet[: place + 1].T)
            head.set_data(*feet[place : place + 1].T)
            return [under, path, head]

        return draw

    def _square(self, axes: Axes) -> Panel:
        """The output over the input square."""
        surface, table = self.run.surface, self.run.surface.table
        low, high = table.inputs.min(axis=0), table.inputs.max(axis=0)
        reach = MARGIN * np.where(high > low, high - low, 1.0)
        x, y = (np.linspace(a - r, b + r, SQUARE) for a, b, r in zip(low, high, reach, strict=True))
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        extent = (x[0], x[-1], y[0], y[-1])
        least, most = self._range()
        image = axes.imshow(
            np.zeros((SQUARE, SQUARE)),
            "PuOr",
            extent=extent,
            origin="lower",
            vmin=least,
            vmax=most,
            interpolation="bilinear",
            animated=True,
        )
        lines = [axes.plot([], [], animated=True, linewidth=0.9, **unit_look(j))[0] for j in range(surface.hidden)]
        for line in lines:
            line.set_linestyle("--")
        dots = axes.scatter(
            table.inputs[:, 0], table.inputs[:, 1], c=self._faces(), edgecolors="black", s=24, zorder=3, animated=True
        )
        axes.set(xlabel="input 0", ylabel="input 1", xlim=extent[:2], ylim=extent[2:])
        colour_bar(image, [axes], "output" if table.n_outputs == 1 else f"output {self.output}")
        middle = table.midpoint[self.output]

        def draw(place: int) -> list[Artist]:
            theta = self.run.theta[place]
            values = surface.forward(theta, points)[:, self.output].reshape(SQUARE, SQUARE)
            image.set_data(values)
            for line, ends in zip(lines, _unit_lines(surface.unpack(theta), surface.bias, extent), strict=True):
                line.set_data(*ends)
            moved: list[Artist] = [image, *lines]
            if np.nanmin(values) < middle < np.nanmax(values):
                boundary = axes.contour(x, y, values, levels=[middle], colors="black", linewidths=1.4)
                boundary.remove()  # from the axes; it is drawn here
                boundary.axes = axes
                moved.append(boundary)
            return [*moved, dots]

        return draw

    def _outputs(self, axes: Axes) -> Panel:
        """The output for each pattern, beside the middle of the targets."""
        table = self.run.surface.table
        axes.axhline(table.midpoint[self.output], color="0.8", linewidth=0.8, zorder=0)
        place_of = np.arange(table.n_patterns)
        dots = axes.scatter(place_of, place_of * 0.0, c=self._faces(), edgecolors="black", s=18, animated=True)
        low, high = self._range()
        axes.set(xlabel="pattern", ylabel="output", xlim=(-0.6, len(place_of) - 0.4))
        axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
        whole_ticks(axes.xaxis)

        def draw(place: int) -> list[Artist]:
            dots.set_offsets(np.column_stack([place_of, self.run.outputs[place, :, self.output]]))
            return [dots]

        return draw

    def _units(self, axes: Axes) -> Panel:
        """The activations of the hidden units, a line for each pattern."""
        values = self.run.units[: self.places[-1] + 1]
        axes.set(xlabel="hidden unit", ylabel="activation")
        if not values.shape[2]:
            axes.text(0.5, 0.5, "no hidden units", transform=axes.transAxes, ha="center", va="center")
            axes.set(xticks=[], yticks=[])
            return lambda place: []
        low, high = float(values.min()), float(values.max())
        room = 0.05 * (high - low or 1.0)
        axes.set(xlim=(-0.4, values.shape[2] - 0.6), ylim=(low - room, high + room))
        whole_ticks(axes.xaxis)
        look: dict[str, Any] = {"color": "0.5", "linewidth": 0.7, "marker": "o", "markersize": 5.0, "animated": True}
        lines = [axes.plot([], [], markerfacecolor=str(face), markeredgecolor="black", **look)[0] for face in self._faces()]

        def draw(place: int) -> list[Artist]:
            for line, activations in zip(lines, values[place], strict=True):
                line.set_data(np.arange(len(activations)), activations)
            return list(lines)

        return draw

    def _loss(self, axes: Axes) -> Panel:
        """The loss of the whole run, and so far."""
        last = self.places[-1] + 1
        epochs, loss = self.run.epochs[:last], self.run.loss[:last]
        axes.plot(epochs, loss, color="0.75")
        if spans_decades(loss):
            axes.set_yscale("log")
        axes.set(xlabel=name("epoch"), ylabel=name("loss"))
        whole_ticks(axes.xaxis)
        (line,) = axes.plot([], [], color="black", animated=True)
        (head,) = axes.plot([], [], "o", color="black", animated=True)

        def draw(place: int) -> list[Artist]:
            line.set_data(epochs[: place + 1], loss[: place + 1])
            head.set_data(epochs[place : place + 1], loss[place : place + 1])
            return [line, head]

        return draw

    def _range(self) -> tuple[float, float]:
        """Least and largest output: of its activation, or of the patterns' outputs in the film."""
        activation = registry.activation(self.run.surface.output)
        if np.isfinite([activation.low, activation.high]).all():
            return activation.low, activation.high
        seen = np.append(self.run.outputs[self.places, :, self.output], self.run.surface.table.targets[:, self.output])
        return float(seen.min()), float(seen.max())


def _unit_lines(parts: dict[str, Any], bias: bool, extent: tuple[float, ...]) -> list[NDArray[np.float64]]:
    """For each hidden unit the line (2, 2) where its sum is 0, x and y of two points beyond the square."""
    middle, reach = (
        np.array([extent[0] + extent[1], extent[2] + extent[3]]) / 2.0,
        np.hypot(*np.subtract(extent[1::2], extent[::2])),
    )
    found = []
    for unit, weights in enumerate(parts["W1"]) if "W1" in parts else ():
        size = np.hypot(*weights)
        if size == 0.0:
            found.append(np.full((2, 2), np.nan))
            continue
        normal = weights / size
        foot = middle - normal * (normal @ middle + (parts["b1"][unit] / size if bias else 0.0))
        along = reach * np.array([-normal[1], normal[0]])
        found.append(np.column_stack([foot - along, foot + along]))
    return found
