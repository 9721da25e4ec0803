"""
A film of one run
=================

Loss on the plane nearest to the path, output over the input square, hidden units, and loss over epochs. A film is shown in a
notebook and on a page, and saved as MP4, GIF or HTML; below it one of its frames.
"""

# sphinx_gallery_capture_repr = ("_repr_html_",)

import matplotlib.pyplot as plt

import landscape as ls

run = ls.replay(ls.Surface("xor", hidden=2, activation="tanh"), ls.Protocol(lr=0.5, budget=1500), run=0, every=2)
film = ls.plot.animate(run, frames=40, fps=10)
frames = list(film.pictures(every=20))

figure = plt.figure(figsize=(7.0, 7.0 * frames[1].shape[0] / frames[1].shape[1]))
figure.figimage(frames[1], resize=True)
film
