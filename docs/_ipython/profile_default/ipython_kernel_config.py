"""How the pages of the documentation are run: pictures in twice the pixels, no notes on how the kernel is reached."""

c = get_config()  # noqa: F821
c.InlineBackend.figure_formats = {"retina"}
c.IPKernelApp.log_level = "ERROR"
c.IPKernelApp.matplotlib = "inline"  # from the start: begun within rc_context, it ends with it
