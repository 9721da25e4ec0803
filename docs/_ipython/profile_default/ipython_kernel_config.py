"""How the pages of the documentation are run: pictures in twice the pixels."""

c = get_config()  # noqa: F821
c.InlineBackend.figure_formats = {"retina"}
