"""How Sphinx builds the manual: `make docs`. Nothing is fetched, when it is built or when it is read."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

project = "Breakeven"
author = "Breakeven contributors"
copyright = author
try:
    release = version("breakeven")
except PackageNotFoundError:
    release = "not installed"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_click"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
suppress_warnings = [
    "myst.header",  # pages that a test holds to the README's Markdown may begin below the first level
]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
default_role = "code"
nitpicky = True
# Names of other packages lead nowhere: their inventories would have to be fetched.
nitpick_ignore_regex = [("py:.*", r"(np|numpy|xr|xarray|collections|NDArray|ArrayLike|Array|Any|os|datetime)\b.*")]

html_theme = "furo"
html_title = "Breakeven"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"source_repository": "", "top_of_page_buttons": []}
