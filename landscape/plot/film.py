"""Files of films: frames in, MP4, GIF or HTML out. The same frames give the same bytes."""

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from landscape.validation import known

Frame = NDArray[np.uint8]
ENDINGS = (".mp4", ".gif", ".html")
Pictures = Callable[[int], Iterator[Frame]]
"""Draws each so manieth frame."""
SAMPLES = 40
"""One of so many frames helps to choose the colours of all."""

PLAYER = """<div class="landscape-film" style="display:inline-block">
<img alt="frame of a film" style="display:block;max-width:100%">
<button type="button">pause</button>
<input type="range" min="0" value="0" aria-label="frame" style="width:60%;vertical-align:middle">
<script>
(function () {
  const frames = FRAMES, wait = WAIT;
  const film = document.currentScript.parentElement;
  const [picture, button, slider] = ["img", "button", "input"].map(tag => film.querySelector(tag));
  let playing = true;
  const show = () => { picture.src = "data:image/png;base64," + frames[slider.value]; };
  const run = on => { playing = on; button.textContent = on ? "pause" : "play"; };
  slider.max = frames.length - 1;
  slider.oninput = () => { run(false); show(); };
  button.onclick = () => {
    if (!playing && +slider.value === frames.length - 1) slider.value = 0;
    run(!playing);
  };
  setInterval(() => {
    if (!playing) return;
    if (+slider.value === frames.length - 1) return run(false);
    slider.value = +slider.value + 1;
    show();
  }, wait);
  show();
})();
</script>
</div>
"""
"""Shows frames one after the other; the slider chooses one. It runs once, to the last."""


def save(pictures: Pictures, path: Path, fps: int, title: str) -> Path:
    """Write frames into a file of the format that its ending names, into a folder that is made if need be."""
    ending = known("ending", path.suffix.lower(), ENDINGS)
    path.parent.mkdir(parents=True, exist_ok=True)
    if ending == ".mp4":
        _mp4(pictures(1), path, fps)
    elif ending == ".gif":
        images = _indexed(pictures)
        next(images).save(
            path, "gif", save_all=True, append_images=images, duration=round(1000.0 / fps), loop=0, optimize=False
        )
    else:
        head = f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n<body>\n'
        path.write_text(head + player(pictures, fps) + "</body></html>\n", encoding="utf-8")
    return path


def player(pictures: Pictures, fps: int) -> str:
    """Frames as a piece of HTML that shows them and needs nothing else."""
    found = []
    for image in _indexed(pictures):
        kept = io.BytesIO()
        image.save(kept, "png")
        found.append(base64.b64encode(kept.getvalue()).decode())
    return PLAYER.replace("WAIT", f"{1000.0 / fps:g}").replace("FRAMES", json.dumps(found))


def _indexed(pictures: Pictures) -> Iterator[Image.Image]:
    """All frames in the same 256 colours, which are chosen from some: colours of each frame's own flicker."""
    some = np.concatenate(list(pictures(SAMPLES)))
    chosen = Image.fromarray(some).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours = np.array(chosen.getpalette() or [])
    palette = colours.reshape(-1, 3)
    # the nearest colour of each of 32 x 32 x 32 once, not of each pixel: 5 ms a frame instead of 60
    levels = np.arange(32) * 255 // 31
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    nearest = ((palette**2).sum(axis=1) - 2 * (cube @ palette.T)).argmin(axis=1).astype(np.uint8)
    for frame in pictures(1):
        red, green, blue = np.moveaxis(frame.astype(np.uint16) >> 3, -1, 0)
        image = Image.fromarray(nearest[(red << 10) | (green << 5) | blue], "P")
        image.putpalette(colours.tolist())
        yield image


def _mp4(frames: Iterator[Frame], path: Path, fps: int) -> None:
    """Frames to ffmpeg, without what would tell the time or the machine."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise ImportError("an MP4 needs ffmpeg, which is not installed; install it, or save the film as .gif or .html")
    first = next(frames)
    height, width, _ = first.shape
    given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
    made = ["-an", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
    line = [program, "-y", "-loglevel", "error", *given, *made, str(path)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        try:
            for frame in (first, *frames):
                process.stdin.write(frame.tobytes())
        except BrokenPipeError:
            pass  # what ffmpeg said is below
        said = process.communicate()[1].decode(errors="replace").strip()
    if process.returncode:
        raise OSError(f"ffmpeg could not write {path}: {said.splitlines()[-1] if said else process.returncode}")
