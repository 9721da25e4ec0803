"""The studies of this folder and their figures, in the order in which the report tells them.

To add a study, write a script here, its docstring's first line the question that it answers, its function ``main`` reading
options and writing a record by ``landscape.studies.options``, and add a line to ``SECTIONS``. A figure is a script of
``figures/`` with a function ``draw(results)``. Command line, Makefile, report, README and tests read ``SECTIONS``. A package
of your own declares its studies in the same way, see ``landscape.sections``.
"""

from landscape.sections import Section


def _section(name: str, *figures: str) -> Section:
    """The script of this folder that has this name, and its figures, which have theirs in ``figures/``."""
    return Section(name, f"landscape.studies.{name}:main", {each: f"landscape.figures.{each}:draw" for each in figures})


SECTIONS = (
    _section("posted_program", "posted_program_epochs", "posted_program_rates", "posted_program_widths"),
    _section("success_rates", "success_rates"),
    _section("optimizers", "optimizers"),
    _section("initial_scale", "initial_scale"),
    _section("trainability", "trainability"),
    _section("boolean_functions", "boolean_functions"),
    _section("parity", "parity"),
    _section("encodings", "encodings"),
    _section("precision"),
    _section("local_minima"),
    _section("published_surfaces"),
    _section("published_rates", "published_rates"),
    _section("basins", "basins", "basins_zooms"),
    _section("loss_slices", "slices_planes", "slices_trajectories", "slices_paths", "plateau", "spectrum"),
    _section("throughput", "throughput"),
    _section("store_overhead"),
)
"""In the order of the report, which begins with the verdict."""
