"""How Sphinx builds the documentation: ``make docs``."""

import os
import sys
from pathlib import Path

import landscape as ls

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))
os.environ["IPYTHONDIR"] = str(HERE / "_ipython")  # pictures of pages in twice the pixels
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # the commands of this environment

project = "landscape"
author = "the authors of landscape"
version = release = ls.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "records",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = [
    "_build",
    "description.md",
    "paper",
    "_ipython",
    "examples",
    "gallery/*.ipynb",
    "printed",
    "**sg_execution_times.rst",
]
templates_path = ["_templates"]
suppress_warnings = ["config.cache"]  # gallery and pages have settings that are no plain values
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb"}  # autosummary writes files of the first

# links: whatever is named must be there
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(numpy|pandas|matplotlib|collections|concurrent|typing|pathlib)\..*")]
myst_heading_anchors = 4

# pages
myst_enable_extensions = ["colon_fence", "deflist"]
nb_execution_mode = "auto"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True
nb_merge_streams = True
nb_output_stderr = "remove"  # progress bars

# docstrings
autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
add_module_names = False

# pictures, each with its code
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py",
    "within_subsection_order": "FileNameSortKey",
    "copyfile_regex": r".*\.rst",
    "capture_repr": (),
    "abort_on_example_error": True,
    "image_srcset": ["2x"],
    "show_signature": False,
    "min_reported_time": 1_000_000,
    "remove_config_comments": True,
    "doc_module": ("landscape",),
    "backreferences_dir": "reference/examples",
    "download_all_examples": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "landscape"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "header_links_before_dropdown": 7,
}
html_context = {"default_mode": "auto"}
copyright = "the authors of landscape"
